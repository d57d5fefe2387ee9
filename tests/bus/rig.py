# SPDX-License-Identifier: GPL-2.0-or-later
"""A cloud and terminals on private session buses, all real programs of the build tree; nothing survives."""

import atexit
import json
import os
import pty
import random
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zlib

TOP = os.environ.get("top_builddir", ".")
SRC = os.environ.get("top_srcdir", ".")
PATIENCE = 30  # seconds until something that should happen counts as not happening
SKIP = 77

scratch = tempfile.mkdtemp(prefix="huddle-bus.")
running = []
results = {"passed": 0, "failed": 0}


def until(condition):
    """Handles D-Bus signals as they come until the condition holds; whether it does. Needs python3-gi."""
    from gi.repository import GLib
    late = []
    timer = GLib.timeout_add_seconds(PATIENCE, lambda: bool(late.append(True)))
    while not condition() and not late:
        GLib.MainContext.default().iteration(True)
    if not late:
        GLib.source_remove(timer)
    return bool(condition())


def clean_up():
    for process in reversed(running):
        if process.poll() is None:
            process.kill()
            process.wait()
    shutil.rmtree(scratch, ignore_errors=True)


atexit.register(clean_up)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
if not shutil.which("dbus-daemon"):
    print("SKIP: dbus-daemon is not installed (Debian: dbus-daemon)")
    sys.exit(SKIP)


def check(what, found, wanted=True):
    ok = found == wanted
    results["passed" if ok else "failed"] += 1
    print(f"{'ok' if ok else 'FAIL'}: {what}" + ("" if ok else f": {found!r}, not {wanted!r}"))
    return ok


def finish():
    print(f"{results['passed']} passed, {results['failed']} failed")
    sys.exit(1 if results["failed"] else 0)


def spawn(arguments, environment=None, **more):
    process = subprocess.Popen(arguments, env=environment, **more)
    running.append(process)
    return process


def first_line(process):
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args[0]} said nothing and ended with {process.wait()}")
    return line.strip()


def chinese():
    """The environment of somebody who reads Simplified Chinese, with a locale that this makes."""
    path = f"{scratch}/locale"
    if not os.path.exists(path):
        os.makedirs(path)
        command = ["localedef", "-i", "zh_CN", "-f", "UTF-8", f"{path}/zh_CN.UTF-8"]
        if not os.path.exists("/usr/share/i18n/locales/zh_CN"):
            print("SKIP: there is no source of the locale zh_CN (Debian: locales)")
            sys.exit(SKIP)
        subprocess.run(command, check=True)
    if not os.path.exists(f"{TOP}/src/po/locale/zh_CN/LC_MESSAGES/huddle.mo"):
        print("SKIP: the translations are not built (Debian: gettext)")
        sys.exit(SKIP)
    return {"LOCPATH": path, "LC_ALL": "zh_CN.UTF-8"}


