import { listEntries, readAct } from '@xinbiao/contracts/ledger';
import { addBlacklistAct, addToBlacklist, type Decision } from '@xinbiao/contracts/registry';
import {
  attachFile,
  checkAct,
  confirmTender,
  contentHash,
  createTender,
  detachFile,
  discardTender,
  filesRoot,
  listOfficers,
  listOwnTenders,
  listTakers,
  prepareAct,
  publishAct,
  publishTender,
  readDesk,
  readDeskFile,
  readTaking,
  readTender,
  readTenderFile,
  readVerdict,
  returnTender,
  saveDraft,
  submitTenderForCheck,
  takeDocuments,
  TenderQuery,
  type TenderQueryInput,
} from '@xinbiao/contracts/tendering';
import { instantText } from '@xinbiao/contracts/kernel';
import { canonical, keyringHash, parseCanonical, sha256Hex } from '@xinbiao/contracts/trust';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../../test/house.ts';
import { aBidder, founded, signedUp, type Party } from '../../test/party.ts';
import { exampleLot } from '../../../contracts/src/tendering/example.ts';
import { aCheckedTender, aDraft, aStaff, aTender, signPrepared, upload, type Staff } from '../../test/tender.ts';
import { transact } from '../platform/index.ts';
import { dispositionOf, rangeOf } from './file.queries.ts';
import { advanceLot, listTenders, lockLot, Tender } from './index.ts';
import { TenderTerm } from './tender.entity.ts';

const start = '2026-11-02T01:00:00.000Z';
let house: TestHouse;
let staff: Staff;
let stranger: Party;
let bidder: Party;

beforeAll(async () => {
  house = await openHouse({ at: start });
  staff = await aStaff(house);
  stranger = await founded(house, ['purchaser']);
  bidder = await aBidder(house);
});
afterAll(() => house.close());
beforeEach(() => house.clock.set(start));

const at = (tenderId: string) => ({ params: { tenderId } });

test('a tender is composed, checked by a second person and published for everybody to read', async () => {
  const draft = await aDraft(house, staff);
  expect(draft).toMatchObject({
    state: 'draft',
    code: expect.stringMatching(/^QL-ZC-2026-\d{4}$/),
    allowed: expect.arrayContaining(['save', 'submitForCheck', 'discard']),
  });
  expect(await house.anybody.refused(readTender, at(draft.id))).toEqual(['tender.unknown']);

  const checking = await staff.composer.client.call(submitTenderForCheck, {
    ...at(draft.id),
    body: { version: draft.version },
  });
  expect(checking).toMatchObject({ state: 'checking', allowed: ['return'] });
  const checked = await staff.checker.client.call(confirmTender, {
    ...at(draft.id),
    body: await signPrepared(staff.checker, draft.id, 'confirm'),
  });
  expect(checked).toMatchObject({ state: 'checked', allowed: ['return'] });
  const published = await staff.composer.client.call(publishTender, {
    ...at(draft.id),
    body: await signPrepared(staff.composer, draft.id, 'publish'),
  });

  await house.house.ledger.sequencer.drain();
  const story = await house.anybody.call(readTender, at(draft.id));
  expect(story).toMatchObject({
    code: draft.code,
    phase: 'bidding',
    documentsOpen: true,
    publishedAt: start,
    notice: { leaf: published.noticeLeaf, act: published.actHash, index: expect.any(Number) },
    lots: [{ no: 1, state: 'bidding', budget: '348600000', ceiling: '340000000' }],
  });
  expect(story.dueDates.map(({ rule }) => rule)).toContain('deadline');
});

