import {
  abandonEnvelope,
  biddingEndpoints,
  CloseDocument,
  closeMatches,
  finalizeEnvelope,
  listMyBids,
  listPieces,
  openEnvelope,
  putPiece,
  readClose,
  readEnding,
  readOwnManifest,
  readOwnPiece,
  readReceipt,
  readSealing,
  withdrawAct,
  withdrawBid,
  type DisclosedBid,
} from '@xinbiao/contracts/bidding';
import { fromHex } from '@xinbiao/contracts/kernel';
import { listEntries, listDisclosed } from '@xinbiao/contracts/ledger';
import { addBlacklistAct, addToBlacklist } from '@xinbiao/contracts/registry';
import { readOpening } from '@xinbiao/contracts/opening';
import {
  bytesOf,
  canonical,
  parseCanonical,
  parseVerifierKey,
  sha256Hex,
  verifyReceipt,
} from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../../test/house.ts';
import type { Said } from '../../test/client.ts';
import { castFor, handIn, publishedLots, sealBid, type PublishedLots } from '../../test/lots.ts';
import { fileOf } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { Envelope, EnvelopePiece } from './bid.entity.ts';
import { clearEnvelope } from './vault.ts';

let house: TestHouse;
let cast: Cast;
let published: PublishedLots;
let [a, b, c]: Person[] = [];
const begin = '2026-11-02T01:00:00.000Z';

beforeAll(async () => {
  house = await openHouse({ at: begin });
  cast = await castFor(house, { bidders: 5 });
  published = await publishedLots(house, cast, 8);
  [a, b, c] = cast.bidders;
}, 120_000);
afterAll(() => house.close());

const lot = (no: number): string => published.lots[no - 1] ?? '';
const who = (person: Person | undefined): Person => {
  if (!person) throw new Error('nobody');
  return person;
};
const handOver = (person: Person, sealed: Awaited<ReturnType<typeof sealBid>>) =>
  person.client.call(finalizeEnvelope, {
    params: { envelopeId: sealed.envelopeId },
    body: { manifest: sealed.manifest, signature: sealed.signature },
  });
const refusedOver = (
  person: Person,
  sealed: Awaited<ReturnType<typeof sealBid>>,
  change: { manifest?: string; signature?: string } = {},
) =>
  person.client.refused(finalizeEnvelope, {
    params: { envelopeId: sealed.envelopeId },
    body: { manifest: sealed.manifest, signature: sealed.signature, ...change },
  });

test('takes a sealed bid and answers with a receipt that anybody can check', async () => {
  const receipt = await handIn(who(a), lot(1), {
    price: 348_000_000n,
    files: [fileOf('方案.pdf', new Uint8Array(100_000).fill(7))],
  });
  const key = parseVerifierKey(house.house.ledger.verifierKey);
  const checked = verifyReceipt({ proof: receipt.receipt, verifierKeys: [key] });
  expect(checked).toMatchObject({
    ok: true,
    receipt: { body: { t: 'bid.receipt', s: lot(1), p: { manifest: receipt.manifestHash, seq: 1, supersedes: null } } },
  });
  const mine = await who(a).client.call(listMyBids);
  expect(mine.rows[0]).toMatchObject({
    lotId: lot(1),
    standing: 'sealed',
    head: { manifestHash: receipt.manifestHash, seq: 1 },
  });
  expect(await who(a).client.call(readReceipt, { params: { envelopeId: receipt.envelopeId } })).toContain(
    'c2sp.org/tlog-proof@v1',
  );
});

test('gives the same receipt when asked again, and refuses another manifest for it', async () => {
  const sealed = await sealBid(who(b), lot(1), { price: 1n });
  await sealed.upload();
  const first = await handOver(who(b), sealed);
  const again = await handOver(who(b), sealed);
  expect([again.manifestHash, again.receivedAt]).toEqual([first.manifestHash, first.receivedAt]);
  const other = sealed.manifest.replace('"version":"test"', '"version":"tset"');
  expect(await refusedOver(who(b), sealed, { manifest: other })).toEqual(['bid.manifest-differs']);
  const both = await Promise.all([handOver(who(b), sealed), handOver(who(b), sealed)]);
  expect(new Set(both.map(({ receivedAt }) => receivedAt)).size).toBe(1);
});

