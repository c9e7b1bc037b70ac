import {
  addSeat,
  changePassword,
  changeSeat,
  declare,
  declareAct,
  endSession,
  foundOrganisation,
  identityEndpoints,
  listAuthorities,
  listCertificates,
  listSeats,
  listSessions,
  makeAct,
  pinAct,
  pinCertificates,
  readCrl,
  readMe,
  requestCertificates,
  revokeAct,
  revokeCertificates,
  sessionIdle,
  sessionLongest,
  signIn,
  signOut,
  signOutEverywhere,
  signUp,
  switchSeat,
} from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  checkCertificate,
  createAuthority,
  generateEncryptionPair,
  generateSigningPair,
  issueCertificates,
  makeCertificateRequest,
  signDetached,
  type CertificateSubject,
} from '@xinbiao/contracts/trust';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../../test/house.ts';
import {
  aBidder,
  anOperator,
  anOrganisation,
  aUscc,
  bareParty,
  founded,
  password,
  signedUp,
  withKeys,
  type Party,
} from '../../test/party.ts';
import { LedgerEntry } from '../ledger/ledger.entity.ts';
import { pemOf } from './authorities.ts';
import { actorBy, checkAct, encryptionCertificateOf, signingCertificateOf } from './index.ts';
import { Person, Session, SignInAttempt } from './person.entity.ts';
import { actorAt } from './session.service.ts';
import { seatOf } from './identity.queries.ts';

let house: TestHouse;
/** An authority of the city's own, trusted by configuration beside the demonstration's. */
let authority: Awaited<ReturnType<typeof createAuthority>>;
const folder = mkdtempSync(join(tmpdir(), 'xinbiao-identity-'));

