import {
  answerPrecheck,
  auditPrecheck,
  finalizeEnvelope,
  listMyBids,
  listPrechecks,
  precheckAct,
  readPrecheck,
  readSealing,
} from '@xinbiao/contracts/bidding';
import { revokeCertificates } from '@xinbiao/contracts/identity';
import { addTime, instantOf, instantText } from '@xinbiao/contracts/kernel';
import { findEntry } from '@xinbiao/contracts/ledger';
import { readOpening } from '@xinbiao/contracts/opening';
import {
  acceptAppointments,
  acceptanceDays,
  amendOfficers,
  listAppointments,
  listNotices,
  openerAcceptAct,
  precheckPlan,
  precheckTimes,
  prepareAmendment,
  prepareOfficerChange,
  proposeOfficerChange,
  publishTender,
  prepareAct,
  readAcceptances,
  readOfficerChange,
  readTender,
  readVerdict,
  requestOpenerTest,
  withdrawOfficerChange,
  type OfficerChangeBody,
  type TenderDraft,
} from '@xinbiao/contracts/tendering';
import {
  answerOpenerTest,
  bytesOf,
  checkOpenerProof,
  precheckBatchHash,
  precheckItemHash,
  sha256Hex,
  type Deal,
} from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { colleague, newcomer, type Cast } from '../../../scripts/play/cast.ts';
import { acceptOpening, confirmChange, proposeChange, tryShares } from '../../../scripts/play/officer.ts';
import type { Person } from '../../../scripts/play/person.ts';
import { release } from '../../../scripts/play/steps.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { garbageFor } from '../spoil.ts';
import { castFor, handIn, publishedLots, sealBid } from '../lots.ts';
import { askEverything, type Answer } from './asking.ts';
import { outsiderFinds } from './outsider.ts';

/*
 * Officers before bids close: they prove to hold their keys, try shares that may or may not be anybody's, and are
 * replaced. Whoever is not the bidder sees the same whether there are bids or not.
 */

let house: TestHouse;
let cast: Cast;
const hour = 3_600_000;
const keys = { filePassword: 'a long password of the file', iterations: 1000 };
const roots = () => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
const sealed =
  (precheck: 'off' | 'dummy' | 'on') =>
  (draft: TenderDraft): TenderDraft => ({ ...draft, sealing: { ...draft.sealing, precheck } });
const nameOf = (person: Person): string => person.known.organisation?.name ?? '';

beforeAll(async () => {
  house = await openHouse();
  cast = await castFor(house, { bidders: 6 });
  for (const [at, login] of ['seventh', 'eighth', 'ninth'].entries()) {
    const bidder = await newcomer(
      { url: house.url },
      { kind: 'bidder', serial: 301 + at, name: `青澜第${at + 7}商贸有限公司`, login, person: '许诺' },
    );
    await bidder.enrol(keys);
    (cast.bidders as Person[]).push(bidder);
  }
});
afterAll(async () => {
  expect(house.faults).toEqual([]);
  await house.close();
});

/** Somebody who may open and has a key, and has not shown it yet. */
const aNewOfficer = async (login: string): Promise<Person> =>
  (await colleague(cast.centre, { login, person: `见证${login}`, roles: ['tradingCentre'] })).enrol(keys);

