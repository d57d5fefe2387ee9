# SPDX-License-Identifier: GPL-2.0-or-later
"""Two readers of vCards that are not ours and know nothing of each other: vobject (Python), with which khard reads, and
that of Evolution Data Server (C), with which GNOME's address book reads. What each finds is brought to one form: a sorted
list of (property, its types, its value), where a value is a text, or bytes; the parts of a structured one stand between
bars. Nothing that both know of is left out.

vobject knows 3.0 only, and takes every value for a text in which a bare comma ends the first of several. What 4.0 has as
a URI, where a comma is nothing but one (RFC 6350 sections 5.2 and 6), it is told here."""

import base64
import functools
import re
import sys

SKIP = 77

NAME = ("family", "given", "additional", "prefix", "suffix")
ADDRESS = ("box", "extended", "street", "city", "region", "code", "country")
PARTS = {"N": len(NAME), "ADR": len(ADDRESS)}  # before RFC 9554 added some to 4.0, which neither reader knows


def joined(value):
    return value if isinstance(value, str) else ",".join(value)


def picture(value):
    """Bytes of an inline picture also where it is a URI."""
    match = re.match(r"data:[^;,]*;base64,(.*)$", value, re.S) if isinstance(value, str) else None
    return base64.b64decode(match[1]) if match else value


def entries(read):
    return sorted(((n, tuple(sorted({t.lower() for t in types})), picture(value)) for n, types, value in read), key=repr)


URIS = ("CALADRURI", "CALURI", "CONTACT-URI", "FBURL", "GEO", "IMPP", "KEY", "LOGO", "MEMBER", "ORG-DIRECTORY", "PHOTO", "RELATED",
        "SOCIALPROFILE", "SOUND", "SOURCE", "URL")


@functools.cache
def vobject_with_uris():
    import vobject
    from vobject.vcard import VCard3_0, VCardTextBehavior

    class Value(VCardTextBehavior):
        @classmethod
        def decode(cls, line):
            kind = line.params.get("VALUE", ["uri" if line.name in URIS else "text"])[0]
            if kind.lower() == "uri":
                line.encoded = False
            else:
                super().decode(line)

    class VCard4_0(VCard3_0):
        versionString = "4.0"
        defaultBehavior = Value
        knownChildren = {name: what for name, what in VCard3_0.knownChildren.items() if name not in URIS}

    vobject.base.registerBehavior(VCard4_0)
    return vobject


def by_vobject(text):
    read = []
    for line in vobject_with_uris().readOne(text).lines():
        name, value = line.name.upper(), line.value
        if name in ("N", "ADR"):
            value = "|".join(joined(getattr(value, part)) for part in (NAME if name == "N" else ADDRESS))
        elif name == "ORG":
            value = "|".join(joined(part) for part in value)
        elif isinstance(value, list):
            value = ",".join(value)
        read.append((name, line.params.get("TYPE", []), value))
    return entries(read)


def by_eds(text):
    import gi

    gi.require_version("EBookContacts", "1.2")
    from gi.repository import EBookContacts

    card = EBookContacts.VCard.new_from_string(text)
    v40 = card.get_attribute("VERSION").get_value() == "4.0"
    separators = {"N": "|", "ADR": "|", "ORG": "|", "NICKNAME": ",", "CATEGORIES": ","}
    read = []
    for attribute in card.get_attributes():
        name = attribute.get_name().upper()
        params = {p.get_name().upper(): p.get_values() or [] for p in attribute.get_params()}
        values = attribute.get_values()
        if v40 and name in PARTS:
            values = values[:PARTS[name]]
        value = separators.get(name, ";").join(values)
        if any(encoding.upper() in ("B", "BASE64") for encoding in params.get("ENCODING", [])):
            value = base64.b64decode(value)
        read.append((name, params.get("TYPE", []), value))
    return entries(read)


def need():
    """Ends a test where they are not there."""
    try:
        import gi
        import vobject  # noqa: F401

        gi.require_version("EBookContacts", "1.2")
    except ImportError:
        print("SKIP: no vobject (Debian: python3-vobject)")
        sys.exit(SKIP)
    except ValueError:
        print("SKIP: no reader of Evolution Data Server (Debian: gir1.2-ebookcontacts-1.2)")
        sys.exit(SKIP)
