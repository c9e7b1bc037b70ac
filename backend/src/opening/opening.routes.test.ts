import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { readClose } from '@xinbiao/contracts/bidding';
import { listEntries, readAct } from '@xinbiao/contracts/ledger';
import {
  announceBatch,
  answerAct,
  answerRemark,
  attemptFor,
  batchAct,
  checkFault,
  listOpenings,
  openingEndpoints,
  printOpeningRecord,
  readEvidence,
  readOpening,
  readOpeningRecord,
  readPricePiece,
  readPublicPrice,
  readReleaseBatch,
  releaseAct,
  releaseShares,
  remarkAct,
  remarkOnOpening,
  type ReleasedShare,
} from '@xinbiao/contracts/opening';
import {
  canonical,
  Manifest,
  openPart,
  parseCanonical,
  readPieces,
  sha256Hex,
  unwrapShare,
  WrapUnreadable,
  type Deal,
} from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outsiderFinds } from '../../test/stories/outsider.ts';
import { openHouse, type TestHouse } from '../../test/house.ts';
import { castFor, publishedLots, release, sealBid, type PublishedLots } from '../../test/lots.ts';
import { fileOf } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { finalizeEnvelope } from '@xinbiao/contracts/bidding';
import { LedgerEntry } from '../ledger/ledger.entity.ts';
import { checkPaper } from '@xinbiao/contracts/trust';
import { ReleaseFault } from './opening.entity.ts';
import { countedBids } from '../bidding/index.ts';
import { bidsOf, technicalOf } from './index.ts';

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
const plan = new Uint8Array(300_000).map((_, at) => (at * 7) % 251);
/** Pieces of the bid whose ciphertext the platform loses. */
let lost: readonly string[] = [];

const lot = (no: number): string => published.lots[no - 1] ?? '';
const view = (no: number) => house.anybody.call(readOpening, { params: { lotId: lot(no) } });
const bidder = (at: number): Person => cast.bidders[at]!;

/** The wrap for one officer holds something that does not open. */
const spoilt =
  (x: number, group: string) =>
  (deal: Deal): Deal => ({
    ...deal,
    locks: deal.locks.map((lock) => ({
      ...lock,
      groups: lock.groups.map((one) =>
        one.id === group
          ? {
              ...one,
              shares: one.shares.map((share) =>
                share.x === x
                  ? { ...share, wrap: share.wrap.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }
                  : share,
              ),
            }
          : one,
      ),
    })),
  });

async function bid(
  at: number,
  no: number,
  price: bigint,
  given: Parameters<typeof sealBid>[3] = {},
): Promise<Awaited<ReturnType<typeof sealBid>>> {
  const sealed = await sealBid(bidder(at), lot(no), { price, files: [fileOf('技术方案.pdf', plan)] }, given);
  await sealed.upload();
  await bidder(at).client.call(finalizeEnvelope, {
    params: { envelopeId: sealed.envelopeId },
    body: { manifest: sealed.manifest, signature: sealed.signature },
  });
  return sealed;
}

beforeAll(async () => {
  house = await openHouse({ at: '2026-11-02T01:00:00.000Z' });
  cast = await castFor(house);
  published = await publishedLots(house, cast, 4);
  for (const [at, price] of [348_860_000n, 374_250_000n, 601_800_000n].entries()) await bid(at, 1, price);
  for (const no of [2, 3]) {
    for (const at of [0, 1, 2]) await bid(at, no, BigInt(100 + at));
    await bid(3, no, 103n, { spoil: spoilt(1, 'purchaser') });
  }
  await bid(0, 4, 200n);
  await bid(1, 4, 201n, {
    parts: ([price, technical]) => [{ ...price!, content: { v: 'xinbiao/offer-price/v1', price: 'free' } }, technical!],
  });
  lost = (await bid(2, 4, 202n)).pieces.map(({ sha256 }) => sha256);
}, 120_000);
afterAll(() => house.close());