test('a tender is not published before every officer has accepted, and one click of the officer is enough', async () => {
  const late = await aNewOfficer('late');
  const naming = (draft: TenderDraft): TenderDraft => ({
    ...draft,
    officers: [...draft.officers.slice(0, 3), { group: 'independent', seatId: late.known.seatId }],
  });
  // `publishedLots` names its officers itself, so the last of them is exchanged while the draft is filled.
  const refusal = await publishedLots(house, { ...cast, witness: late }, 1, naming).catch((fault: unknown) => fault);
  expect(refusal).toMatchObject({ codes: ['tender.officer-not-accepted'] });
  const desk = await late.client.call(listAppointments);
  expect(desk.certificate).toMatchObject({ fingerprint: late.held.encryption.fingerprint, provenAt: null });
  const [named] = desk.rows;
  if (!named) throw new Error('nobody told the officer');
  expect(desk.rows).toEqual([{ ...named, group: 'independent', published: false, acceptedAt: null }]);
  const params = { tenderId: named.tenderId };
  const { hints } = await cast.agency.client.call(readVerdict, { params });
  expect(hints.map(({ code, field }) => [code, field])).toEqual([['tender.hint-officer-not-accepted', 'officers.3']]);
  expect(hints[0]?.zh).toContain('接受任命');
  expect(await cast.agency.client.refused(prepareAct, { params: { ...params, move: 'publish' } })).toEqual([
    'tender.officer-not-accepted',
  ]);
  expect(
    await cast.agency.client.refused(publishTender, { params, body: await cast.agency.sign({ any: 'act' } as never) }),
  ).toEqual(['tender.officer-not-accepted']);

  const accepted = await acceptOpening(late);
  expect(accepted.rows[0]).toMatchObject({ acceptedAt: instantText(house.clock.now()) });
  const { act } = await cast.agency.client.call(prepareAct, { params: { ...params, move: 'publish' } });
  await cast.agency.client.call(publishTender, { params, body: await cast.agency.sign(act) });

  // Anybody can check every officer's proof, from the log.
  const { rows } = await house.anybody.call(readAcceptances, { params });
  const { rows: notices } = await house.anybody.call(listNotices, { params });
  const members = notices[0]?.keyring.groups.flatMap((group) => group.members) ?? [];
  expect(rows.map(({ officer }) => officer).toSorted()).toEqual(members.map(({ certSha256 }) => certSha256).toSorted());
  await house.house.ledger.sequencer.drain();
  for (const { officer, leaf, seed, act: signed } of rows) {
    const entry = await house.anybody.call(findEntry, { params: { hash: leaf } });
    expect(entry.body).toMatchObject({
      t: 'opener.accept',
      p: { officer, seed, sealedAct: sha256Hex(bytesOf(signed)) },
    });
    const member = members.find(({ certSha256 }) => certSha256 === officer);
    const answer = String(entry.body?.p['answer']);
    expect(member && (await checkOpenerProof({ seed, answer, officer: member }))).toBe(true);
  }
});

test('a proof needs the right key, is made once a test, and names only tenders that name the officer', async () => {
  const { notary, witness } = cast;
  const { client } = notary;
  const { encryption } = notary.held;
  const answerOf = async (given: { answer?: string; tenders?: string[] } = {}) => {
    const { item } = await client.call(requestOpenerTest);
    const answer =
      given.answer ??
      (await answerOpenerTest({ item, privateKey: encryption.privateKey, certificate: encryption.certificate }));
    return notary.sign(
      openerAcceptAct(notary.by, {
        officer: encryption.fingerprint,
        test: precheckItemHash(item),
        answer,
        tenders: given.tenders ?? [],
      }),
    );
  };
  expect(await client.refused(acceptAppointments, { body: await answerOf({ answer: 'ab'.repeat(32) }) })).toEqual([
    'officer.wrong-answer',
  ]);
  expect(
    await client.refused(acceptAppointments, { body: await answerOf({ tenders: [crypto.randomUUID()] }) }),
  ).toEqual(['officer.not-named']);
  expect(await client.refused(acceptAppointments, { body: await notary.sign({ any: 'act' } as never) })).toEqual([
    'act.malformed',
  ]);
  const good = await answerOf();
  expect(await client.refused(acceptAppointments, { body: { ...good, signature: '00' } })).not.toEqual([]);
  // Somebody else's signature over the same act.
  expect(await client.refused(acceptAppointments, { body: await witness.sign(good.act) })).not.toEqual([]);
  await client.call(acceptAppointments, { body: good });
  expect(await client.refused(acceptAppointments, { body: good })).toEqual(['officer.no-test']);
  const other = await answerOf();
  await client.call(requestOpenerTest);
  expect(await client.refused(acceptAppointments, { body: other })).toEqual(['officer.no-test']);
});

