import { fromHex, toHex } from '../kernel/bytes.ts';
import type { Act, ActBy } from '../identity/index.ts';
import {
  bytesOf,
  canonical,
  checkDrawEscrow,
  checkDrawShare,
  dealContribution,
  drawContribution,
  drawEscrowHash,
  drawFreezeHash,
  drawPoolHash,
  isFreezeOf,
  openDrawShare,
  parseVerifierKey,
  verifyReceipt,
} from '../trust/index.ts';
import type { DecryptionKey } from '../trust/index.ts';
import { commitDrawAct, escrowDrawAct } from './draw.acts.ts';
import type { DrawView } from './draw.schema.ts';

/**
 * A contributor's own side of a draw: decides from what the platform shows what to do next, and refuses whatever
 * does not fit what it did before. The same in the browser, in scripts and in tests.
 */
export type HeldContribution = {
  readonly drawId: string;
  readonly party: string;
  /** 32 random bytes, hex; never leaves this side. */
  readonly seed: string;
  /** The pool that was committed to; null before. */
  readonly poolHash: string | null;
};

export type ContributorKeys = {
  /** ECDH P-256, usage deriveBits, need not be extractable; or, where the pool says so, an SM2 key. */
  readonly privateKey: DecryptionKey;
  /** DER. */
  readonly certificate: Uint8Array;
};

/** Where the log shows the freeze: the receipt of its entry, and the log's own key as this side knows it. */
export type FreezeProof = { readonly receipt: string; readonly verifierKeys: readonly string[] };

export type NextStep =
  | { readonly do: 'commit'; readonly act: Act; readonly commitment: string; readonly poolHash: string }
  | { readonly do: 'escrow'; readonly act: Act; readonly escrow: string }
  | { readonly do: 'reveal'; readonly r: string }
  | { readonly do: 'recover'; readonly shares: readonly { readonly party: string; readonly blob: string | null }[] }
  /** Nothing to do now. */
  | { readonly do: 'wait' }
  | { readonly do: 'nothing' };

/** The platform shows something that does not fit: this side gives nothing more. */
export class DrawDistrust extends Error {
  readonly what: 'pool-changed' | 'certificate-changed' | 'commitment-changed' | 'freeze-wrong' | 'freeze-not-logged';
  constructor(what: DrawDistrust['what']) {
    super(what);
    this.name = 'DrawDistrust';
    this.what = what;
  }
}

/** What to do next; `proof` fetches the receipt of the freeze and is asked only when the freeze is there. Throws DrawDistrust. */
export async function nextStep({
  view,
  held,
  by,
  keys,
  proof,
}: {
  readonly view: DrawView;
  readonly held: HeldContribution;
  readonly by: ActBy;
  readonly keys: ContributorKeys;
  readonly proof: () => Promise<FreezeProof | undefined>;
}): Promise<NextStep> {
  const { party } = held;
  const { drawId, pool } = view;
  const mine = view.contributors.find((one) => one.party === party);
  if (view.state === 'drawn' || view.state === 'void' || !mine) return { do: 'nothing' };
  if (!pool) return { do: 'wait' };
  const { r, commitment } = drawContribution(fromHex(held.seed), pool, party);
  const poolHash = drawPoolHash(pool);
  if (pool.drawId !== drawId || poolHash !== (held.poolHash ?? poolHash)) throw new DrawDistrust('pool-changed');
  const entered = pool.contributors.find((one) => one.party === party);
  if (entered?.certificate !== toHex(keys.certificate)) throw new DrawDistrust('certificate-changed');
  if (mine.commitment !== null && mine.commitment !== commitment) throw new DrawDistrust('commitment-changed');

  if (view.state === 'committing') {
    if (mine.commitment !== null) return { do: 'wait' };
    const act = commitDrawAct(by, { drawId, poolHash, party, commitment });
    return { do: 'commit', act, commitment, poolHash };
  }
  const { freeze } = view;
  if (!freeze) return { do: 'wait' };
  const counted = freeze.commitments.find((one) => one.party === party);
  if (!counted) return { do: 'nothing' };
  if (!isFreezeOf(freeze, pool) || counted.commitment !== commitment) throw new DrawDistrust('freeze-wrong');

  if (view.state === 'frozen') {
    if (mine.escrowedAt !== null) return { do: 'wait' };
    const shown = await proof();
    if (!shown) return { do: 'wait' };
    if (!provesFreeze(shown, { drawId, freezeHash: drawFreezeHash(freeze) }))
      throw new DrawDistrust('freeze-not-logged');
    const escrow = await dealContribution({ seed: fromHex(held.seed), pool, freeze, party });
    const act = escrowDrawAct(by, {
      drawId,
      freezeHash: drawFreezeHash(freeze),
      party,
      escrowHash: drawEscrowHash(escrow),
    });
    return { do: 'escrow', act, escrow: canonical(escrow) };
  }
  // Revealing before every contribution is dealt would let the last one choose whether the draw counts.
  const dealt = freeze.commitments.every((one) =>
    view.escrows.some(
      (escrow) =>
        escrow.party === one.party &&
        checkDrawEscrow({ bytes: bytesOf(canonical(escrow)), pool, freeze, party: one.party }).ok,
    ),
  );
  if (!dealt) throw new DrawDistrust('freeze-wrong');
  if (mine.r === null) return { do: 'reveal', r };
  if (!view.allowed.includes('recover')) return { do: 'wait' };
  const withheld = view.escrows.filter(
    (escrow) => escrow.party !== party && view.contributors.some((one) => one.party === escrow.party && one.r === null),
  );
  const shares = await Promise.all(
    withheld.map(async (escrow) => {
      const blob = await openDrawShare({ escrow, holder: party, ...keys }).catch(() => undefined);
      const sound = blob && checkDrawShare(pool, escrow, { holder: party, blob });
      return { party: escrow.party, blob: blob && (sound?.ok || sound?.fault === 'dealer') ? toHex(blob) : null };
    }),
  );
  return shares.length === 0 ? { do: 'wait' } : { do: 'recover', shares };
}

/** Does the log, signed by its own key, hold exactly this freeze? */
export function provesFreeze(
  { receipt, verifierKeys }: FreezeProof,
  { drawId, freezeHash }: { readonly drawId: string; readonly freezeHash: string },
): boolean {
  const checked = verifyReceipt({ proof: receipt, verifierKeys: verifierKeys.map(parseVerifierKey) });
  if (!checked.ok) return false;
  const { t, p } = checked.receipt.body;
  return t === 'draw.freeze' && p['draw'] === drawId && p['freeze'] === freezeHash;
}
