#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Baseline groupings to compare with.

    baselines.py RULE REQUESTS.jsonl > ASSIGNED.jsonl

RULE
  patent   each request is a serial number of three segments (time, place, code).
           It is compared with the FIRST serial of every open group only:
             score = .40*S_time + .35*S_place + .25*S_code
             S_time  = max(0, 1 - |dt| / window)        dt of the phones' own clocks
             S_place = max(0, 1 - metres / scale)       0 when either has no fix
             S_code  = share of digits equal by position (--exact-code: 1 or 0)
           It joins the best group with score >= .75 while that group is open
           (opened <= 60 s ago by the server's clock), else it opens a new one.
  wechat   "face-to-face group" rule: same code, within 100 m of the group's first
           request, at most 60 s after it (server clock); no fix -> cannot join.
  code     same code within 60 s of the first request, nothing else.   (reference)
  hear     same code within 60 s and a chain of BLE sightings, each reported by
           either side.                                                (reference)
  mutual   as hear, but both sides must have reported the sighting.    (reference)
Only observable fields are read.  hear/mutual look at the whole minute
(offline), the other three decide at arrival.
"""
import argparse, collections, json, sys
from noise import metres

W = 60.0


def place(r):
    return None if r['lat'] is None else (r['lat'], r['lon'])


def sequential(reqs, match):
    """match(request, first) -> None or a score; joins the best open group."""
    groups, out = [], {}
    for r in sorted(reqs, key=lambda r: r['t_server']):
        groups = [g for g in groups if r['t_server'] - g['t_server'] <= W]
        best, score = None, None
        for g in groups:
            s = match(r, g)
            if s is not None and (score is None or s > score):
                best, score = g, s
        if best is None:
            groups.append(r)
            best = r
        out[r['id']] = best['id']
    return out


def patent(reqs, scale=100.0, clock='t_device', exact=False, threshold=.75, weights=(.40, .35, .25)):
    def match(r, f):
        st = max(0.0, 1 - abs(r[clock] - f[clock]) / W)
        a, b = place(r), place(f)
        sp = max(0.0, 1 - metres(a, b) / scale) if a and b else 0.0
        same = [x == y for x, y in zip(r['code'], f['code'])]
        sc = float(r['code'] == f['code']) if exact else sum(same) / max(len(r['code']), len(f['code']))
        s = weights[0] * st + weights[1] * sp + weights[2] * sc
        return s if s >= threshold else None
    return sequential(reqs, match)


def wechat(reqs, radius=100.0):
    def match(r, f):
        a, b = place(r), place(f)
        if r['code'] != f['code'] or not a or not b:
            return None
        d = metres(a, b)
        return -d if d <= radius else None
    return sequential(reqs, match)


def code_only(reqs):
    return sequential(reqs, lambda r, f: f['t_server'] - r['t_server'] if r['code'] == f['code'] else None)


def hear(reqs, mutual=False):
    by = {r['id']: r for r in reqs}
    parent = {i: i for i in by}

    def find(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i
    heard = {r['id']: set(r['heard']) for r in reqs}
    for r in reqs:
        for o in r['heard']:
            p = by.get(o)
            if p and p['code'] == r['code'] and abs(p['t_server'] - r['t_server']) <= W and (not mutual or r['id'] in heard[o]):
                parent[find(r['id'])] = find(o)
    return {i: find(i) for i in by}


RULES = dict(patent=patent, wechat=wechat, code=code_only, hear=hear, mutual=lambda r: hear(r, True))


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('rule', choices=RULES); a.add_argument('requests')
    a.add_argument('--scale', type=float, default=100.0, help='patent: metres at which S_place reaches 0')
    a.add_argument('--clock', choices=('t_device', 't_server'), default='t_device', help='patent: whose clock')
    a.add_argument('--exact-code', action='store_true', help='patent: S_code is 1 or 0')
    o = a.parse_args()
    with open(o.requests) as f:
        reqs = [json.loads(l) for l in f if l.strip()]
    res = patent(reqs, o.scale, o.clock, o.exact_code) if o.rule == 'patent' else RULES[o.rule](reqs)
    for i, g in res.items():
        sys.stdout.write(json.dumps(dict(id=i, group=g)) + '\n')


if __name__ == '__main__':
    main()
