import { addSeat, changeSeat, readMe, signUp } from '@xinbiao/contracts/identity';
import * as contracts from '@xinbiao/contracts/registry';
import {
  addBlacklistAct,
  addLibraryItem,
  addToBlacklist,
  applyAsExpert,
  changeExpert,
  changeLibraryItem,
  changeProfile,
  decideExpertStanding,
  decideReview,
  decideStanding,
  downloadBlacklist,
  downloadBlacklistCsv,
  findBlacklist,
  findOrganisations,
  leaveExperts,
  listBlacklistChecks,
  listBlacklistRecords,
  listCatalog,
  listExperts,
  listLibrary,
  listProfileVersions,
  listRegions,
  listReviews,
  listSpecialties,
  readBlacklist,
  readCatalog,
  readLibraryFile,
  readOrganisation,
  readOwnExpert,
  readOwnOrganisation,
  readRegion,
  readReview,
  removeLibraryItem,
  repairBlacklistAct,
  repairOnBlacklist,
  requestChange,
  setAbsences,
  signUpExpert,
  withdrawBlacklistAct,
  withdrawFromBlacklist,
  type Decision,
  type ExpertProfile,
} from '@xinbiao/contracts/registry';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../../test/house.ts';
import {
  aBidder,
  anOrganisation,
  aUscc,
  bareParty,
  founded,
  password,
  signedUp,
  type Party,
} from '../../test/party.ts';
import { SignInAttempt } from '../identity/person.entity.ts';
import { LedgerEntry, SignedAct } from '../ledger/ledger.entity.ts';
import { openCatalog } from './catalog.ts';
import { checkBlacklist, drawableExperts, obeyBlacklist } from './index.ts';

let house: TestHouse;
let reviewer: Party;
let supervisor: Party;
beforeAll(async () => {
  house = await openHouse();
  reviewer = await founded(house, ['tradingCentre'], { name: '周审' });
  supervisor = await founded(house, ['supervisor'], { name: '吴督' });
});
afterAll(() => house.close());

const nobody = '0198f000-0000-7000-8000-000000000000';
const now = () => house.clock.now();
/** Things that are listed by age must not be born in the same millisecond. */
const soon = () => house.clock.set(new Date(now().getTime() + 1));
const entriesOf = async (type: string) =>
  (await house.house.fork().find(LedgerEntry, { type })).map(({ leaf }) => leaf);

async function upload(party: Party, name: string, content: string): Promise<{ fileId: string; sha256: string }> {
  const bytes = Buffer.from(content);
  const tus = { 'tus-resumable': '1.0.0' };
  const begun = await party.client.fetch('/api/files', {
    method: 'POST',
    headers: {
      ...tus,
      'upload-length': String(bytes.length),
      'upload-metadata': `filename ${Buffer.from(name).toString('base64')}`,
    },
  });
  const place = begun.headers.get('location') ?? '';
  const done = await party.client.fetch(place, {
    method: 'PATCH',
    headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: bytes,
  });
  expect(done.status).toBe(204);
  return { fileId: place.split('/').at(-1) ?? '', sha256: createHash('sha256').update(bytes).digest('hex') };
}

test('a purchaser is approved by somebody else, and may then compose tenders', async () => {
  const party = await signedUp(house, 'purchaser', { organisation: { name: '青澜市第一医院' } });
  const { organisation } = await party.me();
  const params = { subject: 'organisation' as const, id: organisation?.id ?? '' };
  expect((await reviewer.client.call(listReviews, { query: { subject: 'organisation' } })).rows).toContainEqual(
    expect.objectContaining({ id: params.id, name: '青澜市第一医院', mayDecide: true }),
  );
  expect((await reviewer.client.call(readReview, { params })).organisation).toMatchObject({
    legalRepresentative: '王立',
  });
  expect((await house.anybody.call(findOrganisations, { query: { q: '第一医院' } })).rows).toEqual([]);
  expect(await house.anybody.refused(readOrganisation, { params: { id: params.id } })).toEqual([
    'organisation.unknown',
  ]);

  expect(await party.client.refused(decideReview, { params, body: { decision: 'approve' } })).toEqual([
    'auth.not-allowed',
  ]);
  expect(await reviewer.client.refused(decideReview, { params, body: { decision: 'reject' } })).toEqual([
    'review.reason-needed',
  ]);
  expect(await reviewer.client.call(decideReview, { params, body: { decision: 'approve' } })).toEqual({
    state: 'active',
  });
  expect(await reviewer.client.refused(decideReview, { params, body: { decision: 'approve' } })).toEqual([
    'review.already-decided',
  ]);
  expect(await reviewer.client.refused(readReview, { params })).toEqual(['review.unknown']);
  expect(
    await reviewer.client.refused(decideReview, { params: { ...params, id: nobody }, body: { decision: 'approve' } }),
  ).toEqual(['review.unknown']);
  expect((await party.me()).scopes).toContain('tender:compose');
  expect((await entriesOf('party.register')).some((leaf) => leaf.includes(organisation?.uscc ?? '?'))).toBe(true);
  expect((await house.anybody.call(findOrganisations, { query: { q: '第一医院' } })).rows).toMatchObject([
    { name: '青澜市第一医院', region: '山东省青岛市市南区', state: 'active' },
  ]);
});