test('anybody finds the signed notice in the log, byte for byte, with keyring and check', async () => {
  const story = await aTender(house, staff);
  await house.house.ledger.sequencer.drain();
  const signed = await house.anybody.call(readAct, { params: { hash: story.notice.act } });
  expect(sha256Hex(new TextEncoder().encode(signed.act))).toBe(story.notice.act);
  const act = parseCanonical(signed.act) as ReturnType<typeof publishAct>;
  expect(act).toMatchObject({
    type: 'tender.publish',
    contentHash: contentHash(story.content),
    filesRoot: filesRoot(story.content.attachments),
    keyringHash: keyringHash(story.keyring),
    deadline: story.content.deadline,
  });
  expect(canonical(act.content)).toBe(canonical(story.content));
  expect(act.keyring.groups.map(({ id, t, members }) => [id, t, members.length])).toEqual([
    ['purchaser', 1, 2],
    ['independent', 1, 1],
  ]);
  const check = await house.anybody.call(readAct, { params: { hash: act.check } });
  expect(parseCanonical(check.act)).toMatchObject({ type: 'tender.check', contentHash: story.contentHash });
  const { rows } = await house.anybody.call(listEntries, { query: { scope: story.id } });
  expect(rows.map(({ body }) => body?.t)).toEqual(['tender.publish', 'tender.check']);
});

test('nothing of a draft is public before its publication, not even that it was checked', async () => {
  const { id } = await aCheckedTender(house, staff);
  await house.house.ledger.sequencer.drain();
  expect(await house.anybody.refused(readTender, at(id))).toEqual(['tender.unknown']);
  expect((await house.anybody.call(listEntries, { query: { scope: id } })).rows).toEqual([]);
  const check = await house.house.fork().findOneOrFail(Tender, { id });
  expect(await house.anybody.refused(readAct, { params: { hash: check.checkHash ?? '' } })).toEqual([
    'ledger.no-such-act',
  ]);
  const [file] = check.content.attachments;
  expect(await house.anybody.refused(readTenderFile, { params: { tenderId: id, sha256: file?.sha256 ?? '' } })).toEqual(
    ['tender.unknown'],
  );
});

test('whoever composed does not check, whoever checked does not publish', async () => {
  const draft = await aDraft(house, staff);
  await staff.composer.client.call(submitTenderForCheck, { ...at(draft.id), body: { version: draft.version } });
  expect(await staff.composer.client.refused(prepareAct, { params: { tenderId: draft.id, move: 'confirm' } })).toEqual([
    'tender.check-by-same-person',
  ]);
  const act = await staff.composer.sign({ any: 'act' });
  expect(await staff.composer.client.refused(confirmTender, { ...at(draft.id), body: act })).toEqual([
    'tender.check-by-same-person',
  ]);
  expect(await staff.composer.client.refused(publishTender, { ...at(draft.id), body: act })).toEqual([
    'tender.move-not-allowed',
  ]);
  await staff.checker.client.call(confirmTender, {
    ...at(draft.id),
    body: await signPrepared(staff.checker, draft.id, 'confirm'),
  });
  expect(
    await staff.checker.client.refused(publishTender, {
      ...at(draft.id),
      body: await staff.checker.sign({ any: 'act' }),
    }),
  ).toEqual(['tender.publish-by-checker']);
});

test('refuses a signature over anything but what is decided, and of anybody else', async () => {
  const { id } = await aCheckedTender(house, staff);
  const { act } = await staff.composer.client.call(prepareAct, { params: { tenderId: id, move: 'publish' } });
  const forged = { ...(parseCanonical(act) as object), deadline: '2026-12-01T01:30:00.000Z' };
  expect(
    await staff.composer.client.refused(publishTender, { ...at(id), body: await staff.composer.sign(forged) }),
  ).toEqual(['act.not-what-is-decided']);
  expect(
    await staff.composer.client.refused(publishTender, {
      ...at(id),
      body: await staff.checker.sign(parseCanonical(act) as object),
    }),
  ).toEqual(['certificate.not-of-this-seat']);
  expect(await staff.composer.client.refused(publishTender, { ...at(id), body: { act, signature: '00' } })).toEqual([
    expect.stringMatching(/^signature\./),
  ]);
  expect((await staff.composer.client.call(readDesk, at(id))).state).toBe('checked');
});

