import { fromHex, toHex } from '../kernel/bytes.ts';
import {
  checkTimestamp,
  readTimestampResponse,
  timestampRequest,
  type TimestampFault,
  type TimestampRefusal,
} from '../trust/index.ts';
import { stampedDigest, type StampAnchors } from './stamp.rules.ts';
import type { TimeAuthorities, TimeAuthority } from './timekeeping.schema.ts';

/** What became of asking one authority. */
export type Asked = { readonly authority: TimeAuthority } & (
  | { readonly outcome: 'stamped'; readonly token: string; readonly time: Date }
  /** It answered rightly, and its clock is already at the deadline: handing in with this token would be handing in late. */
  | { readonly outcome: 'late'; readonly time: Date }
  | { readonly outcome: 'silent' }
  | { readonly outcome: 'refused'; readonly reason: TimestampFault | TimestampRefusal }
);

export const anchorsOf = ({ roots, intermediates, crls }: TimeAuthorities): StampAnchors => ({
  roots: roots.map(fromHex),
  intermediates: intermediates.map(fromHex),
  crls: crls.map(fromHex),
});

/** Most tokens that a bid can carry. */
export const mostStamps = 4;

/**
 * Has every authority stamp a bidder's signature, and judges each answer itself, whoever carried it. Never throws for
 * what authorities do: who does not answer only leaves the bid with less evidence.
 */
export async function stampSignature({
  signature,
  deadline,
  from,
  ask,
  random,
}: {
  readonly signature: string;
  readonly deadline: Date;
  readonly from: TimeAuthorities;
  /** Carries a request to an authority; undefined or a throw where nothing comes back. */
  readonly ask: (authority: TimeAuthority, request: Uint8Array<ArrayBuffer>) => Promise<Uint8Array | undefined>;
  readonly random: (bytes: number) => Uint8Array;
}): Promise<Asked[]> {
  const digest = stampedDigest(signature);
  const anchors = anchorsOf(from);
  return Promise.all(
    from.rows.map(async (authority): Promise<Asked> => {
      const nonce = random(16);
      const answer = await ask(authority, timestampRequest({ digest, nonce })).catch(() => undefined);
      if (!answer) return { authority, outcome: 'silent' };
      const read = readTimestampResponse(answer);
      if (!read.ok) return { authority, outcome: 'refused', reason: read.refused };
      const stamp = await checkTimestamp({ token: read.token, digest, nonce, ...anchors });
      if (!stamp.ok) return { authority, outcome: 'refused', reason: stamp.reason };
      const { time } = stamp;
      return time.getTime() < deadline.getTime()
        ? { authority, outcome: 'stamped', token: toHex(read.token), time }
        : { authority, outcome: 'late', time };
    }),
  );
}

/** The tokens to hand in: at most as many as a bid can carry, those of outside authorities first. */
export const tokensOf = (asked: readonly Asked[]): string[] =>
  asked
    .toSorted((a, b) => Number(a.authority.demonstration) - Number(b.authority.demonstration))
    .flatMap((one) => (one.outcome === 'stamped' ? [one.token] : []))
    .slice(0, mostStamps);