test('a rejected registration gives the code back, so that nobody can occupy another’s', async () => {
  const uscc = aUscc();
  const squatter = await signedUp(house, 'agency', { organisation: { uscc } });
  const params = { subject: 'organisation' as const, id: (await squatter.me()).organisation?.id ?? '' };
  await reviewer.client.call(decideReview, { params, body: { decision: 'reject', reason: '执照与系统查询不符' } });
  expect(await squatter.me()).toMatchObject({ scopes: [], organisation: { state: 'rejected' } });
  const honest = await signedUp(house, 'agency', { organisation: { uscc } });
  expect((await honest.me()).organisation?.state).toBe('pending');
});

test('suspends, resumes and strikes on the public record, each move only where the table has it', async () => {
  const party = await signedUp(house);
  const { organisation } = await party.me();
  const params = { id: organisation?.id ?? '' };
  const move = (name: 'suspend' | 'resume' | 'strike') => ({ params, body: { move: name, reason: '核查登记信息' } });
  expect(await reviewer.client.refused(decideStanding, move('resume'))).toEqual(['organisation.move-not-allowed']);
  await reviewer.client.call(decideStanding, move('suspend'));
  expect((await party.me()).scopes).not.toContain('bid:submit');
  expect(await party.client.refused(requestChange, { body: { kind: 'purchaser', reason: '也要采购' } })).toEqual([
    'organisation.move-not-allowed',
  ]);
  await reviewer.client.call(decideStanding, move('resume'));
  expect((await party.me()).scopes).toContain('bid:submit');
  await reviewer.client.call(decideStanding, move('strike'));
  expect((await party.me()).scopes).toEqual([]);
  expect(await reviewer.client.refused(decideStanding, move('resume'))).toEqual(['organisation.move-not-allowed']);
  expect(
    await reviewer.client.refused(decideStanding, { params: { id: nobody }, body: { move: 'suspend', reason: '无' } }),
  ).toEqual(['organisation.unknown']);
  for (const type of ['party.suspend', 'party.resume', 'party.strike'])
    expect((await entriesOf(type)).some((leaf) => leaf.includes(organisation?.uscc ?? '?'))).toBe(true);
});

test('nobody decides about the organisation they belong to', async () => {
  const own = { id: (await reviewer.me()).organisation?.id ?? '' };
  expect(
    await reviewer.client.refused(decideStanding, { params: own, body: { move: 'suspend', reason: '试一试' } }),
  ).toEqual(['review.own-affair']);
  await reviewer.client.call(requestChange, { body: { name: '青澜市公共资源交易中心', reason: '机构改革' } });
  const [row] = (await reviewer.client.call(listReviews, { query: { subject: 'change' } })).rows.filter(
    ({ asksFor }) => asksFor?.name === '青澜市公共资源交易中心',
  );
  expect(row?.mayDecide).toBe(false);
  const params = { subject: 'change' as const, id: row?.id ?? '' };
  expect(await reviewer.client.refused(decideReview, { params, body: { decision: 'approve' } })).toEqual([
    'review.own-affair',
  ]);
  expect(await supervisor.client.call(decideReview, { params, body: { decision: 'approve' } })).toEqual({
    state: 'approved',
  });
  expect((await reviewer.me()).organisation?.name).toBe('青澜市公共资源交易中心');
  expect(await supervisor.client.refused(decideReview, { params, body: { decision: 'approve' } })).toEqual([
    'review.already-decided',
  ]);
});

test('becoming a bidder needs nobody’s leave, becoming a purchaser does', async () => {
  const party = await founded(house, ['notary']);
  const asked = await party.client.call(requestChange, { body: { kind: 'bidder', reason: '也投标' } });
  expect(asked.kinds).toEqual(['bidder', 'notary']);
  expect((await party.me()).scopes).toContain('bid:submit');
  soon();
  await party.client.call(requestChange, { body: { kind: 'purchaser', reason: '也采购' } });
  expect(await party.client.refused(requestChange, { body: { kind: 'purchaser', reason: '再催一次' } })).toEqual([
    'organisation.request-pending',
  ]);
  expect(await party.client.refused(requestChange, { body: { kind: 'bidder', reason: '又来' } })).toEqual([
    'organisation.kind-held',
  ]);
  expect(await party.client.refused(requestChange, { body: { name: asked.name, reason: '同名' } })).toEqual([
    'organisation.name-unchanged',
  ]);
  expect((await party.me()).scopes).not.toContain('tender:compose');
  const [row] = (await reviewer.client.call(listReviews, { query: { subject: 'change' } })).rows.filter(
    ({ name }) => name === asked.name,
  );
  await reviewer.client.call(decideReview, {
    params: { subject: 'change', id: row?.id ?? '' },
    body: { decision: 'reject', reason: '不属于采购单位' },
  });
  const view = await party.client.call(readOwnOrganisation);
  expect(view.requests.map(({ kind, state, reason }) => [kind, state, reason])).toEqual([
    ['purchaser', 'rejected', '不属于采购单位'],
    ['bidder', 'approved', null],
  ]);
});