test('nobody without an encryption certificate is tested', async () => {
  const bare = await colleague(cast.centre, { login: 'bare', person: '没有证书', roles: ['tradingCentre'] });
  expect(await bare.client.refused(requestOpenerTest)).toEqual(['officer.no-certificate']);
  expect(await bare.client.refused(acceptAppointments, { body: { act: '{}', signature: '00' } })).toEqual([
    'officer.no-certificate',
  ]);
  expect((await bare.client.call(listAppointments)).certificate).toBeNull();
});

/** Seals badly and hands in all the same: the server cannot see it. */
async function handInSpoilt(bidder: Person, lotId: string, spoil: (deal: Deal) => Promise<Deal>): Promise<string> {
  const bid = await sealBid(bidder, lotId, { price: 300_000_000n }, { spoil });
  await bid.upload();
  const { envelopeId, manifest, signature, manifestHash } = bid;
  await bidder.client.call(finalizeEnvelope, { params: { envelopeId }, body: { manifest, signature } });
  return manifestHash;
}

const officersOf = () => [cast.purchaser, cast.purchaser2, cast.notary, cast.witness];
const certOf = (person: Person): string => person.held.encryption.fingerprint;
const mine = async (bidder: Person, lotId: string) =>
  (await bidder.client.call(listMyBids)).rows.find((row) => row.lotId === lotId);

