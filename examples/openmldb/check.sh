#!/usr/bin/env bash
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Proves the OPENMLDB task against your cluster, without DolphinScheduler: it runs the program of the SDK route as the
# worker does, and asks the API server, if you name it, what the HTTP route rests on. It works in a database of its own,
# dolphinml_check, and drops it at the end.
#   check.sh ZK ZKPATH [--api-server HOST:PORT] [--data DIRECTORY] [--user NAME] [--python PYTHON] [--jars DIRECTORY]
#   --data    where the checks of jobs put files; the machines on which jobs run must see it under the same path.
#             Without it those checks are left out.
#   --user    asks for the password, or takes it from OPENMLDB_PASSWORD
#   --python  a Python with OpenMLDB's SDK (pip install openmldb); default python3
#   --jars    the folder of the plugins' jars, where this is neither a clone of the project nor a release's archive
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=python3
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --python) python=${2:?--python needs a path}; shift 2 ;;
    -h | --help) sed -n '5,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit 0 ;;
    *) arguments+=("$1"); shift ;;
  esac
done
command -v "$python" >/dev/null || { echo "check.sh: there is no $python; name one with --python" >&2; exit 2; }
export PYTHONDONTWRITEBYTECODE=1
exec "$python" "$here/check.py" ${arguments[@]+"${arguments[@]}"}
