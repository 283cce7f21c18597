# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs kubectl and returns the outcome of a request: an answer, a refusal, or no definite answer yet.

Everything is handed over in argument lists and files. What kubectl warns of is shown and changes nothing.
"""

import json
import os
import re
import shutil
import subprocess
import time
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

# How long the API server may take over one request, and kubectl over all that it does for it, in seconds.
REQUEST_SECONDS = 30
COMMAND_SECONDS = 60

# How long a refusal of the login, of a right or of a kind may be the API server's own trouble while it starts, in seconds.
SETTLING_SECONDS = 60

# So many lines of what a login program says before it fails.
_MOST_LINES = 6

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0

# What kubectl's libraries log beside its own words.
_LIBRARY_LOG = re.compile(r"^[EWIF]\d{4} \d\d:\d\d:\d\d")
_SERVER_ERROR = re.compile(r"Error from server \((\w+)\)")
_FORBIDDEN = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)

# The words for a login program of the kubeconfig that is not there, and for one that has failed.
_LOGIN_MISSING = re.compile(r".*getting credentials: exec: executable .* not found.*")
_LOGIN_FAILED = "getting credentials: exec: "

_NO_RIGHT = "the cluster's rules do not let"

_TRANSIENT_REASONS = {
    "InternalError",
    "ServiceUnavailable",
    "Timeout",
    "ServerTimeout",
    "TooManyRequests",
    "GatewayTimeout",
    "Expired",
}
_TRANSIENT_WORDS = (
    "unable to connect to the server",
    "connection refused",
    "was refused - did you specify the right host or port",
    "i/o timeout",
    "deadline exceeded",
    "tls handshake timeout",
    "connection reset",
    "broken pipe",
    "unexpected eof",
    ": eof",
    "http2: ",
    "server closed",
    "no such host",
    "network is unreachable",
    "no route to host",
    "an error on the server",
    "currently unable to handle the request",
    "etcdserver",
    "client.timeout",
    "request timed out",
    "timed out waiting",
    "the server was unable to return a response",
    "leader changed",
    "failed calling webhook",
)


class Refused(Exception):
    """The certain answer is no. `reason` is the API server's word for it, "" where kubectl itself refused."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class Unanswered(Exception):
    """There was no certain answer within the time that there was for it."""


class KubectlResult:
    """What one run of kubectl printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    def object(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


class Kubectl:
    """The kubectl of one task, with its kubeconfig, its namespace and its patience."""

    def __init__(
        self, program: str, environment: Dict[str, str], console: Any, context: Optional[str] = None, patience: float = 60.0
    ) -> None:
        self.program = program
        self.environment = environment
        self.context = context
        #: How long there may be no answer, in seconds.
        self.patience = patience
        #: The questions that have been answered: for these the login and the rights suffice, and the kind is known.
        self._admitted: Set[Tuple[str, ...]] = set()
        self._console = console
        self._warned: Set[str] = set()

    def argv(self, *arguments: str) -> List[str]:
        """The argument list of a command."""
        chosen = ["--context", self.context] if self.context else []
        return [self.program] + list(arguments) + chosen

    def once(self, *arguments: str) -> KubectlResult:
        """Runs kubectl once, with a limit for each request."""
        try:
            process = subprocess.Popen(
                self.argv(*arguments, "--request-timeout=%ds" % REQUEST_SECONDS),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self.environment,
            )
        except OSError as error:
            raise Refused("", "kubectl: %s cannot be started: %s" % (self.program, error.strerror or error))
        try:
            out, err = process.communicate(timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return KubectlResult(1, "", "request timed out: no answer within %d s" % COMMAND_SECONDS)
        answer = KubectlResult(process.returncode, out.decode("utf-8", "replace"), self._own_words(err))
        if answer.code == 0:
            self._admitted.add(_question(arguments))
        return answer

    def query(self, *arguments: str) -> KubectlResult:
        """Runs kubectl until the answer is certain.

        Raises Refused for a certain no, and Unanswered if there is none within the patience of this kubectl.
        """
        began = time.monotonic()
        pause, reported = _FIRST_PAUSE, False
        while True:
            answer = self.once(*arguments)
            if answer.code == 0:
                if reported:
                    self._console.line("The API server answers again, after %d s." % (time.monotonic() - began))
                return answer
            fault = refusal_in(answer.err)
            waited = time.monotonic() - began
            if fault is not None and not (self._may_settle(fault, arguments) and waited < SETTLING_SECONDS):
                raise fault
            if waited >= self.patience:
                raise fault or Unanswered("%s for %d s: %s" % (_silent(answer.err), waited, _silence_reason(answer.err)))
            if not reported and waited > 1.0:
                reported = True
                self._console.line(
                    "The API server gives no definite answer; the request is repeated: %s" % _silence_reason(answer.err)
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def get(self, *arguments: str) -> Optional[Any]:
        """An object or a list as JSON; None if it certainly is not there."""
        try:
            return self.query("get", *arguments, "-o", "json").object()
        except Refused as refused:
            if refused.reason == "NotFound":
                return None
            raise

    def _may_settle(self, fault: Refused, arguments: Sequence[str]) -> bool:
        """An API server that has just started may know neither its tokens nor its roles nor its custom resources yet.

        What was never answered before is refused for good: another object, namespace or kind may need a right of its own.
        """
        may = fault.reason in ("Unauthorized", "NoKind") or fault.sentence.startswith(_NO_RIGHT)
        return may and _question(arguments) in self._admitted

    def _own_words(self, err: bytes) -> str:
        """What kubectl says on its second stream, without warnings, which are shown once each."""
        words = []
        for line in err.decode("utf-8", "replace").splitlines():
            if line.startswith("Warning:"):
                if line not in self._warned:
                    self._warned.add(line)
                    self._console.line("kubectl: " + line)
            elif not _LIBRARY_LOG.match(line):
                words.append(line)
        return "\n".join(words)


def _question(arguments: Sequence[str]) -> Tuple[str, ...]:
    """What a command asks of the API server, however the answer is printed, and whether or not it is only tried."""
    return tuple(each for each in arguments if not each.startswith(("--dry-run", "--output", "-o", "json")))


def environment_with(kubeconfig: Optional[str], variables: Dict[str, str]) -> Dict[str, str]:
    """The variables for kubectl, with the kubeconfig where one is given."""
    changed = dict(variables)
    if kubeconfig:
        changed["KUBECONFIG"] = kubeconfig
    # kubectl must not prompt on a terminal, nor open another program to show a difference.
    changed["KUBECTL_EXTERNAL_DIFF"] = ""
    return changed


def find_kubectl(program: str, variables: Dict[str, str]) -> Optional[str]:
    """The path of kubectl; None if there is none."""
    found = shutil.which(program, path=variables.get("PATH"))
    return os.path.abspath(found) if found else None


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "kubectl said nothing"


def _silent(text: str) -> str:
    """Who gives no answer."""
    return "the kubeconfig's login program has failed" if _LOGIN_FAILED in text else "the API server has not answered"


def _silence_reason(text: str) -> str:
    """Why there is no answer: kubectl's last line, and what a login program has said before it has failed, once."""
    if _LOGIN_FAILED not in text:
        return last_line(text)
    return "; ".join(list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))[-_MOST_LINES:])


