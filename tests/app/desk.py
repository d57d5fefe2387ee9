# SPDX-License-Identifier: GPL-2.0-or-later
"""People with the app: each with a screen, a bus, a huddled, a huddle-agent and an address book of their own."""

import glob
import importlib.util
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/bus"))
import rig  # noqa: E402
from rig import check, finish, wait_for  # noqa: E402, F401

IP = shutil.which("ip", path=os.environ["PATH"] + ":/usr/sbin:/sbin") or "ip"
NEEDS = (
    ("Xvfb", "xvfb"),
    ("xdotool", "xdotool"),
    ("/usr/share/dbus-1/services/org.a11y.Bus.service", "at-spi2-core"),
    ("/usr/share/icons/Adwaita/index.theme", "adwaita-icon-theme"),
    (IP, "iproute2"),
)


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(rig.SKIP)


if not os.path.exists(f"{rig.TOP}/huddle-app"):
    skip("huddle-app is not built: GTK or libadwaita is missing (Debian: libadwaita-1-dev)")
for need, package in NEEDS:
    if not (shutil.which(need) or glob.glob(need)):
        skip(f"{need} is not there (Debian: {package})")
if not importlib.util.find_spec("gi"):
    skip("no Python module gi (Debian: python3-gi)")
import screen  # noqa: E402

# what no test's session has: a service that shows notifications
NOT_HERE = ("org.freedesktop.Notifications",)
PHONE = (360, 720)
DEVNULL = subprocess.DEVNULL


def network(up):
    """Takes away and gives back all the network that there is, after own_network()."""
    if not up:  # before its link, for some kernels keep the routes of addresses
        subprocess.run([IP, "address", "flush", "dev", "lo"], check=True)
    subprocess.run([IP, "link", "set", "lo", "up" if up else "down"], check=True)