test('the page can build the act by itself from what it shows', async () => {
  const draft = await aDraft(house, staff);
  const checking = await staff.composer.client.call(submitTenderForCheck, {
    ...at(draft.id),
    body: { version: draft.version },
  });
  const { act } = await staff.checker.client.call(prepareAct, { params: { tenderId: draft.id, move: 'confirm' } });
  expect(act).toBe(
    canonical(
      checkAct(await staff.checker.by(), {
        tender: checking,
        version: checking.version,
        content: checking.content as never,
      }),
    ),
  );
});

test('a returned tender is a draft again with the reason, and its confirmation counts no more', async () => {
  const { id } = await aCheckedTender(house, staff);
  const returned = await staff.composer.client.call(returnTender, {
    ...at(id),
    body: { reason: '资格要求第二项请再核对' },
  });
  expect(returned).toMatchObject({ state: 'draft', returnReason: '资格要求第二项请再核对', checker: null });
  expect(
    await staff.composer.client.refused(publishTender, { ...at(id), body: await staff.composer.sign({ any: 'act' }) }),
  ).toEqual(['tender.move-not-allowed']);
  const again = await staff.composer.client.call(submitTenderForCheck, {
    ...at(id),
    body: { version: returned.version },
  });
  expect(again).toMatchObject({ state: 'checking', returnReason: null });
});

test('what was lawful at the check is judged again on the day of publication', async () => {
  const { id } = await aCheckedTender(house, staff);
  house.clock.set('2026-11-04T01:00:00.000Z');
  expect(
    await staff.composer.client.refused(publishTender, { ...at(id), body: await staff.composer.sign({ any: 'act' }) }),
  ).toEqual(['tender.documents-before-notice', 'tender.documents-too-short', 'tender.deadline-too-early']);
});

test('the verdict names article, field and sentence of every violation, and nothing is handed on', async () => {
  const draft = await aDraft(house, staff, {
    deadline: '2026-11-16T01:30:00.000Z',
    lots: [
      exampleLot({
        ceiling: '999999999',
        qualifications: [{ id: 'q', text: '注册资本不低于 500 万元', evidence: '' }],
      }),
    ],
  });
  const verdict = await staff.composer.client.call(readVerdict, at(draft.id));
  expect(verdict.refusals.map(({ code, field, law }) => [code, field, law])).toEqual([
    ['tender.deadline-too-early', 'deadline', '政府采购法 §35'],
    ['tender.ceiling-above-budget', 'lots.0.ceiling', '87号令 §12'],
    ['tender.scale-condition', 'lots.0.qualifications.0.text', '87号令 §17'],
  ]);
  expect(verdict.refusals[0]?.zh).toBe('投标截止不能早于 2026-11-23：从发出招标文件起至少 20 日。');
  expect(verdict.refusals[2]?.en).toContain('注册资本');
  expect(
    await staff.composer.client.refused(submitTenderForCheck, { ...at(draft.id), body: { version: draft.version } }),
  ).toEqual(verdict.refusals.map(({ code }) => code));
});

test('codes that no table knows are refused before publication', async () => {
  const draft = await aDraft(house, staff, { regionCode: '379999', catalogCode: 'A99' });
  const { refusals } = await staff.composer.client.call(readVerdict, at(draft.id));
  expect(refusals.map(({ code }) => code)).toEqual(['tender.unknown-region', 'tender.unknown-catalog']);
});

