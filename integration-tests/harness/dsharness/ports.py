# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""TCP ports that nobody takes between their choice and their use."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

#: The kernel gives no port below these to a client, or to who asks for any.
FIRST_OF_THE_KERNEL = 32768
#: Above those that DolphinScheduler and its like have of old.
OURS = 26000

_held = {}


def free_port(preferred=0):
    """`preferred` where it is free, else another; no other process that asks here gets it before this one ends."""
    if preferred and _take(preferred):
        return preferred
    last = min(FIRST_OF_THE_KERNEL, _first_of_this_kernel())
    candidates = range(OURS, last) if last > OURS else range(OURS, 65536)
    # Side by side, processes need not try what the others hold.
    begin = os.getpid() * 37 % len(candidates)
    for port in (*candidates[begin:], *candidates[:begin]):
        if _take(port):
            return port
    raise RuntimeError("no TCP port is free on this machine")


def free_ports(count):
    """`count` different ones."""
    return [free_port() for _ in range(count)]


def is_free(port):
    """Whether nothing listens there at this moment."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True


def _first_of_this_kernel():
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return FIRST_OF_THE_KERNEL


def _take(port):
    if not _lock(port):
        return False
    if not is_free(port):
        os.close(_held.pop(port))
        return False
    return True


def _lock(port):
    """Takes the port's lock until this process ends; False if it is taken, by this process too."""
    if port in _held:
        return False
    directory = os.path.join(tempfile.gettempdir(), "dolphinml-ports-%d" % os.getuid())
    os.makedirs(directory, exist_ok=True)
    descriptor = os.open(os.path.join(directory, str(port)), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return False
    _held[port] = descriptor
    return True
