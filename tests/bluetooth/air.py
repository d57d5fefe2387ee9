# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads what was on the air from a capture of btmon (btsnoop with the kernel's monitor packets)."""

import collections
import struct

SINCE_1970 = 0x00DCDDB30F2F8000  # of btsnoop's microseconds
COMMAND, EVENT = 2, 3  # monitor opcodes

# HCI commands, Bluetooth Core 5.3, vol 4, part E, 7.8
SET_RANDOM_ADDRESS = 0x2005
SET_ADVERTISING_ENABLE = 0x200A
SET_SCAN_PARAMETERS = 0x200B
SET_SCAN_ENABLE = 0x200C
SET_SET_ADDRESS = 0x2035
SET_EXT_ADVERTISING_ENABLE = 0x2039
SET_EXT_SCAN_PARAMETERS = 0x2041
SET_EXT_SCAN_ENABLE = 0x2042

Command = collections.namedtuple("Command", "time hci opcode parameters")
# connectable, response (to a scan): what the PDU says of itself
Report = collections.namedtuple("Report", "time hci connectable response random address data rssi")


def packets(path):
    """(time, hci, monitor opcode, bytes)"""
    with open(path, "rb") as f:
        assert f.read(8) == b"btsnoop\0"
        f.read(8)
        while len(head := f.read(24)) == 24:
            _, length, flags, _, stamp = struct.unpack(">IIIIQ", head)
            yield (stamp - SINCE_1970) / 1e6, flags >> 16, flags & 0xFFFF, f.read(length)


def commands(path):
    for time, hci, kind, data in packets(path):
        if kind == COMMAND:
            yield Command(time, hci, struct.unpack_from("<H", data)[0], data[3:])


def legacy_reports(time, hci, data):
    at = 1
    for _ in range(data[0]):
        kind, address_type, length = data[at], data[at + 1], data[at + 8]
        address, payload = data[at + 2 : at + 8][::-1], data[at + 9 : at + 9 + length]
        rssi = struct.unpack_from("b", data, at + 9 + length)[0]
        yield Report(time, hci, kind in (0, 1), kind == 4, address_type == 1, address, payload, rssi)
        at += 10 + length


def extended_reports(time, hci, data):
    at = 1
    for _ in range(data[0]):
        kind, address_type = struct.unpack_from("<HB", data, at)
        address, rssi, length = data[at + 3 : at + 9][::-1], struct.unpack_from("b", data, at + 13)[0], data[at + 23]
        payload = data[at + 24 : at + 24 + length]
        yield Report(time, hci, bool(kind & 1), bool(kind & 8), address_type == 1, address, payload, rssi)
        at += 24 + length


def reports(path):
    """The advertisements that the controllers heard from each other."""
    for time, hci, kind, data in packets(path):
        if kind == EVENT and data[0] == 0x3E and data[2] in (0x02, 0x0D):
            yield from (legacy_reports if data[2] == 0x02 else extended_reports)(time, hci, data[3:])


def connected(path):
    """(random, address) of the other end of each LE connection, as a controller reports it."""
    for _, _, kind, data in packets(path):
        if kind == EVENT and data[0] == 0x3E and data[2] in (0x01, 0x0A) and data[3] == 0:
            yield bool(data[7] & 1), data[8:14][::-1]


def is_unresolvable(address):
    """A non-resolvable private address: vol 6, part B, 1.3.2.2."""
    return address[0] >> 6 == 0


def is_resolvable(address):
    return address[0] >> 6 == 1
