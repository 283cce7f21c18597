# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Stays in the worker's process tree while a task's script runs outside of it, and exits with the script's exit code.
#
#   exec bash keeper.sh MARKER SCRIPT
#
# MARKER  the value of DOLPHINML_RUN in the environment of the script's processes
#
# DolphinScheduler 3.2 sends SIGKILL to the whole process tree of a task's shell before it cancels the task. The tree
# contains only this shell, which holds the lifeline: a pipe that no other process has open for writing. However this shell
# ends, the supervisor then reads end of file from the pipe and stops the script as on a SIGTERM.

start_supervisor() {
  # A shell's background commands ignore these signals, and so would every process that the script starts.
  trap - INT QUIT
  # Reopens the lifeline for reading only: a write end in the supervisor would keep it from ever seeing end of file.
  exec setsid bash "${BASH_SOURCE[0]%/*}/supervisor.sh" "$@" "$$" "$PPID" 8< /proc/self/fd/8
}

# Descriptor 7 is the task's output, 8 is the lifeline, and the script's exit code is read from 9.
exec 7>&1 8<> <(:)
trap 'exec 8>&-' HUP INT TERM
# The shell in between exits at once, so that the supervisor is no longer a descendant of this shell.
exec 9< <(start_supervisor "$1" "$2" 9>&1 >&7 7>&- &)
exec 7>&-

# There is nothing to read if the supervisor was killed.
read -r code <&9
exit "${code:-137}"
