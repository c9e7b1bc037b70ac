import type { SealingFacts } from '@xinbiao/contracts/bidding';
import { readSealing } from '@xinbiao/contracts/bidding';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots } from '../lots.ts';

/* What a bidder's browser looks at before it seals anything, against a real house that is honest, and one that is not. */

// By address: this part's compiler does not know the browser's modules.
const page = new URL('../../../frontend/src/bidding/noticeCheck.ts', import.meta.url).href;
const { checkNotice } = (await import(page)) as {
  checkNotice: (facts: SealingFacts, at: Date) => Promise<{ outcome: string; what?: string }>;
};

let house: TestHouse;
let facts: SealingFacts;
/** What a dishonest house would answer instead, by path. */
let lie: ((path: string, body: unknown) => unknown) | undefined;

beforeAll(async () => {
  house = await openHouse();
  const cast = await castFor(house, { bidders: 1 });
  const [lotId = ''] = (await publishedLots(house, cast, 1)).lots;
  await house.house.ledger.sequencer.drain();
  facts = await cast.bidders[0]!.client.call(readSealing, { params: { lotId } });
  const real = globalThis.fetch;
  vi.stubGlobal('document', { documentElement: { lang: 'zh-CN' } });
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    const answer = await real(new URL(path, house.url), init);
    if (!lie || !answer.headers.get('content-type')?.startsWith('application/json')) return answer;
    return Response.json(lie(path, await answer.json()));
  });
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await house.close();
});

const check = (over: Partial<SealingFacts> = {}) => checkNotice({ ...facts, ...over }, house.clock.now());

test('an honest notice holds', async () => {
  lie = undefined;
  expect(await check()).toMatchObject({ outcome: 'holds' });
});

test('another deadline, another lot or another tender than the signed one does not', async () => {
  const broken = { outcome: 'broken', what: 'notice' };
  expect(await check({ deadline: '2027-01-01T00:00:00.000Z' })).toEqual(broken);
  expect(await check({ lotId: facts.tenderId })).toEqual(broken);
  expect(await check({ tenderId: facts.lotId })).toEqual(broken);
});

test('a notice that nobody of the purchaser’s side signed does not, although the log holds it', async () => {
  lie = (path, body) => {
    if (!path.includes('/log/acts/')) return body;
    const { signature, ...act } = body as { signature: string };
    return { ...act, signature: `${signature.slice(0, -2)}${signature.endsWith('00') ? '01' : '00'}` };
  };
  expect(await check()).toEqual({ outcome: 'broken', what: 'notice' });
});

test('officers whose certificates no accepted authority issued do not', async () => {
  lie = (path, body) => (path.endsWith('/identity/authorities') ? { rows: [] } : body);
  expect((await check()).outcome).toBe('broken');
});
