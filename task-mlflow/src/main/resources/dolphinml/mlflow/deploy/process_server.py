"""deployType MLFLOW: `mlflow models serve` as a process behind the deployment's front."""

import contextlib
import os
import sys
import time

from dolphinml.common import processes
from dolphinml.common.program import Stopped, TaskFailure
from dolphinml.environment import indexes
from dolphinml.mlflow.deploy import health, launch, ports, record
from dolphinml.mlflow.deploy.relay import control
from dolphinml.mlflow.deploy.relay.generation import PORT_WORD
from dolphinml.mlflow.deploy.waiting import Heartbeat, Signs

LOG_LINES_OF_A_FAILURE = 40
TRIES_FOR_A_PORT = 3
SECONDS_TO_WAIT_FOR_THE_OLD = 20.0
SECONDS_TO_DRAIN_AT_STOP = 5
SECONDS_TO_ABANDON = 6.0
_PORT_TAKEN = ("address already in use", "Errno 98", "EADDRINUSE")


def serve_command(settings, model_directory):
    """The argv of the model server; the front fills in the port."""
    return [
        sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", model_directory, "--host", "127.0.0.1",
        "--port", PORT_WORD, "--workers", str(settings.workers), "--timeout", str(settings.timeout),
        "--env-manager", settings.environment_manager,
    ]


def server_environment(settings, directory):
    environment = dict(os.environ)
    if settings.environment_manager == "uv":
        environment.update(indexes.for_uv(False, directory))
    environment.pop(processes.MARKER_VARIABLE, None)
    environment["PYTHONUNBUFFERED"] = "1"
    # Tools that the server starts by name (uvicorn, gunicorn) are those of the same environment.
    environment["PATH"] = os.path.dirname(sys.executable) + os.pathsep + environment.get("PATH", os.defpath)
    return environment


def connect(directory):
    """A connection to the front of this deployment, or None when none runs."""
    try:
        return control.FrontConnection(directory)
    except control.FrontGone:
        return None


def end_leftovers(known):
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


def await_end(pid, seconds=5.0):
    deadline = time.monotonic() + seconds
    while os.path.isdir("/proc/%d" % pid) and time.monotonic() < deadline:
        time.sleep(0.05)


def refuse_foreign_port(settings, others):
    """The port must be free, or ours under this very name."""
    for directory, known in others:
        if known.get("port") == settings.port and os.path.basename(directory) != settings.name:
            if ports.holder(settings.port) is not None:
                raise TaskFailure(
                    "deployPort: %d is the port of deployment '%s' (%s, since %s, by %s); set "
                    "mlflow.deploymentName=%s to replace it, stop it, or take another port"
                    % (settings.port, known["name"], known["model"]["uri"], known.get("since"),
                       record.whose(known), known["name"])
                )
    holder = ports.holder(settings.port)
    if holder is not None:
        raise TaskFailure(
            "deployPort: %d is held by %s; end that process or take another port" % (settings.port, holder)
        )
    reason = ports.can_bind(settings.host, settings.port)
    if reason is not None:
        raise TaskFailure(
            "deployPort: the worker cannot listen on %s port %d: %s; another port or mlflow.host"
            % (settings.host, settings.port, reason)
        )


def answering(directory):
    """The record of the deployment in this directory if its server runs, else None. Raises FrontSilent."""
    try:
        with control.FrontConnection(directory) as front:
            said = front.ask("hello", timeout=SECONDS_TO_ABANDON)
            return said["record"] if said["running"] else None
    except control.FrontSilent:
        raise
    except control.FrontGone:
        return None


def state(known, directory):
    """(whether it serves, a sentence about it)"""
    try:
        with control.FrontConnection(directory) as front:
            said = front.ask("hello")
    except control.FrontGone:
        ended = known.get("ended")
        if ended:
            return False, "its server ended by itself at %s with exit code %s" % (ended, known.get("exitCode"))
        return False, "its processes are gone, as after a restart of the machine"
    if not said["running"]:
        return False, "its server is down and will be started again"
    if not health.answers("http://127.0.0.1:%d" % said["serverPort"]):
        return False, "its server (process %s) runs but does not answer" % known["serverPid"]
    return True, "healthy, server process %s, front process %d" % (said["record"]["serverPid"], said["pid"])