/** An officer's batch, changed by a test before it is signed. */
async function batchOf(
  officer: Person,
  no: number,
  change: (shares: ReleasedShare[]) => ReleasedShare[] = (shares) => shares,
  over: { closeHash?: string } = {},
): Promise<{ act: string; signature: string }> {
  const batch = await officer.client.call(readReleaseBatch, { params: { lotId: lot(no) } });
  const shares: ReleasedShare[] = [];
  for (const { manifest: text, manifestHash } of batch.heads) {
    const { privateKey, certificate } = officer.held.encryption;
    const blob = await unwrapShare({
      manifest: Manifest.parse(parseCanonical(text)),
      stage: 'open',
      officerCertSha256: batch.officer.certSha256,
      privateKey,
      certificate,
    }).catch((fault: unknown) => {
      if (fault instanceof WrapUnreadable) return null;
      throw fault;
    });
    shares.push({ manifestHash, stage: 'open', x: batch.officer.x, blob: blob && toHex(blob) });
  }
  return officer.sign(
    releaseAct(officer.by, {
      lotId: lot(no),
      closeHash: batch.closeHash,
      officer: batch.officer.certSha256,
      shares: change(shares),
      ...over,
    }),
  );
}
/** Logs the hash of a batch, as whoever holds it signs it. */
async function announced(officer: Person, no: number, body: { act: string }): Promise<void> {
  const { closeHash, officer: certSha256 } = parseCanonical(body.act) as { closeHash: string; officer: string };
  const batch = sha256Hex(new TextEncoder().encode(body.act));
  const attempt = attemptFor(batch, await officer.client.call(readReleaseBatch, { params: { lotId: lot(no) } }));
  const signed = await officer.sign(
    batchAct(officer.by, { lotId: lot(no), closeHash, officer: certSha256, batch, attempt }),
  );
  await officer.client.call(announceBatch, { params: { lotId: lot(no) }, body: { ...signed, batch } });
}
const give = async (officer: Person, no: number, body: { act: string; signature: string }) => {
  await announced(officer, no, body);
  return officer.client.call(releaseShares, { params: { lotId: lot(no) }, body });
};
const refusedTo = (officer: Person, no: number, body: { act: string; signature: string }) =>
  officer.client.refused(releaseShares, { params: { lotId: lot(no) }, body });
const roots = () => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));

test('before close the hall names who will open, and nothing else; no batch is given out', async () => {
  const hall = await view(1);
  expect([hall.phase, hall.bids, hall.closeHash, hall.missing]).toEqual(['waiting', [], null, []]);
  expect(hall.groups.map(({ id, t, members }) => [id, t, members.length])).toEqual([
    ['purchaser', 1, 2],
    ['independent', 1, 2],
  ]);
  expect(await cast.notary.client.refused(readReleaseBatch, { params: { lotId: lot(1) } })).toEqual([
    'opening.not-closed',
  ]);
  const act = await cast.notary.sign(
    releaseAct(cast.notary.by, {
      lotId: lot(1),
      closeHash: 'a'.repeat(64),
      officer: cast.notary.held.encryption.fingerprint,
      shares: [{ manifestHash: 'a'.repeat(64), stage: 'open', x: 1, blob: null }],
    }),
  );
  expect(await refusedTo(cast.notary, 1, act)).toEqual(['opening.not-closed']);
  const desk = await cast.notary.client.call(listOpenings);
  expect(desk.rows.map(({ lotId, phase }) => [lotId, phase])).toContainEqual([lot(1), 'waiting']);
  expect((await cast.agency2.client.call(listOpenings)).rows).toEqual([]);
});

test('after close only officers of the lot are given the batch', async () => {
  house.clock.set(published.deadline);
  await house.tick();
  expect((await view(1)).phase).toBe('releasing');
  expect((await view(1)).missing.map(({ group }) => group)).toEqual([
    'purchaser',
    'purchaser',
    'independent',
    'independent',
  ]);
  expect(await cast.agency2.client.refused(readReleaseBatch, { params: { lotId: lot(1) } })).toEqual([
    'opening.not-an-officer',
  ]);
  for (const stranger of [bidder(0), cast.supervisor, cast.operator])
    expect(await stranger.client.refused(readReleaseBatch, { params: { lotId: lot(1) } })).toEqual([
      'auth.not-allowed',
    ]);
});

