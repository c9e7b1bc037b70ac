import { beforeAll, expect, test } from 'vitest';
import {
  aBidder,
  anAuthority,
  aSealer,
  closedLot,
  lotId,
  received,
  takingBack,
  withdrawn,
  type ClosedLot,
  type ExampleVersion,
} from '../opening/omission.example.ts';
import { fromHex } from '../kernel/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import {
  canonical,
  leafHash,
  leafOf,
  parseVerifierKey,
  type AuditedEntry,
  type EntryBody,
  type LogView,
} from '../trust/index.ts';
import { closeFindings, receiptInCloseFindings, replacementFindings } from './close.ts';
import type { Entitled } from './evidence.ts';

/* A house that signs its own log has one bid replace another: heads, leaves and salts all agree, the bids alone do not. */

let first: ExampleVersion;
let second: ExampleVersion;
let other: ExampleVersion;
beforeAll(async () => {
  const authority = await anAuthority();
  const own = await aBidder(authority, '王芳', '91370211780374731M', 1);
  const rival = await aBidder(authority, '钱进', '91410726MA3X69CU1F', 2);
  const seal = await aSealer();
  first = await seal(own, 1);
  second = await seal(own, 2, first.manifestHash);
  other = await seal(rival, 3);
});

type Given = {
  readonly written: readonly EntryBody[];
  readonly heads: readonly ExampleVersion[];
  /** Bids whose manifest is published, and those whose evidence of a fault brings it along. */
  readonly shown?: readonly ExampleVersion[];
  readonly faulty?: readonly ExampleVersion[];
};

async function aCase({ written, heads, shown = [], faulty = [] }: Given, held: readonly number[] = []) {
  const closed = await closedLot(written, heads);
  const bid = (manifest: string | null, evidence: readonly string[]) => ({
    manifest,
    faults: evidence.map((text) => ({ hash: '', evidence: text })),
  });
  const lot = {
    id: lotId,
    no: 1,
    close: closed.close,
    bids: [...shown.map(({ text }) => bid(text, [])), ...faulty.map(({ text }) => bid(null, [faultOf(text), '{}']))],
  } as unknown as TenderBundle['lots'][number];
  return { lot, view: viewOf(closed, held) };
}

const faultOf = (manifest: string): string =>
  canonical({
    v: 'xinbiao/fault-evidence/v1',
    lotId,
    bidId: '01933f00-0000-7000-8000-000000000101',
    manifest,
    keyring: '{}',
    fault: { code: 'gate.missing', party: 'bidder', stage: null, group: null, officer: null, part: null, piece: null },
    shares: [],
    gate: null,
    ephemeral: null,
    partKey: null,
    stageKey: null,
  });

function viewOf({ disclosed, closeEntry, receipts, verifierKey }: ClosedLot, held: readonly number[]): LogView {
  const entries = [...disclosed, { body: closeEntry, salt: null }].map(({ body, salt }, index): AuditedEntry => {
    const bytes = leafOf(body!, salt === null ? undefined : fromHex(salt));
    return { index, hash: leafHash(bytes), bytes, leaf: undefined, body: body! };
  });
  return {
    entries,
    keys: [parseVerifierKey(verifierKey)],
    question: { receipts: held.map((index) => ({ name: `${index}.tlog-proof`, text: receipts[index]! })) },
    evidence: [],
  } as unknown as LogView;
}

const outcomes = (findings: readonly { readonly outcome: string; readonly entry?: number | undefined }[]) =>
  findings.map(({ outcome, entry }) => [outcome, entry]);

test('receipts that say what the bidders signed leave nothing to find', async () => {
  const { lot, view } = await aCase({
    written: [received(first), received(second), received(other)],
    heads: [second, other],
    shown: [second, other],
  });
  expect(replacementFindings(lot, view, undefined)).toEqual([]);
  expect(closeFindings(lot, view)).toMatchObject([{ outcome: 'holds' }]);
});

test('a receipt that has a bid replace another bidder’s is found, though the list follows from the receipts', async () => {
  const { lot, view } = await aCase({
    written: [received(first), received(other, first.manifestHash)],
    heads: [other],
    shown: [other],
  });
  expect(closeFindings(lot, view)).toMatchObject([{ outcome: 'holds' }]);
  expect(outcomes(replacementFindings(lot, view, undefined))).toEqual([['broken', 1]]);
});

test('so is one that hides what a bid replaces, wherever its manifest is at hand', async () => {
  const written = [received(first), received(second, null), received(other)];
  const heads = [first, second, other];
  const published = await aCase({ written, heads, shown: [first, second, other] });
  expect(outcomes(replacementFindings(published.lot, published.view, undefined))).toEqual([['broken', 1]]);
  const faulty = await aCase({ written, heads, shown: [first], faulty: [second] });
  expect(outcomes(replacementFindings(faulty.lot, faulty.view, undefined))).toEqual([['broken', 1]]);
  const hidden = await aCase({ written, heads, shown: [first] });
  expect(replacementFindings(hidden.lot, hidden.view, undefined)).toEqual([]);
  const entitled = { lots: [{ id: lotId, bids: [{ manifest: second.text }] }] } as unknown as Entitled;
  expect(outcomes(replacementFindings(hidden.lot, hidden.view, entitled))).toEqual([['broken', 1]]);
});

test('whether a withdrawal is its bidder’s cannot be told from the receipt of the bid alone', async () => {
  const act = await takingBack(first.bidder, first);
  const given = { written: [received(first), withdrawn(first, act), received(other)], heads: [other] };
  for (const [held, outcome] of [
    [[0], 'unknown'],
    [[0, 1], 'holds'],
    [[1], 'holds'],
    [[2], 'holds'],
    [[0, 2], 'unknown'],
  ] as const) {
    const { lot, view } = await aCase(given, held);
    expect([held, receiptInCloseFindings(lot, view).map((finding) => finding.outcome)]).toEqual([held, [outcome]]);
  }
});

test('nor whether a bid was replaced by its bidder', async () => {
  const given = { written: [received(first), received(second)], heads: [second] };
  for (const [held, outcome] of [
    [[0], 'unknown'],
    [[1], 'holds'],
    [[0, 1], 'holds'],
  ] as const) {
    const { lot, view } = await aCase(given, held);
    expect([held, receiptInCloseFindings(lot, view).map((finding) => finding.outcome)]).toEqual([held, [outcome]]);
  }
});
