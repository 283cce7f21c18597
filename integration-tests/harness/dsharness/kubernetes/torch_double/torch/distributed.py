# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The processes of a group add up their numbers through the first one of them, at MASTER_ADDR and MASTER_PORT."""

import os
import socket
import time

import numpy

_SECONDS_TO_CONNECT = 120

_others = []
_master = None


def init_process_group(backend):
    global _master
    assert backend == "gloo"
    place = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    if get_rank() == 0:
        with socket.create_server(place) as server:
            server.settimeout(_SECONDS_TO_CONNECT)
            for _ in range(get_world_size() - 1):
                _others.append(server.accept()[0])
        return
    deadline = time.monotonic() + _SECONDS_TO_CONNECT
    while _master is None:
        try:
            _master = socket.create_connection(place)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def get_rank():
    return int(os.environ["RANK"])


def get_world_size():
    return int(os.environ["WORLD_SIZE"])


def all_reduce(tensor):
    if get_rank() == 0:
        for other in _others:
            tensor.values += numpy.frombuffer(_receive(other, tensor.values.nbytes)).reshape(tensor.values.shape)
        for other in _others:
            other.sendall(tensor.values.tobytes())
        return
    _master.sendall(tensor.values.tobytes())
    tensor.values[...] = numpy.frombuffer(_receive(_master, tensor.values.nbytes)).reshape(tensor.values.shape)


def barrier():
    from torch import Tensor

    all_reduce(Tensor(numpy.zeros(1)))


def destroy_process_group():
    for each in [*_others, *([_master] if _master else ())]:
        each.close()


def _receive(connection, size):
    found = b""
    while len(found) < size:
        part = connection.recv(size - len(found))
        if not part:
            raise ConnectionError("another replica has ended")
        found += part
    return found
