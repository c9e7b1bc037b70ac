import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf, canonical } from '../canonical.ts';
import { dealerOf } from '../derive.ts';
import { suites } from '../suite.ts';
import { recipientOf, wrapFor } from '../wrap.ts';
import { judge, rebuttalOf, type Judgement } from './dispute.ts';
import { aBid, aGroup, aKeyring } from './example.ts';
import type { Keyring } from './keyring.ts';
import type { Locked } from './lock.ts';

/*
 * Disputes judged, with everything the judge sees: manifest, keyring, the officer who complained and the scalar that
 * the bidder revealed. Made once by `XINBIAO_VECTORS=make`, frozen ever since.
 */

type Case = {
  readonly about: string;
  readonly officer: string;
  readonly ephemeral: string;
  readonly stage: string;
  /** `{commit?, wrap?}`: what this officer's share says in this case instead. */
  readonly share: { readonly commit?: string; readonly wrap?: string };
  readonly judgement: unknown;
};
type Vectors = {
  readonly about: string;
  readonly keyring: Keyring;
  readonly dealSeed: string;
  readonly manifest: Locked;
  readonly cases: readonly Case[];
};

const file = new URL('../../../vectors/disputes.json', import.meta.url);
const place = { stage: 'open', group: 'purchaser', x: 1 } as const;

const withShare = (manifest: Locked, officer: string, change: Case['share']): Locked => ({
  ...manifest,
  stages: manifest.stages.map((lock) => ({
    ...lock,
    groups: lock.groups.map((group) => ({
      ...group,
      shares: group.shares.map((share) => (share.officer === officer ? { ...share, ...change } : share)),
    })),
  })),
});

const plain = (judged: Judgement): unknown =>
  judged.decided && judged.party === 'officer' ? { ...judged, blob: toHex(judged.blob) } : judged;

const judged = async ({ manifest, keyring }: Pick<Vectors, 'manifest' | 'keyring'>, one: Omit<Case, 'judgement'>) =>
  plain(
    await judge({
      manifest: withShare(manifest, one.officer, one.share),
      keyring,
      stage: one.stage,
      officer: one.officer,
      ephemeral: one.ephemeral,
    }),
  );

async function make(): Promise<Vectors> {
  const groups = await Promise.all([aGroup('purchaser', 1, 2), aGroup('independent', 2, 3)]);
  const keyring = aKeyring(groups);
  const dealSeed = new Uint8Array(32).map((_, at) => at + 1);
  const content = { total: '98000000' };
  const { manifest } = await aBid(keyring, [{ stage: 'open', name: 'price', content, files: [] }], {}, dealSeed);
  const officer = groups[0]!.officers[0]!.certSha256;
  const ephemeral = rebuttalOf(dealSeed, manifest, place);
  const wrap = manifest.stages[0]!.groups[0]!.shares[0]!.wrap;
  const dealer = dealerOf(dealSeed, manifest.ctxHash, suites.XB1);
  const garbage = await wrapFor(recipientOf(groups[0]!.officers[0]!.certificate), bytesOf('nothing of the kind'), {
    contentKey: dealer.contentKey(place),
    iv: dealer.iv(place),
    ephemeral: dealer.ephemeral(place),
  });
  const given: Omit<Case, 'judgement'>[] = [
    { about: 'the wrap holds the committed share: the officer was wrong', share: {} },
    { about: 'the wrap does not authenticate: the bidder was wrong', share: { wrap: wrap.replace(/..$/, 'ff') } },
    { about: 'the wrap holds something else: the bidder was wrong', share: { wrap: toHex(garbage) } },
    { about: 'the commitment is of something else: the bidder was wrong', share: { commit: 'ab'.repeat(32) } },
  ].map((one) => ({ ...one, officer, ephemeral, stage: 'open' }));
  const other = rebuttalOf(dealSeed, manifest, { ...place, x: 2 });
  given.push(
    { about: 'the scalar of another wrap decides nothing', share: {}, officer, ephemeral: other, stage: 'open' },
    { about: 'no scalar at all', share: {}, officer, ephemeral: '00'.repeat(32), stage: 'open' },
    { about: 'no such officer', share: {}, officer: 'aa'.repeat(32), ephemeral, stage: 'open' },
    { about: 'no such stage', share: {}, officer, ephemeral, stage: 'later' },
  );
  const base = { about: 'disputes', keyring, dealSeed: toHex(dealSeed), manifest };
  const cases: Case[] = [];
  for (const one of given) cases.push({ ...one, judgement: await judged(base, one) });
  return { ...base, cases };
}

test('judges every recorded dispute as it was judged when the format was frozen', async () => {
  if (process.env['XINBIAO_VECTORS'] === 'make' && !existsSync(file))
    writeFileSync(file, `${JSON.stringify(JSON.parse(canonical((await make()) as never)), null, 1)}\n`);
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
  expect(vectors.cases.length).toBeGreaterThan(7);
  expect(vectors.cases.map(({ judgement }) => (judgement as { party?: string }).party ?? 'none')).toEqual([
    'officer',
    'bidder',
    'bidder',
    'bidder',
    'none',
    'none',
    'none',
    'none',
  ]);
  for (const one of vectors.cases) expect(await judged(vectors, one), one.about).toEqual(one.judgement);
  const { officer, ephemeral } = vectors.cases[0]!;
  expect(rebuttalOf(fromHex(vectors.dealSeed), vectors.manifest, place)).toBe(ephemeral);
  expect(vectors.keyring.groups[0]?.members[0]?.certSha256).toBe(officer);
});