test('officers try every share before the close: one is broken, its bidder alone is asked to seal again, and the record proves that all open', async () => {
  const published = await publishedLots(house, cast, 1, sealed('on'));
  const [lotId = ''] = published.lots;
  const params = { lotId };
  const [a, b, c] = cast.bidders as [Person, Person, Person];
  await handIn(a, lotId, { price: 310_000_000n });
  const broken = await handInSpoilt(b, lotId, garbageFor(certOf(cast.notary)));
  await handIn(c, lotId, { price: 320_000_000n });
  expect((await cast.notary.client.call(listPrechecks)).rows.filter((row) => row.lotId === lotId)).toEqual([]);

  const times = precheckTimes(house.clock.now(), published.deadline);
  house.clock.set(times[0] ?? '');
  await house.tick();
  const { rows } = await cast.notary.client.call(listPrechecks);
  const batch = rows.find((row) => row.lotId === lotId);
  expect(batch?.items.length).toBe(precheckPlan.size);
  // Nothing of a bid's own: neither what it is made of, nor whose it is.
  const { manifest } = (await a.client.call(readSealing, { params })).head
    ? { manifest: (await mine(a, lotId))?.head?.manifestHash ?? '' }
    : { manifest: '' };
  for (const word of [manifest, broken, nameOf(a), nameOf(b)]) expect(JSON.stringify(rows)).not.toContain(word);

  for (const officer of officersOf()) {
    const { complaints } = await tryShares(officer);
    // Some dummies are spoilt on purpose, so others may complain too: a complaint says nothing of bids.
    if (officer === cast.notary) expect(complaints).toBeGreaterThan(0);
    expect((await officer.client.call(listPrechecks)).rows.filter((row) => row.lotId === lotId)).toEqual([]);
  }
  // The bidder of the broken one is asked, nobody else.
  expect((await mine(b, lotId))?.reseal).toEqual({ why: 'share', must: true, at: instantText(house.clock.now()) });
  expect((await b.client.call(readSealing, { params })).reseal?.why).toBe('share');
  for (const other of [a, c]) {
    expect((await mine(other, lotId))?.reseal).toBeNull();
    expect((await other.client.call(readSealing, { params })).reseal).toBeNull();
  }
  const again = await handIn(b, lotId, { price: 315_000_000n });
  expect((await mine(b, lotId))?.reseal).toBeNull();

  house.clock.set(times[1] ?? '');
  await house.tick();
  for (const officer of officersOf()) await tryShares(officer);
  expect(await house.anybody.refused(readPrecheck, { params })).toEqual(['bid.not-closed']);

  house.clock.set(published.deadline);
  await house.tick();
  const record = await house.anybody.call(readPrecheck, { params });
  expect(record.mode).toBe('on');
  expect(record.bids.map(({ proven, groups }) => [proven, groups.map(({ accepted }) => accepted.length)])).toEqual([
    [true, [2, 2]],
    [true, [2, 2]],
    [true, [2, 2]],
  ]);
  expect(record.bids.map(({ manifestHash }) => manifestHash)).toContain(again.manifestHash);
  // What was replaced is named by no manifest; what was a dummy, by the seed it was dealt from.
  const kinds = record.batches.flatMap(({ envelopes }) => envelopes.map(({ kind }) => kind));
  expect([
    kinds.length,
    kinds.filter((kind) => kind === 'bid').length,
    kinds.filter((kind) => kind === 'other').length,
  ]).toEqual([2 * precheckPlan.size, 3, 1]);
  const { rows: notices } = await house.anybody.call(listNotices, { params: { tenderId: published.tenderId } });
  // Anybody deals the dummies again: they are what they were said to be, and every officer really tried.
  expect(await auditPrecheck(record, notices)).toEqual([]);
  const [first] = record.batches;
  if (!first) throw new Error('no batch');
  const hidden = { ...first, envelopes: first.envelopes.map((one) => ({ ...one, seed: one.seed && 'ab'.repeat(32) })) };
  expect((await auditPrecheck({ batches: [hidden] }, notices)).map(({ code }) => code)).toEqual(
    first.envelopes.filter(({ kind }) => kind === 'dummy').map(() => 'dummy-differs'),
  );
  const swapped = { ...first, answers: first.answers.map((one) => ({ ...one, items: one.items.toReversed() })) };
  expect(new Set((await auditPrecheck({ batches: [swapped] }, notices)).map(({ code }) => code))).toEqual(
    new Set(['answer-differs']),
  );
  expect((await auditPrecheck(record, [])).map(({ code }) => code)).toEqual(['keyring-unknown', 'keyring-unknown']);

  // The answers are in the log, and no secret any more.
  await house.house.ledger.sequencer.drain();
  const log = (await (await house.anybody.fetch(`/api/log/recent?scope=${lotId}&limit=100`)).json()) as {
    rows: { body: { t: string; p: { items: string[]; sealedAct: string } } | null }[];
  };
  const said = log.rows.flatMap(({ body }) => (body?.t.startsWith('share.') ? [body] : []));
  expect(said.filter(({ t }) => t === 'share.accept').length).toBe(8);
  expect(said.filter(({ t }) => t === 'share.complaint').length).toBe(8);
  expect(said.flatMap(({ p }) => p.items).length).toBe(8 * precheckPlan.size);
  const acts = new Set(record.batches.flatMap(({ answers }) => answers.map(({ act }) => sha256Hex(bytesOf(act)))));
  expect(said.every(({ p }) => acts.has(p.sealedAct))).toBe(true);
});

