# SPDX-License-Identifier: GPL-2.0-or-later
"""Bare Debian machines in namespaces of their own: systemd as the first process, a network card on a common switch, nothing
installed that a bare Debian does not have. They cannot reach the world."""

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(os.environ["top_builddir"], "tests/packages/bare")
ROOT = f"{FOLDER}/root"
SKIP = 77
PATIENCE = 60  # seconds until something that should happen counts as not happening
NAMESPACES = ("--net", "--mount", "--uts", "--ipc", "--pid", "--cgroup", "--fork", "--kill-child")
SOURCE = "/usr/src/tree"  # where the tree is on a machine that builds it
BUILT = f"{FOLDER}/built"  # what tests/packages/test-build makes: ROOT, changed in BUILT/upper
BUILT_ROOT = (f"{BUILT}/upper", ROOT)
# Added to Debian's flags: what is tested is how Huddle is built and installed, and other tests run what -O2 makes.
SOON = "-O1 -g0"
CCACHE = "PATH=/usr/lib/ccache:$PATH CCACHE_DIR=/var/cache/ccache CCACHE_BASEDIR=/usr/src/tree CCACHE_NOHASHDIR=1"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"PATH": PATH, "HOME": "/root", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


class Failed(Exception):
    """Something that the test should show did not happen; the text tells what."""


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(SKIP)


def run(command, check=True, timeout=1740, name=None, **more):
    name = name or " ".join(command)
    more = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **more}
    try:
        done = subprocess.run(command, timeout=timeout, **more)
    except subprocess.TimeoutExpired:
        raise Failed(f"{name}: no end after {timeout} s") from None
    if check and done.returncode != 0:
        raise Failed(f"{name}: exit {done.returncode}\n{(done.stdout or '')[-8000:]}")
    return done.stdout


def wait_for(what, holds, patience=PATIENCE):
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            raise Failed(f"{what}: not after {patience} s")
        time.sleep(0.05)


# ---- from outside ------------------------------------------------------------------------------------------------


def check_requirements():
    if os.getuid() != 0:
        skip("needs root, for machines in namespaces of their own")
    for program, package in (("mmdebstrap", "mmdebstrap"), ("ip", "iproute2"), ("unshare", "util-linux")):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip(f"{program} is not installed (Debian: {package})")
    trial = "mount --make-rprivate / && mount -t cgroup2 cgroup2 /mnt && ip link add type bridge"
    done = subprocess.run(["unshare", *NAMESPACES, "sh", "-c", trial], capture_output=True, text=True)
    if done.returncode != 0:
        skip(f"no namespaces, cgroups or bridges here: {done.stderr.strip()}")