beforeAll(async () => {
  authority = await createAuthority({
    name: '青澜市电子认证中心',
    at: new Date('2020-01-01T00:00:00.000Z'),
    years: 30,
  });
  mkdirSync(join(folder, 'trust'), { recursive: true });
  writeFileSync(join(folder, 'trust', 'city.pem'), pemOf(authority.certificate));
  house = await openHouse({ folder });
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Wrong passwords are counted by address; each test starts with a clean sheet. */
const forgetAttempts = () => house.house.fork().nativeDelete(SignInAttempt, {});
const entriesOf = async (type: string) =>
  (await house.house.fork().find(LedgerEntry, { type })).map(({ leaf, body }) => leaf + (body ?? ''));
/** What is listed by age must not be born in the same millisecond. */
const soon = () => house.clock.set(new Date(house.clock.now().getTime() + 1));
let count = 0;
const aLogin = () => `somebody${(count += 1)}`;

test('a bidder is active at once, signed in, and on the public record', async () => {
  const organisation = anOrganisation({ name: '青澜速达信息有限公司' });
  const client = house.visitor();
  const me = await client.call(signUp, {
    body: { kind: 'bidder', organisation, person: { login: ' LiMing ', name: '李明', password } },
  });
  expect(me).toMatchObject({
    loginName: 'liming',
    name: '李明',
    organisation: { name: organisation.name, uscc: organisation.uscc, state: 'active', declaredAt: null },
    roles: ['bidder', 'administrator'],
    certificates: [],
    mustChangePassword: false,
  });
  expect(me.scopes).toContain('bid:submit');
  expect(await client.call(readMe)).toEqual(me);
  expect(
    (await entriesOf('party.register')).some((leaf) => leaf.includes(organisation.uscc) && !leaf.includes('李明')),
  ).toBe(true);
});

test('a purchaser waits for review, and until then may see to its own affairs only', async () => {
  const { me, client } = await signedUp(house, 'purchaser');
  expect(await me()).toMatchObject({
    organisation: { state: 'pending' },
    scopes: expect.not.arrayContaining(['tender:compose']),
  });
  expect((await me()).scopes).toContain('organisation:profile');
  expect(
    await client.refused(foundOrganisation, {
      body: {
        kinds: ['supervisor'],
        organisation: anOrganisation(),
        person: { login: aLogin(), name: '甲', password },
      },
    }),
  ).toEqual(['auth.not-allowed']);
});

test('refuses a taken name, a taken code, a false code, an unknown place, a weak password', async () => {
  const organisation = anOrganisation();
  const person = { login: aLogin(), name: '李明', password };
  await house.visitor().call(signUp, { body: { kind: 'bidder', organisation, person } });
  const refused = (over: object, who: object = {}) =>
    house.visitor().refused(signUp, {
      body: {
        kind: 'bidder',
        organisation: { ...anOrganisation(), ...over },
        person: { ...person, login: aLogin(), ...who },
      },
    });
  expect(await refused({}, { login: person.login })).toEqual(['login.taken']);
  expect(await refused({ uscc: organisation.uscc })).toEqual(['organisation.already-registered']);
  expect(await refused({ uscc: '91370211780374731N' })).toEqual(['request.malformed']);
  expect(await refused({ regionCode: '379999' })).toEqual(['region.unknown']);
  expect(await refused({}, { password: 'short' })).toEqual(['password.too-short']);
  expect(await refused({}, { password: 'password123456' })).toEqual(['password.too-common']);
  expect(await house.visitor().refused(signIn, { body: { login: 'somebody-not-created', password } })).toEqual([
    'sign-in.wrong',
  ]);
});

test('a refused sign-up leaves nobody behind', async () => {
  const taken = anOrganisation();
  await house
    .visitor()
    .call(signUp, { body: { kind: 'bidder', organisation: taken, person: { login: aLogin(), name: '甲', password } } });
  const login = aLogin();
  await house
    .visitor()
    .refused(signUp, { body: { kind: 'bidder', organisation: taken, person: { login, name: '乙', password } } });
  expect(await house.house.fork().count(Person, { login })).toBe(0);
});

test('a wrong password and an unknown name get the same answer, in about the same time', async () => {
  await forgetAttempts();
  const login = aLogin();
  await signedUp(house, 'bidder', { login });
  const timed = async (body: { login: string; password: string }) => {
    const start = performance.now();
    const response = await house.visitor().fetch('/api/identity/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { text: await response.text(), status: response.status, took: performance.now() - start };
  };
  await timed({ login: aLogin(), password: 'warm up the dummy' });
  const took = { wrong: Infinity, unknown: Infinity };
  // The shortest of a few: whatever else the machine does only adds.
  for (let turn = 0; turn < 3; turn += 1) {
    const wrong = await timed({ login, password: 'not the password' });
    const unknown = await timed({ login: aLogin(), password: 'not the password' });
    expect([wrong.text, wrong.status]).toEqual([unknown.text, unknown.status]);
    took.wrong = Math.min(took.wrong, wrong.took);
    took.unknown = Math.min(took.unknown, unknown.took);
  }
  // Without the spare hash the unknown name would be answered at once: argon2id takes tens of milliseconds.
  expect(took.unknown).toBeGreaterThan(took.wrong / 4);
});

test('after five wrong passwords even the right one is refused, for this name at this address only, and real time heals', async () => {
  await forgetAttempts();
  const [login, other] = [aLogin(), aLogin()];
  await signedUp(house, 'bidder', { login });
  await signedUp(house, 'bidder', { login: other });
  for (let turn = 0; turn < 5; turn += 1)
    expect(await house.visitor().refused(signIn, { body: { login, password: `wrong ${turn}` } })).toEqual([
      'sign-in.wrong',
    ]);
  expect(await house.visitor().refused(signIn, { body: { login, password } })).toEqual(['sign-in.locked']);
  await house.visitor().call(signIn, { body: { login: other, password } });
  // Turning the business clock must not open the door.
  const now = house.clock.now();
  house.clock.set(new Date(now.getTime() + 86_400_000));
  expect(await house.visitor().refused(signIn, { body: { login, password } })).toEqual(['sign-in.locked']);
  house.clock.set(now);
  await house.house.fork().nativeUpdate(SignInAttempt, {}, { at: new Date(Date.now() - 15 * 60_000 - 1000) });
  await house.visitor().call(signIn, { body: { login, password } });
});

test('many guesses at once get no further than one after the other', async () => {
  await forgetAttempts();
  const login = aLogin();
  await signedUp(house, 'bidder', { login });
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, turn) =>
      house.visitor().refused(signIn, { body: { login, password: `wrong ${turn}` } }),
    ),
  );
  expect(answers.filter(([code]) => code === 'sign-in.wrong').length).toBeLessThanOrEqual(5);
  await forgetAttempts();
});

test('whoever fills the register by machine is stopped', async () => {
  await forgetAttempts();
  const em = house.house.fork();
  for (let turn = 0; turn < 100; turn += 1)
    await em.insert(SignInAttempt, {
      id: `00000000-0000-7000-8000-${String(turn).padStart(12, '0')}`,
      name: 'sign-up',
      address: '127.0.0.1',
      at: new Date(),
    });
  expect(
    await house.visitor().refused(signUp, {
      body: { kind: 'bidder', organisation: anOrganisation(), person: { login: aLogin(), name: '甲', password } },
    }),
  ).toEqual(['sign-in.locked']);
  await forgetAttempts();
});

test('the cookie is closed to scripts and other sites, and the database holds no token', async () => {
  await forgetAttempts();
  const login = aLogin();
  await signedUp(house, 'bidder', { login });
  const response = await house.visitor().fetch('/api/identity/sign-in', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ login, password }),
  });
  const [cookie = ''] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^xinbiao=[0-9a-f]{64}; path=\/; .*samesite=lax; httponly/i);
  const token = /[0-9a-f]{64}/.exec(cookie)?.[0] ?? '';
  const sessions = await house.house.fork().find(Session, {});
  expect(sessions.some((session) => JSON.stringify(session).includes(token))).toBe(false);
});

