import { z } from 'zod';
import { Hex, Sha256Hex, fromHex, toHex } from '../../kernel/bytes.ts';
import { Id } from '../../kernel/id.ts';
import { Malformed, bytesOf, canonicalBytes, parseCanonical } from '../canonical.ts';
import { bigintOf, dealerOf, scalarBytes } from '../derive.ts';
import { checkSecretShare, combineSecret, dealSecret, pointOf, type Share } from '../feldman.ts';
import { equalBytes, joined, labelledHash, sha256 } from '../hash.ts';
import type { DecryptionKey } from '../signer.ts';
import type { Suite } from '../suite.ts';
import { WrapUnreadable, parseWrap, recipientOf, unwrapWith, wrapFor } from '../wrap.ts';
import {
  PartyId,
  areIndependent,
  drawLimits,
  drawPoolHash,
  drawSuite,
  isSorted,
  type DrawContributor,
  type DrawPool,
  type Suited,
} from './pool.ts';
import { drawCommitment, isContribution } from './select.ts';

/**
 * A contribution is dealt to the other contributors only after the set of commitments is fixed. Before that, whoever
 * could read somebody's share could still choose their own contribution; after it, a share only helps against silence.
 */

/** The commitments that count, fixed in the log before the first share is dealt. */
export const DrawFreeze = z
  .strictObject({
    v: z.literal('xinbiao/draw-freeze/v1'),
    drawId: Id,
    poolHash: Sha256Hex,
    /** Sorted by party. */
    commitments: z
      .array(z.strictObject({ party: PartyId, commitment: Sha256Hex }))
      .min(2)
      .max(drawLimits.contributors),
  })
  .refine(({ commitments }) => isSorted(commitments.map(({ party }) => party)), 'commitments are not sorted');
export type DrawFreeze = z.infer<typeof DrawFreeze>;

export const drawFreezeHash = (freeze: DrawFreeze): string => labelledHash('xinbiao/v1/draw-freeze\n', freeze);

/** How many of the others bring a withheld contribution back: a majority of all, as far as there are so many others. */
export const drawThreshold = (contributors: number): number =>
  Math.min(contributors - 1, Math.floor(contributors / 2) + 1);

export const DrawEscrow = z.strictObject({
  v: z.literal('xinbiao/draw-escrow/v1'),
  drawId: Id,
  party: PartyId,
  ctxHash: Sha256Hex,
  t: z.int().min(1).max(drawLimits.contributors),
  /** Feldman commitments; the first is r·G. */
  A: z
    .array(z.string().regex(/^0[23][0-9a-f]{64}$/))
    .min(1)
    .max(drawLimits.contributors),
  /** One for each other party of the freeze, in their order; x is the place, from 1. */
  shares: z
    .array(
      z.strictObject({
        holder: PartyId,
        x: z.int().min(1).max(drawLimits.contributors),
        commit: Sha256Hex,
        /** DER of CMS AuthEnvelopedData; in the national suite of one SM2 ciphertext. */
        wrap: Hex.min(2).max(8_192),
      }),
    )
    .min(1)
    .max(drawLimits.contributors),
});
export type DrawEscrow = z.infer<typeof DrawEscrow>;

const ShareBlob = z.strictObject({
  v: z.literal('xinbiao/draw-share/v1'),
  ctxHash: Sha256Hex,
  holder: PartyId,
  x: z.int().min(1).max(drawLimits.contributors),
  share: Sha256Hex,
  salt: Sha256Hex,
});

export const drawEscrowHash = (escrow: DrawEscrow): string => labelledHash('xinbiao/v1/draw-escrow\n', escrow);

const shareCommit = (blob: Uint8Array): string =>
  toHex(sha256(joined(bytesOf('xinbiao/v1/draw-share-commit\n'), blob)));

const contextHash = (freeze: DrawFreeze, party: string): string =>
  labelledHash('xinbiao/v1/draw-ctx\n', { v: 'xinbiao/draw-ctx/v1', freezeHash: drawFreezeHash(freeze), party });

/** A party's contribution from its own 32 random bytes: a number below the order of the suite's group, so that it can be shared. */
export function drawContribution(
  seed: Uint8Array,
  pool: Suited & Pick<DrawPool, 'drawId'>,
  party: string,
): { readonly r: string; readonly commitment: string } {
  const { drawId } = pool;
  const suite = drawSuite(pool);
  const ctx = labelledHash('xinbiao/v1/draw-secret\n', { drawId, party });
  const r = toHex(scalarBytes(scalarFrom(dealerOf(seed, ctx, suite).bytes('draw/secret', 48), suite)));
  return { r, commitment: drawCommitment(drawId, { party, r }) };
}

