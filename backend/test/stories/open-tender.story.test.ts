import { readDecision, readLetter, readOwnResult, readResultNotice } from '@xinbiao/contracts/award';
import { CloseDocument, finalizeEnvelope, listMyBids, readClose, type BidReceipt } from '@xinbiao/contracts/bidding';
import { readReport } from '@xinbiao/contracts/evaluation';
import { addTime, fromHex } from '@xinbiao/contracts/kernel';
import { readLogKey } from '@xinbiao/contracts/ledger';
import { readOpening } from '@xinbiao/contracts/opening';
import { readTender } from '@xinbiao/contracts/publication';
import { takeDocuments } from '@xinbiao/contracts/tendering';
import { bytesOf, parseCanonical, parseVerifierKey, sha256Hex, verifyReceipt } from '@xinbiao/contracts/trust';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fileOf, withdraw } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import {
  accept,
  appoint,
  award,
  convene,
  keptSheet,
  openEscrows,
  qualify,
  release,
  reveal,
  score,
  sign,
} from '../../../scripts/play/steps.ts';
import { checkPaper } from '@xinbiao/contracts/trust';
import type { Client } from '../client.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, handIn, publishedLots, sealBid, type PublishedLots } from '../lots.ts';
import { askEverything, tellsOf, type Answer, type Places } from './asking.ts';
import { outsiderFinds } from './outsider.ts';

/*
 * The life of one lot from the notice to the letter. Five bidders hand in: b replaces the bid, d is in time by one
 * millisecond, e takes it back; f comes at the deadline itself and is too late. d falls out in the qualification
 * check, one of five experts stays away after sealing, a wins.
 */

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let lotId = '';
let a: Person, b: Person, c: Person, d: Person, e: Person, f: Person;
const hour = 3_600_000;
/** No other number or word of the story looks like these. */
const prices = {
  a: 348_860_000n,
  before: 299_173_031n,
  b: 331_800_000n,
  c: 374_250_000n,
  d: 310_000_000n,
  e: 327_191_917n,
  f: 311_117_113n,
};
const receipts = new Map<string, BidReceipt>();
const events: string[] = [];
const listening = new AbortController();

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house, { bidders: 6, experts: 6 });
  [a, b, c, d, e, f] = cast.bidders as [Person, Person, Person, Person, Person, Person];
  published = await publishedLots(house, cast, 1);
  [lotId = ''] = published.lots;
  for (const bidder of cast.bidders)
    await bidder.client.call(takeDocuments, { params: { tenderId: published.tenderId } });
});
afterAll(async () => {
  listening.abort();
  await house.close();
});

const panel = (): Person[] => cast.experts.slice(0, 5);
const roots = () => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
const nameOf = (person: Person): string => person.known.organisation?.name ?? '';
const usccOf = (person: Person): string => person.known.organisation?.uscc ?? '';
const strangers = (): Record<string, Client> => ({
  nobody: house.anybody,
  operator: cast.operator.client,
  centre: cast.centre.client,
  supervisor: cast.supervisor.client,
  purchaser: cast.purchaser.client,
  agency: cast.agency.client,
  notary: cast.notary.client,
  expert: cast.experts[0]!.client,
  bidder: f.client,
});
const moneyOf = (fen: bigint): string[] => [
  `${fen}`,
  `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`,
  `${Number(fen / 100n).toLocaleString('en')}`,
];

/** What an answer says apart from the growth of the log, which decoys hide, the session of whoever asks, and signatures made anew each time. */
function settled({ text, path }: Answer): unknown {
  if (
    /^\/log\/(?:checkpoint|tile|recent \S+(?:\?limit=100)?$|proof|entry\/:index\/receipt|disclosed)|^\/identity\/(?:sessions|crl)/.test(
      path,
    )
  )
    return 'grows';
  try {
    return JSON.parse(text, (key, value: unknown) =>
      ['log', 'realNow', 'offset', 'proof'].includes(key) ? undefined : value,
    );
  } catch {
    return text;
  }
}