test('keeps every version of a profile, and refuses to overwrite a colleague’s', async () => {
  const party = await signedUp(house);
  const first = await party.client.call(readOwnOrganisation);
  const profile = { ...first.profile, address: '崂山区新址 8 号', capital: '500000000', business: '信息技术服务' };
  const second = await party.client.call(changeProfile, { body: { version: 1, profile } });
  expect([second.version, second.profile]).toEqual([2, profile]);
  expect(await party.client.refused(changeProfile, { body: { version: 1, profile } })).toEqual([
    'profile.changed-meanwhile',
  ]);
  expect(
    await party.client.refused(changeProfile, { body: { version: 2, profile: { ...profile, regionCode: '379999' } } }),
  ).toEqual(['region.unknown']);
  expect(
    (await party.client.call(listProfileVersions)).rows.map(({ version, profile: { address } }) => [version, address]),
  ).toEqual([
    [2, '崂山区新址 8 号'],
    [1, first.profile.address],
  ]);
  expect(await house.anybody.call(readOrganisation, { params: { id: first.id } })).toMatchObject({
    address: '崂山区新址 8 号',
    blacklisted: 0,
  });
  expect(JSON.stringify(await house.anybody.call(readOrganisation, { params: { id: first.id } }))).not.toContain(
    'bankAccount',
  );
});

test('finds organisations by name, code, kind and region, page after page, and takes no wildcard from outside', async () => {
  const em = house.house.fork();
  await em.nativeDelete(SignInAttempt, {});
  const uscc = aUscc();
  for (const name of ['海晏甲公司', '海晏乙公司', '海晏丙公司']) {
    soon();
    await house.visitor().call(signUp, {
      body: {
        kind: 'bidder',
        organisation: anOrganisation({ name, regionCode: '320102', ...(name === '海晏丙公司' ? { uscc } : {}) }),
        person: { login: `hai${uscc.slice(-4).toLowerCase()}${name.charCodeAt(2)}`, name: '钱', password },
      },
    });
  }
  const first = await house.anybody.call(findOrganisations, { query: { q: '海晏', limit: 2 } });
  expect([first.rows.map(({ name }) => name), first.count, first.more]).toEqual([
    ['海晏丙公司', '海晏乙公司'],
    3,
    false,
  ]);
  const rest = await house.anybody.call(findOrganisations, { query: { q: '海晏', limit: 2, after: first.next ?? '' } });
  expect([rest.rows.map(({ name }) => name), rest.next]).toEqual([['海晏甲公司'], null]);
  const names = async (query: object) =>
    (await house.anybody.call(findOrganisations, { query })).rows.map(({ name }) => name);
  expect(await names({ q: uscc.toLowerCase() })).toEqual(['海晏丙公司']);
  expect(await names({ regionCode: '320100' })).toHaveLength(3);
  expect(await names({ regionCode: '320100', kind: 'purchaser' })).toEqual([]);
  expect(await names({ q: '海%公司' })).toEqual([]);
});

const expertProfile = (over: Partial<ExpertProfile> = {}): ExpertProfile => ({
  phone: '13800000000', education: '硕士', title: '高级工程师', regionCode: '370202', specialties: ['C01', 'B01'], employers: [{ name: '青澜大学', uscc: null, from: '2010-07-01', until: null }], relations: [], ...over,
}); // prettier-ignore
let experts = 0;
async function anExpert(profile: Partial<ExpertProfile> = {}) {
  const client = house.visitor();
  await house.house.fork().nativeDelete(SignInAttempt, {});
  const view = await client.call(signUpExpert, {
    body: { person: { login: `expert${(experts += 1)}`, name: '孙专', password }, profile: expertProfile(profile) },
  });
  return { ...bareParty(client), view };
}
const approve = (id: string) =>
  reviewer.client.call(decideReview, { params: { subject: 'expert', id }, body: { decision: 'approve' } });

