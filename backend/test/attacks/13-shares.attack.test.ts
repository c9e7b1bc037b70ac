import {
  canonicalBytes,
  checkManifest,
  checkShare,
  combineSecret,
  dealerOf,
  dealSecret,
  Malformed,
  manifestBytes,
  parseCanonical,
  parseWrap,
  pointOf,
  recipientOf,
  recoverStageKey,
  shareCommit,
  wrapFor,
  WrapUnreadable,
  type Keyring,
  type Manifest,
  type Share,
  type ShareBlob,
} from '@xinbiao/contracts/trust';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  aBid,
  aGroup,
  aKeyring,
  checked,
  sharesOf,
  type ExampleBid,
  type ExampleGroup,
} from '../../../contracts/src/trust/envelope/example.ts';
import { attack } from './table.ts';

const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const field = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff';

describe(attack(13), () => {
  let groups: ExampleGroup[];
  let keyring: Keyring;
  let bid: ExampleBid;
  beforeAll(async () => {
    groups = [await aGroup('purchaser', 1, 2), await aGroup('independent', 2, 3)];
    keyring = aKeyring(groups);
    bid = await aBid(keyring, [{ stage: 'open', name: 'price', content: { total: '980000' }, files: [] }]);
  });
  const officers = () => groups.flatMap((group) => group.officers);

  /** The bid as a dishonest dealer would have made it: one officer's blob replaced, commitment and wrap consistent with it. */
  async function dealt(blob: (honest: ShareBlob) => Uint8Array<ArrayBuffer>) {
    const manifest = structuredClone(bid.manifest);
    const officer = groups[1]!.officers[0]!;
    const [honest] = await sharesOf(bid.manifest, [officer]);
    const bad = blob(parseCanonical(honest!.blob) as ShareBlob);
    const place = { stage: 'open', group: 'independent', x: 1 };
    const dealer = dealerOf(new Uint8Array(32).fill(9), bid.manifest.ctxHash);
    const share = manifest.stages[0]!.groups[1]!.shares[0]!;
    share.wrap = toHex(
      await wrapFor(recipientOf(officer.certificate), bad, {
        contentKey: dealer.contentKey(place),
        iv: dealer.iv(place),
        ephemeral: dealer.ephemeral(place),
      }),
    );
    share.commit = shareCommit(bad);
    return { manifest, officer, bad };
  }

  const bad: [string, string, (honest: ShareBlob) => unknown][] = [
    ['x = 0', 'share.malformed', (one) => ({ ...one, x: 0 })],
    ['x of a colleague', 'share.malformed', (one) => ({ ...one, x: 2 })],
    ['x below zero', 'share.malformed', (one) => ({ ...one, x: -1 })],
    ['x beyond sixteen', 'share.malformed', (one) => ({ ...one, x: 17 })],
    ['x as text', 'share.malformed', (one) => ({ ...one, x: '1' })],
    ['a point off the polynomial', 'share.off-polynomial', (one) => ({ ...one, share: '01'.repeat(32) })],
    ['a share of zero', 'share.off-polynomial', (one) => ({ ...one, share: '00'.repeat(32) })],
    ['a share of the order itself', 'share.off-polynomial', (one) => ({ ...one, share: order })],
    ['a share above the order', 'share.off-polynomial', (one) => ({ ...one, share: 'ff'.repeat(32) })],
    ['31 bytes', 'share.malformed', (one) => ({ ...one, share: one.share.slice(2) })],
    ['33 bytes', 'share.malformed', (one) => ({ ...one, share: `00${one.share}` })],
    ['capital letters', 'share.malformed', (one) => ({ ...one, share: one.share.toUpperCase() })],
    ['another group', 'share.malformed', (one) => ({ ...one, group: 'purchaser' })],
    ['another officer', 'share.malformed', (one) => ({ ...one, officer: '99'.repeat(32) })],
    ['another envelope', 'share.malformed', (one) => ({ ...one, ctxHash: '99'.repeat(32) })],
    ['a field more', 'share.malformed', (one) => ({ ...one, more: true })],
    [
      'a field less',
      'share.malformed',
      (one) => Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'salt')),
    ],
    ['nothing at all', 'share.malformed', () => null],
    ['a list', 'share.malformed', () => [1, 2]],
  ];
  test.each(bad)('a share with %s is named %s as the bidder’s, and opens nothing wrong', async (_, code, spoil) => {
    const { manifest, officer, bad: blob } = await dealt((honest) => canonicalBytes(spoil(honest)));
    const fault = { code, party: 'bidder', officer: officer.certSha256 };
    expect(checkShare({ manifest, stage: 'open', officer: officer.certSha256, blob })).toMatchObject({
      ok: false,
      fault,
    });
    const others = await sharesOf(
      manifest,
      officers().filter((one) => one !== officer),
    );
    const recovered = recoverStageKey({
      manifest,
      stage: 'open',
      shares: [...others, { officer: officer.certSha256, blob }],
    });
    expect(recovered).toMatchObject({ ok: true, faults: [fault] });
    expect(recovered.ok && toHex(recovered.stageKey)).toBe(toHex(bid.deal.stageKeys.get('open')!));
  });

  test('bytes that are no share at all, however random, are named and never crash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const { manifest, officer } = await dealt(() => new Uint8Array(bytes));
        const check = checkShare({ manifest, stage: 'open', officer: officer.certSha256, blob: new Uint8Array(bytes) });
        expect(check).toMatchObject({ ok: false, fault: { code: 'share.malformed', party: 'bidder' } });
      }),
      { numRuns: 60 },
    );
  });

  test('the same share delivered twice, or under two names, counts once', async () => {
    const all = await sharesOf(bid.manifest, officers());
    const [side, , one] = all;
    const again = recoverStageKey({ manifest: bid.manifest, stage: 'open', shares: [side!, one!, one!] });
    expect(again).toMatchObject({ ok: false, faults: [{ code: 'shares.too-few', group: 'independent' }] });
    const two = groups[1]!.officers[1]!.certSha256;
    const lent = recoverStageKey({
      manifest: bid.manifest,
      stage: 'open',
      shares: [side!, one!, { officer: two, blob: one!.blob }],
    });
    expect(lent).toMatchObject({
      ok: false,
      faults: [{ code: 'share.not-committed', party: 'officer', officer: two }, { code: 'shares.too-few' }],
    });
  });

  test('the arithmetic beneath takes no x = 0, no x twice and nothing off the polynomial', () => {
    const { A, shares } = dealSecret([5n, 7n], 3);
    const zero: Share = { x: 0, value: fromHex('05'.padStart(64, '0')) };
    for (const some of [
      [zero, shares[0]!],
      [shares[0]!, shares[0]!],
      [shares[0]!, { ...shares[1]!, x: 3 }],
      [shares[0]!, { x: 2.5, value: shares[1]!.value }],
      [shares[0]!, { x: 2, value: shares[1]!.value.slice(1) }],
      [shares[0]!, { x: 2, value: fromHex(order) }],
    ])
      expect(() => combineSecret(A, some)).toThrow(Malformed);
    expect(() => combineSecret([], shares)).toThrow(Malformed);
  });

  const points: [string, string][] = [
    ['the identity', '00'],
    ['the identity, padded', `00${'00'.repeat(32)}`],
    ['an x off the curve', `02${'00'.repeat(31)}01`],
    ['an x of the field prime', `02${field}`],
    ['an x above the field prime', `02${'ff'.repeat(32)}`],
    ['an uncompressed point', `04${'11'.repeat(64)}`],
    ['a hybrid point', `06${'11'.repeat(32)}`],
    ['a short point', `02${'11'.repeat(31)}`],
    ['a long point', `02${'11'.repeat(33)}`],
    ['capital letters', `02${'AB'.repeat(32)}`],
  ];
  test.each(points)('a commitment that is %s is refused by the server and never opens', async (_, point) => {
    expect(() => pointOf(point)).toThrow(Malformed);
    const manifest = structuredClone(bid.manifest);
    manifest.stages[0]!.groups[1]!.A[1] = point;
    const result = checked(bid, manifestBytes(manifest));
    const codes = result.ok ? [] : result.faults.map(({ code }) => code);
    expect(['point.invalid', 'manifest.malformed']).toContain(codes[0]);
    const recovered = recoverStageKey({ manifest, stage: 'open', shares: await sharesOf(manifest, officers()) });
    expect(recovered).toMatchObject({ ok: false });
    expect(recovered.faults.every(({ party }) => party === 'bidder')).toBe(true);
  });

  test('a wrap whose ephemeral point is off the curve or the identity touches no private key', async () => {
    const officer = groups[1]!.officers[0]!;
    const { wrap } = bid.manifest.stages[0]!.groups[1]!.shares[0]!;
    const { ephemeral } = parseWrap(fromHex(wrap));
    const at = wrap.indexOf(toHex(ephemeral));
    const with_ = (point: string) => wrap.slice(0, at) + point + wrap.slice(at + 130);
    for (const point of [
      // A point of a small subgroup on another curve with the same formulas: the classic way to a private key.
      `04${'00'.repeat(31)}05${'00'.repeat(31)}07`,
      `04${'00'.repeat(64)}`,
      `04${field}${field}`,
      `04${'ff'.repeat(64)}`,
    ]) {
      const manifest: Manifest = structuredClone(bid.manifest);
      manifest.stages[0]!.groups[1]!.shares[0]!.wrap = with_(point);
      const result = checkManifest({ bytes: manifestBytes(manifest), expect: bid.expect });
      expect(result.ok ? [] : result.faults.map(({ code }) => code)).toContain('wrap.malformed');
      await expect(sharesOf(manifest, [officer])).rejects.toEqual(new WrapUnreadable());
    }
  });
});