test('signs out here, ends one elsewhere, ends all', async () => {
  await forgetAttempts();
  const login = aLogin();
  const { client } = await signedUp(house, 'bidder', { login });
  const [phone, office] = [house.visitor(), house.visitor()];
  for (const one of [phone, office]) await one.call(signIn, { body: { login, password } });
  const rows = (await client.call(listSessions)).rows;
  expect([rows.length, rows.filter(({ current }) => current).length]).toEqual([3, 1]);

  await phone.call(signOut);
  expect(await phone.refused(readMe)).toEqual(['auth.not-signed-in']);
  const left = (await client.call(listSessions)).rows.find(({ current }) => !current);
  await client.call(endSession, { params: { sessionId: left?.id ?? '' } });
  expect(await office.refused(readMe)).toEqual(['auth.not-signed-in']);
  const stranger = await signedUp(house);
  const own = (await client.call(listSessions)).rows[0]?.id ?? '';
  expect(await stranger.client.refused(endSession, { params: { sessionId: own } })).toEqual(['session.unknown']);
  expect(await client.call(signOutEverywhere)).toEqual({ ended: 1 });
  expect(await client.refused(readMe)).toEqual(['auth.not-signed-in']);
  await client.call(signOut);
});

test('a session ends in real time, idle or old, however the business clock stands', async () => {
  const { client, me } = await signedUp(house);
  const { id } = await me();
  const turn = (field: 'seenAt' | 'startedAt', by: number) =>
    house.house.fork().nativeUpdate(Session, { personId: id }, { [field]: new Date(Date.now() - by) });
  house.clock.set('2026-12-24T01:00:00.000Z');
  await client.call(readMe);
  house.clock.set('2026-11-02T01:00:00.000Z');
  await turn('seenAt', sessionIdle - 5000);
  await client.call(readMe);
  await turn('seenAt', sessionIdle);
  expect(await client.refused(readMe)).toEqual(['auth.not-signed-in']);
  await turn('seenAt', 0);
  await turn('startedAt', sessionLongest);
  expect(await client.refused(readMe)).toEqual(['auth.not-signed-in']);
});

test('changes the password, keeps this session and ends the others', async () => {
  await forgetAttempts();
  const login = aLogin();
  const { client } = await signedUp(house, 'bidder', { login });
  const elsewhere = house.visitor();
  await elsewhere.call(signIn, { body: { login, password } });
  const change = (current: string, next: string) =>
    client.refused(changePassword, { body: { current, password: next } });
  expect(await change('not the password', 'another long sentence')).toEqual(['password.wrong']);
  expect(await change(password, 'short')).toEqual(['password.too-short']);
  expect(await change(password, `${login}1234567890`)).toEqual(['password.too-common']);
  expect(await change(password, password)).toEqual(['password.unchanged']);
  await client.call(changePassword, { body: { current: password, password: 'another long sentence' } });
  await client.call(readMe);
  expect(await elsewhere.refused(readMe)).toEqual(['auth.not-signed-in']);
  expect(await house.visitor().refused(signIn, { body: { login, password } })).toEqual(['sign-in.wrong']);
  for (let turn = 0; turn < 5; turn += 1) await change('wrong', 'another long sentence');
  expect(await change('another long sentence', 'a third long sentence')).toEqual(['sign-in.locked']);
  await forgetAttempts();
});

test('a colleague gets a password shown once and may do nothing before changing it', async () => {
  await forgetAttempts();
  const boss = await signedUp(house);
  const login = aLogin();
  soon();
  const { seat, firstPassword } = await boss.client.call(addSeat, { body: { login, name: '王芳', roles: ['bidder'] } });
  expect(seat).toMatchObject({ name: '王芳', roles: ['bidder'], state: 'active' });
  const colleague = house.visitor();
  expect(await colleague.call(signIn, { body: { login, password: firstPassword ?? '' } })).toMatchObject({
    mustChangePassword: true,
    scopes: [],
  });
  expect(
    await colleague.refused(requestCertificates, { body: { signing: 'aa', encryptionSpki: 'aa', binding: 'aa' } }),
  ).toEqual(['auth.not-allowed']);
  await colleague.call(changePassword, { body: { current: firstPassword ?? '', password } });
  expect((await colleague.call(readMe)).scopes).toContain('bid:submit');
  expect(await colleague.refused(listSeats)).toEqual(['auth.not-allowed']);
  expect((await boss.client.call(listSeats)).rows.map(({ name }) => name)).toEqual(['李明', '王芳']);
});

