import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rulebook2026 } from '../rulebook/index.ts';
import { aGroup, aKeyring } from '../trust/envelope/example.ts';
import { keyringHash } from '../trust/envelope/keyring.ts';
import { toHex } from '../kernel/bytes.ts';
import {
  changedKeyring,
  changeUntil,
  endingBefore,
  isSoundKeyring,
  judgeAcceptances,
  judgeOfficerChange,
  keyringOfEnvelope,
  provenUntil,
  sealStanding,
  stillOpenable,
  type OfficerChangeFacts,
} from './officer.rules.ts';
import type { NoticeVersion, OfficerChangeBody } from './officer.schema.ts';
import { nextPrecheck, precheckPlan, precheckTimes } from './precheck.rules.ts';
import { hintsOfSealing, judgeSealing } from './sealing.rules.ts';
import { ordinaryOutage, ordinarySealing, type Outage, type Sealing } from './tender.schema.ts';

const day = 86_400_000;
const now = new Date('2026-11-10T01:00:00.000Z');
const deadline = new Date('2026-11-23T01:30:00.000Z');
const purchaser = await aGroup('purchaser', 1, 2);
const independent = await aGroup('independent', 1, 2);
const newcomer = await aGroup('independent', 1, 1);
const keyring = aKeyring([purchaser, independent]);
const certs = (group: typeof purchaser): string[] => group.officers.map(({ certSha256 }) => certSha256);
const [a, b] = certs(purchaser) as [string, string];
const [c, d] = certs(independent) as [string, string];
const [e] = certs(newcomer) as [string];
const incoming = {
  group: 'independent' as const,
  certSha256: e,
  certificate: toHex(newcomer.officers[0]?.certificate ?? new Uint8Array()),
  name: '新任',
  organisation: '公证处',
};

const facts = (over: Partial<OfficerChangeFacts> = {}): OfficerChangeFacts => ({
  now,
  deadline,
  bidding: true,
  keyring,
  rulebook: rulebook2026,
  members: [a, b, c, d].map((certSha256) => ({ certSha256, personId: `p-${certSha256}` })),
  incoming: [
    {
      seatId: 'seat',
      personId: 'newcomer',
      side: 'independent',
      certSha256: e,
      keyUntil: new Date('2028-01-01T00:00:00.000Z'),
      provenUntil: new Date('2027-01-01T00:00:00.000Z'),
    },
  ],
  ...over,
});
const change = (over: Partial<OfficerChangeBody> = {}): OfficerChangeBody => ({
  out: [c],
  in: [{ group: 'independent', seatId: 'seat' }],
  reason: 'keyLost',
  ...over,
});
const codes = (body = change(), over: Partial<OfficerChangeFacts> = {}) =>
  judgeOfficerChange(body, facts(over)).map(({ code, field }) => `${code} ${field ?? ''}`.trim());
const newcomerWith = (over: Partial<OfficerChangeFacts['incoming'][number]>) => ({
  incoming: facts().incoming.map((one) => ({ ...one, ...over })),
});

test('asks every officer for a proof that still stands', () => {
  const officers = [{ seatId: 'one' }, { seatId: 'two' }, { seatId: 'three' }, { seatId: 'four' }];
  const known = [
    { seatId: 'one', provenUntil: new Date(now.getTime() + 1) },
    { seatId: 'two', provenUntil: now },
    { seatId: 'three', provenUntil: null },
  ];
  expect(judgeAcceptances(officers, known, now).map(({ field }) => field)).toEqual([
    'officers.1',
    'officers.2',
    'officers.3',
  ]);
  expect(provenUntil(now).getTime() - now.getTime()).toBe(90 * day);
});

test('takes a sound replacement, and one that only leaves where the group still suffices', () => {
  expect(codes()).toEqual([]);
  expect(codes(change({ in: [] }))).toEqual([]);
});

test('refuses a replacement after the close, and one that leaves bidders no time', () => {
  expect(codes(change(), { now: deadline })).toEqual(['officers.not-bidding']);
  expect(codes(change(), { bidding: false })).toEqual(['officers.not-bidding']);
  const last = changeUntil(deadline, rulebook2026);
  expect(deadline.getTime() - last.getTime()).toBe(3 * day);
  expect(codes(change(), { now: last })).toEqual([]);
  expect(codes(change(), { now: new Date(last.getTime() + 1) })).toEqual(['officers.deadline-too-near']);
});

