#!/usr/bin/env python3
"""Checks a tender's evidence with Python's standard library and the openssl command alone.

    verify.py bundle.tar | folder [--receipt FILE]... [--key VKEY] [--root PEM] [--json]
    verify.py receipt.tlog-proof --key VKEY
    verify.py --vectors FILE...

Exit 0 everything holds, 2 something does not, 3 cannot tell. The numbers are those of docs/protocol/README.md.
Written from docs/protocol, not from the other implementation, so that the two can be held against each other.
"""
import argparse, atexit, base64, datetime, hashlib, hmac, io, json, os, re, shutil, subprocess, sys, tarfile, tempfile, unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
try:
    import xinbiao_draw
except ImportError:
    xinbiao_draw = None


class Wrong(Exception):
    """Something does not hold."""


class Unknown(Exception):
    """Something cannot be told from here."""


def need(truth, what):
    if not truth:
        raise Wrong(what)


# ---- bytes, hashes, canonical JSON (00-notation) ----
H = lambda *parts: hashlib.sha256(b"".join(parts)).digest()
unhex = bytes.fromhex


def strict_hex(text, size=32):
    need(isinstance(text, str) and re.fullmatch("[0-9a-f]{%d}" % (2 * size), text), "not %d bytes of lowercase hex" % size)
    return unhex(text)


def jcs(value):
    def order(one, depth=0):
        need(depth <= 32, "JSON nests too deep")
        if isinstance(one, dict):
            return {key: order(one[key], depth + 1) for key in sorted(one, key=lambda key: key.encode("utf-16-be"))}
        if isinstance(one, list):
            return [order(item, depth + 1) for item in one]
        need(not isinstance(one, float), "a float in signed JSON")
        need(not isinstance(one, int) or abs(one) < 2**53, "a number that is not safe")
        need(not isinstance(one, str) or unicodedata.normalize("NFC", one) == one, "text that is not NFC")
        return one
    return json.dumps(order(value), separators=(",", ":"), ensure_ascii=False).encode()


def parse(data):
    """Only the one canonical encoding is read."""
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Wrong("not JSON")
    need(jcs(value) == data, "not canonical JSON")
    return value


def labelled(label, value):
    return H(b"xinbiao/v1/" + label + b"\n", jcs(value)).hex()


# ---- Merkle tree (RFC 6962) ----
leaf_hash = lambda leaf: H(b"\0", leaf)
node_hash = lambda left, right: H(b"\1", left, right)


def tree_root(leaves):
    if len(leaves) <= 1:
        return leaves[0] if leaves else H()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


def proves(index, size, leaf, proof, root):
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def proves_growth(old_size, new_size, old_root, new_root, proof):
    """RFC 9162 section 2.1.4.2."""
    if old_size == new_size:
        return not proof and old_root == new_root
    path = list(proof) if old_size & (old_size - 1) else [old_root] + list(proof)
    if not 0 < old_size < new_size or not path:
        return False
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


# ---- Ed25519 (RFC 8032) ----
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def ed_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def ed_mul(s, p):
    q = (0, 1, 1, 0)
    while s:
        if s & 1:
            q = ed_add(q, p)
        p, s = ed_add(p, p), s >> 1
    return q


def ed_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


