# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Explains why a kernel died, as far as its exit code shows."""

import resource
import signal
from typing import List, Optional

from dolphinml.common.optional import given

# A shell that runs the kernel reports a fatal signal as this offset plus the signal's number.
SHELL_OFFSET = 128

_CRASHES = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGABRT", "SIGFPE", "SIGTRAP", "SIGSYS")
_ENDINGS = ("SIGTERM", "SIGINT", "SIGALRM", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGPROF")
_PROCESSOR_TIME = "its limit of processor time is used up"
_LIMITS = {"SIGXCPU": _PROCESSOR_TIME, "SIGXFSZ": "a file became larger than its limit allows"}


def processor_time_is_used_up(more: float = 0.0) -> bool:
    """Whether the ended children of this process plus `more` seconds have used the CPU time that one process may use.

    The system sends SIGXCPU at the soft limit and SIGKILL at the hard one, which are often the same.
    """
    limit = resource.getrlimit(resource.RLIMIT_CPU)[1]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return limit != resource.RLIM_INFINITY and used.ru_utime + used.ru_stime + more >= limit - 1


def reason_of_death(code: Optional[int], facts: List[str], out_of_time: bool = False) -> str:
    """Returns the reason in one sentence.

    code         the exit code of the kernel's process as Python reports it, None if unknown
    facts        what is known about memory
    out_of_time  the result of `processor_time_is_used_up`
    """
    memory = "; ".join(facts)
    name = signal_name(code)
    if name is not None:
        died = "the kernel died by signal %d (%s)" % (given(_signal_number(code)), name)
        limit = _PROCESSOR_TIME if name == "SIGKILL" and out_of_time else _LIMITS.get(name)
        if limit:
            return "%s: %s." % (died, limit)
        if name == "SIGKILL":
            return "%s, probably out of memory: %s." % (died, memory)
        if name in _CRASHES:
            return "%s: native code crashed, in a library or an extension that the cell uses; %s." % (died, memory)
        if name in _ENDINGS:
            return "%s: it was terminated, by the cell itself or by another process; %s." % (died, memory)
        return "%s; %s." % (died, memory)
    if code is not None and code >= 0:
        return "the kernel ended by itself with exit code %d; %s." % (code, memory)
    return "the kernel died, and its exit code is not known; %s." % memory


def _signal_number(code: Optional[int]) -> Optional[int]:
    """Returns the number of the signal that an exit code stands for, None if it does not stand for one."""
    if code is None:
        return None
    return -code if code < 0 else code - SHELL_OFFSET if code > SHELL_OFFSET else None


def signal_name(code: Optional[int]) -> Optional[str]:
    number = _signal_number(code)
    try:
        return None if number is None else signal.Signals(number).name
    except ValueError:
        # Real-time signals have no name, nor have codes that do not stand for a signal.
        # A negative exit code is the negated number of a signal.
        return "real-time signal" if given(code) <= -signal.SIGRTMIN else None