const placesNow = async (ids: {
  envelopeId: string;
  bidId: string;
  sha256: string;
  hash: string;
}): Promise<Places> => ({
  ...ids,
  tenderId: published.tenderId,
  lotId,
  id: a.known.organisation?.id ?? '',
  index: '0',
  path: '0/000.p/1',
  code: 'A02',
  move: 'publish',
  subject: 'organisation',
  expert: 'expert-1',
  fileId: crypto.randomUUID(),
  name: nameOf(a),
  day: '2026-12-02',
  size: '1000',
});

/** Everything asked by everybody, once before there is a bid and once when there are five: told apart by nothing. */
let before: Answer[] = [];

test('nobody has bid yet', async () => {
  before = await askEverything(
    strangers(),
    await placesNow({
      envelopeId: '0'.repeat(32),
      bidId: crypto.randomUUID(),
      sha256: '0'.repeat(64),
      hash: '0'.repeat(64),
    }),
  );
  expect(before.length).toBeGreaterThan(900);
  expect(before.filter(({ status }) => status >= 500)).toEqual([]);
  const response = await house.anybody.fetch(`/api/lots/${lotId}/opening/events`, { signal: listening.signal });
  void (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      events.push(Buffer.from(chunk).toString());
  })().catch(() => undefined);
});

test('five bids are handed in, of which one is replaced and one taken back; each gets a receipt that anybody can check', async () => {
  const plan = fileOf('技术方案.pdf', new TextEncoder().encode(`%PDF-1.7 ${'方案'.repeat(5_000)}`));
  receipts.set(
    'a',
    await handIn(a, lotId, { price: prices.a, files: [plan], claims: { warranty: 'five', record: 'many' } }),
  );
  receipts.set('before', await handIn(b, lotId, { price: prices.before, claims: { warranty: 'two', record: 'some' } }));
  receipts.set('b', await handIn(b, lotId, { price: prices.b, claims: { warranty: 'two', record: 'some' } }));
  receipts.set('c', await handIn(c, lotId, { price: prices.c, claims: { warranty: 'three', record: 'many' } }));
  receipts.set('e', await handIn(e, lotId, { price: prices.e }));
  receipts.set('withdrawal', await withdraw(e, lotId));
  const key = parseVerifierKey((await house.anybody.call(readLogKey)).verifierKey);
  for (const [name, { receipt }] of receipts)
    expect(verifyReceipt({ proof: receipt, verifierKeys: [key] }), name).toMatchObject({
      ok: true,
      receipt: { body: { t: name === 'withdrawal' ? 'bid.withdraw' : 'bid.receipt', s: lotId } },
    });
});