def own_network():
    """Goes on as the same test in a network namespace of its own. Nothing may have been started before."""
    if "OWN_NETWORK" in os.environ:
        network(True)
        return
    command = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net"]
    done = subprocess.run([*command, IP, "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        skip(f"no network namespaces here: {done.stderr.strip()}")
    rig.clean_up()
    os.execvpe(command[0], [*command, sys.executable, *sys.argv], {**os.environ, "OWN_NETWORK": "1"})


class Person(rig.Terminal):
    """A terminal with a screen. Nothing of the app runs before open()."""

    eds = "no"  # the setting of the agent

    def __init__(self, name, cloud, size=PHONE, **more):
        self.size = size
        self.display = screen.Display(*size)
        runtime = f"{rig.scratch}/run-{name}"
        os.makedirs(runtime, mode=0o700)
        environment = {
            "DISPLAY": self.display.name,
            "XDG_RUNTIME_DIR": runtime,
            "GDK_BACKEND": "x11",
            "GSK_RENDERER": "cairo",
            "GTK_A11Y": "atspi",
            "GSETTINGS_BACKEND": "memory",
            "GIO_USE_VFS": "local",
            "GTK_USE_PORTAL": "0",
            "LANGUAGE": "C",
            "TZ": "UTC",
            "G_DEBUG": "",
            **more,
        }
        self.folder = f"{rig.scratch}/{name}/.local/share/huddle/contacts"
        self.app = None
        super().__init__(name, cloud, **environment)
        self.screen = screen.Screen(self.environment, self.display)
        self.still()
        self.start_agent()

    def still(self):
        """Pages do not slide in: what is clicked stays where it was seen, and no page is there twice."""
        os.makedirs(f"{self.home}/.config/gtk-4.0")
        with open(f"{self.home}/.config/gtk-4.0/settings.ini", "w", encoding="ascii") as f:
            f.write("[Settings]\ngtk-enable-animations=false\n")

    def start_agent(self):
        config = f"{self.home}/.config/huddle"
        os.makedirs(config, exist_ok=True)
        with open(f"{config}/agent.conf", "w", encoding="ascii") as f:
            f.write(f"[AddressBooks]\nEds = {self.eds}\nKde = no\nFolder = yes\n")  # whatever this machine has
        with open(f"{self.home}/agent.log", "ab") as log:
            self.agent = self.start("huddle-agent", "--user", stdout=log, stderr=log)

    def open(self, *arguments):
        """Starts the app and waits for its window."""
        under = os.environ.get("APP_UNDER", "").split()
        with open(f"{self.home}/app.log", "ab") as log:
            self.app = rig.spawn([*under, f"{rig.TOP}/huddle-app", "--user", *arguments], self.environment, stdout=log, stderr=log)
        self.screen.wait(lambda: self.screen.find_all("window"), "the window")
        self.display.resize(*self.size)
        return self.screen

    def close(self):
        """Ends the app as its user does. It must not have complained about anything."""
        self.display.keys("ctrl+q")
        ended = check("the app ends well", self.app.wait(screen.PATIENCE), 0)
        with open(f"{self.home}/app.log", encoding="utf-8", errors="replace") as f:
            log = f.read()
        if not ended:
            print(log)
        complaints = [line for line in log.splitlines() if "huddle-app" in line]
        check("nothing was complained about", [c for c in complaints if not any(n in c for n in NOT_HERE)], [])

    def book(self):
        """The address book: vCards by the names of their files."""
        found = {}
        for path in sorted(glob.glob(f"{self.folder}/*.vcf")):
            with open(path, encoding="utf-8", newline="") as f:
                found[os.path.basename(path)] = f.read()
        return found

    def wait_for_book(self, cards):
        wait_for(lambda: len(self.book()) == cards)

    # ---- what people do with the app, page by page

    def register(self, handle):
        s = self.screen
        s.press("Get Started")
        s.entry("E-mail or telephone").type(handle)
        s.press("Agree and Continue")

    def first_use(self, handle, name, phone="", email="", leads_to="Start"):
        s = self.screen
        self.register(handle)
        s.entry("Name").type(name)
        if phone:
            s.entry("Telephone").type(phone)
        if email:
            s.entry("E-mail").type(email)
        s.press("Save")
        s.button(leads_to)

    def begin(self):
        """Starts an exchange; returns the code that the others type."""
        self.screen.press("Start")
        return self.code()

    def code(self):
        """The code that is on the screen."""
        digits = self.screen.wait(lambda: next(
            (n.name for n in self.screen.find_all("label") if re.fullmatch(r"\d{4,8}", n.name.replace(" ", ""))), None), "the digits")
        words = self.screen.wait(lambda: next(
            (n.name for n in self.screen.find_all("label") if re.fullmatch(r"[a-z]+( [a-z]+){1,2}", n.name)), None), "the words")
        return f"{digits.replace(' ', '')} {words}"

    def phrase(self):
        """The phrase that is on the screen for people to compare."""
        return self.screen.wait(lambda: next(
            (n.name for n in self.screen.find_all("label") if re.fullmatch(r"[a-z ]+\s[0-9 ]+", n.name)), None), "the phrase")

    def join(self, code):
        self.screen.press("Join")
        self.screen.entry("Code").type(code)
        self.press_join()

    def press_join(self):
        """The button on the page of the code."""
        self.screen.gone("button", "Use It")
        self.screen.entry("Code")

        def usable():
            joins = self.screen.find_all("button", "Join")  # two as long as the page before is there, too
            return len(joins) == 1 and "sensitive" in joins[0].states and joins[0]
        self.screen.wait(usable, "Join").click()

    def ended(self, button):
        """How an exchange ended is told once, with one button."""
        s = self.screen
        s.button(button)
        buttons = [n.name for n in s.find_all("button") if n.name not in ("Back", "Minimize", "Maximize", "Close")]
        check(f"{self.name} has one button", buttons, [button])
        stayed = [n.name.count("Your card stayed here") for n in s.find_all("label") if "stayed" in n.name]
        check("and reads once that the card stayed", stayed, [1])

    def go_home(self):
        """Back to the first page, however deep."""
        def there(name):
            return self.screen.find_all("button", name)

        def go_back():
            backs = there("Back")
            if backs:
                backs[-1].click()  # or it is gone, and the next look finds another
            return backs or there("Start")
        while there("Back") or not there("Start"):
            backs = self.screen.wait(go_back, "Start or Back")
            self.screen.wait(lambda backs=backs: there("Back") != backs, "the page before")

    def reads(self, *texts):
        """Waits until one of these is on the screen; returns it."""
        return self.screen.wait(lambda: next((t for t in texts if self.screen.find_all(None, t)), None), " or ".join(texts))

    def app_link(self, link):
        """A link that is opened elsewhere, as by a tap in a letter."""
        self.start("huddle-app", "--user", link, stdout=DEVNULL, stderr=DEVNULL)

    def go(self, route, argument=""):
        """To a page, as notifications and menus go there."""
        from gi.repository import Gio, GLib
        self.screen.session.call_sync(
            "org.huddle.App", "/org/huddle/App", "org.gtk.Actions", "Activate",
            GLib.Variant("(sava{sv})", ("go", [GLib.Variant("(ss)", (route, argument))], {})),
            None, Gio.DBusCallFlags.NONE, 1000 * rig.PATIENCE, None)
