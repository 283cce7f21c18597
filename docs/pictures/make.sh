#!/usr/bin/env bash
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
#
# Regenerates the pictures of the documentation from a run of the demo: its HTML report and its MLflow run.
# Needs what examples/run-demo.sh needs, and Chromium; on Debian:
#   apt-get install chromium fonts-roboto-unhinted fonts-liberation fonts-noto-color-emoji
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
pictures=$project/docs/pictures
log=$project/.work/pictures.log
work=$(mktemp -d)
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
  echo "make.sh: there is no Chromium on PATH" >&2
  exit 1
}

# picture NAME WIDTH HEIGHT CUT ADDRESS: a PNG of few colours without the CUT pixels at its right
picture() {
  "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile-$1" \
    --window-size="$2,$3" --force-device-scale-factor=0.8 --virtual-time-budget=20000 \
    --screenshot="$work/$1.png" "$5" >>"$log" 2>&1
  "$environment/bin/python" - "$work/$1.png" "$pictures/$1.png" "$4" <<'END'
import sys
from PIL import Image
image = Image.open(sys.argv[1]).convert("RGB")
image = image.crop((0, 0, image.width - int(sys.argv[3]), image.height))
image.quantize(96, dither=Image.Dither.NONE).save(sys.argv[2], optimize=True)
END
  echo "$pictures/$1.png: $(stat -c %s "$pictures/$1.png") bytes"
}

mkdir -p "$(dirname "$log")"
trap 'rm -rf "$work"; "$project/examples/run-demo.sh" --stop >>"$log" 2>&1' EXIT
"$project/examples/run-demo.sh" --keep | tee "$log"
environment=$(PYTHONPATH=$project/integration-tests/harness python3 -m dsharness.venvs "$project/examples/requirements-demo.txt")
row=$(grep '^svm rbf ' "$log")
run=$(grep -o 'http://[^ ]*/runs/[0-9a-f]*' <<<"$row")
notebook=$(grep -o '\.work/[^ ]*\.ipynb' <<<"$row")
# The paths of this machine are nobody's business.
sed -e "s#$project/.work/demo#/opt/ml/iris/runs#g; s#$project/examples#/opt/ml#g; s#$environment#/opt/ml/venv#g" \
  "$project/${notebook%.ipynb}.html" >"$work/report.html"
picture report 1000 1900 0 "file://$work/report.html"
# The pane at the right is MLflow's assistant. Of a server that has just been started the first picture may be of an error.
picture mlflow-run 1500 1300 313 "$run" >>"$log"
picture mlflow-run 1500 1300 313 "$run"
