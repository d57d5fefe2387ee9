# SPDX-License-Identifier: GPL-2.0-or-later
"""Noise models for the scene generator.  Python standard library only.

Every number is marked FIT (estimated from public
measurements) or ASSUMED (no public measurement found; change it freely).

BLE link, phone j -> phone i, strongest packet in one minute:
    rssi = A + (tx - TX_REF) - PL(d) - wall*walls + T_j + R_i + S_ij + W
    PL(d) = 10*n1*log10(d)              for d <= d_break
            ... + 10*n2*log10(d/d_break) beyond
    heard <=> rssi > sens  and  no drop-out
  A, n1, and the four standard deviations: FIT, DP-3T exp05 (20 phones, people
  tracked by camera, phones in pockets / hands / on tables, 19 522 pair-minutes,
  Tobit fit with drop-outs).  n2: chosen between the two UJI rooms (0.8 .. 4.6).
  wall: FIT, DP-3T scenario 06 (brick 4.9 dB, glass 6.3 dB).

Location: error = reported accuracy * ratio; the ratio's quantiles are FIT
  (MobilityNet stationary Android phones).  The mix of fix kinds is ASSUMED.

Clock, network delay, press delay: ASSUMED.
Code popularity: FIT (HIBP hit counts of all 10 000 four-digit strings).
"""
import gzip, math, os

# ------------------------------------------------------------------ BLE
BLE = dict(
    tx=-7.0,        # ASSUMED: Android ADVERTISE_TX_POWER_MEDIUM
    tx_ref=-21.0,   # DP-3T exp05 used ULTRA_LOW
    A=-77.8,        # FIT dBm at 1 m at tx_ref
    n1=1.9,         # FIT 1.5 .. 2.8 by scenario
    n2=3.5,         # see above
    d_break=8.0,    # ASSUMED
    sens=-98.0,     # DP-3T weakest packets -102 .. -105, less a margin for weaker phones
    wall=5.5,       # FIT
    s_tx=4.6, s_rx=2.5, s_pair=5.0, s_within=5.2,   # FIT
    reciprocity=0.89,                               # FIT: correlation of S_ij and S_ji
    dropout=0.06,   # FIT 0.02 (on table) .. 0.30 (pocket, background); 0.06 = standing queue
    p_off=0.04,     # ASSUMED: Bluetooth off / permission refused
    latency=3.0,    # ASSUMED: mean seconds until the first packet, foreground scan
)
ACTIVE = 60.0       # seconds a phone advertises and listens after the button is pressed


def path_loss(d, p=BLE):
    d = max(d, 0.3)
    if d <= p['d_break']:
        return 10 * p['n1'] * math.log10(d)
    return 10 * p['n1'] * math.log10(p['d_break']) + 10 * p['n2'] * math.log10(d / p['d_break'])


def sightings(reqs, rng, p=BLE):
    """Fill heard / rssi / heard_at of every request.

    Hidden inputs per request: site (radio world), x, y [m], room (int; walls
    between = difference of room numbers), t_request, ble (radio on), cap (most
    peers reported).  heard_at = seconds after the listener's own request."""
    sites = {}
    for r in reqs:
        r.update(heard=[], rssi=[], heard_at=[])
        if r.get('ble', True) and r.get('site') is not None:
            r['_tx'], r['_rx'] = rng.gauss(0, p['s_tx']), rng.gauss(0, p['s_rx'])
            sites.setdefault(r['site'], []).append(r)
    rho = p['reciprocity']
    for rs in sites.values():
        rs.sort(key=lambda r: r['t_request'])
        found = {r['id']: [] for r in rs}
        for i, a in enumerate(rs):
            for b in rs[i + 1:]:
                if b['t_request'] - a['t_request'] > ACTIVE - 1:
                    break
                base = (p['A'] + p['tx'] - p['tx_ref'] - path_loss(math.hypot(a['x'] - b['x'], a['y'] - b['y']), p)
                        - p['wall'] * abs(a['room'] - b['room']))
                common = rng.gauss(0, 1) * math.sqrt(rho)
                for rx, tx in ((a, b), (b, a)):
                    s = p['s_pair'] * (common + rng.gauss(0, 1) * math.sqrt(1 - rho))
                    v = base + tx['_tx'] + rx['_rx'] + s + rng.gauss(0, p['s_within'])
                    when = b['t_request'] + rng.expovariate(1 / p['latency'])   # both on since b pressed
                    if v > p['sens'] and rng.random() > p['dropout'] and when < a['t_request'] + ACTIVE:
                        found[rx['id']].append((round(when - rx['t_request'], 2), tx['id'], round(v)))
        for r in rs:
            f = found[r['id']]
            cap = r.get('cap')
            if cap is not None and len(f) > cap:        # scan tables overflow: stronger is likelier kept
                f = sorted(f, key=lambda e: -(e[2] + rng.gauss(0, 6)))[:cap]
            f.sort()
            r['heard'], r['rssi'], r['heard_at'] = [e[1] for e in f], [e[2] for e in f], [e[0] for e in f]


