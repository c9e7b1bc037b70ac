import { fromHex, toHex } from '../../kernel/bytes.ts';
import { bytesOf, canonicalBytes, parseCanonical } from '../canonical.ts';
import { dealerOf, scalarBytes } from '../derive.ts';
import { suites } from '../suite.ts';
import { recipientOf, wrapFor } from '../wrap.ts';
import { beforeAll, describe, expect, test } from 'vitest';
import { judge, rebuttalOf, type Judgement } from './dispute.ts';
import { aBid, aGroup, aKeyring, anSm2Group, sharesOf, type ExampleBid, type ExampleGroup } from './example.ts';
import type { DecryptionKey } from '../signer.ts';
import type { Keyring } from './keyring.ts';
import { checkShare, shareCommit } from './lock.ts';
import type { Manifest } from './manifest.ts';

const place = { stage: 'open', group: 'purchaser', x: 1 } as const;
const price = { stage: 'open', name: 'price', content: { total: '980000' }, files: [] };

describe.each([
  ['XB1', () => Promise.all([aGroup('purchaser', 1, 2), aGroup('independent', 1, 2)])],
  ['XB1-SM', () => Promise.all([anSm2Group('purchaser', 1, 2), anSm2Group('independent', 1, 2)])],
] as const)('in suite %s', (suite, make) => {
  let groups: readonly ExampleGroup<DecryptionKey>[];
  let keyring: Keyring;
  let bid: ExampleBid;
  let scalar: string;
  const officer = (): string => groups[0]!.officers[0]!.certSha256;

  beforeAll(async () => {
    groups = await make();
    keyring = aKeyring(groups, suite);
    bid = await aBid(keyring, [price]);
    scalar = rebuttalOf(bid.deal.dealSeed, bid.manifest, place);
  });

  const ask = (manifest: Manifest, ephemeral = scalar, who = officer()): Promise<Judgement> =>
    judge({ manifest, keyring, stage: 'open', officer: who, ephemeral });

  /** The manifest as its bidder would have signed it, with another share for officer 1 of the purchaser's side. */
  const sealedOtherwise = (change: (share: { commit: string; wrap: string }) => object): Manifest => ({
    ...bid.manifest,
    stages: bid.manifest.stages.map((lock) => ({
      ...lock,
      groups: lock.groups.map((group) =>
        group.id === place.group
          ? {
              ...group,
              shares: group.shares.map((share) => (share.x === place.x ? { ...share, ...change(share) } : share)),
            }
          : group,
      ),
    })),
  });
  /** A wrap of other content, made with the very secrets the bidder deals with. */
  const wrapOf = async (content: Uint8Array): Promise<string> => {
    const dealer = dealerOf(bid.deal.dealSeed, bid.manifest.ctxHash, suites[suite]);
    const secrets = {
      contentKey: dealer.contentKey(place),
      iv: dealer.iv(place),
      ephemeral: dealer.ephemeral(place),
    };
    return toHex(await wrapFor(recipientOf(groups[0]!.officers[0]!.certificate), content, secrets));
  };

  test('an officer who complains of a wrap that opens is wrong, and the share it hid is known', async () => {
    const judged = await ask(bid.manifest);
    expect(judged).toMatchObject({ decided: true, party: 'officer', code: 'complaint.false', share: 'good' });
    const [own] = await sharesOf(bid.manifest, [groups[0]!.officers[0]!]);
    expect(judged.decided && judged.party === 'officer' && toHex(judged.blob)).toBe(toHex(own!.blob));
  });

  test('a wrap that does not open, or holds something else, convicts the bidder', async () => {
    const broken = sealedOtherwise(({ wrap }) => ({ wrap: wrap.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }));
    expect(await ask(broken)).toMatchObject({ party: 'bidder', code: 'complaint.true', why: 'does-not-open' });
    const garbage = await wrapOf(bytesOf('nothing of the kind'));
    expect(await ask(sealedOtherwise(() => ({ wrap: garbage })))).toMatchObject({
      party: 'bidder',
      why: 'not-committed',
    });
    const other = sealedOtherwise(() => ({ commit: 'ab'.repeat(32) }));
    expect(await ask(other)).toMatchObject({ party: 'bidder', why: 'not-committed' });
  });

  test('a committed share that is no share of the bid convicts officer and bidder, each of its own', async () => {
    const [own] = await sharesOf(bid.manifest, [groups[0]!.officers[0]!]);
    const blob = canonicalBytes({
      ...(parseCanonical(own!.blob) as object),
      share: toHex(scalarBytes(7n)),
    });
    const wrap = await wrapOf(blob);
    const manifest = sealedOtherwise(() => ({ wrap, commit: shareCommit(blob, suites[suite]) }));
    expect(await ask(manifest)).toMatchObject({ party: 'officer', share: 'share.off-polynomial' });
    expect(checkShare({ manifest, stage: 'open', officer: officer(), blob })).toMatchObject({
      fault: { code: 'share.off-polynomial', party: 'bidder' },
    });
  });

  test('an answer that belongs to another wrap decides nothing, whatever it is', async () => {
    const reason = async (ephemeral: string, who?: string) => {
      const judged = await ask(bid.manifest, ephemeral, who);
      return judged.decided ? 'decided' : judged.reason;
    };
    expect(await reason(rebuttalOf(bid.deal.dealSeed, bid.manifest, { ...place, x: 2 }))).toBe('scalar-differs');
    expect(await reason(toHex(scalarBytes(1n)))).toBe('scalar-differs');
    for (const malformed of ['', '00'.repeat(32), 'ff'.repeat(32), scalar.slice(2), `${scalar}00`])
      expect(await reason(malformed)).toBe('scalar-malformed');
    expect(await reason(scalar, 'aa'.repeat(32))).toBe('share-unknown');
    expect(fromHex(scalar)).toHaveLength(32);
  });
});
