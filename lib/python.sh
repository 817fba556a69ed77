#!/bin/sh
# Runs an entry point where python3 is none that tampu runs with: by another one that is here, or else by the runtime
# that vendor/bootstrap (or a mirror's own) pins.
# usage: sh lib/python.sh ENTRY ARGUMENTS...
set -eu

entry=$1
shift
new_enough='import sys; sys.version_info < (3, 10) or print(sys.executable)'
house=$(cd "$(dirname "$(readlink -f "$entry")")/.." && pwd)

# Version managers' shims among them say what they stand for: the app's folder may ask for one that is too old.
another() {
  for name in python3 'python3.[1-9][0-9]'; do
    IFS=:
    for folder in ${PATH:-} "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/*/bin; do
      for python in "$folder"/$name; do
        found=$([ ! -x "$python" ] || "$python" -I -S -c "$new_enough" 2>/dev/null) || continue
        [ -z "$found" ] || { printf '%s\n' "$found"; return; }
      done
    done
  done
}

# usage: stop ID TITLE FOUND EXPECTED ADVICE
stop() {
  printf ' !     Error: %s\n !\n !     Found:    %s\n !     Expected: %s\n !\n !     %s\n !\n !     (%s)\n' \
    "$2" "$3" "$4" "$5" "$1" >&2
  exit 1
}

python=$(another)
[ -z "$python" ] || exec "$python" -I -S "$entry" "$@"

# In blocks of 512 bytes, as for all other downloads.
largest=1048576

bring() {
  case $1 in
  /*) cp "$1" "$2" ;;
  *)
    if command -v curl >/dev/null 2>&1; then
      (ulimit -f "$largest" 2>/dev/null; curl -fsSL --retry 3 --connect-timeout 30 --speed-limit 1 --speed-time 30 -o "$2" "$1")
    elif command -v wget >/dev/null 2>&1; then
      (ulimit -f "$largest" 2>/dev/null; wget -q --tries 3 --timeout 30 -O "$2" "$1")
    else
      stop bootstrap::no-client "There is no Python 3.10 or newer here, and no way to fetch one" \
        "no such python3, no curl and no wget on PATH" "one of them" \
        "On Debian or Ubuntu: apt-get install python3 (3.10 or newer), or apt-get install curl"
    fi
    ;;
  esac || stop bootstrap::download "A Python to start with can't be fetched" \
    "no answer with ${1##*/}; the line above says why" "$1" \
    "Check the network, https_proxy and TAMPU_MIRROR, or install python3 (3.10 or newer)."
}

# compile and its kin get the platform's cache folder as their second argument, release on some platforms.
case ${entry##*/} in
compile | test-compile | supply | finalize | report | release) cache=${2:-} ;;
build) cache=${CNB_LAYERS_DIR:+$CNB_LAYERS_DIR/tampu-cache} ;;
*) cache= ;;
esac
[ -n "$cache" ] || cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/tampu
# Those who build images may have no home.
mkdir -p "$cache/bootstrap" 2>/dev/null || cache=$(mktemp -d)
mkdir -p "$cache/bootstrap"
work=$(mktemp -d "$cache/bootstrap/new.XXXXXX")
trap 'rm -rf "$work"' EXIT

arch=$(uname -m)
set_by_user=${CNB_PLATFORM_DIR:+$CNB_PLATFORM_DIR/env/TAMPU_MIRROR}
[ ! -f "$set_by_user" ] || TAMPU_MIRROR=$(cat "$set_by_user")
mirror=${TAMPU_MIRROR:-}
[ -n "${TAMPU_MIRROR+set}" ] || [ ! -f "$house/mirror/bootstrap" ] || mirror=$house/mirror
mirror=${mirror#file://}
pins=$house/vendor/bootstrap
if [ -n "$mirror" ]; then
  pins=$work/bootstrap
  bring "${mirror%/}/bootstrap" "$pins"
fi
line=$(grep "^$arch " "$pins") || stop bootstrap::no-runtime "There is no Python 3.10 or newer here, and none to fetch for this machine" \
  "no line for $arch in the list ${pins##*/}" "python3 on PATH, or a runtime to fetch" \
  "On Debian or Ubuntu: apt-get install python3 (3.10 or newer)"
read -r arch version url sha256 <<LINE
$line
LINE
case $url in
/* | *://*) ;;
*) url=${mirror%/}/$url ;;
esac
# What Cloud Foundry's packager put beside us is that very file.
carried=$house/dependencies/$(printf %s "$url" | md5sum | cut -d ' ' -f 1)/${url##*/}
[ ! -f "$carried" ] || url=$carried

runtime=$cache/bootstrap/$version-$sha256
if [ ! -x "$runtime/bin/python3" ]; then
  printf -- '-----> No Python 3.10 or newer here: fetching Python %s\n' "$version" >&2
  bring "$url" "$work/archive"
  printf '%s  %s\n' "$sha256" "$work/archive" | sha256sum -c - >/dev/null 2>&1 ||
    stop bootstrap::wrong-hash "A download is not the file that it should be" \
      "another sha256 for ${url##*/}" "sha256 $sha256" \
      "Nothing of it was used. If it comes from your mirror, correct its line in the file bootstrap."
  mkdir "$work/runtime"
  tar -xzf "$work/archive" -C "$work/runtime" --strip-components 1
  # Another build may have been faster: its runtime is as good.
  mv -T "$work/runtime" "$runtime" 2>/dev/null || [ -x "$runtime/bin/python3" ]
fi
rm -rf "$work"
trap - EXIT
exec "$runtime/bin/python3" -I -S "$entry" "$@"