test('two calls at the same moment receive one bid once', async () => {
  const sealed = await sealBid(who(c), lot(1), { price: 2n });
  await sealed.upload();
  await Promise.all([handOver(who(c), sealed), handOver(who(c), sealed), handOver(who(c), sealed)]);
  const { rows } = await who(c).client.call(listMyBids);
  expect(rows.find(({ lotId }) => lotId === lot(1))?.envelopes.filter(({ state }) => state === 'sealed')).toHaveLength(
    1,
  );
});

test('tells nobody but the bidder of a bid before the deadline', async () => {
  const view = await house.anybody.call(readOpening, { params: { lotId: lot(1) } });
  expect([view.phase, view.bids, view.closeHash]).toEqual(['waiting', [], null]);
  const scope = await house.anybody.call(listEntries, { query: { scope: lot(1) } });
  expect(scope.rows.filter(({ body }) => body?.t === 'bid.receipt')).toEqual([]);
  expect(await house.anybody.refused(readClose, { params: { lotId: lot(1) } })).toEqual(['bid.not-closed']);
  const [mine] = (await who(a).client.call(listMyBids)).rows;
  const envelopeId = mine?.head?.envelopeId ?? '';
  const sha256 = (await who(a).client.call(listPieces, { params: { envelopeId } })).pieces[0]?.sha256 ?? '';
  expect(sha256Hex(await who(a).client.call(readOwnPiece, { params: { envelopeId, sha256 } }))).toBe(sha256);
  for (const other of [who(b), who(c)]) {
    expect(await other.client.refused(listPieces, { params: { envelopeId } })).toEqual(['bid.envelope-unknown']);
    expect(await other.client.refused(readOwnPiece, { params: { envelopeId, sha256 } })).toEqual([
      'bid.envelope-unknown',
    ]);
    expect(await other.client.refused(readOwnManifest, { params: { envelopeId } })).toEqual(['bid.envelope-unknown']);
    expect(await other.client.refused(readReceipt, { params: { envelopeId } })).toEqual(['bid.envelope-unknown']);
    expect(await other.client.refused(readEnding, { params: { envelopeId } })).toEqual(['bid.envelope-unknown']);
  }
  for (const stranger of [cast.agency, cast.purchaser, cast.notary, cast.supervisor, cast.operator])
    for (const endpoint of [listPieces, readOwnManifest, readReceipt, readEnding])
      expect(await stranger.client.refused(endpoint, { params: { envelopeId } })).toEqual(['auth.not-allowed']);
});

test('only a bidder may bid', async () => {
  const params = { lotId: lot(1) };
  expect(await house.anybody.refused(openEnvelope, { params, body: {} })).toEqual(['auth.not-signed-in']);
  expect(await cast.agency.client.refused(openEnvelope, { params, body: {} })).toEqual(['auth.not-allowed']);
  expect(await who(a).client.refused(readSealing, { params: { lotId: published.tenderId } })).toEqual(['lot.unknown']);
});

test('refuses a piece whose bytes are not those of its name, or that is too long, and keeps nothing of it', async () => {
  const { envelopeId } = await who(a).client.call(openEnvelope, { params: { lotId: lot(2) }, body: {} });
  const sha256 = sha256Hex(bytesOf('right'));
  expect(await who(a).client.refused(putPiece, { params: { envelopeId, sha256 }, raw: bytesOf('wrong') })).toEqual([
    'bid.piece-differs',
  ]);
  const long = new Uint8Array(8 * 1024 * 1024 + 1);
  expect(await who(a).client.refused(putPiece, { params: { envelopeId, sha256: sha256Hex(long) }, raw: long })).toEqual(
    ['bid.piece-too-large'],
  );
  expect(await who(b).client.refused(putPiece, { params: { envelopeId, sha256 }, raw: bytesOf('right') })).toEqual([
    'bid.envelope-unknown',
  ]);
  expect(await house.house.fork().count(EnvelopePiece, { envelopeId })).toBe(0);
  const put = () => who(a).client.call(putPiece, { params: { envelopeId, sha256 }, raw: bytesOf('right') });
  expect([await put(), await put()]).toEqual([
    { sha256, size: 5 },
    { sha256, size: 5 },
  ]);
  expect((await who(a).client.call(listPieces, { params: { envelopeId } })).pieces).toEqual([{ sha256, size: 5 }]);
  await who(a).client.call(abandonEnvelope, { params: { envelopeId } });
  expect(await house.house.vault.size(sha256)).toBeUndefined();
  expect(await who(a).client.refused(putPiece, { params: { envelopeId, sha256 }, raw: bytesOf('right') })).toEqual([
    'bid.envelope-not-open',
  ]);
});

