#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Address books of Evolution Data Server through its own client library (libebook).

One JSON request a line: {"verb": "list", "book": UID}, or "add" or "modify" with "cards", a list of vCards. One JSON answer a
line: a list of vCards for "list", else null. To start this program costs more than what it is asked for.
"""

import json
import signal
import sys

import gi

gi.require_version("EBook", "1.2")
gi.require_version("EBookContacts", "1.2")
gi.require_version("EDataServer", "1.2")
from gi.repository import EBook, EBookContacts, EDataServer  # noqa: E402

NO_WAIT = 0xFFFFFFFF  # for a server behind the book
PATIENCE = 60  # seconds until this program is ended by the alarm
EVERYTHING = '(contains "x-evolution-any-field" "")'


def answer(verb, book, cards):
    """As a client that has just come."""
    registry = EDataServer.SourceRegistry.new_sync(None)
    client = EBook.BookClient.connect_sync(registry.ref_source(book), NO_WAIT, None)
    if verb == "list":
        _, contacts = client.get_contacts_sync(EVERYTHING, None)
        return [contact.to_string(EBookContacts.VCardFormat(1)) for contact in contacts]
    contacts = [EBookContacts.Contact.new_from_vcard(text) for text in cards]
    if verb == "add":
        client.add_contacts_sync(contacts, EBookContacts.BookOperationFlags.NONE, None)
    else:
        client.modify_contacts_sync(contacts, EBookContacts.BookOperationFlags.NONE, None)
    return None


def main():
    for line in sys.stdin:
        signal.alarm(PATIENCE)
        print(json.dumps(answer(**json.loads(line))), flush=True)
        signal.alarm(0)


main()
