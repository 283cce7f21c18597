# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Has an environment built, or finds it built, from a file that comes with the task.
#
#   source prepare.sh FIELD PROGRAM REQUEST
#
# FIELD    the form's name for the environment, for messages
# PROGRAM  dolphinml/environment/prepare_environment.py, run on REQUEST by the Python that is on PATH
#
# The program takes the place of the running script and restarts it when the environment is ready: only an open file
# that is handed down keeps an environment from being removed while a task uses it. The second time, the environment's
# prefix is in DOLPHINML_PREPARED behind the run's own marker; it is left in dolphinml_prepared, which activate.sh
# takes in place of a name.

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