ED_BASE = ed_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519(key, message, signature):
    a, r = ed_point(key), ed_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = ed_mul(s, ED_BASE), ed_add(r, ed_mul(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


# ---- the log: notes, checkpoints, receipts (04-log) ----
def b64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "not the one spelling of base64")
    return data


def verifier_key(line):
    name, key_id, encoded = line.strip().split("+", 2)
    data = b64(encoded)
    need(len(data) == 33 and data[0] in (1, 4) and H(name.encode() + b"\n" + data)[:4].hex() == key_id, "verifier key")
    return {"name": name, "id": key_id, "kind": data[0], "key": data[1:]}


def open_note(note, keys):
    """The text of a note, and who of the keys signed it; one bad signature of a known key spoils all."""
    text, _, lines = note.rpartition("\n\n")
    text, signed = text + "\n", []
    for line in lines.rstrip("\n").split("\n"):
        dash, name, encoded = line.split(" ")
        need(dash == "\u2014", "signature line")
        data = b64(encoded)
        for key in keys:
            if key["name"] != name or key["id"] != data[:4].hex():
                continue
            body, signature = text.encode(), data[4:]
            if key["kind"] == 4:
                time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                body = ("cosignature/v1\ntime %d\n%s" % (time, text)).encode()
            need(ed25519(key["key"], body, signature), "a signature on the checkpoint does not hold")
            signed.append(key)
    return text, signed


def open_checkpoint(note, keys):
    text, signed = open_note(note, keys)
    origin, size, root = text.split("\n")[:3]
    need(any(key["kind"] == 1 and key["name"] == origin for key in signed), "the log has not signed the checkpoint")
    return {"origin": origin, "size": int(size), "root": b64(root), "note": note, "signed": signed}


def parse_policy(text):
    """c2sp.org/tlog-policy: whose signatures count, and which of them together are enough."""
    need(text.endswith("\n"), "witness policy")
    keys, witnesses, groups, quorum = [], {}, [], ()
    for line in text[:-1].split("\n"):
        keyword, *words = line.split() or ["#"]
        if keyword.startswith("#"):
            continue
        if keyword in ("log", "witness"):
            key = verifier_key(words[0 if keyword == "log" else 1])
            need(key["kind"] == (1 if keyword == "log" else 4) and key["key"] not in [one["key"] for one in keys], "witness policy: a key")
            keys.append(key)
            if keyword == "witness":
                need(words[0] not in witnesses, "witness policy: a name")
                witnesses[words[0]] = key
        elif keyword == "group":
            name, many, *members = words
            threshold = {"any": 1, "all": len(members)}.get(many) or int(many)
            known = list(witnesses) + [group[0] for group in groups]
            taken = [one for group in groups for one in group[2]]
            need(1 <= threshold <= len(members) == len(set(members)) and all(one in known and one not in taken for one in members), "witness policy: a group")
            groups.append((name, threshold, members))
        else:
            need(keyword == "quorum" and quorum == () and (words[0] == "none" or words[0] in witnesses or words[0] in [group[0] for group in groups]), "witness policy: quorum")
            quorum = None if words[0] == "none" else words[0]
    need(quorum != (), "witness policy without quorum")
    return keys, witnesses, groups, quorum


def witnessed(policy, note):
    """Has the policy's log signed this checkpoint, and have enough of its witnesses? Raises Wrong for a forged one."""
    keys, witnesses, groups, quorum = policy
    signed = [key["key"] for key in open_checkpoint(note, keys)["signed"]]
    have = {name for name, key in witnesses.items() if key["key"] in signed}
    for name, threshold, members in groups:
        if len(have.intersection(members)) >= threshold:
            have.add(name)
    return quorum is None or quorum in have


def parse_proof(text):
    head, checkpoint = text.split("\n\n", 1)
    first, *lines = head.split("\n")
    need(first == "c2sp.org/tlog-proof@v1", "not a proof file")
    extra = parse(b64(lines.pop(0)[6:])) if lines[0].startswith("extra ") else None
    need(lines[0].startswith("index "), "proof without index")
    return {"extra": extra, "index": int(lines[0][6:]), "proof": [b64(line) for line in lines[1:]], "checkpoint": checkpoint}


def leaf_of(body, salt=None):
    if salt is None:
        return jcs(body)
    return jcs({"v": 1, "t": "commit", "c": H(b"xinbiao/v1/leaf-commit\n", strict_hex(salt), jcs(body)).hex()})


def open_receipt(text, keys):
    proof = parse_proof(text)
    need(proof["extra"] is not None, "receipt without entry")
    checkpoint = open_checkpoint(proof["checkpoint"], keys)
    body, leaf = proof["extra"]["body"], leaf_hash(leaf_of(proof["extra"]["body"], proof["extra"].get("salt")))
    need(proves(proof["index"], checkpoint["size"], leaf, proof["proof"], checkpoint["root"]), "the log has not taken the entry")
    return {"index": proof["index"], "leaf": leaf.hex(), "body": body, "checkpoint": checkpoint}


# ---- P-256 and Feldman shares (01-keyring-and-envelope) ----
FP = 2**256 - 2**224 + 2**192 + 2**96 - 1
FB = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
FQ = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FG = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296, 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def ec_add(p, q):
    if p is None or q is None:
        return p or q
    if p[0] == q[0] and (p[1] + q[1]) % FP == 0:
        return None
    m = (3 * p[0] * p[0] - 3) * pow(2 * p[1], -1, FP) if p == q else (q[1] - p[1]) * pow(q[0] - p[0], -1, FP)
    x = (m * m - p[0] - q[0]) % FP
    return x, (m * (p[0] - x) - p[1]) % FP


def ec_mul(s, p):
    q = None
    while s:
        if s & 1:
            q = ec_add(q, p)
        p, s = ec_add(p, p), s >> 1
    return q


def ec_point(text):
    data = strict_hex(text, 33)
    x = int.from_bytes(data[1:], "big")
    y2 = (x**3 - 3 * x + FB) % FP
    y = pow(y2, (FP + 1) // 4, FP)
    need(data[0] in (2, 3) and x < FP and y * y % FP == y2, "a point that is not on the curve")
    return x, y if y & 1 == data[0] & 1 else FP - y


def combine(A, shares):
    """The secret that A commits to, from shares each of which lies on the committed polynomial."""
    points = [ec_point(a) for a in A]
    for x, value in shares:
        expected = None
        for point in reversed(points):
            expected = ec_add(ec_mul(x, expected) if expected else None, point)
        need(0 < x < 256 and value < FQ and ec_mul(value, FG) == expected, "a share is off the polynomial")
    need(len(shares) >= len(A) and len({x for x, _ in shares}) == len(shares), "too few shares")
    used, secret = shares[: len(A)], 0
    for x, value in used:
        weight = 1
        for other, _ in used:
            if other != x:
                weight = weight * other * pow(other - x, -1, FQ) % FQ
        secret = (secret + weight * value) % FQ
    need(ec_mul(secret, FG) == points[0], "not the committed secret")
    return secret.to_bytes(32, "big")


def ec_text(point):
    return "%02x%064x" % (2 + (point[1] & 1), point[0])


# ---- keys and chunked encryption ----
def expand(key, info, size):
    out, block, at = b"", b"", 1
    while len(out) < size:
        block = hmac.new(key, block + info + bytes([at]), "sha512").digest()
        out, at = out + block, at + 1
    return out[:size]


def hkdf(secret, salt, info, size):
    return expand(hmac.new(salt, secret, "sha512").digest(), info, size)


def stage_key(secret, ctx, stage):
    return hkdf(secret, ctx, b"xinbiao/v1/stage\0" + stage.encode(), 32)


def part_key(key, ctx, stage, part):
    return expand(key, b"xinbiao/v1/part-key\0" + ctx + stage.encode() + b"\0" + part.encode(), 32)


def openssl(*args, data=None):
    done = subprocess.run(["openssl", *args], input=data, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def ghash(key, data):
    h, r = int.from_bytes(key, "big"), 0xE1 << 120
    table = [0] * 256  # table[b] = b·x^0..7 times H, for the leading byte
    row, power = {}, h
    for bit in range(7, -1, -1):
        row[bit], power = power, (power >> 1) ^ (r if power & 1 else 0)
    for byte in range(256):
        for bit in range(8):
            if byte >> bit & 1:
                table[byte] ^= row[bit]
    fold = [0] * 256
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (r if value & 1 else 0)
        fold[byte] = value
    y = 0
    for at in range(0, len(data), 16):
        y ^= int.from_bytes(data[at : at + 16].ljust(16, b"\0"), "big")
        z = 0
        for byte in y.to_bytes(16, "big")[::-1]:
            z = (z >> 8) ^ fold[z & 255] ^ table[byte]
        y = z
    return y.to_bytes(16, "big")


def gcm(key, nonce, sealed):
    """AES-256-GCM without additional data: openssl counts, Python checks the tag."""
    body, tag = sealed[:-16], sealed[-16:]
    stream = openssl("enc", "-aes-256-ecb", "-nopad", "-K", key.hex(), data=bytes(16) + nonce + b"\0\0\0\1")[1]
    mask = ghash(stream[:16], body.ljust(-(-len(body) // 16) * 16, b"\0") + (0).to_bytes(8, "big") + (8 * len(body)).to_bytes(8, "big"))
    need(bytes(a ^ b for a, b in zip(mask, stream[16:])) == tag, "a chunk is not authentic")
    if not body:
        return b""
    return openssl("enc", "-aes-256-ctr", "-K", key.hex(), "-iv", (nonce + b"\0\0\0\2").hex(), data=body)[1]


def gcm_seal(key, nonce, plain):
    body = openssl("enc", "-aes-256-ctr", "-K", key.hex(), "-iv", (nonce + b"\0\0\0\2").hex(), data=plain)[1] if plain else b""
    stream = openssl("enc", "-aes-256-ecb", "-nopad", "-K", key.hex(), data=bytes(16) + nonce + b"\0\0\0\1")[1]
    mask = ghash(stream[:16], body.ljust(-(-len(body) // 16) * 16, b"\0") + (0).to_bytes(8, "big") + (8 * len(body)).to_bytes(8, "big"))
    return body + bytes(a ^ b for a, b in zip(mask, stream[16:]))


def open_chunked(key, context, data):
    """c2sp.org/chunked-encryption."""
    salt, commitment, body = data[:24], data[24:56], data[56:]
    okm = expand(key, b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context, 76)
    need(okm[44:] == commitment, "the key is not the one that was committed to")
    out, at, last = [], 0, False
    while not last:
        sealed = body[at * 16400 : (at + 1) * 16400]
        last = len(sealed) < 16400
        need(len(sealed) >= 16, "the ciphertext ends too early")
        nonce = (int.from_bytes(okm[32:44], "big") ^ at).to_bytes(12, "big")
        out.append(gcm(okm[:32], nonce, sealed))
        at += 1
    need(len(body) < at * 16400, "something lies behind the last chunk")
    return b"".join(out)


def open_part(manifest, stage, name, key, pieces):
    """bid.json of a part and its files, from its pieces; the archive is plain ustar."""
    part = next((one for one in manifest["parts"] if (one["stage"], one["name"]) == (stage, name)), None)
    need(part is not None, "no such part")
    need([H(piece).hex() for piece in pieces] == part["pieces"], "a piece is not the one in the manifest")
    data = b"".join(pieces)
    need(len(data) == part["length"] and data[:56].hex() == part["head"], "the part is not as long as the manifest says")
    need(tree_root([leaf_hash(unhex(piece)) for piece in part["pieces"]]).hex() == part["root"], "root of the pieces")
    context = b"xinbiao/v1/part\0" + unhex(manifest["ctxHash"]) + stage.encode() + b"\0" + name.encode()
    with tarfile.open(fileobj=io.BytesIO(open_chunked(key, context, data))) as archive:
        first = archive.next()
        need(first is not None and first.name == "bid.json" and first.isfile(), "the archive does not begin with bid.json")
        bid = parse(archive.extractfile(first).read())
        files = {one.name: archive.extractfile(one).read() for one in archive.getmembers()[1:]}
    need(bid["ctxHash"] == manifest["ctxHash"] and (bid["stage"], bid["part"]) == (stage, name), "sealed for something else")
    return bid["content"], files


def recover(manifest, lock, blobs, gate=None):
    """The stage's key from the officers' share blobs, or Wrong."""
    secrets = []
    for group in lock["groups"]:
        shares = []
        for sealed in group["shares"]:
            blob = blobs.get(sealed["officer"])
            if blob is None:
                continue
            need(H(b"xinbiao/v1/share-commit\n", blob).hex() == sealed["commit"], "a share is not the committed one")
            said = parse(blob)
            need((said["ctxHash"], said["stage"], said["group"], said["x"]) == (manifest["ctxHash"], lock["id"], group["id"], sealed["x"]), "a share belongs elsewhere")
            shares.append((said["x"], int(said["share"], 16)))
        secrets.append(combine(group["A"], shares))
    if lock["gate"] == "bidder":
        need(gate is not None and H(b"xinbiao/v1/gate-commit\n", gate).hex() == lock["bidder"]["commit"], "the bidder's gate")
        secrets.append(strict_hex(parse(gate)["gate"]))
    ctx = unhex(manifest["ctxHash"])
    key = stage_key(b"".join(secrets), ctx, lock["id"])
    need(expand(key, b"xinbiao/v1/key-commit\0" + ctx + lock["id"].encode(), 32).hex() == lock["keyCommit"], "key commitment")
    return key


# ---- time and outages (03-time, 11-outages) ----
def stamped_at(path):
    """The instant that a token names, as openssl reads it, in the protocol's own form; parts of a millisecond are cut off."""
    text = openssl("ts", "-reply", "-token_in", "-in", path, "-text")[1].decode("utf-8", "replace")
    found = re.search(r"Time stamp: (\w{3}) +(\d+) (\d\d:\d\d:\d\d)(?:\.(\d+))? (\d{4}) GMT", text)
    need(found is not None, "a token without its time")
    month, day, clock, part, year = found.groups()
    month = "JanFebMarAprMayJunJulAugSepOctNovDec".index(month) // 3 + 1
    return "%s-%02d-%02dT%s.%sZ" % (year, month, int(day), clock, (part or "").ljust(3, "0")[:3])


def later(instant, hours):
    """An instant of the protocol, so many hours on."""
    moved = datetime.datetime.strptime(instant, "%Y-%m-%dT%H:%M:%S.%fZ") + datetime.timedelta(hours=hours)
    return "%s.%03dZ" % (moved.strftime("%Y-%m-%dT%H:%M:%S"), moved.microsecond // 1000)


def deadline_by(entries, notice):
    """The deadline by notice and log, and until when the identical bytes could be handed in again."""
    due, again, terms = None, None, notice["terms"]
    for said in entries:
        if said["s"] != notice["lotId"]:
            continue
        if said["t"] == "tender.close":
            break
        hours = {"outage.extend": terms["extendHours"], "outage.redeliver": terms["redeliverHours"]}.get(said["t"], 0)
        p = said["p"]
        right = hours > 0 and p.get("tender") == notice["tenderId"] and p.get("from") == notice["deadline"] and p.get("to") == later(notice["deadline"], hours)
        right = right and type(p.get("minutes")) is int and p["minutes"] >= terms["minutes"] and isinstance(p.get("certificate"), str)
        if right and said["t"] == "outage.extend":
            due = due or p["to"]
        elif right and said["ts"] >= notice["deadline"]:
            again = again or p["to"]
    return due or notice["deadline"], None if due else again


# ---- a bundle (08-evidence-bundle) ----
class Bundle:
    def __init__(self, path):
        self.files = {}
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                for name in names:
                    place = os.path.join(folder, name)
                    with open(place, "rb") as file:
                        self.files[os.path.relpath(place, path).replace(os.sep, "/")] = file.read()
        else:
            try:
                with tarfile.open(path) as archive:
                    for member in archive:
                        need(member.isfile() and member.name not in self.files, "the tar holds something that is no file")
                        self.files[member.name] = archive.extractfile(member).read()
            except tarfile.TarError:
                raise Wrong("not a tar")
        self.work = tempfile.mkdtemp(prefix="xinbiao-verify-")
        atexit.register(shutil.rmtree, self.work, True)

    def get(self, name):
        if name not in self.files:
            raise Unknown("%s is not in the bundle" % name)
        return self.files[name]

    def text(self, name):
        return self.get(name).decode("utf-8")

    def json(self, name):
        return parse(self.get(name))

    def disk(self, name):
        place = os.path.join(self.work, name.replace("/", "_"))
        with open(place, "wb") as file:
            file.write(self.get(name))
        return place

    def below(self, folder):
        return sorted(name for name in self.files if name.startswith(folder + "/"))


def epoch(instant):
    return str(int(datetime.datetime.strptime(instant, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc).timestamp()))


class Check:
    def __init__(self, bundle, keys, roots, receipts):
        self.b, self.keys, self.receipts, self.entries = bundle, keys, receipts, {}
        self.own_roots = roots
        self.reports, self.lines = [], []

    def run(self, no, title, work):
        outcome, says = "holds", []
        try:
            says = list(work() or [])
        except Wrong as fault:
            outcome, says = "broken", [str(fault)]
        except Unknown as fault:
            outcome, says = "unknown", [str(fault)]
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, UnicodeDecodeError, StopIteration) as fault:
            outcome, says = "broken", ["not in the required form (%s: %s)" % (type(fault).__name__, fault)]
        self.reports.append({"no": no, "outcome": outcome, "says": says})
        self.lines.append("%s %d. %s" % ({"holds": "\u2713", "broken": "\u2717", "unknown": "?"}[outcome], no, title))
        self.lines.extend("     %s" % line for line in says)

    def of(self, scope, kind):
        return [(at, body) for at, body in sorted(self.entries.items()) if body and body["s"] == scope and body["t"] == kind]

    def one(self, scope, kind):
        found = self.of(scope, kind)
        again = len(self.of(scope, "eval.reopen")) if kind in ("eval.result", "eval.close") else 0
        need(len(found) <= 1 + again, "the log has %s twice" % kind)
        return found[-1] if found else (None, None)

    def signed(self, content, signature, at, certificate):
        """openssl judges the signature and the path to a root; the signer must be the certificate named."""
        place = os.path.join(self.b.work, "signer.pem")
        if os.path.exists(place):
            os.remove(place)
        code, _, err = openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", self.b.disk(signature), "-content", self.b.disk(content), "-CAfile", self.roots, "-purpose", "any", "-attime", epoch(at), "-out", os.devnull, "-signer", place)
        if code and bytes.fromhex("2a811ccf55") in self.b.get(signature):
            raise Unknown("%s is signed with the national algorithms, which this page does not know" % content)
        need(code == 0, "%s: the signature does not hold (%s)" % (content, err.decode("utf-8", "replace").strip().split("\n")[-1]))
        code, der, _ = openssl("x509", "-in", place, "-outform", "DER")
        need(H(der).hex() == certificate, "%s is signed with another certificate" % content)

    def all(self):
        b = self.b
        self.run(1501, "Every file of the bundle", self.sums)
        self.run(1502, "The list of contents", self.contents)
        if self.reports[-1]["outcome"] != "holds":
            return
        self.run(201, "The key of the log", self.log_key)
        self.run(202, "The signature on the checkpoint", self.checkpoint)
        if self.reports[-1]["outcome"] != "holds":
            return
        self.run(1503, "Every entry is in the log", self.log_entries)
        self.run(206, "The signed documents that entries name", self.acts)
        self.run(101, "Receipts", self.own_receipts)
        self.run(302, "The notice is the one that was signed at publication", self.notice)
        for lot in self.index["lots"]:
            for no, title, work in (
                (401, "The bids that count are those that were received", self.close),
                (402, "The receipts at hand are in the close document", self.receipts_in_close),
                (501, "Every bid is signed by its bidder", self.bids),
                (601, "The prices that were opened are those that were sealed", self.prices),
                (602, "Keys come from the officers' shares", self.shares),
                (603, "The other parts are what was sealed, too", self.parts),
                (604, "What each officer released", self.batches),
                (701, "Bids that did not open, and whose fault that was", self.faults),
                (801, "The ranking follows from the published numbers", self.ranking),
                (802, "Score sheets are those that were committed to", self.sheets),
                (901, "The bid ranked first has won", self.award),
            ):
                self.run(no, "Lot %s: %s" % (lot["no"], title), lambda: work(lot))
        self.run(1001, "Draws", self.draws)
        self.run(1101, "Timestamps", self.timestamps)

    def sums(self):
        listed = {}
        for line in self.b.text("SHA256SUMS").splitlines():
            listed[line[66:]] = line[:64]
        for name, data in self.b.files.items():
            if name != "SHA256SUMS":
                need(listed.pop(name, None) == H(data).hex(), "%s is not as SHA256SUMS says" % name)
        need(not listed, "missing: %s" % ", ".join(sorted(listed)))

    def contents(self):
        self.index = self.b.json("index.json")
        need(self.index["v"] == "xinbiao/evidence/v1", "another kind of bundle")
        self.tender = self.index["tender"]
        self.roots = self.own_roots
        if self.roots is None:
            self.roots = os.path.join(self.b.work, "roots.pem")
            with open(self.roots, "wb") as file:
                for name in self.index["roots"]:
                    file.write(self.b.get("roots/%s.pem" % name))
        for folder, where, kind in (("certificates", "certificates", "x509"), ("roots", "roots", "x509"), ("timeRoots", "time-roots", "x509"), ("crls", "crls", "crl")):
            for name in self.index.get(folder, []):
                der = openssl(kind, "-in", self.b.disk("%s/%s.pem" % (where, name)), "-outform", "DER")[1]
                need(H(der).hex() == name, "%s/%s does not have its fingerprint" % (folder, name))
        yield "%s, the %s form" % (self.tender["code"], self.index["form"])

    def log_key(self):
        offered = verifier_key(self.b.text("log/log.vkey"))
        need(not self.keys or any(key == offered for key in self.keys), "the bundle shows another key than the one you hold")
        self.keys = self.keys or [offered]
        yield "%s: compare it with the one printed in the tender documents" % self.b.text("log/log.vkey").strip()

    def checkpoint(self):
        self.point = open_checkpoint(self.b.text("log/checkpoint"), self.keys)
        need((self.point["origin"], self.point["size"]) == (self.index["log"]["origin"], self.index["log"]["size"]), "origin or size")
        yield "%s signs that it has %d entries" % (self.point["origin"], self.point["size"])

    def log_entries(self):
        self.leaves = {}
        for at in self.index["entries"]:
            leaf, proof = self.b.get("log/entries/%d.leaf" % at), parse_proof(self.b.text("log/entries/%d.tlog-proof" % at))
            need(proof["index"] == at and proof["checkpoint"] == self.point["note"], "entry %d: its proof leads elsewhere" % at)
            need(proves(at, self.point["size"], leaf_hash(leaf), proof["proof"], self.point["root"]), "entry %d: its proof does not hold" % at)
            said, extra = parse(leaf), proof["extra"]
            if extra is not None:
                need((said["t"] == "commit") == ("salt" in extra) and leaf_of(extra["body"], extra.get("salt")) == leaf, "entry %d says something else" % at)
            need(extra is not None or said["t"] == "commit", "entry %d: its proof does not say what it is" % at)
            self.entries[at] = extra["body"] if extra else None
            self.leaves[leaf_hash(leaf).hex()] = at
        yield "%d entries are proven under the one checkpoint" % len(self.entries)

    def acts(self):
        named = {body["p"]["act"]: body for body in self.entries.values() if body and isinstance(body["p"].get("act"), str)}
        for act in self.index["acts"]:
            body, name = named.pop(act["hash"], None), "acts/%s" % act["hash"]
            need(body is not None and body["t"] == act["type"], "no entry names the %s" % act["type"])
            need(H(self.b.get(name + ".json")).hex() == act["hash"], "%s was changed" % name)
            need(H(self.b.get(name + ".p7s")).hex() == body["p"]["signature"] and act["certificateSha256"] == body["p"]["certificate"], "%s: another signature" % name)
            self.signed(name + ".json", name + ".p7s", body["ts"], act["certificateSha256"])
        if named:
            raise Unknown("documents that entries name are missing: %s" % ", ".join(sorted(named)))
        yield "%d signatures hold" % len(self.index["acts"])

    def own_receipts(self):
        self.opened = []
        for name, text in self.receipts:
            receipt = open_receipt(text, self.keys)
            other = receipt["checkpoint"]
            need(other["size"] != self.point["size"] or other["root"] == self.point["root"], "%s contradicts the bundle" % name)
            if receipt["index"] in self.entries:
                need(self.leaves.get(receipt["leaf"]) == receipt["index"], "%s contradicts the bundle" % name)
            self.opened.append((name, receipt))
        yield "%d receipts" % len(self.opened)

    def notice(self):
        at = self.leaves.get(self.tender["noticeLeaf"])
        body = self.entries.get(at)
        need(body and body["t"] == "tender.publish", "the log does not hold this notice")
        need(len([1 for one in self.entries.values() if one and one["t"] == "tender.publish" and self.tender["id"] in (one["s"], one["p"].get("tender"))]) == 1, "more than one notice")
        act, content, keyring = self.b.json("acts/%s.json" % body["p"]["act"]), self.b.get("notice/content.json"), self.b.json("notice/keyring.json")
        need(H(content).hex() == act["contentHash"], "the notice shown is not the one signed")
        need(labelled(b"keyring", keyring) == act["keyringHash"] == self.tender["keyringHash"], "the keyring is not the one signed")
        need((act["tender"], act["code"]) == (self.tender["id"], self.tender["code"]), "the act is that of another tender")
        need(act["lots"] == [{"id": lot["id"], "no": lot["no"]} for lot in self.index["lots"]], "other lots than the signed ones")
        if isinstance(act.get("trust"), dict) and act["trust"].get("logKey"):
            need(verifier_key(act["trust"]["logKey"]) in self.keys, "the notice prints another log key")
        policy = (act.get("trust") or {}).get("policy")
        need(self.b.files.get("log/policy") == (policy.encode() if policy else None), "the notice prints another witness policy")
        enough = policy is None or witnessed(parse_policy(policy), self.point["note"])
        self.content = json.loads(content)
        self.versions, last = {(self.tender["noticeLeaf"], self.tender["keyringHash"])}, self.tender["noticeLeaf"]
        for where, said in sorted(self.entries.items()):
            if said and said["t"] == "tender.amend" and self.tender["id"] in (said["s"], said["p"].get("tender")):
                change = self.b.json("acts/%s.json" % said["p"]["act"])
                need(change["amends"] == last and labelled(b"keyring", change["keyring"]) == change["keyringHash"], "an amendment does not follow the notice before it")
                last = leaf_hash(self.b.get("log/entries/%d.leaf" % where)).hex()
                self.versions.add((last, change["keyringHash"]))
        if not enough:
            raise Unknown("the checkpoint lacks the witnesses that the notice asks for")
        yield "entry %d: content and keyring are those that were signed" % at

    def document(self, lot):
        name = "lots/%d/close.json" % lot["no"]
        at, body = self.one(lot["id"], "tender.close")
        need((at is None) == (name not in self.b.files), "close document and log do not agree")
        return at, body, self.b.json(name) if at is not None else None

    def close(self, lot):
        at, body, close = self.document(lot)
        awarded, failed = self.of(lot["id"], "award.decide"), self.of(lot["id"], "lot.fail")
        need((lot["state"] == "awarded") == bool(awarded), "its state does not agree with the log")
        need(not failed or lot["state"] == "failed", "the log says that it failed")
        need((lot["state"] == "bidding") == (at is None), "its state does not agree with its close")
        if at is None:
            return
        need(H(self.b.get("lots/%d/close.json" % lot["no"])).hex() == body["p"]["document"], "another close document than the one on record")
        need((close["tenderId"], close["lotId"]) == (self.tender["id"], lot["id"]), "the close document of another lot")
        before = [said for where, said in sorted(self.entries.items()) if said and where < at]
        notice = {"lotId": lot["id"], "tenderId": self.tender["id"], "deadline": self.content["deadline"], "terms": self.content["outage"]}
        due, again = deadline_by(before, notice)
        need(close["deadline"] == due, "another deadline than the notice's, or than its promise for outages allows")
        need(close["deadline"] <= close["closedAt"] and close["deadline"] <= body["ts"], "closed before the deadline")
        standing, gone, listed = {}, set(), set()
        for one in close["heads"] + close["others"]:
            where = self.leaves.get(one["leaf"])
            need(where is not None and where <= at and self.entries[where]["s"] == lot["id"], "a receipt it lists is not on record before the close")
            need(leaf_hash(leaf_of(self.entries[where], one["salt"])).hex() == one["leaf"], "a salt is wrong")
            listed.add(where)
        for where, said in self.of(lot["id"], "bid.receipt") + self.of(lot["id"], "bid.withdraw"):
            need(where in listed, "it leaves out entry %d" % where)
            redelivered = again and said["t"] == "bid.receipt" and said["p"].get("redelivered") is True
            need(said["ts"] < (again if redelivered else close["deadline"]), "entry %d is later than the deadline" % where)
            if said["t"] == "bid.receipt":
                standing[said["p"]["manifest"]] = where
                gone.add(said["p"].get("supersedes"))
            else:
                gone.add(said["p"].get("manifest") or said["p"].get("manifestHash"))
        need(sorted(set(standing) - gone) == sorted(one["manifestHash"] for one in close["heads"]), "the bids that count are not those of the receipts")
        need(len({one["bidId"] for one in close["heads"]}) == len(close["heads"]), "a bid is listed twice")
        signed = {labelled(b"manifest", manifest): manifest["ctx"]["supersedes"] for manifest in self.manifests(lot)}
        for where, said in self.of(lot["id"], "bid.receipt"):
            need(signed.get(said["p"]["manifest"], said["p"].get("supersedes")) == said["p"].get("supersedes"), "which bid entry %d says was replaced is not what the bidder signed" % where)
        results = self.of(lot["id"], "open.result")
        need(not results or self.of(lot["id"], "lot.open"), "results without an opening")
        heads = {one["bidId"]: one["manifestHash"] for one in close["heads"]}
        for where, said in results:
            need(heads.get(said["p"]["bid"]) == said["p"]["manifest"], "entry %d opened what does not count" % where)
        if self.of(lot["id"], "lot.open"):
            need(sorted(said["p"]["bid"] for _, said in results) == sorted(bid["bidId"] for bid in lot["bids"]), "the bids opened are not those shown")
        yield "%d bids, all received before the close (entry %d)" % (len(heads), at)

    def manifests(self, lot):
        """Every signed manifest of the lot at hand, those that evidence for a fault brings along included."""
        for at in range(len(lot["bids"])):
            place = self.folder(lot, at)
            if place + "/manifest.json" in self.b.files:
                yield self.b.json(place + "/manifest.json")
            for name in self.b.below(place + "/faults"):
                yield parse(self.b.json(name)["manifest"].encode("utf-8"))

    def receipts_in_close(self, lot):
        at, _, close = self.document(lot)
        held, doubt = {receipt["leaf"] for _, receipt in self.opened}, None
        for name, receipt in self.opened:
            if receipt["body"]["s"] != lot["id"] or receipt["body"]["t"] not in ("bid.receipt", "bid.withdraw") or close is None:
                continue
            if receipt["leaf"] not in {one["leaf"] for one in close["heads"] + close["others"]}:
                need(receipt["index"] > at, "%s proves a bid that the close document leaves out" % name)
                doubt = doubt or "%s is later than the close" % name
                continue
            # The entry by which a bid ended holds hashes only: that its bidder signed it shows who holds the receipt of that step.
            ends = [where for kind, field in (("bid.receipt", "supersedes"), ("bid.withdraw", "manifest")) for where, said in self.of(lot["id"], kind)
                    if receipt["body"]["t"] == "bid.receipt" and said["p"].get(field) == receipt["body"]["p"]["manifest"]]
            if ends and not any(leaf in held for leaf, where in self.leaves.items() if where in ends):
                doubt = doubt or "by entry %d the bid of %s was withdrawn or replaced, and whether its bidder did that cannot be told from here" % (ends[0], name)
                continue
            yield "%s is in the close document" % name
        if doubt:
            raise Unknown(doubt)

    def folder(self, lot, at):
        return "lots/%d/bids/%02d" % (lot["no"], at + 1)

    def manifest(self, lot, at):
        place = self.folder(lot, at) + "/manifest.json"
        if place not in self.b.files:
            return None
        manifest = self.b.json(place)
        if manifest["ctx"]["suite"] != "XB1":
            raise Unknown("sealed with the suite %s, which this page does not know" % manifest["ctx"]["suite"])
        need(labelled(b"ctx", manifest["ctx"]) == manifest["ctxHash"], "context hash")
        return manifest

    def bids(self, lot):
        count = 0
        receipts = {said["p"]["manifest"]: said for _, said in self.of(lot["id"], "bid.receipt")}
        for at, bid in enumerate(lot["bids"]):
            manifest, place = self.manifest(lot, at), self.folder(lot, at)
            if manifest is None:
                continue
            said = receipts.get(labelled(b"manifest", manifest))
            need(said is not None, "bid %d: the log has no receipt of it" % (at + 1))
            need(H(self.b.get(place + "/manifest.p7s")).hex() == said["p"]["signature"], "bid %d: another signature than its receipt names" % (at + 1))
            need(manifest["ctx"]["bidderCertSha256"] == bid["certificateSha256"], "bid %d: another certificate" % (at + 1))
            ctx = manifest["ctx"]
            need((ctx["tenderId"], ctx["lotId"]) == (self.tender["id"], lot["id"]) and (ctx["noticeHash"], ctx["keyringHash"]) in self.versions, "bid %d was sealed for something else" % (at + 1))
            self.signed(place + "/manifest.json", place + "/manifest.p7s", said["ts"], bid["certificateSha256"])
            count += 1
        yield "%d bids are signed by their bidders" % count

    def pieces(self, folder, part):
        return [self.b.get("%s/parts/%s/%04d.piece" % (folder, part["name"], nth)) for nth in range(len(part["pieces"]))]

    def prices(self, lot):
        count = 0
        for where, said in self.of(lot["id"], "open.result"):
            if said["p"]["state"] != "opened":
                continue
            at = next(at for at, bid in enumerate(lot["bids"]) if bid["bidId"] == said["p"]["bid"])
            manifest, place = self.manifest(lot, at), self.folder(lot, at)
            if manifest is None:
                raise Unknown("entry %d: no manifest at hand" % where)
            need(labelled(b"manifest", manifest) == said["p"]["manifest"], "entry %d: another manifest than the one on record" % where)
            part = next(one for one in manifest["parts"] if one["name"] == "price")
            need(place + "/keys/price.key" in self.b.files, "entry %d: its key is missing" % where)
            key = self.b.text(place + "/keys/price.key").strip()
            need(key == said["p"]["partKey"], "entry %d: another key than the one on record" % where)
            content, _ = open_part(manifest, part["stage"], "price", strict_hex(key), self.pieces(place, part))
            need(content["price"] == said["p"]["price"], "entry %d: %s fen was sealed, %s was read out" % (where, content["price"], said["p"]["price"]))
            count += 1
        yield "%d prices were opened again and are those that were read out" % count

    def entitled(self, lot):
        for at, bid in enumerate(lot["bids"]):
            place = self.folder(lot, at)
            if self.b.below(place + "/shares") or self.b.below(place + "/stages"):
                yield at, bid, place, self.manifest(lot, at)

    def blobs(self, place, stage):
        found = {}
        for name in self.b.below(place + "/shares"):
            said = self.b.json(name)
            if said["stage"] == stage:
                found[said["officer"]] = self.b.get(name)
        return found

    def gate(self, place, stage):
        return self.b.files.get("%s/gates/%s.json" % (place, stage))

    def shares(self, lot):
        count = 0
        for at, bid, place, manifest in self.entitled(lot):
            for lock in manifest["stages"]:
                name = "%s/stages/%s.key" % (place, lock["id"])
                if name not in self.b.files:
                    continue
                if any(said["p"]["bid"] == bid["bidId"] for _, said in self.of(lot["id"], "open.recovery")):
                    # The officers did not come: the bidder opened with its own key, which the manifest commits to.
                    key = strict_hex(self.b.text(name).strip())
                    need(expand(key, b"xinbiao/v1/key-commit\0" + unhex(manifest["ctxHash"]) + lock["id"].encode(), 32).hex() == lock["keyCommit"], "bid %d: not the committed key" % (at + 1))
                else:
                    key = recover(manifest, lock, self.blobs(place, lock["id"]), self.gate(place, lock["id"]))
                need(key.hex() == self.b.text(name).strip(), "bid %d: the shares do not give this key" % (at + 1))
                for part in manifest["parts"]:
                    own = "%s/keys/%s.key" % (place, part["name"])
                    if part["stage"] == lock["id"] and own in self.b.files:
                        need(part_key(key, unhex(manifest["ctxHash"]), lock["id"], part["name"]).hex() == self.b.text(own).strip(), "bid %d: the published key does not follow" % (at + 1))
                count += 1
        yield "%d keys were put together again from their shares" % count

    def parts(self, lot):
        count, states = 0, {said["p"]["bid"]: said["p"]["state"] for _, said in self.of(lot["id"], "open.result")}
        for at, bid, place, manifest in self.entitled(lot):
            for part in manifest["parts"]:
                name = "%s/stages/%s.key" % (place, part["stage"])
                if name not in self.b.files or states.get(bid["bidId"]) != "opened":
                    continue
                key = part_key(strict_hex(self.b.text(name).strip()), unhex(manifest["ctxHash"]), part["stage"], part["name"])
                open_part(manifest, part["stage"], part["name"], key, self.pieces(place, part))
                count += 1
        yield "%d parts were opened again, every byte of them authentic" % count

    def batches(self, lot):
        if not self.index["holder"] or self.index["holder"]["kind"] != "supervision":
            return
        batches = self.of(lot["id"], "open.reveal") or self.of(lot["id"], "open.batch")
        need(len(lot["releases"]) >= len(batches), "a batch is missing")
        for officer in lot["releases"]:
            place = "lots/%d/releases/%s" % (lot["no"], officer[:16])
            sealed = H(self.b.get(place + ".json")).hex()
            said = next((body for _, body in batches if sealed in (body["p"].get("sealedAct"), body["p"].get("batch"))), None)
            need(said is not None and said["p"]["signature"] == H(self.b.get(place + ".p7s")).hex(), "a batch is not the one on record")
            self.signed(place + ".json", place + ".p7s", said["ts"], said["p"]["certificate"])
        yield "the batches of %d officers are those on record" % len(batches)

    def faults(self, lot):
        shut = [said["p"] for _, said in self.of(lot["id"], "open.result") if said["p"]["state"] != "opened"]
        own = {bid["bidId"]: (place, manifest) for _, bid, place, manifest in self.entitled(lot)}
        for said in shut:
            if said["bid"] not in own:
                raise Unknown("a bid was named faulty; whether it is cannot be told from what is public")
            place, manifest = own[said["bid"]]
            try:
                for lock in manifest["stages"]:
                    key = recover(manifest, lock, self.blobs(place, lock["id"]), self.gate(place, lock["id"]))
                    for part in manifest["parts"]:
                        if part["stage"] == lock["id"]:
                            own_key = part_key(key, unhex(manifest["ctxHash"]), lock["id"], part["name"])
                            content, _ = open_part(manifest, lock["id"], part["name"], own_key, self.pieces(place, part))
                            need(content.get("lotId") == lot["id"], "offer.malformed")
            except (Wrong, KeyError, tarfile.TarError) as fault:
                yield "a bid named faulty does not open (%s)" % fault
                continue
            raise Wrong("a bid was named faulty, and yet it opens")

    def ranking(self, lot):
        at, said = self.one(lot["id"], "eval.result")
        name = "lots/%d/result.json" % lot["no"]
        public = lot["state"] == "awarded" or (said and said["p"].get("outcome") == "lt3Responsive")
        need((name in self.b.files) == bool(said and public), "result and log do not agree")
        if name not in self.b.files:
            return
        result = self.b.json(name)
        need(H(self.b.get(name)).hex() == said["p"]["result"], "another result than the one on record")
        terms = next(one for one in self.content["lots"] if one["no"] == lot["no"])
        limit, weight = int(terms.get("ceiling") or terms["budget"]), int(terms.get("priceWeight") or 0)
        need((result["method"], int(result["limit"])) == (terms["method"], limit), "method or limit are not those of the notice")
        _, sealed = self.one(lot["id"], "eval.close")
        need(sealed and sealed["p"]["sheets"] == sorted(({"commitment": one["commitment"], "expert": one["expert"]} for one in result["sheets"]), key=lambda one: one["expert"]), "other sheets than those that were sealed")
        prices = {body["p"]["bid"]: body["p"]["price"] for _, body in self.of(lot["id"], "open.result")}
        valid = [bid for bid in result["bids"] if bid["responsive"] and not bid["overLimit"]]
        base = min((int(bid["price"]) for bid in valid), default=None)
        for bid in result["bids"]:
            price = int(bid["price"])
            need(prices.get(bid["bidId"]) == bid["price"], "a price is not the one that was read out")
            need((price > limit) == bid["overLimit"] and not (bid["overLimit"] and bid["responsive"]), "over the limit or not")
            for kind in ("objective", "subjective"):
                need(sum(item["score"] for item in bid["items"] if item["kind"] == kind) == bid[kind], "points do not add up")
            if bid in valid and result["method"] == "comprehensive":
                need((2 * base * weight * 100 + price) // (2 * price) == bid["priceScore"], "a price score is wrong")
                need(bid["objective"] + bid["subjective"] + bid["priceScore"] == bid["total"], "a total is wrong")
        rank = (lambda bid: (-bid["total"], int(bid["price"]))) if result["method"] == "comprehensive" else (lambda bid: int(bid["price"]))
        for bid in result["bids"] if result["outcome"] == "ranked" else []:
            need(bid["rank"] == (1 + sum(rank(other) < rank(bid) for other in valid) if bid in valid else None), "a rank is wrong")
        qualified = self.one(lot["id"], "qualify.result")[1]
        if qualified is None:
            raise Unknown("the signed qualification is not at hand")
        passed = {bid["bidId"] for bid in self.b.json("acts/%s.json" % qualified["p"]["act"])["bids"] if all(one["met"] for one in bid["findings"])}
        opened = {body["p"]["bid"] for _, body in self.of(lot["id"], "open.result") if body["p"]["state"] == "opened"}
        need(sorted(passed & opened) == sorted(bid["bidId"] for bid in result["bids"]), "other bids were evaluated than those that opened and qualified")
        yield "price scores, totals and ranks were computed again"

    def sheets(self, lot):
        name = "lots/%d/result.json" % lot["no"]
        committed = {one["expert"]: one["commitment"] for one in self.b.json(name)["sheets"]} if name in self.b.files else {}
        for expert in lot["sheets"]:
            place = "lots/%d/sheets/%s" % (lot["no"], expert)
            sheet, salt = self.b.json(place + ".json"), strict_hex(self.b.text(place + ".salt").strip())
            need(H(b"xinbiao/v1/sheet-commit\n", salt, jcs(sheet)).hex() == committed.get(expert), "the sheet of %s is not the committed one" % expert)
        yield "%d sheets" % len(lot["sheets"])

    def award(self, lot):
        at, said = self.one(lot["id"], "award.decide")
        need((at is None) == (lot["award"] is None), "award and log do not agree")
        if at is None:
            return
        need(lot["award"] == said["p"]["act"], "another award than the one on record")
        award = self.b.json("acts/%s.json" % lot["award"])
        first = next((bid for bid in self.b.json("lots/%d/result.json" % lot["no"])["bids"] if bid["bidId"] == award["bidId"]), None)
        need(first is not None and (first["rank"], first["price"], first["total"]) == (1, award["price"], award["total"]), "the award is not for the bid ranked first")
        need(award["lotId"] == lot["id"] and award["resultHash"] == self.one(lot["id"], "eval.result")[1]["p"]["result"], "the award rests on another result")
        yield "the bid ranked first won (entry %d)" % at

    def draws(self):
        records = [name for name in self.b.files if re.fullmatch(r"lots/\d+/draws/[^/]+\.json", name)]
        if records and xinbiao_draw is None:
            raise Unknown("xinbiao_draw.py does not lie beside this file")
        for name in records:
            faults = xinbiao_draw.check(self.b.json(name))
            need(not faults, "%s: %s" % (name, "; ".join(faults)))
        yield "%d draws were held again" % len(records)

    def timestamps(self):
        count = 0
        roots = [name for name in self.b.below("time-roots")]
        for name in [one for one in self.b.files if one.endswith(".tst")]:
            if not roots:
                raise Unknown("there is no root of a time authority in the bundle")
            place = os.path.join(self.b.work, "time-roots.pem")
            with open(place, "wb") as file:
                for root in roots:
                    file.write(self.b.get(root))
            content = name[: -len(".tst")] + ".stamped"
            code, _, err = openssl("ts", "-verify", "-token_in", "-in", self.b.disk(name), "-data", self.b.disk(content), "-CAfile", place)
            need(code == 0, "%s: %s" % (name, err.decode("utf-8", "replace").strip()))
            no = next(lot["no"] for lot in self.index["lots"] if name.startswith("lots/%d/" % lot["no"]))
            deadline, time = self.b.json("lots/%d/close.json" % no)["deadline"], stamped_at(self.b.disk(name))
            if name.endswith("/close.tst"):
                need(time >= deadline, "%s: closed before the deadline" % name)
            else:
                need(time < deadline, "%s: not from before the deadline" % name)
                need(self.b.get(content) in self.b.get(name[: name.index("/timestamps/")] + "/manifest.p7s"), "%s is not over the bid's signature" % name)
            if name.endswith("/close.tst"):
                lot = next(lot for lot in self.index["lots"] if name == "lots/%d/close.tst" % lot["no"])
                need(self.one(lot["id"], "tender.close")[1]["p"]["token"] == self.b.get(name).hex() and self.b.get(content) == self.b.get("lots/%d/close.json" % lot["no"]), "%s is not the token of the close" % name)
            count += 1
        yield "%d timestamps hold" % count


# ---- published vectors (contracts/vectors) ----
def scalar(text):
    return int(text, 16)


def vectors_log(v):
    keys = [verifier_key(v["keys"]["log"])] + [verifier_key(key) for key in v["keys"]["witnesses"]]
    hashes = []
    for entry in v["entries"]:
        leaf = leaf_of(entry["body"], entry["salt"])
        hashes.append(leaf_hash(leaf))
        yield leaf.hex() == entry["leaf"] and hashes[-1].hex() == entry["hash"]
    for one in v["roots"]:
        yield tree_root(hashes[: one["size"]]).hex() == one["root"]
    one = v["inclusion"]
    yield proves(one["index"], one["size"], unhex(one["leaf"]), [unhex(p) for p in one["proof"]], tree_root(hashes))
    one = v["consistency"]
    old, new = (tree_root(hashes[: one[end]]) for end in ("from", "to"))
    yield proves_growth(one["from"], one["to"], old, new, [unhex(p) for p in one["proof"]])
    yield not proves_growth(one["from"], one["to"], new, old, [unhex(p) for p in one["proof"]])
    yield open_checkpoint(v["checkpoint"], keys)["root"] == tree_root(hashes)
    yield open_checkpoint(v["cosigned"], keys)["size"] == len(hashes)
    policy = parse_policy(v["policy"])
    yield witnessed(policy, v["cosigned"]) and not witnessed(policy, v["checkpoint"])
    yield not witnessed(parse_policy(v["policy"].replace("witnesses 2 ", "witnesses all ")), v["cosigned"])
    yield raises(lambda: parse_policy(v["policy"].replace("witnesses 2 ", "witnesses 4 ")))
    yield open_receipt(v["receipt"], keys)["leaf"] in [one.hex() for one in hashes]
    yield raises(lambda: open_checkpoint(v["checkpoint"].replace("\n7\n", "\n6\n"), keys))
    yield bool(open_note(v["acknowledgement"], keys)[1])


def vectors_envelope(v):
    value = v["value"]
    manifest, keyring = parse(value["manifest"].encode()), parse(value["keyring"].encode())
    yield labelled(b"keyring", keyring) == value["keyringHash"] == manifest["ctx"]["keyringHash"]
    yield labelled(b"ctx", parse(value["ctx"].encode())) == value["ctxHash"] == manifest["ctxHash"]
    yield labelled(b"manifest", manifest) == value["manifestHash"]
    ctx = unhex(value["ctxHash"])
    for stage, lock in zip(value["stages"], manifest["stages"]):
        for group, dealt in zip(lock["groups"], stage["coefficients"]):
            yield [ec_text(ec_mul(scalar(a), FG)) for a in dealt["a"]] == group["A"]
        blobs = {share["officer"]: share["blob"].encode() for share in stage["shares"]}
        gate = stage["gate"]["blob"].encode() if stage["gate"] else None
        yield recover(manifest, lock, blobs, gate).hex() == stage["stageKey"]
        for lost in blobs:
            group = next(group for group in lock["groups"] if lost in [share["officer"] for share in group["shares"]])
            rest = {officer: blob for officer, blob in blobs.items() if officer not in [share["officer"] for share in group["shares"]] or (group["t"] == 1 and officer != lost)}
            yield raises(lambda: recover(manifest, lock, rest, gate)) == (group["t"] > 1 or len(group["shares"]) == 1)
        if gate:
            yield raises(lambda: recover(manifest, lock, blobs))
    for part, sealed in zip(value["parts"], manifest["parts"]):
        key = next(stage["stageKey"] for stage in value["stages"] if stage["stage"] == part["stage"])
        yield part_key(unhex(key), ctx, part["stage"], part["name"]).hex() == part["partKey"]
        yield (b"xinbiao/v1/part\0" + ctx + part["stage"].encode() + b"\0" + part["name"].encode()).hex() == part["context"]
        yield tree_root([leaf_hash(unhex(piece)) for piece in sealed["pieces"]]).hex() == part["root"] == sealed["root"]


def vectors_primitives(v):
    value = v["value"]
    for one in value["canonical"]:
        yield raises(lambda: parse(one["text"].encode("utf-8", "surrogatepass"))) != one["canonical"]
    d = value["derive"]
    ctx, place = unhex(d["ctxHash"]), d["coefficient"]
    yield expand(unhex(d["expand"]["key"]), unhex(d["expand"]["info"]), d["expand"]["length"]).hex() == d["expand"]["output"]
    yield stage_key(unhex(d["secret"]), ctx, place["stage"]).hex() == d["stageKey"]
    yield expand(unhex(d["stageKey"]), b"xinbiao/v1/key-commit\0" + ctx + place["stage"].encode(), 32).hex() == d["keyCommit"]
    yield d["partKey"] in [part_key(unhex(d["stageKey"]), ctx, place["stage"], name).hex() for name in ("price", "technical")]
    for one in value["chunked"]:
        plain, key, salt, context = bytes((i * 31 + 7) % 256 for i in range(one["size"])), unhex(one["key"]), unhex(one["salt"]), unhex(one["context"])
        okm = expand(key, b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context, 76)
        sealed = salt + okm[44:]
        for at in range(one["size"] // 16384 + 1):
            sealed += gcm_seal(okm[:32], (int.from_bytes(okm[32:44], "big") ^ at).to_bytes(12, "big"), plain[at * 16384 : (at + 1) * 16384])
        yield len(sealed) == one["length"] and sealed[:56].hex() == one["head"]
        yield H(sealed).hex() == one["sha256"] and open_chunked(key, context, sealed) == plain
        yield raises(lambda: open_chunked(key, context, sealed[:-1])) and raises(lambda: open_chunked(key, context + b"x", sealed))
    for one in value["tar"]["roots"]:
        yield tree_root([leaf_hash(H(bytes([at]))) for at in range(one["count"])]).hex() == one["root"]
    f = value["feldman"]
    yield [ec_text(ec_mul(scalar(a), FG)) for a in f["coefficients"]] == f["A"]
    shares = [(share["x"], scalar(share["value"])) for share in f["shares"]]
    yield combine(f["A"], shares).hex() == f["coefficients"][0] == combine(f["A"], shares[::-1]).hex()
    yield raises(lambda: combine(f["A"], [(shares[0][0], shares[0][1] + 1)] + shares[1:])) and raises(lambda: combine(f["A"], shares[:1]))


def vectors_time(v):
    with tempfile.TemporaryDirectory() as work:
        root, place = os.path.join(work, "root.pem"), os.path.join(work, "token")
        with open(root, "wb") as file:
            file.write(openssl("x509", "-inform", "DER", data=unhex(v["root"]))[1])
        for one in v["tokens"]:
            with open(place, "wb") as file:
                file.write(unhex(one["token"]))
            code = openssl("ts", "-verify", "-token_in", "-in", place, "-digest", one["digest"], "-CAfile", root)[0]
            if one["result"]["ok"]:
                yield code == 0 and stamped_at(place) == one["result"]["time"]
            # What openssl does not look at, or judges by today's date, is for the other verifier.
            elif one["result"]["reason"] in ("timestamp.wrong-digest", "timestamp.malformed", "signature.invalid"):
                yield code != 0
    for one in v["deadlines"]:
        yield deadline_by(one["entries"], one["notice"]) == (one["deadline"], one["redeliverUntil"])


def vectors_sheet(v):
    sealed = v["sealed"]
    yield labelled(b"sheet-ctx", v["ctx"]) == v["ctxHash"] == sealed["escrow"]["ctxHash"]
    yield labelled(b"sheet-escrow", sealed["escrow"]) == sealed["escrowHash"]
    yield labelled(b"keyring", v["keyring"]) == v["ctx"]["keyringHash"]
    yield H(b"xinbiao/v1/sheet-commit\n", unhex(sealed["reveal"]["salt"]), jcs(sealed["reveal"]["sheet"])).hex() == sealed["commitment"]
    yield len(recover({"ctxHash": v["ctxHash"]}, sealed["escrow"]["lock"], {share["officer"]: unhex(share["blob"]) for share in v["shares"]})) == 32


def vectors_draw(v):
    yield not xinbiao_draw.check(v["record"])
    yield xinbiao_draw.labelled(b"xinbiao/v1/draw-pool\n", v["record"]["pool"]) == v["hashes"]["pool"]
    words = xinbiao_draw.stream(unhex(v["stream"]["seed"]))
    for word in v["stream"]["words"]:
        yield "%016x" % next(words) == word
    curve = xinbiao_draw.CURVES[v["record"]["pool"].get("suite", "XB1")]
    escrows = {one["party"]: one for one in v["record"]["escrows"]}
    for one in v["record"]["contributions"]:
        yield xinbiao_draw.ec_point(curve, escrows[one["party"]]["A"][0]) == xinbiao_draw.ec_mul(curve, int(one["r"], 16), curve.g)
    escrow, shares = escrows[v["withheld"]["party"]], []
    for one in v["withheld"]["shares"]:
        blob, dealt = unhex(one["blob"]), next(dealt for dealt in escrow["shares"] if dealt["holder"] == one["holder"])
        yield H(b"xinbiao/v1/draw-share-commit\n", blob).hex() == dealt["commit"]
        shares.append((dealt["x"], int(parse(blob)["share"], 16)))
    yield xinbiao_draw.combine(curve, escrow["A"], shares) == unhex(v["withheld"]["r"])
    yield xinbiao_draw.combine(curve, escrow["A"], shares[1:]) is None


def vectors_officers(v):
    yield labelled(b"keyring", v["keyring"]) == v["keyringHash"]


def vectors_disputes(v):
    manifest = v["manifest"]
    yield labelled(b"ctx", manifest["ctx"]) == manifest["ctxHash"]
    for case in v["cases"]:
        blob = case["judgement"].get("blob")
        if blob and case["judgement"].get("share") == "good":
            said = parse(unhex(blob))
            group = next(group for group in manifest["stages"][0]["groups"] if group["id"] == said["group"])
            yield H(b"xinbiao/v1/share-commit\n", unhex(blob)).hex() in [share["commit"] for share in group["shares"]]


def vectors_evidence(v):
    bundle, sums = v["bundle"], {one["name"]: one["sha256"] for one in v["files"]}
    keys = [verifier_key(bundle["log"]["verifierKey"])]
    point = open_checkpoint(bundle["log"]["checkpoint"], keys)
    for entry in bundle["entries"]:
        leaf = leaf_of(entry["body"], entry["salt"])
        yield leaf_hash(leaf).hex() == entry["leaf"] and H(leaf).hex() == sums["log/entries/%d.leaf" % entry["index"]]
        yield proves(entry["index"], point["size"], leaf_hash(leaf), [unhex(p) for p in entry["proof"]], point["root"])
        extra = {"body": entry["body"], **({"salt": entry["salt"]} if entry["salt"] else {})}
        lines = ["c2sp.org/tlog-proof@v1", "extra " + base64.b64encode(jcs(extra)).decode(), "index %d" % entry["index"]]
        lines += [base64.b64encode(unhex(p)).decode() for p in entry["proof"]]
        text = "\n".join(lines) + "\n\n" + bundle["log"]["checkpoint"]
        yield H(text.encode()).hex() == sums["log/entries/%d.tlog-proof" % entry["index"]]
        yield open_receipt(text, keys)["index"] == entry["index"]
    for name, content in (("log/checkpoint", bundle["log"]["checkpoint"]), ("notice/content.json", bundle["tender"]["content"]), ("lots/1/close.json", bundle["lots"][0]["close"])):
        yield H(content.encode()).hex() == sums[name]


def vectors_sm(v):
    try:
        sm3 = lambda data: hashlib.new("sm3", data).digest()
        one = v["primitives"]["sm3"]
        yield sm3(unhex(one["message"])).hex() == one["digest"]
    except ValueError:  # a Python whose OpenSSL leaves the national algorithms out
        return
    one = v["primitives"]["hmac"]
    yield hmac.new(unhex(one["key"]), unhex(one["message"]), "sm3").hexdigest() == one["mac"]
    yield sm3(b"xinbiao/v1/manifest\n" + jcs(v["manifest"])).hex() == v["manifestHash"]
    yield sm3(b"xinbiao/v1/ctx\n" + jcs(v["manifest"]["ctx"])).hex() == v["manifest"]["ctxHash"]


def check_vectors(path):
    """How many things a file of vectors says, and which of them do not follow."""
    name = os.path.splitext(os.path.basename(path))[0]
    work = globals().get("vectors_" + {"gate": "envelope", "draw-sm": "draw"}.get(name, name))
    if work is None:
        return 0, []
    with open(path, encoding="utf-8") as file:
        results = list(work(json.load(file)))
    return len(results), ["%s: the %dth" % (name, nth + 1) for nth, good in enumerate(results) if not good]


def holds(work):
    return not raises(work)


def raises(work):
    try:
        work()
        return False
    except (Wrong, ValueError, KeyError, IndexError, TypeError):
        return True


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("subject", nargs="*")
    parser.add_argument("--receipt", action="append", default=[])
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--root")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--vectors", action="store_true")
    args = parser.parse_args(argv)
    if args.vectors:
        total, failed = 0, []
        for path in args.subject:
            count, wrong = check_vectors(path)
            total, failed = total + count, failed + wrong
        print("\n".join(failed + ["%d vectors, %d failed" % (total, len(failed))]))
        return 2 if failed else 0
    if len(args.subject) != 1:
        parser.print_usage()
        return 3
    read = lambda text: open(text, encoding="utf-8").read() if os.path.exists(text) else text
    keys = [verifier_key(read(key)) for key in args.key]
    receipts = [(os.path.basename(path), read(path)) for path in args.receipt]
    path = args.subject[0]
    if os.path.isfile(path):
        with open(path, "rb") as file:
            if file.read(22) == b"c2sp.org/tlog-proof@v1":
                if not keys:
                    print("? 101. A receipt cannot be checked without the log's key (--key)")
                    return 3
                try:
                    receipt = open_receipt(read(path), keys)
                except (Wrong, ValueError) as fault:
                    print("\u2717 101. The receipt does not hold: %s" % fault)
                    return 2
                print("\u2713 101. The receipt holds: entry %d, %s, %s" % (receipt["index"], receipt["body"]["t"], receipt["body"]["ts"]))
                return 0
    try:
        check = Check(Bundle(path), keys, args.root, receipts)
        check.all()
    except Wrong as fault:
        print("\u2717 1502. %s" % fault)
        return 2
    print(json.dumps(check.reports) if args.json else "\n".join(check.lines))
    outcomes = {report["outcome"] for report in check.reports}
    return 2 if "broken" in outcomes else 3 if "unknown" in outcomes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
