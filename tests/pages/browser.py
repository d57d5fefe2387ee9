# SPDX-License-Identifier: GPL-2.0-or-later
"""The page for browsers at a host of its own, and a real Chromium in front of it."""

import gzip
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("top_srcdir", "."), "tests/bus"))
import rig

SOURCES = os.environ.get("HUDDLE_NODE_MODULES", "/usr/src/huddle")
READERS = "import vobject, gi; gi.require_version('EBookContacts', '1.2')"
FILES = os.path.join(rig.TOP, "cloud/pages/files")


def requirements():
    for found, what, package in (
        (os.path.exists(f"{FILES}/index.html"), "the pages are not built: ./bootstrap deps pages", "lld"),
        (subprocess.run(["/usr/bin/python3", "-c", READERS], stderr=subprocess.DEVNULL, check=False).returncode == 0,
         "other readers of vCards are missing", "python3-vobject gir1.2-ebookcontacts-1.2"),
        (shutil.which("node"), "node is not installed", "nodejs"),
        (os.path.exists("/usr/bin/chromium-headless-shell"), "Chromium without its windows is not installed", "chromium-headless-shell"),
        (os.path.exists(f"{SOURCES}/node_modules/playwright-core"), "playwright-core is missing: ./bootstrap deps pages", "npm"),
    ):
        if not found:
            print(f"SKIP: {what} (Debian: {package})")
            sys.exit(rig.SKIP)


def here(script, **variables):
    """The command that runs a script of node on this machine."""
    return ["env", f"HOME={rig.scratch}", *(f"{name}={value}" for name, value in variables.items()), "node", script]


class Browser:
    def __init__(self, flags="", command=here):
        """command: as here() does, for another machine."""
        script = os.path.join(rig.SRC, "tests/pages/browse.js")
        command = command(script, HUDDLE_NODE_MODULES=SOURCES, CHROMIUM_FLAGS=flags)
        self.process = rig.spawn(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, command, **values):
        if command == "shoot":  # for people to look at, where make screenshots asks
            folder = os.environ.get("HUDDLE_SCREENSHOTS")
            file = os.path.join(folder or "", f"page-{values['name']}.png")
            return folder and self("screenshot", file=file, **{"who": values["who"]} if "who" in values else {})
        self.process.stdin.write(json.dumps({"command": command, **values}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{values.get('who', '')} {command}: {answer['error']}")
        return answer.get("value")

    def person(self, who):
        """The commands of one person, with a browser of their own."""
        return lambda command, **values: self(command, who=who, **values)

    def end(self):
        self.process.stdin.close()
        self.process.wait(rig.PATIENCE)


def alter_engine(folder, before):
    shutil.copytree(FILES, folder)
    [engine] = [name for name in os.listdir(folder) if name.startswith("engine-") and name.endswith(".js")]
    with open(f"{folder}/{engine}", "rb") as f:
        script = before.encode() + f.read()
    for path, content in ((engine, script), (f"{engine}.gz", gzip.compress(script))):
        with open(f"{folder}/{path}", "wb") as f:
            f.write(content)
    return folder


class Host:
    """huddle-cloud pages, with the names by which browsers know it."""

    def __init__(self, port, cloud, before="", clouds=""):
        """clouds: others that the page may ask. before: a script that runs before the engine's, in its worker, where no test reaches."""
        name, files = f"{rig.scratch}/pages{port}", FILES
        self.port, config = port, f"{name}.conf"
        if before:
            files = alter_engine(f"{name}.files", before)
        with open(config, "w", encoding="ascii") as f:
            f.write(f"[Pages]\nListen=127.0.0.1:{port}\nClouds={cloud.url}/ {clouds}\n")
        port_file = f"{name}.port"
        command = [f"{rig.TOP}/huddle-cloud", "--config", config, "--pages", files, "--port-file", port_file, "pages"]
        with open(f"{rig.scratch}/pages.log", "ab") as log:
            self.process = rig.spawn(command, stdout=log, stderr=log)
        rig.wait_for(lambda: os.path.exists(port_file))
        self.own = f"http://localhost:{port}"  # another name than the cloud's
        self.of_the_cloud = f"http://127.0.0.1:{port}"

    def ask(self, path, method="GET", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=rig.PATIENCE)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def compressed():
    """Bytes of all that a browser may load."""
    return sum(os.path.getsize(f"{FILES}/{name}") for name in os.listdir(FILES) if name.endswith(".gz"))


def show(browser, link, **more):
    browser("open", url=link, **more)
    browser("heading", **{"is": "Cards that you missed"})
    browser("click", name="Show the cards")


def set_card(terminal, *lines):
    path = f"{terminal.home}/own.vcf"
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", "")))
    done = terminal.huddle("card", "import", path)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
