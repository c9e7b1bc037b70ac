import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../kernel/bytes.ts';
import { Malformed, bytesOf, canonicalBytes, parseCanonical } from '../canonical.ts';
import { dealerOf, keyCommitOf, partKeyOf, stageKeyOf } from '../derive.ts';
import { equalBytes, joined } from '../hash.ts';
import { WrapUnreadable, recipientOf, wrapFor } from '../wrap.ts';
import { checkManifest, identifiersOf, lockFaults } from './check.ts';
import {
  aBid,
  aContext,
  aFile,
  aGroup,
  aKeyring,
  anOfficer,
  checked,
  readFrom,
  sharesOf,
  type ExampleBid,
  type ExampleGroup,
  type ExampleOfficer,
} from './example.ts';
import { checkGate, gateCommit, gateOfDeal, releaseGate, type GateBlob } from './gate.ts';
import type { Keyring } from './keyring.ts';
import { recoverStageKey } from './lock.ts';
import { manifestBytes, type Manifest } from './manifest.ts';
import { openPart } from './open.ts';
import { dealOfRecovery, openRecovery, protectRecovery, recoveryOf } from './recovery.ts';
import { createDeal } from './seal.ts';
import { EnvelopeFault, type PartContent } from './types.ts';

let groups: ExampleGroup[];
let keyring: Keyring;
let bidder: ExampleOfficer;
let bid: ExampleBid;
const price: PartContent = { stage: 'open', name: 'price', content: { total: '980000' }, files: [] };
const technical: PartContent = {
  stage: 'open',
  name: 'technical',
  content: {},
  files: [aFile('方案.pdf', bytesOf('%PDF-'))],
};
const officers = () => groups.flatMap((group) => group.officers);
const gated = async (parts: readonly PartContent[], stages = ['open'], seed?: Uint8Array<ArrayBuffer>) =>
  aBid(
    keyring,
    parts,
    {},
    seed ?? crypto.getRandomValues(new Uint8Array(32)),
    Object.fromEntries(stages.map((stage) => [stage, toHex(bidder.certificate)])),
  );
const released = (manifest: Manifest, stage = 'open', by = bidder) =>
  releaseGate({ manifest, stage, privateKey: by.privateKey, certificate: by.certificate });
const faultOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'done',
    (error: unknown) => (error instanceof EnvelopeFault ? `${error.fault.code} ${error.fault.party}` : String(error)),
  );

beforeAll(async () => {
  groups = [await aGroup('purchaser', 1, 2), await aGroup('independent', 2, 3)];
  keyring = aKeyring(groups);
  bidder = await anOfficer('投标人');
  bid = await gated([price, technical]);
});

test('with a gate the officers together and the bidder open, and neither without the other', async () => {
  expect(checked(bid)).toMatchObject({ ok: true });
  const { manifest } = bid;
  const shares = await sharesOf(manifest, officers());
  const gate = await released(manifest);
  const opened = recoverStageKey({ manifest, stage: 'open', shares, gate });
  expect(opened.ok && toHex(opened.stageKey)).toBe(toHex(bid.deal.stageKeys.get('open') as Uint8Array));
  expect(recoverStageKey({ manifest, stage: 'open', shares })).toEqual({
    ok: false,
    faults: [{ code: 'gate.missing', party: 'bidder', stage: 'open' }],
  });
  const alone = recoverStageKey({ manifest, stage: 'open', shares: [], gate });
  expect(alone).toMatchObject({ ok: false, faults: [{ code: 'shares.too-few' }, { code: 'shares.too-few' }] });
  const part = await openPart({
    manifest,
    stage: 'open',
    part: 'price',
    partKey: partKeyOf(opened.ok ? opened.stageKey : new Uint8Array(32), manifest.ctxHash, 'open', 'price'),
    read: readFrom(bid.sealed.get('price') as Uint8Array),
  });
  expect(part.content).toEqual({ total: '980000' });
});

test('all officers together cannot work out the stage key of a gated envelope', async () => {
  // What they hold is the key of the same deal without a gate, and that is another one.
  const ungated = await aBid(keyring, [price, technical], {}, bid.deal.dealSeed);
  const shares = await sharesOf(bid.manifest, officers());
  const theirs = recoverStageKey({
    manifest: { ...bid.manifest, stages: [{ ...bid.manifest.stages[0]!, gate: 'none' }] as Manifest['stages'] },
    stage: 'open',
    shares,
  });
  expect(theirs).toMatchObject({ ok: false, faults: [{ code: 'stage.key-not-committed' }] });
  expect(toHex(ungated.deal.stageKeys.get('open')!)).not.toBe(toHex(bid.deal.stageKeys.get('open')!));
});