test('refuses a batch that leaves a bid out, belongs elsewhere, was signed by another, or is not JSON of this form', async () => {
  const { purchaser, notary } = cast;
  expect(await refusedTo(purchaser, 1, await batchOf(purchaser, 1, ([, ...others]) => others))).toEqual([
    'opening.batch-incomplete',
  ]);
  expect(
    await refusedTo(
      purchaser,
      1,
      await batchOf(purchaser, 1, (shares) => [...shares, { ...shares[0]!, manifestHash: 'b'.repeat(64) }]),
    ),
  ).toEqual(['opening.batch-differs']);
  expect(
    await refusedTo(purchaser, 1, await batchOf(purchaser, 1, (shares) => shares, { closeHash: 'b'.repeat(64) })),
  ).toEqual(['opening.other-close']);
  const { act } = await batchOf(purchaser, 1);
  expect(await refusedTo(purchaser, 1, await notary.sign(act))).toEqual(['certificate.not-of-this-seat']);
  expect(await refusedTo(notary, 1, await notary.sign(act))).toEqual(['opening.not-an-officer']);
  expect(await refusedTo(purchaser, 1, await purchaser.sign(canonical({ v: 'xinbiao/act/v1' })))).toEqual([
    'act.malformed',
  ]);
  expect(await refusedTo(purchaser, 1, { act: '{ }', signature: 'abcd' })).toEqual(['act.malformed']);
  expect((await view(1)).groups.every(({ released }) => released === 0)).toBe(true);
});

test('a share that is not the committed one is refused, and the officer named on record', async () => {
  const forged = await batchOf(cast.purchaser, 1, ([first, ...others]) => [
    { ...first!, blob: toHex(new TextEncoder().encode('{}')) },
    ...others,
  ]);
  expect(await refusedTo(cast.purchaser, 1, forged)).toEqual(['opening.batch-not-announced']);
  await announced(cast.purchaser, 1, forged);
  expect(await refusedTo(cast.purchaser, 1, forged)).toEqual(['opening.share-not-committed']);
  expect(await refusedTo(cast.purchaser, 1, forged)).toEqual(['opening.batch-not-announced']);
  expect(await house.house.fork().find(ReleaseFault, { lotId: lot(1) })).toMatchObject([
    { officer: cast.purchaser.held.encryption.fingerprint, code: 'share.not-committed' },
  ]);
});

test('one group alone opens nothing; one officer of each group opens everything', async () => {
  const heard: string[] = [];
  const leave = new AbortController();
  const stream = await fetch(`${house.url}/api/lots/${lot(1)}/opening/events`, { signal: leave.signal });
  const listening = (async () => {
    for await (const chunk of stream.body!) heard.push(new TextDecoder().decode(chunk));
  })().catch(() => undefined);

  expect(await release(cast.purchaser2, lot(1), roots(), house.clock.now())).toBe('releasing');
  await house.tick();
  expect((await view(1)).bids.every(({ state, price }) => state === 'sealed' && price === null)).toBe(true);
  expect(await refusedTo(cast.purchaser2, 1, await batchOf(cast.purchaser2, 1))).toEqual(['opening.already-released']);
  expect(await release(cast.notary, lot(1), roots(), house.clock.now())).toBe('opening');
  await house.tick();

  const hall = await view(1);
  expect([hall.phase, hall.lotState, hall.missing]).toEqual(['opened', 'opened', []]);
  expect(
    hall.bids.map(({ no, price, state, aboveCeiling, faults }) => ({ no, price, state, aboveCeiling, faults })),
  ).toEqual([
    { no: 1, price: '348860000', state: 'opened', aboveCeiling: false, faults: [] },
    { no: 2, price: '374250000', state: 'opened', aboveCeiling: false, faults: [] },
    { no: 3, price: '601800000', state: 'opened', aboveCeiling: true, faults: [] },
  ]);
  expect(hall.bids[0]?.priceCapitals).toBe('叁佰肆拾捌万捌仟陆佰元整');
  expect(hall.groups.map(({ members }) => members.map(({ releasedAt }) => releasedAt !== null))).toEqual([
    [false, true],
    [true, false],
  ]);
  expect(
    await refusedTo(
      cast.witness,
      1,
      await cast.witness.sign(
        releaseAct(cast.witness.by, {
          lotId: lot(1),
          closeHash: hall.closeHash ?? '',
          officer: cast.witness.held.encryption.fingerprint,
          shares: [{ manifestHash: 'a'.repeat(64), stage: 'open', x: 2, blob: null }],
        }),
      ),
    ),
  ).toEqual(['opening.over']);
  await expect.poll(() => heard.join('')).toContain('event: opened');
  leave.abort();
  await listening;
});

