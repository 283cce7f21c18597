# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Stops every process of a task run and prints those that could not be stopped.
#
#   bash -s -- MARKER GRACE < stop_run.sh
#
# MARKER  the value of DOLPHINML_RUN in the environment of the run's processes
# GRACE   seconds that the run has to end by itself after a SIGTERM, before all of its processes are killed
#
# A process belongs to the run if its environment has the marker or if it descends from a process that belongs.
# Prints the ids of the processes that it had to kill. Exits with 0 if no process of the run is left, and with 1 otherwise.

marker=$1
grace=$2

# Sets the array `found` to the run's process ids, and `roots` to those of them whose parent is not in `found`.
find_run() {
  local pid rest parent file grown fields threads=()
  declare -A parents=() belongs=()
  for file in /proc/[0-9]*/stat; do
    IFS= read -r rest 2>/dev/null < "$file" || continue
    pid=${rest%% *}
    # The command's name is in parentheses and may contain any character.
    rest=${rest##*) }
    case $rest in
      Z* | X*)
        # The main thread may have ended before the others; then only the other threads have an environment to read.
        read -ra fields <<< "$rest"
        [ "${fields[17]}" -gt 1 ] || continue
        threads+=("/proc/$pid/task"/[0-9]*/environ)
        ;;
    esac
    rest=${rest#* }
    parents[$pid]=${rest%% *}
  done
  while IFS= read -r file; do
    pid=${file#/proc/}
    pid=${pid%%/*}
    if [ -n "${parents[$pid]-}" ]; then belongs[$pid]=1; fi
  done < <(grep -lzxF -s -- "DOLPHINML_RUN=$marker" /proc/[0-9]*/environ "${threads[@]}")
  grown=1
  while [ "$grown" = 1 ]; do
    grown=0
    for pid in "${!parents[@]}"; do
      if [ -z "${belongs[$pid]-}" ] && [ -n "${belongs[${parents[$pid]}]-}" ]; then
        belongs[$pid]=1
        grown=1
      fi
    done
  done
  # This shell and the helpers that it starts are not part of the run, even if the worker itself runs inside that run.
  unset "belongs[$$]" "belongs[$BASHPID]"
  found=("${!belongs[@]}")
  roots=()
  for pid in "${found[@]}"; do
    parent=${parents[$pid]}
    if [ -z "${belongs[$parent]-}" ]; then roots+=("$pid"); fi
  done
}

# Sends SIGTERM to each root once. If a root ends before its children, they become roots and are signalled next.
signal_roots() {
  local pid
  for pid in "${roots[@]}"; do
    if [ -z "${signalled[$pid]-}" ]; then
      signalled[$pid]=1
      kill -TERM "$pid" 2> /dev/null
    fi
  done
}

# Sets `now` to the uptime in hundredths of a second. SECONDS of bash is too coarse: it can be almost a second ahead.
read_clock() {
  local uptime
  read -r uptime _ < /proc/uptime
  now=${uptime/./}
}

declare -A signalled=()
find_run
if [ ${#found[@]} -eq 0 ]; then exit 0; fi
read_clock
end=$((now + 100 * grace))
while [ "$now" -lt "$end" ]; do
  signal_roots
  sleep 0.1
  find_run
  if [ ${#found[@]} -eq 0 ]; then exit 0; fi
  read_clock
done
end=$((now + 300))
while [ "$now" -lt "$end" ]; do
  echo "Killed after $grace s: ${found[*]}"
  kill -KILL "${found[@]}" 2> /dev/null
  sleep 0.2
  find_run
  if [ ${#found[@]} -eq 0 ]; then exit 0; fi
  read_clock
done
echo "Still alive: ${found[*]}"
exit 1
