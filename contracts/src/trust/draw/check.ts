import { z } from 'zod';
import { Sha256Hex } from '../../kernel/bytes.ts';
import { canonical } from '../canonical.ts';
import { sha256Hex } from '../hash.ts';
import { bytesOf } from '../canonical.ts';
import { DrawEscrow, DrawFreeze, checkDrawEscrow, drawEscrowHash, drawFreezeHash, isFreezeOf } from './escrow.ts';
import { DrawName, DrawPool, PartyId, drawPoolHash, drawPseudonym } from './pool.ts';
import { DrawDecline, DrawResult, drawFrom, drawResultHash, isContribution, standingOf } from './select.ts';

/** Everything of a finished draw that is public: what anybody needs to hold it again. */
export const DrawRecord = z.strictObject({
  v: z.literal('xinbiao/draw/v1'),
  pool: DrawPool,
  freeze: DrawFreeze,
  escrows: z.array(DrawEscrow),
  contributions: z.array(z.strictObject({ party: PartyId, r: Sha256Hex, from: z.enum(['reveal', 'escrow']) })),
  result: DrawResult,
  declines: z.array(DrawDecline),
  /** Those that are no secret any more. */
  names: z.array(DrawName),
});
export type DrawRecord = z.infer<typeof DrawRecord>;

/** What the public log says of a draw, in the order of the tree. */
export interface DrawEntry {
  readonly t: string;
  readonly p: Readonly<Record<string, unknown>>;
}

export const drawChecks = [
  /** The pool is in order: sorted, nothing twice, independent contributors. */
  'pool',
  /** The commitments belong to this pool. */
  'freeze',
  /** Every escrow is dealt to all the others. */
  'escrows',
  /** Every committed contribution is there, and is the one committed to. */
  'contributions',
  /** The seed and who was drawn follow from them. */
  'result',
  /** Whoever declined was followed by the next reserve. */
  'declines',
  /** The names stand behind their pseudonyms. */
  'names',
  /** The log says the same, in the right order. */
  'log',
] as const;
export type DrawCheckId = (typeof drawChecks)[number];
export interface DrawCheck {
  readonly id: DrawCheckId;
  /** Null where nothing was given to check. */
  readonly ok: boolean | null;
  /** What differs: names of parties, groups or entries. */
  readonly facts: readonly string[];
}

/** Holds a draw again from its public record and, where given, from what the log says; never throws. */
export function checkDraw(given: unknown, entries?: readonly DrawEntry[]): readonly DrawCheck[] {
  const read = DrawRecord.safeParse(given);
  if (!read.success) {
    const place = read.error.issues[0]?.path.map(String).join('.') ?? '';
    return drawChecks.map((id) => ({ id, ok: id === 'pool' ? false : null, facts: id === 'pool' ? [place] : [] }));
  }
  const record = read.data;
  const { pool, freeze, escrows, contributions, result, declines, names } = record;
  const { drawId } = pool;
  const committed = new Map(freeze.commitments.map(({ party, commitment }) => [party, commitment]));
  const wrongEscrows = [...committed.keys()].filter((party) => {
    const escrow = escrows.find((one) => one.party === party);
    return (
      !escrow ||
      !isFreezeOf(freeze, pool) ||
      !checkDrawEscrow({ bytes: bytesOf(canonical(escrow)), pool, freeze, party }).ok
    );
  });
  const wrongParties = [
    ...contributions
      .filter((one) => !isContribution(drawId, committed.get(one.party) ?? '', one))
      .map(({ party }) => party),
    ...[...committed.keys()].filter((party) => contributions.filter((one) => one.party === party).length !== 1),
  ];
  const repeated = attempt(() => drawFrom(pool, contributions));
  const wrongGroups = repeated
    ? repeated.groups
        .filter((group, at) => canonical(group) !== canonical(result.groups[at] ?? null))
        .map(({ id }) => id)
    : ['seed'];
  const sameResult = repeated !== undefined && canonical(repeated) === canonical(result);
  const candidates = new Set([
    ...pool.groups.flatMap((group) => group.candidates),
    ...pool.excluded.map(({ candidate }) => candidate),
  ]);
  const wrongNames = names.filter(
    (name) => !candidates.has(name.candidate) || drawPseudonym(drawId, name) !== name.candidate,
  );
  const check = (id: DrawCheckId, ok: boolean | null, facts: readonly string[] = []): DrawCheck => ({ id, ok, facts });
  return [
    check('pool', true, [drawPoolHash(pool)]),
    check('freeze', isFreezeOf(freeze, pool)),
    check('escrows', wrongEscrows.length === 0, wrongEscrows),
    check('contributions', wrongParties.length === 0, [...new Set(wrongParties)]),
    check('result', sameResult, sameResult ? [result.seed] : wrongGroups),
    check('declines', attempt(() => standingOf(result, declines)) !== undefined),
    check(
      'names',
      names.length === 0 ? null : wrongNames.length === 0,
      wrongNames.map(({ label }) => label),
    ),
    logCheck(record, entries),
  ];
}