test('before the deadline nobody learns who has bid, how many, or what, and knowing the ids of a bid does not help', async () => {
  const mine = (await a.client.call(listMyBids)).rows[0]!;
  const { envelopeId, bidId, manifestHash, receipt } = receipts.get('a')!;
  const { pieces } = JSON.parse(await (await a.client.fetch(`/api/envelopes/${envelopeId}/pieces`)).text()) as {
    pieces: { sha256: string }[];
  };
  const proved = verifyReceipt({ proof: receipt, verifierKeys: [parseVerifierKey(house.house.ledger.verifierKey)] });
  if (!proved.ok) throw new Error('the receipt does not hold');
  const after = await askEverything(
    strangers(),
    await placesNow({ envelopeId, bidId, sha256: pieces[0]!.sha256, hash: proved.receipt.leaf }),
  );
  expect(mine.head?.manifestHash).toBe(manifestHash);

  const ids = [...receipts.values()]
    .flatMap((one) => [one.envelopeId, one.bidId, one.manifestHash])
    .filter((id) => id.length > 0);
  const salts = [...receipts.values()].map(({ receipt: text }) => proofSalt(text));
  const sealed = [...Object.values(prices).flatMap(moneyOf), ...salts, '技术方案.pdf'];
  // Who asks with an id reads it in no answer either.
  expect(tellsOf(after, [...sealed, ...ids])).toEqual([]);

  // The same question has the same answer as before the first bid: name, code, count and all.
  expect(after.map(({ who, status }, at) => `${who} ${status} ${before[at]?.path.split(' ')[0]}`)).toEqual(
    before.map(({ who, status, path }) => `${who} ${status} ${path.split(' ')[0]}`).map((line) => leafLine(line)),
  );
  const different = after.flatMap((answer, at) =>
    isDeepStrictEqual(settled(answer), settled(before[at]!))
      ? []
      : [[answer.who, answer.path, before[at]?.text, answer.text]],
  );
  expect(different.filter(([, path]) => !path?.startsWith('/log/leaf/:hash'))).toEqual([]);

  // In the log: nothing that came after the first question names anybody.
  const size = before.find(({ path, who }) => who === 'nobody' && path.startsWith('/log/recent /api/log/recent?limit'));
  const from = (JSON.parse(size!.text) as { size: number }).size;
  const now = after.find(({ path, who }) => who === 'nobody' && path.startsWith('/log/recent /api/log/recent?limit'));
  const rows = (JSON.parse(now!.text) as { rows: { index: number }[] }).rows.filter(({ index }) => index >= from);
  expect(rows.length).toBeGreaterThanOrEqual(receipts.size);
  for (const person of cast.bidders)
    expect(JSON.stringify(rows)).not.toMatch(new RegExp(`${nameOf(person)}|${usccOf(person)}`));
  expect(new Set(rows.map((row) => Object.keys(row).sort().join())).size).toBe(1);
  expect(
    events
      .join('')
      .replaceAll(/^: .*$/gm, '')
      .trim(),
  ).toBe('');

  // A bidder reads of its own bid and of nobody else's.
  const own = await askEverything(
    { a: a.client },
    await placesNow({ envelopeId, bidId, sha256: pieces[0]!.sha256, hash: proved.receipt.leaf }),
  );
  const others = [...receipts]
    .filter(([name]) => name !== 'a')
    .flatMap(([, one]) => [one.envelopeId, one.bidId, one.manifestHash, proofSalt(one.receipt)]);
  expect(tellsOf(own, [...Object.values(prices).flatMap(moneyOf), ...others])).toEqual([]);
  expect(tellsOf(own, [manifestHash])).not.toEqual([]);
});

/** An entry is found by its hash once it is there: it says a place in the log, and nothing of what it is. */
const leafLine = (line: string): string => line.replace(/ 404 \/log\/leaf\/:hash$/, ' 200 /log/leaf/:hash');
const proofSalt = (text: string): string => {
  const proved = verifyReceipt({ proof: text, verifierKeys: [parseVerifierKey(house.house.ledger.verifierKey)] });
  if (!proved.ok || !proved.receipt.salt) throw new Error('a receipt without its salt');
  return Buffer.from(proved.receipt.salt).toString('hex');
};

test('one millisecond before the deadline is in time, the deadline itself is too late', async () => {
  house.clock.set(addTime(published.deadline, -1));
  receipts.set('d', await handIn(d, lotId, { price: prices.d, claims: { warranty: 'five', record: 'many' } }));
  const late = await sealBid(f, lotId, { price: prices.f });
  await late.upload();
  house.clock.set(published.deadline);
  const call = {
    params: { envelopeId: late.envelopeId },
    body: { manifest: late.manifest, signature: late.signature },
  };
  // Whether the waking clock has been round or not.
  expect(await f.client.refused(finalizeEnvelope, call)).toEqual(['bid.after-deadline']);
  await expect(withdraw(a, lotId)).rejects.toMatchObject({ codes: ['bid.after-deadline'] });
  await house.tick();
  expect(await f.client.refused(finalizeEnvelope, call)).toEqual(['bid.after-deadline']);
  expect(receipts.get('d')!.receivedAt).toBe(addTime(published.deadline, -1).toISOString());
});

