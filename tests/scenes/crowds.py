# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings that cost the matcher most: everybody on one route, in one place, or without any."""

import math
import random

METRE = 1 / 111320


def request(rng, name, t, place, heard):
    lat, lon = place or (None, None)
    return dict(id=name, t_server=round(t, 3), code="1234", lat=lat, lon=lon, accuracy_m=20 if place else None, heard=heard,
                rssi=[-65] * len(heard), heard_at=[round(rng.uniform(1, 9), 1) for _ in heard])


def spot(rng, metres):
    return 47 + rng.gauss(0, metres) * METRE, 8 + rng.gauss(0, metres) * METRE


def stadium(n, seconds, seed=7):
    """n people on 200 x 150 m, each hears 64 of those within ten metres or so."""
    rng = random.Random(seed)
    at = [(rng.uniform(0, 200), rng.uniform(0, 150)) for _ in range(n)]
    cells = {}
    for i, (x, y) in enumerate(at):
        cells.setdefault((int(x / 10), int(y / 10)), []).append(i)
    for i, (x, y) in enumerate(at):
        near = [j for a in (-1, 0, 1) for b in (-1, 0, 1) for j in cells.get((int(x / 10) + a, int(y / 10) + b), []) if j != i]
        heard = [f"s{j}" for j in rng.sample(near, min(64, len(near)))]
        yield request(rng, f"s{i}", rng.uniform(0, seconds), (47 + y * METRE, 8 + x * METRE * 1.46), heard)


def pairs_nowhere(n, seconds, seed=7):
    """n presses in pairs, none with a fix."""
    rng = random.Random(seed)
    for i in range(n // 2):
        t = rng.uniform(0, seconds)
        for k in (0, 1):
            yield request(rng, f"w{i}-{k}", t + k * rng.uniform(0, 0.2), None, [f"w{i}-{1 - k}"])


def attack(n, seconds, claims, seed=7):
    """Five honest people who hear each other, h0 to h4, amid n serials; claims(rng, i): the tokens that number i claims."""
    rng = random.Random(seed)
    for k in range(5):
        yield request(rng, f"h{k}", seconds / 2 + rng.uniform(0, 4), spot(rng, 5), [f"h{j}" for j in range(5) if j != k])
    for i in range(n):
        yield request(rng, f"a{i}", rng.uniform(0, seconds), spot(rng, 10), claims(rng, i))


def crowds(n):
    """-> {name: requests in order of arrival}; n: how many in most of them"""
    made = {
        "stadium": stadium(n // 2, 20),
        "pairs without a fix": pairs_nowhere(n, 1),
        "silent in a spot": attack(5 * n, 30, lambda rng, i: []),
        "claims of nobody": attack(n, 30, lambda rng, i: [f"z{rng.getrandbits(40)}" for _ in range(64)]),
        "claims of each other": attack(n, 30, lambda rng, i: [f"a{rng.randrange(n)}" for _ in range(64)]),
        "claims in a ring": attack(n, 30, lambda rng, i: [f"a{(i + d) % n}" for d in range(-32, 33) if d]),
        "claims of the honest": attack(n, 30, lambda rng, i: [f"h{k}" for k in range(5)]),
    }
    return {name: sorted(requests, key=lambda r: r["t_server"]) for name, requests in made.items()}
