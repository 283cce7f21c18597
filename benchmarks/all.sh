#!/usr/bin/env bash
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
# Runs every benchmark and writes its tables into docs/benchmarks.md and docs/benchmarks.zh.md: under an hour on a quiet machine
# with two cores. What a benchmark needs is made or fetched once, and kept.
#
#   benchmarks/all.sh [NAME ...]     with names, those only: notebook_process ds_task environment mlflow_preset growth
#                                    printing load parallel_starts serving_front serving_start serving_bento plan_time
#                                    data_versions

set -u -o pipefail
cd "$(dirname "$0")/.." || exit
python=${PYTHON:-python3}
DOLPHINML_BENCHMARK_RESULTS=$PWD/.work/benchmark-results
export DOLPHINML_BENCHMARK_RESULTS PYTHONDONTWRITEBYTECODE=1
rm -rf "$DOLPHINML_BENCHMARK_RESULTS"
mkdir -p "$DOLPHINML_BENCHMARK_RESULTS"

names=${*:-notebook_process ds_task environment mlflow_preset growth printing load parallel_starts serving_front serving_start serving_bento plan_time data_versions}
failed=()
for name in $names; do
  [ -f "benchmarks/$name.py" ] || { echo "benchmarks/all.sh: there is no benchmark $name" >&2; exit 2; }
done
for name in $names; do
  begin=$SECONDS
  printf '\n## %s\n' "$name"
  "$python" -u "benchmarks/$name.py" || failed+=("$name")
  printf '%s: %d s\n' "$name" $((SECONDS - begin))
done
"$python" benchmarks/pages.py "$DOLPHINML_BENCHMARK_RESULTS" || exit
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}" >&2; exit 1; }