test('anybody opens the price again from published pieces and key, and nothing else', async () => {
  const [first] = (await view(1)).bids;
  const params = { lotId: lot(1), bidId: first?.bidId ?? '' };
  const price = await house.anybody.call(readPublicPrice, { params });
  const fetchPiece = (index: number) =>
    house.anybody.call(readPricePiece, { params: { ...params, sha256: price.part.pieces[index] ?? '' } }) as Promise<
      Uint8Array<ArrayBuffer>
    >;
  const read = readPieces({ part: price.part, fetchPiece });
  const opened = await openPart({
    manifest: { ctx: { suite: price.suite }, ctxHash: price.ctxHash, parts: [price.part] },
    stage: 'open',
    part: 'price',
    partKey: fromHex(price.partKey),
    read,
  });
  await opened.verify();
  expect(opened.content).toMatchObject({ v: 'xinbiao/offer-price/v1', price: '348860000' });
  const document = parseCanonical((await house.anybody.call(readClose, { params: { lotId: lot(1) } })).document) as {
    heads: { manifestHash: string }[];
  };
  expect(document.heads[0]?.manifestHash).toBe(price.manifestHash);
  const other = { ...params, bidId: (await view(2)).bids[0]?.bidId ?? '' };
  expect(await house.anybody.refused(readPublicPrice, { params: other })).toEqual(['opening.bid-unknown']);
});

test('technical parts are streamed to stages that ask for those entitled, byte for byte', async () => {
  const em = house.house.fork();
  const standing = await bidsOf(em, lot(1));
  expect(standing.map(({ no, price, bidder: { name } }) => [no, price, name])).toEqual(
    [348_860_000n, 374_250_000n, 601_800_000n].map((price, at) => [at + 1, price, bidder(at).known.organisation?.name]),
  );
  const technical = await technicalOf(house.house, em, standing[0]?.bidId ?? '');
  expect(technical?.content.bidder.uscc).toBe(bidder(0).known.organisation?.uscc);
  const chunks: Uint8Array[] = [];
  for await (const chunk of technical?.files[0]?.stream() ?? []) chunks.push(chunk);
  expect([technical?.files[0]?.name, sha256Hex(new Uint8Array(Buffer.concat(chunks)))]).toEqual([
    '技术方案.pdf',
    sha256Hex(plan),
  ]);
  expect(await technicalOf(house.house, em, (await view(2)).bids[0]?.bidId ?? '')).toBeUndefined();
});

test('neither log nor public pages hold a share or a stage key', async () => {
  await house.house.ledger.sequencer.drain();
  const { rows } = await house.anybody.call(listEntries, { query: { scope: lot(1), limit: 100 } });
  const types = rows.map(({ body }) => body?.t).reverse();
  expect(types.filter((type) => type !== 'bid.receipt')).toEqual([
    'tender.close',
    'open.batch',
    'open.fault',
    'open.batch',
    'open.reveal',
    'open.batch',
    'open.reveal',
    'open.result',
    'open.result',
    'open.result',
    'lot.open',
  ]);
  for (const { body } of rows.filter(({ body }) => body?.t === 'open.reveal'))
    expect(await house.anybody.refused(readAct, { params: { hash: String(body?.p['batch']) } })).toEqual([
      'ledger.no-such-act',
    ]);
  const em = house.house.fork();
  const keys = (await em.getConnection().execute('select stage_key from opened_bid')) as { stage_key: string }[];
  expect(keys.filter(({ stage_key: key }) => key).length).toBeGreaterThan(2);
  const everything = JSON.stringify([
    await em.find(LedgerEntry, {}),
    await view(1),
    await house.anybody.call(readOpeningRecord, { params: { lotId: lot(1) } }),
  ]);
  for (const { stage_key: key } of keys) expect(everything).not.toContain(key);
});

test('a record is made, hashed into the log, and printed as a paper with a seal that holds', async () => {
  const record = await house.anybody.call(readOpeningRecord, { params: { lotId: lot(1) } });
  expect(record.bids.map(({ price }) => price)).toEqual(['348860000', '374250000', '601800000']);
  const { rows } = await house.anybody.call(listEntries, { query: { scope: lot(1), limit: 100 } });
  expect(rows.find(({ body }) => body?.t === 'lot.open')?.body?.p['record']).toBe(record.recordHash);
  const { remarks: _remarks, recordHash: _hash, ...logged } = record;
  expect(sha256Hex(new TextEncoder().encode(canonical(logged)))).toBe(record.recordHash);
  const pdf = await house.anybody.call(printOpeningRecord, { params: { lotId: lot(1) } });
  const checked = await checkPaper(pdf, house.house.identity.authorities.anchors(house.clock.now()));
  expect(checked).toMatchObject({ ok: true });
  const english = await house.anybody.call(printOpeningRecord, { params: { lotId: lot(1) }, query: { lang: 'en' } });
  expect(new TextDecoder('latin1').decode(english.subarray(0, 5))).toBe('%PDF-');
  expect(await house.anybody.refused(printOpeningRecord, { params: { lotId: lot(2) } })).toEqual(['opening.no-record']);
});

