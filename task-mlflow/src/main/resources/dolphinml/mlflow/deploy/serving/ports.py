# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""Finds the process that listens on a TCP port of this machine, and tests whether a port can be bound."""

import os
import socket
from typing import Dict, Iterable, Optional

from dolphinml.common import user

_LISTEN = "0A"


class PortHolder:
    """A listening process; `pid` is 0 if it belongs to a user whose processes this user may not inspect."""

    def __init__(self, pid: int, command: str, user: str) -> None:
        self.pid = pid
        self.command = command
        self.user = user

    def __str__(self) -> str:
        if not self.pid:
            return "a process of user '%s'" % self.user
        return "process %d of user '%s': %s" % (self.pid, self.user, self.command)


def _listening_inodes(port: int) -> Dict[str, int]:
    """Returns {inode: user id} of the sockets that listen on the port."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as lines:
                next(lines)
                for line in lines:
                    fields = line.split()
                    if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                        found[fields[9]] = int(fields[7])
        except OSError:
            continue
    return found


def _owner_of(inodes: Iterable[str]) -> int:
    wanted = {"socket:[%s]" % inode for inode in inodes}
    for name in filter(str.isdigit, os.listdir("/proc")):
        handles = "/proc/%s/fd" % name
        try:
            for handle in os.listdir(handles):
                if os.readlink(os.path.join(handles, handle)) in wanted:
                    return int(name)
        except OSError:
            continue
    return 0


def _beginning_of_command(pid: int) -> str:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as stream:
            words = stream.read().rstrip(b"\0").split(b"\0")
        return b" ".join(words).decode("utf-8", "replace")[:200]
    except OSError:
        return ""


def holder(port: int) -> Optional[PortHolder]:
    """Returns the process that listens on the port, on any address, or None."""
    inodes = _listening_inodes(port)
    if not inodes:
        return None
    pid = _owner_of(inodes)
    return PortHolder(pid, _beginning_of_command(pid) if pid else "", user.name_of(next(iter(inodes.values()))))


def can_bind(host: str, port: int) -> Optional[str]:
    """Returns None if a socket can be bound to the host and port, else the system's reason."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
                probe.bind(address)
        return None
    except OSError as error:
        return error.strerror or str(error)