test('officers are offered with their certificates, and the wrong side is refused', async () => {
  const draft = await aDraft(house, staff);
  const { rows } = await staff.composer.client.call(listOfficers, at(draft.id));
  const notary = (await staff.notary.me()).seatId;
  expect(rows.find(({ seatId }) => seatId === notary)).toMatchObject({
    group: 'independent',
    certificate: { fingerprint: sha256Hex(staff.notary.keys?.encryptionCertificate ?? new Uint8Array()) },
  });
  expect(rows.filter(({ group }) => group === 'purchaser')).toHaveLength(2);
  const officers = [
    { group: 'purchaser' as const, seatId: notary },
    { group: 'independent' as const, seatId: (await bidder.me()).seatId },
  ];
  await staff.composer.client.call(saveDraft, {
    ...at(draft.id),
    body: { version: draft.version, content: { ...draft.content, officers } },
  });
  const { refusals } = await staff.composer.client.call(readVerdict, at(draft.id));
  expect(refusals.map(({ code, field }) => [code, field])).toEqual([
    ['tender.officer-not-entitled', 'officers.0'],
    ['tender.officer-not-entitled', 'officers.1'],
  ]);
});

test('a save on an outdated version is refused, and neither buyer nor files come from the form', async () => {
  const draft = await aDraft(house, staff);
  const content = {
    ...draft.content,
    title: '新名称',
    purchaser: { ...draft.content.purchaser, name: '别家单位', contact: '李四' },
    attachments: [],
  };
  const saved = await staff.composer.client.call(saveDraft, {
    ...at(draft.id),
    body: { version: draft.version, content },
  });
  expect(saved.version).toBe(draft.version + 1);
  expect(
    await staff.checker.client.refused(saveDraft, { ...at(draft.id), body: { version: draft.version, content } }),
  ).toEqual(['tender.changed-meanwhile']);
  const after = await staff.composer.client.call(readDesk, at(draft.id));
  expect(after.content).toMatchObject({
    title: '新名称',
    purchaser: { name: draft.content.purchaser.name, contact: '李四' },
    attachments: draft.content.attachments,
  });
});

test('of two saves at the same moment one is refused', async () => {
  const draft = await aDraft(house, staff);
  const save = (title: string) =>
    staff.composer.client
      .call(saveDraft, { ...at(draft.id), body: { version: draft.version, content: { ...draft.content, title } } })
      .then(
        () => 'saved',
        () => 'refused',
      );
  expect((await Promise.all(['甲', '乙', '丙'].map(save))).toSorted()).toEqual(['refused', 'refused', 'saved']);
});

test('attaches own uploads only, once, and takes them off again', async () => {
  const draft = await aDraft(house, staff);
  const { client } = staff.composer;
  const own = await upload(client, '图纸.pdf', new Uint8Array([1, 2, 3]));
  const foreign = await upload(stranger.client, '图纸.pdf', new Uint8Array([1, 2, 3]));
  const attach = (fileId: string) => ({ ...at(draft.id), body: { fileId, kind: 'drawing' as const } });
  expect((await client.call(attachFile, attach(own.id))).attachments).toHaveLength(2);
  expect(await client.refused(attachFile, attach(own.id))).toEqual(['tender.file-already-attached']);
  expect(await client.refused(attachFile, attach(foreign.id))).toEqual(['tender.file-not-yours']);
  expect([...(await client.call(readDeskFile, { params: { tenderId: draft.id, fileId: own.id } }))]).toEqual([1, 2, 3]);
  expect((await client.call(detachFile, { params: { tenderId: draft.id, fileId: own.id } })).attachments).toHaveLength(
    1,
  );
  expect(await client.refused(detachFile, { params: { tenderId: draft.id, fileId: own.id } })).toEqual([
    'tender.no-such-file',
  ]);
});

test('another organisation gets nothing of a tender, not even by guessing', async () => {
  const draft = await aDraft(house, staff);
  const { client } = stranger;
  for (const spec of [readDesk, readVerdict, listOfficers, listTakers])
    expect(await client.refused(spec, at(draft.id))).toEqual(['tender.not-yours']);
  expect(
    await client.refused(saveDraft, { ...at(draft.id), body: { version: draft.version, content: draft.content } }),
  ).toEqual(['tender.not-yours']);
  expect(await client.refused(discardTender, at(draft.id))).toEqual(['tender.not-yours']);
  expect(
    await client.refused(readDeskFile, {
      params: { tenderId: draft.id, fileId: draft.content.attachments[0]?.fileId ?? '' },
    }),
  ).toEqual(['tender.not-yours']);
  expect(await bidder.client.refused(readDesk, at(draft.id))).toEqual(['auth.not-allowed']);
  expect(await house.anybody.refused(readDesk, at(draft.id))).toEqual(['auth.not-signed-in']);
  expect(await client.refused(readDesk, at('00000000-0000-7000-8000-000000000000'))).toEqual(['tender.unknown']);
});