test('an expert may score only after review, and is named to nobody outside', async () => {
  const { client, view } = await anExpert();
  expect([view.state, (await client.call(readMe)).scopes]).toEqual(['pending', []]);
  expect(await house.anybody.refused(listExperts)).toEqual(['auth.not-signed-in']);
  expect(await (await signedUp(house)).client.refused(listExperts)).toEqual(['auth.not-allowed']);
  expect(
    (await reviewer.client.call(readReview, { params: { subject: 'expert', id: view.id } })).expert?.employers[0]?.name,
  ).toBe('青澜大学');
  await approve(view.id);
  expect((await client.call(readMe)).scopes).toEqual(['certificate:hold', 'evaluation:score']);
  expect(
    (await reviewer.client.call(listExperts, { query: { state: 'active', specialty: 'C01' } })).rows.map(
      ({ id }) => id,
    ),
  ).toContain(view.id);
  expect(
    (await reviewer.client.call(listExperts, { query: { specialty: 'A01' } })).rows.map(({ id }) => id),
  ).not.toContain(view.id);
});

test('refuses applications that recusal could not be judged by', async () => {
  const refused = (profile: Partial<ExpertProfile>, person: object = {}) =>
    house.visitor().refused(signUpExpert, {
      body: { person: { login: 'never-made', name: '孙', password, ...person }, profile: expertProfile(profile) },
    });
  expect(
    await refused({ employers: [{ name: '旧单位', uscc: null, from: '2010-01-01', until: '2020-01-01' }] }),
  ).toEqual(['expert.no-present-employer']);
  expect(await refused({ specialties: ['C99'] })).toEqual(['expert.unknown-specialty']);
  expect(await refused({ regionCode: '379999' })).toEqual(['region.unknown']);
  expect(
    await refused({ employers: [{ name: '旧单位', uscc: null, from: '2020-01-01', until: '2010-01-01' }] }),
  ).toEqual(['request.malformed']);
  expect(await refused({}, { password: 'short' })).toEqual(['password.too-short']);
  const { view } = await anExpert();
  expect(await refused({}, { login: `expert${experts}` })).toEqual(['login.taken']);
  expect(view.state).toBe('pending');
});

test('an applicant may be rejected, apply again, change, be suspended, and leave', async () => {
  const { client, view } = await anExpert();
  expect(await client.refused(applyAsExpert, { body: expertProfile() })).toEqual(['expert.already-applied']);
  const review = {
    params: { subject: 'expert' as const, id: view.id },
    body: { decision: 'reject' as const, reason: '职称证书未上传' },
  };
  await reviewer.client.call(decideReview, review);
  expect(await reviewer.client.refused(decideReview, review)).toEqual(['review.already-decided']);
  expect(await client.call(readOwnExpert)).toMatchObject({ state: 'rejected', reason: '职称证书未上传' });
  expect(await client.refused(setAbsences, { body: { unavailable: [] } })).toEqual(['expert.move-not-allowed']);
  expect(await client.call(applyAsExpert, { body: expertProfile({ title: '正高级工程师' }) })).toMatchObject({
    state: 'pending',
    version: 2,
  });
  await approve(view.id);
  expect(await client.refused(changeExpert, { body: { version: 1, profile: expertProfile() } })).toEqual([
    'profile.changed-meanwhile',
  ]);
  expect(
    await client.refused(changeExpert, { body: { version: 2, profile: expertProfile({ regionCode: '379999' }) } }),
  ).toEqual(['region.unknown']);
  const kin = { name: '青澜第一有限公司', uscc: null, kind: 'kin' as const, note: '配偶' };
  expect(
    await client.call(changeExpert, { body: { version: 2, profile: expertProfile({ relations: [kin] }) } }),
  ).toMatchObject({ version: 3, profile: { relations: [kin] } });

  const drawable = async (on: string) =>
    (await drawableExperts(house.house.fork(), { on: new Date(on), specialties: ['C0101'], regionCode: '370200' })).map(
      ({ id }) => id,
    );
  await client.call(setAbsences, { body: { unavailable: [{ from: '2026-12-01', until: '2026-12-05' }] } });
  expect(await drawable('2026-11-30T15:59:59.000Z')).toContain(view.id);
  expect(await drawable('2026-11-30T16:00:00.000Z')).not.toContain(view.id);
  expect(await drawable('2026-12-05T15:59:59.000Z')).not.toContain(view.id);
  expect(await drawable('2026-12-05T16:00:00.000Z')).toContain(view.id);

  const standing = (move: 'suspend' | 'resume', id = view.id) => ({
    params: { id },
    body: { move, reason: '无故缺席' },
  });
  await reviewer.client.call(decideExpertStanding, standing('suspend'));
  expect(await drawable('2026-12-10T01:00:00.000Z')).not.toContain(view.id);
  expect((await client.call(readMe)).scopes).toContain('evaluation:score');
  expect(await reviewer.client.refused(decideExpertStanding, standing('suspend'))).toEqual(['expert.move-not-allowed']);
  expect(await reviewer.client.refused(decideExpertStanding, standing('suspend', nobody))).toEqual(['expert.unknown']);
  await reviewer.client.call(decideExpertStanding, standing('resume'));
  expect(await client.call(leaveExperts)).toMatchObject({ state: 'left' });
  expect(await client.refused(leaveExperts)).toEqual(['expert.move-not-allowed']);
  expect(await client.refused(changeExpert, { body: { version: 3, profile: expertProfile() } })).toEqual([
    'expert.move-not-allowed',
  ]);
  expect(await drawable('2026-12-10T01:00:00.000Z')).not.toContain(view.id);
});

