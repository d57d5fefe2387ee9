#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""score.py TRUTH.jsonl ASSIGNED.jsonl [--json]

TRUTH: output of make_scenes.py.  ASSIGNED: lines {"id": ..., "group": ...}; a
missing id or a null group means the request was left alone.

pairwise  over unordered pairs of requests: precision, recall, F1.  "micro"
          counts every pair (200-person scenes dominate), "macro" is the mean of
          the per-kind values.
exact     share of true groups of >=2 people that come out as exactly that set
intruders a stranger / attacker / eavesdropper is admitted when its assigned group
          also holds at least one member of the group it is aimed at (same scene);
          "mixed" = true groups that share an assigned group with an outsider of any sort
lost      members who end up with nobody of their own true group
"""
import argparse, collections, json


def c2(n):
    return n * (n - 1) // 2


def load(path):
    with open(path) as f:
        return [json.loads(l) for l in f if l.strip()]


def evaluate(truth, assigned):
    label = {a['id']: a.get('group') for a in assigned}
    for i, r in enumerate(truth):
        g = label.get(r['id'])
        r['_g'] = ('alone', r['id']) if g is None else ('g', g)
    out = collections.defaultdict(collections.Counter)
    cells = collections.Counter((r['true_group'], r['_g']) for r in truth)
    tsize = collections.Counter(r['true_group'] for r in truth)
    gsize = collections.Counter(r['_g'] for r in truth)
    kind = {r['true_group']: r['kind'] for r in truth}
    # pairs; a wrong pair is charged half to each side's kind
    for t, n in tsize.items():
        out[kind[t]]['true'] += c2(n)
    bygroup = collections.defaultdict(list)
    for (t, g), n in cells.items():
        out[kind[t]]['hit'] += c2(n)
        out[kind[t]]['pred'] += c2(n)
        bygroup[g].append((t, n))
    for parts in bygroup.values():
        tot = sum(n for _, n in parts)
        for t, n in parts:
            out[kind[t]]['pred'] += n * (tot - n) / 2
    where = collections.defaultdict(set)
    for (t, g) in cells:
        where[t].add(g)
    for t, n in tsize.items():
        if n < 2:
            continue
        c = out[kind[t]]
        c['groups'] += 1
        gs = where[t]
        c['exact'] += len(gs) == 1 and gsize[next(iter(gs))] == n
        c['mixed'] += any(len(bygroup[g]) > 1 for g in gs)
    members = {(r['scene'], r['_g']) for r in truth if r['role'] == 'member' and r['kind'] != 'background'}
    for r in truth:
        c = out[r['kind']]
        if r['role'] == 'member':
            c['members'] += 1
            c['lost'] += tsize[r['true_group']] > 1 and cells[r['true_group'], r['_g']] == 1
        else:
            c[r['role'] + 's'] += 1
            c[r['role'] + 's_in'] += (r['scene'], r['_g']) in members
    return out


def rates(c):
    p = c['hit'] / c['pred'] if c['pred'] else 1.0
    r = c['hit'] / c['true'] if c['true'] else 1.0
    return dict(precision=p, recall=r, f1=2 * p * r / (p + r) if p + r else 0.0, exact=c['exact'] / c['groups'] if c['groups'] else 1.0,
                groups=c['groups'], mixed=c['mixed'], members=c['members'], lost=c['lost'],
                **{k: (c[k + '_in'], c[k]) for k in ('strangers', 'attackers', 'eavesdroppers')})


def summary(out):
    tot = collections.Counter()
    for c in out.values():
        tot.update(c)
    s = {'micro': rates(tot)}
    per = {k: rates(c) for k, c in out.items() if k != 'background'}
    s['macro'] = {m: sum(v[m] for v in per.values()) / max(1, len(per)) for m in ('precision', 'recall', 'f1', 'exact')}
    s['kinds'] = {k: rates(c) for k, c in sorted(out.items())}
    return s


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('truth'); a.add_argument('assigned'); a.add_argument('--json', action='store_true')
    o = a.parse_args()
    s = summary(evaluate(load(o.truth), load(o.assigned)))
    if o.json:
        print(json.dumps(s, indent=1)); return
    print(f"{'':28s} prec  rec   F1    exact   groups mixed  lost/members   intruders")
    for k, v in s['kinds'].items():
        who = ' '.join(f'{n[:-1]} {v[n][0]}/{v[n][1]}' for n in ('strangers', 'attackers', 'eavesdroppers') if v[n][1])
        print(f"{k:28s} {v['precision']:.3f} {v['recall']:.3f} {v['f1']:.3f} {v['exact']:6.3f}   {v['groups']:5d} {v['mixed']:5d}  {v['lost']:5d}/{v['members']:<6d} {who}")
    m, x = s['micro'], s['macro']
    print(f"{'ALL micro':28s} {m['precision']:.3f} {m['recall']:.3f} {m['f1']:.3f} {m['exact']:6.3f}   {m['groups']:5d} {m['mixed']:5d}  {m['lost']:5d}/{m['members']}")
    print(f"{'ALL macro (without backgr.)':28s} {x['precision']:.3f} {x['recall']:.3f} {x['f1']:.3f} {x['exact']:6.3f}")
    for n in ('strangers', 'attackers', 'eavesdroppers'):
        print(f"{n} admitted: {m[n][0]} of {m[n][1]}")


if __name__ == '__main__':
    main()
