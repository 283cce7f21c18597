# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Builds an environment that is not in the cache yet, or reports why that is not possible."""

import os
import shutil
import signal
import sys
import time
import traceback
from typing import Any, Dict, List, NoReturn, Optional

from dolphinml.common import exceptions, processes, program, secret_references
from dolphinml.common.optional import given
from dolphinml.common.sizes import readable
from dolphinml.environment import builders, pruning, pythons
from dolphinml.environment.build_lock import BuildLock
from dolphinml.environment.build_log import BuildLog
from dolphinml.environment.command import ToolFailed
from dolphinml.environment.faults import EnvironmentFault, os_reason
from dolphinml.environment.key import Plan
from dolphinml.environment.request import EnvironmentRequest
from dolphinml.environment.store import Environment, EnvironmentStore


def obtain(
    settings: Optional[EnvironmentRequest],
    plan: Optional[Plan],
    tree: Optional[EnvironmentStore],
    directory: str,
    fault: Optional[EnvironmentFault] = None,
) -> Environment:
    """Returns the environment with a lease. On failure, ends this process with a report in `directory`.

    fault  an earlier fault, because of which other arguments are None; then nothing is built
    """
    secrets = (settings.secrets if settings else []) + (plan.secrets if plan else [])
    log = BuildLog(secrets, rest=os.path.join(directory, program.REST_OF_LOG))
    signal.signal(signal.SIGTERM, _raise_stopped)
    signal.signal(signal.SIGINT, _raise_stopped)
    processes.watch_parent(lambda: os.kill(os.getpid(), signal.SIGTERM))
    try:
        if fault is not None:
            raise fault
        request = given(settings)
        _check_secrets(request.task_requests)
        environment = _obtain(request, given(plan), given(tree), directory, log)
        # The command that follows must inherit the default signal handling.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return environment
    except EnvironmentFault as failure:
        code, status, sentence, block = program.EXIT_FAILURE, "failure", failure.sentence, failure.block
    except program.Stopped:
        code, status, sentence = program.EXIT_STOPPED, "stopped", "Stopped while the environment was being prepared."
        block = [sentence]
    except BaseException as error:  # any exception must reach the end of the log
        code, status, sentence = program.EXIT_FAILURE, "failure", "%s: %s" % (type(error).__name__, error)
        block = traceback.format_exc().rstrip().split("\n")
    _end_with_report(code, {"status": status, "error": log.masked(sentence)}, block, directory, log)


def _check_secrets(requests: List[str]) -> None:
    """Fails early if the task lacks a secret, before an environment is built that it could not use."""
    missing = []
    for folder in sorted({os.path.dirname(path) for path in requests}):
        missing += secret_references.missing_secrets(folder)
    if missing:
        raise EnvironmentFault(missing[0], missing)


def _raise_stopped(number: Any, frame: Any) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise program.Stopped()


def _end_with_report(code: int, report: Dict[str, Any], block: List[str], directory: str, log: BuildLog) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    processes.stop_all(grace=program.GRACE_WHEN_STOPPED)
    try:
        program.write_private(os.path.join(directory, "report.json"), report)
    except OSError as error:
        log.line("The report could not be written: %s" % os_reason(error))
    log.block(block)
    sys.stdout.flush()
    os._exit(code)


def _obtain(settings: EnvironmentRequest, plan: Plan, tree: EnvironmentStore, directory: str, log: BuildLog) -> Environment:
    known = tree.pointed(plan.key)
    tree.make()
    try:
        lock = BuildLock(tree.path(plan.key + ".lock"))
        lock.acquire(log)
        try:
            environment = _built_meanwhile(settings, plan, tree, known, log)
            if environment is None:
                lock.raise_failure_meanwhile()
                lock.announce(settings.task)
                pruning.remove_leftovers(tree, plan.key)
                environment = _build_recorded(settings, plan, tree, directory, log, lock)
        finally:
            lock.release()
        if settings.limit is not None:
            pruning.enforce_limit(tree, settings.limit, os.path.basename(environment.prefix), log)
        return environment
    except OSError as error:
        raise _disk_fault(error, tree)