def refusal_in(err: str) -> Optional[Refused]:
    """The certain no in what kubectl said; None if another attempt may have another answer."""
    text = err.strip()
    named = _SERVER_ERROR.search(text)
    reason = named.group(1) if named else ""
    low = text.lower()
    missing = _LOGIN_MISSING.search(text)
    if missing:
        return Refused("", "the kubeconfig's login program is missing: %s" % missing.group().strip())
    if "(unauthorized)" in low or "you must be logged in" in low or "asked for the client to provide credentials" in low:
        return Refused("Unauthorized", "the API server does not accept the login of the kubeconfig: %s" % last_line(text))
    if reason == "Forbidden" or (" is forbidden: " in low and "cannot" in low):
        return Refused("Forbidden", forbidden(text))
    if reason in _TRANSIENT_REASONS or (not reason and any(word in low for word in _TRANSIENT_WORDS)):
        if "x509:" in low:
            return Refused("", "the API server's certificate is not trusted: %s" % last_line(text))
        return None
    if not reason and " is invalid: " in text:
        reason = "Invalid"
    if not reason and ("no matches for kind" in low or "the server doesn't have a resource type" in low):
        reason = "NoKind"
    if reason == "NotFound" and "the server could not find the requested resource" in low:
        reason = "NoKind"
    return Refused(reason, " ".join(text.split()) or "kubectl failed and did not say why")


def forbidden(text: str) -> str:
    """One sentence about a right that is missing: who may not do what with which resource, and where."""
    found = _FORBIDDEN.search(text)
    if found is None:
        return " ".join(text.split())
    resource = found.group("resource") + ("." + found.group("group") if found.group("group") else "")
    where = "in namespace %s" % found.group("namespace") if found.group("namespace") else "in the whole cluster"
    return _NO_RIGHT + " %s %s %s %s; a Role with this verb and resource has to be bound to that user" % (
        found.group("user"),
        found.group("verb"),
        resource,
        where,
    )


def reference(resource: Dict[str, Any]) -> str:
    """An object's kind and name as kubectl takes them, whatever other groups have a kind of that name."""
    group, _, version = resource["apiVersion"].rpartition("/")
    return "%s.%s.%s/%s" % (resource["kind"], version, group, resource["metadata"]["name"])


def in_namespace(namespace: Optional[str]) -> Sequence[str]:
    """The arguments that choose a namespace."""
    return ["--namespace", namespace] if namespace else []
