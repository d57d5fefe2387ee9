# SPDX-License-Identifier: GPL-2.0-or-later
"""The secrets that the cloud must not have, every form in which it could keep them, and dumps of its memory to search."""

import base64
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile

FIND = os.path.join(os.environ.get("top_builddir", "."), "tests/adversary/find-secrets")
HEAD = 8  # bytes; shorter needles are found everywhere
REGION_MAX = 1 << 28  # bytes; what a sanitizer reserves is larger, and empty
HASHES = {
    "blake2b-256": lambda b: hashlib.blake2b(b, digest_size=32).digest(),
    "blake2b-512": lambda b: hashlib.blake2b(b).digest(),
    "sha-256": lambda b: hashlib.sha256(b).digest(),
    "sha-512": lambda b: hashlib.sha512(b).digest(),
}


def base64_forms(secret):
    """Its base64 within a longer text, for each of the three alignments, without characters that depend on neighbours."""
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + secret)
        inner = text[-(-8 * shift // 6) : 8 * (shift + len(secret)) // 6]
        yield f"base64+{shift}", inner
        yield f"base64url+{shift}", inner.translate(bytes.maketrans(b"+/", b"-_"))


def forms(secret):
    """(form, bytes) of a secret: bytes, or a text."""
    raw = secret.encode() if isinstance(secret, str) else secret
    yield "raw", raw
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    yield from base64_forms(raw)
    if isinstance(secret, str):
        yield "utf-16le", secret.encode("utf-16le")
        yield "utf-16be", secret.encode("utf-16be")
    for name, digest in HASHES.items():
        yield name, digest(raw)
        yield name + "-hex", digest(raw).hex().encode()


def needles(secrets):
    """{name: secret} -> {name.form: bytes}"""
    return {f"{name}.{form}": data for name, secret in secrets.items() for form, data in forms(secret)}


def find(wanted, path, *options):
    """The names of what stands in that file."""
    short = [name for name, data in wanted.items() if len(data) < HEAD]
    if short:
        raise ValueError(f"too short to look for: {short}")
    lines = "".join(f"{name} {data.hex()}\n" for name, data in wanted.items())
    done = subprocess.run([FIND, *options, path], input=lines, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return sorted({line.split()[0] for line in done.stdout.splitlines()})


def find_pairs(path, route):
    """The offsets of all hashes of any two secret words, alone and behind the route."""
    done = subprocess.run([FIND, "--pairs", route, path], input="", capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return sorted(int(line.split()[1]) for line in done.stdout.splitlines())


def dump_memory(pid, path):
    """All that the process can write, as a core dump has it. False: this system does not let us."""
    size = 0
    try:
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            with open(path, "ab") as image:
                for line in maps:
                    where, rights = line.split()[:2]
                    start, end = (int(x, 16) for x in where.split("-"))
                    if not rights.startswith("rw") or end - start > REGION_MAX:
                        continue
                    memory.seek(start)
                    size += image.write(memory.read(end - start))
    except PermissionError:
        return False
    return size > 0


# ---- what a terminal knows -----------------------------------------------------------------------------------------


def fields(message):
    """{number: bytes} of the byte fields of a Protocol Buffers message."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 2:
            length = varint()
            found[key >> 3] = message[at : at + length]
            at += length
        else:
            varint()
    return found


SNAPSHOT = {"box-private": 13, "sign-private": 15, "card-key-1": 17, "card-key-2": 18, "group-key": 27}


def of_terminal(state):
    """The keys of the account, and of the exchange that is under way, out of a terminal's state directory."""
    with tempfile.TemporaryDirectory() as folder:  # the daemon has its own locked
        copy = shutil.copytree(state, f"{folder}/copy")
        database = next(f"{copy}/{name}" for name in os.listdir(copy) if name.endswith(".db"))
        with sqlite3.connect(database) as db:
            private, profile = db.execute("SELECT private_key, profile_key FROM account").fetchone()
            (snapshot,) = db.execute("SELECT snapshot FROM exchange WHERE snapshot IS NOT NULL").fetchone()
    known = fields(snapshot)
    keys = {name: known[number] for name, number in SNAPSHOT.items() if known.get(number)}
    return {"account-key": private, "profile-key": profile, **keys}
