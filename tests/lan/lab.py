# SPDX-License-Identifier: GPL-2.0-or-later
"""Terminals and a cloud on the hosts of netlab: the real programs, as their users run them."""

import gettext
import json
import os
import re
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import vcard

HERE = os.path.dirname(os.path.abspath(__file__))
NETLAB = os.path.join(HERE, "netlab")
SKIP = 77
CLOUD_PORT = 8470
NOWHERE = "02:00:00:00:00:99"  # the address of no network card
PATIENCE = 30  # seconds until something that should happen counts as not happening
language = {}  # what tells the programs of the terminals which language to speak


def speak_as_asked():
    """From here on terminals speak the language of the environment, if there is a translation. Returns gettext and ngettext
    for it. Programs get it as LANGUAGE, which asks for no locale of the machine."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        name = os.environ.get(variable, "").split(":")[0].split(".")[0]
        if name:
            break
    folder = os.path.join(os.environ["top_builddir"], "src/po/locale")
    try:
        catalogue = gettext.translation("huddle", folder, [name])
    except OSError:
        catalogue = gettext.NullTranslations()
    else:
        language["LANGUAGE"] = name
    return catalogue.gettext, catalogue.ngettext


class Failed(Exception):
    """Something that the lab should show did not happen; the text tells the user what."""


class Skipped(Exception):
    """A situation cannot be shown here; the text tells why."""


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(SKIP)


# ---- from outside: requirements, a staged installation, the lab around this very program -------------------------


def check_requirements():
    for program, package in (
        ("dbus-daemon", "dbus-daemon"),
        ("avahi-daemon", "avahi-daemon"),
        ("avahi-publish", "avahi-utils"),
        ("ip", "iproute2"),
        ("sysctl", "procps"),
        ("setpriv", "util-linux"),
        ("systemd-sysusers", "systemd"),
    ):
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        if not shutil.which(program, path=path):
            skip(f"{program} is not installed (Debian: {package})")
    if os.getuid() != 0:
        skip("needs root, for users and network namespaces of its own")
    trial = ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "ip", "link", "add", "type", "bridge"]
    done = subprocess.run(trial, capture_output=True, text=True)
    if done.returncode != 0:
        skip(f"no network namespaces or bridges here: {done.stderr.strip()}")


def make(*arguments):
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", "-s", "-C", os.environ["top_builddir"], *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise Failed(f"make {' '.join(arguments)}:\n{done.stdout}")
    return done.stdout


def installed_paths():
    words = (word.split("=", 1) for word in make("installed-paths").split())
    return {name: value.strip("'") for name, value in words}


def enter(segments):
    """Inside the lab, returns at once. Outside, runs this program again in a lab and exits with its code."""
    if "LAB_DIR" in os.environ:
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    check_requirements()
    stage = tempfile.mkdtemp(prefix="huddle-stage.")
    try:
        os.chmod(stage, 0o755)
        make("install", f"DESTDIR={stage}")
        paths = installed_paths()
        # With systemd a call starts the service. Here the lab is the service manager, and a killed daemon stays down.
        for folder in ("system-services", "services"):
            os.unlink(f"{stage}{paths['datadir']}/dbus-1/{folder}/org.huddle.service")
        environment = dict(os.environ, LAB_STAGE=stage, LAB_PREFIX=paths["prefix"])
        environment["LAB_POLICYDIR"] = paths["dbuspolicydir"]
        environment["LAB_LIBEXECDIR"] = paths["libexecdir"]
        environment["LAB_DATADIR"] = paths["datadir"]
        environment["PATH"] = f"{paths['bindir']}:{environment['PATH']}:/usr/sbin:/sbin"
        lab = subprocess.Popen([NETLAB, "run", segments, sys.executable, *sys.argv], env=environment)
        try:
            status = lab.wait()
        except KeyboardInterrupt:
            status = lab.wait()
        finally:
            lab.terminate()
            lab.wait()
    finally:
        shutil.rmtree(stage)
    sys.exit(status)


def visible(path):
    """Copies a file of the tree to where hosts and their users can read it: their home directories, where the tree may
    be, are empty."""
    folder = os.path.join(os.environ["LAB_SCRATCH"], "visible")
    os.makedirs(folder, mode=0o755, exist_ok=True)
    copy = os.path.join(folder, os.path.basename(path))
    if not os.path.exists(copy):
        shutil.copy(path, copy)
        os.chmod(copy, 0o755)
    return copy


# ---- inside: hosts and what runs on them -------------------------------------------------------------------------


class Host:
    def __init__(self, name):
        self.name = str(name)
        with open(f"{os.environ['LAB_DIR']}/{name}/pid", encoding="ascii") as f:
            self.root = f"/proc/{f.read().strip()}/root"

    def path(self, path):
        """The path of the host's file as this program sees it."""
        return self.root + path

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w", encoding="utf-8") as f:
            f.write(text)

    def command(self, arguments, user=None, environment=None):
        """The command that runs the given one on the host; for a user, in a clean environment."""
        command = [NETLAB, "exec", self.name]
        if user:
            command += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs"]
        base = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        variables = [f"{k}={v}" for k, v in {**base, **(environment or {})}.items()]
        return command + ["env", "-i", *variables, *arguments]

    def popen(self, *arguments):
        return subprocess.Popen(self.command(arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def netlab(self, verb, *arguments):
        done = subprocess.run([NETLAB, verb, self.name, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"{verb} {self.name}: {done.stderr}")

    def run(self, *arguments, user=None, environment=None, check=True, **more):
        command = self.command(arguments, user, environment)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **more)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name}: {' '.join(arguments)}: no end after {PATIENCE} s") from None
        if check and done.returncode != 0:
            raise Failed(f"{self.name}: {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done


class Service:
    """A daemon with readiness notification; this object is its service manager."""

    def __init__(self, host, name, arguments, user, environment=None):
        self.host, self.name, self.arguments, self.user = host, name, arguments, user
        self.environment = environment or {}
        self.log_path = f"{os.environ['LAB_SCRATCH']}/{host.name}.{name}.log"
        self.process = None

    def start(self, wrapper=()):
        path = f"{os.environ['LAB_SCRATCH']}/{self.host.name}.{self.name}.notify"
        environment = dict(self.environment, NOTIFY_SOCKET=path, HUDDLE_LOG=os.environ.get("HUDDLE_LOG", "info"))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, open(self.log_path, "ab") as log:
            if os.path.exists(path):
                os.unlink(path)
            ready.bind(path)
            os.chmod(path, 0o666)
            ready.settimeout(0.2)
            command = self.host.command([*wrapper, *self.arguments], self.user, environment)
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self._wait_ready(ready)

    def _wait_ready(self, ready):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if b"READY=1" in ready.recv(4096).split(b"\n"):
                    return
            except TimeoutError:
                if self.process.poll() is not None:
                    raise Failed(f"{self.name} on {self.host.name} did not start:\n{self.log()}") from None
        raise Failed(f"{self.name} on {self.host.name} is not ready after {PATIENCE} s:\n{self.log()}")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """Kills it like a crash or a power cut."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE)

    def restart(self):
        self.stop()
        self.start()


class Cloud(Host):
    def __init__(self, settings=""):
        super().__init__("cloud")
        self.configure(settings)
        self.environment = {
            "CONFIGURATION_DIRECTORY": "/etc/huddle-cloud",
            "STATE_DIRECTORY": "/var/lib/huddle-cloud",
        }
        self.identity = self.init("/var/lib/huddle-cloud")
        self.service = Service(self, "huddle-cloud", ["huddle-cloud", "serve"], "huddle-cloud", self.environment)

    def configure(self, settings=""):
        self.write("/etc/huddle-cloud/huddle-cloud.conf",
                   f"[Server]\nListen = 0.0.0.0:{CLOUD_PORT}\nAdminListen = 127.0.0.1:0\n{settings}")

    def init(self, state):
        """Makes the keys; returns the identity that terminals pin."""
        return self.run("huddle-cloud", "--state", state, "init", environment=self.environment).stdout.strip()


def read_card(login):
    with open(f"{HERE}/cards/{login}.vcf", encoding="utf-8", newline="") as f:
        return f.read()


class Terminal(Host):
    """A machine with one user. Without a vcard of its own, login names a file in cards/."""

    program = ("huddle",)

    def __init__(self, number, login, settings="", identity="", vcard=None):
        super().__init__(number)
        self.login, self.identity = login, identity
        with open(f"{os.environ['LAB_DIR']}/{number}/cloud", encoding="ascii") as f:
            self.cloud_address = f.read().strip()
        self.cloud_url = f"http://{self.cloud_address}:{CLOUD_PORT}"
        self.vcard = vcard or read_card(login)
        self.run("useradd", "--create-home", login)
        self.run("install", "-d", "-m", "700", "-o", login, "-g", login, f"/run/user/{login}")
        self.configure(settings, identity)
        # a folder, whatever else this machine has for address books
        self.run("install", "-d", "-o", login, "-g", login, f"/home/{login}/.config", f"/home/{login}/.config/huddle")
        self.write(f"/home/{login}/.config/huddle/agent.conf", "[AddressBooks]\nEds = no\nFolder = yes\n")
        self.session = {
            "XDG_DATA_DIRS": f"{os.environ['LAB_DATADIR']}:/usr/local/share:/usr/share",
            "HOME": f"/home/{login}",
            "USER": login,
            "XDG_RUNTIME_DIR": f"/run/user/{login}",
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path=/run/user/{login}/bus",
            **language,
        }
        directories = {"CONFIGURATION_DIRECTORY": "/etc/huddle", "STATE_DIRECTORY": "/var/lib/huddle"}
        daemon = os.path.join(os.environ["LAB_LIBEXECDIR"], "huddled")
        self.service = Service(self, "huddled", [daemon], "huddle", directories)

    def configure(self, settings="", identity="", url=None):
        self.write("/etc/huddle/huddled.conf", f"[Cloud]\nUrl = {url or self.cloud_url}\nIdentity = {identity}\n{settings}")

    def cut_route(self):
        """Removes its route to the cloud; it notices at once."""
        self.run("ip", "route", "add", "unreachable", self.cloud_address)

    def lose_route(self):
        """Silently drops what it sends to the cloud."""
        self.run("ip", "neigh", "replace", self.cloud_address, "lladdr", NOWHERE, "dev", "eth0", "nud", "permanent")

    def open_route(self):
        self.run("ip", "route", "del", "unreachable", self.cloud_address, check=False)
        self.run("ip", "neigh", "del", self.cloud_address, "dev", "eth0", check=False)

    def cloud_state(self):
        return json.loads(self.huddle("status", "--json").stdout)["CloudState"]

    def log_in(self):
        """Starts what systemd --user starts: a session bus and the agent."""
        address = self.session["DBUS_SESSION_BUS_ADDRESS"]
        command = ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"]
        log = open(f"{os.environ['LAB_SCRATCH']}/{self.name}.session.log", "ab")
        bus = subprocess.Popen(self.command(command, self.login, self.session), stdout=subprocess.PIPE, stderr=log)
        bus.stdout.readline()
        start = ["--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.StartServiceByName"]
        self.user_run("dbus-send", "--session", "--print-reply", *start, "string:org.huddle.Agent", "uint32:0")

    def sign_up(self):
        self.huddle("register", "--consent", f"{self.login}@example.org")
        self.huddle("card", "import", "-", input=self.vcard)

    def user_run(self, *arguments, **more):
        return self.run(*arguments, user=self.login, environment=self.session, **more)

    def huddle(self, *arguments, **more):
        return self.user_run(*self.program, *arguments, **more)

    def door(self):
        """Writes a program that runs a shell or a command as this user, started from outside the lab."""
        with open(os.environ["LAB_OUTER"], encoding="ascii") as f:
            first_process = f.read().strip()
        path = f"{os.environ['LAB_SCRATCH']}/{self.login}"
        variables = dict(self.session, TERM="xterm-256color", PS1=f"{self.login}$ ")
        _, _, host, *command = self.command([], self.login, variables)
        with open(path, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n[ $# -gt 0 ] || set -- bash --norc\n")
            f.write(f'exec {shlex.join([NETLAB, "enter", first_process, host, *command])} "$@"\n')
        os.chmod(path, 0o755)
        return path

    def press(self, *arguments):
        return Press(self, arguments)

    def book_path(self):
        return self.path(f"/home/{self.login}/.local/share/huddle/contacts")

    def address_book(self):
        """The received cards: {file name: text}."""
        folder = self.book_path()
        names = [n for n in sorted(os.listdir(folder)) if n.endswith(".vcf")] if os.path.isdir(folder) else []
        texts = {}
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8", newline="") as f:
                texts[name] = f.read()
        return texts

    def clear_book(self):
        for name in self.address_book():
            os.unlink(os.path.join(self.book_path(), name))


class Press:
    """A running "huddle exchange --json"; every line it prints is an event, with its time of arrival."""

    def __init__(self, terminal, arguments):
        self.terminal = terminal
        command = terminal.command([*terminal.program, "exchange", "--json", *arguments], terminal.login, terminal.session)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.events = []
        self.rest = b""

    def feed(self):
        """Reads the pending output; False at the end."""
        chunk = os.read(self.process.stdout.fileno(), 65536)
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        self.events += [(time.time(), json.loads(line)) for line in lines if line]
        return bool(chunk)

    def latest(self, name):
        """The last known value of a property of Exchange1."""
        told = (event.get("properties", {}) for _, event in reversed(self.events))
        return next((properties[name] for properties in told if name in properties), None)

    def near(self):
        """The number of terminals it hears."""
        return next((event["near"] for _, event in reversed(self.events) if "near" in event), 0)

    def when(self, state):
        """When it first reported the state, by time.time(); None: not yet."""
        told = ((when, event.get("properties", {})) for when, event in self.events)
        return next((when for when, properties in told if properties.get("State") == state), None)

    def reached(self, state):
        return self.when(state) is not None

    def ended(self):
        return self.process.poll() is not None

    def result(self):
        """Waits for its end; returns the exit code and its standard error."""
        follow([self])
        return self.process.wait(timeout=PATIENCE), self.process.stderr.read().decode()


def standing(presses):
    names = ("State", "MemberCount", "Opener", "ErrorMessage")
    told = (f"{p.terminal.login}: near {p.near()}, {', '.join(str(p.latest(n)) for n in names)}" for p in presses)
    return "; ".join(told)


def wait_for(presses, condition, must=True, patience=None):
    """Reads from the presses until the condition holds, or all have ended."""
    patience = patience or PATIENCE
    end = time.monotonic() + patience
    with selectors.DefaultSelector() as selector:
        for press in presses:
            selector.register(press.process.stdout, selectors.EVENT_READ, press)
        while not condition():
            if time.monotonic() > end:
                raise Failed(f"waited {patience} s in vain; {standing(presses)}")
            if not selector.get_map():
                if must:
                    raise Failed(f"ended before it happened; {standing(presses)}")
                return
            for key, _ in selector.select(0.2):
                if not key.data.feed():
                    selector.unregister(key.fileobj)


def follow(presses):
    """Waits for the end of all."""
    wait_for(presses, lambda: False, must=False)


def wait_for_books(terminals, count):
    """Waits until each has this many cards; returns when the last one was written, by time.time()."""
    end = time.monotonic() + PATIENCE
    while not all(len(t.address_book()) == count for t in terminals):
        if time.monotonic() > end:
            counts = ", ".join(f"{t.login} {len(t.address_book())}" for t in terminals)
            raise Failed(f"no {count} cards in every address book after {PATIENCE} s: {counts}")
        time.sleep(0.02)
    return max(os.stat(os.path.join(t.book_path(), n)).st_mtime for t in terminals for n in t.address_book())


def without_meetings(card):
    """A card without the agent's note about the exchange."""
    notes = ["\n".join(line for line in value.split("\n") if not re.search(r"[(（]Huddle[,，] ?\w", line))
             for name, value in card if name == "NOTE"]
    return {(name, value) for name, value in card if name != "NOTE"} | {("NOTE", note) for note in notes if note}


def check_books(terminals):
    """Checks that each has the complete cards of the others, and nothing else."""
    for terminal in terminals:
        own = {other.login: vcard.read(other.vcard) for other in terminals if other is not terminal}
        got = [without_meetings(vcard.read(text)) for text in terminal.address_book().values()]
        for login, card in own.items():
            if card not in got:
                raise Failed(f"{terminal.login} has not got the card of {login} as it is")
        if len(got) != len(own):
            raise Failed(f"{terminal.login} has {len(got)} cards and should have {len(own)}")


# ---- a whole exchange --------------------------------------------------------------------------------------------


def expect(what, seen, wanted):
    if seen != wanted:
        raise Failed(f"{what}: {seen!r}, not {wanted!r}")


def start(terminals, *options, words=False):
    """All press. The first is the opener and draws the code, with or without secret words."""
    for terminal in terminals:
        terminal.clear_book()
    opener = terminals[0].press(*options, *([] if words else ["--party"]))
    wait_for([opener], lambda: opener.latest("Code"))
    return [opener] + [t.press(*options, opener.latest("Code")) for t in terminals[1:]]


def complete(presses):
    return all(press.latest("MemberCount") == len(presses) for press in presses)


def close(presses, must=True):
    """The opener closes: usually the first to press, but a restarted terminal does not listen for long."""
    opener = next((press.terminal for press in presses if press.latest("Opener")), presses[0].terminal)
    return opener.huddle("close", check=must).returncode == 0


def finish(presses):
    """Checks that everyone has the cards of all others, each once."""
    terminals = [press.terminal for press in presses]
    for press in presses:
        status, said = press.result()
        expect(f"huddle exchange of {press.terminal.login}: {said or press.events[-2:]}", status, 0)
    for terminal in terminals:
        got = json.loads(terminal.huddle("contacts", "--json").stdout)
        names = sorted(vcard.value(vcard.read(t.vcard), "FN") for t in terminals if t is not terminal)
        expect(f"contacts of {terminal.login}", sorted(c["name"] for c in got), names)
    wait_for_books(terminals, len(terminals) - 1)
    check_books(terminals)
