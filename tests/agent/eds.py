#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An address book of Evolution Data Server through its own client library (libebook): eds.py list | add | modify [UID].

"list" prints a JSON list of vCards; "add" and "modify" read one."""

import json
import sys

import gi

gi.require_version("EBook", "1.2")
gi.require_version("EBookContacts", "1.2")
gi.require_version("EDataServer", "1.2")
from gi.repository import EBook, EBookContacts, EDataServer  # noqa: E402

NO_WAIT = 0xFFFFFFFF  # for a server behind the book
EVERYTHING = '(contains "x-evolution-any-field" "")'


def main():
    registry = EDataServer.SourceRegistry.new_sync(None)
    book = EBook.BookClient.connect_sync(registry.ref_source((sys.argv + ["system-address-book"])[2]), NO_WAIT, None)
    if sys.argv[1] == "list":
        _, contacts = book.get_contacts_sync(EVERYTHING, None)
        print(json.dumps([contact.to_string(EBookContacts.VCardFormat(1)) for contact in contacts]))
        return
    contacts = [EBookContacts.Contact.new_from_vcard(text) for text in json.load(sys.stdin)]
    if sys.argv[1] == "add":
        book.add_contacts_sync(contacts, EBookContacts.BookOperationFlags.NONE, None)
    else:
        book.modify_contacts_sync(contacts, EBookContacts.BookOperationFlags.NONE, None)


main()
