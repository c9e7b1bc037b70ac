import { fromHex, toHex } from '../../kernel/bytes.ts';
import { Malformed } from '../canonical.ts';
import { dealerOf, type Place } from '../derive.ts';
import { scalarOf } from '../feldman.ts';
import { equalBytes } from '../hash.ts';
import { suites, type Group, type SuiteName } from '../suite.ts';
import { WrapUnreadable, ephemeralPointOf, parseWrap, recipientOf, unwrapAsDealer, wrapFor } from '../wrap.ts';
import type { Keyring } from './keyring.ts';
import { checkShare, shareCommit, type Locked } from './lock.ts';
import type { SealedShare } from './manifest.ts';

/** The one scalar with which a bidder answers an officer's complaint: it opens that officer's wrap and no other. */
export const rebuttalOf = (
  dealSeed: Uint8Array,
  { ctx, ctxHash }: { readonly ctx: { readonly suite: SuiteName }; readonly ctxHash: string },
  place: Place,
): string => toHex(dealerOf(dealSeed, ctxHash, suites[ctx.suite]).ephemeral(place));

export type Judgement =
  /** Nothing is decided: the answer does not belong to this wrap, and another may be given while there is time. */
  | { readonly decided: false; readonly reason: 'share-unknown' | 'scalar-malformed' | 'scalar-differs' }
  /** The wrap holds exactly what the bidder committed to: the officer could have read it. `blob` is that share. */
  | {
      readonly decided: true;
      readonly party: 'officer';
      readonly code: 'complaint.false';
      readonly blob: Uint8Array<ArrayBuffer>;
      /** The share is the committed one and still no share of this bid: that is the bidder's fault, whatever the officer said. */
      readonly share: 'good' | 'share.malformed' | 'share.off-polynomial';
    }
  /** The wrap does not hold what the bidder committed to: the officer was right. */
  | {
      readonly decided: true;
      readonly party: 'bidder';
      readonly code: 'complaint.true';
      readonly why: 'does-not-open' | 'other-encoding' | 'not-committed';
    };

/**
 * Judges an officer's complaint that its wrap does not open, from the scalar the bidder revealed: the wrap is opened
 * from the dealer's side, sealed again, and compared byte for byte, and what it held is compared with the commitment.
 * Anybody who has the manifest comes to the same judgement. Needs no key and never throws.
 */
export async function judge({
  manifest,
  keyring,
  stage,
  officer,
  ephemeral,
}: {
  readonly manifest: Locked;
  readonly keyring: Keyring;
  readonly stage: string;
  /** certSha256 of the officer who complained. */
  readonly officer: string;
  /** 32 bytes, hex. */
  readonly ephemeral: string;
}): Promise<Judgement> {
  const share = sealedShare(manifest, stage, officer);
  const certificate = keyring.groups
    .flatMap(({ members }) => members)
    .find(({ certSha256 }) => certSha256 === officer)?.certificate;
  if (!share || certificate === undefined) return { decided: false, reason: 'share-unknown' };
  const suite = suites[manifest.ctx.suite];
  if (!isScalar(ephemeral, suite.Point)) return { decided: false, reason: 'scalar-malformed' };
  const no = (why: 'does-not-open' | 'other-encoding' | 'not-committed'): Judgement => ({
    decided: true,
    party: 'bidder',
    code: 'complaint.true',
    why,
  });
  const wrap = fromHex(share.wrap);
  try {
    const recipient = recipientOf(fromHex(certificate));
    if (!equalBytes(parseWrap(wrap).ephemeral, ephemeralPointOf(recipient.kind, fromHex(ephemeral))))
      return { decided: false, reason: 'scalar-differs' };
    const { secret: blob, contentKey, iv } = await unwrapAsDealer(recipient, fromHex(ephemeral), wrap);
    if (!equalBytes(await wrapFor(recipient, blob, { contentKey, iv, ephemeral: fromHex(ephemeral) }), wrap))
      return no('other-encoding');
    if (shareCommit(blob, suite) !== share.commit) return no('not-committed');
    const check = checkShare({ manifest, stage, officer, blob });
    const held = check.ok ? 'good' : check.fault.code === 'share.off-polynomial' ? check.fault.code : 'share.malformed';
    return { decided: true, party: 'officer', code: 'complaint.false', blob, share: held };
  } catch (error) {
    if (error instanceof WrapUnreadable || error instanceof Malformed) return no('does-not-open');
    throw error;
  }
}

const sealedShare = ({ stages }: Locked, stage: string, officer: string): SealedShare | undefined =>
  stages
    .find(({ id }) => id === stage)
    ?.groups.flatMap(({ shares }) => shares)
    .find((share) => share.officer === officer);

function isScalar(hex: string, group: Group): boolean {
  try {
    return scalarOf(fromHex(hex), group) > 0n;
  } catch {
    return false;
  }
}