test('staff of the supervising department is no expert, a reviewer not their own, a stranger has no record', async () => {
  expect(await supervisor.client.refused(applyAsExpert, { body: expertProfile() })).toEqual([
    'expert.supervising-staff',
  ]);
  const bidder = await signedUp(house);
  for (const endpoint of [readOwnExpert, leaveExperts])
    expect(await bidder.client.refused(endpoint)).toEqual(['expert.unknown']);
  expect(await bidder.client.refused(setAbsences, { body: { unavailable: [] } })).toEqual(['expert.unknown']);
  expect(await bidder.client.refused(changeExpert, { body: { version: 1, profile: expertProfile() } })).toEqual([
    'expert.unknown',
  ]);
  expect(await bidder.client.refused(applyAsExpert, { body: expertProfile({ specialties: ['C99'] }) })).toEqual([
    'expert.unknown-specialty',
  ]);
  const { id } = await reviewer.client.call(applyAsExpert, { body: expertProfile() });
  const own = { params: { subject: 'expert' as const, id }, body: { decision: 'approve' as const } };
  expect(
    (await reviewer.client.call(listReviews, { query: { subject: 'expert' } })).rows.find((row) => row.id === id)
      ?.mayDecide,
  ).toBe(false);
  expect(await reviewer.client.refused(decideReview, own)).toEqual(['review.own-affair']);
  await supervisor.client.call(decideReview, own);
  expect(
    await reviewer.client.refused(decideExpertStanding, { params: { id }, body: { move: 'suspend', reason: '无' } }),
  ).toEqual(['review.own-affair']);
});

const qualification = {
  kind: 'qualification' as const,
  name: '信息系统建设和服务能力等级证书',
  number: 'CS3-3702-000001',
  issuer: '中国电子信息行业联合会',
  from: '2024-01-01',
  until: '2026-11-01',
};

test('whoever was only invited by a company has not given it their files', async () => {
  const login = 'invited-not-joined';
  const [victim, other] = [await signedUp(house, 'bidder', { login }), await signedUp(house)];
  const { fileId } = await upload(victim, '资质证书.pdf', '%PDF-1.7 别家');
  await other.client.call(addSeat, { body: { login, name: '李明', roles: ['bidder'] } });
  expect(await other.client.refused(addLibraryItem, { body: { content: qualification, fileIds: [fileId] } })).toEqual([
    'library.file-unknown',
  ]);
});

test('a company fills its library once; colleagues read its files, others find nothing', async () => {
  const [party, other] = [await signedUp(house), await signedUp(house)];
  const { fileId, sha256 } = await upload(party, '资质证书.pdf', '%PDF-1.7 资质');
  const item = await party.client.call(addLibraryItem, { body: { content: qualification, fileIds: [fileId] } });
  expect(item).toMatchObject({
    content: qualification,
    files: [{ fileId, name: '资质证书.pdf', sha256 }],
    until: '2026-11-01',
    expired: true,
    changedBy: '李明',
    version: 1,
  });
  expect(Buffer.from(await party.client.call(readLibraryFile, { params: { id: item.id, fileId } })).toString()).toBe(
    '%PDF-1.7 资质',
  );
  expect((await party.client.call(listLibrary, { query: { kind: 'contract' } })).rows).toEqual([]);
  expect((await other.client.call(listLibrary)).rows).toEqual([]);
  const params = { id: item.id };
  expect(await other.client.refused(readLibraryFile, { params: { ...params, fileId } })).toEqual(['library.unknown']);
  expect(await party.client.refused(readLibraryFile, { params: { ...params, fileId: nobody } })).toEqual([
    'library.unknown',
  ]);
  expect(await other.client.refused(addLibraryItem, { body: { content: qualification, fileIds: [fileId] } })).toEqual([
    'library.file-unknown',
  ]);
  expect(await party.client.refused(addLibraryItem, { body: { content: qualification, fileIds: [nobody] } })).toEqual([
    'library.file-unknown',
  ]);

  const renewed = { ...qualification, until: '2029-11-01' };
  const change = (over: object) => ({ params, body: { version: 1, content: renewed, fileIds: [fileId], ...over } });
  expect(await other.client.refused(changeLibraryItem, change({}))).toEqual(['library.unknown']);
  expect(
    await party.client.refused(
      changeLibraryItem,
      change({
        content: { kind: 'person', name: '李明', title: '', certificate: '一级建造师', number: '1', until: null },
      }),
    ),
  ).toEqual(['library.wrong-kind']);
  expect(await party.client.refused(changeLibraryItem, change({ fileIds: [nobody] }))).toEqual([
    'library.file-unknown',
  ]);
  expect(await party.client.call(changeLibraryItem, change({}))).toMatchObject({
    version: 2,
    expired: false,
    files: [{ fileId }],
  });
  expect(await party.client.refused(changeLibraryItem, change({}))).toEqual(['library.changed-meanwhile']);
  expect(await other.client.refused(removeLibraryItem, { params })).toEqual(['library.unknown']);
  await party.client.call(removeLibraryItem, { params });
  expect(await party.client.refused(removeLibraryItem, { params })).toEqual(['library.unknown']);
});

