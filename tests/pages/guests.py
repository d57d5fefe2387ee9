# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests in real browsers, beside real terminals and a real cloud."""

import json
import os
import subprocess

import browser as page_rig
import rig
from bad_way import BadWay

PLACE = (52.5, 13.4)  # of the terminals, too


class Party:
    """A cloud that takes guests, the host of its pages, and a browser for everybody."""

    def __init__(self, settings="", flags=""):
        self.port, *self.others = (page_rig.free_port() for _ in range(3))
        self.page = f"http://localhost:{self.port}"
        origins = " ".join([f"http://localhost:{port}" for port in (self.port, *self.others)] + [f"http://127.0.0.1:{self.port}"])
        self.cloud = rig.Cloud(settings=f"PageOrigins={origins}\n[Guests]\nGuests=yes\n{settings}")
        self.bad_way = BadWay(self.cloud, 1)
        self.host = page_rig.Host(self.port, self.cloud, clouds=self.bad_way.url)
        self.browser = page_rig.Browser(flags)

    def other_host(self, before):
        """The address of the same pages, with a fault."""
        return page_rig.Host(self.others.pop(), self.cloud, before).own

    def terminals(self, *names):
        made = [rig.Terminal(name, self.cloud, page=self.page) for name in names]
        for terminal in made:
            terminal.sign_up(terminal.name, f"FN={terminal.name.title()}", f"TEL=+49 30 {len(terminal.name)}11")
        return made

    def link(self, code, page=None, cloud=None):
        return f"{page or self.page}/#{code.replace(' ', '-')}?c={cloud or self.cloud.url}&k={self.cloud.identity}"


def fill(person, name, phone="", mail=""):
    person("heading", **{"is": "Exchange cards"})
    for label, text in (("Name", name), ("Phone", phone), ("E-mail", mail)):
        if text:
            person("fill", label=label, text=text)


def agree(person):
    person("click", name="Next")
    person("heading", **{"is": "Do you agree?"})
    person("click", name="Agree and take part")


def take_part(person, link, name, phone="+1 555", place=PLACE, **more):
    """From the link to the group that gathers."""
    person("open", url=link, place=place, **more)
    fill(person, name, phone)
    person("click", name="Next")
    person("heading", **{"is": "Do you agree?"})
    if place:
        person("tick", label="Tell the cloud roughly where I am")
    person("click", name="Agree and take part")
    person("heading", **{"is": "Waiting for the others"})


def look(person, name):
    """Takes pictures of a state where they are wanted; nobody is shut out of it."""
    person("shoot", name=name)
    rig.check(f"{name}: accessible", person("axe"), [])


def cards(person, n):
    person("heading", **{"is": f"^{n} cards?$"})


def names(terminal):
    return sorted(contact["name"] for contact in terminal.json("contacts"))


def read_vcards(text):
    """What two readers that share no code with ours make of each card; they run where Debian's modules are."""
    reader = """import json, sys
import readers
readers.need()
cards = [text + "END:VCARD\\r\\n" for text in sys.stdin.read().split("END:VCARD\\r\\n") if text]
print(json.dumps([[repr(by(card)) for card in cards] for by in (readers.by_vobject, readers.by_eds)]))"""
    environment = {**os.environ, "PYTHONPATH": os.path.join(rig.SRC, "tests/cards")}
    done = subprocess.run(["/usr/bin/python3", "-c", reader], input=text, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)
