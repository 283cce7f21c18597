#!/usr/bin/env bash
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Builds the plugins, starts a real DolphinScheduler and an MLflow server on this machine, trains three models in
# parallel, deploys the best of them and asks it for a prediction. Needs a JDK 17 or newer, Maven and Python 3.9 or newer; no root. Downloads are kept for the next run.
#   run-demo.sh [--keep | --stop | --help]
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
python=${PYTHON:-python3}

need() {
  command -v "$1" >/dev/null || { echo "run-demo.sh: $1 is not on PATH; $2" >&2; exit 1; }
}
need "$python" "install Python 3.9 or newer, or set PYTHON to one"
need "${JAVA_HOME:+$JAVA_HOME/bin/}java" "install a JDK 17 or newer, or set JAVA_HOME to one"
need mvn "install Maven 3.8 or newer"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' || {
  echo "run-demo.sh: $("$python" --version) is too old; set PYTHON to a Python 3.9 or newer" >&2
  exit 1
}

export PYTHONPATH="$project/integration-tests/harness" PYTHONDONTWRITEBYTECODE=1
exec "$python" -m dsharness.demo "$@"