test('a discarded draft is gone for good, a published tender can be neither changed nor discarded', async () => {
  const draft = await aDraft(house, staff);
  await staff.composer.client.call(discardTender, at(draft.id));
  expect(
    await staff.composer.client.refused(submitTenderForCheck, { ...at(draft.id), body: { version: draft.version } }),
  ).toEqual(['tender.move-not-allowed']);
  const { id, content } = await aTender(house, staff);
  const { client } = staff.composer;
  expect(await client.refused(saveDraft, { ...at(id), body: { version: 1, content } })).toEqual([
    'tender.move-not-allowed',
  ]);
  expect(await client.refused(discardTender, at(id))).toEqual(['tender.move-not-allowed']);
  expect(await client.refused(returnTender, { ...at(id), body: { reason: '反悔' } })).toEqual([
    'tender.move-not-allowed',
  ]);
  expect(
    await client.refused(detachFile, { params: { tenderId: id, fileId: content.attachments[0]?.fileId ?? '' } }),
  ).toEqual(['tender.move-not-allowed']);
});

test('an agency composes for a purchaser, a purchaser only for itself', async () => {
  const agency = await founded(house, ['agency']);
  const purchaserId = (await staff.composer.me()).organisation?.id ?? '';
  const desk = await agency.client.call(createTender, { body: { purchaserId } });
  expect(desk.content).toMatchObject({
    purchaser: { organisationId: purchaserId },
    agency: { organisationId: (await agency.me()).organisation?.id },
  });
  expect(await agency.client.refused(createTender, { body: {} })).toEqual(['tender.no-such-purchaser']);
  expect(
    await agency.client.refused(createTender, { body: { purchaserId: (await bidder.me()).organisation?.id ?? '' } }),
  ).toEqual(['tender.no-such-purchaser']);
  expect(await stranger.client.refused(createTender, { body: { purchaserId } })).toEqual(['tender.no-such-purchaser']);
  expect((await staff.composer.client.call(readDesk, at(desk.id))).id).toBe(desk.id);
});

test('the desk lists own tenders by their last change, page by page, with the step that waits', async () => {
  const other = await aStaff(house);
  const ids: string[] = [];
  for (let n = 0; n < 3; n += 1) {
    house.clock.set(`2026-11-02T01:0${n}:00.000Z`);
    ids.unshift((await aDraft(house, other)).id);
  }
  const [newest] = ids;
  const { version } = await other.composer.client.call(readDesk, at(newest ?? ''));
  await other.composer.client.call(submitTenderForCheck, { ...at(newest ?? ''), body: { version } });
  const first = await other.checker.client.call(listOwnTenders, { query: { limit: 2 } });
  expect(first.rows.map(({ id, waiting }) => [id, waiting])).toEqual([
    [ids[0], 'confirm'],
    [ids[1], 'submitForCheck'],
  ]);
  const second = await other.checker.client.call(listOwnTenders, { query: { limit: 2, after: first.next ?? '' } });
  expect([second.rows.map(({ id }) => id), second.next]).toEqual([[ids[2]], null]);
});