test('answers are taken from officers only, once, whole, and before the close', async () => {
  const published = await publishedLots(house, cast, 1, sealed('dummy'));
  const [lotId = ''] = published.lots;
  const [a] = cast.bidders as [Person];
  await handIn(a, lotId, { price: 310_000_000n });
  house.clock.set(precheckTimes(house.clock.now(), published.deadline)[0] ?? '');
  await house.tick();
  const { rows } = await cast.notary.client.call(listPrechecks);
  const batch = rows.find((row) => row.lotId === lotId);
  if (!batch) throw new Error('no batch');
  const params = { batchId: batch.batchId };
  const answer = (item: (typeof batch.items)[number]) => ({ item: precheckItemHash(item), answer: 'accept' as const });
  const facts = {
    lotId,
    batch: precheckBatchHash(batch.items),
    officer: certOf(cast.notary),
    answers: batch.items.map(answer),
  };
  const signed = await cast.notary.sign(precheckAct(cast.notary.by, facts));
  const unknown = { batchId: crypto.randomUUID() };
  expect(await cast.notary.client.refused(answerPrecheck, { params: unknown, body: signed })).toEqual([
    'precheck.unknown',
  ]);
  expect(await cast.centre.client.refused(answerPrecheck, { params, body: signed })).toEqual([
    'precheck.not-an-officer',
  ]);
  const less = await cast.notary.sign(precheckAct(cast.notary.by, { ...facts, answers: facts.answers.slice(1) }));
  expect(await cast.notary.client.refused(answerPrecheck, { params, body: less })).toEqual(['precheck.batch-differs']);
  expect(
    await cast.notary.client.refused(answerPrecheck, { params, body: await cast.witness.sign(signed.act) }),
  ).toEqual(['certificate.not-of-this-seat']);
  await cast.notary.client.call(answerPrecheck, { params, body: signed });
  expect(await cast.notary.client.refused(answerPrecheck, { params, body: signed })).toEqual(['precheck.answered']);
  house.clock.set(published.deadline);
  const other = await cast.witness.sign(precheckAct(cast.witness.by, { ...facts, officer: certOf(cast.witness) }));
  expect(await cast.witness.client.refused(answerPrecheck, { params, body: other })).toEqual(['precheck.over']);
  await house.tick();
  const record = await house.anybody.call(readPrecheck, { params: { lotId } });
  // Only dummies were tried: officers' keys work, and nothing is said of any bid.
  expect(record.batches.flatMap(({ envelopes }) => envelopes.map(({ kind }) => kind))).toEqual(
    Array.from({ length: precheckPlan.size }, () => 'dummy'),
  );
});

const changeTo = (
  out: readonly Person[],
  incoming: readonly Person[],
  reason: OfficerChangeBody['reason'] = 'keyLost',
) => ({
  out: out.map(certOf),
  in: incoming.map((person) => ({ group: 'independent' as const, seatId: person.known.seatId })),
  reason,
});

test('an officer is replaced by two of the staff: new bids are sealed to the new keyring, sealed ones are asked for again, and both open', async () => {
  const published = await publishedLots(house, cast, 1);
  const [lotId = ''] = published.lots;
  const params = { tenderId: published.tenderId };
  const [a, b, c, d] = cast.bidders as [Person, Person, Person, Person];
  const { agency, agency2 } = cast;
  await handIn(a, lotId, { price: 310_000_000n });
  await handIn(b, lotId, { price: 320_000_000n });
  // Begun before, finished after.
  const begun = await sealBid(c, lotId, { price: 330_000_000n });
  await begun.upload();

  const newcomerOfficer = await aNewOfficer('second');
  const change = changeTo([cast.notary], [newcomerOfficer]);
  expect(await agency.client.refused(prepareOfficerChange, { params, body: change })).toEqual([
    'tender.officer-not-accepted',
  ]);
  await acceptOpening(newcomerOfficer);
  await proposeChange(agency, published.tenderId, change);
  const desk = await agency2.client.call(readOfficerChange, { params });
  expect(desk.pending).toMatchObject({ by: agency.known.name, own: false, out: change.out });
  expect(await agency.client.refused(prepareAmendment, { params })).toEqual(['officers.same-person']);
  const before = await house.anybody.call(readTender, { params });
  const { no, keyringHash, noticeLeaf } = await confirmChange(agency2, published.tenderId);
  expect(no).toBe(2);
  expect(await agency2.client.refused(prepareAmendment, { params })).toEqual(['officers.nothing-pending']);

  const story = await house.anybody.call(readTender, { params });
  expect([story.keyringHash, story.notice.leaf]).toEqual([keyringHash, noticeLeaf]);
  expect(story.keyringHash).not.toBe(before.keyringHash);
  const { rows: notices } = await house.anybody.call(listNotices, { params });
  expect(notices.map(({ kind, keyringHash: hash, gone }) => [kind, hash, gone])).toEqual([
    ['publish', before.keyringHash, []],
    ['amend', keyringHash, change.out],
  ]);
  await house.house.ledger.sequencer.drain();
  expect((await house.anybody.call(findEntry, { params: { hash: noticeLeaf } })).body).toMatchObject({
    t: 'tender.amend',
    p: { tender: published.tenderId, no: 2, amends: before.notice.leaf, keyringHash },
  });

  // Whoever has sealed is asked to seal again; the purchaser's other officer could still open it.
  expect((await mine(a, lotId))?.reseal).toEqual({ why: 'officers', must: false, at: null });
  expect(
    await c.client.refused(finalizeEnvelope, {
      params: { envelopeId: begun.envelopeId },
      body: { manifest: begun.manifest, signature: begun.signature },
    }),
  ).toEqual(['bid.notice-amended']);
  await handIn(b, lotId, { price: 320_000_000n });
  await handIn(c, lotId, { price: 330_000_000n });
  expect((await mine(b, lotId))?.reseal).toBeNull();
  expect((await d.client.call(readSealing, { params: { lotId } })).keyringHash).toBe(keyringHash);

  house.clock.set(published.deadline);
  await house.tick();
  // The newcomer has no share of a's bid, which was sealed before; the witness has one of each.
  await release(newcomerOfficer, lotId, roots(), house.clock.now());
  await release(cast.witness, lotId, roots(), house.clock.now());
  await release(cast.purchaser, lotId, roots(), house.clock.now());
  await house.tick();
  const hall = await house.anybody.call(readOpening, { params: { lotId } });
  expect(hall.phase).toBe('opened');
  expect(hall.bids.map(({ price, state }) => [state, price])).toEqual([
    ['opened', '310000000'],
    ['opened', '320000000'],
    ['opened', '330000000'],
  ]);
  // Outsiders see each bid sealed to its own version of the notice, and every officer's proof.
  expect((await outsiderFinds(house, published.tenderId)).filter((finding) => finding.includes('broken'))).toEqual([]);
});

