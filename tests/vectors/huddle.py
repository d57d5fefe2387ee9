# SPDX-License-Identifier: GPL-2.0-or-later
"""The formats of docs/protocol.md once more, from that page alone, on PyNaCl: shares no code with the C side."""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import struct

from nacl import bindings as na


class Refused(Exception):
    """What was read is not what the page allows."""


def require(condition, what):
    if not condition:
        raise Refused(what)


# ---- digests, signatures, padding


def digest(label, *fields, key=b""):
    h = hashlib.blake2b(digest_size=32, key=key)
    for f in (label.encode(), *fields):
        h.update(struct.pack("<I", len(f)) + f)
    return h.digest()


def u64(number):
    return struct.pack("<Q", number)


def signed_by(key, message, signature):
    try:
        na.crypto_sign_open(signature + message, key)
    except Exception as e:
        raise Refused("signature") from e


def strip_padding(padded, least):
    text = padded.rstrip(b"\0")
    require(text.endswith(b"\x80"), "padding")
    size = least
    while size < len(text):
        size *= 2
    require(size == len(padded), "padding of another size")
    return text[:-1]


def aead_open(box, ad, nonce, key):
    try:
        return na.crypto_aead_xchacha20poly1305_ietf_decrypt(box, ad, nonce, key)
    except Exception as e:
        raise Refused("does not open") from e


# ---- sessions


def session_keys_of_cloud(cloud_private, session_key):
    """(to cloud, to terminal), as the cloud computes them."""
    shared = na.crypto_scalarmult(cloud_private, session_key)  # fails where it would be zero
    cloud_key = na.crypto_scalarmult_base(cloud_private)
    h = hashlib.blake2b(shared + session_key + cloud_key, digest_size=64).digest()
    return h[32:], h[:32]  # crypto_kx: the client receives under the first half


def open_request(sealed, to_cloud):
    require(sealed[0] == 1, "suite")
    nonce = sealed[33:57]
    return strip_padding(aead_open(sealed[57:], sealed[:33], nonce, to_cloud), 512), nonce


def open_response(sealed, request_nonce, to_terminal):
    require(sealed[0] == 1, "suite")
    return strip_padding(aead_open(sealed[25:], b"\x01" + request_nonce, sealed[1:25], to_terminal), 512)


def open_ticket(ticket, key):
    plain = aead_open(ticket[24:], b"", ticket[:24], key)
    account, epoch, session_key, expires = struct.unpack("<qQ32sQ", plain)
    return account, epoch, session_key, expires


def read_succession(data):
    """(keys until now, keys that follow, made, end of the overlap)"""
    require(len(data) == 273 and data[0] == 1, "size or suite")
    before, after = data[1:65], data[65:129]
    made, until = struct.unpack("<QQ", data[129:145])
    require(0 < made < until <= made + 120 * 86400000 and before != after, "times, or to itself")
    signed_by(before[32:], digest("huddle v1 succession", data[:145]), data[145:209])
    signed_by(after[32:], digest("huddle v1 successor", data[:145]), data[209:273])
    return before, after, made, until


def identity_text(box_key, sign_key):
    raw = box_key + sign_key + digest("huddle v1 cloud", box_key, sign_key)[:4]
    return "huddle1:" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def cloud_words(box_key, sign_key, words):
    d = digest("huddle v1 cloud words", box_key, sign_key)
    return " ".join(words[int.from_bytes(d[i:i + 4], "big") % len(words)] for i in (0, 4, 8))


# ---- protocol buffers: only what huddle.proto uses


