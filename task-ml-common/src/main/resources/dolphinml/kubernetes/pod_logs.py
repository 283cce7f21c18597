# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Follows the logs of pods: each line once, prefixed with its replica, and limited in number."""

import collections
import re
import subprocess
import threading
import time
from typing import Any, Callable, Deque, Dict, List, Optional, Set, Tuple

from dolphinml.common.console import bounded, plain
from dolphinml.kubernetes import pods
from dolphinml.kubernetes.kubectl import Kubectl, in_namespace, refusal_in
from dolphinml.kubernetes.objects import at

# How many lines of each log are kept to be shown at a failure.
LINES_KEPT = 30

# The length at which a line is cut while it is read, in bytes.
_LONGEST_READ = 1 << 20

# How long the rest of a log may take once its container has ended, in seconds.
_REST_SECONDS = 20.0

# After this many refusals in a row, the cause is not an API server that has just started.
_REFUSALS = 3

# The container has already started. Newer kubectl repeats any refused request until this time is over (default 20 s).
_NO_WAITING = "--pod-running-timeout=1s"

_STAMP = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d) ?")
_SET_VALUE = re.compile(r"[$#]\{setValue\(([^=)]+)=(.*?)\)\}")


class LogFollower:
    """Reads the log of one container in its own thread until the container has ended or `stop` is called.

    A restarted container has a new log, and a connection may end before its container does: see `resume`.
    """

    def __init__(
        self,
        kubectl: Kubectl,
        namespace: Optional[str],
        pod: str,
        container: str,
        prefix: str,
        show: Optional[Callable[[str], None]],
        limit: int,
        new_only: bool = False,
    ) -> None:
        """`show` is called with each line as it arrives; `new_only` skips the existing lines."""
        self.prefix = prefix
        #: The values that the container has set with setValue.
        self.values: Dict[str, str] = {}
        self.kept: Deque[str] = collections.deque(maxlen=LINES_KEPT)
        self._kubectl = kubectl
        self._arguments = ["logs", pod, "--container", container] + list(in_namespace(namespace))
        self._show = show
        self._limit = limit
        self._shown = 0
        self._restarts = 0
        self._seen: Optional[str] = None
        self._at_seen = 0
        self._new_only = new_only
        #: A sentence if the user of the kubeconfig may not read logs.
        self.refused: Optional[str] = None
        self._stopped = False
        self._process: Optional[subprocess.Popen] = None
        self._thread = self._begin()

    def _begin(self) -> threading.Thread:
        thread = threading.Thread(target=self._follow, name="log-" + self.prefix, daemon=True)
        thread.start()
        return thread

    def resume(self, pod: pods.Resource, container: str) -> None:
        """Continues to read if the log has ended but its container, by the pod's status, still runs or was restarted."""
        if self._thread.is_alive() or self._stopped or self.refused is not None:
            return
        restarts = pods.restarts(pod, container)
        if pods.is_running(pod, container) or restarts > self._restarts:
            self._restarts = restarts
            self._thread = self._begin()

    def stop(self) -> None:
        """Stops reading."""
        self._stopped = True
        process = self._process
        if process is not None and process.poll() is None:
            process.kill()

    def finish(self, seconds: float = _REST_SECONDS) -> None:
        """Waits for the rest of an ended container's log, then stops reading."""
        self._thread.join(seconds)
        self.stop()
        self._thread.join(1.0)

    def _follow(self) -> None:
        pause, forbidden = 0.5, 0
        while not self._stopped:
            before = (self._seen, self._at_seen)
            code, said = self._read()
            if code == 0 or self._stopped or "not found" in said.lower():
                return
            fault = refusal_in(said)
            forbidden = forbidden + 1 if fault is not None and fault.reason == "Forbidden" and self._seen is None else 0
            if fault is not None and forbidden == _REFUSALS:
                self.refused = fault.sentence
                return
            if (self._seen, self._at_seen) != before:
                pause = 0.5
            time.sleep(pause)
            pause = min(2 * pause, 10.0)

    def _read(self) -> Tuple[int, str]:
        """Reads over one connection, from the last line read to the end of the log or the loss of the connection."""
        arguments = self._arguments + ["--follow", "--timestamps", _NO_WAITING]
        if self._seen:
            arguments += ["--since-time", self._seen]
        elif self._new_only:
            arguments += ["--tail", "0"]
        try:
            process = subprocess.Popen(
                self._kubectl.argv(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._kubectl.environment,
            )
        except OSError:
            return 1, ""
        self._process = process
        assert process.stdout is not None and process.stderr is not None
        output, complaints = process.stdout, process.stderr
        errors: List[bytes] = []
        reader = threading.Thread(target=lambda: errors.append(complaints.read()), daemon=True)
        reader.start()
        resumed, again = self._seen, self._at_seen
        while not self._stopped:
            raw = output.readline(_LONGEST_READ)
            if not raw:
                break
            text = raw.decode("utf-8", "replace").rstrip("\n")
            stamp = _STAMP.match(text)
            moment = stamp.group(0).strip() if stamp else self._seen
            if resumed and moment is not None and again:
                # The server resumes the log at a whole second, so that some lines come a second time.
                if _order(moment) < _order(resumed):
                    continue
                if _order(moment) == _order(resumed):
                    again -= 1
                    continue
                again = 0
            self._take(moment, text[stamp.end() :] if stamp else text)
        process.kill()
        code = process.wait()
        reader.join(1.0)
        return code, b"".join(errors).decode("utf-8", "replace")

    def _take(self, moment: Optional[str], text: str) -> None:
        if moment == self._seen:
            self._at_seen += 1
        else:
            self._seen, self._at_seen = moment, 1
        line = bounded(plain(text).replace("\n", " "))
        self.kept.append(line)
        for name, value in _SET_VALUE.findall(text):
            self.values[name.strip()] = value
        if self._show is None:
            return
        self._shown += 1
        if self._shown <= self._limit:
            self._show("[%s] %s" % (self.prefix, line))
        elif self._shown == self._limit + 1:
            self._show("[%s] ... %d lines are shown; kubectl logs has the rest" % (self.prefix, self._limit))


def _order(moment: str) -> Tuple[str, str]:
    """Returns a sortable form of a time stamp, whose fraction may have fewer than nine digits."""
    stamp = _STAMP.match(moment)
    if stamp is None:
        return moment, ""
    return stamp.group(1), (stamp.group(2) or "").ljust(9, "0")


class PodLogs:
    """The logs of all replicas of a task's objects."""

    def __init__(self, kubectl: Kubectl, console: Any, show: str, limit: int, new_only: bool = False) -> None:
        """`show` is "all", "first" or "none": whose lines are shown as they arrive; `new_only` skips the existing lines."""
        self._kubectl = kubectl
        self._console = console
        self._show = show
        self._limit = limit
        self._new_only = new_only
        self._followers: Dict[Tuple[str, str], LogFollower] = {}
        self._said_refused = False

    def follow(self, pod: pods.Resource, replica: str, first: bool = True) -> None:
        """Follows the logs of a pod's started containers; `first` says whether it is the first replica's pod."""
        names, shown = pods.containers(pod), self._show == "all" or (self._show == "first" and first)
        for container in pods.with_logs(pod):
            key = at(pod, "metadata", "uid"), container
            known = self._followers.get(key)
            if known is not None:
                self._say(known.refused)
                known.resume(pod, container)
                continue
            self._followers[key] = LogFollower(
                self._kubectl,
                at(pod, "metadata", "namespace"),
                pod["metadata"]["name"],
                container,
                replica if names == [container] else "%s/%s" % (replica, container),
                self._console.line if shown else None,
                self._limit,
                self._new_only,
            )

    def values(self, order: List[str]) -> Dict[str, str]:
        """Returns the values that pods have set with setValue; if several set a name, that of the first pod in `order`."""
        found: Dict[str, str] = {}
        for uid in order:
            for (of, _), follower in self._followers.items():
                if of == uid:
                    found = dict(follower.values, **found)
        return found

    def _say(self, refused: Optional[str]) -> None:
        if refused is not None and not self._said_refused:
            self._said_refused = True
            self._console.line("Logs of pods are not shown: %s" % refused)

    def finish(self, over: Set[str]) -> None:
        """Waits for the rest of the logs of the ended pods `over` (uids); stops reading the others."""
        deadline = time.monotonic() + _REST_SECONDS
        for (uid, _), follower in self._followers.items():
            follower.finish(max(0.1, deadline - time.monotonic()) if uid in over else 0.0)

    def stop(self) -> None:
        for follower in self._followers.values():
            follower.stop()

    def last_lines(self, uid: str, container: Optional[str]) -> List[str]:
        """Returns the last lines of a followed log."""
        for (of, name), follower in self._followers.items():
            if of == uid and (container is None or name == container):
                return list(follower.kept)
        return []
