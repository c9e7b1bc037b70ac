import { beforeAll, expect, test } from 'vitest';
import { parseVerifierKey, type EntryBody } from '../trust/index.ts';
import {
  aBidder,
  anAuthority,
  aSealer,
  closedLot,
  endingOf,
  lotId,
  received,
  takingBack,
  withdrawn,
  type ExampleBidder,
  type ExampleVersion,
} from './omission.example.ts';
import { judgeOmission, type OmissionJudgement } from './omission.ts';

/* Whoever writes the log can write that a bid was taken back or replaced; each test writes it, and shows something for it. */

let root: Uint8Array<ArrayBuffer>;
/** The bidder, its colleague with a certificate of its own, and somebody else. */
let own: ExampleBidder;
let colleague: ExampleBidder;
let stranger: ExampleBidder;
let seal: Awaited<ReturnType<typeof aSealer>>;
let bid: ExampleVersion;

beforeAll(async () => {
  const authority = await anAuthority();
  root = authority.certificate;
  own = await aBidder(authority, '王芳', '91370211780374731M', 1);
  colleague = await aBidder(authority, '赵敏', '91370211780374731M', 2);
  stranger = await aBidder(authority, '钱进', '91410726MA3X69CU1F', 3);
  seal = await aSealer();
  bid = await seal(own, 1);
});

type Asked = { readonly shown?: unknown; readonly roots?: readonly Uint8Array[]; readonly close?: string };

/** Judges the receipt of the first entry; `times` counts how often the platform was asked to show something. */
async function judge(
  written: readonly EntryBody[],
  heads: readonly ExampleVersion[] = [],
  { shown, roots = [], close }: Asked = {},
): Promise<OmissionJudgement & { times: number }> {
  const lot = await closedLot(written, heads, close);
  let times = 0;
  const judged = await judgeOmission({
    ...lot,
    receipt: lot.receipts[0] ?? '',
    verifierKeys: [parseVerifierKey(lot.verifierKey)],
    lotId,
    async showEnding(manifestHash) {
      expect(manifestHash).toBe(bid.manifestHash);
      times += 1;
      return shown;
    },
    trust: { roots },
  });
  return { ...judged, times };
}

const unproven = (what: string, by: ExampleBidder | null = null) => ({
  proven: true,
  what: 'missing',
  manifestHash: bid.manifestHash,
  claim: { what, by: by ? { name: by.name, fingerprint: by.fingerprint } : null },
});

test('a listed bid is listed, one that nothing speaks of is missing, and nobody has to show anything', async () => {
  expect(await judge([received(bid)], [bid])).toEqual({ proven: false, reason: 'listed', times: 0 });
  expect(await judge([received(bid)])).toMatchObject({ proven: true, what: 'missing', claim: null, times: 0 });
});

test('a close document that cannot be read lists nobody', async () => {
  expect(await judge([received(bid)], [bid], { close: '{}' })).toMatchObject({ proven: true, what: 'missing' });
});

test('a bid that its bidder took back or replaced is not missing', async () => {
  const act = await takingBack(own, bid);
  expect(await judge([received(bid), withdrawn(bid, act)], [], { shown: endingOf(bid, { act }) })).toMatchObject({
    proven: false,
    reason: 'replaced',
    ending: { what: 'withdrawal', isOther: false, by: { fingerprint: own.fingerprint } },
    times: 1,
  });
  const newer = await seal(own, 2, bid.manifestHash);
  expect(await judge([received(bid), received(newer)], [newer], { shown: endingOf(bid, { by: newer }) })).toMatchObject(
    { proven: false, reason: 'replaced', ending: { what: 'replacement', isOther: false } },
  );
});

test('a withdrawal of which the log holds hashes only, and for which nothing is shown, is no withdrawal', async () => {
  const act = await takingBack(own, bid);
  const whole = endingOf(bid, { act });
  for (const shown of [
    undefined,
    null,
    5,
    'withdrawn',
    {},
    endingOf(bid),
    { ...whole, withdrawal: 5 },
    { ...whole, withdrawal: { act: act.act, signature: 'zz' } },
    { ...whole, withdrawal: { act: act.act, signature: '' } },
    { ...whole, manifest: '{}' },
    { ...whole, manifest: 'not json' },
  ])
    expect(await judge([received(bid), withdrawn(bid, act)], [], { shown }), JSON.stringify(shown)).toMatchObject(
      unproven('withdrawal'),
    );
});

