# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes scenes, lets "huddle-cloud replay" and the baselines group them, and scores both."""

import contextlib
import io
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import baselines
import make_scenes
import score

CLOUD = pathlib.Path(os.environ.get("top_builddir", ".")) / "huddle-cloud"
DATA = HERE / "data"
SOURCES = {
    "office InVS15": ["--trace", str(DATA / "workplace_InVS15_tij.dat.gz")],
    "office InVS13": ["--trace", str(DATA / "workplace_InVS_tij.dat.zip")],
    "hard": ["--hard", "30"],
    "hard, good GPS": ["--hard", "30", "--mix", "good"],
    "hard, random codes": ["--hard", "30", "--code-mode", "random"],
}
SEMINARS = ["--seminars", "30", "--background", "2"]
SILENT = ["--silent", "40", "--background", "2"]
BASELINES = {
    "patent": baselines.patent,
    "wechat": baselines.wechat,
    "mutual": lambda r: baselines.hear(r, True),
}


def make(arguments, seed, folder):
    """-> the requests with truth, in the order of arrival"""
    path = pathlib.Path(folder) / "truth.jsonl"
    keep, sys.argv = sys.argv, ["make_scenes.py", *arguments, "--seed", str(seed), "-o", str(path)]
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            make_scenes.main()
    finally:
        sys.argv = keep
    return score.load(path)


def without_radio(truth):
    return [dict(r, heard=[], rssi=[], heard_at=[]) for r in truth]


def observable(truth):
    return [{k: r[k] for k in make_scenes.OBSERVABLE} for r in truth]