test('refuses roles that the organisation does not open, a second seat, seats of others, and the last administrator’s end', async () => {
  const [boss, stranger] = [await signedUp(house), await signedUp(house)];
  const login = aLogin();
  const { seat } = await boss.client.call(addSeat, { body: { login, name: '王芳', roles: ['bidder'] } });
  const add = (body: { login: string; name: string; roles: ['supervisor'] | ['bidder'] }) =>
    boss.client.refused(addSeat, { body });
  expect(await add({ login: aLogin(), name: '乙', roles: ['supervisor'] })).toEqual(['seat.role-not-open']);
  expect(await add({ login, name: '王芳', roles: ['bidder'] })).toEqual(['seat.already-there']);
  expect(await boss.client.refused(changeSeat, { params: { seatId: seat.id }, body: { roles: ['operator'] } })).toEqual(
    ['seat.role-not-open'],
  );
  expect(
    await stranger.client.refused(changeSeat, { params: { seatId: seat.id }, body: { state: 'disabled' } }),
  ).toEqual(['seat.unknown']);
  const own = (await boss.me()).seatId;
  expect(await boss.client.refused(changeSeat, { params: { seatId: own }, body: { roles: ['bidder'] } })).toEqual([
    'seat.last-administrator',
  ]);
  expect(await boss.client.refused(changeSeat, { params: { seatId: own }, body: { state: 'disabled' } })).toEqual([
    'seat.last-administrator',
  ]);
  await boss.client.call(changeSeat, { params: { seatId: seat.id }, body: { roles: ['bidder', 'administrator'] } });
  await boss.client.call(changeSeat, { params: { seatId: own }, body: { roles: ['bidder'] } });
  expect((await boss.me()).roles).toEqual(['bidder']);
});

test('somebody known is invited, joins by taking the seat, and is out at once when the seat is disabled', async () => {
  await forgetAttempts();
  const login = aLogin();
  const [boss, guest] = [await signedUp(house), await signedUp(house, 'bidder', { login, name: '赵敏' })];
  const home = (await guest.me()).seatId;
  soon();
  const { seat, firstPassword } = await boss.client.call(addSeat, { body: { login, name: '随便', roles: ['bidder'] } });
  expect([firstPassword, seat.state, seat.name]).toEqual([null, 'invited', '赵敏']);
  // An invitation that nobody accepted gives no seat, even when the inviter says so.
  await boss.client.call(changeSeat, { params: { seatId: seat.id }, body: { state: 'active' } });
  expect((await guest.me()).seats.map(({ state }) => state)).toEqual(['active', 'invited']);
  const stranger = await signedUp(house);
  expect(await stranger.client.refused(switchSeat, { body: { seatId: seat.id } })).toEqual(['seat.not-yours']);
  expect(await guest.client.call(switchSeat, { body: { seatId: seat.id } })).toMatchObject({
    seatId: seat.id,
    organisation: { id: (await boss.me()).organisation?.id },
  });
  await boss.client.call(changeSeat, { params: { seatId: seat.id }, body: { state: 'disabled' } });
  expect(await guest.client.refused(readMe)).toEqual(['auth.not-signed-in']);
  expect(await guest.client.call(signIn, { body: { login, password } })).toMatchObject({ seatId: home });
  expect(await guest.client.refused(switchSeat, { body: { seatId: seat.id } })).toEqual(['seat.not-yours']);
});

test('the operator founds a supervisor, whose first password holds for one sign-in', async () => {
  await forgetAttempts();
  const operator = await anOperator(house);
  const login = aLogin();
  const organisation = anOrganisation({ name: '青澜市财政局' });
  const found = (who: object = {}, what: object = {}) => ({
    body: {
      kinds: ['supervisor' as const],
      organisation: { ...organisation, ...what },
      person: { login, name: '郑重', password, ...who },
    },
  });
  expect(await operator.client.refused(foundOrganisation, found({ password: 'short' }))).toEqual([
    'password.too-short',
  ]);
  await operator.client.call(foundOrganisation, found());
  expect(await operator.client.refused(foundOrganisation, found({ login: aLogin() }))).toEqual([
    'organisation.already-registered',
  ]);
  expect(await operator.client.refused(foundOrganisation, found({}, { uscc: aUscc() }))).toEqual(['login.taken']);
  expect(
    await operator.client.refused(
      foundOrganisation,
      found({ login: aLogin() }, { uscc: aUscc(), regionCode: '999999' }),
    ),
  ).toEqual(['region.unknown']);
  const client = house.visitor();
  expect(await client.call(signIn, { body: { login, password } })).toMatchObject({
    mustChangePassword: true,
    organisation: { state: 'active' },
  });
});

