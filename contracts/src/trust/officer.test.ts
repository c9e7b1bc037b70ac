import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/bytes.ts';
import { aBid, aGroup, aKeyring, type ExampleOfficer } from './envelope/example.ts';
import { Malformed } from './canonical.ts';
import { openerStage } from './officer.ts';
import {
  answerOpenerTest,
  checkOpenerProof,
  checkPrecheckItem,
  dealDummy,
  dealOpenerTest,
  dummySpoil,
  precheckBatchHash,
  PrecheckItem,
  precheckItemHash,
  precheckItemsOf,
} from './officer.ts';
import { WrapUnreadable } from './wrap.ts';

const random = () => crypto.getRandomValues(new Uint8Array(32));
const named = ({ certSha256, certificate }: ExampleOfficer) => ({ certSha256, certificate: toHex(certificate) });
const purchaser = await aGroup('purchaser', 1, 2);
const independent = await aGroup('independent', 2, 3);
const keyring = aKeyring([purchaser, independent]);
const [officer, other] = purchaser.officers as [ExampleOfficer, ExampleOfficer];
const bid = await aBid(keyring, [{ stage: 'open', name: 'price', content: { price: '1' }, files: [] }]);
/** A seed whose dummy is sound, or one whose dummy is spoilt. */
const seedFor = (sound: boolean) => {
  for (;;) {
    const seed = random();
    if ((dummySpoil(seed, keyring) === undefined) === sound) return seed;
  }
};
const keyOf = ({ privateKey, certificate }: ExampleOfficer) => ({ privateKey, certificate });
const only = (items: readonly PrecheckItem[]): PrecheckItem => {
  const [item] = items;
  if (!item || items.length !== 1) throw new Error('one item was expected');
  return item;
};

test('an officer who holds the key answers the test, and anybody can check the answer from the seed', async () => {
  const seed = random();
  const { item, answer } = await dealOpenerTest(seed, named(officer));
  expect(await answerOpenerTest({ item, ...keyOf(officer) })).toBe(answer);
  expect(await checkOpenerProof({ seed: toHex(seed), answer, officer: named(officer) })).toBe(true);
  expect(await checkOpenerProof({ seed: toHex(random()), answer, officer: named(officer) })).toBe(false);
  expect(await checkOpenerProof({ seed: toHex(seed), answer, officer: named(other) })).toBe(false);
});

test('nobody else can answer a test, and what is public of it does not give the answer', async () => {
  const { item, answer } = await dealOpenerTest(random(), named(officer));
  await expect(
    answerOpenerTest({ item, privateKey: other.privateKey, certificate: officer.certificate }),
  ).rejects.toThrow(WrapUnreadable);
  expect([item.commit, item.ctxHash, precheckItemHash(item)]).not.toContain(answer);
});

test('a share of a bid is never answered as if it were a test', async () => {
  const item = only(precheckItemsOf(bid.manifest, officer.certSha256));
  await expect(answerOpenerTest({ item, ...keyOf(officer) })).rejects.toThrow(Malformed);
  // Relabelled as a test, it still says inside what it is.
  const relabelled = { ...item, stage: openerStage, group: 'test', t: 1, A: item.A.slice(0, 1) };
  await expect(answerOpenerTest({ item: relabelled, ...keyOf(officer) })).rejects.toThrow(Malformed);
});

test('every officer accepts the own share of a sound envelope and of a dummy', async () => {
  const dummy = await dealDummy({ seed: seedFor(true), keyring, stages: ['open'] });
  for (const sealed of [bid.manifest, dummy])
    for (const one of [...purchaser.officers, ...independent.officers]) {
      const item = only(precheckItemsOf(sealed, one.certSha256));
      expect(PrecheckItem.parse(item)).toEqual(item);
      expect(await checkPrecheckItem({ item, ...keyOf(one) })).toEqual({ answer: 'accept' });
    }
});