test('a gate is wanted exactly where the tender says so, and wrapped to the bidder’s own certificate', async () => {
  const codes = (one: ExampleBid, gates: ExampleBid['expect']['gates']) => {
    const { gates: _, ...rest } = one.expect;
    const result = checkManifest({ bytes: one.bytes, expect: gates ? { ...rest, gates } : rest });
    return result.ok ? [] : result.faults.map(({ code, at }) => `${code} ${at}`);
  };
  const der = toHex(bidder.certificate);
  const other = toHex((await anOfficer('别家')).certificate);
  const plain = await aBid(keyring, [price, technical]);
  expect(codes(bid, { open: der })).toEqual([]);
  expect(codes(bid, { open: null })).toEqual([]);
  expect(codes(bid, undefined)).toEqual(['gate.differs stages.open.bidder']);
  expect(codes(plain, { open: der })).toEqual(['gate.differs stages.open.bidder']);
  expect(codes(bid, { open: other })).toEqual([
    'gate.wrong-certificate stages.open.bidder',
    'wrap.wrong-recipient stages.open.bidder',
  ]);
  expect(
    lockFaults(bid.manifest.stages[0]!, keyring, { points: new Set(), commits: new Set() }).map(({ code }) => code),
  ).toEqual(['gate.differs']);
});

test.each<[string, string, (manifest: Manifest) => void]>([
  ['a wrap with a byte more', 'wrap.malformed', (m) => (gateOf(m).wrap += '00')],
  [
    'an officer’s wrap in its place',
    'wrap.wrong-recipient',
    (m) => (gateOf(m).wrap = m.stages[0]!.groups[0]!.shares[0]!.wrap),
  ],
  [
    'an officer’s wrap in its place',
    'point.duplicate',
    (m) => (gateOf(m).wrap = m.stages[0]!.groups[0]!.shares[0]!.wrap),
  ],
  [
    'an officer’s commitment',
    'commit.duplicate',
    (m) => (gateOf(m).commit = m.stages[0]!.groups[0]!.shares[0]!.commit),
  ],
  ['another fingerprint', 'gate.wrong-certificate', (m) => (gateOf(m).certSha256 = '99'.repeat(32))],
  ['no gate beside the word', 'manifest.malformed', (m) => delete (m.stages[0] as { bidder?: unknown }).bidder],
  ['a gate beside `none`', 'manifest.malformed', (m) => ((m.stages[0] as { gate: string }).gate = 'none')],
  ['another word', 'manifest.malformed', (m) => ((m.stages[0] as { gate: string }).gate = 'notary')],
  ['a field more', 'manifest.malformed', (m) => Object.assign(gateOf(m), { more: 1 })],
])('a gate with %s is refused: %s', (_, code, change) => {
  const manifest = structuredClone(bid.manifest);
  change(manifest);
  const result = checked(bid, manifestBytes(manifest));
  expect(result.ok ? [] : result.faults.map((fault) => fault.code)).toContain(code);
});
const gateOf = (manifest: Manifest) => {
  const lock = manifest.stages[0]!;
  if (lock.gate !== 'bidder') throw new Error('no gate');
  return lock.bidder;
};

test('a gate that hides more or less than a gate is refused', async () => {
  const manifest = structuredClone(bid.manifest);
  const wrap = await wrapFor(
    recipientOf(bidder.certificate),
    new Uint8Array(100),
    dealerOf(new Uint8Array(32), '00'.repeat(32)).gate('open'),
  );
  gateOf(manifest).wrap = toHex(wrap);
  const result = checked(bid, manifestBytes(manifest));
  expect(result.ok ? [] : result.faults.map(({ code }) => code)).toEqual(['wrap.wrong-length']);
});

test('a released gate changed in any byte is not the committed one, and the bidder is at fault', async () => {
  const gate = await released(bid.manifest);
  expect(gateCommit(gate)).toBe(gateOf(bid.manifest).commit);
  fc.assert(
    fc.property(fc.nat(gate.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
      const blob = gate.slice();
      blob[at] = (blob[at] ?? 0) ^ mask;
      expect(checkGate({ manifest: bid.manifest, stage: 'open', blob })).toEqual({
        ok: false,
        fault: { code: 'gate.not-committed', party: 'bidder', stage: 'open' },
      });
    }),
    { numRuns: 50 },
  );
  expect(checkGate({ manifest: bid.manifest, stage: 'later', blob: gate })).toMatchObject({
    fault: { code: 'stage.unknown' },
  });
  const plain = await aBid(keyring, [price]);
  expect(checkGate({ manifest: plain.manifest, stage: 'open', blob: gate })).toMatchObject({ ok: false });
});

