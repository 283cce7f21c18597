# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The front of a deployment in containers: a container that publishes the port and hands requests to the model's."""

import json
import time
from typing import Any, Dict, List, Optional, Tuple

from dolphinml.common.waiting import WaitingLog
from dolphinml.mlflow.deploy.containers import docker as docker_client
from dolphinml.mlflow.deploy.containers import parts
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.request.settings import Settings

# Where the front's container has our programs, and where it keeps what it has to know after a restart.
PROGRAM = "/dolphinml"
STATE = "/var/lib/dolphinml"
ENTRY = PROGRAM + "/dolphinml/mlflow/deploy/relay/container_front.py"
SECONDS_TO_START = 60


def published(settings: Settings) -> List[str]:
    """What the engine is to publish of a front, as HOST:PORT:PORT INSIDE."""
    wanted = [(settings.host, settings.port, parts.FRONT_PORT)]
    if settings.metrics:
        wanted.append((settings.metrics["host"], settings.metrics["port"], parts.METRICS_PORT))
    return ["%s:%d:%d" % ("[%s]" % host if ":" in host else host, port, inside) for host, port, inside in wanted]


class FrontContainer:
    """One front's container, by its name."""

    def __init__(self, docker: docker_client.Docker, name: str) -> None:
        self.name = name
        self._docker = docker

    def published_at(self) -> Optional[Tuple[str, int]]:
        """(host, port) on this machine where clients reach it, or None when it does not run."""
        return parts.published_at(self._docker, self.name, parts.FRONT_PORT)

    def metrics_at(self) -> Optional[Tuple[str, int]]:
        """The same for the metrics; also None where no metrics are configured."""
        return parts.published_at(self._docker, self.name, parts.METRICS_PORT)

    def current(self) -> Optional[str]:
        """The name of the model's container that it hands requests to, or None; raises EngineRefused."""
        return self._query("current")["name"]

    def switch(self, container: str, port: int, version: str = "") -> None:
        # One of release 0.1.0 counts nothing, so that it need not know which version it is.
        self._query("switch", container, port, *((version,) if self.is_current() else ()))

    def is_current(self) -> bool:
        """Whether it can count and share requests, as those after release 0.1.0 can."""
        return self._query("current").get("protocol", 1) >= 2

    def counts(self) -> Optional[Dict[str, Any]]:
        """What was answered since it began; raises EngineRefused."""
        return self._query("statistics").get("total")

    def canary(self, container: str, port: int, share: float, version: str) -> None:
        """Hands this part of the requests to a container that does not serve yet."""
        self._query("canary", container, port, share, version)

    def withdraw(self, container: str) -> None:
        self._query("withdraw", container)

    def statistics(self) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        """(of the container that serves, of the one that gets a share): what they have answered since."""
        said = self._query("statistics")
        return said["current"], said["candidate"]

    def switch_command(self, container: str, port: int) -> List[str]:
        """The argv of the same, for another program to run."""
        return self._docker.command(self._words("switch", container, port))

    def drained_command(self, container: str, seconds: float) -> List[str]:
        """The argv of `drained`, for another program to run."""
        return self._docker.command(self._words("drained", container, seconds))

    def drained(self, container: str, seconds: float) -> None:
        """Returns when no request is in a container that was replaced, or the seconds are over."""
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