test('a dummy has the form of a bid in every field, and only its seed tells it apart', async () => {
  const seed = seedFor(false);
  const dummy = await dealDummy({ seed, keyring, stages: ['open'] });
  const formOf = (item: PrecheckItem) => ({
    ...item,
    ctxHash: item.ctxHash.length,
    A: item.A.map(({ length }) => length),
    commit: item.commit.length,
    wrap: item.wrap.length,
  });
  for (const one of [...purchaser.officers, ...independent.officers])
    expect(formOf(only(precheckItemsOf(dummy, one.certSha256)))).toEqual(
      formOf(only(precheckItemsOf(bid.manifest, one.certSha256))),
    );
  expect(await dealDummy({ seed, keyring, stages: ['open'] })).toEqual(dummy);
  expect(await dealDummy({ seed: random(), keyring, stages: ['open'] })).not.toEqual(dummy);
});

test('some dummies do not open for one officer, so that a complaint tells nothing of bids', async () => {
  const seeds = Array.from({ length: 40 }, () => seedFor(false));
  const kinds = new Set(seeds.map((seed) => dummySpoil(seed, keyring)?.how));
  expect(kinds).toEqual(new Set(['noise', 'off-polynomial']));
  for (const how of kinds) {
    const seed = seeds.find((one) => dummySpoil(one, keyring)?.how === how) ?? random();
    const spoil = dummySpoil(seed, keyring);
    const dummy = await dealDummy({ seed, keyring, stages: ['open'] });
    for (const one of [...purchaser.officers, ...independent.officers]) {
      const item = only(precheckItemsOf(dummy, one.certSha256));
      const said = await checkPrecheckItem({ item, ...keyOf(one) });
      const code = how === 'noise' ? 'share.not-committed' : 'share.off-polynomial';
      expect(said).toEqual(one.certSha256 === spoil?.officer ? { answer: 'complaint', code } : { answer: 'accept' });
    }
  }
  // About one in sixteen.
  const many = Array.from({ length: 2_000 }, random).filter((seed) => dummySpoil(seed, keyring)).length;
  expect(many).toBeGreaterThan(60);
  expect(many).toBeLessThan(200);
});

test('whatever was changed in a share, its officer complains and never fails', async () => {
  const item = only(precheckItemsOf(bid.manifest, independent.officers[1]?.certSha256 ?? ''));
  // At x = 1 the order of the commitments makes no difference.
  const mine = independent.officers[1] as ExampleOfficer;
  const foreign = only(precheckItemsOf(bid.manifest, officer.certSha256));
  const flip = (hex: string, at: number): string => {
    const bytes = fromHex(hex);
    const place = at % bytes.length;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    return toHex(bytes);
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('wrap', 'commit', 'ctxHash', 'A', 'x', 'stage', 'group', 't', 'foreign'),
      fc.nat(10_000),
      async (field, at) => {
        const changed = {
          wrap: { wrap: flip(item.wrap, at) },
          commit: { commit: flip(item.commit, at) },
          ctxHash: { ctxHash: flip(item.ctxHash, at) },
          A: { A: item.A.toReversed() },
          x: { x: (item.x % 3) + 1 },
          stage: { stage: 'later' },
          group: { group: 'purchaser' },
          t: { t: 3 },
          foreign: { wrap: foreign.wrap, commit: foreign.commit },
        }[field];
        const said = await checkPrecheckItem({ item: { ...item, ...changed } as PrecheckItem, ...keyOf(mine) });
        expect(said.answer).toBe('complaint');
      },
    ),
    { numRuns: 120 },
  );
});

test('a batch is named by its items and their order', () => {
  const items = [...purchaser.officers, ...independent.officers].map((one) =>
    only(precheckItemsOf(bid.manifest, one.certSha256)),
  );
  expect(precheckBatchHash(items)).not.toBe(precheckBatchHash(items.toReversed()));
  expect(precheckBatchHash(items)).not.toBe(precheckBatchHash(items.slice(1)));
});

test('an envelope shows an officer nothing but the own shares', () => {
  expect(precheckItemsOf(bid.manifest, 'ee'.repeat(32))).toEqual([]);
  const text = JSON.stringify(precheckItemsOf(bid.manifest, officer.certSha256));
  const { ctx, parts, stages } = bid.manifest;
  for (const secret of [
    ctx.bidderCertSha256,
    ctx.envelopeId,
    ...parts.flatMap(({ root, head, pieces }) => [root, head, ...pieces]),
    ...stages.map(({ keyCommit }) => keyCommit),
    ...stages.flatMap(({ groups }) => groups.filter(({ id }) => id === 'independent').flatMap(({ A }) => A)),
  ])
    expect(text).not.toContain(secret);
});
