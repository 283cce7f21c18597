# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Runs a task's script in a session of its own, outside of the worker's process tree, and stops it when the lifeline ends
# or the worker is gone. If the worker is gone, it also removes the script's folder, private/, since the worker cannot.
#
#   setsid bash supervisor.sh MARKER SCRIPT KEEPER PARENT 8< LIFELINE 9> EXIT_CODE
#
# KEEPER  the process id of keeper.sh, which starts this script and explains why there are two
# PARENT  the process id of the keeper's parent
#
# DOLPHINML_RUN=MARKER is in the environment of the script but not of this one: stop_run.sh must stop the script's processes
# without stopping those that wait for it.

# Seconds that the script has to save its results; the same as ProgramRun.GRACE.
grace=3

marker=$1
script=$2
keeper=$3
parent=$4

# Sets `name_of`, `state_of` and `parent_of` to the name, state and parent of a process.
look_at() {
  local stat
  name_of='' state_of='' parent_of=0
  IFS= read -r stat 2> /dev/null < "/proc/$1/stat" || return
  # The name is in parentheses and may contain any character.
  name_of=${stat#*\(}
  name_of=${name_of%\)*}
  stat=${stat##*\) }
  state_of=${stat%% *}
  stat=${stat#* }
  parent_of=${stat%% *}
}

# Sets `lineage` to the processes from the keeper up to the worker's child, `parents` to the parent of each, and `worker` to
# the last of those, or to nothing if this user cannot see it. Between a tenant's task and the worker there is sudo, which
# outlives a killed worker.
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

# Once it has begun to stop the script, it ignores the SIGTERM below. The loop finds a script that has only just been forked.
watch() {
  # Nothing is ever written to the lifeline, so a read ends either after a second or because the keeper is gone.
  while read -r -t 1 <&8; [ $? -gt 128 ] && worker_lives; do :; done
  trap '' TERM
  while bash "${BASH_SOURCE[0]%/*}/stop_run.sh" "$marker" "$grace"; kill -0 "$$"; do :; done
}

find_lineage
# Ends only with the script. A service manager that stops the worker signals both this shell and the script.
trap : HUP INT TERM
# Hides the message that bash prints when a signal ends the script.
exec 7>&2 2> /dev/null
# Resets the signals as keeper.sh does.
(trap - INT QUIT; export DOLPHINML_RUN="$marker"; exec bash "$script" 2>&7 7>&- 8<&- 9>&-) &
program=$!
watch > /dev/null 7>&- 9>&- &
watcher=$!
exec 7>&- 8<&-

# A signal interrupts `wait`.
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
