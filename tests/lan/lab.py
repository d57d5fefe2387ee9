# SPDX-License-Identifier: GPL-2.0-or-later
"""Terminals and a cloud on the hosts of netlab: the real programs, as their users run them."""

import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NETLAB = os.path.join(HERE, "netlab")
SKIP = 77
CLOUD_PORT = 8470
PATIENCE = 60  # seconds until something that should happen counts as not happening


class Failed(Exception):
    """What the lab should show and does not; the text is for a person."""


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
    """Returns at once inside the lab; else starts it around this program and exits as that does."""
    if "LAB_DIR" in os.environ:
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    check_requirements()
    stage = tempfile.mkdtemp(prefix="huddle-stage.")
    try:
        os.chmod(stage, 0o755)
        make("install", f"DESTDIR={stage}")
        environment = dict(os.environ, LAB_STAGE=stage, LAB_PREFIX=installed_paths()["prefix"])
        environment["PATH"] += ":/usr/sbin:/sbin"
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


# ---- inside: hosts and what runs on them -------------------------------------------------------------------------


class Host:
    def __init__(self, name):
        self.name = str(name)
        with open(f"{os.environ['LAB_DIR']}/{name}/pid", encoding="ascii") as f:
            self.root = f"/proc/{f.read().strip()}/root"

    def path(self, path):
        """The host's file as seen from here."""
        return self.root + path

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path(path)), exist_ok=True)
        with open(self.path(path), "w", encoding="utf-8") as f:
            f.write(text)

    def command(self, arguments, user=None, environment=None):
        """What to execute here to have it executed there; with a user only in a clean environment."""
        command = [NETLAB, "exec", self.name]
        if user:
            command += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs"]
        base = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        variables = [f"{k}={v}" for k, v in {**base, **(environment or {})}.items()]
        return command + ["env", "-i", *variables, *arguments]

    def run(self, *arguments, user=None, environment=None, check=True, **more):
        done = subprocess.run(
            self.command(arguments, user, environment), capture_output=True, text=True, timeout=PATIENCE, **more
        )
        if check and done.returncode != 0:
            raise Failed(f"{self.name}: {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done


class Service:
    """A daemon that tells the service manager when it is ready; the service manager is this object."""

    def __init__(self, host, name, arguments, user, environment=None):
        self.host, self.name, self.arguments, self.user = host, name, arguments, user
        self.environment = environment or {}
        self.log_path = f"{os.environ['LAB_SCRATCH']}/{host.name}.{name}.log"
        self.process = None

    def start(self, wrapper=()):
        path = f"{os.environ['LAB_SCRATCH']}/{self.host.name}.{self.name}.notify"
        environment = dict(self.environment, NOTIFY_SOCKET=path)
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
        """As a crash or a power cut would."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE)
