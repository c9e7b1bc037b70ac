import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromHex, toHex } from '../kernel/index.ts';
import {
  checkCloseToken,
  countedStretches,
  judgeBidStamps,
  minutesOf,
  stampedDigest,
  type Unreached,
} from '../timekeeping/index.ts';
import {
  checkTimestamp,
  readTimestampRequest,
  readTimestampResponse,
  signatureValueOf,
  timestampRequest,
  timestampResponse,
} from '../trust/index.ts';
import { deadlineBy } from './index.ts';

/* Published vectors: signatures in them were made once; everything that follows from them is computed again. */

type Vectors = {
  readonly root: string;
  readonly requests: readonly { digest: string; nonce: string; request: string }[];
  readonly responses: readonly { der: string; token?: string; refused?: string }[];
  readonly tokens: readonly { about: string; token: string; digest: string; nonce: string | null; result: object }[];
  readonly stamps: readonly {
    signature: string;
    value: string;
    stamped: string;
    deadline: string;
    timestamps: string[];
    outcomes: string[];
  }[];
  readonly closes: readonly {
    about: string;
    entry: Record<string, unknown>;
    document: string;
    deadline: string;
    outcome: string;
    reason?: string;
  }[];
  readonly deadlines: readonly {
    about: string;
    entries: Parameters<typeof deadlineBy>[0];
    notice: Parameters<typeof deadlineBy>[1];
    deadline: string;
    redeliverUntil: string | null;
  }[];
  readonly stretches: readonly {
    window: { from: string; to: string };
    witnesses: number;
    given: { from: string; to: string; by: string }[];
    counted: object[];
    minutes: number;
  }[];
};
const vectors = JSON.parse(readFileSync(new URL('../../vectors/time.json', import.meta.url), 'utf8')) as Vectors;
const roots = [fromHex(vectors.root)];

test.each(vectors.requests)('asks for $digest with the nonce $nonce in these bytes', ({ digest, nonce, request }) => {
  expect(toHex(timestampRequest({ digest: fromHex(digest), nonce: fromHex(nonce) }))).toBe(request);
  expect(toHex(readTimestampRequest(fromHex(request)).digest)).toBe(digest);
});

test.each(vectors.responses)('reads the answer $refused', ({ der, token, refused }) => {
  const read = readTimestampResponse(fromHex(der));
  expect(read).toEqual(token ? { ok: true, token: fromHex(token) } : { ok: false, refused });
  if (token) expect(toHex(timestampResponse({ token: fromHex(token) }))).toBe(der);
});

test.each(vectors.tokens)('judges a token: $about', async ({ token, digest, nonce, result }) => {
  const checked = await checkTimestamp({
    token: fromHex(token),
    digest: fromHex(digest),
    roots,
    ...(nonce === null ? {} : { nonce: fromHex(nonce) }),
  });
  const { fingerprint: _, ...rest } = { fingerprint: '', ...checked };
  expect(JSON.parse(JSON.stringify(rest))).toEqual(result);
});

test.each(vectors.stamps)('judges the timestamps of a bid', async (vector) => {
  const { signature, value, stamped, timestamps, outcomes } = vector;
  expect(toHex(signatureValueOf(fromHex(signature)))).toBe(value);
  expect(toHex(stampedDigest(signature))).toBe(stamped);
  const judged = await judgeBidStamps({
    signature,
    timestamps,
    deadline: new Date(vector.deadline),
    anchors: { roots },
  });
  expect(judged.map((one) => (one.outcome === 'refused' ? `refused ${one.reason}` : one.outcome))).toEqual(outcomes);
});

test.each(vectors.closes)(
  'judges the time of a close: $about',
  async ({ entry, document, deadline, outcome, reason }) => {
    const judged = await checkCloseToken({
      entry,
      document: fromHex(document),
      deadline: new Date(deadline),
      anchors: { roots },
    });
    expect([judged.outcome, 'reason' in judged ? judged.reason : undefined]).toEqual([outcome, reason]);
  },
);

test.each(vectors.deadlines)('finds the deadline: $about', ({ entries, notice, deadline, redeliverUntil }) => {
  expect(deadlineBy(entries, notice)).toEqual({ deadline, redeliverUntil });
});

test.each(vectors.stretches)('adds up outages', ({ window, witnesses, given, counted, minutes }) => {
  const all = given.map((one): Unreached => ({ ...one, from: new Date(one.from), to: new Date(one.to) }));
  const found = countedStretches(all, { from: new Date(window.from), to: new Date(window.to), witnesses });
  expect(JSON.parse(JSON.stringify(found))).toEqual(counted);
  expect(minutesOf(found)).toBe(minutes);
});
