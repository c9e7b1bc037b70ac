import {
  bytesOf,
  canonicalBytes,
  chunkedHead,
  dealerOf,
  EnvelopeFault,
  expandKey,
  openPart,
  parseCanonical,
  partContextOf,
  partKeyIn,
  piecesRoot,
  recipientOf,
  recoverStageKey,
  shareCommit,
  wrapFor,
  type Manifest,
  type PartContent,
  type ShareBlob,
} from '@xinbiao/contracts/trust';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  aBid,
  aFile,
  aGroup,
  aKeyring,
  checked,
  readFrom,
  sharesOf,
  type ExampleBid,
  type ExampleGroup,
} from '../../../contracts/src/trust/envelope/example.ts';
import { attack } from './table.ts';

/*
 * AES-GCM does not commit to its key: whoever knows two keys can make one ciphertext that both accept and that reads
 * differently under each. Here a real one is made, with a price under each key, and put into an envelope.
 */

// ---- the invisible salamander: arithmetic of GCM's field -----------------------------------------------------------

const reduction = 0xe1n << 120n;
function multiply(x: bigint, y: bigint): bigint {
  let product = 0n;
  let v = y;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((x >> bit) & 1n) product ^= v;
    v = v & 1n ? (v >> 1n) ^ reduction : v >> 1n;
  }
  return product;
}
function power(x: bigint, exponent: bigint): bigint {
  let result = 1n << 127n;
  let base = x;
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = multiply(result, base);
    base = multiply(base, base);
  }
  return result;
}
const inverse = (x: bigint): bigint => power(x, 2n ** 128n - 2n);
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
const blockOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(32, '0'), 'hex');

/** What a chunk's key is under GCM: its hash key, the mask of its tag, and its keystream. */
function under(key: Uint8Array, nonce: Uint8Array, length: number) {
  const block = (bytes: Uint8Array): Buffer =>
    createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(bytes);
  const counter = (n: number): Buffer => Buffer.concat([nonce, Buffer.from([0, 0, 0, n])]);
  return {
    hash: numberOf(block(new Uint8Array(16))),
    mask: numberOf(block(counter(1))),
    stream: createCipheriv('aes-256-ctr', key, counter(2)).update(new Uint8Array(length)),
  };
}
type Under = ReturnType<typeof under>;

function tagOf({ hash, mask }: Under, ciphertext: Uint8Array): bigint {
  let y = 0n;
  for (let at = 0; at < ciphertext.length; at += 16) y = multiply(y ^ numberOf(ciphertext.subarray(at, at + 16)), hash);
  return multiply(y ^ (BigInt(ciphertext.length) * 8n), hash) ^ mask;
}

// ---- the envelope ----------------------------------------------------------------------------------------------------

const chunk = 16_384;
const cheap = '{"total":"710000"}';
const dear = { total: '980000' };

/** The key and nonce of a part's first chunk, as C2SP chunked-encryption derives them. */
function firstChunk(partKey: Uint8Array, salt: Uint8Array, context: Uint8Array) {
  const label = bytesOf('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM');
  const material = expandKey(partKey, Buffer.concat([label, new Uint8Array(1), salt, context]), 76);
  return { key: material.subarray(0, 32), nonce: material.subarray(32, 44) };
}