def stop(known, directory, console):
    """Ends front and server; what a front that is gone has left behind too."""
    try:
        with control.FrontConnection(directory) as front:
            pid = front.ask("hello")["pid"]
            front.ask("stop", drainSeconds=SECONDS_TO_DRAIN_AT_STOP)
        await_end(pid)
    except control.FrontGone:
        console.line("The front of deployment '%s' was gone already" % known["name"])
    end_leftovers(known)
    record.remove(directory)
    for name in os.listdir(directory):
        if name.startswith("model-"):
            record.remove_files(directory, name)


class ProcessServer:
    """One deployment's way from the model's files to a server that has taken over."""

    def __init__(self, task, settings, directory):
        self.directory = directory
        self._console = task.console
        self._unstoppable = task.unstoppable
        self._settings = settings
        self._front = None
        self._pending = None

    def running(self):
        """What the front says of itself and its server, or None when there is no front. One that ends is waited for."""
        self._front = connect(self.directory)
        if self._front is None:
            return None
        signs = Signs(self._console, "Waiting for the end of the front that was")
        try:
            said = self._front.ask("hello")
            while said.get("ending"):
                self._front.next_event(timeout=1.0)
                signs.sign()
            return said
        except control.FrontSilent as error:
            raise TaskFailure(
                "The deployment's front does not answer (%s); %s tells more"
                % (error, os.path.join(self.directory, "front.log"))
            )
        except control.FrontGone:
            self.close()
            self._front = None
            return None

    def close(self):
        if self._front is not None:
            self._front.close()

    def replace(self, number, model_directory, about, payload):
        """Starts a server on the model, checks it, lets it take over. Returns (record, number of the old one or None).
        """
        if self._front is None:
            self._start_front()
        generation = self._start_healthy(number, model_directory)
        if payload is not None:
            self._check_prediction(generation, payload)
        # When the stop comes in this moment it is known afterwards which of the two serves.
        with self._unstoppable():
            answer = self._ask(
                "switch", generation=generation["generation"], record=dict(about, log=generation["log"]),
                drainSeconds=self._settings.timeout + 5, foreground=self._settings.serve_mode == "foreground",
                restart=self._settings.restart_policy != "no",
            )
        return answer["record"], answer["replaced"]

    def take_back(self):
        """Ends a server that has not taken over, as the front would do by itself a moment later. Returns whether its
        files are needed by nobody: it may have taken over without our knowing."""
        if self._front is None or self._pending is None:
            self.close()
            return True
        try:
            serving = self._front.ask("hello", timeout=SECONDS_TO_ABANDON)["record"] or {}
            if serving.get("generation") == self._pending:
                return False
            self._front.ask("abandon", timeout=SECONDS_TO_ABANDON, generation=self._pending)
        except control.FrontSilent:
            return False  # the front takes it back with its files, or has let it take over
        except (control.FrontGone, control.FrontRefused):
            pass
        finally:
            self.close()
        return True

    def _start_front(self):
        end_leftovers(record.read(self.directory))
        try:
            self._front = launch.start_front(self.directory, self._settings.host, self._settings.port)
        except (launch.FrontFailed, control.FrontGone) as failure:
            raise TaskFailure(
                "deployPort: the worker cannot listen on %s port %d: %s; another port or mlflow.host"
                % (self._settings.host, self._settings.port, failure)
            )

    def _ask(self, op, **parameters):
        try:
            return self._front.ask(op, **parameters)
        except control.FrontRefused as error:
            raise TaskFailure("The deployment's front refused to %s: %s" % (op, error))
        except control.FrontGone as error:
            raise TaskFailure(
                "The deployment's front ended (%s); %s tells more"
                % (error, os.path.join(self.directory, "front.log"))
            )

    def _start_healthy(self, number, model_directory):
        for attempt in range(TRIES_FOR_A_PORT):
            generation = self._start(number, model_directory)
            if self._await_health(generation):
                return generation
            lines = health.last_lines(generation["log"], LOG_LINES_OF_A_FAILURE)
            taken = any(word in line for line in lines for word in _PORT_TAKEN)
            if not taken or attempt == TRIES_FOR_A_PORT - 1:
                self._fail(generation, "ended with exit code %s before it was healthy" % self._exit_code(generation))
            self._console.line("Another process took port %d in the meantime; trying again" % generation["port"])
            self._ask("abandon", generation=number, keepFiles=True)
        return None

    def _start(self, number, model_directory):
        log = record.server_log(self.directory, number)
        # Made here so that the number is taken even when the server never starts.
        os.close(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        specification = {
            "argv": serve_command(self._settings, model_directory),
            "env": server_environment(self._settings, self.directory),
            "cwd": self.directory,
            "log": log,
            "files": os.path.basename(model_directory),
        }
        generation = self._ask(
            "start", host=self._settings.host, port=self._settings.port, number=number, specification=specification
        )
        generation["log"] = log
        self._pending = number
        self._console.line(
            "Model server %d started on spare port %d (process %d), log: %s"
            % (number, generation["port"], generation["pid"], log)
        )
        return generation

    def _exit_code(self, generation):
        return self._ask("state", generation=generation["generation"])["exitCode"]

    def _await_health(self, generation):
        """True when it answers, False when it ended; raises when it takes too long."""
        url = "http://127.0.0.1:%d" % generation["port"]
        tail = health.LogTail(generation["log"])
        signs = Signs(self._console, "Waiting for GET /ping of the model server")
        while True:
            for line in tail.lines():
                signs.line("  | " + line)
            if not self._ask("state", generation=generation["generation"])["running"]:
                for line in tail.lines():
                    signs.line("  | " + line)
                return False
            if health.answers(url):
                self._console.line("Healthy after %.1f s" % signs.seconds)
                return True
            if signs.seconds > self._settings.start_timeout:
                self._fail(
                    generation,
                    "did not answer GET /ping within %d s (mlflow.startTimeout)" % self._settings.start_timeout,
                )
            signs.sign()
            time.sleep(0.2)

    def _check_prediction(self, generation, payload):
        began = time.monotonic()
        try:
            with Heartbeat(self._console, "Waiting for one prediction of the model's input example"):
                answer = health.predict("http://127.0.0.1:%d" % generation["port"], payload, self._settings.timeout + 5)
        except health.PredictionFailed as failure:
            self._fail(generation, "is up but cannot predict the model's own input example: %s" % failure)
        self._console.line(
            "Prediction of the model's input example after %.2f s: %s" % (time.monotonic() - began, answer[:300])
        )

    def _fail(self, generation, what):
        self._fail_with_log(generation["log"], "The model server of %s %s" % (self._settings.model, what))

    def _fail_with_log(self, log, summary):
        lines = health.last_lines(log, LOG_LINES_OF_A_FAILURE)
        block = ["The last lines of the model server's log (%s):" % log]
        block += ["  | " + line for line in lines] or ["  | (nothing was printed)"]
        raise TaskFailure(summary, block + [summary])

    def await_old(self, number):
        """Tells when the replaced server has answered its last request; it ends by itself if that takes longer."""
        signs = Signs(self._console, "Waiting for the last requests in server %d" % number)
        while signs.seconds < SECONDS_TO_WAIT_FOR_THE_OLD:
            event = self._front.next_event(timeout=1.0)
            if event is not None and event.get("event") == "drained" and event.get("generation") == number:
                self._console.line("Server %d ended after its last request (%.1f s)" % (number, event["seconds"]))
                return
            signs.sign()
        self._console.line("Server %d still answers requests that began before; it ends after them" % number)

    def hold(self, log):
        """Keeps the task running as the service until it is replaced (tells by what) or dies (raises)."""
        tail = health.LogTail(log)
        try:
            while True:
                for line in tail.lines():
                    self._console.line("  | " + line)
                event = self._front.next_event(timeout=0.5) or {}
                if event.get("event") == "replaced":
                    return "Replaced by %s" % event["by"]["model"]["uri"]
                if event.get("event") == "died":
                    self._fail_with_log(log, "The model server ended by itself, exit code %s" % event.get("exitCode"))
        except control.FrontGone as error:
            self._fail_with_log(log, "The service ended: %s" % error)
        except Stopped:
            self._console.line("The task is asked to end: stopping the service")
            with contextlib.suppress(control.FrontGone, control.FrontRefused):
                self._front.ask("stop", timeout=SECONDS_TO_ABANDON, own=True)
            raise
