# SPDX-License-Identifier: GPL-2.0-or-later
"""Three terminals in bad networks: what their exchange takes beside the undisturbed one."""

import contextlib
import sys
import time

import lab

PEOPLE = ("zoe", "olha", "giorgos")  # zoe is the one in a bad network
NO_HELP = "[Radio]\nHelp = no\n"


class Room:
    """Three terminals; zoe finds help only with olha, unless giorgos is told to help, too."""

    def __init__(self):
        self.cloud = lab.Cloud()
        self.cloud.service.start()
        settings = {"giorgos": NO_HELP}
        self.people = [lab.Terminal(i, login, settings.get(login, ""), self.cloud.identity)
                       for i, login in enumerate(PEOPLE, 1)]
        for terminal in self.people:
            terminal.service.start()
            terminal.log_in()
            terminal.sign_up()
        self.zoe, self.olha, self.giorgos = self.people
        self.stranger = lab.Host(len(PEOPLE) + 1)

    def services(self):
        return [self.cloud.service, *(t.service for t in self.people)]

    def tidy(self):
        for service in self.services():
            if not service.alive():
                service.start()
        for terminal in self.people:
            terminal.huddle("leave", check=False)


def ip(host, *words, check=True):
    return host.run("ip", *words, check=check)


def configured(stack, terminal, settings):
    terminal.configure(settings, terminal.identity)
    terminal.service.restart()
    stack.callback(terminal.service.restart)
    stack.callback(terminal.configure, NO_HELP if terminal.login == "giorgos" else "", terminal.identity)


def exchange(room, at_close=None, after_close=None, words=False):
    """All press, zoe first. Returns the seconds from the last press to the last card."""
    for terminal in room.people:
        terminal.clear_book()
    opener = room.zoe.press("--auto", *([] if words else ["--party"]))
    lab.wait_for([opener], lambda: opener.latest("Code"))
    presses = [opener] + [t.press("--auto", *opener.latest("Code").split()) for t in room.people[1:]]
    pressed = time.time()
    lab.wait_for(presses, lambda: lab.complete(presses))
    if at_close:
        at_close()
    lab.close(presses)
    if after_close:
        after_close(presses)
    lab.finish(presses)
    return lab.wait_for_books(room.people, len(room.people) - 1) - pressed


def no_route(stack, room):
    """In the rest of the situation zoe has no way to the cloud of her own, and knows it."""
    for terminal in room.people:  # no link of an earlier situation is left
        terminal.service.restart()
    room.zoe.cut_route()
    stack.callback(room.zoe.open_route)


# ---- situations


def undisturbed(stack, room):
    return exchange(room)


def run(room, name, situation):
    with contextlib.ExitStack() as stack:
        return situation(stack, room)


def seconds_of(room, situation, name, usual, allowed):
    """Its seconds, and those of an undisturbed exchange. One that took too long is tried once more, beside an undisturbed one: the
    machine may have had much else to do."""
    seconds = run(room, name, situation)
    if usual is None:
        return seconds, seconds
    if seconds > usual + allowed:
        print(f"once more, after {seconds:.1f} s: {name}", flush=True)
        usual = run(room, "undisturbed", undisturbed)
        seconds = run(room, name, situation)
    return seconds, usual


def main(situations, segments=f"{len(PEOPLE) + 1}"):
    """A situation is a name, a function that returns the seconds of its exchange, and how many more than undisturbed it may
    take. The first is the undisturbed one."""
    lab.enter(segments)
    room = Room()
    arguments = set(sys.argv[1:])
    wanted = {a for a in arguments if not a.startswith("--")}
    usual, failures = None, 0
    for name, situation, allowed in situations:
        if wanted and name not in wanted and usual is not None:
            continue
        started = time.monotonic()
        try:
            seconds, usual = seconds_of(room, situation, name, usual, allowed)
            text = f"{seconds:5.1f} s, {seconds - usual:+5.1f} s  {name}"
            if seconds > usual + allowed:
                raise lab.Failed(f"{text}: allowed {allowed:+} s")
            print(f"{'' if '--table' in arguments else 'ok: '}{text}", flush=True)
        except lab.Skipped as skipped:
            print(f"not shown: {name}: {skipped}", flush=True)
        except lab.Failed as failed:
            failures += 1
            print(f"FAIL: {name} ({time.monotonic() - started:.1f} s): {failed}", flush=True)
            if "--logs" in arguments:
                for service in room.services():
                    print(f"---- {service.host.name} {service.name}\n{service.log()}")
            room.tidy()
    return 1 if failures else 0