test('everybody downloads the documents, whole, in part, and not again', async () => {
  const { id, content } = await aTender(house, staff);
  const [file] = content.attachments;
  const path = `/api/tenders/${id}/files/${file?.sha256}`;
  const whole = await house.anybody.fetch(path);
  const bytes = new Uint8Array(await whole.arrayBuffer());
  expect(sha256Hex(bytes)).toBe(file?.sha256);
  expect(whole.headers.get('content-disposition')).toBe(
    `attachment; filename="____.pdf"; filename*=UTF-8''${encodeURIComponent('招标文件.pdf')}`,
  );
  expect(whole.headers.get('etag')).toBe(`"${file?.sha256}"`);
  const part = await house.anybody.fetch(path, { headers: { range: 'bytes=3-5' } });
  expect([part.status, part.headers.get('content-range'), [...new Uint8Array(await part.arrayBuffer())]]).toEqual([
    206,
    `bytes 3-5/${bytes.length}`,
    [...bytes.subarray(3, 6)],
  ]);
  expect((await house.anybody.fetch(path, { headers: { 'if-none-match': `"${file?.sha256}"` } })).status).toBe(304);
  expect((await house.anybody.fetch(path, { headers: { range: `bytes=${bytes.length}-` } })).status).toBe(416);
  expect(await house.anybody.refused(readTenderFile, { params: { tenderId: id, sha256: '00'.repeat(32) } })).toEqual([
    'tender.no-such-file',
  ]);
});

test('a bidder takes the documents once, in time, and only the own staff of the tender learn of it', async () => {
  const { id } = await aTender(house, staff, {
    documentsFrom: '2026-11-03',
    documentsUntil: '2026-11-10',
    deadline: '2026-11-23T01:30:00.000Z',
  });
  expect(await bidder.client.refused(takeDocuments, at(id))).toEqual(['tender.documents-not-yet']);
  house.clock.set('2026-11-02T16:00:00.000Z');
  const { takenAt } = await bidder.client.call(takeDocuments, at(id));
  house.clock.set('2026-11-10T15:59:59.999Z');
  expect(await bidder.client.call(takeDocuments, at(id))).toEqual({ takenAt });
  const late = await aBidder(house);
  house.clock.set('2026-11-10T16:00:00.000Z');
  expect(await late.client.refused(takeDocuments, at(id))).toEqual(['tender.documents-over']);
  expect(await late.client.call(readTaking, at(id))).toMatchObject({ takenAt: null, open: false });
  expect(await bidder.client.call(readTaking, at(id))).toMatchObject({ takenAt });

  const { rows } = await staff.checker.client.call(listTakers, at(id));
  expect(rows.map(({ name, takenAt: when }) => [name, when])).toEqual([
    [(await bidder.me()).organisation?.name, takenAt],
  ]);
  expect(await stranger.client.refused(listTakers, at(id))).toEqual(['tender.not-yours']);
  expect(await bidder.client.refused(listTakers, at(id))).toEqual(['auth.not-allowed']);
  await house.house.ledger.sequencer.drain();
  expect(JSON.stringify(await house.anybody.call(readTender, at(id)))).not.toContain(
    (await bidder.me()).organisation?.uscc,
  );
  expect(JSON.stringify(await house.anybody.call(listEntries, { query: { scope: id } }))).not.toContain(
    (await bidder.me()).organisation?.uscc,
  );
});

test('a decision that names the act keeps its party from taking documents, or from acting as agency', async () => {
  const { id } = await aTender(house, staff);
  const supervisor = await founded(house, ['supervisor']);
  const agency = await founded(house, ['agency']);
  const banned = await aBidder(house);
  const ban = async (party: Party, forbids: Decision['forbids']) => {
    const { name, uscc } = (await party.me()).organisation ?? { name: '', uscc: '' };
    const decision: Decision = {
      name,
      uscc,
      decisionNumber: `青财采罚〔2026〕${uscc.slice(-4)}号`,
      authority: '青澜市财政局',
      legalBasis: '政府采购法 §77',
      reason: '提供虚假材料',
      decidedOn: '2026-10-01',
      forbids,
      regionCode: null,
      from: '2026-10-01',
      until: '2027-09-30',
      evidence: null,
    };
    await supervisor.client.call(addToBlacklist, {
      body: { decision, ...(await supervisor.sign(addBlacklistAct(await supervisor.by(), decision))) },
    });
  };
  await ban(banned, ['takeDocuments', 'bid']);
  await ban(agency, ['actAsAgency']);
  expect(await banned.client.refused(takeDocuments, at(id))).toEqual(['blacklist.forbidden']);
  expect(
    await agency.client.refused(createTender, {
      body: { purchaserId: (await staff.composer.me()).organisation?.id ?? '' },
    }),
  ).toEqual(['blacklist.forbidden']);
  expect((await staff.checker.client.call(listTakers, at(id))).rows).toEqual([]);
});