/** A scalar from 1 to q − 1; 48 bytes leave a bias below 2⁻¹²⁸. */
const scalarFrom = (random: Uint8Array, { Point }: Suite): bigint => (bigintOf(random) % (Point.Fn.ORDER - 1n)) + 1n;

/** The others of the freeze, each with its contributor's certificate. Throws Malformed where one is not in the pool. */
function holdersOf(pool: DrawPool, freeze: DrawFreeze, party: string): DrawContributor[] {
  return freeze.commitments
    .filter((one) => one.party !== party)
    .map((one) => {
      const found = pool.contributors.find((contributor) => contributor.party === one.party);
      if (!found) throw new Malformed('freeze: not a contributor');
      return found;
    });
}

/** Deals a contribution to the others, the same bytes each time for the same seed and freeze. Throws Malformed. */
export async function dealContribution({
  seed,
  pool,
  freeze,
  party,
}: {
  readonly seed: Uint8Array;
  readonly pool: DrawPool;
  readonly freeze: DrawFreeze;
  readonly party: string;
}): Promise<DrawEscrow> {
  const { r, commitment } = drawContribution(seed, pool, party);
  if (freeze.poolHash !== drawPoolHash(pool)) throw new Malformed('freeze: another pool');
  if (freeze.commitments.find((one) => one.party === party)?.commitment !== commitment)
    throw new Malformed('freeze: another commitment');
  const ctxHash = contextHash(freeze, party);
  const suite = drawSuite(pool);
  const dealer = dealerOf(seed, ctxHash, suite);
  const holders = holdersOf(pool, freeze, party);
  const t = drawThreshold(freeze.commitments.length);
  const coefficients = [
    bigintOf(fromHex(r)),
    ...Array.from({ length: t - 1 }, (_, at) => scalarFrom(dealer.bytes(`draw/coefficient/${at + 1}`, 48), suite)),
  ];
  const { A, shares } = dealSecret(coefficients, holders.length, suite.Point);
  const wrapped = holders.map(async ({ party: holder, certificate }, at) => {
    const x = at + 1;
    const blob = canonicalBytes({
      v: 'xinbiao/draw-share/v1',
      ctxHash,
      holder,
      x,
      share: toHex(shares[at]?.value ?? new Uint8Array()),
      salt: toHex(dealer.bytes(`draw/salt/${x}`, 32)),
    });
    const wrap = await wrapFor(recipientOf(fromHex(certificate)), blob, {
      contentKey: dealer.bytes(`draw/content-key/${x}`, 32),
      iv: dealer.bytes(`draw/iv/${x}`, 12),
      ephemeral: scalarBytes(scalarFrom(dealer.bytes(`draw/ephemeral/${x}`, 48), suite)),
    });
    return { holder, x, commit: shareCommit(blob), wrap: toHex(wrap) };
  });
  return {
    v: 'xinbiao/draw-escrow/v1',
    drawId: pool.drawId,
    party,
    ctxHash,
    t,
    A,
    shares: await Promise.all(wrapped),
  };
}

export type DrawEscrowFault =
  | 'escrow.malformed'
  | 'escrow.context-differs'
  | 'escrow.holders-differ'
  | 'escrow.points-wrong';

/** What can be seen of an escrow without opening it; never throws, whatever the bytes. */
export function checkDrawEscrow({
  bytes,
  pool,
  freeze,
  party,
}: {
  readonly bytes: Uint8Array;
  readonly pool: DrawPool;
  readonly freeze: DrawFreeze;
  readonly party: string;
}):
  | { readonly ok: true; readonly escrow: DrawEscrow; readonly escrowHash: string }
  | { readonly ok: false; readonly faults: readonly DrawEscrowFault[] } {
  let escrow: DrawEscrow;
  try {
    escrow = DrawEscrow.parse(parseCanonical(bytes));
  } catch {
    return { ok: false, faults: ['escrow.malformed'] };
  }
  const faults: DrawEscrowFault[] = [];
  if (escrow.drawId !== pool.drawId || escrow.party !== party || escrow.ctxHash !== contextHash(freeze, party))
    faults.push('escrow.context-differs');
  const holders = holdersOf(pool, freeze, party);
  const t = drawThreshold(freeze.commitments.length);
  const fits = holders.every(({ party: holder, certificate }, at) => {
    const share = escrow.shares[at];
    return share?.holder === holder && share.x === at + 1 && isWrapFor(share.wrap, certificate);
  });
  if (!fits || escrow.shares.length !== holders.length || escrow.t !== t) faults.push('escrow.holders-differ');
  try {
    if (escrow.A.length !== t) throw new Malformed('threshold');
    for (const point of escrow.A) pointOf(point, drawSuite(pool).Point);
  } catch {
    faults.push('escrow.points-wrong');
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, escrow, escrowHash: drawEscrowHash(escrow) };
}