describe(attack(12), () => {
  let group: ExampleGroup;
  let bid: ExampleBid;
  let other: Uint8Array;
  let sealed: Uint8Array<ArrayBuffer>;
  const context = () => partContextOf(bid.manifest.ctxHash, 'open', 'price');
  const partWith = (filler: Uint8Array): PartContent => ({
    stage: 'open',
    name: 'price',
    content: dear,
    files: [aFile('fill.bin', filler)],
  });

  beforeAll(async () => {
    group = await aGroup('purchaser', 2, 3);
    const keyring = aKeyring([group]);
    const filler = new Uint8Array(20_000);
    const seed = crypto.getRandomValues(new Uint8Array(32));
    // Nothing in the key, the salt or the context of a part depends on what its files say, only on their sizes.
    bid = await aBid(keyring, [partWith(filler)], {}, seed);
    const honest = bid.sealed.get('price')!;
    const salt = honest.subarray(0, 24);
    const own = partKeyIn(bid.manifest, bid.deal.stageKeys.get('open')!, 'open', 'price');
    other = crypto.getRandomValues(new Uint8Array(32));
    const [one, two] = [own, other].map((key) => {
      const { key: aead, nonce } = firstChunk(key, salt, context());
      return under(aead, nonce, chunk);
    }) as [Under, Under];

    const ciphertext = Buffer.from(honest.subarray(56, 56 + chunk));
    // The cheap price stands where, under the first key, an attachment has bytes that nobody reads.
    const at = 400 * 16;
    for (const [offset, byte] of Buffer.from(cheap).entries())
      ciphertext[at + offset] = byte ^ two.stream[at + offset]!;
    // One free block makes the two tags equal: it enters both linearly, with different weights.
    const free = 600;
    ciphertext.fill(0, free * 16, free * 16 + 16);
    const difference = tagOf(one, ciphertext) ^ tagOf(two, ciphertext);
    const exponent = BigInt(chunk / 16 - free + 1);
    const weight = power(one.hash, exponent) ^ power(two.hash, exponent);
    blockOf(multiply(difference, inverse(weight))).copy(ciphertext, free * 16);

    // What the attachment then says under the first key, sealed as the page seals.
    const first = Buffer.from(ciphertext).map((byte, offset) => byte ^ one.stream[offset]!);
    // Two headers and bid.json come before it.
    filler.set(first.subarray(3 * 512));
    bid = await aBid(keyring, [partWith(filler)], {}, seed);
    sealed = bid.sealed.get('price')!;
    expect(Buffer.from(sealed.subarray(56, 56 + chunk)).equals(ciphertext)).toBe(true);
  });

  const reading = (partKey: Uint8Array, manifest: Manifest = bid.manifest, bytes = sealed) =>
    openPart({ manifest, stage: 'open', part: 'price', partKey, read: readFrom(bytes) }).then(
      async (part) => {
        await part.verify();
        return part.content;
      },
      (fault: unknown) => {
        if (!(fault instanceof EnvelopeFault)) throw fault;
        return `${fault.fault.code} ${fault.fault.party}`;
      },
    );
  const own = () => partKeyIn(bid.manifest, bid.deal.stageKeys.get('open')!, 'open', 'price');

  test('under bare AES-GCM one ciphertext and tag are good under two keys, with a price each', () => {
    const salt = sealed.subarray(0, 24);
    const said = [own(), other].map((partKey) => {
      const { key, nonce } = firstChunk(partKey, salt, context());
      const open = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(sealed.subarray(56 + chunk, 56 + chunk + 16));
      return Buffer.concat([open.update(sealed.subarray(56, 56 + chunk)), open.final()]).toString('latin1');
    });
    expect(said[0]).toContain('"total":"980000"');
    expect(said[0]).not.toContain('710000');
    expect(said[1]).toContain('"total":"710000"');
  });

  test('the envelope passes the server’s checks, and opens to the committed price only', async () => {
    expect(checked(bid).ok).toBe(true);
    expect(await reading(own())).toEqual(dear);
    expect(await reading(other)).toBe('part.wrong-key bidder');
  });

  test('a bidder who commits to the second key in the ciphertext’s head is named, and no price is read', async () => {
    const manifest = structuredClone(bid.manifest);
    const head = chunkedHead(other, sealed.subarray(0, 24), context());
    const bytes = new Uint8Array(sealed);
    bytes.set(head);
    const part = manifest.parts[0]!;
    part.head = toHex(head);
    part.pieces = [createHash('sha256').update(bytes).digest('hex')];
    part.root = piecesRoot(part.pieces);
    expect(checked({ ...bid, manifest }, canonicalBytes(manifest)).ok).toBe(true);
    // The officers' key is the committed one; it is not the one of this head.
    expect(await reading(own(), manifest, bytes)).toBe('part.wrong-key bidder');
  });

  test('another key in the manifest’s commitment never comes out of the officers’ shares', async () => {
    const manifest = structuredClone(bid.manifest);
    manifest.stages[0]!.keyCommit = toHex(expandKey(other, bytesOf('x'), 32));
    const shares = await sharesOf(manifest, group.officers);
    expect(recoverStageKey({ manifest, stage: 'open', shares })).toMatchObject({
      ok: false,
      faults: [{ code: 'stage.key-not-committed', party: 'bidder' }],
    });
  });

  test('shares dealt so that officers {1,2} would reach one price and {1,3} another: the third convicts the bidder', async () => {
    const manifest = structuredClone(bid.manifest);
    const shares = await sharesOf(bid.manifest, group.officers);
    const third = group.officers[2]!;
    const blob = parseCanonical(shares[2]!.blob) as ShareBlob;
    // A value on a line through officer 1's share and another secret.
    const q = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const y1 = numberOf(fromHex((parseCanonical(shares[0]!.blob) as ShareBlob).share));
    const secret = 123_456_789n;
    const y3 = ((((y1 - secret) * 3n + secret) % q) + q) % q;
    const bad = canonicalBytes({ ...blob, share: y3.toString(16).padStart(64, '0') });
    const place = { stage: 'open', group: 'purchaser', x: 3 };
    const dealer = dealerOf(new Uint8Array(32).fill(8), manifest.ctxHash);
    const share = manifest.stages[0]!.groups[0]!.shares[2]!;
    share.wrap = toHex(
      await wrapFor(recipientOf(third.certificate), bad, {
        contentKey: dealer.contentKey(place),
        iv: dealer.iv(place),
        ephemeral: dealer.ephemeral(place),
      }),
    );
    share.commit = shareCommit(bad);
    expect(checked({ ...bid, manifest }, canonicalBytes(manifest)).ok).toBe(true);
    const delivered = await sharesOf(manifest, group.officers);
    for (const who of [
      [0, 1],
      [0, 2],
      [1, 2],
      [0, 1, 2],
    ]) {
      const recovered = recoverStageKey({ manifest, stage: 'open', shares: who.map((at) => delivered[at]!) });
      if (who.includes(2))
        expect(recovered.faults).toContainEqual(
          expect.objectContaining({ code: 'share.off-polynomial', party: 'bidder', officer: third.certSha256 }),
        );
      // Whoever comes, there is one price or none.
      expect(recovered.ok).toBe(who.filter((at) => at < 2).length === 2);
      if (recovered.ok)
        expect(await reading(partKeyIn(manifest, recovered.stageKey, 'open', 'price'), manifest)).toEqual(dear);
      else
        expect(recovered.faults).toContainEqual(expect.objectContaining({ code: 'shares.too-few', party: 'bidder' }));
    }
  });
});
