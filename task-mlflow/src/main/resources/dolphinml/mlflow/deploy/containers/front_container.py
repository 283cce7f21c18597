# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The front of a deployment in containers: a container that publishes the port and forwards requests to the model's
container."""

import json
import time
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.common.waiting import WaitingLog
from dolphinml.mlflow.deploy.containers import docker as docker_client
from dolphinml.mlflow.deploy.containers import parts
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.request.settings import Settings

# The directories of our programs and of the state that survives a restart, inside the front's container.
PROGRAM = "/dolphinml"
STATE = "/var/lib/dolphinml"
ENTRY = PROGRAM + "/dolphinml/mlflow/deploy/relay/container_front.py"
SECONDS_TO_START = 60


def published(settings: Settings) -> List[str]:
    """Returns the port mappings that the engine publishes for a front, as HOST:PORT:CONTAINER_PORT."""
    wanted = [(settings.host, settings.port, parts.FRONT_PORT)]
    if settings.metrics:
        wanted.append((settings.metrics["host"], settings.metrics["port"], parts.METRICS_PORT))
    return ["%s:%d:%d" % ("[%s]" % host if ":" in host else host, port, inside) for host, port, inside in wanted]


class FrontContainer:
    """The container of one front, addressed by name."""

    def __init__(self, docker: docker_client.Docker, name: str) -> None:
        self.name = name
        self._docker = docker

    def published_at(self) -> Optional[Tuple[str, int]]:
        """Returns (host, port) on this machine where clients reach the front, or None if it is not running."""
        return parts.published_at(self._docker, self.name, parts.FRONT_PORT)

    def metrics_at(self) -> Optional[Tuple[str, int]]:
        """Returns (host, port) of the metrics, or None if the front is not running or has no metrics."""
        return parts.published_at(self._docker, self.name, parts.METRICS_PORT)

    def current(self) -> Optional[str]:
        """Returns the name of the model container that receives the requests, or None; raises EngineRefused."""
        return self._query("current")["name"]

    def switch(self, container: str, port: int, version: str = "") -> None:
        # A front of release 0.1.0 does not count requests and takes no version.
        self._query("switch", container, port, *((version,) if self.is_current() else ()))

    def is_current(self) -> bool:
        """Whether the front can count and split requests, as fronts after release 0.1.0 can."""
        return self._query("current").get("protocol", 1) >= 2

    def counts(self) -> Optional[Dict[str, Any]]:
        """Returns the counts of all answers since the front started; raises EngineRefused."""
        return self._query("statistics").get("total")

    def canary(self, container: str, port: int, share: float, version: str) -> None:
        """Sends this share (0 to 1) of the requests to a candidate's container."""
        self._query("canary", container, port, share, version)

    def withdraw(self, container: str) -> None:
        self._query("withdraw", container)

    def statistics(self) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """Returns the answer counts of (the serving container, the candidate) since the canary began."""
        said = self._query("statistics")
        return said["current"], said["candidate"]

    def switch_command(self, container: str, port: int) -> List[str]:
        """Returns the argv of `switch`, for another program to run."""
        return self._docker.command(self._words("switch", container, port))

    def drained_command(self, container: str, seconds: float) -> List[str]:
        """Returns the argv of `drained`, for another program to run."""
        return self._docker.command(self._words("drained", container, seconds))

    def drained(self, container: str, seconds: float) -> None:
        """Waits until the replaced container has no requests in progress, for at most this many seconds."""
        self._query("drained", container, seconds, timeout=seconds + 30)

    def await_answer(self, console: Any) -> Optional[str]:
        waiting = WaitingLog(console, "Waiting for the front's container " + self.name)
        while True:
            try:
                return self.current()
            except EngineRefused as refusal:
                if waiting.seconds > SECONDS_TO_START:
                    raise EngineRefused("The front's container %s does not answer: %s" % (self.name, refusal))
            waiting.report()
            time.sleep(0.2)

    def _words(self, *words: object) -> List[str]:
        return ["exec", self.name, "python", ENTRY] + [str(word) for word in words]

    def _query(self, *words: object, timeout: float = docker_client.SECONDS_PER_COMMAND) -> Dict[str, Any]:
        said = self._docker.run(self._words(*words), timeout=timeout)
        try:
            return json.loads(said)
        except ValueError:
            raise EngineRefused("The front's container %s answered '%s' to '%s'" % (self.name, said.strip()[:200], words[0]))