def _built_meanwhile(
    settings: EnvironmentRequest, plan: Plan, tree: EnvironmentStore, known: Optional[str], log: BuildLog
) -> Optional[Environment]:
    environment = tree.find(plan.key)
    if environment is not None and settings.refresh and os.path.basename(environment.prefix) == known:
        environment.release()
        return None
    if environment is not None:
        log.line("Environment of %s: %s, built by another task" % (os.path.basename(settings.path), environment.prefix))
    return environment


def _build_recorded(
    settings: EnvironmentRequest, plan: Plan, tree: EnvironmentStore, directory: str, log: BuildLog, lock: BuildLock
) -> Environment:
    try:
        return _build_and_publish(settings, plan, tree, directory, log)
    except (EnvironmentFault, OSError) as error:
        if not lock.is_current():
            raise EnvironmentFault(
                "ml.environment.cacheDir: %s was removed while an environment was being built in it;"
                " run the task again, and do not remove it" % tree.root
            )
        lock.failed(error if isinstance(error, EnvironmentFault) else _disk_fault(error, tree))
        raise


def _build_and_publish(
    settings: EnvironmentRequest, plan: Plan, tree: EnvironmentStore, directory: str, log: BuildLog
) -> Environment:
    name = tree.new_name(plan.key)
    prefix, work = tree.path(name), os.path.join(directory, "environment-" + name)
    source = os.path.basename(settings.path)
    log.line("Environment of %s: building it at %s" % (source, prefix))
    begin = time.monotonic()
    os.mkdir(work, 0o700)
    try:
        tool = builders.build_environment(builders.Build(settings, plan, prefix, work, log))
        version = pythons.version_of(os.path.join(prefix, "bin", "python"))
        if version is None:
            raise EnvironmentFault(
                "%s: the Python of the environment of %s does not run on this worker; make it for"
                " this platform, and with Python in it" % (settings.field, source)
            )
        size, seconds = pruning.size_of(prefix), time.monotonic() - begin
        facts = {
            "source": source,
            "kind": settings.kind,
            "tool": tool,
            "python": version,
            "size": size,
            "seconds": round(seconds, 1),
        }
        environment = tree.publish(name, facts)
        pruning.remove_superseded(tree, plan.key)
    except BaseException as error:
        pruning.discard_environment(tree, name)
        if isinstance(error, ToolFailed):
            raise _tool_fault(error, settings, tree, time.monotonic() - begin)
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    log.line("Environment of %s: built by %s in %.1f s (Python %s, %s)" % (source, tool, seconds, version, readable(size)))
    return environment


def _tool_fault(failed: ToolFailed, settings: EnvironmentRequest, tree: EnvironmentStore, seconds: float) -> EnvironmentFault:
    if any("No space left on device" in line or "os error 28" in line for line in failed.lines):
        return _full_fault(tree)
    sentence = "%s: %s could not build the environment of %s (exit code %d after %.1f s)" % (
        settings.field,
        failed.tool,
        os.path.basename(settings.path),
        failed.code,
        seconds,
    )
    return EnvironmentFault(
        "%s: %s" % (sentence, " ".join(" ".join(failed.lines).split())[:1000]), [sentence + ":"] + failed.lines
    )


def _disk_fault(error: OSError, tree: EnvironmentStore) -> EnvironmentFault:
    if exceptions.is_disk_full(error):
        return _full_fault(tree)
    return EnvironmentFault(
        "ml.environment.cacheDir: %s cannot be used (%s: %s); let the operator look at it"
        % (tree.root, os_reason(error), error.filename or "no file")
    )


def _full_fault(tree: EnvironmentStore) -> EnvironmentFault:
    free = "none"
    try:
        found = os.statvfs(tree.root)
        free = readable(found.f_bavail * found.f_frsize)
    except OSError:
        pass
    return EnvironmentFault(
        "ml.environment.cacheDir: the disk of %s is full (%s left), so the environment could not be"
        " built; make room there, or set a lower ml.environment.cacheLimit" % (tree.root, free)
    )
