#!/usr/bin/env python3
# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""The least that a relay in Python can be: copies bytes both ways between each client and a server of its own.

    bare_relay.py PORT PORT_OF_THE_SERVER

It knows no HTTP, keeps no connection to the server for another client and loses what does not fit into a buffer; what it
adds to a request is what the way through one more process costs.
"""

import select
import socket
import sys

PIECE = 64 * 1024


def relay(port, server):
    poll, peers = select.epoll(), {}
    listening = socket.create_server(("127.0.0.1", port), backlog=512)
    poll.register(listening, select.EPOLLIN)
    while True:
        knocks = False
        for handle, _ in poll.poll():
            if handle == listening.fileno():
                knocks = True  # after the others: a new connection may get the number of one that ends now
            elif handle in peers:
                copy(poll, peers, *peers[handle])
        if knocks:
            client, upstream = listening.accept()[0], socket.create_connection(("127.0.0.1", server))
            for one, other in ((client, upstream), (upstream, client)):
                one.setblocking(False)
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                peers[one.fileno()] = one, other
                poll.register(one, select.EPOLLIN)


def copy(poll, peers, source, target):
    try:
        data = source.recv(PIECE)
        if data:
            target.send(data)
            return
    except OSError:
        pass
    for each in (source, target):
        del peers[each.fileno()]
        poll.unregister(each)
        each.close()


if __name__ == "__main__":
    relay(int(sys.argv[1]), int(sys.argv[2]))
