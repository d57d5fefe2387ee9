# SPDX-License-Identifier: GPL-2.0-or-later
"""A desktop session with address books and a huddle-agent in it; the exchanges come from tests/agent/fake-history."""

import glob
import json
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/bus"))
import rig  # noqa: E402
from rig import check, finish, wait_for  # noqa: E402, F401

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.abspath(rig.TOP)


def need(*needs):
    """Ends the test where something is not there: (a program or pattern of files, Debian package)."""
    for path, package in needs:
        if not (shutil.which(path) or glob.glob(path)):
            print(f"SKIP: {path} is not there (Debian: {package})")
            sys.exit(rig.SKIP)


def need_module(name, package):
    try:
        return __import__(name)
    except ImportError:
        print(f"SKIP: no Python module {name} (Debian: {package})")
        sys.exit(rig.SKIP)


EDS = ("/usr/share/dbus-1/services/org.gnome.evolution.dataserver.AddressBook*", "evolution-data-server")
EDS_CLIENT = ("/usr/lib/*/girepository-1.0/EBook-1.2.typelib", "gir1.2-ebook-1.2")


class Session(rig.Bus):
    def __init__(self, name, settings, **more):
        super().__init__(name, GSETTINGS_BACKEND="memory", GIO_USE_VFS="local", TZ="UTC", **more)
        self.exchanges = f"{self.home}/exchanges"
        self.folder = f"{self.home}/.local/share/huddle/contacts"
        self.kde = f"{self.home}/.local/share/kpeoplevcard"
        self.configure(settings)
        self.agent = None
        self.history = None
        self.client = None  # of Evolution Data Server

    def configure(self, settings):
        os.makedirs(f"{self.home}/.config/huddle", exist_ok=True)
        with open(f"{self.home}/.config/huddle/agent.conf", "w", encoding="ascii") as f:
            f.write("[AddressBooks]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))

    def exchange(self, number, cards):
        """One that brought these cards. The agent is told by huddled's coming."""
        made = f"{self.exchanges}.{number}"
        os.makedirs(made)
        for i, card in enumerate(cards):
            with open(f"{made}/{i:04}.vcf", "wb") as f:
                f.write(card if isinstance(card, bytes) else card.encode())
        os.makedirs(self.exchanges, exist_ok=True)
        os.rename(made, f"{self.exchanges}/{number}")  # nobody reads half of it
        self.restart_history()

    def restart_history(self):
        if self.history:
            self.history.kill()
            self.history.wait()
        command = [f"{TOP}/tests/agent/fake-history", self.exchanges]
        self.history = rig.spawn(command, self.environment, stdout=subprocess.PIPE, text=True)
        rig.first_line(self.history)

    def start_agent(self, **more):
        with open(f"{self.home}/agent.log", "ab") as log:
            self.agent = rig.spawn([f"{TOP}/huddle-agent", "--user"], {**self.environment, **more}, stdout=log, stderr=log)

    def stop_agent(self):
        self.agent.send_signal(signal.SIGTERM)
        if self.agent.wait(rig.PATIENCE) != 0:
            with open(f"{self.home}/agent.log", encoding="utf-8") as f:
                raise RuntimeError(f"huddle-agent ended with {self.agent.returncode}:\n{f.read()}")

    def books(self):
        """Kind: what "huddle book" says of it; None while the agent does not answer."""
        done = self.huddle("--json", "book")
        if done.returncode != 0:
            return None
        said = json.loads(done.stdout)
        return {book["Kind"]: book for book in said["books"]}

    def cards(self):
        return json.loads(self.huddle("--json", "book").stdout)["cards"]

    def wait_for_books(self, kinds, done):
        """Until so many cards are in each and none is waiting."""
        def settled():
            books = self.books()
            return books and all(books[k]["Done"] == done and books[k]["Waiting"] == 0 for k in kinds)
        wait_for(settled)

    def undo(self, number=1):
        return json.loads(self.huddle("--json", "undo", str(number)).stdout)

    # ---- what others find in the books

    def files(self, folder):
        found = {}
        for path in sorted(glob.glob(f"{folder}/*")):
            with open(path, encoding="utf-8", newline="") as f:
                found[os.path.basename(path)] = f.read()
        return found

    def eds(self, verb, cards=None, book="system-address-book"):
        if not self.client:
            self.client = rig.spawn([f"{HERE}/eds.py"], self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.client.stdin.write(json.dumps({"verb": verb, "book": book, "cards": cards}) + "\n")
        self.client.stdin.flush()
        return json.loads(rig.first_line(self.client))

    def khard(self, folder, *arguments):
        config = f"{self.home}/khard.conf"
        with open(config, "w", encoding="ascii") as f:
            f.write(f"[addressbooks]\n[[people]]\npath = {folder}\n[vcard]\npreferred_version = 3.0\n")
        done = subprocess.run(["khard", "-c", config, *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"khard {arguments}: {done.stderr}")
        return done.stdout.splitlines()

    def end(self):
        """The agent ends well, and the test."""
        self.stop_agent()
        finish()


def values(vobject, text):
    """What a vCard says, as a reader that shares nothing with ours has it: a sorted list of (property, value)."""
    card = vobject.readOne(text)
    return sorted((child.name.upper(), str(child.value)) for child in card.getChildren())