test('a stream without a length is cut off where the piece length ends', async () => {
  const { envelopeId } = await who(a).client.call(openEnvelope, { params: { lotId: lot(2) }, body: {} });
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(256 * 1024)),
  });
  const answer = await who(a)
    .client.fetch(`/api/envelopes/${envelopeId}/pieces/${'0'.repeat(64)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream' },
      body: endless,
      duplex: 'half',
    } as RequestInit)
    .then(
      ({ status }) => status,
      () => 'cut off',
    );
  expect([413, 'cut off']).toContain(answer);
  expect(await house.house.fork().count(EnvelopePiece, { envelopeId })).toBe(0);
});

test('refuses a manifest that is not canonical, of another lot, or altered after signing, and says where', async () => {
  const sealed = await sealBid(who(a), lot(2), { price: 3n });
  await sealed.upload();
  const parsed = JSON.parse(sealed.manifest) as { ctx: { seq: number }; parts: { head: string }[] };
  expect(await refusedOver(who(a), sealed, { manifest: JSON.stringify(parsed, null, 1) })).toEqual([
    'bid.manifest-refused',
  ]);
  const other = structuredClone(parsed);
  other.ctx.seq = 2;
  expect(await refusedOver(who(a), sealed, { manifest: canonical(other) })).toEqual([
    'bid.manifest-refused',
    'bid.manifest-refused',
  ]);
  const version = sealed.manifest.replace('"version":"test"', '"version":"tset"');
  expect(await refusedOver(who(a), sealed, { manifest: version })).toEqual(['signature.wrong-content']);
  const flipped = structuredClone(parsed);
  if (flipped.parts[0])
    flipped.parts[0].head = flipped.parts[0].head.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  const text = canonical(flipped);
  const call = {
    params: { envelopeId: sealed.envelopeId },
    body: { manifest: text, signature: await who(a).signBytes(bytesOf(text)) },
  };
  await expect(who(a).client.call(finalizeEnvelope, call)).rejects.toMatchObject({
    refusals: [{ code: 'bid.manifest-refused', facts: { fault: 'part.wrong-head', at: 'parts.open.price' } }],
  });
  expect(
    new Set(
      await who(a).client.refused(finalizeEnvelope, { params: call.params, body: { manifest: '{', signature: 'zz' } }),
    ),
  ).toEqual(new Set(['request.malformed']));
  const raw = await who(a).client.fetch(`/api/envelopes/${sealed.envelopeId}/finalize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"manifest":',
  });
  expect(raw.status).toBe(400);
});

test('refuses a manifest signed by somebody else', async () => {
  const sealed = await sealBid(who(a), lot(2), { price: 4n });
  await sealed.upload();
  const signature = await who(b).signBytes(bytesOf(sealed.manifest));
  expect(await refusedOver(who(a), sealed, { signature })).toEqual(['certificate.not-of-this-seat']);
  expect(await refusedOver(who(a), sealed, { signature: 'abcd' })).toEqual(['signature.malformed']);
});

test('refuses a bid of which a piece is missing', async () => {
  const sealed = await sealBid(who(a), lot(2), { price: 5n });
  const [first] = sealed.pieces;
  if (first)
    await who(a).client.call(putPiece, {
      params: { envelopeId: sealed.envelopeId, sha256: first.sha256 },
      raw: first.bytes,
    });
  expect(await refusedOver(who(a), sealed)).toEqual(['bid.pieces-missing']);
});

test('keeps the number of unfinished envelopes small', async () => {
  const open = () => who(a).client.call(openEnvelope, { params: { lotId: lot(2) }, body: {} });
  await expect(
    (async () => {
      for (let at = 0; at < 6; at += 1) await open();
    })(),
  ).rejects.toMatchObject({ codes: ['bid.too-many-open'] });
  const [mine] = (await who(a).client.call(listMyBids)).rows.filter(({ lotId }) => lotId === lot(2));
  for (const { envelopeId, state } of mine?.envelopes ?? [])
    if (state === 'open') await who(a).client.call(abandonEnvelope, { params: { envelopeId } });
  await open();
});