test('the demonstration authority certifies the registered party, whatever the request claims', async () => {
  const { client, me } = await signedUp(house, 'bidder', { name: '李明' });
  const [signing, encryption] = [
    await generateSigningPair({ extractable: false }),
    await generateEncryptionPair({ extractable: false }),
  ];
  const request = await makeCertificateRequest({
    subject: { commonName: '市长', organisation: '青澜市人民政府', uscc: '91370211780374731M' },
    signing,
    encryption,
  });
  const pair = await client.call(requestCertificates, { body: request });
  const { organisation, seatId } = await me();
  expect(pair.signing).toMatchObject({
    seatId,
    holder: '李明',
    subject: { commonName: '李明', organisation: organisation?.name, uscc: organisation?.uscc },
    demonstration: true,
    state: 'active',
  });
  expect(pair.encryption.subject).toEqual(pair.signing.subject);
  const roots = pair.chain.map(fromHex);
  const at = house.clock.now();
  expect(await checkCertificate({ certificate: fromHex(pair.signing.der), usage: 'sign', roots, at })).toBeUndefined();
  expect(
    await checkCertificate({ certificate: fromHex(pair.encryption.der), usage: 'agree', roots, at }),
  ).toBeUndefined();
  expect(
    await checkCertificate({ certificate: fromHex(pair.signing.der), usage: 'sign', roots, at: new Date() }),
  ).toBeUndefined();
  expect((await me()).certificates.map(({ kind, warning }) => [kind, warning])).toEqual([
    ['signing', null],
    ['encryption', null],
  ]);
  expect(
    (await entriesOf('key.pin')).some(
      (leaf) =>
        leaf.includes(pair.signing.fingerprint) && leaf.includes(pair.encryption.fingerprint) && !leaf.includes('李明'),
    ),
  ).toBe(true);
  const em = house.house.fork();
  expect((await encryptionCertificateOf(em, seatId, at))?.fingerprint).toBe(pair.encryption.fingerprint);
  expect((await signingCertificateOf(em, pair.signing.fingerprint))?.seatId).toBe(seatId);
});

test('refuses requests that cannot be read, whose keys are not held or not vouched for', async () => {
  const { client } = await signedUp(house);
  const make = async () =>
    makeCertificateRequest({
      subject: { commonName: 'x' },
      signing: await generateSigningPair({ extractable: false }),
      encryption: await generateEncryptionPair({ extractable: false }),
    });
  const [one, two] = [await make(), await make()];
  const refused = (body: typeof one) => client.refused(requestCertificates, { body });
  expect(await refused({ ...one, signing: 'abcd' })).toEqual(['request.unreadable']);
  expect(await refused({ ...one, encryptionSpki: two.encryptionSpki })).toEqual(['request.invalid-binding']);
  const flipped = fromHex(one.signing);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  expect(await refused({ ...one, signing: toHex(flipped) })).toEqual(['request.invalid-signature']);
  const weak = await crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' },
    false,
    ['sign', 'verify'],
  );
  expect(
    await refused(
      await makeCertificateRequest({
        subject: { commonName: 'x' },
        signing: weak,
        encryption: await generateEncryptionPair({ extractable: false }),
      }),
    ),
  ).toEqual(['request.weak-key']);
});

/** A pair of the configured authority, and how its holder signs. */
async function pairOf(subject: CertificateSubject, given: { notAfter?: string; by?: typeof authority } = {}) {
  const [signing, encryption] = [
    await generateSigningPair({ extractable: false }),
    await generateEncryptionPair({ extractable: false }),
  ];
  const request = await makeCertificateRequest({ subject, signing, encryption });
  const serial = () => `4a${toHex(crypto.getRandomValues(new Uint8Array(12)))}`;
  const pair = await issueCertificates({
    authority: given.by ?? authority,
    request,
    subject,
    serials: { signing: serial(), encryption: serial() },
    notBefore: new Date('2026-01-01T00:00:00.000Z'),
    notAfter: new Date(given.notAfter ?? '2029-01-01T00:00:00.000Z'),
  });
  const fingerprints = {
    signing: new X509Certificate(pair.signing).fingerprint256.replaceAll(':', '').toLowerCase(),
    encryption: new X509Certificate(pair.encryption).fingerprint256.replaceAll(':', '').toLowerCase(),
  };
  const sign = async (act: object) => ({
    act: canonical(act),
    signature: toHex(
      await signDetached({
        content: bytesOf(canonical(act)),
        certificate: pair.signing,
        privateKey: signing.privateKey,
      }),
    ),
  });
  return { body: { signing: toHex(pair.signing), encryption: toHex(pair.encryption) }, fingerprints, sign };
}
const subjectOf = async (party: Party): Promise<CertificateSubject> => {
  const { name, organisation } = await party.me();
  return { commonName: name, organisation: organisation?.name ?? '', uscc: organisation?.uscc ?? '' };
};

