import { expect, test } from 'vitest';
import { openingPlans } from '../rulebook/index.ts';
import { checkManifest } from '../trust/index.ts';
import { aBid, aGroup, aKeyring } from '../trust/envelope/example.ts';
import { isListedFor } from './bid.rules.ts';
import type { CloseDocument } from './bid.schema.ts';
import { sealedParts } from './offer.schema.ts';
import { gatesOf, partContents, partsOfStages, stagePlanOf } from './sealing.rules.ts';
import { StagePlan } from './sealing.schema.ts';

test('an ordinary tender opens everything at once, as its rulebook says', () => {
  expect(partsOfStages(stagePlanOf('2026', 'none'))).toEqual(sealedParts);
  expect(stagePlanOf('2026', 'bidder').map(({ gate }) => gate)).toEqual(['bidder']);
});

test('every opening plan of the rulebook can be sealed for and is checked as such', async () => {
  const keyring = aKeyring([await aGroup('purchaser', 1, 1), await aGroup('independent', 1, 1)]);
  for (const { stages, zh, en } of Object.values(openingPlans)) {
    expect([zh, en].every((words) => words.length > 0)).toBe(true);
    const plan = StagePlan.parse(stages.map(({ id, parts }) => ({ id, parts: [...parts], gate: 'none' })));
    const bid = await aBid(keyring, partContents(plan, { price: { total: '1' } }, []));
    const expected = { ...bid.expect, stages: partsOfStages(plan), gates: gatesOf(plan, null) };
    expect(checkManifest({ bytes: bid.bytes, expect: expected }).ok).toBe(true);
  }
});

test('only openings with a gate have a certificate, and none without one to wrap to', () => {
  const plan: StagePlan = [
    { id: 'technical', parts: ['technical'], gate: 'none' },
    { id: 'price', parts: ['price'], gate: 'bidder' },
  ];
  expect(gatesOf(plan, 'aa')).toEqual({ price: 'aa' });
  expect(gatesOf(plan, null)).toEqual({});
});

test('files go into the technical part, wherever it is opened', () => {
  const plan = stagePlanOf('2026', 'none');
  const file = { name: 'a', size: 0, stream: () => new ReadableStream<Uint8Array>() };
  expect(
    partContents(plan, { price: 1 }, [file]).map(({ name, content, files }) => [name, content, files.length]),
  ).toEqual([
    ['price', 1, 0],
    ['technical', {}, 1],
  ]);
});

test('an envelope belongs where the close document lists it, and nowhere else', async () => {
  const keyring = aKeyring([await aGroup('purchaser', 1, 1), await aGroup('independent', 1, 1)]);
  const { manifest, manifestHash } = await aBid(keyring, [{ stage: 'open', name: 'price', content: {}, files: [] }]);
  const { ctx } = manifest;
  const head = { manifestHash, seq: 1, leaf: '', salt: '', bidId: '', receivedAt: '', bidder: { name: '', uscc: '', certSha256: ctx.bidderCertSha256 } }; // prettier-ignore
  const { tenderId, lotId } = ctx;
  const document = { v: 'xinbiao/close/v1', tenderId, lotId, deadline: '', closedAt: '', others: [], token: null, heads: [head] } as unknown as CloseDocument; // prettier-ignore
  expect(isListedFor(document, { manifestHash, ctx })).toBe(true);
  for (const change of [{ tenderId: lotId }, { lotId: tenderId }, { seq: 2 }, { bidderCertSha256: '00'.repeat(32) }])
    expect(isListedFor(document, { manifestHash, ctx: { ...ctx, ...change } })).toBe(false);
  expect(isListedFor(document, { manifestHash: 'other', ctx })).toBe(false);
});
