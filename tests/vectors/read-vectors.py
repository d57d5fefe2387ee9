#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks every value of the vectors with the second implementation in huddle.py."""

import hashlib
import json
import pathlib
import re
import sys

from fields import TEXT_FIELDS

HERE = pathlib.Path(__file__).resolve().parent
try:
    import huddle as h
except ImportError as missing:
    print(f"SKIP: {missing} (Debian: python3-nacl)")
    sys.exit(77)

from nacl import bindings as na


def decode(value, name=""):
    """JSON to Python: what is written in hex becomes bytes."""
    if isinstance(value, dict):
        return {k: decode(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [decode(v) for v in value]
    if isinstance(value, str) and name not in TEXT_FIELDS:
        return bytes.fromhex(value)
    return value


def words():
    """The word list, as the page prints it, where it is the one whose hash the page gives."""
    page = (HERE.parents[1] / "docs" / "protocol.md").read_text()
    listed = re.search(r"### The words\n\n```\n([a-z \n]+)```", page)[1].split()
    digest = hashlib.blake2b("".join(f"{word}\n" for word in listed).encode(), digest_size=32).hexdigest()
    h.require(f"{digest}      # huddle words" in page, "the words of the page are not those it gives the hash of")
    return listed


class Checks:
    def __init__(self):
        self.made = 0
        self.failed = 0

    def same(self, what, ours, theirs):
        self.made += 1
        if ours != theirs:
            self.failed += 1
            print(f"FAIL: {what}: {ours!r} is not {theirs!r}")

    def refuses(self, what, function, *arguments):
        self.made += 1
        try:
            function(*arguments)
        except h.Refused:
            return
        self.failed += 1
        print(f"FAIL: {what}: was accepted")


def flipped(data):
    return data[:-1] + bytes([data[-1] ^ 1])


def check_digest(c, d):
    fields = (d["field_1"], d["field_2"], h.u64(d["field_3_as_u64"]))
    c.same("digest", h.digest(d["label"], *fields), d["digest"])
    keyed = h.digest(d["label"], d["field_1"], key=d["key"])
    c.same("keyed digest", keyed, d["keyed_digest_of_label_and_field_1"])


def check_session(c, v):
    cloud, s, e, t, a = (v[k] for k in ("cloud_identity", "session", "envelope", "ticket", "account"))
    c.same("cloud box key", na.crypto_scalarmult_base(cloud["box_private"]), cloud["box_key"])
    c.same("cloud sign key", na.crypto_sign_seed_keypair(cloud["sign_seed"])[0], cloud["sign_key"])
    c.same("identity", h.identity_text(cloud["box_key"], cloud["sign_key"]), cloud["text"])
    c.same("words", h.cloud_words(cloud["box_key"], cloud["sign_key"], words()), cloud["words"])
    where = f"?c=https://cloud.example:8470&k={cloud['text']}"
    c.same("link to join", f"huddle:join{where}#4821-maple-tiger", v["links"]["join"])
    c.same("link to the cloud", f"huddle:cloud{where}", v["links"]["cloud"])
    c.same("session key", na.crypto_scalarmult_base(s["terminal_private"]), s["terminal_public"])
    keys = h.session_keys_of_cloud(cloud["box_private"], s["terminal_public"])
    c.same("keys of the session", keys, (s["to_cloud"], s["to_terminal"]))
    request, nonce = h.open_request(e["sealed_request"], keys[0])
    c.same("session key in the request", e["sealed_request"][1:33], s["terminal_public"])
    c.same("request", request, e["request"])
    c.same("response", h.open_response(e["sealed_response"], nonce, keys[1]), e["response"])
    c.refuses("answer to another request", h.open_response, e["sealed_response"], flipped(nonce), keys[1])
    c.refuses("altered request", h.open_request, flipped(e["sealed_request"]), keys[0])
    sealed = (t["account"], t["epoch"], t["session_key"], t["expires_ms"])
    c.same("ticket", h.open_ticket(t["ticket"], t["ticket_key"]), sealed)
    n = v["succession"]
    c.same("key that follows", na.crypto_sign_seed_keypair(n["next_sign_seed"])[0], n["next_sign_key"])
    ends = (cloud["box_key"] + cloud["sign_key"], n["next_box_key"] + n["next_sign_key"])
    c.same("succession", h.read_succession(n["succession"]), (*ends, n["made_ms"], n["until_ms"]))
    c.refuses("altered succession", h.read_succession, flipped(n["succession"]))
    c.same("account key", na.crypto_sign_seed_keypair(a["sign_seed"])[0], a["account_key"])
    both = (a["cloud_key"], a["session_key"])
    h.signed_by(a["account_key"], h.digest("huddle v1 session", *both), a["session_signature"])
    consent = (a["handle"].encode(), h.u64(a["consent_version"]))
    h.signed_by(a["account_key"], h.digest("huddle v1 register", *both, *consent), a["register_signature"])
    check_guests(c, v, both[0], both[1])
    for n in v["record_numbers"]:
        c.same("check digit", h.check_digit(n["number"][:10]), n["number"][10])


def opening_of(m):
    return tuple(m[k] for k in ("id", "box_key", "sign_key", "hash1", "hash2", "nonce"))


def check_guests(c, v, cloud_key, session_key):
    g = v["guests"]
    c.same("key of a guest", na.crypto_sign_seed_keypair(g["sign_seed"])[0], g["account_key"])
    consent = h.u64(g["consent_version"])
    signed = h.digest("huddle v1 guest account", cloud_key, session_key, consent)
    h.signed_by(g["account_key"], signed, g["guest_signature"])
    c.same("screen", h.digest("huddle v1 screen", g["press_token"])[:8], g["screen"])
    where = f"?c=https://cloud.example:8470&k={v['cloud_identity']['text']}&t={g['screen'].hex()}"
    c.same("link of a guest", f"https://cards.example/#4821{where}", g["link"])
    for word in ("guest", "welcome", "refused"):
        c.same("mark", h.digest("huddle v1 guests", word.encode())[:16], g[word])
    c.same("mark of the opening", g["nonce"][:16], g["guest"])
    c.same("commitment of a guest", h.commitment(opening_of(g)), g["commitment"])


def check_members(c, members):
    for m in members:
        c.same("box key", na.crypto_scalarmult_base(m["box_private"]), m["box_key"])
        c.same("sign key", na.crypto_sign_seed_keypair(m["sign_seed"])[0], m["sign_key"])
        c.same("commitment", h.commitment(opening_of(m)), m["commitment"])
        for part in (1, 2):
            sealed = m[f"sealed_{part}"]
            text = h.open_card(sealed, m[f"card_key_{part}"], m["id"], part)
            c.same("hash", h.part_hash(sealed), m[f"hash{part}"])
            c.same("card", text.decode(), m[f"part_{part}"])
            c.refuses("card as the other part", h.open_card, sealed, m[f"card_key_{part}"], m["id"], 3 - part)


def check_group(c, v, cloud_sign_key):
    members = {m["id"]: m for m in v["members"]}
    check_members(c, v["members"])
    r = v["roster"]
    roster = h.read_roster(r["bytes"], r["signature"], cloud_sign_key)
    c.refuses("altered roster", h.read_roster, flipped(r["bytes"]), r["signature"], cloud_sign_key)
    c.same("roster", roster["commitments"], {i: m["commitment"] for i, m in members.items()})
    c.same("record number", (roster["number"], roster["closed_at_ms"]), (r["record_number"], r["closed_at_ms"]))
    c.same("opener", roster["opener"], r["opener"])
    th = h.transcript(r["bytes"], r["signature"], [opening_of(m) for m in v["members"]])
    c.same("transcript", th, v["transcript"]["transcript"])
    c.same("phrase", h.phrase(th, words()), v["transcript"]["phrase"])
    gk = v["group_key"]["key"]
    c.same("key id", h.digest("huddle v1 key id", gk)[:8], v["group_key"]["key_id"])
    for m in v["messages"]:
        check_message(c, m, th, gk, members)
    for p in v.get("proofs", []):
        check_proof(c, v, p, th, gk, members)
    return roster


def check_proof(c, v, p, th, gk, members):
    """Both sides of a run, from the scalars that only they have."""
    sponsor, joiner = p["sponsor"], p["joiner"]

    def said(kind, sender, receiver):
        (m,) = [m for m in v["messages"] if (m["kind"], m["from"], m["to"]) == (kind, sender, receiver)]
        c.same("run", m["run"], p["run"])
        return m["body"]

    offer, answer, key_message = said(4, sponsor, joiner), said(5, joiner, sponsor), said(1, sponsor, joiner)
    run = h.Run(v["words"], th, opening_of(members[sponsor]), opening_of(members[joiner]))
    c.same("Ya", run.share(p["sponsor_scalar"]), offer)
    c.same("Yb", run.share(p["joiner_scalar"]), answer[:32])
    at_sponsor = run.finish(p["sponsor_scalar"], True, offer, answer[:32])
    c.same("both sides of a run", run.finish(p["joiner_scalar"], False, offer, answer[:32]), at_sponsor)
    c.same("tag of the joiner", answer[32:], at_sponsor[1])
    c.same("group key of a run", run.open_group_key(key_message, at_sponsor[0], at_sponsor[2]), gk)
    c.refuses("altered group key message", run.open_group_key, flipped(key_message), at_sponsor[0], at_sponsor[2])
    other = h.Run("tiger maple", th, opening_of(members[sponsor]), opening_of(members[joiner]))
    c.same("other words, another share", other.share(p["sponsor_scalar"]) == offer, False)
    swapped = h.Run(v["words"], th, opening_of(members[joiner]), opening_of(members[sponsor]))
    c.same("roles are in the share", swapped.share(p["sponsor_scalar"]) == offer, False)


def check_message(c, m, th, gk, members):
    sender = members[m["from"]]
    h.signed_by(sender["sign_key"], h.message_digest(th, m), m["signature"])
    if m["kind"] in (4, 5) or len(m["body"]) == 136:
        return  # a run of the proof: check_proof
    if m["kind"] == 1:
        own = members[m["to"]]["box_private"]
        c.same("group key", h.unbox_group_key(m["body"], th, own, sender["box_key"]), gk)
        c.same("nonce", h.nonce(sender["box_private"], gk, th, members[m["to"]]["box_key"]), m["body"][:24])
        c.refuses("altered box", h.unbox_group_key, flipped(m["body"]), th, own, sender["box_key"])
    else:
        part = m["kind"] - 1
        key, context = sender[f"card_key_{part}"], th + m["from"] + bytes([part])
        c.same("card key", h.unwrap_card_key(m["body"], gk, th, m["from"], part), key)
        c.same("nonce", h.nonce(h.subkey(gk, 1), key, th, context), m["body"][:24])
        c.refuses("altered wrapping", h.unwrap_card_key, flipped(m["body"]), gk, th, m["from"], part)


def check_list(c, v, roster, cloud_sign_key):
    head = v["list_head"]
    entries = h.read_list_head(head["bytes"], head["signature"], cloud_sign_key, roster)
    wanted = {m["id"]: h.list_entry(m["id"], m["hash1"], m["hash2"]) for m in v["members"]}
    c.same("list head", entries, wanted)


def check_record(c, v):
    r, gk = v["record"], v["group_key"]["key"]
    number, th = r["number"], v["transcript"]["transcript"]
    c.same("number of the record", number, v["roster"]["record_number"])
    c.same("subkey of the members' half", h.subkey(gk, 3), r["subkey_3"])
    password = h.record_password(r["half"], gk)
    c.same("record password", "-".join(password[i:i + 4] for i in range(0, 16, 4)), r["password"])
    c.same("as it is typed", h.read_record_password(f" {r['password'].lower().replace('-', ' ')}\n"), password)
    where = v["links"]["cloud"].removeprefix("huddle:cloud")
    c.same("link", f"huddle:r/{number}{where}#{r['password']}", r["link"])
    c.same("link of a page", f"https://cards.example/r/#{number}-{r['password']}{where}", r["page_link"])
    token, escrow_key = h.record_keys(number, password)
    c.same("token and escrow key", (token, escrow_key), (r["token"], r["escrow_key"]))
    c.same("hash of the token", h.digest("huddle v1 record token", number.encode(), token), r["token_hash"])
    c.same("escrow", h.open_escrow(r["escrow"], escrow_key, number), (gk, th))
    c.same("nonce of the escrow", h.nonce(escrow_key, gk, th, number.encode()), r["escrow"][:24])
    c.refuses("altered escrow", h.open_escrow, flipped(r["escrow"]), escrow_key, number)
    c.refuses("escrow of another number", h.open_escrow, r["escrow"], escrow_key, "98765432107")
    for wrong in ("", password[:-1], password + "2", "O" + password[1:], "0" + password[1:], "I" + password[1:]):
        c.refuses(f"password {wrong!r}", h.read_record_password, wrong)


def check_refused(c, v):
    for r in v["refused_requests"]:
        c.refuses(r["what"], h.open_request, r["sealed_request"], v["session"]["to_cloud"])
    sign_key = v["cloud_identity"]["sign_key"]
    for r in v["refused_rosters"]:
        h.signed_by(sign_key, h.digest("huddle v1 roster", r["bytes"]), r["signature"])
        c.refuses(r["what"], h.read_roster, r["bytes"], r["signature"], sign_key)
    for o in v["refused_openings"]:
        c.same("commitment", h.commitment(opening_of(o)), o["commitment"])
        c.refuses(o["what"], h.check_opening, opening_of(o), o["commitment"])


# ---- the recorded exchange, followed as one terminal sees it


def read_message(data):
    m = h.fields(data)
    values = {"from": 1, "to": 2, "body": 4, "signature": 5, "key_id": 6}
    return {"kind": h.one(m, 3, 0), "run": h.one(m, 7, 0), **{k: h.one(m, n) for k, n in values.items()}}


class Follower:
    """One terminal: what it knew from the start, and what the steps taught it."""

    BODIES = {16: "watched", 17: "list_page"}

    def __init__(self, own, cloud_sign_key):
        self.own = own
        self.cloud = cloud_sign_key
        self.messages = []
        self.pieces = {}
        self.head = None

    def response(self, data):
        for number, name in self.BODIES.items():
            if number in data:
                getattr(self, name)(h.fields(h.one(data, number)))

    def watched(self, w):
        if 6 in w:
            signed = h.fields(h.one(w, 6))
            self.roster_bytes, self.roster_signature = h.one(signed, 1), h.one(signed, 2)
            self.roster = h.read_roster(self.roster_bytes, self.roster_signature, self.cloud)
            h.require(self.roster["commitments"][self.own["id"]] == self.own["commitment"], "own commitment")
        if 7 in w:
            openings = [tuple(h.one(o, n) for n in range(1, 7)) for o in map(h.fields, w[7])]
            h.require(len(openings) == h.one(w, 8, 0), "final openings")
            for o in openings:
                h.check_opening(o, self.roster["commitments"][o[0]])
            self.openings = {o[0]: o for o in openings}
            self.th = h.transcript(self.roster_bytes, self.roster_signature, openings)
        self.messages += map(read_message, w.get(9, []))

    def list_page(self, page):
        if 1 in page:
            signed = h.fields(h.one(page, 1))
            self.head = h.read_list_head(h.one(signed, 1), h.one(signed, 2), self.cloud, self.roster)
        for p in map(h.fields, page.get(2, [])):
            part = self.pieces.setdefault((h.one(p, 1), h.one(p, 2, 0)), bytearray())
            h.require(h.one(p, 3, 0) == len(part), "order of pieces")
            part += h.one(p, 5)

    def group_key(self):
        if self.own["group_key"]:
            return self.own["group_key"]
        (m,) = [m for m in self.messages if m["kind"] == 1]
        h.require(m["to"] == self.own["id"], "receiver")
        if self.own["scalar"]:
            return self.proven_key(m)
        return h.unbox_group_key(m["body"], self.th, self.own["box_private"], self.openings[m["from"]][1])

    def proven_key(self, m):
        """As a joiner that knows the words, and the scalar with which it has answered."""
        (offer,) = [o["body"] for o in self.messages if o["kind"] == 4]
        run = h.Run(self.own["words"], self.th, self.openings[m["from"]], self.openings[self.own["id"]])
        tag, _, key = run.finish(self.own["scalar"], False, offer, run.share(self.own["scalar"]))
        return run.open_group_key(m["body"], tag, key)

    def cards(self):
        """{(id, part): text} of the others."""
        gk, found = self.group_key(), {}
        for m in self.messages:
            h.signed_by(self.openings[m["from"]][2], h.message_digest(self.th, m), m["signature"])
            if m["kind"] not in (2, 3) or m["from"] == self.own["id"]:
                continue
            part = m["kind"] - 1
            sealed = bytes(self.pieces[m["from"], part])
            h.require(h.part_hash(sealed) == self.openings[m["from"]][2 + part], "hash of a part")
            key = h.unwrap_card_key(m["body"], gk, self.th, m["from"], part)
            found[m["from"], part] = h.open_card(sealed, key, m["from"], part).decode()
        for o in self.openings.values():
            h.require(self.head[o[0]] == h.list_entry(o[0], o[3], o[4]), "entry of the list")
        return found


def check_tickets(c, v, steps):
    for s in steps:
        if 14 not in s["response"] and 10 in s["response"]:
            ticket = h.one(h.fields(h.one(s["response"], 10)), 1)
            account, _, session_key, _ = h.open_ticket(ticket, v["ticket_key"])
            c.same("ticket", (account, session_key), (s["terminal"] + 1, v["terminals"][s["terminal"]]["session_key"]))


def check_exchange(c, v):
    cloud = v["cloud_sign_key"]
    check_group(c, v, cloud)
    steps = [{**s, "request": h.fields(s["request"]), "response": h.fields(s["response"])} for s in v["steps"]]
    check_tickets(c, v, steps)
    for s in steps:
        c.same("id of the answer", h.one(s["request"], 1), h.one(s["response"], 1))
        c.same("status", h.one(s["response"], 2, 0), 0)
    for i, m in enumerate(v["members"]):
        own = {"group_key": v["group_key"]["key"] if i == 0 else None, "words": v.get("words"),
               "scalar": next((p["joiner_scalar"] for p in v.get("proofs", []) if p["joiner"] == m["id"]), None)}
        follower = Follower({**m, **own}, cloud)
        for s in steps:
            if s["terminal"] == i:
                follower.response(s["response"])
        wanted = {(o["id"], p): o[f"part_{p}"] for o in v["members"] if o is not m for p in (1, 2)}
        c.same(f"cards of terminal {i}", follower.cards(), wanted)


def main():
    c = Checks()
    v = decode(json.loads((HERE / "huddle-v1.json").read_text()))
    check_digest(c, v["digest"])
    check_session(c, v)
    cloud_sign_key = v["cloud_identity"]["sign_key"]
    check_list(c, v, check_group(c, v, cloud_sign_key), cloud_sign_key)
    check_record(c, v)
    check_refused(c, v)
    for name in ("huddle-v1-exchange.json", "huddle-v1-words.json"):
        check_exchange(c, decode(json.loads((HERE / name).read_text())))
    print(f"{c.made} values checked, {c.failed} wrong")
    return 1 if c.failed or c.made < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
