# Gets the environment that a task's file describes, built once and kept, and activates it.
#
#   source prepare.sh FIELD CONDA_SH PYTHON_ORDER ACTIVATE PROGRAM REQUEST
#
# FIELD, CONDA_SH, PYTHON_ORDER  as for activate.sh
# ACTIVATE                       the path of activate.sh
# PROGRAM                        the path of prepare_environment.py
# REQUEST                        the path of environment.json
#
# The script that sources this runs twice: the program takes the shell's place and starts the script anew when the
# environment is there. So the task has one process id throughout, and inherits the open lease that keeps the environment
# from being removed; no lock of a shell would outlive a kill.

dolphinml_prepare() {
  local field=$1 conda_sh=$2 order=$3 activate=$4 program=$5 request=$6 prepared=${DOLPHINML_PREPARED-}
  local run=${DOLPHINML_RUN:-$$} conda_root=
  unset DOLPHINML_PREPARED
  case $prepared in
    "$run":*)
      # shellcheck disable=SC1090
      source "$activate" "$field" "$conda_sh" "${prepared#"$run":}" "$order"
      return
      ;;
  esac
  case $conda_sh in
    */etc/profile.d/conda.sh) conda_root=${conda_sh%/etc/profile.d/conda.sh} ;;
  esac
  if ! type -P python3 python > /dev/null && [ -x "$conda_root/bin/python" ]; then
    dolphinml_python=$conda_root/bin/python
  else
    # shellcheck disable=SC1090
    source "$activate" "$field" "$conda_sh" "" "$order" || return
  fi
  exec "$dolphinml_python" -E -s -S -B "$program" "$request" bash "$0"
}

dolphinml_prepare "$@"