def build_root():
    """A bare Debian in ROOT, once for a build tree."""
    os.makedirs(FOLDER, exist_ok=True)
    if os.path.exists(f"{FOLDER}/complete"):
        return
    done = subprocess.run([f"{HERE}/build-root", FOLDER], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode == 3:
        skip(f"packages cannot be fetched: {done.stderr.strip()[-500:]}")
    if done.returncode != 0:
        raise Failed(f"build-root:\n{done.stderr}")


def check_built():
    if not os.path.exists(f"{BUILT}/upper{SOURCE}/build/huddle"):
        raise Failed("there is no machine where tests/packages/test-build has built")


# The shell's part of live_in(): the root with a writable layer, and what programs expect beside it. Packages that are fetched are
# kept. The root becomes that of the mount namespace, as in boot, for what is to run makes namespaces of its own.
LIVE_IN = """
mount --make-rprivate /
cd "$2"
mkdir -p upper work root
mount -t overlay overlay -o "lowerdir=$1,upperdir=upper,workdir=work" root
cd root
mount --rbind /dev dev
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/old run/archives run/new run/work
mount --bind "$3" run/archives
mount -t overlay overlay -o lowerdir=run/archives,upperdir=run/new,workdir=run/work var/cache/apt/archives
mkdir -p shared
mount --bind "$4" shared
pivot_root . run/old
exec chroot . sh -euc 'umount -l /run/old; status=0; sh -ec "$1" || status=$?
        cp -n /run/new/*.deb /run/archives/ 2>/dev/null || true; exit $status' sh "$5"
"""


def live_in(command, shared, lower=(ROOT,), keep=None, timeout=1740):
    """Runs a shell command in a copy of the root, or of layers of it, the uppermost first. It sees the folder as /shared, and can
    fetch packages where this machine can. What it changes is gone afterwards, or is in keep/upper, a layer by itself."""
    layer = keep or tempfile.mkdtemp(dir=FOLDER)
    shutil.copy("/etc/resolv.conf", f"{ROOT}/etc/resolv.conf")
    script = ["sh", "-euc", LIVE_IN, "sh", ":".join(lower), layer, f"{FOLDER}/archives", shared, command]
    try:
        return run(["unshare", "--mount", "--pid", "--fork", "--kill-child", *script], timeout=timeout, name=command, env=ENVIRONMENT)
    finally:
        if not keep:
            shutil.rmtree(layer)


def copy_tree(to):
    """What "make dist" would pack."""
    os.makedirs(os.path.dirname(to), exist_ok=True)
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    run(["make", "-s", "-C", os.environ["top_builddir"], "distdir", f"distdir={to}"], env=environment)


def readme_commands(heading):
    """The commands that README says to type below this heading, a list for each block."""
    with open(f"{os.environ['top_srcdir']}/README.md", encoding="utf-8") as f:
        section = f.read().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [[shlex.split(line, comments=True) for line in block.splitlines()] for block in blocks]


def readme_names():
    """The commands "huddle" that README names in its sentences."""
    with open(f"{os.environ['top_srcdir']}/README.md", encoding="utf-8") as f:
        return set(re.findall(r"`(huddle [a-z][^`]*)`", f.read()))


def as_root(command):
    """What is typed by somebody who needs no sudo."""
    return shlex.join(command).removeprefix("sudo ")


def with_machines(prepare, play):
    """Calls both with a folder that is gone afterwards: prepare from outside, play where machines can be made, in namespaces whose
    end takes everything with it. For that this program runs again as their first process."""
    if "HUDDLE_BARE" in os.environ:
        work = os.environ["HUDDLE_BARE"]
        os.mkdir(f"{work}/cgroup")
        run(["mount", "-t", "cgroup2", "cgroup2", f"{work}/cgroup"])
        run(["sh", "-ec", "ip link add switch type bridge forward_delay 0 mcast_snooping 0; ip link set switch up"])
        play(work)
        return
    os.makedirs(FOLDER, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as work:
        prepare(work)
        environment = dict(os.environ, HUDDLE_BARE=work, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        inside = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, *sys.argv]
        done = subprocess.run(inside, env=environment)
    sys.exit(done.returncode)


# ---- inside ------------------------------------------------------------------------------------------------------


def cgroup_remove(folder):
    for below, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(below)


class Machine:
    count = 0

    def __init__(self, name, root, folder):
        Machine.count += 1
        self.name, self.address = name, f"10.78.0.{Machine.count}"
        self.folder = f"{folder}/{name}"
        os.makedirs(self.folder, exist_ok=True)
        self.cgroup = f"{folder}/cgroup/{os.path.basename(folder)}-{name}"
        os.mkdir(self.cgroup)
        self.log = open(f"{folder}/{name}.log", "wb")
        command = ["unshare", *NAMESPACES, f"{HERE}/boot", root, self.folder, name]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        preexec_fn=self._join_cgroup)
        wait_for(f"{name}: systemd", self._boots)
        self._plug_in()
        run(self.command("systemctl", "is-system-running", "--wait"), check=False)

    def _join_cgroup(self):
        with open(f"{self.cgroup}/cgroup.procs", "w", encoding="ascii") as f:
            f.write(str(os.getpid()))

    def _boots(self):
        if self.process.poll() is not None:
            with open(self.log.name, encoding="utf-8", errors="replace") as log:
                raise Failed(f"{self.name} does not boot: {log.read()}")
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as f:
            self.pid = f.read().strip()
        if not self.pid:
            return False
        with open(f"/proc/{self.pid}/comm", encoding="ascii") as f:
            if f.read().strip() != "systemd":
                return False
        return os.path.exists(self.path("/run/systemd/private"))

    def _plug_in(self):
        run(["sh", "-ec", f"""
            ip link add {self.name} type veth peer name eth0 netns {self.pid}
            ip link set {self.name} master switch up
            nsenter -t {self.pid} -n ip addr add {self.address}/24 dev eth0
            nsenter -t {self.pid} -n ip link set eth0 up"""])

    def path(self, path):
        """The path of the machine's file as this program sees it."""
        return f"/proc/{self.pid}/root{path}"

    def command(self, *arguments, login=None):
        """The command that runs the given one there, as root or in the user's session."""
        enter_it = ["nsenter", "-t", self.pid, "-a", "env", "-i", *(f"{k}={v}" for k, v in ENVIRONMENT.items())]
        if not login:
            return [*enter_it, *arguments]
        uid = self.uid(login)
        return [*enter_it, "setpriv", f"--reuid={login}", f"--regid={login}", "--init-groups", "env", "-C", f"/home/{login}",
                f"HOME=/home/{login}", f"XDG_RUNTIME_DIR=/run/user/{uid}",
                f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{uid}/bus", *arguments]

    def run(self, *arguments, login=None, **more):
        return run(self.command(*arguments, login=login), timeout=1740, **more)

    def uid(self, login):
        with open(self.path("/etc/passwd"), encoding="utf-8") as f:
            return next(line.split(":")[2] for line in f if line.startswith(f"{login}:"))

    def log_in(self, login):
        """A user with a session that systemd keeps, as somebody who is logged in has."""
        self.run("useradd", "-m", "-s", "/bin/bash", login)
        self.run("loginctl", "enable-linger", login)
        wait_for(f"{self.name}: session bus", lambda: os.path.exists(self.path(f"/run/user/{self.uid(login)}/bus")))

    def end(self):
        self.process.kill()
        self.process.wait()
        wait_for(f"{self.name}: end", lambda: not open(f"{self.cgroup}/cgroup.procs", encoding="ascii").read())
        cgroup_remove(self.cgroup)