test('a proof stands for ninety days, and not a moment longer', async () => {
  const [last] = (await cast.notary.client.call(listAppointments)).rows;
  expect(last).toBeUndefined();
  for (const officer of officersOf()) await acceptOpening(officer);
  const { certificate } = await cast.notary.client.call(listAppointments);
  const until = instantOf(certificate?.provenUntil ?? '');
  expect(until.getTime() - house.clock.now().getTime()).toBe(acceptanceDays * 24 * hour);
  house.clock.set(until);
  await house.tick();
  await expect(publishedLots(house, cast, 1, undefined, false)).rejects.toMatchObject({
    codes: Array.from({ length: 4 }, () => 'tender.officer-not-accepted'),
  });
  // With one click each it goes on.
  expect((await publishedLots(house, cast, 1)).lots.length).toBe(1);
});

test('when a whole side leaves, what was sealed before must be sealed again', async () => {
  const published = await publishedLots(house, cast, 1);
  const [lotId = ''] = published.lots;
  const [a] = cast.bidders as [Person];
  await handIn(a, lotId, { price: 310_000_000n });
  const [third, fourth] = [await aNewOfficer('third'), await aNewOfficer('fourth')];
  for (const officer of [third, fourth]) await acceptOpening(officer);
  await proposeChange(cast.agency, published.tenderId, changeTo([cast.notary, cast.witness], [third, fourth], 'left'));
  await confirmChange(cast.agency2, published.tenderId);
  expect((await mine(a, lotId))?.reseal).toEqual({ why: 'officers', must: true, at: null });
  const facts = await a.client.call(readSealing, { params: { lotId } });
  expect(facts.reseal?.must).toBe(true);
  await handIn(a, lotId, { price: 310_000_000n });
  expect((await mine(a, lotId))?.reseal).toBeNull();
});