# ------------------------------------------------------------- location
# error / reported accuracy, quantiles FIT on 6 562 fixes of stationary Android phones
RATIO_Q = [(0, 0.0), (0.1, 0.14), (0.25, 0.24), (0.5, 0.40), (0.68, 0.52), (0.75, 0.60), (0.9, 0.81), (0.95, 1.02), (0.99, 2.39), (0.999, 4.38), (1, 6.0)]
# kind: median accuracy m, sigma of ln, min, max
FIX = dict(gnss=(12, .5, 4, 40), wifi=(25, .6, 10, 100), cell=(700, .6, 200, 3000), none=(0, 0, 0, 0), ip=(5000, 0, 5000, 5000))
# share of each kind (ASSUMED).  "typical": the stationary Android phones had p75 22 m, p90 600 m;
# "good": everybody granted precise location and waited for the fix.
MIX = dict(typical=dict(indoor=dict(gnss=.35, wifi=.45, cell=.10, none=.07, ip=.03), outdoor=dict(gnss=.92, wifi=.04, cell=.01, none=.03)),
           good=dict(indoor=dict(gnss=.55, wifi=.42, cell=.01, none=.02), outdoor=dict(gnss=.98, wifi=.01, none=.01)))
LAT0, LON0, EARTH = 47.0, 8.0, 6371008.8      # an arbitrary point; scenes are fictional places around it


def ratio(rng):
    u = rng.random()
    for (p0, v0), (p1, v1) in zip(RATIO_Q, RATIO_Q[1:]):
        if u <= p1:
            return v0 + (v1 - v0) * (u - p0) / (p1 - p0)
    return RATIO_Q[-1][1]


def to_latlon(e, n):
    return (round(LAT0 + math.degrees(n / EARTH), 7),
            round(LON0 + math.degrees(e / (EARTH * math.cos(math.radians(LAT0)))), 7))


def metres(a, b):
    """Distance of two (lat, lon); equirectangular, good to 0.1 % within a city."""
    x = math.radians(b[1] - a[1]) * math.cos(math.radians((a[0] + b[0]) / 2))
    return EARTH * math.hypot(x, math.radians(b[0] - a[0]))


def fix(rng, e, n, indoor=True, kind=None, bias=(0.0, 0.0), ip=None, mix='typical'):
    """-> (lat, lon, accuracy_m) or (None, None, None).  bias: unit-free error vector shared by
    the wifi fixes of one building (neighbours err together).  ip: error vector in metres of the
    building's internet line; 60 % of IP-located phones use that line, the rest a mobile network."""
    if kind is None:
        m = MIX[mix]['indoor' if indoor else 'outdoor']
        kind = rng.choices(list(m), list(m.values()))[0]
    if kind == 'none':
        return None, None, None
    med, sig, lo, hi = FIX[kind]
    acc = min(hi, max(lo, (med if indoor or kind != 'gnss' else 5) * math.exp(rng.gauss(0, sig))))
    if kind == 'ip':
        ee, nn = ip if ip and rng.random() < .6 else ip_error(rng)
    else:
        a, d = rng.uniform(0, 2 * math.pi), acc * ratio(rng)
        ee, nn = d * math.cos(a), d * math.sin(a)
        if kind == 'wifi':
            ee, nn = .8 * ee + .6 * acc * bias[0], .8 * nn + .6 * acc * bias[1]
    lat, lon = to_latlon(e + ee, n + nn)
    return lat, lon, round(acc, 1)


def ip_error(rng):
    """About 2 km in any direction."""
    a, d = rng.uniform(0, 2 * math.pi), 2000 * math.exp(rng.gauss(0, .25))
    return d * math.cos(a), d * math.sin(a)


def shared_bias(rng):
    a, d = rng.uniform(0, 2 * math.pi), ratio(rng)
    return d * math.cos(a), d * math.sin(a)


# ----------------------------------------------------------- time (ASSUMED)
def press_delay(rng):
    """Seconds between the group's start and one member's button press."""
    if rng.random() < .02:
        return rng.uniform(35, 55)
    return min(55.0, rng.lognormvariate(math.log(3.0), .9))


def clock_skew(rng):
    u = rng.random()
    return rng.gauss(0, .5) if u < .85 else rng.gauss(0, 5) if u < .95 else rng.uniform(-30, 30)


def net_delay(rng):
    return rng.lognormvariate(math.log(.15), .6) if rng.random() < .95 else rng.uniform(1, 5)


# ------------------------------------------------------------------- codes
class Codes:
    """Four-digit codes as people choose them; falls back to a crude head if the list is absent."""

    def __init__(self, path=None, mode='human'):
        self.mode, self.codes, self.cum = mode, [], []
        path = path or os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data', 'code-popularity.txt.gz')
        freq = {}
        if os.path.exists(path):
            with gzip.open(path, 'rt', encoding='utf-8-sig') as f:
                for line in f:
                    k, _, v = line.partition(':')
                    if k.strip().isdigit() and v.strip().isdigit():
                        freq[k.strip()] = int(v)
        else:
            freq = {f'{i:04d}': 1 for i in range(10000)}
            freq.update({'1234': 1000, '1111': 180, '0000': 125, '1212': 45, '2222': 33, '4444': 33, '1122': 30})
        s = 0
        for k, v in sorted(freq.items()):
            s += v
            self.codes.append(k); self.cum.append(s)

    def pick(self, rng):
        if self.mode == 'random':
            return f'{rng.randrange(10000):04d}'
        return rng.choices(self.codes, cum_weights=self.cum)[0]

    @staticmethod
    def typo(rng, code):
        i = rng.randrange(len(code))
        return code[:i] + rng.choice([c for c in '0123456789' if c != code[i]]) + code[i + 1:]
