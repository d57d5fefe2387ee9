# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads and writes the frames of daemon/link/frame.h over TCP, sharing no code with the daemon."""

import socket
import struct

REQUEST, ANSWER, REFUSED, CANCEL = 1, 2, 3, 4
NO_ROUTE, BUSY, NOT_TAKEN = 1, 2, 3
HEAD = struct.Struct("<BBHI")
HOPS = 255  # with fewer, packets may come from another network


def frame(kind, number, body=b"", detail=0):
    return HEAD.pack(kind, detail, number, len(body)) + body


def keep_to_the_segment(s):
    s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, HOPS)
    if s.family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, HOPS)


def receive(s, n):
    data = b""
    while len(data) < n:
        more = s.recv(n - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def receive_frame(s):
    """(kind, detail, number, body)"""
    kind, detail, number, length = HEAD.unpack(receive(s, HEAD.size))
    return kind, detail, number, receive(s, length)
