#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Which libraries compute in a kernel that is forked after their import: each trains or queries with several threads.

    python3 benchmarks/ready_libraries.py PYTHON [NAME ...] [--forks 50] [--threads 4] [--seconds 120]

PYTHON is that of an environment with papermill, ipykernel and the libraries; those that it lacks are not measured. For each,
whole runs of our program get their kernels from one parent that imports the library, and all of them together
from another. What the parent leaves out runs once, and its reason is shown. A run that takes longer than --seconds hangs.
"""

import argparse
import collections
import os
import re
import subprocess
import tempfile
from pathlib import Path

import frame
from notebook_process import ReadyContestants, has, start

# {name of the package: (modules that the parent imports, what a notebook does)}
LIBRARIES = {
    "scikit-learn": (
        "sklearn.ensemble,sklearn.model_selection",
        """
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import cross_val_score
X, y = make_classification(2000)
HistGradientBoostingClassifier(max_iter=5).fit(X, y)
assert cross_val_score(RandomForestClassifier(10, n_jobs={threads}), X, y, n_jobs=2, cv=2).mean() > 0.6
""",
    ),
    "torch": (
        "torch",
        """
import torch
torch.set_num_threads({threads})
x = torch.randn(2000, 64)
y = x @ torch.randn(64, 1)
model = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.ReLU(), torch.nn.Linear(256, 1))
optimizer = torch.optim.Adam(model.parameters(), 0.01)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 250, num_workers=2)
for epoch in range(2):
    for features, target in data:
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(features), target)
        loss.backward()
        optimizer.step()
assert loss < 64 and (torch.ones(512, 512) @ torch.ones(512, 512))[0, 0] == 512
""",
    ),
    "xgboost": (
        "xgboost",
        """
import numpy, xgboost
X = numpy.random.rand(5000, 20)
model = xgboost.XGBRegressor(n_estimators=10, n_jobs={threads}).fit(X, X.sum(axis=1))
assert abs(model.predict(X).mean() - 10) < 0.5
""",
    ),
    "lightgbm": (
        "lightgbm",
        """
import lightgbm, numpy
X = numpy.random.rand(5000, 20)
model = lightgbm.LGBMRegressor(n_estimators=10, n_jobs={threads}, verbose=-1).fit(X, X.sum(axis=1))
assert abs(model.predict(X).mean() - 10) < 0.5
""",
    ),
    "catboost": (
        "catboost",
        """
import catboost, numpy
X = numpy.random.rand(2000, 20)
model = catboost.CatBoostRegressor(iterations=10, thread_count={threads}, verbose=False, allow_writing_files=False)
assert abs(model.fit(X, X.sum(axis=1)).predict(X).mean() - 10) < 0.5
""",
    ),
    "polars": (
        "polars",
        """
import polars
table = polars.DataFrame({{"k": [i % 7 for i in range(100000)], "v": range(100000)}})
table.write_parquet("{folder}/polars.parquet")
found = polars.scan_parquet("{folder}/polars.parquet").group_by("k").agg(polars.col("v").sum()).sort("k").collect()
assert found["v"].sum() == sum(range(100000))
""",
    ),
    "pyarrow": (
        "pyarrow,pyarrow.dataset,pyarrow.parquet",
        """
import pyarrow, pyarrow.dataset, pyarrow.parquet
pyarrow.set_cpu_count({threads})
table = pyarrow.table({{"k": [i % 7 for i in range(100000)], "v": range(100000)}})
pyarrow.parquet.write_table(table, "{folder}/arrow.parquet", row_group_size=1000)
found = pyarrow.dataset.dataset("{folder}/arrow.parquet").to_table(use_threads=True).group_by("k").aggregate([("v", "sum")])
assert sum(found["v_sum"].to_pylist()) == sum(range(100000))
""",
    ),
    "duckdb": (
        "duckdb",
        """
import duckdb
found = duckdb.sql("SELECT sum(v) FROM (SELECT range % 7 k, sum(range) v FROM range(1000000) GROUP BY k)").fetchone()
assert found[0] == sum(range(1000000))
""",
    ),
    "numba": (
        "numba",
        """
