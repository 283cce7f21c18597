# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""deployType MLFLOW: MLflow's model server as a process behind the deployment's front."""

import os
import sys
import time
from typing import Any, Dict, List, NoReturn, Optional, Tuple

from dolphinml.common import processes
from dolphinml.common.optional import given
from dolphinml.common.program import Stopped, Task, TaskFailure
from dolphinml.common.waiting import WaitingLog
from dolphinml.environment import indexes
from dolphinml.mlflow.deploy.detached import launch
from dolphinml.mlflow.deploy.engines.engine import OLD_FRONT, Candidate, Engine
from dolphinml.mlflow.deploy.faults import EngineRefused
from dolphinml.mlflow.deploy.model.files import flavors
from dolphinml.mlflow.deploy.relay import control
from dolphinml.mlflow.deploy.relay.generation import PORT_WORD, SOCKET_WORD
from dolphinml.mlflow.deploy.request.settings import Settings
from dolphinml.mlflow.deploy.serving import crash_loop, endpoint, health, ports
from dolphinml.mlflow.deploy.state import record
from dolphinml.mlflow.deploy.state.record import Record

# The flavor that MLflow's Python server serves; models for R only have another one.
PYTHON_FLAVOR = "python_function"
TRIES_FOR_A_PORT = 3
SECONDS_TO_WAIT_FOR_THE_OLD = 20.0
SECONDS_TO_DRAIN_AT_STOP = 5
SECONDS_TO_ABANDON = 6.0
SECONDS_FOR_THE_FRONT = 30.0
_PORT_TAKEN = ("address already in use", "Errno 98", "EADDRINUSE")