test('the close lists exactly the four bids that count, and every receipt is in it', async () => {
  const { document, hash } = await house.anybody.call(readClose, { params: { lotId } });
  expect(sha256Hex(bytesOf(document))).toBe(hash);
  const { heads, others } = CloseDocument.parse(parseCanonical(document));
  expect(heads.map(({ bidder, manifestHash }) => [bidder?.name, manifestHash])).toEqual(
    [
      ['a', a],
      ['b', b],
      ['c', c],
      ['d', d],
    ].map(([name, person]) => [nameOf(person as Person), receipts.get(name as string)!.manifestHash]),
  );
  expect(others.map(({ type }) => type).sort()).toEqual(['bid.receipt', 'bid.receipt', 'bid.withdraw']);
  const leaves = new Set([...heads, ...others].map(({ leaf }) => leaf));
  const key = parseVerifierKey(house.house.ledger.verifierKey);
  for (const [name, { receipt }] of receipts) {
    const proved = verifyReceipt({ proof: receipt, verifierKeys: [key] });
    expect(proved.ok && leaves.has(proved.receipt.leaf), name).toBe(true);
  }
  await expect.poll(() => events.join('')).toContain('event: closed');
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
});

test('one side alone opens nothing; when both sides have released, four prices are read out and the fifth never', async () => {
  const hall = () => house.anybody.call(readOpening, { params: { lotId } });
  expect(await release(cast.purchaser, lotId, roots(), house.clock.now())).toBe('releasing');
  await house.tick();
  expect((await hall()).bids.map(({ state, price }) => [state, price])).toEqual(
    [1, 2, 3, 4].map(() => ['sealed', null]),
  );
  const { envelopeId, bidId } = receipts.get('a')!;
  const places = await placesNow({ envelopeId, bidId, sha256: '0'.repeat(64), hash: '0'.repeat(64) });
  const { nobody, operator, supervisor, agency, notary } = strangers() as Record<string, Client>;
  const several = { nobody: nobody!, operator: operator!, supervisor: supervisor!, agency: agency!, notary: notary! };
  const asked = await askEverything(several, places, true);
  expect(tellsOf(asked, [...Object.values(prices).flatMap(moneyOf), '技术方案.pdf'])).toEqual([]);
  await release(cast.notary, lotId, roots(), house.clock.now());
  await house.tick();
  const opened = await hall();
  expect(opened.phase).toBe('opened');
  expect(opened.bids.map(({ bidder, price }) => [bidder.name, price])).toEqual([
    [nameOf(a), `${prices.a}`],
    [nameOf(b), `${prices.b}`],
    [nameOf(c), `${prices.c}`],
    [nameOf(d), `${prices.d}`],
  ]);
  const everything = await askEverything({ nobody: nobody!, supervisor: supervisor!, agency: agency! }, places, true);
  expect(tellsOf(everything, [...moneyOf(prices.before), ...moneyOf(prices.e), ...moneyOf(prices.f)])).toEqual([]);
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
});

const words = ['评语甲-7d1c', '评语乙-41ef', '评语丙-b30a', '评语丁-0c95', '评语戊-e6b2'];
/** Points × 100 by bidder, item and expert. */
const judged: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  a: {
    plan: [1710, 1725, 1690, 1733, 1801],
    delivery: [1310, 1255, 1290, 1333, 1270],
    service: [810, 905, 850, 877, 833],
  },
  b: {
    plan: [1900, 1888, 1875, 1910, 1901],
    delivery: [1400, 1410, 1390, 1420, 1433],
    service: [950, 940, 930, 960, 955],
  },
  c: {
    plan: [1600, 1601, 1602, 1603, 1607],
    delivery: [1200, 1202, 1203, 1201, 1201],
    service: [701, 702, 700, 702, 703],
  },
};
const letterOf = (uscc: string): string =>
  Object.entries({ a, b, c, d }).find(([, person]) => usccOf(person) === uscc)?.[0] ?? '';
const seal = (expert: Person, at: number) =>
  score(
    expert,
    lotId,
    (_, bid, item) => judged[letterOf(bid.bidder.uscc)]?.[item.id]?.[at] ?? -1,
    undefined,
    words[at],
  );