test('a replacement is refused to strangers, near the deadline, for nothing, and is dropped on request', async () => {
  const published = await publishedLots(house, cast, 1);
  const params = { tenderId: published.tenderId };
  const { agency } = cast;
  const fifth = await aNewOfficer('fifth');
  await acceptOpening(fifth);
  const change = changeTo([cast.notary], [fifth]);
  const refused = (body: OfficerChangeBody) => agency.client.refused(prepareOfficerChange, { params, body });
  expect(await refused({ ...change, out: ['ab'.repeat(32)] })).toEqual(['officers.unknown-member']);
  expect(await refused(changeTo([cast.notary], [cast.witness]))).toEqual(['tender.officer-twice']);
  expect(await refused(changeTo([cast.notary], [cast.notary]))).toEqual(['officers.same-key']);
  expect(await refused(changeTo([cast.notary, cast.witness], []))).toEqual(['tender.officers-missing']);
  expect(await refused(changeTo([cast.notary], [cast.purchaser]))).toEqual(['tender.officer-not-entitled']);
  expect(
    await agency.client.refused(proposeOfficerChange, {
      params,
      body: { ...change, ...(await agency.sign({ any: 'act' } as never)) },
    }),
  ).toEqual(['act.not-what-is-decided']);
  await proposeChange(agency, published.tenderId, change);
  expect(
    await cast.agency2.client.refused(amendOfficers, {
      params,
      body: await cast.agency2.sign({ any: 'act' } as never),
    }),
  ).toEqual(['act.not-what-is-decided']);
  await agency.client.call(withdrawOfficerChange, { params });
  expect(await agency.client.refused(withdrawOfficerChange, { params })).toEqual(['officers.nothing-pending']);
  house.clock.set(addTime(published.deadline, -3 * 24 * hour + 1));
  expect(await refused(change)).toEqual(['officers.deadline-too-near']);
  house.clock.set(published.deadline);
  expect(await refused(change)).toEqual(['officers.not-bidding']);
  await house.tick();
  expect(await refused(change)).toEqual(['officers.not-bidding']);
});

test('a revoked or ending certificate is told to bidders before they seal, and to the staff who can replace the officer', async () => {
  const sixth = await aNewOfficer('sixth');
  await acceptOpening(sixth);
  const published = await publishedLots(house, { ...cast, witness: sixth }, 1);
  const [lotId = ''] = published.lots;
  const [a] = cast.bidders as [Person];
  const atRisk = async () => (await a.client.call(readSealing, { params: { lotId } })).officersAtRisk;
  expect(await atRisk()).toEqual([]);
  const id = sixth.known.certificates.find(({ kind }) => kind === 'encryption')?.id ?? '';
  await sixth.client.call(revokeCertificates, {
    params: { certificateId: id },
    body: { reason: 'keyCompromise', password: sixth.password },
  });
  expect(await atRisk()).toEqual([{ name: sixth.known.name, why: 'revoked' }]);
  const { officers } = await cast.agency.client.call(readOfficerChange, { params: { tenderId: published.tenderId } });
  expect(officers.map(({ name, state }) => [name, state]).filter(([, state]) => state !== 'ready')).toEqual([
    [sixth.known.name, 'revoked'],
  ]);
  // The same seat comes back with another key.
  await sixth.enrol(keys);
  await acceptOpening(sixth);
  await proposeChange(cast.agency, published.tenderId, {
    out: [officers.find(({ state }) => state === 'revoked')?.certSha256 ?? ''],
    in: [{ group: 'independent', seatId: sixth.known.seatId }],
    reason: 'keyCompromised',
  });
  await confirmChange(cast.agency2, published.tenderId);
  expect(await atRisk()).toEqual([]);
});

