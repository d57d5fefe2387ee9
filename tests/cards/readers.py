# SPDX-License-Identifier: GPL-2.0-or-later
"""Two readers of vCards that are not ours and know nothing of each other: vobject (Python), and that of Evolution Data
Server (C), with which GNOME's address book reads. Both are brought to one form: a sorted list of (property, its types,
its value), where a value is a text, or bytes; the parts of a structured one stand between bars."""

import base64
import re

NAME = ("family", "given", "additional", "prefix", "suffix")
ADDRESS = ("box", "extended", "street", "city", "region", "code", "country")


def joined(value):
    return value if isinstance(value, str) else ",".join(value)


def picture(value):
    """Bytes of an inline picture also where it is a URI."""
    match = re.match(r"data:[^;,]*;base64,(.*)$", value, re.S) if isinstance(value, str) else None
    return base64.b64decode(match[1]) if match else value


def entries(read):
    return sorted(((n, tuple(sorted({t.lower() for t in types})), picture(value)) for n, types, value in read), key=repr)


def by_vobject(text):
    import vobject

    read = []
    for line in vobject.readOne(text).lines():
        name, value = line.name.upper(), line.value
        if name in ("N", "ADR"):
            value = "|".join(joined(getattr(value, part)) for part in (NAME if name == "N" else ADDRESS))
        elif name == "ORG":
            value = "|".join(value)
        elif isinstance(value, list):
            value = ",".join(value)
        read.append((name, line.params.get("TYPE", []), value))
    return entries(read)


def by_eds(text):
    import gi

    gi.require_version("EBookContacts", "1.2")
    from gi.repository import EBookContacts

    separators = {"N": "|", "ADR": "|", "ORG": "|", "NICKNAME": ",", "CATEGORIES": ","}
    read = []
    for attribute in EBookContacts.VCard.new_from_string(text).get_attributes():
        name = attribute.get_name().upper()
        params = {p.get_name().upper(): p.get_values() or [] for p in attribute.get_params()}
        value = separators.get(name, ";").join(attribute.get_values())
        if any(encoding.upper() in ("B", "BASE64") for encoding in params.get("ENCODING", [])):
            value = base64.b64decode(value)
        read.append((name, params.get("TYPE", []), value))
    return entries(read)
