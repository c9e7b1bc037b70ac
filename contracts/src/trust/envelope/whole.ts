import { Malformed } from '../canonical.ts';
import type { Manifest } from './manifest.ts';
import { finishManifest, partJobOf, sealPart, sealPlan, type PartJob } from './seal.ts';
import type { Deal, FileDigest, PartContent, PartPlan, SealedPartSummary, SealedPiece } from './types.ts';

/** What becomes of the pieces of an envelope as they are sealed. */
export interface SealingHooks {
  /** Hashes of the pieces from a part's first on that need not be sealed again: only where the files are known to be the same. */
  readonly arrived?: (plan: PartPlan) => readonly string[];
  /** Takes a piece away; sealing goes on while at most `inFlight` are on their way. */
  readonly deliver: (plan: PartPlan, piece: SealedPiece) => Promise<void>;
  /** The bytes of a piece are of no use once it is delivered: their memory takes a later one. */
  readonly reuse?: boolean;
  /** Seals pieces elsewhere than in this thread: for parts of several pieces whose files were hashed before. */
  readonly beside?: SealBeside;
  readonly inFlight?: number;
  /** Is waited for before the next piece is read. */
  readonly pause?: () => Promise<void>;
  /** A part is sealed and all its pieces are delivered; the hashes of its files, where it was sealed from the beginning. */
  readonly finished?: (plan: PartPlan, digests: readonly FileDigest[] | undefined) => void;
}

/** Seals pieces of one part in any order, several at once, and takes back the memory of delivered ones. */
export type SealBeside = (
  job: PartJob,
  part: PartContent,
) => {
  readonly atOnce: number;
  readonly seal: (index: number, spare?: Uint8Array<ArrayBuffer>) => Promise<SealedPiece>;
};

export interface SealedEnvelope {
  readonly manifest: Manifest;
  /** The bytes to sign. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly manifestHash: string;
}

/**
 * Seals a whole envelope part by part with flat memory: the one way for the page, the offline sealer and the command
 * line, so that the same deal and files give the same bytes everywhere. Throws Malformed, and whatever a hook throws.
 */
export async function sealEnvelope(
  given: {
    readonly deal: Deal;
    readonly parts: readonly PartContent[];
    readonly client: Manifest['client'];
    /** The piece length that was announced; refused where the parts need another. */
    readonly pieceLength?: number;
    /** Keep SHA-256 of each file for `finished`: to be left out where the files were hashed before. */
    readonly hashFiles?: boolean;
  },
  hooks: SealingHooks,
): Promise<SealedEnvelope> {
  const { deal, parts, client, pieceLength, hashFiles = true } = given;
  const plans = sealPlan({ deal, parts });
  if (pieceLength !== undefined && plans.some((plan) => plan.pieceLength !== pieceLength))
    throw new Malformed('parts: another piece length');
  const summaries: SealedPartSummary[] = [];
  for (const [at, plan] of plans.entries()) {
    const part = parts[at];
    if (!part) throw new Malformed('parts');
    summaries.push(await sealOne(deal, { plan, part, hashFiles }, hooks));
  }
  return finishManifest({ deal, parts: summaries, client });
}

async function sealOne(
  deal: Deal,
  { plan, part, hashFiles }: { readonly plan: PartPlan; readonly part: PartContent; readonly hashFiles: boolean },
  hooks: SealingHooks,
): Promise<SealedPartSummary> {
  const pieces = [...(hooks.arrived?.(plan) ?? [])];
  const fromPiece = pieces.length;
  if (fromPiece >= plan.pieceCount) {
    hooks.finished?.(plan, undefined);
    return { plan, head: sealPart({ deal, plan, part }).head, pieces };
  }
  const spare: Uint8Array<ArrayBuffer>[] = [];
  const sealing = sealPart({ deal, plan, part, fromPiece, hashFiles, spare });
  const { beside } = hooks;
  const inOrder =
    beside && !hashFiles && plan.pieceCount - fromPiece > 1
      ? sealedBeside(beside(partJobOf({ deal, plan, part }), part), { fromPiece, toPiece: plan.pieceCount, spare })
      : sealing;
  const onTheWay = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const failed = (): void => {
    if (failures.length > 0) throw failures[0];
  };
  for await (const piece of inOrder) {
    pieces.push(piece.sha256);
    const sent: Promise<void> = hooks
      .deliver(plan, piece)
      .then(() => void (hooks.reuse && spare.push(piece.bytes)))
      .catch((failure: unknown) => void failures.push(failure))
      .finally(() => onTheWay.delete(sent));
    onTheWay.add(sent);
    await hooks.pause?.();
    if (onTheWay.size >= (hooks.inFlight ?? 1)) await Promise.race(onTheWay);
    failed();
  }
  await Promise.all(onTheWay);
  failed();
  hooks.finished?.(plan, hashFiles && fromPiece === 0 ? sealing.digests : undefined);
  return { plan, head: sealing.head, pieces };
}

/** The pieces in their order, however many are sealed at once. */
async function* sealedBeside(
  { atOnce, seal }: ReturnType<SealBeside>,
  { fromPiece, toPiece, spare }: { fromPiece: number; toPiece: number; spare: Uint8Array<ArrayBuffer>[] },
): AsyncGenerator<SealedPiece, void, undefined> {
  const underWay: Promise<SealedPiece>[] = [];
  let next = fromPiece;
  const fill = (): void => {
    for (; next < toPiece && underWay.length < atOnce; next += 1) {
      const piece = seal(next, spare.pop());
      // Awaited below in order; a failure must not be reported as unhandled before its turn.
      piece.catch(() => undefined);
      underWay.push(piece);
    }
  };
  fill();
  for (let piece = underWay.shift(); piece; piece = underWay.shift()) {
    const sealed = await piece;
    fill();
    yield sealed;
  }
}