/** Answers with what differs in every run taken out: identities, hashes, bytes; their lengths stay. */
const settled = ({ who, path, status, text }: Answer, words: readonly string[]): string =>
  words
    .reduce((left, word, at) => left.replaceAll(word, `<${at}>`), `${who} ${path} ${status} ${text}`)
    // Where the log stands, in a bundle.
    .replaceAll(/"(?:checkpoint|proof)":(?:"[^"]*"|\[[^\]]*\])/g, '"log"')
    .replaceAll(/"size":\d+/g, '"size"')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
    .replaceAll(/[0-9a-f]{24,}/g, (hex) => `<${hex.length}>`)
    .replaceAll(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '<time>');

test('with no bid, with one and with nine, nobody but the bidders sees any difference', async () => {
  const published = await publishedLots(house, cast, 3, sealed('on'));
  const [none = '', one = '', nine = ''] = published.lots;
  const times = precheckTimes(house.clock.now(), published.deadline);
  const visitors = {
    nobody: house.anybody,
    operator: cast.operator.client,
    supervisor: cast.supervisor.client,
    purchaser: cast.purchaser.client,
    agency: cast.agency.client,
    notary: cast.notary.client,
    witness: cast.witness.client,
  };
  const placesOf = (lotId: string) => ({
    tenderId: published.tenderId,
    lotId,
    envelopeId: '0'.repeat(32),
    bidId: '0198f000-0000-7000-8000-000000000000',
    sha256: '0'.repeat(64),
    hash: '0'.repeat(64),
    id: '0198f000-0000-7000-8000-000000000001',
    index: '0',
    path: '0/000.p/1',
    code: 'A02',
    move: 'publish',
    subject: 'organisation',
    expert: 'expert-1',
    fileId: '0198f000-0000-7000-8000-000000000002',
    name: nameOf(cast.bidders[0] as Person),
    day: '2026-12-02',
    size: '1000',
  });
  // The log's own pages tell its size, which grows with everything and is padded by decoys: its own tests look at that.
  const ask = async (lotId: string) =>
    (await askEverything(visitors, placesOf(lotId), true)).filter(
      ({ path }) => !/^\/(?:log|public\/status)|checkpoint|witness/.test(path),
    );
  const same = (given: readonly Answer[]) => given.map((answer) => settled(answer, [none, one, nine]));
  const differences = (given: readonly string[], from: readonly string[]): string[] =>
    given.flatMap((line, at) =>
      line === from[at] ? [] : [`${line.slice(0, 2_000)} BEFORE ${(from[at] ?? '').slice(0, 2_000)}`],
    );
  const before = await ask(nine);

  const [first] = cast.bidders as [Person];
  await handIn(first, one, { price: 310_000_000n });
  for (const [at, bidder] of cast.bidders.entries()) await handIn(bidder, nine, { price: 310_000_000n + BigInt(at) });
  expect(cast.bidders.length).toBe(9);
  expect(before.length).toBeGreaterThan(300);
  expect(differences(same(await ask(nine)), same(before))).toEqual([]);

  house.clock.set(times[0] ?? '');
  await house.tick();
  for (const officer of officersOf()) await tryShares(officer);
  // In the answers about one lot nothing says which lot it is but its name.
  const about = async (lotId: string, no: number) =>
    (await ask(lotId))
      .filter(({ path }) => path.includes(':lotId'))
      .map((answer) =>
        settled(answer, [lotId]).replaceAll(`第 ${no} 包设备`, '包').replaceAll(`"lotNo":${no}`, '"lotNo":0'),
      );
  const [about0, about1, about9] = [await about(none, 1), await about(one, 2), await about(nine, 3)];
  expect(differences(about1, about0)).toEqual([]);
  expect(differences(about9, about0)).toEqual([]);
  // An officer's own batches, before they are answered: as many items, of the same form.
  house.clock.set(times[1] ?? '');
  await house.tick();
  const { rows } = await cast.notary.client.call(listPrechecks);
  const shapeOf = (lotId: string) =>
    rows
      .filter((row) => row.lotId === lotId)
      .map(({ no, madeAt, items }) =>
        JSON.stringify({ no, madeAt, items }).replaceAll(/[0-9a-f]{24,}/g, (hex) => `<${hex.length}>`),
      );
  expect(shapeOf(none).length).toBeGreaterThan(0);
  expect(shapeOf(one)).toEqual(shapeOf(none));
  expect(shapeOf(nine)).toEqual(shapeOf(none));
});
