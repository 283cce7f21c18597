# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The deployments of this machine from a shell: lists them, shows one, stops one.

    PYTHONPATH=dolphinml-task-ml-common-VERSION.jar:dolphinml-task-mlflow-VERSION.jar python3 -m dolphinml.deployments list

Runs directly from the jars, with the settings in the worker's common.properties. A user sees the deployments that tasks
made as that user; root sees those of all users.
"""

import argparse
import os
import pwd
import stat
import sys
from typing import Any, Callable, Dict, List, Optional, TextIO, Tuple

from dolphinml.cache import properties
from dolphinml.common import user
from dolphinml.common.program import TaskFailure
from dolphinml.deployments import acting
from dolphinml.mlflow.deploy import actions
from dolphinml.mlflow.deploy.state import places, record

Say = Callable[[Any], None]


ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS_TO_LOOK = 300


class LinePrinter:
    """Stands in for a task's console in the code that deployments share with tasks."""

    def __init__(self, say: Say) -> None:
        self.line = say


class Tenant:
    """A user, and the directory that holds a subdirectory for each of this user's deployments.

    The user controls these files, so they are untrusted: everything that reads or uses them runs as this user.
    """

    def __init__(self, number: int, directory: str) -> None:
        self.number = number
        self.user = user.name_of(number)
        self._directory = directory

    def rows(self, with_states: bool) -> List[List[str]]:
        """Returns [name, type, model, endpoint, since] of each deployment, as text.

        `with_states` appends [requests, errors, latency, state]. Raises TaskFailure when this takes longer than
        SECONDS_TO_LOOK.
        """
        rows: List[List[Any]] = []
        acting.as_user(self.number, lambda say: self._look(say, with_states), rows.append, SECONDS_TO_LOOK)
        return [[str(cell) for cell in row] for row in rows]

    def _look(self, say: Say, with_states: bool) -> None:
        if not self._is_own():
            return
        for directory, known in record.all_records(self._directory):
            if _is_sound(directory, known):
                cells = [*_counts(directory, known), _serving_state(directory, known)[1]] if with_states else []
                say([known["name"], known["deployType"], known["model"]["uri"], known["endpoint"], known["since"], *cells])

    def _is_own(self) -> bool:
        """Whether this user owns the directory and its parent; root's must not be writable by other users either."""
        for path in (os.path.dirname(self._directory), self._directory):
            try:
                found = os.lstat(path)
            except OSError:
                return False
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.number:
                return False
            if self.number == 0 and found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return False
        return True

    def status(self, name: str) -> int:
        """Prints the details of a deployment; returns 0 if it is serving and 1 if it is not."""

        def work(say: Say) -> int:
            directory, known = self._one(name)
            serves, detail = _serving_state(directory, known)
            for line in actions.description_lines(known, detail):
                say(line)
            return 0 if serves else 1

        return acting.as_user(self.number, work, show_line, SECONDS_TO_LOOK)

    def stop(self, name: str) -> int:
        def work(say: Say) -> int:
            directory, known = self._one(name)
            actions.end_deployment(known, directory, LinePrinter(say))
            return 0

        return acting.as_user(self.number, work, show_line)

    def _one(self, name: str) -> Tuple[str, Dict[str, Any]]:
        if self._is_own():
            for directory, known in record.all_records(self._directory):
                if _is_sound(directory, known) and known["name"] == name:
                    return directory, known
        raise TaskFailure("Deployment '%s' of user '%s' ended in the meantime" % (name, self.user))


def _is_sound(directory: str, known: Dict[str, Any]) -> bool:
    """Whether the record looks as if a task wrote it: the expected fields are text, and the name is the directory's."""
    model = known.get("model")
    texts = [known.get(key) for key in ("name", "deployType", "endpoint", "since")]
    texts.append(model.get("uri") if isinstance(model, dict) else None)
    return all(isinstance(text, str) for text in texts) and known["name"] == os.path.basename(directory)


def _serving_state(directory: str, known: Dict[str, Any]) -> Tuple[bool, str]:
    try:
        return actions.serving_state(known, directory)
    except TaskFailure as failure:
        return False, failure.summary
    except Exception as error:  # a bad record must not hide the other deployments
        return False, "cannot be queried (%s: %s)" % (type(error).__name__, error)


def _counts(directory: str, known: Dict[str, Any]) -> Tuple[Any, Any, str]:
    """Returns (requests, errors, "median / 95th percentile") since the front started; each is "-" if unavailable."""
    try:
        counts = actions.counts(known, directory)
    except Exception:  # the state column shows what is wrong
        counts = None
    if not counts:
        return "-", "-", "-"
    latency = "-" if counts["median"] is None else "%.1f / %.1f ms" % (1000 * counts["median"], 1000 * counts["p95"])
    return counts["requests"], counts["errors5xx"], latency


