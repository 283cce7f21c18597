# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Runs work as another user, when started by root, in a forked child that switches to that user permanently.

So the user's files, and the programs that they name, can do only what the user can do. The child has no terminal, because
its user could inject input into it, and of root's environment only KEPT_VARIABLES: PATH, locale, time zone, container engine.
"""

import json
import os
import pwd
import select
import signal
import sys
import time
from typing import Any, Callable, Dict, Iterator, NoReturn, Optional

from dolphinml.common import user
from dolphinml.common.program import TaskFailure

OnMessage = Callable[[Any], None]


KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "DOCKER_HOST")
LONGEST_MESSAGE = 1024 * 1024
# The group of a user that has a number but no entry in the user database.
NOBODYS_GROUP = 65534


def as_user(number: int, work: Callable[[OnMessage], Any], on_message: OnMessage, seconds: Optional[float] = None) -> Any:
    """Runs `work(say)` as the user with this number and returns its result.

    The result and each value that `work` passes to `say` must be JSON-serializable; each `say` calls `on_message` here.
    Raises TaskFailure if the work fails, if this process may not switch to the user, or after `seconds` without a result.
    """
    if number == os.geteuid():
        return work(on_message)
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _run_as_child(number, work, writer)
    os.close(writer)
    try:
        return _result_of_work(reader, on_message, seconds, user.name_of(number))
    finally:
        os.close(reader)
        _kill_child(child)


def _result_of_work(reader: int, on_message: OnMessage, seconds: Optional[float], name: str) -> Any:
    deadline = None if seconds is None else time.monotonic() + seconds
    for message in _messages(reader, deadline, name):
        if "failure" in message:
            raise TaskFailure(str(message["failure"]))
        if "result" in message:
            return message["result"]
        on_message(message["said"])
    raise TaskFailure("What is done as user '%s' was ended in the middle" % name)


def _messages(reader: int, deadline: Optional[float], name: str) -> Iterator[Dict[str, Any]]:
    buffer = b""
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([reader], [], [], left)[0]:
            raise TaskFailure("User '%s' has something that does not answer; nothing is reported for this user" % name)
        data = os.read(reader, 65536)
        if not data:
            return
        *lines, buffer = (buffer + data).split(b"\n")
        for line in lines:
            yield json.loads(line.decode("ascii"))
        if len(buffer) > LONGEST_MESSAGE:
            raise TaskFailure("User '%s' has a deployment whose record is too long" % name)


def _kill_child(child: int) -> None:
    """Kills the child, if it is still running, and the programs that it started."""
    for end in (os.killpg, os.kill):
        try:
            end(child, signal.SIGKILL)
        except ProcessLookupError:
            pass
    os.waitpid(child, 0)


def _run_as_child(number: int, work: Callable[[OnMessage], Any], writer: int) -> NoReturn:
    def send(message: Dict[str, Any]) -> None:
        data = json.dumps(message).encode("ascii") + b"\n"
        while data:
            data = data[os.write(writer, data) :]

    try:
        _detach()
        _switch_user(number)
        send({"result": work(lambda said: send({"said": said}))})
    except TaskFailure as failure:
        send({"failure": failure.summary})
    except BaseException as error:
        send({"failure": "%s" % error if isinstance(error, OSError) else "%s: %s" % (type(error).__name__, error)})
    finally:
        os._exit(0)


def _detach() -> None:
    os.setsid()
    os.chdir("/")
    os.umask(0o077)
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(nothing, handle)
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)


def _switch_user(number: int) -> None:
    name, home, group = user.name_of(number), "/", NOBODYS_GROUP
    try:
        entry = pwd.getpwuid(number)
        home, group = entry.pw_dir, entry.pw_gid
    except KeyError:
        entry = None
    try:
        if entry is None:
            os.setgroups([])
        else:
            os.initgroups(name, group)
        os.setgid(group)
        os.setuid(number)
    except OSError as error:
        raise TaskFailure(
            "This process may not become user '%s' (%s), and does nothing to what is that user's; run this command as that user"
            % (name, error.strerror)
        )
    os.environ.update(HOME=home, USER=name, LOGNAME=name)
