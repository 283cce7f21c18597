# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Activates a Python environment by its prefix, without starting conda.
#
#   source activate.sh FIELD CONDA_SH ENVIRONMENT PYTHON_ORDER PACKAGE
#
# FIELD         the form's name for ENVIRONMENT, for messages
# CONDA_SH      etc/profile.d/conda.sh of a conda installation, as in conda.path; may be empty or not exist
# ENVIRONMENT   the name of a conda environment, or the absolute path of a conda environment or venv. If it is empty, or is
#               python3 and no environment has that name, the worker's own Python is used. dolphinml_prepared, which
#               prepare.sh sets, overrides it
# PYTHON_ORDER  where to look for the worker's Python. path: on PATH, then in PYTHON_LAUNCHER and PYTHON_HOME; home: the
#               reverse
# PACKAGE       if the worker has several Pythons, the first that has this package is used; may be empty
#
# Sets dolphinml_python to the path of the environment's Python. On failure, prints a message to standard error and
# returns 1. This runs before every task, so the common path uses only builtins.

dolphinml_searched=()
dolphinml_python=

dolphinml_try_prefix() {
  [ -n "$1" ] || return 1
  dolphinml_searched+=("$1")
  [ -x "$1/bin/python" ] || [ -x "$1/bin/python3" ]
}

