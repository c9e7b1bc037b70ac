#!/usr/bin/env python3
"""Holds a draw again from its public record, with Python's standard library alone.

    xinbiao_draw.py record.json     says what was drawn, exit 0; what differs, exit 2
    xinbiao_draw.py --seeds         reads {"groups": …, "seeds": […]} and writes the picks of every seed

Written from docs/protocol/06-draw.md, not from the other implementation. Draws of both suites; only what lies inside the
wraps stays closed.
"""
import collections
import hashlib
import json
import sys


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def jcs(value):
    """RFC 8785 for what the protocol knows: integers, text, lists and objects. Keys are ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def labelled(label, value):
    return sha256(label, jcs(value)).hex()


def commitment(draw_id, party, r):
    return sha256(b"xinbiao/v1/draw-commit\n", draw_id.encode(), b"\n", party.encode(), b"\n", r).hex()


def seed_of(draw_id, pool_hash, contributions):
    parts = [b"xinbiao/v1/draw-seed\n", draw_id.encode(), b"\n", bytes.fromhex(pool_hash), b"\n"]
    for party, r in sorted(contributions):
        parts += [party.encode(), b"\n", r]
    return sha256(*parts)


def stream(seed):
    index = 0
    while True:
        block = sha256(b"xinbiao/v1/draw-stream\n", seed, index.to_bytes(8, "big"))
        for at in range(0, 32, 8):
            yield int.from_bytes(block[at : at + 8], "big")
        index += 1


def below(size, words):
    limit = 2**64 - 2**64 % size
    word = next(words)
    while word >= limit:
        word = next(words)
    return word % size


def pick(groups, seed):
    words = stream(seed)
    drawn = []
    for group in groups:
        left = list(group["candidates"])
        picked = [left.pop(below(len(left), words)) for _ in range(group["take"] + group["reserve"])]
        drawn.append({"id": group["id"], "taken": picked[: group["take"]], "reserve": picked[group["take"] :]})
    return drawn


# ---- the groups of the two suites: P-256, and sm2p256v1 (09-suites §1); a is −3 in both ----
Curve = collections.namedtuple("Curve", "p b n g spki")
CURVES = {
    "XB1": Curve(
        2**256 - 2**224 + 2**192 + 2**96 - 1,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5),
        bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200"),
    ),
    "XB1-SM": Curve(
        2**256 - 2**224 - 2**96 + 2**64 - 1,
        0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93,
        0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
        (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7, 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0),
        bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"),
    ),
}


def ec_add(c, p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % c.p == 0:
        return None
    m = (3 * p[0] * p[0] - 3) * pow(2 * p[1], -1, c.p) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, c.p)
    x = (m * m - p[0] - q[0]) % c.p
    return x, (m * (p[0] - x) - p[1]) % c.p


def ec_mul(c, s, p):
    q = None
    while s:
        if s & 1:
            q = ec_add(c, q, p)
        p, s = ec_add(c, p, p), s >> 1
    return q


def on_curve(c, x, y):
    return 0 <= x < c.p and 0 <= y < c.p and (y * y - x**3 + 3 * x - c.b) % c.p == 0


def ec_point(c, text):
    """A compressed point, or None where it is not on the curve."""
    data = bytes.fromhex(text)
    if len(data) != 33 or data[0] not in (2, 3):
        return None
    x = int.from_bytes(data[1:], "big")
    y = pow(x**3 - 3 * x + c.b, (c.p + 1) // 4, c.p)
    if y & 1 != data[0] & 1:
        y = c.p - y
    return (x, y) if on_curve(c, x, y) else None


def combine(c, A, shares):
    """The number that A commits to, from shares (x, value) each on the committed polynomial; None where it cannot be had."""
    points = [ec_point(c, a) for a in A]
    if None in points or len({x for x, _ in shares}) != len(shares) or len(shares) < len(A):
        return None
    for x, value in shares:
        expected = None
        for point in reversed(points):
            expected = ec_add(c, ec_mul(c, x, expected), point)
        if value >= c.n or ec_mul(c, value, c.g) != expected:
            return None
    number = 0
    for x, value in shares[: len(A)]:
        for other, _ in shares[: len(A)]:
            if other != x:
                value = value * other * pow(other - x, -1, c.n) % c.n
        number = (number + value) % c.n
    return number.to_bytes(32, "big") if ec_mul(c, number, c.g) == points[0] else None


def der(data):
    """The elements that stand one after the other: (tag, content)."""
    found = []
    while data:
        size, at = data[1], 2
        if size > 0x80:
            at += size - 0x80
            size = int.from_bytes(data[2:at], "big")
        if at + size > len(data):
            raise ValueError("der")
        found.append((data[0], data[at : at + size]))
        data = data[at + size :]
    return found


def wrapped_in(suite, wrap):
    """Whether a wrap has the form of the suite: CMS AuthEnvelopedData, or one SM2 ciphertext over a point of the curve."""
    try:
        ((tag, content),) = der(wrap)
        inside = der(content)
        if suite == "XB1":
            return tag == 0x30 and inside[0] == (6, bytes.fromhex("2a864886f70d0109100117"))
        x, y = (int.from_bytes(part, "big") for _, part in inside[:2])
        return tag == 0x30 and [one for one, _ in inside] == [2, 2, 4, 4] and len(inside[2][1]) == 32 and on_curve(CURVES[suite], x, y)
    except (ValueError, IndexError):
        return False


def contributor_faults(suite, one):
    certificate = bytes.fromhex(one["certificate"])
    if sha256(certificate).hex() != one["certSha256"]:
        return ["the certificate of %s is another one" % one["party"]]
    head = CURVES[suite].spki
    at = certificate.find(head) + len(head)
    point = certificate[at : at + 65]
    if head not in certificate or point[:1] != b"\4" or not on_curve(CURVES[suite], int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")):
        return ["the certificate of %s is not of the suite" % one["party"]]
    return []


def escrow_faults(suite, freeze, freeze_hash, party, escrow):
    """What can be seen of an escrow without opening it."""
    if escrow is None:
        return ["%s did not deal to the others" % party]
    faults = []
    ctx = labelled(b"xinbiao/v1/draw-ctx\n", {"v": "xinbiao/draw-ctx/v1", "freezeHash": freeze_hash, "party": party})
    if escrow["drawId"] != freeze["drawId"] or escrow["ctxHash"] != ctx:
        faults.append("the escrow of %s belongs elsewhere" % party)
    holders = [one["party"] for one in freeze["commitments"] if one["party"] != party]
    t = min(len(holders), (len(holders) + 1) // 2 + 1)
    dealt = [(one["holder"], one["x"]) for one in escrow["shares"]]
    if dealt != [(holder, at + 1) for at, holder in enumerate(holders)] or escrow["t"] != t:
        faults.append("the escrow of %s is not dealt to all the others" % party)
    if not all(wrapped_in(suite, bytes.fromhex(one["wrap"])) for one in escrow["shares"]):
        faults.append("a wrap of %s is not of the suite" % party)
    if len(escrow["A"]) != t or any(ec_point(CURVES[suite], a) is None for a in escrow["A"]):
        faults.append("the points of %s are not those of a polynomial of the suite" % party)
    return faults


def check(record):
    """What differs, as a list of sentences; empty when the draw holds."""
    faults = []
    pool, freeze, result = record["pool"], record["freeze"], record["result"]
    draw_id = pool["drawId"]
    suite = pool.get("suite", "XB1")
    if suite not in CURVES or pool.get("suite") == "XB1":
        return ["the pool names no suite that there is"]
    for one in pool["contributors"]:
        faults += contributor_faults(suite, one)
    freeze_hash = labelled(b"xinbiao/v1/draw-freeze\n", freeze)
    escrows = {one["party"]: one for one in reversed(record["escrows"])}
    for one in freeze["commitments"]:
        faults += escrow_faults(suite, freeze, freeze_hash, one["party"], escrows.get(one["party"]))
    pool_hash = labelled(b"xinbiao/v1/draw-pool\n", pool)
    for group in pool["groups"]:
        if group["candidates"] != sorted(set(group["candidates"])):
            faults.append("candidates of %s are not sorted" % group["id"])
    sides = {one["party"]: one["side"] for one in pool["contributors"]}
    committed = {one["party"]: one["commitment"] for one in freeze["commitments"]}
    if freeze["drawId"] != draw_id or freeze["poolHash"] != pool_hash:
        faults.append("the commitments belong to another pool")
    if any(party not in sides for party in committed) or len({sides.get(party) for party in committed}) < 2:
        faults.append("no two independent contributors")
    given = {one["party"]: bytes.fromhex(one["r"]) for one in record["contributions"]}
    if sorted(given) != sorted(committed) or len(given) != len(record["contributions"]):
        faults.append("a committed contribution is missing")
    for party, r in given.items():
        if committed.get(party) != commitment(draw_id, party, r):
            faults.append("%s did not commit to this contribution" % party)
    seed = seed_of(draw_id, pool_hash, list(given.items()))
    mine = {
        "v": "xinbiao/draw-result/v1",
        "drawId": draw_id,
        "poolHash": pool_hash,
        "seed": seed.hex(),
        "groups": pick(pool["groups"], seed),
    }
    if mine != result:
        faults.append("the result does not follow from the contributions")
    reserves = {group["id"]: list(group["reserve"]) for group in mine["groups"]}
    standing = {group["id"]: list(group["taken"]) for group in mine["groups"]}
    for one in record["declines"]:
        left, here = reserves.get(one["group"], []), standing.get(one["group"], [])
        next_one = left.pop(0) if left else None
        if one["candidate"] not in here or one["next"] != next_one:
            faults.append("a decline was not followed by the next reserve")
            break
        here.remove(one["candidate"])
        if next_one is not None:
            here.append(next_one)
    for name in record["names"]:
        said = {"drawId": draw_id, "id": name["id"], "label": name["label"]}
        if sha256(b"xinbiao/v1/draw-name\n", bytes.fromhex(name["salt"]), jcs(said)).hex() != name["candidate"]:
            faults.append("%s does not stand behind this pseudonym" % name["label"])
    return faults


def main():
    if sys.argv[1:] == ["--seeds"]:
        asked = json.load(sys.stdin)
        json.dump([pick(asked["groups"], bytes.fromhex(seed)) for seed in asked["seeds"]], sys.stdout)
        return 0
    if sys.argv[1:] == ["--records"]:
        json.dump([check(record) for record in json.load(sys.stdin)], sys.stdout)
        return 0
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 3
    with open(sys.argv[1], encoding="utf-8") as file:
        record = json.load(file)
    faults = check(record)
    for fault in faults:
        print("FAULT", fault)
    if faults:
        return 2
    for group in record["result"]["groups"]:
        print(group["id"], "taken", *group["taken"])
        print(group["id"], "reserve", *group["reserve"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
