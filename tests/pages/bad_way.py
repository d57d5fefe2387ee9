# SPDX-License-Identifier: GPL-2.0-or-later
"""A way to the cloud that loses, bends, repeats and holds back what comes from it, as whoever sits on it could."""

import http.client
import http.server
import random
import threading
import time


class BadWay:
    def __init__(self, cloud, seed):
        self.cloud, self.chance, self.lock = cloud, random.Random(seed), threading.Lock()
        self.answers = []  # to be repeated
        self.lies = {"lost": 0, "bent": 0, "repeated": 0, "late": 0}
        way = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                way.answer(self)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def lie(self, body):
        """What becomes of an answer: bytes, or None where it is lost."""
        with self.lock:
            self.answers.append(body)
            what = self.chance.choices([*self.lies, None], [2, 2, 2, 2, 12])[0]
            if what:
                self.lies[what] += 1
            if what == "lost":
                return None
            if what == "bent" and body:
                at = self.chance.randrange(len(body))
                return body[:at] + bytes([body[at] ^ 1 << self.chance.randrange(8)]) + body[at + 1:]
            if what == "repeated":
                return self.chance.choice(self.answers)
        if what == "late":
            time.sleep(0.5)  # as long as a lossy line holds it back
        return body

    def answer(self, handler):
        request = handler.rfile.read(int(handler.headers["Content-Length"]))
        connection = http.client.HTTPConnection("127.0.0.1", int(self.cloud.port), timeout=120)
        connection.request("POST", handler.path, request, {"Origin": handler.headers["Origin"]})
        got = connection.getresponse()
        body = self.lie(got.read())
        if body is None:
            handler.close_connection = True
            return
        handler.send_response(got.status)
        handler.send_header("Access-Control-Allow-Origin", got.getheader("Access-Control-Allow-Origin", ""))
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except OSError:  # the page has given up waiting
            pass
