#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Turn a real contact trace into a stream of "exchange contacts" requests.

    make_scenes.py --trace data/workplace_InVS15_tij.dat.gz --seed 1 -o out.jsonl
    make_scenes.py --hard 30 --observed obs.jsonl -o out.jsonl

Three sources, any mix (see README.md):
  --trace   people talking face to face in one 60-s window = one group
            (connected component; long chains are cut into cliques);
            BLE sightings, GPS, clocks and codes are simulated (noise.py)
  --hard N  N copies of every hand-made hard situation
  --silent N  the same of situations in which many have no Bluetooth
  --seminars N  N copies of a lecture of sixty with three seminars in the rooms behind it, all with one code
One JSON object per line.  A grouping algorithm may read only OBSERVABLE;
the rest is truth for the scorer.  Python standard library only.
"""
import argparse, collections, gzip, io, json, math, os, random, sys, tarfile, zipfile
import noise

OBSERVABLE = ('id', 't_server', 't_device', 'code', 'lat', 'lon', 'accuracy_m', 'heard', 'rssi', 'heard_at')
FIELDS = ('id', 'scene', 'kind', 'role', 'true_group', 't_request', 'clock_skew_s') + OBSERVABLE[1:]


# ------------------------------------------------------------------ one request
class World:
    def __init__(self, seed, code_mode='human', tx=noise.BLE['tx'], mix='typical'):
        self.rng, self.mix, self.lines = random.Random(seed), mix, {}
        self.codes = noise.Codes(mode=code_mode)
        self.reqs, self.n = [], 0
        self.ble = dict(noise.BLE, tx=tx)

    def request(self, scene, kind, group, t, x, y, code, *, room=0, origin=(0, 0), role='member', indoor=True,
                fixkind=None, at=None, bias=(0, 0), skew=None, ble=None, site='', cap=None):
        """x, y: metres inside the venue; origin: the venue in the city; at: reported true point (spoofing)."""
        g = self.rng
        self.n += 1
        e, n = at if at else (origin[0] + x, origin[1] + y)
        line = self.lines.get(site or scene) or self.lines.setdefault(site or scene, noise.ip_error(g))
        lat, lon, acc = noise.fix(g, e, n, indoor, fixkind, bias, line, self.mix)
        sk = noise.clock_skew(g) if skew is None else skew
        r = dict(id=f'{g.getrandbits(40):010x}', scene=scene, kind=kind, role=role, true_group=group, t_request=round(t, 3),
                 clock_skew_s=round(sk, 2), t_server=round(t + noise.net_delay(g), 3), t_device=round(t + sk, 3), code=code,
                 lat=lat, lon=lon, accuracy_m=acc, x=x + origin[0], y=y + origin[1], room=room, cap=cap,
                 site=site or scene, ble=(g.random() >= self.ble['p_off']) if ble is None else ble)
        self.reqs.append(r)
        return r

    def group(self, scene, kind, name, size, t, cx, cy, code, spread=None, **kw):
        """`size` people in a circle around (cx, cy) who press their buttons from t on."""
        g = self.rng
        rad = spread or max(.45, .7 * size / (2 * math.pi))
        out = []
        for k in range(size):
            a = 2 * math.pi * k / size + g.gauss(0, .1)
            d = 0 if k == 0 else noise.press_delay(g)
            out.append(self.request(scene, kind, name, t + d, cx + rad * math.cos(a), cy + rad * math.sin(a), code, **kw))
        return out

    def background(self, scene, t, n, mark=''):
        """Honest pairs and small groups elsewhere in the city in the same minute; mark: tells the calls of one scene apart."""
        g = self.rng
        for k in range(n):
            d, a = 300 * (50 ** g.random()), g.uniform(0, 2 * math.pi)
            self.group(scene, 'background', f'{scene}/bg{mark}{k}', g.choice([2, 2, 2, 3, 4, 5]), t + g.uniform(-20, 20), 0, 0,
                       self.codes.pick(g), origin=(d * math.cos(a), d * math.sin(a)), indoor=g.random() < .7, site=f'{scene}/bg{k}')


# ---------------------------------------------------------------------- traces
def read_trace(path):
    """Lines 't i j ...' (blank, tab or comma separated; plain, .gz, .zip or .tgz) -> minute -> set of pairs."""
    def lines():
        if path.endswith('.tgz'):
            with tarfile.open(path) as t:
                for m in sorted(t.getmembers(), key=lambda m: m.name):
                    if m.isfile():
                        yield from io.TextIOWrapper(t.extractfile(m), errors='replace')
        elif path.endswith('.zip'):
            with zipfile.ZipFile(path) as z:
                for n in z.namelist():
                    if '.dat' in n and not n.startswith('__'):
                        yield from io.TextIOWrapper(z.open(n))
        else:
            yield from (gzip.open if path.endswith('.gz') else open)(path, 'rt')
    win = collections.defaultdict(set)
    for l in lines():
        v = l.replace(',', ' ').split()
        if len(v) >= 3 and v[0].isdigit() and v[1] != v[2]:
            win[int(v[0]) // 60].add(tuple(sorted(v[1:3])))
    return win


def conversations(pairs, max_size):
    """Connected components of one minute's contact graph; a component that is larger
    than max_size is cut into greedily grown cliques."""
    adj = collections.defaultdict(set)
    for a, b in pairs:
        adj[a].add(b); adj[b].add(a)
    seen, out = set(), []
    for s in sorted(adj):
        if s in seen:
            continue
        comp, stack = set(), [s]
        while stack:
            v = stack.pop()
            if v not in comp:
                comp.add(v); stack += adj[v] - comp
        seen |= comp
        if len(comp) <= max_size:
            out.append(sorted(comp))
            continue
        left = set(comp)
        while left:
            v = max(sorted(left), key=lambda v: len(adj[v] & left))
            clique = {v}
            for u in sorted(adj[v] & left, key=lambda u: (-len(adj[u] & left), u)):
                if len(clique) < max_size and clique <= adj[u]:
                    clique.add(u)
            left -= clique
            if len(clique) > 1:
                out.append(sorted(clique))
    return out


def trace_scenes(w, path, n_groups, p_same, max_size, bg, t0):
    win = read_trace(path)
    g = w.rng
    name = os.path.basename(path).split('.')[0]
    conv = {m: conversations(e, max_size) for m, e in sorted(win.items())}
    total = sum(map(len, conv.values()))
    p = min(1.0, n_groups / max(1, total))
    first, last_seen, made = min(conv), {}, 0
    bias = {}
    for m, groups in conv.items():
        spots, lastcode = [], None
        base = t0 + (m - first) * 60
        for k, people in enumerate(groups):
            # every conversation of the minute has a place, exchanging or not: 3 rooms of 20 x 15 m in a row
            for _ in range(40):
                cx, cy = g.uniform(1, 59), g.uniform(1, 14)
                if all(math.hypot(cx - a, cy - b) > 1.8 for a, b in spots):
                    break
            spots.append((cx, cy))
            if g.random() >= p or any(base - last_seen.get(v, -1e9) < 180 for v in people):
                continue
            for v in people:
                last_seen[v] = base
            code = lastcode if lastcode and g.random() < p_same else w.codes.pick(g)
            lastcode = code
            scene = f'{name}-{m - first}'
            room = int(cx // 20)
            b = bias.setdefault((m // 30, room), noise.shared_bias(g))
            w.group(scene, 'trace', f'{scene}/{k}', len(people), base + g.uniform(0, 40), cx, cy, code, room=room, site=name, bias=b)
            made += 1
            if g.random() < bg:
                w.background(scene, base + 30, 1, f'{k}-')
    print(f'{name}: {len(conv)} minutes, {total} conversations, {made} exchanges', file=sys.stderr)
    return t0 + (max(conv) - first + 10) * 60


# -------------------------------------------------------------- hard situations
def hard_scenes(w, reps, big_reps, bg, t0):
    g = w.rng
    t = t0

    def start(kind, k):
        nonlocal t
        t += 300
        scene = f'{kind}-{k}'
        w.background(scene, t + 15, bg)
        d, a = g.uniform(0, 8000), g.uniform(0, 6.283)
        return scene, (d * math.cos(a), d * math.sin(a)), w.codes.pick(g), noise.shared_bias(g)

    def size():
        return g.choice([2, 2, 3, 3, 4, 5, 6, 8])

    def two(kind, k, dx, room_b, code_b, dt=20):
        s, o, c, b = start(kind, k)
        w.group(s, kind, s + '/A', max(3, size()), t, 0, 0, c, origin=o, bias=b)
        w.group(s, kind, s + '/B', max(3, size()), t + g.uniform(0, dt), dx, g.uniform(-1, 1), code_b(c), room=room_b, origin=o, bias=b)

    for k in range(reps):
        two('adjacent_rooms_same_code', k, g.uniform(4, 8), 1, lambda c: c)
        two('same_room_same_code', k, g.uniform(4, 7), 0, lambda c: c)
        two('same_room_code_typo_apart', k, g.uniform(3, 6), 0, lambda c: w.codes.typo(g, c))

        kind = 'stranger_200m_same_code'
        s, o, c, b = start(kind, k)
        w.group(s, kind, s + '/A', size(), t, 0, 0, c, origin=o, bias=b)
        w.request(s, kind, s + '/x', t + g.uniform(0, 25), 200, 0, c, origin=o, role='stranger', indoor=g.random() < .5)

        kind = 'stranger_60m_same_code'
        s, o, c, b = start(kind, k)
        w.group(s, kind, s + '/A', size(), t, 0, 0, c, origin=o, bias=b)
        w.request(s, kind, s + '/x', t + g.uniform(0, 25), 60, 0, c, room=3, origin=o, role='stranger', bias=b)

        for kind, what in (('member_no_fix', dict(fixkind='none')), ('member_ip_located', dict(fixkind='ip')), ('member_cell_located', dict(fixkind='cell')),
                           ('member_clock_off_30s', None), ('member_late_50s', None), ('member_no_bluetooth', dict(ble=False)), ('member_code_typo', None)):
            s, o, c, b = start(kind, k)
            w.group(s, kind, s + '/A', max(3, size()) - 1, t, 0, 0, c, origin=o, bias=b)
            kw = dict(what or {})
            dt, cc = noise.press_delay(g), c
            if kind == 'member_clock_off_30s': kw['skew'] = g.choice([-30.0, 30.0])
            if kind == 'member_late_50s': dt = 50.0
            if kind == 'member_code_typo': cc = w.codes.typo(g, c)
            w.request(s, kind, s + '/A', t + dt, .8, .3, cc, origin=o, bias=b, **kw)

        kind = 'all_no_fix'
        s, o, c, b = start(kind, k)
        w.group(s, kind, s + '/A', size(), t, 0, 0, c, origin=o, fixkind='none')

        kind = 'all_coarse_same_code_3km'
        s, o, c, b = start(kind, k)
        w.group(s, kind, s + '/A', size(), t, 0, 0, c, origin=o, fixkind='ip')
        w.group(s, kind, s + '/B', size(), t + g.uniform(0, 15), 0, 0, c, origin=(o[0] + 3000, o[1]), fixkind='ip', site=s + '/B')

        kind = 'remote_attacker_spoofs_gps'                      # knows code and place, hears nobody
        s, o, c, b = start(kind, k)
        w.group(s, kind, s + '/A', max(3, size()), t, 0, 0, c, origin=o, bias=b)
        w.request(s, kind, s + '/x', t + g.uniform(1, 25), 0, 0, c, at=o, fixkind='gnss', site=s + '/far', skew=0, role='attacker')

        kind = 'remote_attacker_lies_heard'                      # ... and claims to have heard two members
        s, o, c, b = start(kind, k)
        m = w.group(s, kind, s + '/A', max(3, size()), t, 0, 0, c, origin=o, bias=b)
        r = w.request(s, kind, s + '/x', t + g.uniform(5, 30), 0, 0, c, at=o, fixkind='gnss', site=s + '/far', skew=0, role='attacker')
        r['lie'] = [(1.0, v['id'], -60) for v in m[:2]]

        kind = 'remote_sybils_3'                                 # three together, hear each other only
        s, o, c, b = start(kind, k)
        w.group(s, kind, s + '/A', max(3, size()), t, 0, 0, c, origin=o, bias=b)
        for q in range(3):
            w.request(s, kind, f'{s}/x{q}', t + g.uniform(1, 25), 1000 + q, 0, c, at=o, fixkind='gnss', site=s + '/far', skew=0, role='attacker', ble=True)

        kind = 'attacker_first'                                  # opens the group before the members do
        s, o, c, b = start(kind, k)
        w.request(s, kind, s + '/x', t - g.uniform(1, 5), 0, 0, c, at=o, fixkind='gnss', site=s + '/far', skew=0, role='attacker')
        w.group(s, kind, s + '/A', max(3, size()), t, 0, 0, c, origin=o, bias=b)

        kind = 'eavesdropper_in_room'                            # really there, overheard the code: undecidable by radio
        s, o, c, b = start(kind, k)
        w.group(s, kind, s + '/A', max(3, size()), t, 0, 0, c, origin=o, bias=b)
        w.request(s, kind, s + '/x', t + g.uniform(3, 30), 5, 2, c, origin=o, role='eavesdropper', bias=b, ble=True)

        kind = 'back_to_back_same_people'                        # 75 s later, same people, same code
        s, o, c, b = start(kind, k)
        q = size()
        w.group(s, kind, s + '/A', q, t, 0, 0, c, origin=o, bias=b)
        w.group(s, kind, s + '/B', q, t + 75, 0, 0, c, origin=o, bias=b)
        t += 120

        kind = 'queue_30m_chain'                                 # 20 people along 30 m; the ends barely hear each other
        s, o, c, b = start(kind, k)
        for q in range(20):
            w.request(s, kind, s + '/A', t + (noise.press_delay(g) if q else 0), 1.5 * q, g.gauss(0, .2), c, origin=o, bias=b)

    for k in range(big_reps):                                    # 200 in a hall, each reports about 20 peers
        kind = 'big_200_hears_20'
        s, o, c, b = start(kind, k)
        for q in range(200):
            w.request(s, kind, s + '/A', t + (0 if q == 0 else min(55, g.expovariate(1 / 12))), g.uniform(0, 25), g.uniform(0, 20), c,
                      origin=o, bias=b, cap=max(3, round(g.gauss(20, 4))))
    return t + 600


# ------------------------------------------------------- many without Bluetooth
def silent_scenes(w, reps, bg, t0):
    g = w.rng
    t = t0
    for k in range(reps):
        for kind in ('half_bluetooth', 'two_no_bluetooth_of_six', 'flood_of_30_silent'):
            t += 300
            s, c, b = f'{kind}-{k}', w.codes.pick(g), noise.shared_bias(g)
            d, a = g.uniform(0, 8000), g.uniform(0, 6.283)
            o = (d * math.cos(a), d * math.sin(a))
            w.background(s, t + 15, bg)
            size = {'half_bluetooth': g.choice([4, 6, 8]), 'two_no_bluetooth_of_six': 6}.get(kind, max(3, g.choice([2, 2, 3, 3, 4, 5, 6, 8])))
            for i, r in enumerate(w.group(s, kind, s + '/A', size, t, 0, 0, c, origin=o, bias=b)):
                if kind == 'half_bluetooth': r['ble'] = i % 2 == 0
                if kind == 'two_no_bluetooth_of_six': r['ble'] = i not in (2, 4)
            if kind == 'flood_of_30_silent':                     # k even: at any moment; odd: as members press
                for q in range(30):
                    w.request(s, kind, f'{s}/x{q}', t + (g.uniform(1, 25) if k % 2 == 0 else noise.press_delay(g)), 0, 0, c, at=o,
                              fixkind='gnss', site=f'{s}/far', skew=0, role='attacker', ble=False)
    return t + 600


# ---------------------------------------------------------- a hall and seminars
def seminar_scenes(w, reps, bg, t0):
    g = w.rng
    t, kind = t0, 'lecture_hall_3_seminars'
    for k in range(reps):
        t += 400
        s, b = f'{kind}-{k}', noise.shared_bias(g)
        d, a = g.uniform(0, 8000), g.uniform(0, 6.283)
        o = (d * math.cos(a), d * math.sin(a))
        w.background(s, t + 15, bg)
        for q in range(60):
            w.request(s, kind, s + '/hall', t + (noise.press_delay(g) if q else 0), g.uniform(0, 18), g.uniform(0, 12), '1234', origin=o, bias=b)
        for j in range(3):
            first = t + g.uniform(-15, 25)
            for q in range(g.randint(6, 14)):
                w.request(s, kind, f'{s}/seminar{j}', first + (noise.press_delay(g) if q else 0), 6 * j + g.uniform(.5, 5.5),
                          14 + g.uniform(0, 5), '1234', origin=o, bias=b, room=j + 1)
    return t + 600


# -------------------------------------------------------------------------- main
def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--trace', action='append', default=[])
    a.add_argument('--groups', type=int, default=800, help='exchanges to draw from each trace')
    a.add_argument('--max-size', type=int, default=8, help='larger conversations are cut into cliques')
    a.add_argument('--p-same-code', type=float, default=.15, help='chance that the next group of the same minute uses the same code')
    a.add_argument('--hard', type=int, default=0, metavar='N')
    a.add_argument('--silent', type=int, default=0, metavar='N', help='copies of each situation in which many have no Bluetooth')
    a.add_argument('--seminars', type=int, default=0, metavar='N', help='copies of a lecture with three seminars behind it')
    a.add_argument('--big', type=int, default=3, help='copies of the 200-person scene (with --hard)')
    a.add_argument('--background', type=int, default=3, help='honest groups elsewhere per hard scene')
    a.add_argument('--code-mode', choices=('human', 'random'), default='human')
    a.add_argument('--mix', choices=list(noise.MIX), default='typical', help='share of good, coarse and missing location fixes')
    a.add_argument('--tx', type=float, default=noise.BLE['tx'], help='BLE transmit power, dBm')
    a.add_argument('--seed', type=int, default=1)
    a.add_argument('--observed', help='also write a file with the observable fields only')
    a.add_argument('-o', '--out', required=True)
    o = a.parse_args()
    w = World(o.seed, o.code_mode, o.tx, o.mix)
    t = 0.0
    for p in o.trace:
        t = trace_scenes(w, p, o.groups, o.p_same_code, o.max_size, .3, t)
    if o.hard:
        t = hard_scenes(w, o.hard, o.big, o.background, t + 600)
    if o.silent:
        t = silent_scenes(w, o.silent, o.background, t + 600)
    if o.seminars:
        t = seminar_scenes(w, o.seminars, o.background, t + 600)
    noise.sightings(w.reqs, w.rng, w.ble)
    for r in w.reqs:                                             # lies come on top of the simulation
        for e in r.get('lie') or ():
            r['heard_at'].append(e[0]); r['heard'].append(e[1]); r['rssi'].append(e[2])
    w.reqs.sort(key=lambda r: r['t_server'])
    with open(o.out, 'w') as f:
        for r in w.reqs:
            f.write(json.dumps({k: r[k] for k in FIELDS}) + '\n')
    if o.observed:
        with open(o.observed, 'w') as f:
            for r in w.reqs:
                f.write(json.dumps({k: r[k] for k in OBSERVABLE}) + '\n')
    c = collections.Counter(r['kind'] for r in w.reqs)
    print(f'{len(w.reqs)} requests, {len({r["true_group"] for r in w.reqs})} true groups;', dict(c), file=sys.stderr)


if __name__ == '__main__':
    main()