function isWrapFor(wrap: string, certificate: string): boolean {
  try {
    return equalBytes(parseWrap(fromHex(wrap)).identifier, recipientOf(fromHex(certificate)).identifier);
  } catch {
    return false;
  }
}

/** Opens the share that one holds of somebody's contribution; whatever fails, the error is WrapUnreadable. */
export async function openDrawShare({
  escrow,
  holder,
  privateKey,
  certificate,
}: {
  readonly escrow: DrawEscrow;
  readonly holder: string;
  /** ECDH P-256, usage deriveBits, need not be extractable; or an SM2 key. */
  readonly privateKey: DecryptionKey;
  readonly certificate: Uint8Array;
}): Promise<Uint8Array<ArrayBuffer>> {
  const share = escrow.shares.find((one) => one.holder === holder);
  if (!share) throw new WrapUnreadable();
  let recipient;
  try {
    recipient = recipientOf(certificate);
  } catch {
    throw new WrapUnreadable();
  }
  return unwrapWith(privateKey, recipient, fromHex(share.wrap));
}

/** What a holder delivers. */
export interface DeliveredDrawShare {
  readonly holder: string;
  readonly blob: Uint8Array;
}

/** Judges a delivered share: `holder` where it is not the one that was dealt, `dealer` where it was dealt wrong. */
export function checkDrawShare(
  pool: Suited,
  escrow: DrawEscrow,
  { holder, blob }: DeliveredDrawShare,
): { readonly ok: true; readonly share: Share } | { readonly ok: false; readonly fault: 'holder' | 'dealer' } {
  const dealt = escrow.shares.find((one) => one.holder === holder);
  if (!dealt || shareCommit(blob) !== dealt.commit) return { ok: false, fault: 'holder' };
  try {
    const read = ShareBlob.parse(parseCanonical(blob));
    const share = { x: read.x, value: fromHex(read.share) };
    const fits = read.ctxHash === escrow.ctxHash && read.holder === holder && read.x === dealt.x;
    if (fits && checkSecretShare(escrow.A, share, drawSuite(pool).Point)) return { ok: true, share };
  } catch {
    // Falls through: the dealer committed to something that is no share.
  }
  return { ok: false, fault: 'dealer' };
}

/** Brings a withheld contribution back from the others' shares: exactly the one committed to, or the reason why not. */
export function recoverContribution({
  pool,
  escrow,
  commitment,
  shares,
}: {
  readonly pool: Suited;
  readonly escrow: DrawEscrow;
  readonly commitment: string;
  readonly shares: readonly DeliveredDrawShare[];
}):
  | { readonly ok: true; readonly r: string }
  | { readonly ok: false; readonly reason: 'too-few' | 'dealt-wrong'; readonly missing: readonly string[] } {
  const good = new Map<string, Share>();
  let spoilt = 0;
  for (const delivered of shares) {
    const checked = checkDrawShare(pool, escrow, delivered);
    if (checked.ok) good.set(delivered.holder, checked.share);
    else if (checked.fault === 'dealer') spoilt += 1;
  }
  const missing = escrow.shares.map(({ holder }) => holder).filter((holder) => !good.has(holder));
  if (good.size < escrow.t)
    return { ok: false, reason: good.size + spoilt >= escrow.t ? 'dealt-wrong' : 'too-few', missing };
  try {
    const r = toHex(combineSecret(escrow.A, [...good.values()], drawSuite(pool).Point));
    if (isContribution(escrow.drawId, commitment, { party: escrow.party, r })) return { ok: true, r };
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return { ok: false, reason: 'dealt-wrong', missing };
}

/** Are the parties of a freeze contributors of its pool, and at least two of them independent? */
export function isFreezeOf(freeze: DrawFreeze, pool: DrawPool): boolean {
  if (freeze.drawId !== pool.drawId || freeze.poolHash !== drawPoolHash(pool)) return false;
  const found = freeze.commitments.flatMap(({ party }) => pool.contributors.filter((one) => one.party === party));
  return found.length === freeze.commitments.length && areIndependent(found);
}