test('names places, from province to county', async () => {
  const provinces = (await house.anybody.call(listRegions)).rows;
  expect([provinces.length, provinces.find(({ code }) => code === '370000')?.name]).toEqual([34, '山东省']);
  expect((await house.anybody.call(listRegions, { query: { parent: '370200' } })).rows).toContainEqual({
    code: '370202',
    name: '市南区',
    level: 'county',
    leaf: true,
  });
  expect(await house.anybody.call(readRegion, { params: { code: '110105' } })).toEqual({
    code: '110105',
    name: '北京市朝阳区',
    path: [
      { code: '110000', name: '北京市' },
      { code: '110100', name: '市辖区' },
      { code: '110105', name: '朝阳区' },
    ],
  });
  expect(await house.anybody.refused(readRegion, { params: { code: '379999' } })).toEqual(['region.unknown']);
});

test('names what is bought, and says where it knows two levels only', async () => {
  const { rows, full } = await house.anybody.call(listCatalog);
  expect([rows.map(({ code, name }) => code + name), full]).toEqual([['A货物', 'B工程', 'C服务'], false]);
  expect((await house.anybody.call(listCatalog, { query: { parent: 'C16' } })).rows).toContainEqual({
    code: 'C1601',
    name: '软件开发服务',
    category: 'services',
    path: ['服务', '信息技术服务', '软件开发服务'],
  });
  expect((await house.anybody.call(listCatalog, { query: { q: '医疗设备' } })).rows.map(({ code }) => code)).toEqual([
    'A0232',
  ]);
  expect(await house.anybody.call(readCatalog, { params: { code: 'C16010300' } })).toMatchObject({
    name: '软件开发服务',
    exact: false,
  });
  expect(await house.anybody.call(readCatalog, { params: { code: 'C1601' } })).toMatchObject({ exact: true });
  expect(await house.anybody.refused(readCatalog, { params: { code: 'C77' } })).toEqual(['catalog.unknown']);
  expect((await house.anybody.call(listSpecialties)).rows).toContainEqual({
    code: 'C01',
    name: '软件开发',
    group: '服务',
  });
});

const official = new URL('../../../../shared/data/cn/procurement-catalog-2022.csv', import.meta.url).pathname;
test.skipIf(!existsSync(official))(
  'the short catalogue says what the official one says (skipped where that file is absent)',
  () => {
    const whole = openCatalog(official);
    expect(whole.full).toBe(true);
    for (const { code, name } of openCatalog(undefined).rows)
      expect([code, name]).toEqual([code, whole.byCode.get(code)]);
    expect(whole.rows.length).toBeGreaterThan(4000);
  },
);

const aDecision = (over: Partial<Decision> = {}): Decision => ({
  name: '青澜某某商贸有限公司', uscc: aUscc(), decisionNumber: `青财采决〔2026〕${(experts += 1)}号`, authority: '青澜市财政局', legalBasis: '政府采购法 §77', reason: '提供虚假材料谋取中标', decidedOn: '2026-09-20', forbids: ['bid'], regionCode: null, from: '2026-10-01', until: '2027-09-30', evidence: null, ...over,
}); // prettier-ignore
const add = async (decision: Decision) =>
  supervisor.client.call(addToBlacklist, {
    body: { decision, ...(await supervisor.sign(addBlacklistAct(await supervisor.by(), decision))) },
  });