test('what is shown must be what the log names, and take back this bid of this lot', async () => {
  const [act, again] = [await takingBack(own, bid), await takingBack(own, bid)];
  // The same words signed twice have two signatures, of which the log names one.
  expect(again.signature).not.toBe(act.signature);
  expect(await judge([received(bid), withdrawn(bid, act)], [], { shown: endingOf(bid, { act: again }) })).toMatchObject(
    unproven('withdrawal'),
  );
  for (const over of [
    { manifestHash: 'ab'.repeat(32) },
    { envelopeId: 'cd'.repeat(16) },
    { lotId: '01933f00-0000-7000-8000-000000000009' },
  ]) {
    const other = await takingBack(own, bid, over);
    expect(
      await judge([received(bid), withdrawn(bid, other)], [], { shown: endingOf(bid, { act: other }) }),
      JSON.stringify(over),
    ).toMatchObject(unproven('withdrawal'));
  }
  const spoilt = { ...act, act: act.act.replace('王芳', '王方') };
  expect(
    await judge([received(bid), withdrawn(bid, spoilt)], [], { shown: endingOf(bid, { act: spoilt }) }),
  ).toMatchObject(unproven('withdrawal'));
});

test('nobody else takes a bid back, whoever vouches for them', async () => {
  const act = await takingBack(stranger, bid);
  for (const roots of [[], [root]])
    expect(
      await judge([received(bid), withdrawn(bid, act)], [], { shown: endingOf(bid, { act }), roots }),
    ).toMatchObject(unproven('withdrawal', stranger));
});

test('another certificate of the same organisation counts only where an authority is trusted to say so', async () => {
  const act = await takingBack(colleague, bid);
  const written = [received(bid), withdrawn(bid, act)];
  const shown = endingOf(bid, { act });
  expect(await judge(written, [], { shown })).toMatchObject(unproven('withdrawal', colleague));
  expect(await judge(written, [], { shown, roots: [root] })).toMatchObject({
    proven: false,
    reason: 'replaced',
    ending: { isOther: true, by: { name: colleague.name } },
  });
  const elsewhere = (await anAuthority()).certificate;
  expect(await judge(written, [], { shown, roots: [elsewhere] })).toMatchObject(unproven('withdrawal', colleague));
  // A certificate that is not the bid's does not say whose bid it was.
  const borrowed = { ...shown, certificate: endingOf(await seal(colleague, 4)).certificate };
  expect(await judge(written, [], { shown: borrowed, roots: [root] })).toMatchObject(unproven('withdrawal', colleague));
});

test('a bid of somebody else replaces nothing, even if its bidder signed that it does', async () => {
  const theirs = await seal(stranger, 5, bid.manifestHash);
  const shown = endingOf(bid, { by: theirs });
  for (const roots of [[], [root]])
    expect(await judge([received(bid), received(theirs)], [theirs], { shown, roots })).toMatchObject(
      unproven('replacement', stranger),
    );
});

test('an own bid that did not say it replaces this one does not, whatever its receipt says', async () => {
  const beside = await seal(own, 6);
  const shown = endingOf(bid, { by: beside });
  expect(
    await judge([received(bid), received(beside, bid.manifestHash)], [beside], { shown, roots: [root] }),
  ).toMatchObject(unproven('replacement'));
});

test('one true ending is enough beside any number of made-up ones', async () => {
  const [act, madeUp] = [await takingBack(own, bid), await takingBack(stranger, bid)];
  const written = [received(bid), withdrawn(bid, madeUp), withdrawn(bid, act)];
  expect(await judge(written, [], { shown: endingOf(bid, { act }) })).toMatchObject({
    proven: false,
    reason: 'replaced',
  });
});
