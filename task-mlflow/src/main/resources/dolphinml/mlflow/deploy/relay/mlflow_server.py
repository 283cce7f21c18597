# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Serves a model in this process, as `mlflow models serve --env-manager local` does in a child of its own.

mlflow_server.py MODEL PORT WORKERS TIMEOUT: the directory with the model's files, and what `--workers` and `--timeout` say.

The command line imports MLflow twice and keeps its first process, with all that is in it, for as long as the model is served.
"""

import gc
import os
import shlex
import sys


def serve(model, port, workers, timeout):
    """Runs the server that this MLflow has for a model."""
    # What an import makes stays: to look through it for garbage takes a sixth of the import's time, and some of each later look.
    gc.disable()
    from mlflow.pyfunc import scoring_server

    gc.freeze()
    gc.enable()
    command, environment = scoring_server.get_cmd(model, port=port, host="127.0.0.1", timeout=timeout, nworkers=workers)
    words = shlex.split(command)
    if words[0] == "uvicorn" and workers == 1:
        import uvicorn

        os.environ.update(environment)
        uvicorn.main(words[1:], prog_name="uvicorn")
    else:
        # A server that starts its workers itself needs no MLflow in its first process.
        os.execvpe("bash", ["bash", "-c", "exec " + command], environment)


if __name__ == "__main__":
    # Nothing of ours is in the way of what the model imports.
    del sys.path[0]
    serve(sys.argv[1], *map(int, sys.argv[2:5]))