test('a signed decision is published, refuses what it names with its number, authority and end, and leaves only a hash in the log', async () => {
  const decision = aDecision();
  const { evidence: _, ...stated } = decision;
  const entry = await add(decision);
  expect(await house.anybody.call(readBlacklist, { params: { id: entry.id } })).toMatchObject({
    ...stated,
    publishedUntil: '2027-09-30',
    inForce: true,
    region: null,
  });
  const question = { uscc: decision.uscc, act: 'bid', regionCode: '370202', at: now() } as const;
  const em = house.house.fork();
  expect((await checkBlacklist(em, question)).refuse?.id).toBe(entry.id);
  await expect(obeyBlacklist(em, question)).rejects.toMatchObject({
    reasons: [
      {
        code: 'blacklist.forbidden',
        facts: { decision: decision.decisionNumber, authority: '青澜市财政局', until: '2027-09-30' },
      },
    ],
  });
  expect((await obeyBlacklist(em, { ...question, act: 'takeDocuments' })).map(({ id }) => id)).toEqual([entry.id]);
  expect(await checkBlacklist(em, { ...question, uscc: aUscc() })).toEqual({ flags: [] });
  expect(await checkBlacklist(em, { ...question, at: new Date('2027-10-01T00:00:00.000Z') })).toEqual({ flags: [] });
  const leaves = await entriesOf('blacklist.add');
  expect(leaves.every((leaf) => !leaf.includes(decision.uscc) && !leaf.includes('blacklist'))).toBe(true);
  expect(await em.count(SignedAct, { type: 'blacklist.add' })).toBe(leaves.length);
});

test('every check is on record; those that would betray a bidder stay hidden until their time', async () => {
  const decision = aDecision({ forbids: ['beDrawn'] });
  await add(decision);
  const em = house.house.fork();
  await checkBlacklist(em, { uscc: decision.uscc, act: 'bid', regionCode: null, at: now() });
  await checkBlacklist(em, { uscc: decision.uscc, act: 'beDrawn', regionCode: null, at: now() });
  await checkBlacklist(em, {
    uscc: decision.uscc,
    act: 'takeDocuments',
    regionCode: null,
    at: now(),
    visibleFrom: new Date('2026-11-20T01:00:00.000Z'),
  });
  const seen = async () =>
    (await supervisor.client.call(listBlacklistChecks, { query: { limit: 100 } })).rows
      .filter(({ uscc }) => uscc === decision.uscc)
      .map(({ act }) => act);
  expect(await seen()).toEqual(['beDrawn']);
  const before = now();
  house.clock.set('2026-11-20T01:00:00.000Z');
  expect((await seen()).toSorted()).toEqual(['beDrawn', 'takeDocuments']);
  house.clock.set(before);
  expect(await reviewer.client.refused(listBlacklistChecks)).toEqual(['auth.not-allowed']);
});

test('refuses a decision twice, unsigned, altered, from elsewhere, with another’s evidence', async () => {
  const decision = aDecision();
  const by = await supervisor.by();
  const body = { decision, ...(await supervisor.sign(addBlacklistAct(by, decision))) };
  expect(
    await supervisor.client.refused(addToBlacklist, {
      body: { ...body, decision: { ...decision, until: '2029-09-30' } },
    }),
  ).toEqual(['act.not-what-is-decided']);
  expect(
    await supervisor.client.refused(addToBlacklist, {
      body: { ...body, ...(await reviewer.sign(addBlacklistAct(by, decision))) },
    }),
  ).toEqual(['certificate.not-of-this-seat']);
  expect(await reviewer.client.refused(addToBlacklist, { body })).toEqual(['auth.not-allowed']);
  const nowhere = aDecision({ regionCode: '379999' });
  expect(
    await supervisor.client.refused(addToBlacklist, {
      body: { decision: nowhere, ...(await supervisor.sign(addBlacklistAct(by, nowhere))) },
    }),
  ).toEqual(['region.unknown']);
  const foreign = aDecision({ evidence: await upload(reviewer, '决定书.pdf', '别人的文件') });
  expect(
    await supervisor.client.refused(addToBlacklist, {
      body: { decision: foreign, ...(await supervisor.sign(addBlacklistAct(by, foreign))) },
    }),
  ).toEqual(['blacklist.evidence-unknown']);
  const proper = aDecision({ evidence: await upload(supervisor, '决定书.pdf', '行政处罚决定书') });
  await add(proper);
  expect(
    await supervisor.client.refused(addToBlacklist, {
      body: { decision: proper, ...(await supervisor.sign(addBlacklistAct(by, proper))) },
    }),
  ).toEqual(['blacklist.already-there']);
});