def varint(data, at):
    value = shift = 0
    while True:
        require(at < len(data) and shift < 70, "varint")
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def fields(data):
    """{number: [value, ...]}: integers for varints, bytes for what has a length."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        require(tag & 7 in (0, 2), "wire type")
        value, at = varint(data, at)
        if tag & 7 == 2:
            end = at + value
            require(end <= len(data), "length")
            value, at = data[at:end], end
        found.setdefault(tag >> 3, []).append(value)
    return found


def one(message, number, default=b""):
    return message.get(number, [default])[-1]


# ---- the closed group


def check_digit(ten):
    p = 10
    for d in ten:
        p = ((p + int(d)) % 10 or 10) * 2 % 11
    return str((11 - p) % 10)


def part_hash(sealed):
    return hashlib.blake2b(sealed, digest_size=32).digest()


def read_roster(signed, signature, cloud_sign_key):
    signed_by(cloud_sign_key, digest("huddle v1 roster", signed), signature)
    m = fields(signed)
    number = one(m, 1).decode()
    entries = [(one(e, 1), one(e, 2)) for e in map(fields, m.get(2, []))]
    ids = [i for i, _ in entries]
    require(len(number) == 11 and number[10] == check_digit(number[:10]), "record number")
    require(1 <= len(ids) <= 1000 and ids == sorted(set(ids)), "order of the roster")
    require(all(len(i) == 16 and len(c) == 32 for i, c in entries), "sizes in the roster")
    require(one(m, 4) in ids, "opener")
    return {"number": number, "closed_at_ms": one(m, 3, 0), "opener": one(m, 4), "commitments": dict(entries)}


def commitment(opening):
    """opening: id, X, E, H1, H2, r."""
    return digest("huddle v1 commit", *opening)


def check_opening(opening, committed):
    require(commitment(opening) == committed, "commitment")
    try:
        na.crypto_scalarmult(b"\x01" * 32, opening[1])
    except Exception as e:
        raise Refused("X") from e


def transcript(roster_bytes, roster_signature, openings):
    flat = [f for o in sorted(openings) for f in o]
    return digest("huddle v1 transcript", roster_bytes, roster_signature, *flat)


def phrase(th, words):
    number = int.from_bytes(th[:3], "big")
    return "%s / %04d %04d" % (" ".join(words[5 * b] for b in th[:3]), number // 10000, number % 10000)


def message_digest(th, m):
    return digest("huddle v1 message", th, m["from"], m["to"], u64(m["kind"]), m["body"], m["key_id"], u64(m["run"]))


def unbox_group_key(body, th, own_private, sponsor_box_key):
    require(len(body) == 104, "size of the box")
    try:
        plain = na.crypto_box_open(body[24:], body[:24], sponsor_box_key, own_private)
    except Exception as e:
        raise Refused("group key box") from e
    require(plain[32:] == th, "group key of another transcript")
    return plain[:32]


def subkey(gk, number):
    salt, person = u64(number) + bytes(8), b"huddleGK" + bytes(8)
    return hashlib.blake2b(digest_size=32, key=gk, salt=salt, person=person).digest()


def nonce(secret, wrapped, th, context):
    return digest("huddle v1 nonce", wrapped, th, context, key=secret)[:24]


def unwrap_card_key(body, gk, th, member, part):
    require(len(body) == 104, "size of a wrapped key")
    tag = digest("huddle v1 confirm", th, member, bytes([part]), key=subkey(gk, 2))
    require(body[72:] == tag, "confirmation")
    return aead_open(body[24:72], th + member + bytes([part]), body[:24], subkey(gk, 1))


def open_card(sealed, card_key, member, part):
    ad = b"huddle v1 card" + member + bytes([part])
    return strip_padding(aead_open(sealed[24:], ad, sealed[:24], card_key), 1024)


def list_entry(member, h1, h2):
    return digest("huddle v1 list entry", member, h1, h2)


def read_list_head(signed, signature, cloud_sign_key, roster):
    signed_by(cloud_sign_key, digest("huddle v1 list", signed), signature)
    m = fields(signed)
    entries = [(one(e, 1), one(e, 2)) for e in map(fields, m.get(3, []))]
    ids = [i for i, _ in entries]
    require(ids == sorted(set(ids)) and set(ids) <= set(roster["commitments"]), "members of the list")
    require(one(m, 1).decode() == roster["number"], "list of another record")
    return dict(entries)


# ---- the proof of the words: CPACE-RISTR255-SHA512, with ristretto255 straight from libsodium


sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))


def hash_to_point(digest64):
    point = ctypes.create_string_buffer(32)
    sodium.crypto_core_ristretto255_from_hash(point, digest64)
    return point.raw


def multiply(scalar, point):
    product = ctypes.create_string_buffer(32)
    require(sodium.crypto_scalarmult_ristretto255(product, scalar, point) == 0, "point")
    return product.raw


def lv(data):
    """prepend_len of the draft: the length in LEB128, then the data."""
    n, length = len(data), b""
    while n >= 0x80:
        length, n = length + bytes([n & 0x7F | 0x80]), n >> 7
    return length + bytes([n]) + data


def lv_cat(*fields_):
    return b"".join(map(lv, fields_))


class Run:
    """One run as either side computes it, from one scalar and the other's share."""

    def __init__(self, words, th, sponsor, joiner):
        """sponsor, joiner: openings."""
        self.th, self.ids = th, (sponsor[0], joiner[0])
        self.ads = [o[2] + o[1] for o in (sponsor, joiner)]
        head = lv(b"CPaceRistretto255") + lv(words.encode())
        pad = lv(bytes(max(0, 128 - 1 - len(head))))
        rest = lv_cat(lv_cat(sponsor[0], joiner[0]), th)
        self.generator = hash_to_point(hashlib.sha512(head + pad + rest).digest())

    def share(self, scalar):
        return multiply(scalar, self.generator)

    def finish(self, scalar, own_is_sponsor, ya, yb):
        """(tag of the sponsor, tag of the joiner, key)"""
        k = multiply(scalar, yb if own_is_sponsor else ya)
        text = lv_cat(b"CPaceRistretto255_ISK", self.th, k) + lv_cat(ya, self.ads[0]) + lv_cat(yb, self.ads[1])
        isk = hashlib.sha512(text).digest()
        mac_key = hashlib.sha512(b"CPaceMac" + self.th + isk).digest()
        tags = [hmac.new(mac_key, lv_cat(y, ad), hashlib.sha512).digest() for y, ad in zip((ya, yb), self.ads)]
        return (*tags, digest("huddle v1 cpace", isk))

    def open_group_key(self, body, tag, key):
        require(len(body) == 136, "size of the group key message")
        require(body[:64] == tag, "tag of the sponsor")
        return aead_open(body[88:], self.th + self.ids[0] + self.ids[1], body[64:88], key)


# ---- the record


SYMBOLS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def record_password(cloud_half, gk):
    return cloud_half + "".join(SYMBOLS[b % 32] for b in subkey(gk, 3)[:12])


def read_record_password(text):
    symbols = "".join(c for c in text if c not in "- \t\r\n").upper()
    require(len(symbols) == 16 and set(symbols) <= set(SYMBOLS), "record password")
    return symbols


def record_keys(number, password):
    """(token, escrow key)"""
    salt = digest("huddle v1 record salt", number.encode())[:16]
    both = na.crypto_pwhash_alg(64, password.encode(), salt, 2, 64 << 20, na.crypto_pwhash_ALG_ARGON2ID13)
    return both[:32], both[32:]


def open_escrow(escrow, escrow_key, number):
    """(GK, TH)"""
    require(len(escrow) == 104, "size of the escrow")
    plain = aead_open(escrow[24:], b"huddle v1 record" + number.encode(), escrow[:24], escrow_key)
    return plain[:32], plain[32:]