test('registers a pair of a trusted authority whose key has signed for it', async () => {
  const party = await signedUp(house);
  const pair = await pairOf(await subjectOf(party));
  const pinned = await party.client.call(pinCertificates, {
    body: { ...pair.body, ...(await pair.sign(pinAct(await party.by(), pair.fingerprints))) },
  });
  expect(pinned.signing).toMatchObject({
    fingerprint: pair.fingerprints.signing,
    demonstration: false,
    state: 'active',
  });
  expect(await party.client.call(declare, { body: await pair.sign(declareAct(await party.by())) })).toEqual({
    declaredAt: house.clock.now().toISOString(),
  });
  expect((await party.me()).organisation?.declaredAt).toBe(house.clock.now().toISOString());
  const again = { ...pair.body, ...(await pair.sign(pinAct(await party.by(), pair.fingerprints))) };
  expect(await party.client.refused(pinCertificates, { body: again })).toEqual(['certificate.already-pinned']);
});

test('refuses a pair that is unreadable, of another party, of a stranger’s authority, expired, swapped, or without proof', async () => {
  const party = await signedUp(house);
  const by = await party.by();
  const subject = await subjectOf(party);
  const pair = await pairOf(subject);
  const proof = await pair.sign(pinAct(by, pair.fingerprints));
  const refused = (over: object) =>
    party.client.refused(pinCertificates, { body: { ...pair.body, ...proof, ...over } });
  expect(await refused({ signing: 'abcd' })).toEqual(['certificate.malformed']);
  expect(await refused({ signing: pair.body.encryption, encryption: pair.body.signing })).toEqual([
    'certificate.wrong-usage',
  ]);
  expect(await refused({ act: proof.act.replace('key.pin', 'key.own') })).toEqual(['act.not-what-is-decided']);
  expect(await refused({ act: ` ${proof.act}` })).toEqual(['act.malformed']);
  expect(await refused({ signature: 'abcd' })).toEqual(['signature.malformed']);
  expect(await refused(await pair.sign({ ...pinAct(by, pair.fingerprints), extra: 1 }))).toEqual([
    'act.not-what-is-decided',
  ]);
  expect(await refused({ signature: (await pair.sign({ other: 'content' })).signature })).toEqual([
    'signature.wrong-content',
  ]);

  const refusedPair = async (other: Awaited<ReturnType<typeof pairOf>>, signer = other) =>
    party.client.refused(pinCertificates, {
      body: { ...other.body, ...(await signer.sign(pinAct(by, other.fingerprints))) },
    });
  expect(await refusedPair(pair, await pairOf(subject))).toEqual(['certificate.not-of-this-seat']);
  expect(await refusedPair(await pairOf({ ...subject, uscc: aUscc() }))).toEqual(['certificate.other-party']);
  expect(
    await refusedPair(
      await pairOf(subject, {
        by: await createAuthority({ name: '青澜市电子认证中心', at: new Date('2020-01-01T00:00:00.000Z'), years: 30 }),
      }),
    ),
  ).toEqual(['certificate.untrusted']);
  expect(await refusedPair(await pairOf(subject, { notAfter: '2026-10-01T00:00:00.000Z' }))).toEqual([
    'certificate.expired',
  ]);
  expect((await party.me()).certificates).toEqual([]);
});

/** Checks an act of a party as a later stage would, straight through the service. */
async function judged(
  party: Party,
  signed: { act: string; signature: string },
  expected: object,
  now = house.clock.now(),
) {
  const em = house.house.fork();
  const at = await seatOf(em, (await party.me()).seatId);
  if (!at) throw new Error('no seat');
  const actor = actorAt(at.person, at.seat, at.organisation);
  return checkAct({ house: house.house, em, actor, now, ...signed, expect: expected }).then(
    ({ certificateSha256 }) => [certificateSha256],
    (fault: { reasons?: { code: string }[] }) => (fault.reasons ?? []).map(({ code }) => code),
  );
}

test('an act counts when its signer’s own seat signed exactly what is being decided', async () => {
  const [party, colleague] = [await aBidder(house), await aBidder(house)];
  const act = makeAct('tender.publish', await party.by(), { title: '档案数字化服务' });
  const signed = await party.sign(act);
  const [row] = (await party.client.call(listCertificates)).rows.filter(({ kind }) => kind === 'signing');
  expect(await judged(party, signed, act)).toEqual([row?.fingerprint]);
  expect(await judged(party, signed, { ...act, title: '档案数字化服务（变更）' })).toEqual(['act.not-what-is-decided']);
  expect(await judged(party, { ...signed, act: `${signed.act}\n` }, act)).toEqual(['act.malformed']);
  expect(await judged(party, { ...signed, signature: 'abcd' }, act)).toEqual(['signature.malformed']);
  expect(await judged(party, { act: signed.act, signature: (await party.sign({ x: 1 })).signature }, act)).toEqual([
    'signature.wrong-content',
  ]);
  expect(await judged(party, await colleague.sign(act), act)).toEqual(['certificate.not-of-this-seat']);
  expect(await judged(party, signed, act, new Date('2035-01-01T00:00:00.000Z'))).toEqual(['certificate.expired']);
  expect(await judged(party, signed, act, new Date('2019-01-01T00:00:00.000Z'))).toEqual(['certificate.not-yet-valid']);
  const flipped = fromHex(signed.signature);
  flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
  expect(await judged(party, { ...signed, signature: toHex(flipped) }, act)).toEqual(['signature.invalid']);
  expect(actorBy({ name: '李明', organisationName: null, uscc: null })).toEqual({
    person: '李明',
    organisation: null,
    uscc: null,
  });
});

