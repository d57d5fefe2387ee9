# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads vCard 3.0 and 4.0 into comparable values, independently of src/card/card.c."""

import base64
import re

COMPARED = ("ADR", "BDAY", "EMAIL", "FN", "N", "NICKNAME", "NOTE", "ORG", "PHOTO", "TEL", "TITLE", "URL")


def unfold(text):
    return re.sub(r"\r?\n[ \t]", "", text).splitlines()


def unescape(text):
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], text)


def fields(text):
    """Splits at semicolons that are not escaped, without the empty ones at the end."""
    values = [unescape(v) for v in re.split(r"(?<!\\);", text)]
    while values and not values[-1]:
        values.pop()
    return tuple(values)


def normal(name, value):
    if name == "PHOTO":
        return base64.b64decode(value.split("base64,")[-1])
    if name == "TEL":
        return re.sub(r"[^+0-9]", "", value.removeprefix("tel:"))
    if name == "BDAY":
        return value.replace("-", "")
    return fields(value) if name in ("N", "ADR", "ORG") else unescape(value)


def read(text):
    """One card as a set of (property, value)."""
    card = set()
    for line in unfold(text):
        head, _, value = line.partition(":")
        name = head.split(";")[0].split(".")[-1].upper()
        if name in COMPARED:
            card.add((name, normal(name, value)))
    return card


def value(card, name):
    return next((v for n, v in sorted(card, key=str) if n == name), "")
