# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Serves a model in this process, as `mlflow models serve --env-manager local` does in a child of its own.

mlflow_server.py MODEL PORT WORKERS TIMEOUT [SOCKET]: the directory with the model's files, the values of `--workers` and
`--timeout`, and the name of a Unix socket that a single worker also listens on. With a socket, requests are not logged: the
relay counts them.

MLflow's command line imports MLflow twice and keeps its first process in memory for as long as the model is served.
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
    """Runs the scoring server of the installed MLflow."""
    # Imported objects stay alive: collecting garbage among them costs a sixth of the import time, and slows later ones.
    gc.disable()
    from mlflow.pyfunc import scoring_server

    gc.freeze()
    gc.enable()
    command, environment = scoring_server.get_cmd(model, port=port, host="127.0.0.1", timeout=timeout, nworkers=workers)
    is_uvicorn = command.startswith("uvicorn ")
    if is_uvicorn and path is not None:
        command += " --no-access-log"
    if not is_uvicorn or workers > 1:
        # A server that starts its own workers does not need MLflow in its first process.
        os.execvpe("bash", ["bash", "-c", "exec " + command], environment)
    os.environ.update(environment)
    import uvicorn

    words = shlex.split(command)[1:]
    if path is None:
        uvicorn.main(words, prog_name="uvicorn")
    else:
        _listen_on_both(uvicorn, words, path)


def _listen_on_both(uvicorn: ModuleType, words: List[str], path: str) -> None:
    """Runs uvicorn as its command line does, with a second listening socket."""
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
    """Returns a Unix socket that only this user may connect to."""
    mask = os.umask(0o177)
    try:
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        bound.bind(path)
        return bound
    finally:
        os.umask(mask)


if __name__ == "__main__":
    # Our own modules must not shadow what the model imports.
    del sys.path[0]
    serve_model(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