test('a bidder confirms once; another objects and is answered by the purchaser’s side', async () => {
  const recordHash = (await view(1)).recordHash ?? '';
  const say = async (person: Person, kind: 'confirm' | 'object', text: string) => ({
    kind,
    text,
    ...(await person.sign(remarkAct(person.by, { lotId: lot(1), kind, text, recordHash }))),
  });
  const params = { lotId: lot(1) };
  await bidder(0).client.call(remarkOnOpening, { params, body: await say(bidder(0), 'confirm', '') });
  expect(
    await bidder(0).client.refused(remarkOnOpening, { params, body: await say(bidder(0), 'confirm', '') }),
  ).toEqual(['opening.already-confirmed']);
  expect(
    await bidder(3).client.refused(remarkOnOpening, { params, body: await say(bidder(3), 'object', '不同意') }),
  ).toEqual(['opening.no-bid']);
  expect(
    await bidder(1).client.refused(remarkOnOpening, { params, body: await say(bidder(1), 'object', ' ') }),
  ).toEqual(['opening.objection-empty']);
  expect(
    await bidder(1).client.refused(remarkOnOpening, {
      params,
      body: { ...(await say(bidder(1), 'object', '甲')), text: '乙' },
    }),
  ).toEqual(['act.not-what-is-decided']);
  const objection = await bidder(1).client.call(remarkOnOpening, {
    params,
    body: await say(bidder(1), 'object', '交货期读错，应为 60 天。'),
  });
  const answer = async (person: Person, text: string) => ({
    text,
    ...(await person.sign(answerAct(person.by, { lotId: lot(1), remarkId: objection.id, text }))),
  });
  const place = { ...params, remarkId: objection.id };
  expect(
    await cast.notary.client.refused(answerRemark, { params: place, body: await answer(cast.notary, '已核对。') }),
  ).toEqual(['auth.not-allowed']);
  await cast.agency.client.call(answerRemark, { params: place, body: await answer(cast.agency, '已核对，记录无误。') });
  expect(
    await cast.agency.client.refused(answerRemark, { params: place, body: await answer(cast.agency, '再答。') }),
  ).toEqual(['opening.remark-unknown']);
  const hall = await view(1);
  expect(hall.bids.map(({ remark }) => remark)).toEqual(['confirmed', 'objected', null]);
  expect(hall.remarks.find(({ kind }) => kind === 'object')).toMatchObject({
    text: '交货期读错，应为 60 天。',
    answer: { text: '已核对，记录无误。', by: cast.agency.known.organisation?.name },
  });
});

test('a wrap that one officer cannot read waits for the colleague, whose share opens the bid; the complaint stays on record', async () => {
  await give(cast.purchaser, 3, await batchOf(cast.purchaser, 3));
  await give(cast.witness, 3, await batchOf(cast.witness, 3));
  await house.tick();
  const waiting = await view(3);
  expect([waiting.phase, waiting.missing.map(({ name }) => name)]).toEqual(['releasing', [cast.purchaser2.known.name]]);
  await give(cast.purchaser2, 3, await batchOf(cast.purchaser2, 3));
  await house.tick();
  const hall = await view(3);
  expect(hall.bids.map(({ state, price }) => [state, price])).toEqual([
    ['opened', '100'],
    ['opened', '101'],
    ['opened', '102'],
    ['opened', '103'],
  ]);
  // Who of the two was right is not decided yet, and the bid opened without it.
  expect(hall.bids[3]?.faults).toEqual([]);
  expect(hall.disputes.map(({ no, officer, verdict }) => [no, officer, verdict])).toEqual([
    [4, cast.purchaser.known.name, null],
  ]);
});