def show_line(text: Any, stream: Optional[TextIO] = None) -> None:
    """Prints one line. Replaces control characters, so that text from a tenant's files cannot move the cursor or fake a line."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in str(text))
    print(shown, file=stream or sys.stdout, flush=True)


def main(argv: Optional[List[str]] = None) -> int:
    arguments = _deployments_parser().parse_args(argv)
    try:
        return arguments.command(arguments, tenants(arguments))
    except TaskFailure as failure:
        show_line(failure.summary, sys.stderr)
    except (OSError, ValueError) as error:
        show_line(error, sys.stderr)
    return 1


def _deployments_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m dolphinml.deployments", description=__doc__.split("\n")[0])
    parser.add_argument("--properties", metavar="FILE", help="common.properties of the worker, if it is not beside the jar")
    parser.add_argument("--user", help="only the deployments of this user; of use to root")
    commands = parser.add_subparsers(metavar="COMMAND", dest="name")
    commands.required = True
    commands.add_parser("list", help="one line for each deployment").set_defaults(command=list_deployments)
    for name, command, text in (("status", show_deployment, "all that is known of one"), ("stop", stop_deployment, "end one")):
        one = commands.add_parser(name, help=text)
        one.add_argument("deployment", metavar="NAME")
        one.set_defaults(command=command)
    return parser


def _everybody(operators: Optional[str]) -> List[Tenant]:
    """Returns the tenants whose deployments this user may see."""
    if os.geteuid() != 0:
        return [Tenant(os.geteuid(), places.state_directory(operators))]
    if operators:
        names = sorted(os.listdir(operators)) if os.path.isdir(operators) else []
        owned = [os.path.join(operators, name) for name in names]
        return [Tenant(os.lstat(own).st_uid, places.of_user(own)) for own in owned if os.path.lexists(own)]
    homes = {(entry.pw_uid, places.of_home(entry.pw_dir)) for entry in pwd.getpwall()}
    return [Tenant(*each) for each in sorted(homes) if os.path.isdir(each[1])]


def tenants(arguments: argparse.Namespace) -> List[Tenant]:
    path = arguments.properties or properties.find_properties(ROOT)
    operators = properties.read_properties(path).get("ml.mlflow.stateDir") if path else None
    return [each for each in _everybody(operators or None) if arguments.user in (None, each.user)]


def _rows(everybody: List[Tenant], with_states: bool) -> Tuple[List[Tuple[Tenant, List[str]]], List[str]]:
    """Returns [(tenant, row)] of every deployment that can be read, and a message for each tenant whose list cannot be."""
    rows, failures = [], []
    for tenant in everybody:
        try:
            rows += [(tenant, row) for row in tenant.rows(with_states)]
        except (TaskFailure, OSError, ValueError) as failure:
            failures.append("The deployments of user '%s' cannot be listed: %s" % (tenant.user, failure))
    return rows, failures


def list_deployments(arguments: argparse.Namespace, everybody: List[Tenant]) -> int:
    found, failures = _rows(everybody, True)
    rows: List[Tuple[str, ...]] = [
        ("NAME", "USER", "TYPE", "MODEL", "ENDPOINT", "SINCE", "REQUESTS", "ERRORS", "MEDIAN / 95TH", "STATE")
    ]
    rows += [(row[0], tenant.user, *row[1:]) for tenant, row in found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows if found else ():
        show_line("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    print("%d deployment%s on this machine" % (len(found), "" if len(found) == 1 else "s"))
    for failure in failures:
        show_line(failure, sys.stderr)
    return 1 if failures else 0


def _tenant_of(arguments: argparse.Namespace, everybody: List[Tenant]) -> Tenant:
    """Returns the tenant that owns the named deployment."""
    rows, failures = _rows(everybody, False)
    named = [tenant for tenant, row in rows if row[0] == arguments.deployment]
    if len(named) > 1:
        raise TaskFailure(
            "'%s' is there for several users: %s; name one with --user"
            % (arguments.deployment, ", ".join(each.user for each in named))
        )
    if not named:
        names = ", ".join(row[0] for _, row in rows)
        raise TaskFailure(
            "; ".join(
                [
                    "There is no deployment '%s'; %s"
                    % (arguments.deployment, "there are: " + names if names else "there are none"),
                    *failures,
                ]
            )
        )
    return named[0]


def show_deployment(arguments: argparse.Namespace, everybody: List[Tenant]) -> int:
    return _tenant_of(arguments, everybody).status(arguments.deployment)


def stop_deployment(arguments: argparse.Namespace, everybody: List[Tenant]) -> int:
    return _tenant_of(arguments, everybody).stop(arguments.deployment)


if __name__ == "__main__":
    sys.exit(main())