test('a newer bid replaces the older, whose ciphertext goes; an envelope made for an older head is refused', async () => {
  const first = await sealBid(who(a), lot(3), { price: 10n });
  const rival = await sealBid(who(a), lot(3), { price: 11n });
  await first.upload();
  await rival.upload();
  await handOver(who(a), first);
  expect(await refusedOver(who(a), rival)).toEqual(['bid.head-moved']);
  const second = await sealBid(who(a), lot(3), { price: 12n });
  await second.upload();
  expect(second.deal.ctx).toMatchObject({ seq: 2, supersedes: first.manifestHash });
  await handOver(who(a), second);
  await house.tick();
  expect(await house.house.vault.size(first.pieces[0]?.sha256 ?? '')).toBeUndefined();
  expect(await house.house.vault.size(second.pieces[0]?.sha256 ?? '')).toBeGreaterThan(0);
  const endingOf = ({ envelopeId }: { envelopeId: string }) =>
    who(a).client.call(readEnding, { params: { envelopeId } });
  expect(await endingOf(first)).toMatchObject({
    manifest: first.manifest,
    withdrawal: null,
    replacement: { manifest: second.manifest, signature: second.signature },
  });
  expect(await endingOf(second)).toMatchObject({ withdrawal: null, replacement: null });
  expect(await who(a).client.refused(readEnding, { params: { envelopeId: rival.envelopeId } })).toEqual([
    'bid.no-receipt',
  ]);
  const [mine] = (await who(a).client.call(listMyBids)).rows.filter(({ lotId }) => lotId === lot(3));
  expect(mine?.head?.manifestHash).toBe(second.manifestHash);
  expect(mine?.envelopes.map(({ state, seq }) => `${seq} ${state}`).sort()).toEqual([
    '1 open',
    '1 superseded',
    '2 sealed',
  ]);
});

test('takes a bid back by a signed act, deletes its ciphertext, and takes a new one afterwards', async () => {
  const sealed = await sealBid(who(b), lot(3), { price: 20n });
  await sealed.upload();
  await handOver(who(b), sealed);
  const facts = { lotId: lot(3), envelopeId: sealed.envelopeId, manifestHash: sealed.manifestHash };
  const wrong = await who(b).sign(withdrawAct(who(b).by, { ...facts, manifestHash: 'f'.repeat(64) }));
  expect(await who(b).client.refused(withdrawBid, { params: { lotId: lot(3) }, body: wrong })).toEqual([
    'act.not-what-is-decided',
  ]);
  const foreign = await who(c).sign(withdrawAct(who(b).by, facts));
  expect(await who(b).client.refused(withdrawBid, { params: { lotId: lot(3) }, body: foreign })).toEqual([
    'certificate.not-of-this-seat',
  ]);
  const body = await who(b).sign(withdrawAct(who(b).by, facts));
  const receipt = await who(b).client.call(withdrawBid, { params: { lotId: lot(3) }, body });
  expect(receipt.receipt).toContain('tlog-proof');
  const ending = await who(b).client.call(readEnding, { params: { envelopeId: sealed.envelopeId } });
  expect(ending).toMatchObject({ manifest: sealed.manifest, withdrawal: body, replacement: null });
  expect(sha256Hex(fromHex(ending.certificate))).toBe(sealed.deal.ctx.bidderCertSha256);
  expect(await house.house.vault.size(sealed.pieces[0]?.sha256 ?? '')).toBeUndefined();
  expect(
    await who(b).client.refused(withdrawBid, {
      params: { lotId: lot(3) },
      body: await who(b).sign(withdrawAct(who(b).by, facts)),
    }),
  ).toEqual(['bid.nothing-to-withdraw']);
  expect(
    await who(b).client.call(readReceipt, { params: { envelopeId: sealed.envelopeId }, query: { of: 'withdrawal' } }),
  ).toContain('tlog-proof');
  const next = await who(b).client.call(readSealing, { params: { lotId: lot(3) } });
  expect([next.head, next.nextSeq, next.supersedes]).toEqual([null, 2, null]);
});

