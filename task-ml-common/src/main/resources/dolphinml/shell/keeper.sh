# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Stays in the worker's process tree while a task's script runs outside of it, and ends with the script's exit code.
#
#   exec bash keeper.sh MARKER SCRIPT
#
# MARKER  the value of DOLPHINML_RUN in the environment of the script's processes
#
# DolphinScheduler 3.2 sends SIGKILL to the whole process tree of a task's shell before it cancels the task. All it
# finds there is this shell, which holds the lifeline: a pipe that no other process has open for writing. However this shell
# ends, the supervisor reads the end of the pipe and has the script stop as it does at a SIGTERM.

start_supervisor() {
  # Background commands of a shell ignore them, and so would all that the script starts.
  trap - INT QUIT
  # The lifeline is opened once more, for reading only, or the supervisor would keep its own from ending.
  exec setsid bash "${BASH_SOURCE[0]%/*}/supervisor.sh" "$@" "$$" "$PPID" 8< /proc/self/fd/8
}

# Descriptor 7 is the task's output, 8 the lifeline, 9 brings the script's exit code.
exec 7>&1 8<> <(:)
trap 'exec 8>&-' HUP INT TERM
# The shell in between ends at once, and the supervisor has another parent then.
exec 9< <(start_supervisor "$1" "$2" 9>&1 >&7 7>&- &)
exec 7>&-

# Nothing comes if the supervisor is killed.
read -r code <&9
exit "${code:-137}"
