# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""A model's container: queries its server, and reports how it ended."""

import re
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.mlflow.deploy.containers.docker import Docker
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.serving import health
from dolphinml.mlflow.deploy.serving.crash_loop import Process

# Runs inside the model's container, where the server's address does not depend on the engine's network.
_PROBE = (
    "import sys,urllib.request as u,urllib.error as e\n"
    "o=u.build_opener(u.ProxyHandler({}));b=sys.stdin.buffer.read()\n"
    "r=u.Request(sys.argv[1],b or None,{'Content-Type':'application/json'} if b else {})\n"
    "try:\n a=o.open(r,timeout=float(sys.argv[2]));s=a.status\n"
    "except e.HTTPError as x:\n a=x;s=x.code\n"
    "sys.stdout.write('%d\\n%s'%(s,a.read().decode('utf-8','replace')))\n"
)


def health_command(port: int) -> str:
    """Returns the command of a model container's health check, which the engine runs."""
    code = "import urllib.request as u;u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:%d/ping',timeout=5)"
    return 'python -c "%s"' % (code % port)


class ModelContainer:
    """The container of one model, whose server listens on `port` inside it."""

    def __init__(self, docker: Docker, name: str, port: int) -> None:
        self.name = name
        self.port = port
        self._docker = docker

    def _probe(self, path: str, body: str = "", timeout: float = 5.0) -> Tuple[int, str]:
        """Sends one request from inside the container and returns (status, body); raises EngineRefused."""
        said = self._docker.run(
            ["exec", "-i", self.name, "python", "-c", _PROBE, "http://127.0.0.1:%d%s" % (self.port, path), str(timeout)],
            stdin=body,
            timeout=timeout + 30,
        )
        status, _, text = said.partition("\n")
        if not re.match(r"\d{3}$", status):
            raise EngineRefused("container %s answered '%s'" % (self.name, said.strip()[:200]))
        return int(status), text

    def answers(self) -> bool:
        try:
            return self._probe("/ping")[0] == 200
        except EngineRefused:
            return False

    def predict(self, payload: str, seconds: float) -> str:
        try:
            status, body = self._probe("/invocations", payload, float(seconds))
        except EngineRefused as refusal:
            raise health.PredictionFailed("%s" % refusal)
        if status != 200:
            raise health.PredictionFailed("HTTP %d: %s" % (status, health.error_sentence(body)[:2000]))
        return body

    def processes(self) -> List[Process]:
        """Returns (pid, parent's pid, command) of each process in the container."""
        rows = self._docker.run(["top", self.name, "-eo", "pid,ppid,args"]).splitlines()[1:]
        found = [row.split(None, 2) for row in rows]
        return [(int(row[0]), int(row[1]), row[2]) for row in found if len(row) == 3]

    def failure(self) -> Optional[str]:
        """Returns how the container ended, as the rest of a sentence; None while it runs and was never restarted."""
        known = self._docker.inspect("container", self.name)
        if known is None:
            return "was removed"
        state = known["State"]
        if state.get("Running") and not known.get("RestartCount"):
            return None
        return "ended" + end_in_words(state)


def end_in_words(state: Dict[str, Any]) -> str:
    if state.get("OOMKilled"):
        return " because memory ran out (the engine killed it at its memory limit; raise memoryLimit)"
    # MLflow's own entry point exits with 0 even after a failure.
    return " with exit code %s" % state["ExitCode"] if state.get("ExitCode") else " by itself"
