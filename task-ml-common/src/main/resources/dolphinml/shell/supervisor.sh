# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs a task's script in a session of its own, outside of the worker's process tree, and stops it when the lifeline ends
# or the worker is gone. In the latter case it also removes the script's folder, private/, which no worker would do any more.
#
#   setsid bash supervisor.sh MARKER SCRIPT KEEPER PARENT 8< LIFELINE 9> EXIT_CODE
#
# KEEPER  the process id of keeper.sh, which starts this and tells why there are two
# PARENT  that of the process which started the keeper
#
# DOLPHINML_RUN=MARKER is in the environment of the script and not in this one's: what ends the script's processes must
# not end those that wait for it.

# Seconds that the script gets to save what it has; as ProgramRun.GRACE.
grace=3

marker=$1
script=$2
keeper=$3
parent=$4

# Sets `name_of`, `state_of` and `parent_of` to those of a process.
look_at() {
  local stat
  name_of='' state_of='' parent_of=0
  IFS= read -r stat 2> /dev/null < "/proc/$1/stat" || return
  # The name is in parentheses and may contain anything.
  name_of=${stat#*\(}
  name_of=${name_of%\)*}
  stat=${stat##*\) }
  state_of=${stat%% *}
  stat=${stat#* }
  parent_of=${stat%% *}
}

# Sets `lineage` to each process from the keeper up to the worker's child, `parents` to their parents, and `worker` to the
# last one of these, or to nothing where this user cannot see it. Between a tenant's task and the worker stands sudo, which
# outlives a worker that is killed.
find_lineage() {
  local pid=$parent
  lineage=("$keeper") parents=("$parent")
  while look_at "$pid" && [ "$name_of" = sudo ]; do
    lineage+=("$pid") parents+=("$parent_of")
    pid=$parent_of
  done
  worker=${name_of:+$pid}
}

worker_lives() {
  local index
  for index in "${!lineage[@]}"; do
    look_at "${lineage[index]}"
    [ "$parent_of" = "${parents[index]}" ] || return
  done
}

# Ignores the SIGTERM below once it has something to stop. A script that has just been forked is found the next time.
watch() {
  # Nothing is ever written to the lifeline: either the second is over, or the keeper is gone.
  while read -r -t 1 <&8; [ $? -gt 128 ] && worker_lives; do :; done
  trap '' TERM
  while bash "${BASH_SOURCE[0]%/*}/stop_run.sh" "$marker" "$grace"; kill -0 "$$"; do :; done
}

find_lineage
# It ends when the script does; a service manager that stops the worker sends a signal to both.
trap : HUP INT TERM
# Bash itself would print that a signal has ended the script.
exec 7>&2 2> /dev/null
# As in keeper.sh.
(trap - INT QUIT; export DOLPHINML_RUN="$marker"; exec bash "$script" 2>&7 7>&- 8<&- 9>&-) &
program=$!
watch > /dev/null 7>&- 9>&- &
watcher=$!
exec 7>&- 8<&-

# A signal ends a wait early.
while kill -0 "$program"; do wait "$program"; done
wait "$program"
code=$?
kill -TERM "$watcher"
echo "$code" >&9
private=${script%/*}
if [ -n "$worker" ] && [ "${private##*/}" = private ]; then
  look_at "$worker"
  case $state_of in '' | Z | X) rm -rf -- "$private" ;; esac
fi
