import { fromHex } from '@xinbiao/contracts/kernel';
import { sha256Hex, bytesOf } from '@xinbiao/contracts/trust';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
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
  type ClosedLot,
  type ExampleBidder,
  type ExampleVersion,
} from '../../../contracts/src/opening/omission.example.ts';
import { findOwnBid } from './ownBid.ts';

/** What this browser kept of its own bid. */
const kept = vi.hoisted(() => ({ envelopes: [] as object[] }));
vi.mock('../bidding/bidStore.ts', () => ({ listEnvelopes: () => Promise.resolve(kept.envelopes) }));
afterEach(() => vi.unstubAllGlobals());

let own: ExampleBidder;
let stranger: ExampleBidder;
let bid: ExampleVersion;
beforeAll(async () => {
  const authority = await anAuthority();
  own = await aBidder(authority, '王芳', '91370211780374731M', 1);
  stranger = await aBidder(authority, '钱进', '91410726MA3X69CU1F', 2);
  bid = await (await aSealer())(own, 1);
});

/** The page looks for its bid in a house that serves this lot, and shows this for how the bid ended. */
async function look(lot: ClosedLot, ending: () => Response | Promise<Response>) {
  kept.envelopes = [
    { envelopeId: bid.manifest.ctx.envelopeId, receipt: lot.receipts[0], manifest: bid.text, signature: bid.signature },
  ];
  const { close, closeLeaf: leaf, closeEntry: body, closeIndex: index } = lot;
  const asked: string[] = [];
  const answers: [RegExp, () => Response | Promise<Response>][] = [
    [/\/ending$/, ending],
    [/\/close$/, () => Response.json({ lotId, hash: sha256Hex(bytesOf(close)), leaf, document: close })],
    [/\/log\/key$/, () => Response.json({ origin: 'log', verifierKey: lot.verifierKey, witnesses: [] })],
    [/\/log\/checkpoint$/, () => new Response(lot.checkpoint)],
    [/\/log\/leaf\//, () => Response.json({ index, leaf, kind: 'public', commitment: null, body, salt: null })],
    [/\/log\/recent/, () => Response.json({ size: index + 1, rows: lot.disclosed, next: null })],
  ];
  vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    const answer = answers.find(([path]) => path.test(url));
    return answer ? answer[1]() : Response.json({ refusals: [] }, { status: 404 });
  });
  const found = await findOwnBid('account', lotId);
  return { found, wasAsked: asked.some((url) => url.endsWith(`/${bid.manifest.ctx.envelopeId}/ending`)) };
}
const shows = (value: unknown) => () => Response.json(value);

test('a listed bid is listed, and nothing is asked about how it ended', async () => {
  const { found, wasAsked } = await look(await closedLot([received(bid)], [bid]), shows(endingOf(bid)));
  expect([found, wasAsked]).toEqual([{ outcome: 'listed' }, false]);
});

test('a withdrawal is believed where the bidder’s own signature is shown for it', async () => {
  const act = await takingBack(own, bid);
  const lot = await closedLot([received(bid), withdrawn(bid, act)], []);
  expect((await look(lot, shows(endingOf(bid, { act })))).found).toEqual({ outcome: 'replaced' });
});

test('a withdrawal without it is an omission, and the evidence says what was claimed and shown', async () => {
  const act = await takingBack(stranger, bid);
  const lot = await closedLot([received(bid), withdrawn(bid, act)], []);
  const refused = () =>
    Response.json({ refusals: [{ code: 'bid.envelope-unknown', sentence: '没有' }] }, { status: 404 });
  for (const [answer, by] of [
    [shows(endingOf(bid)), null],
    [shows('withdrawn'), null],
    [refused, null],
    [shows(endingOf(bid, { act })), { name: stranger.name, fingerprint: stranger.fingerprint }],
  ] as const) {
    const { found } = await look(lot, answer);
    expect(found).toMatchObject({ outcome: 'omitted', claim: { what: 'withdrawal', by }, receipt: lot.receipts[0] });
    const evidence = JSON.parse((found as { evidence: string }).evidence) as Record<string, unknown>;
    expect(evidence).toMatchObject({ receipt: lot.receipts[0], manifest: bid.text, close: lot.close });
    expect(evidence['disclosed']).toHaveLength(2);
    expect(fromHex(String(evidence['signature'])).length).toBeGreaterThan(0);
  }
});

test('where nobody answers, nobody is accused', async () => {
  const act = await takingBack(own, bid);
  const lot = await closedLot([received(bid), withdrawn(bid, act)], []);
  const away = () => Promise.reject(new TypeError('fetch failed'));
  const signedOut = () => Response.json({ refusals: [{ code: 'auth.not-signed-in', sentence: '' }] }, { status: 401 });
  for (const answer of [away, signedOut])
    expect((await look(lot, answer)).found).toEqual({ outcome: 'unknown', why: 'no-close' });
});
