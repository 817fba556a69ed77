#!/bin/sh
# Runs an entry point where no python3 is to be had, with the runtime that vendor/bootstrap (or a mirror's own) pins.
# usage: sh lib/python.sh ENTRY ARGUMENTS...
set -eu

entry=$1
shift
house=$(cd "$(dirname "$(readlink -f "$entry")")/.." && pwd)

stop() {
  printf ' !     Error: %s\n !\n !     %s\n !\n !     (%s)\n' "$2" "$3" "$1" >&2
  exit 1
}

bring() {
  case $1 in
  /*) cp "$1" "$2" ;;
  *)
    if command -v curl >/dev/null 2>&1; then
      curl -fsSL --retry 3 -o "$2" "$1"
    elif command -v wget >/dev/null 2>&1; then
      wget -q -O "$2" "$1"
    else
      stop bootstrap::no-client "There is no python3 here, and neither curl nor wget to fetch one" \
        "Install python3 (3.10 or newer), or curl."
    fi
    ;;
  esac || stop bootstrap::download "$1 can't be fetched" "Check the network, the proxy settings or TAMPU_MIRROR."
}

# compile and its kin get the platform's cache folder as their second argument.
case ${entry##*/} in
compile | test-compile | supply | finalize | report) cache=${2:-} ;;
*) cache= ;;
esac
[ -n "$cache" ] || cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/tampu
mkdir -p "$cache/bootstrap"
work=$(mktemp -d "$cache/bootstrap/new.XXXXXX")
trap 'rm -rf "$work"' EXIT

arch=$(uname -m)
mirror=${TAMPU_MIRROR:-}
mirror=${mirror#file://}
pins=$house/vendor/bootstrap
if [ -n "$mirror" ]; then
  pins=$work/bootstrap
  bring "${mirror%/}/bootstrap" "$pins"
fi
line=$(grep "^$arch " "$pins") || stop bootstrap::no-runtime "There is no python3 here, and no pinned runtime for $arch" \
  "Install python3 (3.10 or newer)."
read -r arch version url sha256 <<LINE
$line
LINE
case $url in
/* | *://*) ;;
*) url=${mirror%/}/$url ;;
esac

runtime=$cache/bootstrap/$version-$sha256
if [ ! -x "$runtime/bin/python3" ]; then
  printf -- '-----> No python3 here: fetching Python %s\n' "$version" >&2
  bring "$url" "$work/archive"
  printf '%s  %s\n' "$sha256" "$work/archive" | sha256sum -c - >/dev/null 2>&1 ||
    stop bootstrap::wrong-hash "$url is not the file that was pinned" "Its sha256 is not $sha256. Nothing of it was used."
  mkdir "$work/runtime"
  tar -xzf "$work/archive" -C "$work/runtime" --strip-components 1
  # Another build may have been faster: its runtime is as good.
  mv -T "$work/runtime" "$runtime" 2>/dev/null || [ -x "$runtime/bin/python3" ]
fi
rm -rf "$work"
trap - EXIT
exec "$runtime/bin/python3" -I -S "$entry" "$@"