# Prints the entries of envs_dirs in a condarc file, one per line.
dolphinml_envs_dirs() {
  local line inside=0 entry
  [ -r "$1" ] || return 0
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    case $line in
      envs_dirs:*)
        inside=1
        entry=${line#envs_dirs:}
        entry=${entry//[\[\]]/}
        local IFS=,
        set -f
        # shellcheck disable=SC2086 # split at the commas of a one-line list
        printf '%s\n' $entry
        set +f
        unset IFS
        ;;
      [!\ \#-]*) inside=0 ;;
      *-*) if [ "$inside" = 1 ]; then printf '%s\n' "${line#*-}"; fi ;;
    esac
  done < "$1"
}

# Sets dolphinml_entry to an entry of a condarc file without blanks, quotes and comment, with ~ and $HOME expanded as in conda.
dolphinml_expand_entry() {
  local entry=${1%%#*}
  entry=${entry#"${entry%%[![:space:]]*}"}
  entry=${entry%"${entry##*[![:space:]]}"}
  case $entry in
    \"*\" | \'*\') entry=${entry:1:${#entry}-2} ;;
  esac
  # shellcheck disable=SC2088 # the text of a file, in which no shell has expanded anything
  case $entry in
    '~') entry=$HOME ;;
    '~/'*) entry=$HOME/${entry#'~/'} ;;
  esac
  # shellcheck disable=SC2016 # the text that is replaced, not a variable
  entry=${entry/'$HOME'/"$HOME"}
  # shellcheck disable=SC2016
  dolphinml_entry=${entry/'${HOME}'/"$HOME"}
}

# Sets dolphinml_environments_dirs to the folders that hold named conda environments, in conda's order.
dolphinml_find_environments_dirs() {
  local conda_root=$1 file line variable
  dolphinml_environments_dirs=()
  for variable in "${CONDA_ENVS_DIRS-}" "${CONDA_ENVS_PATH-}"; do
    while [ -n "$variable" ]; do
      dolphinml_environments_dirs+=("${variable%%:*}")
      case $variable in *:*) variable=${variable#*:} ;; *) variable= ;; esac
    done
  done
  for file in "${CONDARC-}" "$HOME/.condarc" "$HOME/.conda/.condarc" "$HOME/.conda/condarc" \
    "${XDG_CONFIG_HOME:-$HOME/.config}/conda/.condarc" "${XDG_CONFIG_HOME:-$HOME/.config}/conda/condarc" \
    "$conda_root/.condarc" "$conda_root/condarc" /etc/conda/.condarc /etc/conda/condarc; do
    [ -n "$file" ] && [ -r "$file" ] || continue
    while IFS= read -r line; do
      dolphinml_expand_entry "$line"
      if [ -n "$dolphinml_entry" ]; then dolphinml_environments_dirs+=("$dolphinml_entry"); fi
    done <<< "$(dolphinml_envs_dirs "$file")"
  done
  if [ -n "$conda_root" ]; then dolphinml_environments_dirs+=("$conda_root/envs"); fi
  dolphinml_environments_dirs+=("$HOME/.conda/envs")
}

# Sets dolphinml_prefix to the prefix of the environment with this name or path; returns 1 if there is none.
dolphinml_find_prefix() {
  local name=$1 conda_root=$2 folder line
  dolphinml_prefix=
  case $name in
    /*)
      dolphinml_try_prefix "${name%/}" && dolphinml_prefix=${name%/}
      return
      ;;
  esac
  if [ -n "$conda_root" ] && { [ "$name" = base ] || [ "$name" = root ]; }; then
    dolphinml_try_prefix "$conda_root" && dolphinml_prefix=$conda_root
    return
  fi
  dolphinml_find_environments_dirs "$conda_root"
  for folder in "${dolphinml_environments_dirs[@]}"; do
    if dolphinml_try_prefix "$folder/$name"; then
      dolphinml_prefix=$folder/$name
      return 0
    fi
  done
  if [ -r "$HOME/.conda/environments.txt" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      line=${line%$'\r'}
      if [ "${line##*/}" = "$name" ] && dolphinml_try_prefix "$line"; then
        dolphinml_prefix=$line
        return 0
      fi
    done < "$HOME/.conda/environments.txt"
    dolphinml_searched+=("$HOME/.conda/environments.txt")
  fi
  return 1
}

# Exports the variables that packages and `conda env config vars set` store in JSON files of the environment.
dolphinml_export_variables() {
  local name value
  while IFS= read -r -d '' name && IFS= read -r -d '' value; do
    export "$name=$value"
  done < <("$dolphinml_python" -I -c '
import glob, json, os, sys
files = sorted(glob.glob(os.path.join(sys.argv[1], "etc/conda/env_vars.d/*.json")))
variables = {}
for name in files:
    with open(name) as stream:
        variables.update(json.load(stream))
state = os.path.join(sys.argv[1], "conda-meta/state")
if os.path.exists(state):
    with open(state) as stream:
        variables.update(json.load(stream).get("env_vars", {}))
for name, value in variables.items():
    if value != "***unset***":
        sys.stdout.write("%s\0%s\0" % (name, value))
' "$1")
}

dolphinml_activate_prefix() {
  local prefix=$1 name=$2 script variables
  dolphinml_python=$prefix/bin/python
  [ -x "$dolphinml_python" ] || dolphinml_python=$prefix/bin/python3
  export PATH="$prefix/bin:$PATH"
  unset PYTHONHOME
  if [ ! -d "$prefix/conda-meta" ]; then
    if [ -f "$prefix/pyvenv.cfg" ]; then export VIRTUAL_ENV="$prefix"; fi
    return 0
  fi
  unset VIRTUAL_ENV
  export CONDA_PREFIX="$prefix" CONDA_DEFAULT_ENV="$name" CONDA_SHLVL=1 CONDA_PROMPT_MODIFIER=
  for variables in "$prefix"/etc/conda/env_vars.d/*.json "$prefix/conda-meta/state"; do
    if [ -f "$variables" ]; then
      dolphinml_export_variables "$prefix"
      break
    fi
  done
  for script in "$prefix"/etc/conda/activate.d/*.sh; do
    if [ -f "$script" ]; then
      # These scripts come from packages, and may use variables that are not set.
      set +u
      # shellcheck disable=SC1090
      source "$script"
      set -u
    fi
  done
}

dolphinml_activate_by_conda() {
  local conda_sh=$1 name=$2
  set +u
  # shellcheck disable=SC1090
  if ! source "$conda_sh" || ! conda activate "$name"; then
    set -u
    return 1
  fi
  set -u
  dolphinml_python=${CONDA_PREFIX-}/bin/python
  [ -x "$dolphinml_python" ] || dolphinml_python=$(command -v python)
}

# This function and the next append the Pythons that they find to dolphinml_pythons.
dolphinml_pythons_of_home() {
  local candidate
  for candidate in "${PYTHON_LAUNCHER-}" "${PYTHON_HOME-}"; do
    if [ -n "$candidate" ] && [ -f "$candidate" ] && [ -x "$candidate" ]; then
      dolphinml_pythons+=("$candidate")
    elif [ -n "$candidate" ] && [ -x "$candidate/bin/python" ]; then
      dolphinml_pythons+=("$candidate/bin/python")
    fi
  done
}

dolphinml_pythons_on_path() {
  local candidate
  candidate=$(type -P python3 || type -P python) || return 0
  dolphinml_pythons+=("$candidate")
}

dolphinml_has_package() {
  "$1" -c '
import sys
del sys.path[0]
import importlib.util
sys.exit(importlib.util.find_spec(sys.argv[1]) is None)
' "$2" >/dev/null 2>&1 </dev/null
}

dolphinml_python_of_worker() {
  local order=$1 package=$2 candidate dolphinml_pythons=()
  case $order in
    home) dolphinml_pythons_of_home; dolphinml_pythons_on_path ;;
    *) dolphinml_pythons_on_path; dolphinml_pythons_of_home ;;
  esac
  [ ${#dolphinml_pythons[@]} -gt 0 ] || return 1
  dolphinml_python=${dolphinml_pythons[0]}
  [ ${#dolphinml_pythons[@]} -gt 1 ] || return 0
  for candidate in "${dolphinml_pythons[@]}"; do
    if [ -z "$package" ] || dolphinml_has_package "$candidate" "$package"; then
      dolphinml_python=$candidate
      break
    fi
  done
  # So that commands of the run that call python by name get this one.
  export PATH="${dolphinml_python%/*}:$PATH"
}

dolphinml_report_missing() {
  local field=$1 name=$2 folder candidate found='' remedy='name one that exists'
  printf 'Looked in:\n'
  printf '  %s\n' "${dolphinml_searched[@]}"
  printf 'Environments that exist here:\n'
  for folder in "${dolphinml_environments_dirs[@]-}"; do
    [ -n "$folder" ] || continue
    for candidate in "$folder"/*/bin/python; do
      [ -x "$candidate" ] || continue
      printf '  %s\n' "${candidate%/bin/python}"
      found=1
    done
  done
  if [ -z "$found" ]; then printf '  (none)\n'; fi
  if [[ $name == */bin/python* && -x $name ]]; then remedy="that is a Python, and its environment is ${name%/bin/python*}"; fi
  printf '%s: no environment "%s" was found on %s; %s, or give the absolute path of a conda environment or venv.\n' \
    "$field" "$name" "${HOSTNAME:-this worker}" "$remedy"
}

dolphinml_activate() {
  local field=$1 conda_sh=$2 name=${dolphinml_prepared:-$3} order=$4 package=$5 conda_root=
  case $conda_sh in
    */etc/profile.d/conda.sh) conda_root=${conda_sh%/etc/profile.d/conda.sh} ;;
  esac
  dolphinml_environments_dirs=()
  if [ -n "$name" ] && dolphinml_find_prefix "$name" "$conda_root"; then
    dolphinml_activate_prefix "$dolphinml_prefix" "$name"
  elif [ -z "$name" ] || [ "$name" = python3 ]; then
    dolphinml_python_of_worker "$order" "$package" || {
      printf '%s: it names no environment, and there is no python3 or python on PATH (%s); name one.\n' "$field" "$PATH" >&2
      return 1
    }
  elif [ -n "$conda_sh" ] && [ -r "$conda_sh" ] && dolphinml_activate_by_conda "$conda_sh" "$name"; then
    :
  else
    dolphinml_report_missing "$field" "$name" >&2
    return 1
  fi
}

# A worker started by a service manager may have no HOME; then nothing is found below it.
: "${HOME:=/nonexistent}" "${PATH:=/usr/local/bin:/usr/bin:/bin}"
dolphinml_activate "$@"