/** A bid whose gate was sealed wrongly but is the one that was committed to. */
const sealedBadly = async (spoil: (blob: GateBlob) => unknown) => {
  const manifest = structuredClone(bid.manifest);
  const bad = canonicalBytes(spoil(parseCanonical(await released(bid.manifest)) as GateBlob));
  const secrets = dealerOf(new Uint8Array(32).fill(9), bid.manifest.ctxHash).gate('open');
  gateOf(manifest).wrap = toHex(await wrapFor(recipientOf(bidder.certificate), bad, secrets));
  gateOf(manifest).commit = gateCommit(bad);
  return { manifest, bad };
};

test.each<[string, (blob: GateBlob) => unknown]>([
  ['another context', (blob) => ({ ...blob, ctxHash: '99'.repeat(32) })],
  ['another stage', (blob) => ({ ...blob, stage: 'later' })],
  ['another bidder', (blob) => ({ ...blob, bidder: '99'.repeat(32) })],
  ['a short key', (blob) => ({ ...blob, gate: blob.gate.slice(2) })],
  ['a field more', (blob) => ({ ...blob, more: 1 })],
  ['a share’s form', (blob) => ({ ...blob, v: 'xinbiao/share/v1' })],
])('a gate the bidder sealed with %s is malformed, named, and opens nothing', async (_, spoil) => {
  const { manifest, bad } = await sealedBadly(spoil);
  expect(await faultOf(released(manifest))).toBe('gate.malformed bidder');
  expect(recoverStageKey({ manifest, stage: 'open', shares: await sharesOf(manifest, officers()), gate: bad })).toEqual(
    { ok: false, faults: [{ code: 'gate.malformed', party: 'bidder', stage: 'open' }] },
  );
});

test('a committed gate with another key in it opens nothing: the stage key is committed to as well', async () => {
  const { manifest, bad } = await sealedBadly((blob) => ({ ...blob, gate: '07'.repeat(32) }));
  expect(recoverStageKey({ manifest, stage: 'open', shares: await sharesOf(manifest, officers()), gate: bad })).toEqual(
    { ok: false, faults: [{ code: 'stage.key-not-committed', party: 'bidder', stage: 'open' }] },
  );
});

test('only the bidder’s own key releases the gate, and every failure looks the same', async () => {
  const plain = await aBid(keyring, [price]);
  const [officer] = officers();
  for (const attempt of [
    () => released(bid.manifest, 'open', officer!),
    () => released(bid.manifest, 'later'),
    () => released(plain.manifest),
    () =>
      releaseGate({
        manifest: bid.manifest,
        stage: 'open',
        privateKey: officer!.privateKey,
        certificate: bidder.certificate,
      }),
    () =>
      releaseGate({
        manifest: bid.manifest,
        stage: 'open',
        privateKey: bidder.privateKey,
        certificate: new Uint8Array(3),
      }),
  ])
    await expect(attempt()).rejects.toEqual(new WrapUnreadable());
});

test('the recovery file releases the gate when the bidder’s key is lost', async () => {
  const { deal, manifest } = bid;
  const recovery = recoveryOf({
    deal,
    parts: [
      { stage: 'open', name: 'price', content: price.content, files: [] },
      { stage: 'open', name: 'technical', content: {}, files: [] },
    ],
    client: manifest.client,
  });
  const saved = await protectRecovery(recovery, '口令一二三', crypto.getRandomValues(new Uint8Array(28)));
  const again = await dealOfRecovery(await openRecovery(saved, '口令一二三'), keyring);
  expect(again.locks).toEqual(manifest.stages);
  expect(equalBytes(gateOfDeal(again, 'open'), await released(manifest))).toBe(true);
  expect(() => gateOfDeal(again, 'later')).toThrow(EnvelopeFault);
});

test('the gate’s secrets come from labels of their own', () => {
  const dealer = dealerOf(new Uint8Array(32).fill(1), '11'.repeat(32));
  const gate = dealer.gate('open');
  const place = { stage: 'open', group: 'bidder', x: 1 };
  const all = [
    ...Object.values(gate),
    ...Object.values(dealer.gate('price')),
    dealer.shareSalt(place),
    dealer.contentKey(place),
    dealer.iv(place),
    dealer.ephemeral(place),
  ].map(toHex);
  expect(new Set(all).size).toBe(all.length);
  expect(gate.key.length).toBe(32);
});

// ---- several stages -------------------------------------------------------------------------------------------

const qualification: PartContent = { stage: 'qualification', name: 'qualification', content: { a: 1 }, files: [] };
const later: PartContent = { ...price, stage: 'price' };