def replay_with(requests, *options, config=""):
    """-> (groups by the real matcher, what it says of its work); config: text of a configuration file"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "cloud.conf").write_text(config)
        with open(path / "seen.jsonl", "w") as f:
            f.writelines(json.dumps(r) + "\n" for r in requests)
        done = subprocess.run(
            [CLOUD, "--config", path / "cloud.conf", "replay", *options, path / "seen.jsonl"],
            check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def replay(requests, config=None):
    return replay_with(requests, config=config or "")[0]


def asked(told):
    """-> (questions, answers yes) of a replay with answers"""
    return tuple(int(part.split(":")[1]) for part in told.split(","))


# a process of its own: the memory of a child counts from before it is another program
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[2:], check=True, stdout=open(sys.argv[1], "wb"))
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""


def measured(requests, config=""):
    """-> (groups, seconds of processor, megabytes of memory at most) of the real matcher"""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "cloud.conf").write_text(config)
        with open(path / "seen.jsonl", "w") as f:
            f.writelines(json.dumps(r) + "\n" for r in requests)
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, path / "out", CLOUD, "--config", path / "cloud.conf", "replay", path / "seen.jsonl"],
            check=True, stdout=subprocess.PIPE)
        seconds, megabytes = map(float, done.stdout.split())
        return [json.loads(line) for line in (path / "out").read_text().splitlines()], seconds, megabytes


def refusal(lines):
    """What replay says of lines (texts or requests) that it does not take; empty if it takes them."""
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    done = subprocess.run([CLOUD, "--config", os.devnull, "replay", "-"], input=text, text=True, capture_output=True)
    return done.stderr.strip() if done.returncode == 1 and not done.stdout else ""


def scored(truth, assigned):
    return score.summary(score.evaluate([dict(r) for r in truth], assigned))


def by_replay(truth, config=None):
    return scored(truth, replay(observable(truth), config))


def proven(truth, assigned):
    """Who does not know the words gets nothing for its place in the count. An eavesdropper has overheard them."""
    knows = {r["id"] for r in truth if r["role"] in ("member", "eavesdropper")}
    return [a if a["id"] in knows else dict(a, group=None) for a in assigned]


def with_words(truth):
    """Groups where all codes have secret words."""
    return proven(truth, replay([dict(r, words=True) for r in observable(truth)]))


def with_asks(truth):
    """-> (groups where no code has words and people let in those they are with, what replay says of the questions)"""
    party = [dict(r, words=False, true_group=t["true_group"]) for r, t in zip(observable(truth), truth)]
    return replay_with(party, "--asks", "truth")


def by_baseline(truth, rule):
    groups = BASELINES[rule]([dict(r) for r in observable(truth)])
    return scored(truth, [dict(id=i, group=g) for i, g in groups.items()])


def every(truth, config=None):
    """-> {rule: score} of the matcher (huddle) and the baselines"""
    return {"huddle": by_replay(truth, config), **{rule: by_baseline(truth, rule) for rule in BASELINES}}


def shuffled_within(requests, seconds, seed):
    """The same requests, in another order within each stretch of so many seconds."""
    rng = random.Random(seed)
    key = {r["id"]: (r["t_server"] // seconds, rng.random()) for r in requests}
    moved = sorted(requests, key=lambda r: key[r["id"]])
    times = sorted(r["t_server"] for r in requests)
    return [dict(r, t_server=t) for r, t in zip(moved, times)]


def rate(scores, who):
    """-> (admitted, of how many) over several scores"""
    return tuple(sum(s["micro"][who][i] for s in scores) for i in (0, 1))


def flooded(truth, assigned):
    """-> (groups with an intruder, of how many) in the scenes with a flood"""
    label = {a["id"]: a["group"] for a in assigned}
    inside = {}
    for r in truth:
        if r["kind"] == "flood_of_30_silent":
            groups = inside.setdefault(r["scene"], (set(), set()))
            groups[r["role"] == "member"].add(label[r["id"]])
    return sum(bool((members & others) - {None}) for others, members in inside.values()), len(inside)


def mean(scores, part, what):
    return statistics.mean(s[part][what] for s in scores)


def kind_mean(scores, kind, what="f1"):
    return statistics.mean(s["kinds"][kind][what] for s in scores if kind in s["kinds"])


def print_sources(runs):
    """runs: {source: [{rule: score}]}"""
    print("| source | rule | F1 (mean of kinds) | precision | recall | exact groups | remote attackers | strangers | eavesdroppers |")
    print("|---|---|---|---|---|---|---|---|---|")
    for source, seeds in runs.items():
        for rule in seeds[0]:
            s = [scores[rule] for scores in seeds]
            inside = ["%d/%d" % rate(s, who) if rate(s, who)[1] else "–" for who in ("attackers", "strangers", "eavesdroppers")]
            print(f"| {source} | {rule} | {mean(s, 'macro', 'f1'):.3f} | {mean(s, 'macro', 'precision'):.3f} | "
                  f"{mean(s, 'macro', 'recall'):.3f} | {mean(s, 'micro', 'exact'):.3f} | {' | '.join(inside)} |", flush=True)


def below(seeds):
    """-> the kinds in which a baseline is better, with how much"""
    found = {}
    for kind in sorted(seeds[0]["huddle"]["kinds"]):
        best = max(kind_mean([s[rule] for s in seeds], kind) for rule in BASELINES)
        ours = kind_mean([s["huddle"] for s in seeds], kind)
        if ours < best:
            found[kind] = f"{kind} by {best - ours:.3f}"
    return ", ".join(found.values()) or "none"


def print_kinds(seeds, silent):
    """seeds, silent (the same without any radio): [{rule: score}]"""
    rules = list(seeds[0])
    print("| kind | " + " | ".join(rules) + " | exact | no radio: " + " | ".join(r for r in rules if r != "mutual") + " |")
    print("|---|" + "---|" * (2 * len(rules)))
    for kind in sorted(seeds[0]["huddle"]["kinds"]):
        cells = [f"{kind_mean([s[r] for s in seeds], kind):.3f}" for r in rules]
        cells.append(f"{kind_mean([s['huddle'] for s in seeds], kind, 'exact'):.2f}")
        cells += [f"{kind_mean([s[r] for s in silent], kind):.3f}" for r in rules if r != "mutual"]
        print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)


def print_seminars(truths):
    """Of a lecture with three seminars behind it."""
    runs = [every(truth) for truth in truths]
    print("| kind | " + " | ".join(runs[0]) + " |")
    print("|---|" + "---|" * len(runs[0]))
    print("| lecture_hall_3_seminars | " + " | ".join(f"{kind_mean([s[r] for s in runs], 'lecture_hall_3_seminars'):.3f}" for r in runs[0]) + " |")


def print_deciders(truths):
    """Who decides what the evidence cannot: nobody, the proof of the words, or the people who are asked."""
    runs = {
        "the evidence alone": [replay(observable(truth)) for truth in truths],
        "words, proven": [with_words(truth) for truth in truths],
        "a party that answers": [with_asks(truth)[0] for truth in truths],
    }
    print("| who decides | F1 (mean of kinds) | exact, mean of kinds | remote attackers | strangers | eavesdroppers |")
    print("|---|---|---|---|---|---|")
    for name, assigned in runs.items():
        s = [scored(truth, a) for truth, a in zip(truths, assigned)]
        inside = ["%d/%d" % rate(s, who) for who in ("attackers", "strangers", "eavesdroppers")]
        print(f"| {name} | {mean(s, 'macro', 'f1'):.3f} | {mean(s, 'macro', 'exact'):.3f} | {' | '.join(inside)} |", flush=True)
    asks = [asked(with_asks(truth)[1]) for truth in truths]
    people = sum(r["role"] == "member" for truth in truths for r in truth)
    print("questions to a party: %d for %d people, of these yes: %d" % (sum(a for a, _ in asks), people, sum(y for _, y in asks)))


def print_silent(truths):
    """Of scenes in which many have no Bluetooth."""
    runs = [every(truth) for truth in truths]
    for truth, scores in zip(truths, runs):
        scores["words"] = scored(truth, with_words(truth))
        scores["asked"] = scored(truth, with_asks(truth)[0])
    flooded_by = [flooded(truth, replay(observable(truth))) for truth in truths]
    print("| kind | " + " | ".join(runs[0]) + " | exact |")
    print("|---|" + "---|" * (len(runs[0]) + 1))
    for kind in ("half_bluetooth", "two_no_bluetooth_of_six"):
        cells = [f"{kind_mean([s[r] for s in runs], kind):.3f}" for r in runs[0]]
        print(f"| {kind} | " + " | ".join(cells) + f" | {kind_mean([s['huddle'] for s in runs], kind, 'exact'):.2f} |")
    print("groups with an intruder of a flood: %d of %d" % tuple(map(sum, zip(*flooded_by))))