test('where the colleague stays away, the time limit settles it: the faulty bid is named, the others open', async () => {
  await give(cast.purchaser, 2, await batchOf(cast.purchaser, 2));
  await give(cast.notary, 2, await batchOf(cast.notary, 2));
  house.clock.set(new Date(published.deadline.getTime() + 30 * 60_000 - 1));
  await house.tick();
  expect((await view(2)).phase).toBe('releasing');
  house.clock.set(new Date(published.deadline.getTime() + 30 * 60_000));
  await house.tick();
  const hall = await view(2);
  expect(hall.phase).toBe('opened');
  expect(hall.bids.map(({ state, price }) => [state, price])).toEqual([
    ['opened', '100'],
    ['opened', '101'],
    ['opened', '102'],
    ['faulty', null],
  ]);
  expect(hall.bids[3]?.faults).toEqual([
    { code: 'complaint.silent', party: 'bidder', group: 'purchaser', officer: cast.purchaser.known.name, part: null },
  ]);
  expect((await bidsOf(house.house.fork(), lot(2))).length).toBe(3);
});

test('an offer in the wrong form is its bidder’s fault, ciphertext that is gone the platform’s', async () => {
  for (const sha256 of lost) await house.house.vault.remove(sha256);
  for (const officer of [cast.purchaser, cast.notary]) await give(officer, 4, await batchOf(officer, 4));
  await house.tick();
  const hall = await view(4);
  expect(
    hall.bids.map(({ state, faults }) => [state, faults.map(({ code, party, part }) => `${code} ${party} ${part}`)]),
  ).toEqual([
    ['opened', []],
    ['faulty', ['offer.malformed bidder price']],
    ['faulty', ['piece.differs platform price']],
  ]);
});

test('an outsider finds again that a bid was rightly named faulty, from the evidence the log names', async () => {
  expect(await outsiderFinds(house, published.tenderId)).toEqual([]);
  const [, malformed] = (await view(4)).bids;
  const params = { lotId: lot(4), bidId: malformed?.bidId ?? '' };
  const { rows } = await house.anybody.call(readEvidence, { params });
  expect(rows.map(({ code, public: open }) => [code, open])).toEqual([['offer.malformed', true]]);
  const evidence = rows[0]?.evidence ?? '';
  const fetchPiece = async (sha256: string) =>
    (await house.anybody.call(readPricePiece, { params: { ...params, sha256 } })) as Uint8Array<ArrayBuffer>;
  const given = { evidence, manifestHash: malformed?.manifestHash ?? '', fetchPiece };
  expect(await checkFault(given)).toMatchObject({ outcome: 'holds' });
  expect(await checkFault({ ...given, manifestHash: 'a'.repeat(64) })).toMatchObject({ outcome: 'refuted' });
  const otherKey = evidence.replace(/("partKey":")[0-9a-f]{2}/, '$100');
  expect(await checkFault({ ...given, evidence: otherKey })).toMatchObject({ outcome: 'refuted' });
  // A platform that says so of a bid that is sound convicts itself.
  const [sound] = (await view(1)).bids;
  const price = await house.anybody.call(readPublicPrice, { params: { lotId: lot(1), bidId: sound?.bidId ?? '' } });
  const batch = await countedBids(house.house.fork(), lot(1));
  const lie = canonical({
    ...(parseCanonical(evidence) as object),
    lotId: lot(1),
    bidId: sound?.bidId ?? '',
    manifest: batch[0]?.manifest ?? '',
    partKey: price.partKey,
  });
  const fetchSound = async (sha256: string) =>
    (await house.anybody.call(readPricePiece, {
      params: { lotId: lot(1), bidId: sound?.bidId ?? '', sha256 },
    })) as Uint8Array<ArrayBuffer>;
  expect(
    await checkFault({ evidence: lie, manifestHash: sound?.manifestHash ?? '', fetchPiece: fetchSound }),
  ).toMatchObject({ outcome: 'refuted' });
});

test('every refusal of the stage’s operations has a sentence, and the log agrees with every table', async () => {
  const codes = Object.values(openingEndpoints).flatMap(({ refusals }) => refusals as readonly string[]);
  expect(codes.filter((code) => !house.house.refusals[code])).toEqual([]);
  await house.house.ledger.sequencer.drain();
  expect(await house.house.ledger.fsck(house.house.fork())).toEqual([]);
  expect(house.faults).toEqual([]);
});
