# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine with several virtual Bluetooth controllers, and a terminal of its own at each: real kernel, bluetoothd,
systemd and installed units. The first part builds and boots it, the second runs inside."""

import compileall
import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import py_compile
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../lan"))

import lab  # noqa: E402

UUID = "548a26bb-65f7-4404-8b06-255da6497a9c"  # of daemon/radio/beacon.h
RADIO = "/run/btvirt-radio"  # which controllers hear each other; see emulator/lab.c
PROGRAMS = "/usr/lib/tests"  # the tests' own, beside the installed ones


# ---- outside -----------------------------------------------------------------------------------------------------


def check_requirements():
    for program, package in (
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("mke2fs", "e2fsprogs"),
        ("fakeroot", "fakeroot"),
        ("depmod", "kmod"),
        ("xz", "xz-utils"),
        ("gcc", "gcc"),
    ):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            lab.skip(f"{program} is not installed (Debian: {package})")
    if os.uname().machine != "x86_64":
        lab.skip("the virtual machine is one for x86-64")
    if not shutil.which("apt-get"):
        lab.skip("the virtual machine is made of packages that apt fetches")


def packages_of(stage):
    """Debian's packages with the libraries of what has been installed there."""
    libraries = set()
    for folder, _, names in os.walk(stage):
        for name in names:
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                told = subprocess.run(["ldd", path], capture_output=True, text=True).stdout
                libraries |= {word for word in told.split() if word.startswith("/")}
    spellings = {path for given in libraries for path in (given, os.path.realpath(given))}
    owners = subprocess.run(["dpkg", "-S", *spellings], capture_output=True, text=True).stdout
    return sorted({line.split(":")[0] for line in owners.splitlines()})


def image(stage):
    """The machine's image; builds it if there is none of these packages. Of several tests at once, one builds."""
    folder = os.path.join(os.environ["top_builddir"], "tests/bluetooth/image")
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return build_image(stage, folder)