test('one bidder fails the qualification check, and a panel of five is convened', async () => {
  expect(await qualify(cast.agency, lotId, { [usccOf(d)]: '信用记录显示在处罚期内' })).toEqual({
    state: 'qualified',
    passed: 3,
    failed: 1,
  });
  await appoint(
    cast.agency,
    lotId,
    panel().map(({ known }) => known.seatId),
  );
  for (const expert of panel()) await accept(expert, lotId);
  await convene(cast.agency, lotId, addTime(house.clock.now(), 24 * hour));
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
});

test('sheets are sealed one by one, and nobody reads any of them before the last is in', async () => {
  const { operator, supervisor, purchaser, agency, notary, nobody } = strangers();
  const those = { operator: operator!, supervisor: supervisor!, notary: notary!, expert: panel()[3]!.client };
  const look = async (who: Readonly<Record<string, Client>>): Promise<string[]> => {
    const { envelopeId, bidId } = receipts.get('a')!;
    const secrets = panel()
      .slice(0, 3)
      .flatMap((expert, at) => [words[at] ?? '', keptSheet(expert, lotId).salt]);
    return tellsOf(
      await askEverything(
        who,
        await placesNow({ envelopeId, bidId, sha256: '0'.repeat(64), hash: '0'.repeat(64) }),
        true,
      ),
      secrets,
    );
  };
  for (const [at, expert] of panel().slice(0, 4).entries()) await seal(expert, at);
  expect(await look({ ...those, purchaser: purchaser!, agency: agency!, nobody: nobody!, bidder: a.client })).toEqual(
    [],
  );
  await expect(reveal(panel()[0]!, lotId)).rejects.toMatchObject({ codes: ['sheet.not-all-in'] });
  await seal(panel()[4]!, 4);
  for (const expert of panel().slice(0, 4)) expect(await reveal(expert, lotId)).toBe('evaluating');
  expect(await look(those)).toEqual([]);
});

test('the sheet of an expert who stays away is opened from escrow by officers of both sides, and not before its time', async () => {
  await expect(openEscrows(cast.purchaser, lotId)).rejects.toMatchObject({
    codes: expect.arrayContaining(['request.malformed']),
  });
  house.clock.set(addTime(house.clock.now(), 2 * hour));
  expect(await openEscrows(cast.purchaser2, lotId)).toEqual({
    opened: [],
    waiting: ['expert-5'],
    lotState: 'evaluating',
  });
  expect(await openEscrows(cast.witness, lotId)).toEqual({ opened: ['expert-5'], waiting: [], lotState: 'ranked' });
});

test('the ranking is what one gets by hand', async () => {
  const { result, bidders } = await cast.agency.client.call(readReport, { params: { lotId } });
  const lines = result.bids.map((bid) => [
    letterOf(bidders.find(({ bidId }) => bidId === bid.bidId)?.uscc ?? ''),
    bid.rank,
    bid.total,
    bid.priceScore,
    bid.objective,
    bid.subjective,
    bid.items.filter(({ kind }) => kind === 'subjective').map(({ score: points }) => points),
  ]);
  // Base: 3,318,000.00, since 3,100,000.00 did not qualify and 2,991,730.31 was replaced.
  // a: 331800/348860 × 35 = 33.288 → 33.29; 17.318 → 17.32, 12.916 → 12.92, 8.55; 10 + 10.
  // b: 35.00; 18.948 → 18.95, 14.106 → 14.11, 9.47; 2 + 5.
  // c: 331800/374250 × 35 = 31.030 → 31.03; 16.026 → 16.03, 12.014 → 12.01, 7.016 → 7.02; 6 + 10.
  expect(lines.sort()).toEqual([
    ['a', 1, 9208, 3329, 2000, 3879, [1732, 1292, 855]],
    ['b', 2, 8453, 3500, 700, 4253, [1895, 1411, 947]],
    ['c', 3, 8209, 3103, 1600, 3506, [1603, 1201, 702]],
  ]);
  expect(result.sheets.map(({ from }) => from)).toEqual(['reveal', 'reveal', 'reveal', 'reveal', 'escrow']);
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
});