test('refuses who is not an officer, stands on the other side, is one already, or brings no good key', () => {
  expect(codes(change({ out: ['ff'.repeat(32)] }))).toEqual(['officers.unknown-member out.0']);
  expect(codes(change({ out: [c, c] }))).toEqual(['officers.unknown-member out.1']);
  expect(codes(change({ in: [{ group: 'purchaser', seatId: 'seat' }] }))).toEqual(['tender.officer-not-entitled in.0']);
  expect(codes(change({ in: [{ group: 'independent', seatId: 'nobody' }] }))).toEqual([
    'tender.officer-not-entitled in.0',
  ]);
  expect(codes(change(), newcomerWith({ personId: `p-${d}` }))).toEqual(['tender.officer-twice in.0']);
  expect(codes(change(), newcomerWith({ keyUntil: new Date(deadline.getTime() + 30 * day - 1) }))).toEqual([
    'tender.officer-without-key in.0',
  ]);
  expect(codes(change(), newcomerWith({ keyUntil: null }))).toEqual(['tender.officer-without-key in.0']);
  expect(codes(change(), newcomerWith({ certSha256: c }))).toEqual(['officers.same-key in.0']);
  expect(codes(change(), newcomerWith({ provenUntil: now }))).toEqual(['tender.officer-not-accepted in.0']);
});

test('lets the officer who lost a key come back with a new one', () => {
  expect(codes(change(), newcomerWith({ personId: `p-${c}` }))).toEqual([]);
});

test('refuses to leave a group below its threshold', () => {
  expect(codes(change({ out: [c, d], in: [] }))).toEqual(['tender.officers-missing in']);
});

test('puts who comes in the place of who leaves, and counts x by place', () => {
  const next = changedKeyring(keyring, [c], [incoming]);
  expect(next.groups[1]?.members.map(({ x, certSha256 }) => [x, certSha256])).toEqual([
    [1, e],
    [2, d],
  ]);
  expect(next.groups[0]).toEqual(keyring.groups[0]);
  expect(isSoundKeyring(next, keyring)).toBe(true);
  expect(isSoundKeyring(keyring, keyring)).toBe(false);
  const fewer = changedKeyring(keyring, [c], []);
  expect(fewer.groups[1]?.members.map(({ x, certSha256 }) => [x, certSha256])).toEqual([[1, d]]);
});

const notices = (...versions: readonly { keyring: typeof keyring; gone: readonly string[] }[]): NoticeVersion[] =>
  versions.map(({ keyring: one, gone }, at) => ({
    no: at + 1,
    kind: at === 0 ? 'publish' : 'amend',
    at: now.toISOString(),
    leaf: String(at).repeat(64),
    act: 'aa'.repeat(32),
    keyringHash: keyringHash(one),
    keyring: one,
    gone: [...gone],
  }));
const ctxOf = ({ keyringHash: hash }: NoticeVersion) => ({ keyringHash: hash });

test('an envelope keeps the keyring that it names', () => {
  const next = changedKeyring(keyring, [c], [incoming]);
  const all = notices({ keyring, gone: [] }, { keyring: next, gone: [c] });
  const [first, second] = all as [NoticeVersion, NoticeVersion];
  expect(keyringOfEnvelope(all, ctxOf(first))).toEqual(keyring);
  expect(keyringOfEnvelope(all, ctxOf(second))).toEqual(next);
  expect(keyringOfEnvelope(all, { keyringHash: 'ff'.repeat(32) })).toBeUndefined();
});

test('what was sealed before a replacement should be sealed again, and must be where too few are left', () => {
  const next = changedKeyring(keyring, [c], [incoming]);
  const [first, second] = notices({ keyring, gone: [] }, { keyring: next, gone: [c] }) as [
    NoticeVersion,
    NoticeVersion,
  ];
  expect(sealStanding([first], ctxOf(first))).toBe('current');
  expect(sealStanding([first, second], ctxOf(second))).toBe('current');
  expect(sealStanding([first, second], ctxOf(first))).toBe('should');
  const third = { ...second, keyring: changedKeyring(next, [d], []), gone: [c, d] };
  const last = { ...third, keyringHash: keyringHash(third.keyring), leaf: '3'.repeat(64) };
  expect(sealStanding([first, second, last], ctxOf(first))).toBe('must');
  expect(sealStanding([first, second, last], ctxOf(second))).toBe('should');
  expect(stillOpenable(keyring, [])).toBe(true);
  expect(stillOpenable(keyring, [c, d])).toBe(false);
});

