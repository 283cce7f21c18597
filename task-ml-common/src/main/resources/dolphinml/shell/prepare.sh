# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Makes sure that the environment that a file of the task describes is built.
#
#   source prepare.sh FIELD PROGRAM REQUEST
#
# FIELD    the form's name for the environment, for messages
# PROGRAM  dolphinml/environment/prepare_environment.py, run with REQUEST by the Python on PATH
#
# The program replaces the running script (exec) and restarts it when the environment is ready, so that the script inherits
# the open lease, which keeps the environment from being removed while a task uses it. In the second run,
# DOLPHINML_PREPARED is the run's marker followed by the environment's prefix; the prefix is then put into
# dolphinml_prepared, which activate.sh uses instead of a name.

dolphinml_prepare() {
  local field=$1 program=$2 request=$3 python
  case ${DOLPHINML_PREPARED-} in
    "$DOLPHINML_RUN":*)
      # shellcheck disable=SC2034 # for activate.sh
      dolphinml_prepared=${DOLPHINML_PREPARED#*:}
      unset DOLPHINML_PREPARED
      return 0
      ;;
  esac
  python=$(type -P python3 || type -P python) || {
    printf '%s: a Python is needed to build an environment, and there is no python3 or python on PATH (%s); install one on %s.\n' \
      "$field" "$PATH" "${HOSTNAME:-this worker}" >&2
    return 1
  }
  exec "$python" -E -s "$program" "$request" bash "$0"
}

dolphinml_prepare "$@"
