# SPDX-License-Identifier: GPL-2.0-or-later
"""What is on a screen, as a screen reader has it: AT-SPI over D-Bus, without a library between.

libatspi knows one bus a process, and we look at several terminals, each with buses of its own.
"""

import os
import subprocess
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

import rig  # noqa: E402

REGISTRY = "org.a11y.atspi.Registry"
ROOT = "/org/a11y/atspi/accessible/root"
ACCESSIBLE = "org.a11y.atspi.Accessible"
PATIENCE = rig.PATIENCE * (4 if "APP_UNDER" in os.environ else 1)  # valgrind makes the app slow

# AtspiStateType, by its number in the protocol
STATES = {
    "active": 1, "checked": 4, "editable": 7, "enabled": 8, "expanded": 10, "focusable": 11, "focused": 12, "pressed": 20,
    "selected": 23, "sensitive": 24, "showing": 25, "visible": 30, "multi line": 17,
}
# which of the roles people act on
CONTROLS = {
    "push button", "button", "toggle button", "check box", "radio button", "text", "entry", "password text", "switch", "combo box",
    "link", "slider", "spin button", "menu item", "list item",
}


class Gone(Exception):
    """The object is not there any more."""


class Node:
    """An object of the screen: whatever has a role and a name."""

    def __init__(self, screen, bus, path):
        self.screen, self.bus, self.path = screen, bus, path

    def __eq__(self, other):
        return isinstance(other, Node) and (self.bus, self.path) == (other.bus, other.path)

    def __hash__(self):
        return hash((self.bus, self.path))

    def call(self, interface, method, arguments=None):
        try:
            return self.screen.bus.call_sync(
                self.bus, self.path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, 1000 * PATIENCE, None
            ).unpack()
        except GLib.Error as error:
            raise Gone(f"{method} of {self.path}: {error.message}") from error

    def get(self, interface, name):
        return self.call("org.freedesktop.DBus.Properties", "Get", GLib.Variant("(ss)", (interface, name)))[0]

    @property
    def name(self):
        return plain(self.get(ACCESSIBLE, "Name"))

    @property
    def description(self):
        return plain(self.get(ACCESSIBLE, "Description"))

    @property
    def role(self):
        """It never changes, so each is asked for once."""
        if self not in self.screen.roles:
            self.screen.roles[self] = self.call(ACCESSIBLE, "GetRoleName")[0]
        return self.screen.roles[self]

    @property
    def states(self):
        words = self.call(ACCESSIBLE, "GetState")[0]
        bits = words[0] | words[1] << 32
        return {name for name, bit in STATES.items() if bits >> bit & 1}

    @property
    def children(self):
        return [Node(self.screen, bus, path) for bus, path in self.call(ACCESSIBLE, "GetChildren")[0]]

    def all(self):
        """This one and everything below it that is on the screen, from top to bottom; each with its role."""
        role = self.role
        if role != "application" and "visible" not in self.states:
            return
        yield self, role
        for child in self.children:
            try:
                yield from child.all()
            except Gone:
                pass

    def parent(self):
        return Node(self.screen, *self.get(ACCESSIBLE, "Parent"))

    @property
    def text(self):
        """What is typed in it."""
        return self.call("org.a11y.atspi.Text", "GetText", GLib.Variant("(ii)", (0, -1)))[0]

    @property
    def box(self):
        """x, y, width, height in its window."""
        return self.call("org.a11y.atspi.Component", "GetExtents", GLib.Variant("(u)", (1,)))[0]

    @property
    def interfaces(self):
        return self.call(ACCESSIBLE, "GetInterfaces")[0]

    def actions(self):
        if "org.a11y.atspi.Action" not in self.interfaces:
            return []
        return [plain(action[0]).lower() for action in self.call("org.a11y.atspi.Action", "GetActions")[0]]

    def do(self, *wanted):
        """Does the first of these actions that it has."""
        has = self.actions()
        for action in wanted:
            if action in has:
                self.call("org.a11y.atspi.Action", "DoAction", GLib.Variant("(i)", (has.index(action),)))
                return
        raise RuntimeError(f"{self.role} {self.name!r} has the actions {has}, none of {wanted}")

    def click(self):
        """Uses it. What has no action of its own, as rows of a list, is reached and used by keyboard."""
        if {"click", "activate", "toggle"} & set(self.actions()):
            self.do("click", "activate", "toggle")
        else:
            self.reach()
            self.screen.display.keys("Return")

    def is_in_sight(self):
        x, y, width, height = self.box
        edge = self.screen.display.size
        return x >= 0 and y >= 0 and x + width <= edge[0] and y + height <= edge[1]

    def reach(self, most=100):
        """Goes from control to control, as by keyboard, until this one has the focus, and the page has scrolled to it."""
        for _ in range(most):
            if "focused" in self.states or self.screen.step("Tab") == self.path:
                self.screen.wait(self.is_in_sight, f"{self.role} {self.name!r} in sight")
                return
        raise RuntimeError(f"{self.role} {self.name!r} is not reached by keyboard")

    def type(self, text):
        """Puts this text in the place of what is there."""
        self.call("org.a11y.atspi.EditableText", "SetTextContents", GLib.Variant("(s)", (text,)))

    def tap(self):
        """Touches its middle."""
        x, y, width, height = self.box
        self.screen.display.click(x + width // 2, y + height // 2)

    def show(self, depth=0):
        """The tree as text, for the log of a test that failed."""
        try:
            line = f"{'  ' * depth}{self.role} {self.name!r}" + (f" ({self.description})" if self.description else "")
            lines = [line + ("" if "sensitive" in self.states else " [off]")]
            for child in self.children:
                if "visible" in child.states:
                    lines += child.show(depth + 1)
        except Gone:
            return []
        return lines


def plain(text):
    """Without what isolates strangers' text from its surroundings: U+2068, U+2069."""
    return text.replace("\u2068", "").replace("\u2069", "")


class Screen:
    """The accessibility bus of one session."""

    def __init__(self, environment, display=None):
        self.display = display
        session = connect(environment["DBUS_SESSION_BUS_ADDRESS"])
        address = session.call_sync(
            "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, Gio.DBusCallFlags.NONE, 1000 * PATIENCE, None
        ).unpack()[0]
        # screen readers say that they are there; without it some programs do not answer
        session.call_sync(
            "org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set",
            GLib.Variant("(ssv)", ("org.a11y.Status", "IsEnabled", GLib.Variant("b", True))),
            None, Gio.DBusCallFlags.NONE, 1000 * PATIENCE, None,
        )
        self.session = session
        self.address = address
        self.bus = connect(address)
        self.moved = False
        self.roles = {}
        self.said = []  # what was announced
        self.focus = None  # the path of what has the focus, where it says so
        self.had_focus = set()  # whatever has said so since this was emptied
        self.focus_moved = False
        self.bus.signal_subscribe(None, None, None, None, None, Gio.DBusSignalFlags.NONE, self.on_signal)
        for event in ("object:", "window:"):
            self.bus.call_sync(
                REGISTRY, "/org/a11y/atspi/registry", REGISTRY, "RegisterEvent",
                GLib.Variant("(sass)", (event, [], "")), None, Gio.DBusCallFlags.NONE, 1000 * PATIENCE, None,
            )

    def on_signal(self, bus, sender, path, interface, signal, arguments):
        self.moved = True
        if signal == "Announcement":
            self.said.append(plain(str(arguments.unpack()[3])))
        if signal == "StateChanged" and arguments.unpack()[0] == "focused":
            self.focus_moved = True
            if arguments.unpack()[1]:
                self.focus = path
                self.had_focus.add(path)
            elif self.focus == path:
                self.focus = None

    def applications(self):
        return Node(self, REGISTRY, ROOT).children

    def nodes(self):
        for application in self.applications():
            try:
                yield from application.all()
            except Gone:
                pass

    def matching(self, role=None, name=None):
        """On the screen now, one after the other; a name is found as a part of what is there too."""
        roles = (role,) if isinstance(role, str) else role
        for node, its in self.nodes():
            try:
                fits = (roles is None or its in roles) and (name is None or matches(name, node.name))
            except Gone:
                continue
            if fits:
                yield node

    def find_all(self, role=None, name=None):
        return list(self.matching(role, name))

    def wait(self, condition, what="", patience=PATIENCE):
        """Until the condition holds; looked at again whenever something on the screen has changed."""
        end = time.monotonic() + patience
        context = GLib.MainContext.default()
        while True:
            self.moved = False
            try:
                value = condition()
            except Gone:
                value = None
                self.moved = True
            if value:
                return value
            if time.monotonic() >= end:
                raise RuntimeError(f"waited in vain for {what or condition}; on the screen:\n" + self.show())
            # GTK 4.8 does not announce everything it changes: look again then, too
            waker = GLib.timeout_add(500, self.wake)
            while not self.moved:
                context.iteration(True)
            GLib.source_remove(waker)

    def wake(self):
        self.moved = True
        return GLib.SOURCE_CONTINUE

    def step(self, key):
        """Presses a key that moves the focus; the path of what has it then, None where that does not say so."""
        context = GLib.MainContext.default()
        late = []
        while context.iteration(False):
            pass
        self.focus_moved = False
        self.display.keys(key)
        timer = GLib.timeout_add(300, lambda: bool(late.append(True)))
        while not late and not (self.focus_moved and self.focus):
            context.iteration(True)
        if not late:
            GLib.source_remove(timer)
        return self.focus if self.focus_moved else None

    def find(self, role=None, name=None, patience=PATIENCE):
        """The first that is on the screen and can be used, as soon as it is."""
        def usable():
            return next((n for n in self.matching(role, name) if "sensitive" in n.states), None)
        return self.wait(usable, f"{role} {name!r}", patience)

    def gone(self, role=None, name=None):
        self.wait(lambda: not any(self.matching(role, name)), f"the end of {role} {name!r}")

    def focused(self):
        """What has the keyboard's focus; None: nothing has."""
        return next((node for node, _ in self.nodes() if "focused" in node.states), None)

    def button(self, name):
        return self.find(("push button", "button", "toggle button", "radio button", "link"), name)

    def press(self, name):
        self.button(name).click()

    def row(self, name):
        """A row of a list, which is used as a button is."""
        return self.find("list item", name)

    def entry(self, name):
        return self.find(("text box", "text", "entry", "password text"), name)

    def read(self, name):
        """Waits for a text and returns the whole of its line."""
        return self.find(None, name).name

    def show(self):
        lines = []
        for application in self.applications():
            lines += application.show()
        return "\n".join(lines)


def matches(wanted, name):
    if callable(wanted):
        return wanted(name)
    if hasattr(wanted, "search"):
        return wanted.search(name) is not None
    return wanted in name


def connect(address):
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(address, flags, None, None)


class Display:
    """An X server of its own, whose keyboard and pixels belong to one terminal."""

    def __init__(self, width=1100, height=800):
        self.size = (width, height)
        read, write = os.pipe()
        self.process = rig.spawn(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as numbers:
            number = numbers.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.name = f":{number}"
        self.environment = {**os.environ, "DISPLAY": self.name}

    def keys(self, *names):
        """Presses these keys, one after the other: "Tab", "shift+Tab", "Return"."""
        subprocess.run(["xdotool", "key", *names], env=self.environment, check=True)

    def windows(self):
        done = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "."], env=self.environment,
                              capture_output=True, text=True, check=False)
        return done.stdout.split()

    def resize(self, width, height):
        """Gives every window this size; there is no window manager that would."""
        for window in self.windows():
            subprocess.run(["xdotool", "windowmove", window, "0", "0", "windowsize", "--sync", window, str(width), str(height)],
                           env=self.environment, check=False, stderr=subprocess.DEVNULL, timeout=PATIENCE)

    def click(self, x, y):
        subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", "1"], env=self.environment, check=True)

    def picture(self, path, width, height):
        subprocess.run(["import", "-silent", "-window", "root", "-crop", f"{width}x{height}+0+0", "+repage", "-depth", "8", path],
                       env=self.environment, check=True)
