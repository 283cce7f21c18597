# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Serves a model in this process, as `mlflow models serve --env-manager local` does in a child of its own.

mlflow_server.py MODEL PORT WORKERS TIMEOUT [SOCKET]: the directory with the model's files, what `--workers` and `--timeout`
say, and the name of a Unix socket that a single worker listens on too. With the last one requests are not logged: whoever
relays them counts them.

The command line imports MLflow twice and keeps its first process, with all that is in it, for as long as the model is served.
"""

import gc
import inspect
import os
import shlex
import socket
import sys
from types import ModuleType
from typing import List, Optional


def serve_model(model: str, port: int, workers: int, timeout: int, path: Optional[str] = None) -> None:
    """Runs the server that this MLflow has for a model."""
    # What an import makes stays: to look through it for garbage takes a sixth of the import's time, and some of each later look.
    gc.disable()
    from mlflow.pyfunc import scoring_server

    gc.freeze()
    gc.enable()
    command, environment = scoring_server.get_cmd(model, port=port, host="127.0.0.1", timeout=timeout, nworkers=workers)
    is_uvicorn = command.startswith("uvicorn ")
    if is_uvicorn and path is not None:
        command += " --no-access-log"
    if not is_uvicorn or workers > 1:
        # A server that starts its workers itself needs no MLflow in its first process.
        os.execvpe("bash", ["bash", "-c", "exec " + command], environment)
    os.environ.update(environment)
    import uvicorn

    words = shlex.split(command)[1:]
    if path is None:
        uvicorn.main(words, prog_name="uvicorn")
    else:
        _listen_on_both(uvicorn, words, path)


def _listen_on_both(uvicorn: ModuleType, words: List[str], path: str) -> None:
    """Runs what uvicorn's command line runs, with a second listening socket."""
    given = uvicorn.main.make_context("uvicorn", words).params
    known = inspect.signature(uvicorn.Config).parameters
    config = uvicorn.Config(**{name: value for name, value in given.items() if name in known and value not in (None, ())})
    sockets = [config.bind_socket(), _bind(path)]
    config.load()
    server = uvicorn.Server(config)
    server.run(sockets)
    if not server.started:
        sys.exit(3)


def _bind(path: str) -> socket.socket:
    """A Unix socket that this user alone may connect to."""
    mask = os.umask(0o177)
    try:
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        bound.bind(path)
        return bound
    finally:
        os.umask(mask)


if __name__ == "__main__":
    # Nothing of ours is in the way of what the model imports.
    del sys.path[0]
    serve_model(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