def build_image(stage, to):
    packages = ["iproute2", "python3", *packages_of(stage)]
    what = hashlib.sha256(" ".join(packages).encode())
    for folder, _, names in sorted(os.walk(HERE)):
        for name in sorted(names):
            if name == "build-image" or os.path.basename(folder) in ("guest", "emulator"):
                with open(os.path.join(folder, name), "rb") as f:
                    what.update(f.read())
    path = os.path.join(to, what.hexdigest()[:16])
    if not os.path.exists(f"{path}/complete"):
        os.makedirs(path, exist_ok=True)
        done = subprocess.run([f"{HERE}/build-image", path, *packages], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        sys.stdout.buffer.write(done.stdout)
        sys.stdout.flush()
        if done.returncode != 0:
            shutil.rmtree(path)
            if done.returncode == 3:
                lab.skip("the virtual machine's packages cannot be fetched here")
            raise lab.Failed("the machine's image could not be built")
        shutil.rmtree(f"{path}/cache")
    return path


def boot(command):
    """Of several tests at once one has its machine: it takes a processor, and other tests look at the time."""
    with open(os.path.join(os.environ["top_builddir"], "tests/bluetooth/image/turn"), "w", encoding="ascii") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        machine = subprocess.Popen(command)
        try:
            return machine.wait()
        finally:
            machine.terminate()
            machine.wait()


def enter(controllers, files=None, attempts=1, programs=()):
    """Returns at once inside the machine; else boots it with this very program in it, with these files {path: text} and
    with these test programs in PROGRAMS, and exits as that does; up to so many times where that cannot do its work
    (SKIP)."""
    if "AIRLAB_INSIDE" in os.environ:
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    check_requirements()
    work = tempfile.mkdtemp(prefix="huddle-air.")
    try:
        stage, share = f"{work}/stage", f"{work}/share"
        lab.make("install-strip", f"DESTDIR={stage}")
        paths = lab.installed_paths()
        with contextlib.suppress(FileNotFoundError):  # there is no screen, and its libraries are half of the image
            os.unlink(f"{stage}{paths['bindir']}/huddle-app")
        os.chmod(stage, 0o755)  # it becomes /
        for path, text in (files or {}).items():
            write(f"{stage}{path}", text)
        machine = image(stage)
        for program in programs:
            os.makedirs(f"{stage}{PROGRAMS}", exist_ok=True)
            shutil.copy(os.path.join(os.environ["top_builddir"], "tests/bluetooth", program), f"{stage}{PROGRAMS}")
        shutil.copytree(HERE, f"{share}/bluetooth", ignore=shutil.ignore_patterns("image", "guest", "emulator"))
        shutil.copytree(f"{HERE}/../lan", f"{share}/lan")
        compileall.compile_dir(share, quiet=1, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
        variables = {
            "AIRLAB_INSIDE": "1",
            "LAB_SCRATCH": "/run/scratch",
            "LAB_LIBEXECDIR": paths["libexecdir"],
            "PATH": f"{paths['bindir']}:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HUDDLE_LOG": os.environ.get("HUDDLE_LOG", "info"),
        }
        settings = [word for pair in variables.items() for word in ("-e", "=".join(pair))]
        logs = ["-l", os.environ["AIRLAB_LOGS"]] if "AIRLAB_LOGS" in os.environ else []
        command = [f"{HERE}/run", "-t", "1750", "-n", str(controllers), "-O", stage, *logs]
        program = f"bluetooth/{os.path.basename(sys.argv[0])}"
        command += [*settings, machine, share, "python3", "-B", program, *sys.argv[1:]]
        for _ in range(attempts):
            status = boot(command)
            if status != lab.SKIP:
                break
        sys.exit(status)
    finally:
        shutil.rmtree(work)


# ---- inside ------------------------------------------------------------------------------------------------------


def run(*arguments, check=True):
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=lab.PATIENCE)
    if check and done.returncode != 0:
        raise lab.Failed(f"{' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def wait_until(what, condition, patience=lab.PATIENCE):
    """Polls until the condition holds, less and less often: polling is what costs, since the lab skips idle time."""
    end = time.monotonic() + patience
    pause = 0.2
    while not condition():
        if time.monotonic() > end:
            raise lab.Failed(f"waited {patience} s in vain: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 5)
    print(f"   {time.monotonic():6.1f} s: {what}", flush=True)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def start_cloud():
    """The installed unit; returns the identity that terminals pin."""
    write("/etc/huddle-cloud/huddle-cloud.conf",
          f"[Server]\nListen = 127.0.0.1:{lab.CLOUD_PORT}\nAdminListen = 127.0.0.1:0\n")
    run("systemd-tmpfiles", "--create", check=False)
    as_cloud = ["setpriv", "--reuid=huddle-cloud", "--regid=huddle-cloud", "--clear-groups"]
    made = run(*as_cloud, "huddle-cloud", "--state", "/var/lib/huddle-cloud", "init")
    run("systemctl", "start", "huddle-cloud.service")
    return made.strip()


class Terminal(lab.Terminal):
    """A controller with its user, a session bus and an agent. The first has the installed system service huddled. A
    machine has only one of those, so each of the others has a huddled of its own."""

    def __init__(self, number, login, identity, radio):  # pylint: disable=super-init-not-called
        self.name, self.number, self.login, self.root = f"hci{number}", number, login, ""
        self.user_service = number > 0
        self.program = ("huddle", "--user") if self.user_service else ("huddle", "--system")
        self.vcard = lab.read_card(login)
        run("useradd", "--create-home", login)
        runtime = f"/run/user/{pwd.getpwnam(login).pw_uid}"
        run("install", "-d", "-m", "700", "-o", login, "-g", login, runtime)
        self.session = {
            "HOME": f"/home/{login}",
            "USER": login,
            "XDG_RUNTIME_DIR": runtime,
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus",
        }
        self.cloud = f"[Cloud]\nUrl = http://127.0.0.1:{lab.CLOUD_PORT}\nIdentity = {identity}\n" if identity else ""
        self.configuration = f"/home/{login}/huddled.conf" if self.user_service else "/etc/huddle/huddled.conf"
        self.write_configuration(f"Adapter = {self.name}\n{radio}")
        daemon = [f"{os.environ['LAB_LIBEXECDIR']}/huddled", "--user", "--config", self.configuration]
        self.service = lab.Service(self, "huddled", daemon, login, self.session)

    def command(self, arguments, user=None, environment=None):
        command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--no-new-privs"] if user else []
        base = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        variables = [f"{k}={v}" for k, v in {**base, **(environment or {})}.items()]
        return command + ["env", "-i", *variables, *arguments]

    def log_in(self):
        """A session bus, huddled for those who have their own, and the agent."""
        address = self.session["DBUS_SESSION_BUS_ADDRESS"]
        bus = ["dbus-daemon", "--session", "--nofork", "--print-address", f"--address={address}"]
        log = open(f"{os.environ['LAB_SCRATCH']}/{self.name}.session.log", "ab")
        started = subprocess.Popen(self.command(bus, self.login, self.session), stdout=subprocess.PIPE, stderr=log)
        started.stdout.readline()
        agent = [f"{os.environ['LAB_LIBEXECDIR']}/huddle-agent"]
        if self.user_service:
            self.service.start()
            agent.append("--user")
        subprocess.Popen(self.command(agent, self.login, self.session), stderr=log)

    def peers(self):
        """{token: properties} of the neighbours it hears now."""
        told = json.loads(self.huddle("peers", "--json").stdout)
        return {path.rsplit("/", 1)[1]: peer for path, peer in told.items()}

    def status(self):
        return json.loads(self.huddle("status", "--json").stdout)

    def write_configuration(self, radio):
        write(self.configuration, f"{self.cloud}[Radio]\nMdns = no\n{radio}")

    def configure_radio(self, radio):
        """Starts its huddled anew; for those who have their own."""
        self.write_configuration(radio)
        self.service.restart()

    def powered(self):
        return "true" in run("busctl", "get-property", "org.bluez", f"/org/bluez/{self.name}", "org.bluez.Adapter1", "Powered")

    def set_powered(self, on):
        value = "true" if on else "false"
        run("busctl", "set-property", "org.bluez", f"/org/bluez/{self.name}", "org.bluez.Adapter1", "Powered", "b", value)


def unplug():
    """All controllers, as from their sockets."""
    run("pkill", "--exact", "btvirt")
    wait_until("no controllers", lambda: "hci" not in run("busctl", "--list", "tree", "org.bluez"))


def plug_in():
    subprocess.Popen(["/usr/lib/lab/radio"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run("/usr/lib/lab/radio-ready")
    run("/usr/lib/lab/ready")


def set_up(logins, radio=""):
    """A cloud, and a terminal for each of these people, registered and with their card; radio: more settings of it."""
    os.makedirs(os.environ["LAB_SCRATCH"], exist_ok=True)
    identity = start_cloud()
    terminals = [Terminal(number, login, identity, radio) for number, login in enumerate(logins)]
    for terminal in terminals:
        terminal.log_in()
        terminal.sign_up()
    return terminals


def set_up_nothing(logins, radio=""):
    """A terminal for each of these people, without a cloud, an account or a card."""
    os.makedirs(os.environ["LAB_SCRATCH"], exist_ok=True)
    terminals = [Terminal(number, login, None, radio) for number, login in enumerate(logins)]
    for terminal in terminals:
        terminal.log_in()
    return terminals


def cut_off(terminals):
    """Cuts these people's programs off from the cloud, which is on this machine."""
    run("ip", "rule", "add", "pref", "10", "lookup", "local")
    run("ip", "rule", "del", "pref", "0")
    for terminal in terminals:
        uid = pwd.getpwnam(terminal.login).pw_uid
        run("ip", "rule", "add", "pref", "5", "uidrange", f"{uid}-{uid}", "unreachable")


class Capture:
    """Captures what is on the air, for air.py, until its end."""

    def __init__(self):
        self.path = f"{os.environ['LAB_SCRATCH']}/air.btsnoop"
        self.monitor = subprocess.Popen(["btmon", "-w", self.path], stdout=subprocess.DEVNULL)
        wait_until("a capture", lambda: os.path.exists(self.path))

    def end(self):
        self.monitor.terminate()
        self.monitor.wait()


def connecting(main):
    """Runs a test whose daemons make connections; this kernel may crash on them."""
    try:
        main()
    except lab.Failed as failure:
        print(f"FAIL: {failure}")
        if "AIRLAB_INSIDE" in os.environ and "kernel BUG" in run("dmesg"):
            lab.skip("this kernel breaks down when a channel is closed: docs/bluetooth.md, Links")
        sys.exit(1)


def press_all(terminals, *options):
    """All press; the first has these options and draws the code."""
    opener = terminals[0].press("--party", "--auto", *options)
    lab.wait_for([opener], lambda: opener.latest("Code"))
    return [opener, *(t.press("--auto", opener.latest("Code")) for t in terminals[1:])]


def hears_all(terminal, n):
    peers = terminal.peers().values()
    return len(peers) == n - 1 and all(peer["Mutual"] for peer in peers)


def all_mutual(terminals):
    return all(hears_all(t, len(terminals)) for t in terminals)  # asks no more of them than it has to