test('the purchaser awards, everybody reads the result, each bidder its own, and the winner gets the letter', async () => {
  for (const expert of panel()) await sign(expert, lotId);
  expect((await cast.purchaser.client.call(readDecision, { params: { lotId } })).signatures).toEqual({
    signed: 5,
    of: 5,
  });
  expect(await award(cast.purchaser, lotId)).toMatchObject({ name: nameOf(a), price: `${prices.a}`, total: 9208 });
  const notice = await house.anybody.call(readResultNotice, { params: { lotId } });
  expect(notice).toMatchObject({
    outcome: 'awarded',
    winner: { name: nameOf(a), price: `${prices.a}`, priceWords: '叁佰肆拾捌万捌仟陆佰元整', total: 9208 },
  });
  expect(notice.evaluation?.rejected).toMatchObject([
    { at: 'qualification', bidder: { name: nameOf(d) }, reasons: [expect.stringContaining('信用记录显示在处罚期内')] },
  ]);

  const own = (person: Person, name: string) =>
    person.client.call(readOwnResult, { params: { bidId: receipts.get(name)!.bidId } });
  expect(await own(a, 'a')).toMatchObject({ outcome: 'won', rank: 1, total: 9208, letter: true });
  expect(await own(b, 'b')).toMatchObject({
    outcome: 'lost',
    rank: 2,
    total: 8453,
    priceScore: 3500,
    objective: 700,
    subjective: 4253,
    letter: false,
    winner: { name: nameOf(a), price: `${prices.a}` },
  });
  expect(await own(c, 'c')).toMatchObject({ outcome: 'lost', rank: 3, total: 8209, letter: false });
  expect(await own(d, 'd')).toMatchObject({
    outcome: 'rejected',
    rank: null,
    total: null,
    rejected: { at: 'qualification' },
  });
  expect(await e.client.refused(readOwnResult, { params: { bidId: receipts.get('e')!.bidId } })).toEqual([
    'award.no-result',
  ]);
  for (const [person, name] of [
    [b, 'a'],
    [f, 'a'],
    [a, 'b'],
  ] as const)
    expect(await person.client.refused(readOwnResult, { params: { bidId: receipts.get(name)!.bidId } })).toEqual([
      'award.not-your-bid',
    ]);

  const letter = await a.client.call(readLetter, { params: { lotId } });
  expect(Buffer.from(letter.subarray(0, 5)).toString()).toBe('%PDF-');
  expect(await checkPaper(letter, house.house.identity.authorities.anchors(house.clock.now()))).toMatchObject({
    ok: true,
  });
  for (const loser of [b, c, d, e, f])
    expect(await loser.client.refused(readLetter, { params: { lotId } })).toEqual(['award.no-letter']);
});

test('afterwards single sheets and technical parts stay with those entitled, and the story is whole', async () => {
  const { envelopeId, bidId } = receipts.get('a')!;
  const { operator, agency, notary, nobody } = strangers();
  const asked = await askEverything(
    { operator: operator!, agency: agency!, notary: notary!, nobody: nobody!, loser: b.client },
    await placesNow({ envelopeId, bidId, sha256: '0'.repeat(64), hash: '0'.repeat(64) }),
    true,
  );
  expect(tellsOf(asked, words)).toEqual([]);
  expect(
    tellsOf(
      asked.filter(({ who }) => who !== 'agency'),
      ['技术方案.pdf'],
    ),
  ).toEqual([]);
  const story = await house.anybody.call(readTender, { params: { tenderId: published.tenderId } });
  expect(story.spine.filter(({ state }) => state === 'done').map(({ key }) => key)).toEqual(
    expect.arrayContaining(['published', 'closed', 'opened', 'qualified', 'evaluating', 'ranked', 'awarded']),
  );
  await house.house.ledger.sequencer.drain();
  expect(await house.house.ledger.fsck(house.house.fork())).toEqual([]);
  expect(fromHex(story.noticeLeaf)).toHaveLength(32);
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
  expect(house.faults).toEqual([]);
});