test('a bidder without keys may take documents: nothing is signed', async () => {
  const { id } = await aTender(house, staff);
  const { client } = await signedUp(house, 'bidder');
  expect((await client.call(takeDocuments, at(id))).takenAt).toBe(start);
});

test('a lot moves only along its life, by the party that the table names, each step in the log', async () => {
  const story = await aTender(house, staff, { lots: [exampleLot(), exampleLot({ no: 2, title: '第二包' })] });
  const [first, second] = story.lots;
  const advance = (lotId: string | undefined, move: Parameters<typeof advanceLot>[2]) =>
    transact(house.house.fork(), async (tx) => advanceLot(tx, await lockLot(tx, lotId ?? ''), move));
  const now = new Date(story.content.deadline);
  await expect(advance(first?.id, { move: 'award', by: 'purchaser', now })).rejects.toThrow('lot.move-not-allowed');
  await expect(advance(first?.id, { move: 'close', by: 'purchaser', now })).rejects.toThrow('auth.not-allowed');
  await advance(first?.id, { move: 'close', by: 'clock', now });
  expect((await house.anybody.call(readTender, at(story.id))).phase).toBe('bidding');
  await advance(second?.id, { move: 'close', by: 'clock', now });
  await advance(second?.id, { move: 'fail', by: 'clock', now, failure: 'lt3Bids' });
  const after = await house.anybody.call(readTender, at(story.id));
  expect([after.phase, after.lots.map(({ state, failure }) => [state, failure])]).toEqual([
    'opening',
    [
      ['closed', null],
      ['failed', 'lt3Bids'],
    ],
  ]);
  await house.house.ledger.sequencer.drain();
  const { rows } = await house.anybody.call(listEntries, { query: { scope: second?.id ?? '' } });
  expect(rows.map(({ body }) => [body?.t, body?.p['reason']])).toEqual([
    ['lot.fail', 'lt3Bids'],
    ['lot.close', undefined],
  ]);
});

test('lots that move at the same moment leave the right word for the whole tender', async () => {
  const story = await aTender(house, staff, { lots: [exampleLot(), exampleLot({ no: 2 }), exampleLot({ no: 3 })] });
  const now = new Date(story.content.deadline);
  await Promise.all(
    story.lots.map(({ id }) =>
      transact(house.house.fork(), async (tx) =>
        advanceLot(tx, await lockLot(tx, id), { move: 'close', by: 'clock', now }),
      ),
    ),
  );
  expect((await house.house.fork().findOneOrFail(Tender, { id: story.id })).lotState).toBe('closed');
});

const find = (query: TenderQueryInput, more: { after?: string; limit?: number } = {}) =>
  listTenders(house.house.fork(), TenderQuery.parse(query), { limit: 20, ...more });

