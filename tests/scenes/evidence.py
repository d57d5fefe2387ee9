# SPDX-License-Identifier: GPL-2.0-or-later
"""Meetings whose radios are switched on one by one: what each piece of true evidence does to the group.

A meeting is made with all radios on. Then it happens again and again, each time with one more person whose radio is on, from
nobody's to everybody's: a sighting is there if both have theirs on. Everything else, fixes, moments, strengths, stays. Each
time is five minutes after the last, so that the times have nothing to do with each other and one recording has all of them.
"""

import collections

import make_scenes
import noise
import score

APART_S = 300
SIZES = (2, 3, 4, 5, 6, 8)


def meetings(seed, n):
    """-> lists of requests with truth; in every second one a stranger 60 m off, without radio, has the same code"""
    world = make_scenes.World(seed)
    rng = world.rng
    for k in range(n):
        name, code, bias, t = f"m{k}", world.codes.pick(rng), noise.shared_bias(rng), 1000 * k
        # whoever presses in the last seconds of a window cannot be asked about before it ends: none is that late
        for r in world.group(name, "meeting", f"{name}/A", rng.choice(SIZES), t, 0, 0, code, bias=bias, ble=True):
            r["t_request"], r["t_server"] = (min(r[f], t + 40.0) for f in ("t_request", "t_server"))
        if k % 2:
            world.request(name, "meeting", f"{name}/x", t + rng.uniform(0, 25), 60, 0, code, room=3, role="stranger", bias=bias,
                          ble=False, site=f"{name}/x")
    noise.sightings(world.reqs, rng, world.ble)
    found = collections.defaultdict(list)
    for r in world.reqs:
        found[r["scene"]].append(r)
    return rng, list(found.values())


def switched_on(meeting, on):
    for r in meeting:
        heard = [e for e in zip(r["heard"], r["rssi"], r["heard_at"]) if r["id"] in on and e[0] in on]
        yield dict(r, heard=[e[0] for e in heard], rssi=[e[1] for e in heard], heard_at=[e[2] for e in heard])


def recording(seed, n):
    """-> requests with truth; the scene is "number of the meeting.radios that are on" """
    rng, all_meetings = meetings(seed, n)
    times, t = [], 0
    for k, meeting in enumerate(all_meetings):
        members = [r["id"] for r in meeting if r["role"] == "member"]
        rng.shuffle(members)
        first = min(r["t_server"] for r in meeting)
        for radios in range(len(members) + 1):
            t += APART_S
            mark = f"{k}.{radios}"
            times += [dict(r, id=f"{mark}.{r['id']}", heard=[f"{mark}.{h}" for h in r["heard"]], scene=mark,
                           true_group=f"{mark}.{r['true_group']}", t_server=round(r["t_server"] - first + t, 3))
                      for r in switched_on(meeting, set(members[:radios]))]
    return sorted(times, key=lambda r: r["t_server"])


def curves(truth, assigned):
    """-> for each meeting its F1 with 0, 1, 2 … radios on"""
    scenes = collections.defaultdict(list)
    for r in truth:
        scenes[r["scene"]].append(dict(r))
    found = collections.defaultdict(list)
    for mark in sorted(scenes, key=lambda m: tuple(map(int, m.split(".")))):
        counted = collections.Counter()
        for c in score.evaluate(scenes[mark], assigned).values():
            counted.update(c)
        found[int(mark.split(".")[0])].append(score.rates(counted)["f1"])
    return list(found.values())


def falls(all_curves):
    """-> (how many switched-on radios made a group worse, of how many)"""
    steps = [(a, b) for c in all_curves for a, b in zip(c, c[1:])]
    return sum(b < a - 1e-9 for a, b in steps), len(steps)


def means(all_curves, thirds=3):
    """-> mean F1 with no radio on, with up to a third of them, two thirds, all"""
    sums = [[] for _ in range(thirds + 1)]
    for c in all_curves:
        for radios, f1 in enumerate(c):
            sums[-(-radios * thirds // (len(c) - 1))].append(f1)
    return [sum(s) / len(s) for s in sums]