import numba, numpy
@numba.njit(parallel=True)
def total(values):
    sum = 0.0
    for i in numba.prange(len(values)):
        sum += values[i]
    return sum
assert total(numpy.ones(1000000)) == 1000000
""",
    ),
    "grpcio": (
        "grpc",
        """
import concurrent.futures, grpc
class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: request)
server = grpc.server(concurrent.futures.ThreadPoolExecutor({threads}), [Echo()])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with grpc.insecure_channel("127.0.0.1:%d" % port) as channel:
    for number in range(100):
        assert channel.unary_unary("/a/b")(b"x", timeout=60) == b"x"
server.stop(0).wait()
""",
    ),
    "tensorflow-cpu": (
        "tensorflow",
        """
import tensorflow
x = tensorflow.random.normal((2000, 32))
model = tensorflow.keras.Sequential([tensorflow.keras.layers.Dense(64, "relu"), tensorflow.keras.layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, tensorflow.reduce_sum(x, axis=1), epochs=1, verbose=0)
""",
    ),
    "jax": (
        "jax,jax.numpy",
        """
import jax, jax.numpy
f = jax.jit(jax.grad(lambda w: ((jax.numpy.ones((512, 512)) @ w) ** 2).sum()))
assert f(jax.numpy.ones(512))[0] == 2 * 512 * 512
""",
    ),
}

READY = re.compile(r"The kernel was ready, with (.*) imported\.")
LEFT_OUT = re.compile(r"WARNING readyKernels\.libraries: (\S+) is not imported before the notebook does: (.*)")


def outcome(contestants, seconds):
    """(how a run has ended, its log)"""
    path = contestants.directory / "log"
    with path.open("w") as log:
        process = start(contestants.ours(), log)
        try:
            ended = "good" if process.wait(seconds) == 0 else "failed"
        except subprocess.TimeoutExpired:
            process.terminate()
            process.wait()
            ended = "hung"
    text = path.read_text()
    if "The kernel died" in text:
        # The run has started another.
        ended = "died"
    if ended != "good":
        print(text, flush=True)
    return ended, text


def measured(python, name, modules, source, options):
    """A row of the table."""
    with tempfile.TemporaryDirectory(prefix="r") as directory:
        source = source.format(threads=options.threads, folder=directory)
        contestants = ReadyContestants(python, Path(directory), modules, source)
        try:
            ended, text = outcome(contestants, options.seconds)
            left_out = dict(LEFT_OUT.findall(text))
            ready = READY.search(text)
            counts = collections.Counter([ended])
            if ready and ready.group(1) != "ipykernel":
                counts.update(outcome(contestants, options.seconds)[0] for _ in range(options.forks - 1))
        finally:
            contestants.close()
    said = "; ".join("%s left out: %s" % each for each in left_out.items()) or "imported" if ready else "no kernel was ready"
    return name, said, ", ".join("%d %s" % (count, how) for how, count in counts.items())


def rows(python, wanted, options):
    for name, (modules, source) in wanted.items():
        yield measured(python, name, modules.split(","), source, options)
    if len(wanted) > 1:
        modules = [module for names, _ in wanted.values() for module in names.split(",")]
        yield measured(python, "all of them", modules, "\n".join(source for _, source in wanted.values()), options)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("python")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--forks", type=int, default=50)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=120)
    options = parser.parse_args()
    # More threads than cores are not to wait for each other by spinning.
    os.environ["OMP_WAIT_POLICY"] = "passive"
    os.environ.update({"%s_NUM_THREADS" % each: str(options.threads) for each in ("OMP", "MKL", "OPENBLAS", "NUMBA")})
    wanted = {
        name: library
        for name, library in LIBRARIES.items()
        if name in (options.names or LIBRARIES) and has(options.python, *library[0].split(","))
    }
    report = frame.Report("ready_libraries", frame.versions(options.python, *wanted))
    report.table("kernels forked after an import", ("library", "by the parent", "runs"), rows(options.python, wanted, options))


if __name__ == "__main__":
    main()