test('a certificate for encryption signs nothing that counts', async () => {
  const party = await aBidder(house);
  const act = makeAct('x.y', await party.by(), {});
  if (!party.keys) throw new Error('no keys');
  const certificate = party.keys.encryptionCertificate;
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', party.keys.encryption.privateKey);
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
  ]);
  const signature = toHex(await signDetached({ content: bytesOf(canonical(act)), certificate, privateKey }));
  expect(await judged(party, { act: canonical(act), signature }, act)).toEqual(['certificate.wrong-usage']);
});

test('revokes a pair, signed by its holder; the list names both and nothing signed with it counts any more', async () => {
  const party = await aBidder(house);
  const act = makeAct('tender.publish', await party.by(), { title: '某项目' });
  const signed = await party.sign(act);
  const rows = (await party.client.call(listCertificates)).rows;
  const signing = rows.find(({ kind }) => kind === 'signing');
  const params = { certificateId: signing?.id ?? '' };
  const revoke = revokeAct(await party.by(), { certificate: signing?.fingerprint ?? '', reason: 'keyCompromise' });
  expect(
    await party.client.refused(revokeCertificates, {
      params,
      body: { reason: 'superseded', signed: await party.sign(revoke) },
    }),
  ).toEqual(['act.not-what-is-decided']);
  const answer = await party.client.call(revokeCertificates, {
    params,
    body: { reason: 'keyCompromise', signed: await party.sign(revoke) },
  });
  expect(answer.rows.map(({ state, revokeReason }) => [state, revokeReason])).toEqual([
    ['revoked', 'keyCompromise'],
    ['revoked', 'keyCompromise'],
  ]);
  expect(await judged(party, signed, act)).toEqual(['certificate.revoked']);
  expect(await encryptionCertificateOf(house.house.fork(), (await party.me()).seatId, house.clock.now())).toBeNull();
  expect((await entriesOf('key.revoke')).some((leaf) => leaf.includes(signing?.fingerprint ?? ''))).toBe(true);
  const crl = await house.anybody.call(readCrl);
  const root = (await house.anybody.call(listAuthorities)).rows.find(({ demonstration }) => demonstration);
  for (const row of rows)
    expect(
      await checkCertificate({
        certificate: fromHex(row.der),
        usage: row.kind === 'signing' ? 'sign' : 'agree',
        roots: [fromHex(root?.der ?? '')],
        crls: [crl],
        at: house.clock.now(),
      }),
    ).toBe('certificate.revoked');
  expect(
    await party.client.refused(revokeCertificates, { params, body: { reason: 'keyCompromise', password } }),
  ).toEqual(['certificate.already-revoked']);
});

test('where the key is lost the holder’s or the administrator’s password revokes; nobody else finds the certificate', async () => {
  await forgetAttempts();
  const boss = await signedUp(house);
  const login = aLogin();
  const { firstPassword } = await boss.client.call(addSeat, { body: { login, name: '王芳', roles: ['bidder'] } });
  const client = house.visitor();
  await client.call(signIn, { body: { login, password: firstPassword ?? '' } });
  await client.call(changePassword, { body: { current: firstPassword ?? '', password } });
  const pair = (await (await withKeys(client)).client.call(listCertificates)).rows;
  const params = { certificateId: pair[0]?.id ?? '' };
  const stranger = await signedUp(house);
  expect(
    await stranger.client.refused(revokeCertificates, { params, body: { reason: 'unspecified', password } }),
  ).toEqual(['certificate.unknown']);
  expect(
    await boss.client.refused(revokeCertificates, { params, body: { reason: 'unspecified', password: 'wrong' } }),
  ).toEqual(['password.wrong']);
  expect(
    (await boss.client.call(revokeCertificates, { params, body: { reason: 'affiliationChanged', password } })).rows,
  ).toHaveLength(2);
  const own = await withKeys(client);
  const second = (await own.client.call(listCertificates)).rows.find(({ state }) => state === 'active');
  const mine = { certificateId: second?.id ?? '' };
  for (let turn = 0; turn < 5; turn += 1)
    await client.refused(revokeCertificates, { params: mine, body: { reason: 'unspecified', password: 'wrong' } });
  expect(await client.refused(revokeCertificates, { params: mine, body: { reason: 'unspecified', password } })).toEqual(
    ['sign-in.locked'],
  );
  await forgetAttempts();
  await client.call(revokeCertificates, { params: mine, body: { reason: 'superseded', password } });
  expect((await bareParty(client).me()).certificates).toEqual([]);
});

