#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the vectors into the page between its two marks; with --check only says whether they stand there."""

import hashlib
import json
import pathlib
import re
import sys
import textwrap

from fields import TEXT_FIELDS

HERE = pathlib.Path(__file__).resolve().parent
BEGIN, END = "<!-- vectors: begin -->\n", "<!-- vectors: end -->\n"
WIDTH = 96
FULL = 256  # hex digits; what is longer stands in the file in full and here with its hash


def lines_of(name, value):
    if isinstance(value, str) and len(value) > FULL and name not in TEXT_FIELDS:
        data = bytes.fromhex(value)
        value = f"{value[:32]}… ({len(data)} bytes, BLAKE2b-256 {hashlib.blake2b(data, digest_size=32).hexdigest()})"
        return [f"{name} = {value}"]
    text = json.dumps(value) if name in TEXT_FIELDS else str(value)
    if len(name) + 3 + len(text) <= WIDTH:
        return [f"{name} = {text}".rstrip()]
    return [f"{name} ="] + ["  " + text[i : i + WIDTH - 2] for i in range(0, len(text), WIDTH - 2)]


def block(name, value):
    out = []
    items = value if isinstance(value, list) else [value]
    for i, item in enumerate(items):
        if isinstance(value, list):
            out.append(f"# {name} {i}")
        for key, v in item.items():
            out += lines_of(key, v)
    return [f"#### {name}", "", "```", *out, "```", ""]


def brief(value):
    data = bytes.fromhex(value)
    return f"{len(data)} · `{hashlib.blake2b(data, digest_size=8).hexdigest()}`"


def exchange(steps):
    yield "| step | terminal | what | request | response |"
    yield "|---|---|---|---|---|"
    for i, s in enumerate(steps):
        yield f"| {i} | {s['terminal']} | {s['what']} | {brief(s['request'])} | {brief(s['response'])} |"
    yield ""


def words():
    listed = re.findall(r'"([a-z]+)"', (HERE.parents[1] / "src" / "protocol" / "wordlist.c").read_text())
    return ["### The words", "", "```", *textwrap.wrap(" ".join(listed), WIDTH), "```", ""]


def section():
    out = ["", *words(), "### Formats (`tests/vectors/huddle-v1.json`)", ""]
    for name, value in json.loads((HERE / "huddle-v1.json").read_text()).items():
        out += block(name, value)
    out += ["### One exchange of three (`tests/vectors/huddle-v1-exchange.json`)", ""]
    out += ["Requests and responses without envelope: size in bytes and BLAKE2b-64; the file holds the bytes.", ""]
    out += exchange(json.loads((HERE / "huddle-v1-exchange.json").read_text())["steps"])
    out += ["### One exchange of three with secret words (`tests/vectors/huddle-v1-words.json`)", ""]
    with_words = json.loads((HERE / "huddle-v1-words.json").read_text())
    out += ["The scalars are what only sponsor and joiner have. The messages of the runs:", ""]
    out += block("words", {"words": with_words["words"]})
    for name in ("proofs", "messages"):
        out += block(name, [m for m in with_words[name] if m.get("kind") not in (2, 3)])
    out += exchange(with_words["steps"])
    return "\n".join(out) + "\n"


def main(arguments):
    page = pathlib.Path(arguments[-1])
    before, rest = page.read_text().split(BEGIN)
    there, after = rest.split(END)
    if arguments[0] == "--check":
        if there != section():
            print(f"{page.name} does not print the current vectors: make update-vectors")
            return 1
        return 0
    page.write_text(before + BEGIN + section() + END + after)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
