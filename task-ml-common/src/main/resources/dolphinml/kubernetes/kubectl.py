# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs kubectl and returns the outcome of a request: an answer, a refusal, or no definite answer yet.

All input is passed in argument lists and files. kubectl's warnings are logged and have no other effect.
"""

import json
import os
import re
import shutil
import subprocess
import time
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

# How long the API server may take for one request, and kubectl for all that a command needs, in seconds.
REQUEST_SECONDS = 30
COMMAND_SECONDS = 60

# How long a refused login, right or kind may only mean that the API server is still starting, in seconds.
SETTLING_SECONDS = 60

# How many lines of a failing login program's output are shown.
_MOST_LINES = 6

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 10.0

# Log lines of kubectl's libraries, as opposed to its own messages.
_LIBRARY_LOG = re.compile(r"^[EWIF]\d{4} \d\d:\d\d:\d\d")
_SERVER_ERROR = re.compile(r"Error from server \((\w+)\)")
_FORBIDDEN = re.compile(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)

# kubectl's messages about a login program of the kubeconfig that is missing, and about one that has failed.
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
    """The request was definitely refused. `reason` is the API server's reason, "" if kubectl itself refused."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.sentence = sentence


class Unanswered(Exception):
    """There was no definite answer in time."""


class KubectlResult:
    """The output of one run of kubectl, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    def object(self) -> Any:
        """Parses the output as JSON."""
        return json.loads(self.out)


class Kubectl:
    """The kubectl of one task, with its kubeconfig, namespace and patience."""

    def __init__(
        self, program: str, environment: Dict[str, str], console: Any, context: Optional[str] = None, patience: float = 60.0
    ) -> None:
        self.program = program
        self.environment = environment
        self.context = context
        #: How long the API server may not answer, in seconds.
        self.patience = patience
        #: The requests that have been answered: for these the login and the rights suffice, and the kind is known.
        self._admitted: Set[Tuple[str, ...]] = set()
        self._console = console
        self._warned: Set[str] = set()

    def argv(self, *arguments: str) -> List[str]:
        """Returns the argument list of a command."""
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
        """Runs kubectl until there is a definite answer.

        Raises Refused for a definite refusal, and Unanswered if there is no answer within the patience of this kubectl.
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
        """Returns an object or a list as JSON; None if it definitely does not exist."""
        try:
            return self.query("get", *arguments, "-o", "json").object()
        except Refused as refused:
            if refused.reason == "NotFound":
                return None
            raise

    def _may_settle(self, fault: Refused, arguments: Sequence[str]) -> bool:
        """Whether a refusal may be temporary: a starting API server may not know its tokens, roles and custom resources yet.

        A request that was never answered before is refused for good: another object, namespace or kind may need its own right.
        """
        may = fault.reason in ("Unauthorized", "NoKind") or fault.sentence.startswith(_NO_RIGHT)
        return may and _question(arguments) in self._admitted

    def _own_words(self, err: bytes) -> str:
        """Returns kubectl's messages on stderr without its warnings, each of which is logged once."""
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
    """Returns what identifies a request to the API server: the arguments without output formats and dry-run options."""
    return tuple(each for each in arguments if not each.startswith(("--dry-run", "--output", "-o", "json")))


def environment_with(kubeconfig: Optional[str], variables: Dict[str, str]) -> Dict[str, str]:
    """Returns the variables for kubectl, with the kubeconfig if one is given."""
    changed = dict(variables)
    if kubeconfig:
        changed["KUBECONFIG"] = kubeconfig
    # kubectl must not prompt on a terminal, nor open another program to show a difference.
    changed["KUBECTL_EXTERNAL_DIFF"] = ""
    return changed


def find_kubectl(program: str, variables: Dict[str, str]) -> Optional[str]:
    """Returns the path of kubectl; None if it is not found."""
    found = shutil.which(program, path=variables.get("PATH"))
    return os.path.abspath(found) if found else None


def last_line(text: str) -> str:
    """Returns the last line that is not blank."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "kubectl said nothing"


def _silent(text: str) -> str:
    """Says who does not answer."""
    return "the kubeconfig's login program has failed" if _LOGIN_FAILED in text else "the API server has not answered"


def _silence_reason(text: str) -> str:
    """Returns why there is no answer: kubectl's last line, and the last lines of a failed login program, without repeats."""
    if _LOGIN_FAILED not in text:
        return last_line(text)
    return "; ".join(list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))[-_MOST_LINES:])


def refusal_in(err: str) -> Optional[Refused]:
    """Returns the definite refusal in kubectl's output; None if another attempt may succeed."""
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
    """Returns one sentence about a missing right: who may not do what with which resource, and where."""
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
    """Returns an object's kind and name for kubectl, unambiguous even if other groups have a kind of that name."""
    group, _, version = resource["apiVersion"].rpartition("/")
    return "%s.%s.%s/%s" % (resource["kind"], version, group, resource["metadata"]["name"])


def in_namespace(namespace: Optional[str]) -> Sequence[str]:
    """Returns the arguments that select a namespace."""
    return ["--namespace", namespace] if namespace else []