test('a declaration must be the one that is asked for, signed by the seat', async () => {
  const [party, other] = [await aBidder(house), await aBidder(house)];
  const act = declareAct(await party.by());
  expect(
    await party.client.refused(declare, { body: await party.sign({ ...act, sentences: ['我什么也不保证。'] }) }),
  ).toEqual(['act.not-what-is-decided']);
  expect(await party.client.refused(declare, { body: await other.sign(act) })).toEqual([
    'certificate.not-of-this-seat',
  ]);
  await party.client.call(declare, { body: await party.sign(act) });
  // The declaration names a person: the public log holds its commitment only.
  const [entry] = await house.house
    .fork()
    .find(LedgerEntry, { type: 'party.declare' }, { orderBy: { number: 'desc' } });
  expect([entry?.visibility, entry?.leaf.includes('party.declare')]).toEqual(['commit', false]);
});

test('says which authorities count and which is for demonstration; its key is its owner’s alone', async () => {
  const { rows } = await house.anybody.call(listAuthorities);
  expect(rows.map(({ name, demonstration }) => [name, demonstration])).toEqual([
    ['青澜市电子认证中心', false],
    ['青澜市演示证书机构（不具法律效力）', true],
    ['青澜市国密演示证书机构（不具法律效力）', true],
  ]);
  for (const row of rows)
    expect(new X509Certificate(row.pem).fingerprint256.replaceAll(':', '').toLowerCase()).toBe(row.fingerprint);
  expect(statSync(join(folder, 'keys', 'demonstration-authority.json')).mode & 0o777).toBe(0o600);
  const kept = readFileSync(join(folder, 'keys', 'demonstration-authority.json'), 'utf8');
  expect(kept).toContain(Buffer.from(fromHex(rows[1]?.der ?? '')).toString('base64'));
});

test('production has no demonstration authority, and founds none', async () => {
  const production = await openHouse({ config: { mode: 'production' } });
  try {
    const { client } = await signedUp(production);
    const request = await makeCertificateRequest({
      subject: { commonName: '李明' },
      signing: await generateSigningPair({ extractable: false }),
      encryption: await generateEncryptionPair({ extractable: false }),
    });
    expect(await client.refused(requestCertificates, { body: request })).toEqual(['authority.none']);
    expect(await client.refused(readCrl)).toEqual(['authority.none']);
    expect(await client.call(listAuthorities)).toEqual({ rows: [] });
    expect(existsSync(join(production.folder, 'keys', 'demonstration-authority.json'))).toBe(false);
  } finally {
    await production.close();
  }
});

test('the authority of a demonstration and everybody’s keys survive a restart', async () => {
  const place = mkdtempSync(join(tmpdir(), 'xinbiao-identity-'));
  const server = process.env['XINBIAO_TEST_MARIADB'];
  const again = {
    folder: place,
    ...(server === undefined
      ? {}
      : { database: `${server}/xb_restart_${toHex(crypto.getRandomValues(new Uint8Array(6)))}` }),
  };
  const first = await openHouse(again);
  const party = await aBidder(first);
  const { rows } = await first.anybody.call(listAuthorities);
  const cookie = party.client.cookie();
  await first.close();
  const second = await openHouse(again);
  try {
    expect((await second.anybody.call(listAuthorities)).rows).toEqual(rows);
    const me = await fetch(`${second.url}/api/identity/me`, { headers: { cookie } });
    expect(((await me.json()) as { certificates: unknown[] }).certificates).toHaveLength(2);
  } finally {
    await second.close();
    rmSync(place, { recursive: true, force: true });
  }
});

test('a notary of a founded organisation can be sealed for', async () => {
  const notary = await founded(house, ['notary']);
  const { seatId, scopes } = await notary.me();
  expect(scopes).toContain('opening:release');
  expect((await encryptionCertificateOf(house.house.fork(), seatId, house.clock.now()))?.kind).toBe('encryption');
});

test('nobody who is not signed in gets anywhere but where the door is', async () => {
  for (const endpoint of Object.values(identityEndpoints).filter(({ access }) => access !== 'public')) {
    const response = await house
      .visitor()
      .fetch(`/api${endpoint.path.replace(/:\w+/g, '0198f000-0000-7000-8000-000000000000')}`, {
        method: endpoint.method,
        headers: { 'content-type': 'application/json' },
        ...(endpoint.method === 'GET' ? {} : { body: '{}' }),
      });
    expect([endpoint.path, response.status]).toEqual([endpoint.path, 401]);
  }
});

test('nothing went wrong meanwhile', () => {
  expect(house.faults).toEqual([]);
});