/** Compares a record with the log: every step there once, with the same particulars, none before the one it depends on. */
function logCheck(
  { pool, freeze, escrows, contributions, result, declines }: DrawRecord,
  entries?: readonly DrawEntry[],
): DrawCheck {
  if (!entries) return { id: 'log', ok: null, facts: [] };
  const mine = entries.filter(({ p }) => p['draw'] === pool.drawId);
  const facts: string[] = [];
  const place = (t: string, particulars: Readonly<Record<string, unknown>>): number => {
    const at = mine.findIndex(
      (entry) =>
        entry.t === t &&
        Object.entries(particulars).every(([key, value]) => canonical(entry.p[key] ?? null) === canonical(value)),
    );
    if (at < 0) facts.push(`${t} ${String(particulars['party'] ?? '')}`.trim());
    return at;
  };
  const before = (name: string, ...places: readonly number[]) => {
    if (places.some((at, i) => i > 0 && at >= 0 && (places[i - 1] ?? -1) >= at)) facts.push(name);
  };
  const once = (t: string) => {
    if (mine.filter((entry) => entry.t === t).length !== 1) facts.push(t);
  };
  const poolAt = place('draw.pool', { pool: drawPoolHash(pool) });
  const freezeAt = place('draw.freeze', { freeze: drawFreezeHash(freeze) });
  const resultAt = place('draw.result', { result: drawResultHash(result) });
  for (const t of ['draw.pool', 'draw.freeze', 'draw.result']) once(t);
  const escrowed: number[] = [];
  for (const { party, commitment } of freeze.commitments) {
    const commitAt = place('draw.commit', { party, commitment });
    before(`draw.commit ${party}`, poolAt, commitAt, freezeAt);
    const escrow = escrows.find((one) => one.party === party);
    const escrowAt = place('draw.escrow', { party, escrow: escrow ? drawEscrowHash(escrow) : null });
    before(`draw.escrow ${party}`, freezeAt, escrowAt);
    escrowed.push(escrowAt);
  }
  for (const { party, r, from } of contributions) {
    const revealAt = place('draw.reveal', { party, r, from });
    before(`draw.reveal ${party}`, Math.max(...escrowed), revealAt, resultAt);
  }
  declines.forEach(({ group, candidate, next }) => {
    before('draw.decline', resultAt, place('draw.decline', { group, candidate, next }));
  });
  if (mine.filter(({ t }) => t === 'draw.decline').length !== declines.length) facts.push('draw.decline');
  if (mine.some(({ t }) => t === 'draw.void')) facts.push('draw.void');
  return { id: 'log', ok: facts.length === 0, facts: [...new Set(facts)] };
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** How papers and acts name a draw's public record. */
export const drawRecordHash = (record: DrawRecord): string => sha256Hex(bytesOf(canonical(record)));
