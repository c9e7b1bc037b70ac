#!/usr/bin/env python3
"""Holds a draw again from its public record, with Python's standard library alone.

    xinbiao_draw.py record.json     says what was drawn, exit 0; what differs, exit 2
    xinbiao_draw.py --seeds         reads {"groups": …, "seeds": […]} and writes the picks of every seed

Written from docs/protocol/06-draw.md, not from the other implementation.
"""
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


def check(record):
    """What differs, as a list of sentences; empty when the draw holds."""
    faults = []
    pool, freeze, result = record["pool"], record["freeze"], record["result"]
    draw_id = pool["drawId"]
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
