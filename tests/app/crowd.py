# SPDX-License-Identifier: GPL-2.0-or-later
"""Many people around: terminals without a screen, with names in several scripts, that come to an exchange together."""

import concurrent.futures

from desk import rig

NAMES = ("王小明", "ليلى حداد", "Γιώργος Παπαδόπουλος", "Nguyễn Thị Hương", "Anna-Katharina von Hohenfels-Wintergarten")


def name(i):
    return NAMES[i] if i < len(NAMES) else f"{NAMES[i % len(NAMES)].split()[0]} {i + 1}"


def gather(cloud, people):
    """So many terminals with an account and a card each."""
    def one(i):
        terminal = rig.Terminal(f"crowd{i}", cloud)
        terminal.sign_up(f"crowd{i}@example.org", f"FN={name(i)}", f"TEL=+861012345{i:03}", f"EMAIL=crowd{i}@example.org")
        return terminal
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(people)))


def come(crowd, code, members):
    """All of them join; returns when each sees that many members."""
    presses = [terminal.exchange(*code.split(), "--auto") for terminal in crowd]
    for press in presses:
        press.property("MemberCount", members)
    return presses
