# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Provides the environment that a task's file describes, built once and cached, and then executes a command.

    prepare_environment.py ENVIRONMENT_JSON COMMAND [ARGUMENT ...]

The command replaces this process. It keeps the process id and inherits the open lease, which prevents the removal of the
environment until the command and all processes that inherited the lease have ended. DOLPHINML_PREPARED is "RUN:PREFIX",
where RUN is the value of DOLPHINML_RUN or the process id. Exit codes without the command: 1 failure, 143 stopped.

With the environment in the cache this must take almost no time, so what only builds need is imported only for builds.
"""

import os
import sys
from typing import TYPE_CHECKING, List, NoReturn

if TYPE_CHECKING:
    from dolphinml.environment.request import EnvironmentRequest
    from dolphinml.environment.store import Environment, EnvironmentStore

sys.path[0] = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main(argv: List[str]) -> NoReturn:
    if sys.version_info < (3, 7):
        sys.exit(
            "environment: %s is Python %d.%d; put Python 3.7 or newer on the worker's PATH"
            % ((sys.executable,) + sys.version_info[:2])
        )
    from dolphinml.environment import key, request, store
    from dolphinml.environment.faults import EnvironmentFault

    directory = os.path.dirname(os.path.abspath(argv[1]))
    fault = settings = plan = tree = None
    try:
        settings = request.load_environment_request(argv[1])
        tree = environments = store.EnvironmentStore(store.locate_store(settings.cache_dir))
        plan = key.plan_environment(settings, lambda path: _archive_digest(path, environments))
        environment = None if settings.refresh else tree.find(plan.key)
    except EnvironmentFault as found:
        fault, environment = found, None
    if environment is None:
        from dolphinml.environment import preparing

        environment = preparing.obtain(settings, plan, tree, directory, fault)
    elif settings is not None:
        say_ready(settings, environment)
    hand_over(environment, argv[2:])


def _archive_digest(path: str, tree: "EnvironmentStore") -> str:
    from dolphinml.environment import archive

    return archive.archive_digest(path, tree)


def say_ready(settings: "EnvironmentRequest", environment: "Environment") -> None:
    import time

    facts = environment.facts
    built = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(facts.get("at", 0)))
    line = "Environment of %s: %s (Python %s, by %s, since %s)\n" % (
        os.path.basename(settings.path),
        environment.prefix,
        facts.get("python"),
        facts.get("tool"),
        built,
    )
    # Encoded explicitly, because the locale's encoding may be ASCII on a worker.
    sys.stdout.buffer.write(line.encode("utf-8", "replace"))


def hand_over(environment: "Environment", command: List[str]) -> NoReturn:
    os.set_inheritable(environment.lease, True)
    run = os.environ.get("DOLPHINML_RUN") or str(os.getpid())
    os.environ["DOLPHINML_PREPARED"] = "%s:%s" % (run, environment.prefix)
    sys.stdout.flush()
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv)