class ServerProcess(Engine):
    """A model server that runs as a process on this machine. Subclasses define which server it is and how to query it."""

    #: The path for predictions.
    PREDICT = "/invocations"
    #: Whether the server restarts its workers forever even if there is only one.
    RESTARTS_WORKERS = False

    _candidate: Candidate
    _log_path: str

    def __init__(self, task: Task, settings: Settings, directory: str, known: Optional[Record]) -> None:
        super().__init__(task, settings, directory, known)
        self._connection: Optional[control.FrontConnection] = None
        #: What the existing front reported about itself and its server.
        self._running: Optional[Dict[str, Any]] = None
        #: What the front reported about the server that it started for this task.
        self._server: Optional[Dict[str, Any]] = None
        self._tail: Optional[health.LogTail] = None
        self._tries = 0
        self._replaced: Optional[int] = None
        self._crash_loop = crash_loop.CrashLoop(settings.workers)

    @property
    def _front(self) -> control.FrontConnection:
        return given(self._connection)

    @property
    def _started(self) -> Dict[str, Any]:
        return given(self._server)

    # -- for subclasses

    def argv(self, candidate: Candidate) -> List[str]:
        """Returns the command of the server; PORT_WORD stands for its port on 127.0.0.1."""
        raise NotImplementedError

    def environment(self) -> Dict[str, str]:
        """Returns the environment variables for the server."""
        environment = dict(os.environ)
        environment.pop(processes.MARKER_VARIABLE, None)
        environment["PYTHONUNBUFFERED"] = "1"
        # So that tools which the server starts by name (uvicorn, gunicorn) come from the same environment.
        environment["PATH"] = os.path.dirname(sys.executable) + os.pathsep + environment.get("PATH", os.defpath)
        return environment

    # -- before anything is started

    def check(self) -> None:
        self._running = self._hello()
        if self._running is None or self._running["port"] != self.settings.port:
            self._refuse_foreign_port()

    def _hello(self) -> Optional[control.Message]:
        """Returns what the front reports about itself and its server, or None if none runs. Waits for an ending front."""
        self._connection = _connect_to_front(self.directory)
        if self._connection is None:
            return None
        waiting = WaitingLog(self.console, "Waiting for the end of the front that was")
        try:
            said = self._front.query("hello")
            while said.get("ending"):
                self._front.next_event(timeout=1.0)
                waiting.report()
            return said
        except control.FrontSilent as error:
            raise TaskFailure(_silence(self.directory, error))
        except control.FrontGone:
            self.close()
            return None

    def _refuse_foreign_port(self) -> None:
        """Raises TaskFailure unless the port is free or belongs to this deployment."""
        settings = self.settings
        holder = ports.holder(settings.port)
        for directory, known in record.all_records(settings.state_directory):
            if holder and known.get("port") == settings.port and os.path.basename(directory) != settings.name:
                raise TaskFailure(
                    "deployPort: %d is the port of deployment '%s' (%s, since %s, by %s); set "
                    "mlflow.deploymentName=%s to replace it, stop it, or take another port"
                    % (
                        settings.port,
                        known["name"],
                        known["model"]["uri"],
                        known.get("since"),
                        record.origin(known),
                        known["name"],
                    )
                )
        if holder is not None:
            raise TaskFailure("deployPort: %d is held by %s; end that process or take another port" % (settings.port, holder))
        reason = ports.can_bind(settings.host, settings.port)
        if reason is not None:
            raise TaskFailure(self._cannot_listen(reason))

    def _cannot_listen(self, reason: object) -> str:
        return "deployPort: the worker cannot listen on %s port %d: %s; another port or mlflow.host" % (
            self.settings.host,
            self.settings.port,
            reason,
        )

    def same_as(self) -> Dict[str, Any]:
        settings = self.settings
        return dict(
            {
                "host": settings.host,
                "port": settings.port,
                "workers": settings.workers,
                "timeout": settings.timeout,
                "envManager": settings.environment_manager,
                "python": sys.executable,
                "serveMode": settings.serve_mode,
            },
            **settings.watched,
        )

    def answers(self) -> bool:
        said = self._running
        if not said or not said["running"] or not said["record"]:
            return False
        return health.answers(_url(said["serverPort"]), self.PING)

    def next_number(self) -> int:
        record.prune_logs(self.directory)
        return record.last_generation(self.directory) + 1

    def files_of(self, number: int) -> str:
        files = os.path.join(self.directory, "model-%d" % number)
        record.remove_files(self.directory, os.path.basename(files))
        self._files = files
        return files

    # -- the candidate. The front ends it when the connection to this task does: there is nothing to undo.

    def start(self, candidate: Candidate) -> None:
        self._candidate = candidate
        if self._connection is None:
            _end_leftovers(record.read_record(self.directory))
            self._start_front()
        elif not control.is_current(given(self._running)):
            self.console.line("The deployment's front is of another release; the current one takes its place")
            self._front.close()
            self._start_front(follows=True)
        self._start()

    def _start_front(self, follows: bool = False) -> None:
        try:
            self._connection = launch.start_front(self.directory, self.settings.host, self.settings.port, follows)
        except (launch.FrontFailed, control.FrontGone) as failure:
            raise TaskFailure(self._cannot_listen(failure))

    def _start(self) -> None:
        candidate = self._candidate
        self._log_path = record.server_log(self.directory, candidate.number)
        # Created here so that the number is taken even if the server never starts.
        os.close(os.open(self._log_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        specification = {
            "argv": self.argv(candidate),
            "env": self.environment(),
            "cwd": self.directory,
            "log": self._log_path,
            "files": os.path.basename(candidate.files),
            "ping": self.PING,
        }
        self._tries += 1
        self._server = self._query(
            "start", host=self.settings.host, port=self.settings.port, number=candidate.number, specification=specification
        )
        self._tail = health.LogTail(self._log_path)
        self.console.line(
            "Model server %d started on spare port %d (process %d), log: %s"
            % (candidate.number, self._started["port"], self._started["pid"], self._log_path)
        )

    def _query(self, op: str, **parameters: Any) -> control.Message:
        try:
            return self._front.query(op, **parameters)
        except control.FrontRefused as error:
            raise EngineRefused("The deployment's front refused to %s: %s" % (op, error))
        except control.FrontSilent as error:
            raise EngineRefused(_silence(self.directory, error))
        except control.FrontGone as error:
            raise EngineRefused("The deployment's front ended (%s); see %s" % (error, os.path.join(self.directory, "front.log")))

    def failure(self) -> Optional[str]:
        said = self._query("state", generation=self._candidate.number)
        if said["running"]:
            # A single MLflow worker is the server itself; several workers are restarted forever.
            restarts = self.RESTARTS_WORKERS or self.settings.workers > 1
            if restarts and self._crash_loop.has_failed(crash_loop.descendants(self._started["pid"])):
                return "had worker processes that died again and again"
            return None
        if self._tries < TRIES_FOR_A_PORT and any(
            word in line for line in health.last_lines(self._log_path, 40) for word in _PORT_TAKEN
        ):
            self.console.line("Another process took port %d in the meantime; trying again" % self._started["port"])
            self._query("abandon", generation=self._candidate.number, keepFiles=True)
            self._start()
            return None
        return "ended with exit code %s" % said["exitCode"]

    def ping(self) -> bool:
        return health.answers(_url(self._started["port"]), self.PING)

    def log(self) -> List[str]:
        return self._tail.lines() if self._tail else []

    def predict(self, payload: str, seconds: float) -> str:
        return health.predict(_url(self._started["port"]), self.PREDICT, payload, seconds)

    def describe(self) -> str:
        return "the model server"

    def share(self, fraction: float) -> None:
        if self._running is not None and not control.is_current(self._running):
            raise TaskFailure(OLD_FRONT)
        self._query("canary", generation=self._candidate.number, share=fraction, version=self._candidate.model.version)

    def statistics(self) -> Tuple[Dict[str, Any], Dict[str, Any]]:
        said = self._query("statistics")
        return said["current"], said["candidate"]

    # -- the switch

    def endpoint_fault(self, address: str) -> Optional[str]:
        settings, running = self.settings, self._running
        if running and running["record"] and (running["host"], running["port"]) == (settings.host, settings.port):
            return super().endpoint_fault(address)
        # Nothing listens there before the switch.
        return endpoint.unreachable_reason(settings.host, address)

    def take_over(self, about: Record) -> Record:
        settings = self.settings
        question = dict(
            generation=self._candidate.number,
            record=dict(about, log=self._log_path),
            drainSeconds=settings.timeout + 5,
            foreground=settings.serve_mode == "foreground",
            restart=settings.restart_policy != "no",
            version=about["model"].get("version"),
            metrics=settings.metrics,
        )
        try:
            answer = self._front.query("switch", timeout=SECONDS_FOR_THE_FRONT, **question)
        except control.FrontSilent:
            # The front may have switched anyway; then this is not a failure.
            serving = self._query("hello")["record"] or {}
            if serving.get("generation") != self._candidate.number:
                raise EngineRefused(_silence(self.directory, "no answer to 'switch'"))
            answer = {"record": serving, "replaced": None}
        except (control.FrontRefused, control.FrontGone) as error:
            raise EngineRefused("The deployment's front did not switch: %s" % error)
        self._replaced = answer["replaced"]
        return answer["record"]

    def discard(self) -> None:
        """Abandons the candidate, as the front would do by itself when the connection closes."""
        if self._connection is None or self._server is None:
            self.close()
            record.remove_files(self.directory, os.path.basename(self._files))
            return
        try:
            self._front.query("abandon", timeout=SECONDS_TO_ABANDON, generation=self._candidate.number)
        except control.FrontSilent as error:
            raise EngineRefused(_silence(self.directory, error))
        except (control.FrontGone, control.FrontRefused):
            pass
        finally:
            self.close()
        record.remove_files(self.directory, os.path.basename(self._files))

    # -- after the switch

    def retire(self) -> None:
        """Logs when the replaced server has answered its last request; it ends by itself if that takes longer."""
        if self._replaced is None:
            return
        number, waiting = self._replaced, WaitingLog(self.console, "Waiting for the last requests in server %d" % self._replaced)
        try:
            while waiting.seconds < SECONDS_TO_WAIT_FOR_THE_OLD:
                event = self._front.next_event(timeout=1.0)
                if event is not None and event.get("event") == "drained" and event.get("generation") == number:
                    self.console.line("Server %d ended after its last request (%.1f s)" % (number, event["seconds"]))
                    return
                waiting.report()
        except control.FrontGone as error:
            raise EngineRefused("the front ended meanwhile (%s)" % error)
        self.console.line("Server %d still answers requests that began before; it ends after them" % number)

    def hold(self) -> str:
        """Keeps the task running as the service until it is replaced (returns what replaced it) or ends (raises)."""
        try:
            while True:
                for line in given(self._tail).lines():
                    self.console.line("  | " + line)
                event = self._front.next_event(timeout=0.5) or {}
                if event.get("event") == "replaced":
                    return "Replaced by %s" % event["by"]["model"]["uri"]
                if event.get("event") == "died":
                    self._fail_with_log("The model server ended by itself, exit code %s" % event.get("exitCode"))
        except control.FrontGone as error:
            self._fail_with_log("The service ended: %s" % error)
        except Stopped:
            self.console.line("The task is being stopped: stopping the service")
            try:
                self._front.query("stop", timeout=SECONDS_TO_ABANDON, own=True)
            except (control.FrontGone, control.FrontRefused) as error:
                self.console.line("The front ends it when this task has ended (%s)" % error)
            raise

    def _fail_with_log(self, summary: str) -> NoReturn:
        lines = health.last_lines(self._log_path, 40)
        block = ["The last lines of the model server's log (%s):" % self._log_path]
        raise TaskFailure(summary, block + ["  | " + line for line in lines] + [summary])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- deployments of earlier tasks

    @classmethod
    def serving_state(cls, known: Record, directory: str) -> Tuple[bool, str]:
        try:
            with control.FrontConnection(directory) as front:
                said = front.query("hello", timeout=SECONDS_FOR_THE_FRONT)
        except control.FrontSilent as error:
            return False, _silence(directory, error)
        except control.FrontGone:
            ended = known.get("ended")
            if ended:
                return False, "its server ended by itself at %s with exit code %s" % (ended, known.get("exitCode"))
            return False, "its processes are gone, as after a restart of the machine"
        if not said["running"]:
            return False, "its server is down and will be started again"
        if not health.answers(_url(said["serverPort"]), cls.PING):
            return False, "its server (process %s) runs but does not answer" % known["serverPid"]
        return True, "healthy, server process %s, front process %d" % (said["record"]["serverPid"], said["pid"])

    @classmethod
    def counts(cls, known: Record, directory: str) -> Optional[Dict[str, Any]]:
        try:
            with control.FrontConnection(directory) as front:
                return front.query("statistics", timeout=SECONDS_FOR_THE_FRONT)["total"]
        except (control.FrontGone, control.FrontRefused):  # refused: a front of release 0.1.0
            return None

    @classmethod
    def stop(cls, known: Record, directory: str, console: Any) -> None:
        """Ends the front and the server, and the processes left behind by a front that is gone."""
        try:
            with control.FrontConnection(directory) as front:
                pid = front.query("hello", timeout=SECONDS_FOR_THE_FRONT)["pid"]
                front.query("stop", drainSeconds=SECONDS_TO_DRAIN_AT_STOP)
            _await_end(pid)
        except control.FrontSilent as error:
            raise TaskFailure("Deployment '%s' is not stopped: %s" % (known["name"], _silence(directory, error)))
        except control.FrontGone:
            console.line("The front of deployment '%s' was gone already" % known["name"])
        _end_leftovers(known)
        record.remove_record(directory)
        for name in os.listdir(directory):
            if name.startswith("model-"):
                record.remove_files(directory, name)


class ModelServerProcess(ServerProcess):
    """MLflow's own model server."""

    KIND = "MLFLOW"

    def remedy(self, package: str) -> str:
        if self.settings.environment_manager != "local":
            return super().remedy(package)
        return "install '%s' in %s, or have MLflow make an environment of the model's requirements (mlflow.envManager)" % (
            package,
            sys.prefix,
        )

    def same_as(self) -> Dict[str, Any]:
        # Omitted if it is the default, so that earlier deployments still compare equal.
        return dict(super().same_as(), **({"accessLog": True} if self.settings.access_log else {}))

    def argv(self, candidate: Candidate) -> List[str]:
        settings = self.settings
        if settings.environment_manager == "local" and PYTHON_FLAVOR in flavors(candidate.files):
            # The front runs a copy of the same program, so the copy is current.
            program = os.path.join(launch.copied_program(self.directory), "dolphinml/mlflow/deploy/relay/mlflow_server.py")
            argv = [sys.executable, program, candidate.files, PORT_WORD, str(settings.workers), str(settings.timeout)]
            return argv if settings.access_log else [*argv, SOCKET_WORD]
        return [
            sys.executable,
            "-m",
            "mlflow",
            "models",
            "serve",
            "--model-uri",
            candidate.files,
            "--host",
            "127.0.0.1",
            "--port",
            PORT_WORD,
            "--workers",
            str(settings.workers),
            "--timeout",
            str(settings.timeout),
            "--env-manager",
            settings.environment_manager,
        ]

    def environment(self) -> Dict[str, str]:
        environment = super().environment()
        if self.settings.environment_manager == "uv":
            environment.update(indexes.for_uv(False, self.directory))
        return environment


def _url(port: int) -> str:
    return "http://127.0.0.1:%d" % port


def _connect_to_front(directory: str) -> Optional[control.FrontConnection]:
    """Returns a connection to the front of this deployment, or None if no front runs."""
    try:
        return control.FrontConnection(directory)
    except control.FrontSilent as error:
        raise TaskFailure(_silence(directory, error))
    except control.FrontGone:
        return None


def _silence(directory: str, error: object) -> str:
    """Returns the message about a front that exists but does not answer."""
    process = (record.read_record(directory) or {}).get("pid")
    return "its front%s does not answer (%s); nothing was changed; %s may say more" % (
        ", process %s," % process if process else "",
        error,
        os.path.join(directory, "front.log"),
    )


def _end_leftovers(known: Optional[Record]) -> None:
    """Ends the processes of a deployment whose front is gone."""
    marker = (known or {}).get("marker")
    if marker:
        for number in (15, 9):
            left = processes.belonging(root=-1, marker=marker)
            processes.signal_all(left, number)
            deadline = time.monotonic() + 2
            while left and time.monotonic() < deadline:
                time.sleep(0.05)
                left = processes.belonging(root=-1, marker=marker)


def _await_end(pid: int, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while os.path.isdir("/proc/%d" % pid) and time.monotonic() < deadline:
        time.sleep(0.05)