test.each([
  ['repair', repairOnBlacklist, repairBlacklistAct, 'repaired'],
  ['withdraw', withdrawFromBlacklist, withdrawBlacklistAct, 'withdrawn'],
] as const)('after %s a record is neither shown nor used, and stays on file', async (_, endpoint, actOf, state) => {
  const decision = aDecision();
  const { id } = await add(decision);
  const facts = { reason: '已按决定整改并履行义务', decisionNumber: '青信修〔2026〕3号' };
  const signed = await supervisor.sign(actOf(await supervisor.by(), { entryId: id, ...facts }));
  expect(await supervisor.client.refused(endpoint, { params: { id: nobody }, body: { ...facts, ...signed } })).toEqual([
    'blacklist.unknown',
  ]);
  expect(
    await supervisor.client.refused(endpoint, { params: { id }, body: { ...facts, reason: '别的理由', ...signed } }),
  ).toEqual(['act.not-what-is-decided']);
  expect(await supervisor.client.call(endpoint, { params: { id }, body: { ...facts, ...signed } })).toEqual({ state });
  expect(await supervisor.client.refused(endpoint, { params: { id }, body: { ...facts, ...signed } })).toEqual([
    'blacklist.already-ended',
  ]);
  expect(await house.anybody.refused(readBlacklist, { params: { id } })).toEqual(['blacklist.unknown']);
  expect((await house.anybody.call(findBlacklist, { query: { q: decision.uscc } })).rows).toEqual([]);
  expect(await house.anybody.call(downloadBlacklistCsv)).not.toContain(decision.uscc);
  expect(
    await checkBlacklist(house.house.fork(), { uscc: decision.uscc, act: 'bid', regionCode: null, at: now() }),
  ).toEqual({ flags: [] });
  expect((await supervisor.client.call(listBlacklistRecords, { query: { q: decision.uscc } })).rows).toMatchObject([
    { state, endReason: facts.reason, endDecisionNumber: facts.decisionNumber },
  ]);
});

test('finds published records by name, code, number, place and act; those whose time is over are gone', async () => {
  const local = aDecision({ name: '澜东工程有限公司', regionCode: '370200', forbids: ['bid', 'actAsAgency'] });
  const over = aDecision({ name: '澜东旧案公司', decidedOn: '2026-01-10', from: '2026-01-15', until: '2026-04-14' });
  const later = aDecision({ name: '澜东未来公司', from: '2026-12-01', until: '2027-12-01' });
  for (const decision of [local, over, later]) {
    soon();
    await add(decision);
  }
  const names = async (query: object) =>
    (await house.anybody.call(findBlacklist, { query: { q: '澜东', ...query } })).rows.map(({ name }) => name);
  expect(await names({})).toEqual(['澜东未来公司', '澜东工程有限公司']);
  expect(await names({ inForce: 'yes' })).toEqual(['澜东工程有限公司']);
  expect(await names({ inForce: 'no' })).toEqual(['澜东未来公司']);
  expect(await names({ forbids: 'actAsAgency' })).toEqual(['澜东工程有限公司']);
  expect(await names({ regionCode: '320000' })).toEqual(['澜东未来公司']);
  expect(await names({ q: local.decisionNumber })).toEqual(['澜东工程有限公司']);
  expect(await names({ q: '_' })).not.toEqual([]);
  expect(await house.anybody.refused(readBlacklist, { params: { id: nobody } })).toEqual(['blacklist.unknown']);
});

test('downloads say until when they may be used, and no cell runs as a formula', async () => {
  const decision = aDecision({ name: '=HYPERLINK("http://x","青澜")', reason: '第一行\n第二行，"引号"' });
  await add(decision);
  const file = await house.anybody.call(downloadBlacklist);
  expect([file.madeAt, file.validUntil]).toEqual([now().toISOString(), '2026-11-02T16:00:00.000Z']);
  expect(file.rows.some(({ uscc }) => uscc === decision.uscc)).toBe(true);
  const csv = Buffer.from(await (await house.anybody.fetch('/api/registry/blacklist.csv')).arrayBuffer()).toString();
  expect(csv.startsWith('\uFEFF名称,统一社会信用代码,')).toBe(true);
  expect(csv).toContain(`"'=HYPERLINK(""http://x"",""青澜"")",${decision.uscc}`);
  expect(csv).toContain('"第一行\n第二行，""引号"""');
  expect(csv).toContain('2026-11-02T16:00:00.000Z');
});

test('what needs an organisation or a right is closed to those without', async () => {
  const party = await aBidder(house);
  await party.client.call(changeSeat, {
    params: { seatId: (await party.me()).seatId },
    body: { roles: ['bidder', 'administrator'] },
  });
  const closed = [listReviews, listExperts, listBlacklistRecords, listBlacklistChecks] as const;
  for (const endpoint of closed)
    expect([endpoint.path, await party.client.refused(endpoint)]).toEqual([endpoint.path, ['auth.not-allowed']]);
  for (const endpoint of Object.values(contracts.registryEndpoints).filter(({ access }) => access !== 'public')) {
    const response = await house
      .visitor()
      .fetch(`/api${endpoint.path.replace(':subject', 'expert').replace(/:\w+/g, nobody)}`, {
        method: endpoint.method,
        headers: { 'content-type': 'application/json' },
        ...(endpoint.method === 'GET' ? {} : { body: '{}' }),
      });
    expect([endpoint.path, response.status]).toEqual([endpoint.path, 401]);
  }
  expect(house.faults).toEqual([]);
});