test('a stage opened first gives nothing of a stage opened later', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.subarray(['qualification', 'price']),
      async (seed, gates) => {
        const two = await gated([qualification, later], gates, new Uint8Array(seed));
        expect(checked(two)).toMatchObject({ ok: true });
        const { manifest } = two;
        const first = await sharesOf(manifest, officers(), 'qualification');
        const gate = gates.includes('qualification') ? await released(manifest, 'qualification') : undefined;
        const opened = recoverStageKey({ manifest, stage: 'qualification', shares: first, gate });
        expect(opened.ok).toBe(true);
        if (!opened.ok) return;
        // Its shares are no shares of the other stage, and whoever passes them off as such is named.
        const passedOff = recoverStageKey({ manifest, stage: 'price', shares: first, gate });
        expect(passedOff.ok).toBe(false);
        expect(
          passedOff.faults.filter(({ code, party }) => code === 'share.not-committed' && party === 'officer').length,
        ).toBe(first.length);
        // Nor does its key open the other part, whatever label it is given.
        for (const stage of ['qualification', 'price'])
          expect(
            await faultOf(
              openPart({
                manifest,
                stage: 'price',
                part: 'price',
                partKey: partKeyOf(opened.stageKey, manifest.ctxHash, stage, 'price'),
                read: readFrom(two.sealed.get('price') as Uint8Array),
              }),
            ),
          ).toBe('part.wrong-key bidder');
        expect(toHex(keyCommitOf(opened.stageKey, manifest.ctxHash, 'price'))).not.toBe(manifest.stages[1]!.keyCommit);
        // No value of one stage occurs in the other.
        const identifiers = identifiersOf(manifest).map(({ kind, value }) => kind + value);
        expect(new Set(identifiers).size).toBe(identifiers.length);
        // Later it opens by its own shares.
        const second = await sharesOf(manifest, officers(), 'price');
        const key = recoverStageKey({
          manifest,
          stage: 'price',
          shares: second,
          gate: gates.includes('price') ? await released(manifest, 'price') : undefined,
        });
        expect(key.ok && toHex(key.stageKey)).toBe(toHex(two.deal.stageKeys.get('price')!));
      },
    ),
    { numRuns: 8 },
  );
});

test('a gate of one stage is no gate of another', async () => {
  const two = await gated([qualification, later], ['qualification', 'price']);
  const { manifest } = two;
  const gate = await released(manifest, 'qualification');
  expect(
    recoverStageKey({ manifest, stage: 'price', shares: await sharesOf(manifest, officers(), 'price'), gate }),
  ).toMatchObject({ ok: false, faults: [{ code: 'gate.not-committed', party: 'bidder', stage: 'price' }] });
});

test('an envelope with other stages, or parts in other stages, than the notice asks for is refused', async () => {
  const two = await gated([qualification, later], []);
  const codes = (stages: Record<string, string[]>) => {
    const result = checkManifest({ bytes: two.bytes, expect: { ...two.expect, stages } });
    return result.ok ? [] : result.faults.map(({ code }) => code);
  };
  expect(codes({ qualification: ['qualification'], price: ['price'] })).toEqual([]);
  expect(codes({ open: ['qualification', 'price'] })).toEqual(
    expect.arrayContaining(['stage.unexpected', 'stage.missing', 'part.unexpected', 'part.missing']),
  );
  expect(codes({ qualification: ['qualification'], price: ['price'], third: ['more'] })).toEqual(
    expect.arrayContaining(['stage.missing', 'part.missing']),
  );
  expect(codes({ qualification: ['price'], price: ['qualification'] })).toEqual(
    expect.arrayContaining(['part.unexpected', 'part.missing']),
  );
});

test('a deal has from one to four stages, each once, and gates only for them', async () => {
  const deal = (stages: string[], gates = {}) =>
    createDeal({ ctx: aContext(keyring), keyring, dealSeed: new Uint8Array(32), stages, gates });
  expect((await deal(['a', 'b', 'c', 'd'])).locks.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  for (const stages of [[], ['a', 'b', 'c', 'd', 'e'], ['a', 'a'], ['A'], ['a/b']])
    await expect(deal(stages)).rejects.toBeInstanceOf(Malformed);
  await expect(deal(['a'], { b: toHex(bidder.certificate) })).rejects.toBeInstanceOf(Malformed);
  await expect(deal(['a'], { a: '3000' })).rejects.toBeInstanceOf(Malformed);
});

test('the stage key is that of the groups’ secrets in order and the gate last', async () => {
  const dealer = dealerOf(bid.deal.dealSeed, bid.manifest.ctxHash);
  const secrets = ['purchaser', 'independent'].map((group) => dealer.coefficient('open', group, 0));
  const bytes = joined(
    ...secrets.map((secret) => Uint8Array.from(Buffer.from(secret.toString(16).padStart(64, '0'), 'hex'))),
    dealer.gate('open').key,
  );
  expect(toHex(stageKeyOf(bytes, bid.manifest.ctxHash, 'open'))).toBe(toHex(bid.deal.stageKeys.get('open')!));
});
