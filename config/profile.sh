# shellcheck shell=dash
# How many workers fit into this container, and where what runs keeps its files. Sourced by bash or sh at boot: it never
# exits, and leaves nothing behind but DYNO_RAM and, where users set none, WEB_CONCURRENCY, TMPDIR and TAMPU_RUN.

# usage: tampu_limits CGROUPS PROC CONTROLLER FILE...
# Prints, for each cgroup that this process is in, what those of its files say that are there, on one line.
tampu_limits() (
  set +eu
  cgroups=$1 proc=$2 controller=$3
  shift 3
  { printf '0::/\n0:%s:/\n' "$controller" && cat "$proc/self/cgroup" 2>/dev/null; } |
    while IFS=: read -r _ controllers own; do
      case ",$controllers," in
      ,,) top=$cgroups ;;
      *",$controller,"*) top=$cgroups/$controller ;;
      *) continue ;;
      esac
      while own=${own%/}; do
        for file; do
          text=
          [ -r "$top$own/$file" ] && read -r text <"$top$own/$file"
          printf '%s ' "$text"
        done
        printf '\n'
        [ -n "$own" ] || break
        own=${own%/*}
      done
    done
)

# usage: tampu_memory CGROUPS PROC
# Prints how many MB there are, or nothing. Limits above 1 TB are a kernel's way to say that there is none.
tampu_memory() (
  set +eu
  unset IFS
  least=
  while read -r name number _; do
    [ "$name" = MemTotal: ] && least=$((number * 1024))
  done 2>/dev/null <"$2/meminfo"
  for number in $(tampu_limits "$1" "$2" memory memory.max memory.high memory.limit_in_bytes); do
    case $number in *[!0-9]* | ??????????????*) continue ;; esac
    if [ "$number" -gt 0 ] && [ "$number" -le 1099511627776 ] && [ "$number" -lt "${least:-$((number + 1))}" ]; then
      least=$number
    fi
  done
  [ -z "$least" ] || echo $((least / 1048576))
)

# usage: tampu_cpus CGROUPS PROC
# Prints how many CPUs there are, a part of one counted as one.
tampu_cpus() (
  set +eu
  unset IFS
  # nproc heeds OMP_NUM_THREADS, which says how many threads a library may start, not how many CPUs there are.
  cpus=$(OMP_NUM_THREADS='' OMP_THREAD_LIMIT='' nproc 2>/dev/null || grep -c '^processor' "$2/cpuinfo" 2>/dev/null)
  tampu_limits "$1" "$2" cpu cpu.max cpu.cfs_quota_us cpu.cfs_period_us | {
    while read -r quota period _; do
      case $quota,$period in *[!0-9,]* | ,* | *, | 0,* | *,0) continue ;; esac
      share=$(((quota + period - 1) / period))
      [ "$share" -lt "${cpus:-1}" ] && cpus=$share
    done
    echo "${cpus:-1}"
  }
)

tampu_say() {
  # One-off processes and workers keep their output to themselves.
  case ${DYNO:-} in web.*) echo "tampu: $1" >&2 ;; esac
}

# usage: tampu_workers CGROUPS PROC
tampu_workers() {
  # Only positional parameters are a function's own; a variable would be left behind.
  set -- "$(tampu_memory "$1" "$2")" "$(tampu_cpus "$1" "$2")"
  [ -n "$1" ] || return 0
  export DYNO_RAM="$1"
  tampu_say "$1 MB of memory and $2 CPUs can be used"
  if [ -n "${WEB_CONCURRENCY:-}" ]; then
    tampu_say "WEB_CONCURRENCY stays $WEB_CONCURRENCY, as it was set"
    return 0
  fi
  set -- "$(($1 / 256))" "$(($2 * 2 + 1))"
  if [ "$1" -lt "$2" ]; then
    set -- "$1" 'one for each 256 MB'
  else
    set -- "$2" 'two for each CPU and one more'
  fi
  [ "$1" -ge 1 ] || set -- 1 "$2"
  export WEB_CONCURRENCY="$1" WEB_CONCURRENCY_SET_BY=tampu
  tampu_say "WEB_CONCURRENCY is $1: $2"
}

# What changes while the app runs lives in one folder; the port tells the stacks of a machine apart.
tampu_run_folder() {
  export TMPDIR="${TMPDIR:-/tmp}" TAMPU_DRAIN="${TAMPU_DRAIN:-8}"
  [ -z "${TAMPU_RUN:-}" ] || return 0
  case ${PORT:-} in
  '' | *[!0-9]*) set -- none ;;
  *) set -- "$PORT" ;;
  esac
  TAMPU_RUN=$TMPDIR/tampu-$(id -u)-$1
  export TAMPU_RUN
}

tampu_workers /sys/fs/cgroup /proc
tampu_run_folder
unset -f tampu_limits tampu_memory tampu_cpus tampu_say tampu_workers tampu_run_folder
