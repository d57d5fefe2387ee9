# SPDX-License-Identifier: GPL-2.0-or-later
"""The page for browsers at a host of its own, and a real Chromium in front of it."""

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
        (os.path.exists("/usr/bin/chromium"), "chromium is not installed", "chromium"),
        (os.path.exists(f"{SOURCES}/node_modules/playwright-core"), "playwright-core is missing: ./bootstrap deps pages", "npm"),
    ):
        if not found:
            print(f"SKIP: {what} (Debian: {package})")
            sys.exit(rig.SKIP)


class Browser:
    def __init__(self):
        script = os.path.join(rig.SRC, "tests/pages/browse.js")
        environment = {**os.environ, "HOME": rig.scratch, "HUDDLE_NODE_MODULES": SOURCES}
        self.process = rig.spawn(["node", script], environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, command, **values):
        if command == "shoot":  # for people to look at, where make screenshots asks
            folder = os.environ.get("HUDDLE_SCREENSHOTS")
            return folder and self("screenshot", file=os.path.join(folder, f"page-{values['name']}.png"))
        self.process.stdin.write(json.dumps({"command": command, **values}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']}")
        return answer.get("value")


class Host:
    """huddle-cloud pages, with the names by which browsers know it."""

    def __init__(self, port, cloud):
        self.port, config = port, f"{rig.scratch}/pages.conf"
        with open(config, "w", encoding="ascii") as f:
            f.write(f"[Pages]\nListen=127.0.0.1:{port}\nClouds={cloud.url}/\n")
        port_file = f"{rig.scratch}/pages.port"
        command = [f"{rig.TOP}/huddle-cloud", "--config", config, "--pages", FILES, "--port-file", port_file, "pages"]
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