test('published tenders are found by word, code, region, category, state, day and amount; drafts never', async () => {
  const service = {
    category: 'services' as const,
    catalogCode: 'C0101',
    regionCode: '370283',
    title: '平度市农村饮水安全检测服务',
    lots: [exampleLot({ title: '水质检测', budget: '50000000', ceiling: null, priceWeight: 30 })],
  };
  const { id, code } = await aTender(house, staff, service);
  await aDraft(house, staff, { title: '平度市农村饮水草稿' });
  const ids = async (query: Parameters<typeof find>[0]) => (await find(query))?.rows.map((row) => row.id);
  for (const keyword of ['饮水安全', '农村 检测', '水质', code, code.toLowerCase(), '平度市检测服务'.slice(0, 3)])
    expect(await ids({ keyword }), keyword).toEqual([id]);
  for (const keyword of ['饮水草稿', '饮水安全工程', '不存在的词']) expect(await ids({ keyword }), keyword).toEqual([]);
  expect(await ids({ keyword: '饮' })).toEqual([id]);
  expect(await ids({ region: '370283' })).toEqual([id]);
  expect(await ids({ region: '370200', category: 'services' })).toEqual([id]);
  expect(await ids({ region: '360000', category: 'services' })).toEqual([]);
  expect(await ids({ category: 'services', state: 'bidding', budgetFrom: '50000000', budgetTo: '50000000' })).toEqual([
    id,
  ]);
  expect(await ids({ category: 'services', budgetFrom: '50000001' })).toEqual([]);
  expect(await ids({ category: 'services', publishedFrom: '2026-11-02', publishedTo: '2026-11-02' })).toEqual([id]);
  expect(await ids({ category: 'services', publishedFrom: '2026-11-03' })).toEqual([]);
  expect(await ids({ category: 'services', deadlineFrom: '2026-11-23', deadlineTo: '2026-11-23' })).toEqual([id]);
  expect(await ids({ category: 'services', state: 'awarded' })).toEqual([]);
});

test('the list is newest first and pages without gap or repeat, in both orders', async () => {
  const all = (await find({}, { limit: 100 }))?.rows.map(({ id }) => id) ?? [];
  for (const sort of ['published', 'deadline'] as const) {
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await find({ sort }, { limit: 2, ...(after === undefined ? {} : { after }) });
      seen.push(...(page?.rows.map(({ id }) => id) ?? []));
      expect(page).toMatchObject({ count: all.length, more: false });
      after = page?.next ?? undefined;
    } while (after !== undefined);
    expect(seen).toHaveLength(all.length);
    expect(new Set(seen)).toEqual(new Set(all));
  }
  expect(await find({}, { after: "1' or '1'='1" })).toBeUndefined();
});

test('publication numbers grow and search words are written with it', async () => {
  const story = await aTender(house, staff);
  const em = house.house.fork();
  const { rid } = await em.findOneOrFail(Tender, { id: story.id });
  expect(await em.count(TenderTerm, { rid: rid ?? 0 })).toBeGreaterThan(10);
  const rids = (await em.find(Tender, { rid: { $ne: null } }, { orderBy: { publishedAt: 'asc', rid: 'asc' } })).map(
    (tender) => tender.rid,
  );
  expect(new Set(rids).size).toBe(rids.length);
});

test('file names cannot break out of their header, and ranges follow RFC 9110', () => {
  expect(dispositionOf('a"\r\nset-cookie: x')).toBe(
    `attachment; filename="a___set-cookie: x"; filename*=UTF-8''a%22%0D%0Aset-cookie%3A%20x`,
  );
  expect([
    rangeOf('bytes=0-0', 10),
    rangeOf('bytes=-3', 10),
    rangeOf('bytes=8-', 10),
    rangeOf('bytes=8-99', 10),
  ]).toEqual([
    { from: 0, to: 1 },
    { from: 7, to: 10 },
    { from: 8, to: 10 },
    { from: 8, to: 10 },
  ]);
  expect([
    rangeOf('bytes=10-', 10),
    rangeOf('bytes=-0', 10),
    rangeOf('', 10),
    rangeOf('bytes=0-1,3-4', 10),
    rangeOf('bytes=5-2', 10),
  ]).toEqual(['outside', 'outside', undefined, undefined, undefined]);
});

test('the house reported no fault in all this', () => {
  expect(house.faults).toEqual([]);
  expect(instantText(house.clock.now())).toBe(start);
});