test('names the officers whose certificate ends before the opening', () => {
  const officers = [
    { name: '甲', keyUntil: deadline },
    { name: '乙', keyUntil: new Date(deadline.getTime() - 1) },
  ];
  expect(endingBefore(officers, deadline)).toEqual(['乙']);
});

test('batches come at the same hours before every deadline, daily at first and closer on the last day', () => {
  const published = new Date(deadline.getTime() - 3.5 * day);
  const hours = precheckTimes(published, deadline).map((at) => (deadline.getTime() - at.getTime()) / 3_600_000);
  expect(hours).toEqual([72, 48, 24, ...precheckPlan.lastHours]);
  expect(nextPrecheck(precheckTimes(published, deadline), published)).toEqual(new Date(deadline.getTime() - 3 * day));
  expect(nextPrecheck(precheckTimes(published, deadline), new Date(deadline.getTime() - 3_600_000))).toBeUndefined();
});

test('the hours of batches depend on nothing but publication and deadline, rise, and lie between them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 * day }), (length) => {
      const published = new Date(deadline.getTime() - length);
      const times = precheckTimes(published, deadline).map((at) => at.getTime());
      expect(times).toEqual(times.toSorted((x, y) => x - y));
      expect(times.every((at) => at > published.getTime() && at < deadline.getTime())).toBe(true);
    }),
  );
});

const sealing = (over: Partial<Sealing>, outage: Partial<Outage> = {}) => ({
  sealing: { ...ordinarySealing, ...over },
  outage: { ...ordinaryOutage, ...outage },
});
const found = (given: ReturnType<typeof sealing>) =>
  judgeSealing(given, rulebook2026).map(({ code, field }) => `${code} ${field ?? ''}`);

test('lets bidders decrypt within half an hour to an hour, and nobody where they do not', () => {
  expect(found(sealing({}))).toEqual([]);
  expect(found(sealing({ gate: 'bidder', decryptMinutes: 30 }))).toEqual([]);
  expect(found(sealing({ gate: 'bidder', decryptMinutes: 60 }))).toEqual([]);
  expect(found(sealing({ gate: 'bidder', decryptMinutes: 29 }))).toEqual([
    'tender.decrypt-time sealing.decryptMinutes',
  ]);
  expect(found(sealing({ gate: 'bidder', decryptMinutes: 61 }))).toEqual([
    'tender.decrypt-time sealing.decryptMinutes',
  ]);
  expect(found(sealing({ decryptMinutes: 30 }))).toEqual(['tender.decrypt-without-gate sealing.decryptMinutes']);
});

test('refuses an outage clause that cannot come to pass', () => {
  expect(found(sealing({}, { withinHours: 1, minutes: 61 }))).toEqual(['tender.outage-window outage.minutes']);
  expect(found(sealing({}, { withinHours: 1, minutes: 60 }))).toEqual([]);
  expect(found(sealing({}, { withinHours: 0, minutes: 30, extendHours: 0, redeliverHours: 0 }))).toEqual([]);
});

test('points out what bidders decrypting means, and a tender without remedy', () => {
  const hints = (given: ReturnType<typeof sealing>) => hintsOfSealing(given).map(({ code }) => code);
  expect(hints(sealing({}))).toEqual([]);
  expect(hints(sealing({ gate: 'bidder', decryptMinutes: 30 }))).toEqual([
    'tender.hint-gate-bidder',
    'tender.hint-no-objection-window',
  ]);
  expect(hints(sealing({ gate: 'bidder', decryptMinutes: 30, objectionMinutes: 5 }))).toEqual([
    'tender.hint-gate-bidder',
  ]);
  expect(hints(sealing({}, { extendHours: 0 }))).toEqual(['tender.hint-no-outage-remedy']);
});