test('refuses an envelope that repeats anything of another bidder’s', async () => {
  const original = await sealBid(who(a), lot(4), { price: 30n });
  await original.upload();
  await handOver(who(a), original);
  // The copier has got hold of everything of another's envelope, and signs it as his own.
  const copy = await sealBid(who(b), lot(4), { price: 31n });
  const [mine, theirs] = [
    JSON.parse(copy.manifest) as { parts: unknown[]; stages: unknown },
    JSON.parse(original.manifest) as { parts: unknown[]; stages: unknown },
  ];
  for (const { sha256, bytes } of original.pieces)
    await who(b).client.call(putPiece, { params: { envelopeId: copy.envelopeId, sha256 }, raw: bytes });
  const manifest = canonical({ ...mine, parts: theirs.parts });
  expect(await refusedOver(who(b), copy, { manifest, signature: await who(b).signBytes(bytesOf(manifest)) })).toEqual([
    'bid.copied',
  ]);
  // Deleting the copy must not delete what it copied.
  await clearEnvelope(house.house, copy.envelopeId);
  expect(await house.house.vault.size(original.pieces[0]?.sha256 ?? '')).toBeGreaterThan(0);
});

test('what was accepted before the process died is received: the same call gives the receipt', async () => {
  const sealed = await sealBid(who(c), lot(4), { price: 40n });
  await sealed.upload();
  // The answer gets lost: the log stands still while the bid is taken in, and the caller gives up.
  await house.house.ledger.sequencer.stop();
  const lost = new AbortController();
  const asking = who(c).client.fetch(`/api/envelopes/${sealed.envelopeId}/finalize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    signal: lost.signal,
    body: JSON.stringify({ manifest: sealed.manifest, signature: sealed.signature }),
  });
  await expect
    .poll(async () => (await house.house.fork().findOneOrFail(Envelope, { id: sealed.envelopeId })).state)
    .toBe('sealed');
  lost.abort();
  await asking.catch(() => undefined);
  house.house.ledger.sequencer.run();
  const receipt = await handOver(who(c), sealed);
  expect(receipt.manifestHash).toBe(sealed.manifestHash);
});

test('a decision that forbids bidding refuses it and is shown; one that forbids something else does not', async () => {
  const { supervisor } = cast;
  const banned = who(cast.bidders[4]);
  const { name = '', uscc = '' } = banned.known.organisation ?? {};
  const decide = async (forbids: ('bid' | 'actAsAgency')[], decisionNumber: string) => {
    const decision = {
      name,
      uscc,
      decisionNumber,
      authority: '青澜市财政局',
      legalBasis: '政府采购法 §77',
      reason: '提供虚假材料谋取中标。',
      decidedOn: '2026-10-20',
      forbids,
      regionCode: null,
      from: '2026-10-21',
      until: '2027-10-20',
      evidence: null,
    };
    await supervisor.client.call(addToBlacklist, {
      body: { decision, ...(await supervisor.sign(addBlacklistAct(supervisor.by, decision))) },
    });
  };
  await decide(['actAsAgency'], '青财采〔2026〕8号');
  const sealed = await sealBid(banned, lot(2), { price: 45n });
  await sealed.upload();
  await decide(['bid'], '青财采〔2026〕9号');
  const facts = await banned.client.call(readSealing, { params: { lotId: lot(2) } });
  expect(facts.obstacles).toMatchObject([
    {
      code: 'blacklist.forbidden',
      facts: { decision: '青财采〔2026〕9号', authority: '青澜市财政局', until: '2027-10-20' },
    },
  ]);
  expect(await banned.client.refused(openEnvelope, { params: { lotId: lot(2) }, body: {} })).toEqual([
    'blacklist.forbidden',
  ]);
  expect(await refusedOver(banned, sealed)).toEqual(['blacklist.forbidden']);
});

test('every refusal of the stage’s operations has a sentence', () => {
  const codes = Object.values(biddingEndpoints).flatMap(({ refusals }) => refusals as readonly string[]);
  expect(codes.filter((code) => !house.house.refusals[code])).toEqual([]);
});

test('a bid one millisecond before the deadline counts and one at the deadline does not, whenever the clock gets round to closing', async () => {
  const early = await sealBid(who(a), lot(5), { price: 50n });
  const late = await sealBid(who(b), lot(5), { price: 51n });
  await early.upload();
  await late.upload();
  house.clock.set(new Date(published.deadline.getTime() - 1));
  await handOver(who(a), early);
  for (const [at, person] of [who(b), who(c), who(cast.bidders[3])].entries())
    await handIn(person, lot(6), { price: BigInt(60 + at) });
  const own = await sealBid(who(a), lot(7), { price: 70n });
  await own.upload();
  const taken = await handOver(who(a), own);
  // Four more race with the clock: two are on their way when the deadline comes, two set out after it.
  const racing = await Promise.all(
    cast.bidders.slice(0, 4).map(async (person, at) => {
      const sealed = await sealBid(person, lot(8), { price: BigInt(80 + at) });
      await sealed.upload();
      return { person, sealed };
    }),
  );
  const start = ({ person, sealed }: (typeof racing)[number]) =>
    handOver(person, sealed).then(
      ({ manifestHash }) => manifestHash,
      (fault: Said) => fault.codes.join(),
    );
  const answers = racing.slice(0, 2).map(start);
  await new Promise((resolve) => {
    setTimeout(resolve, 8);
  });
  house.clock.set(published.deadline);
  const [later] = await Promise.all([Promise.all(racing.slice(2).map(start)), house.tick()]);
  expect(later).toEqual(['bid.after-deadline', 'bid.after-deadline']);
  const received = (await Promise.all(answers)).filter((answer) => answer !== 'bid.after-deadline');
  const listed = CloseDocument.parse(
    parseCanonical((await house.anybody.call(readClose, { params: { lotId: lot(8) } })).document),
  ).heads.map(({ manifestHash }) => manifestHash);
  expect(listed.sort()).toEqual(received.sort());
  expect(await refusedOver(who(b), late)).toEqual(['bid.after-deadline']);
  expect(
    await who(b).client.refused(putPiece, {
      params: { envelopeId: late.envelopeId, sha256: sha256Hex(bytesOf('x')) },
      raw: bytesOf('x'),
    }),
  ).toEqual(['bid.after-deadline']);
  expect(await who(b).client.refused(openEnvelope, { params: { lotId: lot(5) }, body: {} })).toEqual([
    'bid.after-deadline',
  ]);
  const act = await who(a).sign(
    withdrawAct(who(a).by, { lotId: lot(7), envelopeId: taken.envelopeId, manifestHash: taken.manifestHash }),
  );
  expect(await who(a).client.refused(withdrawBid, { params: { lotId: lot(7) }, body: act })).toEqual([
    'bid.after-deadline',
  ]);
  expect((await handOver(who(a), early)).manifestHash).toBe(early.manifestHash);
}, 60_000);

test('closing lists the bids that count, discloses every receipt, and opens nothing where there are fewer than three', async () => {
  await house.tick();
  await house.house.ledger.sequencer.drain();
  const close = await house.anybody.call(readClose, { params: { lotId: lot(3) } });
  expect(sha256Hex(bytesOf(close.document))).toBe(close.hash);
  const document = CloseDocument.parse(parseCanonical(close.document));
  // Two handed in: one replaced once, the other withdrawn; so one head, and no names, for the lot failed.
  expect(document.heads).toHaveLength(1);
  expect(document.heads[0]?.bidder).toBeNull();
  expect(document.others.map(({ type }) => type).sort()).toEqual(['bid.receipt', 'bid.receipt', 'bid.withdraw']);
  const size = (await house.anybody.call(listEntries, {})).size;
  const disclosed = (await house.anybody.call(listDisclosed, { query: { from: 0, to: size } })).rows.filter(
    ({ body }) => body.s === lot(3),
  );
  const entries = disclosed.map(({ body }): DisclosedBid => {
    const facts = body.p as { manifest: string; supersedes: string | null };
    return body.t === 'bid.receipt'
      ? { type: 'bid.receipt', manifestHash: facts.manifest, supersedes: facts.supersedes }
      : { type: 'bid.withdraw', manifestHash: facts.manifest };
  });
  expect(closeMatches(document, entries)).toBe(true);
  const salts = new Set(disclosed.map(({ salt }) => salt));
  expect([...document.heads, ...document.others].every(({ salt }) => salts.has(salt))).toBe(true);
  const failed = await house.anybody.call(readOpening, { params: { lotId: lot(3) } });
  expect([failed.phase, failed.failure?.law, failed.failure?.count, failed.bids]).toEqual([
    'failed',
    '87号令 §41',
    1,
    [],
  ]);
  const standing = await house.anybody.call(readOpening, { params: { lotId: lot(6) } });
  expect([standing.phase, standing.bids.length, standing.bids[0]?.bidder.name]).toEqual([
    'releasing',
    3,
    who(b).known.organisation?.name,
  ]);
  expect((await who(b).client.call(listMyBids)).rows.find(({ lotId }) => lotId === lot(6))?.standing).toBe('counted');
  expect(house.faults).toEqual([]);
}, 60_000);

test('a log that anybody copies agrees with every table', async () => {
  expect(await house.house.ledger.fsck(house.house.fork())).toEqual([]);
});
