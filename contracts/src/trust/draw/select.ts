import { z } from 'zod';
import { Sha256Hex, fromHex, toHex } from '../../kernel/bytes.ts';
import { Id } from '../../kernel/id.ts';
import { Malformed, bytesOf } from '../canonical.ts';
import { LabelId } from '../envelope/keyring.ts';
import { joined, labelledHash, sha256 } from '../hash.ts';
import { PartyId, drawPoolHash, isSorted, type DrawGroup, type DrawPool } from './pool.ts';

/** One party's 32 bytes. */
export interface Contribution {
  readonly party: string;
  /** 32 bytes, hex. */
  readonly r: string;
}

export const DrawResult = z.strictObject({
  v: z.literal('xinbiao/draw-result/v1'),
  drawId: Id,
  poolHash: Sha256Hex,
  seed: Sha256Hex,
  groups: z
    .array(
      z.strictObject({
        id: LabelId,
        /** In the order in which they were drawn. */
        taken: z.array(Sha256Hex),
        reserve: z.array(Sha256Hex),
      }),
    )
    .min(1),
});
export type DrawResult = z.infer<typeof DrawResult>;

export const drawResultHash = (result: DrawResult): string => labelledHash('xinbiao/v1/draw-result\n', result);

/** C = H("xinbiao/v1/draw-commit\n" ‖ drawId ‖ "\n" ‖ party ‖ "\n" ‖ r). Throws Malformed unless r has 32 bytes. */
export function drawCommitment(drawId: string, { party, r }: Contribution): string {
  return toHex(sha256(joined(bytesOf(`xinbiao/v1/draw-commit\n${drawId}\n${partyOf(party)}\n`), secretOf(r))));
}

/** Is this what was committed to? */
export function isContribution(drawId: string, commitment: string, contribution: Contribution): boolean {
  try {
    return drawCommitment(drawId, contribution) === commitment;
  } catch (error) {
    if (error instanceof Malformed || error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * seed = H("xinbiao/v1/draw-seed\n" ‖ drawId ‖ "\n" ‖ H(pool) ‖ "\n" ‖ for parties sorted: party ‖ "\n" ‖ r). Nobody
 * who knows less than every r knows anything of it.
 */
export function drawSeed(drawId: string, poolHash: string, contributions: readonly Contribution[]): string {
  const sorted = contributions.toSorted((a, b) => (a.party < b.party ? -1 : 1));
  if (!isSorted(sorted.map(({ party }) => party))) throw new Malformed('party occurs twice');
  const parts = sorted.flatMap(({ party, r }) => [bytesOf(`${partyOf(party)}\n`), secretOf(r)]);
  const head = joined(bytesOf(`xinbiao/v1/draw-seed\n${drawId}\n`), fromHex(poolHash), bytesOf('\n'));
  return toHex(sha256(joined(head, ...parts)));
}

/** The numbers that a seed gives, 64 bits each, without end: H("xinbiao/v1/draw-stream\n" ‖ seed ‖ u64be(i)), four to a hash. */
export function* drawStream(seed: string): Generator<bigint, never> {
  const head = joined(bytesOf('xinbiao/v1/draw-stream\n'), secretOf(seed));
  const counter = new DataView(new ArrayBuffer(8));
  for (let i = 0n; ; i += 1n) {
    counter.setBigUint64(0, i);
    const block = new DataView(sha256(joined(head, new Uint8Array(counter.buffer))).buffer);
    for (const at of [0, 8, 16, 24]) yield block.getBigUint64(at);
  }
}

const words = 1n << 64n;

/** A number below `n`, each as likely as any other: numbers past the last whole multiple of `n` are passed over. */
function below(n: number, stream: Generator<bigint, never>): number {
  const size = BigInt(n);
  const limit = words - (words % size);
  let word = stream.next().value;
  while (word >= limit) word = stream.next().value;
  return Number(word % size);
}

/** Draws from the groups in their order, all from one stream: picks from the sorted list and removes, first those taken, then the reserve. */
export function pickFrom(
  groups: readonly Pick<DrawGroup, 'id' | 'take' | 'reserve' | 'candidates'>[],
  seed: string,
): DrawResult['groups'] {
  const stream = drawStream(seed);
  return groups.map(({ id, take, reserve, candidates }) => {
    const left = [...candidates];
    const drawn = Array.from({ length: take + reserve }, () => {
      if (left.length === 0) throw new Malformed('more are to be drawn than there are');
      return left.splice(below(left.length, stream), 1)[0] ?? '';
    });
    return { id, taken: drawn.slice(0, take), reserve: drawn.slice(take) };
  });
}

/** The result of a draw: follows from the pool and all contributions alone. */
export function drawFrom(pool: DrawPool, contributions: readonly Contribution[]): DrawResult {
  const poolHash = drawPoolHash(pool);
  const seed = drawSeed(pool.drawId, poolHash, contributions);
  return { v: 'xinbiao/draw-result/v1', drawId: pool.drawId, poolHash, seed, groups: pickFrom(pool.groups, seed) };
}

/** Somebody drawn who does not come, and who comes instead; null when the reserve is used up. */
export const DrawDecline = z.strictObject({
  group: LabelId,
  candidate: Sha256Hex,
  next: Sha256Hex.nullable(),
  reason: z.string().max(300),
});
export type DrawDecline = z.infer<typeof DrawDecline>;

/** Who stands after the declines so far, group by group, and who comes next. Throws Malformed where one does not follow the rule. */
export function standingOf(
  result: Pick<DrawResult, 'groups'>,
  declines: readonly Pick<DrawDecline, 'group' | 'candidate' | 'next'>[],
): { readonly id: string; readonly standing: readonly string[]; readonly left: readonly string[] }[] {
  return result.groups.map(({ id, taken, reserve }) => {
    const standing = [...taken];
    const left = [...reserve];
    for (const { candidate, next } of declines.filter(({ group }) => group === id)) {
      const at = standing.indexOf(candidate);
      if (at < 0) throw new Malformed('decline: not drawn');
      if ((left.shift() ?? null) !== next) throw new Malformed('decline: not the next reserve');
      standing.splice(at, 1, ...(next === null ? [] : [next]));
    }
    return { id, standing, left };
  });
}

function secretOf(r: string): Uint8Array<ArrayBuffer> {
  const bytes = fromHex(r);
  if (bytes.length !== 32) throw new Malformed('contribution');
  return bytes;
}

function partyOf(party: string): string {
  if (!PartyId.safeParse(party).success) throw new Malformed('party');
  return party;
}