class Bus:
    """A private session bus, and on request huddled on it; there is no system bus."""

    def __init__(self, name, **more):
        self.name = name
        self.home = f"{scratch}/{name}"
        os.makedirs(self.home)
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("DBUS_", "XDG_"))},
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={scratch}/no-system-bus",
            "HOME": self.home,
            "LC_ALL": "C.UTF-8",
            **more,
        }
        command = ["dbus-daemon", "--session", "--nofork", "--print-address", "--address=unix:path=" + urllib.parse.quote(f"{self.home}/bus")]
        # with that environment, for it is what services have that the bus starts
        self.bus = spawn(command, self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = first_line(self.bus)

    def start(self, *arguments, **more):
        return spawn([f"{TOP}/{arguments[0]}", *arguments[1:]], self.environment, **more)

    def huddle(self, *arguments, **more):
        """Runs the command to its end."""
        more.setdefault("stdin", subprocess.DEVNULL)
        if "input" in more:
            del more["stdin"]
        more.setdefault("env", self.environment)
        command = [f"{TOP}/huddle", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **more)

    def method(self, member, *arguments, path="/org/huddle", interface="org.huddle.Manager1"):
        """Calls a method of huddled as any program does."""
        command = ["dbus-send", "--session", "--print-reply", "--dest=org.huddle", path, f"{interface}.{member}"]
        command += [f"string:{argument}" for argument in arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False)

    def on_terminal(self, *arguments, answer=None, **environment):
        """What the command shows on a terminal, where an answer is typed when asked, and how it ends."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(f"{TOP}/huddle", ["huddle", *arguments], {**self.environment, **environment})
        seen = b""
        while True:
            try:
                ready, _, _ = select.select([fd], [], [], PATIENCE)
                more = os.read(fd, 4096) if ready else b""
            except OSError:
                more = b""
            if not more:
                break
            seen += more
            if answer and b"password: " in seen:
                os.write(fd, answer.encode() + b"\n")
                answer = None
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()

    def json(self, *arguments):
        return json.loads(self.huddle("--json", *arguments).stdout)


class Cloud:
    def __init__(self, name="cloud", port=0, settings=""):
        self.state = f"{scratch}/{name}"
        os.makedirs(self.state)
        self.config = f"{self.state}.conf"
        with open(self.config, "w", encoding="ascii") as f:
            f.write(f"[Server]\nListen=127.0.0.1:{port}\nAdminListen=127.0.0.1:0\n{settings}")
        self.command = [f"{TOP}/huddle-cloud", "--state", self.state, "--config", self.config]
        said = subprocess.run([*self.command, "init"], capture_output=True, text=True, check=True).stdout
        self.identity = next(word for word in said.split() if word.startswith("huddle1:"))
        self.start()

    def start(self):
        port_file = f"{self.state}.port"
        if os.path.exists(port_file):
            os.unlink(port_file)  # of the one before
        with open(f"{self.state}.log", "ab") as log:
            self.process = spawn([*self.command, "--port-file", port_file, "serve"], stdout=log, stderr=log)
        self.port = wait_for(lambda: os.path.exists(port_file) and open(port_file, encoding="ascii").read().strip())
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        """At once, as by a fault of its machine."""
        self.process.kill()
        self.process.wait()


def wait_for(condition):
    """Polls for what gives no sign of its own, such as a file that another program writes."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise RuntimeError("waited in vain")


def picture(edge):
    """A PNG that hardly packs."""
    rows = random.Random(edge).randbytes(edge * (3 * edge))
    rows = b"".join(b"\0" + rows[3 * edge * y:3 * edge * (y + 1)] for y in range(edge))
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks)


class Terminal(Bus):
    def __init__(self, name, cloud, place=(52.5, 13.4), page="", settings="", **more):
        super().__init__(name, **more)
        self.config = f"{self.home}/huddled.conf"
        with open(self.config, "w", encoding="ascii") as f:
            if cloud:
                f.write(f"[Cloud]\nUrl=http://127.0.0.1:{cloud.port}\nIdentity={cloud.identity}\nGuestPage={page}\n")
            if place:  # without radios, one place links them
                f.write(f"[Location]\nSource=manual\nLatitude={place[0]}\nLongitude={place[1]}\n")
            f.write(settings)
        self.start_daemon()

    def start_daemon(self):
        with open(f"{self.home}/huddled.log", "ab") as log:
            self.daemon = self.start(
                "huddled", "--user", "--config", self.config, "--state", f"{self.home}/state", stdout=log, stderr=log
            )
        wait_for(lambda: self.huddle("status").returncode == 0)

    def sign_up(self, handle, *fields):
        for command in (("register", handle, "--consent"), ("card", "set", *fields)):
            done = self.huddle(*command)
            if done.returncode != 0:
                raise RuntimeError(f"{command}: {done.stderr}")

    def exchange(self, *arguments):
        """The events of an exchange as they come, in JSON; the process is .process of what is returned."""
        return Events(self, "exchange", *arguments)


class Events:
    def __init__(self, bus, *arguments):
        self.process = bus.start("huddle", "--json", *arguments, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.seen = []

    def until(self, condition):
        """The first event from here on for which the condition holds; None where they end before."""
        for line in self.process.stdout:
            event = json.loads(line)
            self.seen.append(event)
            if condition(event):
                return event
        return None

    def property(self, name, value=None):
        """Waits until a property is told, with that value where one is given; returns the value."""
        event = self.until(
            lambda e: name in e.get("properties", {}) and (value is None or e["properties"][name] == value)
        )
        return event and event["properties"][name]

    def end(self):
        self.until(lambda e: False)
        return self.process.wait(PATIENCE)


def meet(ann, bob):
    """Two people agree on digits; both have each other's card."""
    press = ann.exchange("4821", "--window", "60", "--auto")
    press.property("Opener", True)
    other = bob.exchange("4821", "--auto")
    press.property("MemberCount", 2)
    check("close", ann.huddle("close").returncode, 0)
    check("both end well", (press.end(), other.end()), (0, 0))
