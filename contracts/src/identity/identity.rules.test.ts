import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finalStates, roleNames, unreachableStates } from '../kernel/index.ts';
import {
  attemptLimits,
  certificateLife,
  expiryOf,
  isSessionOpen,
  judgePassword,
  judgeRoles,
  judgeSubject,
  lockedUntil,
  Login,
  makeAct,
  NewOrganisation,
  organisationLife,
  Phone,
  scopesInState,
  sessionEnd,
  sessionIdle,
  sessionLongest,
} from './index.ts';

const now = new Date('2026-11-24T01:30:00.000Z');
const before = (milliseconds: number) => new Date(now.getTime() - milliseconds);
const codes = (verdict: readonly { code: string }[]) => verdict.map(({ code }) => code);

test('every state of an organisation and of a certificate can be reached, and only the last are dead ends', () => {
  expect([unreachableStates(organisationLife), finalStates(organisationLife)]).toEqual([[], ['rejected']]);
  expect([unreachableStates(certificateLife), finalStates(certificateLife)]).toEqual([[], ['revoked']]);
});

test('asks of a password that it be long, and not one that everybody tries', () => {
  const of = (password: string) => codes(judgePassword(password, { login: 'liming' }));
  expect(of('short')).toEqual(['password.too-short']);
  for (const worn of [
    '1234567890',
    'aaaaaaaaaaaa',
    'password123456',
    'liming123456',
    'abcdefghijkl',
    'qwerty123456',
    '5201314woaini',
  ])
    expect([worn, of(worn)]).toEqual([worn, ['password.too-common']]);
  for (const good of ['correct horse battery', '春眠不觉晓处处闻啼鸟', 'k7m2-9qxw-p3fz-t8uv'])
    expect([good, of(good)]).toEqual([good, []]);
});

test('a seat holds roles of its organisation’s kinds only', () => {
  expect(judgeRoles(['bidder', 'administrator'], ['bidder'])).toEqual([]);
  expect(judgeRoles(['supervisor', 'bidder'], ['bidder'])).toMatchObject([
    { code: 'seat.role-not-open', facts: { role: 'supervisor' } },
  ]);
  expect(codes(judgeRoles(['operator'], ['bidder']))).toEqual(['seat.role-not-open']);
  expect(judgeRoles(['expert'], null)).toEqual([]);
  expect(codes(judgeRoles(['administrator'], null))).toEqual(['seat.role-not-open']);
});

test('an organisation that waits or is suspended may see to its own affairs only, a struck one to nothing', () => {
  for (const role of roleNames) {
    for (const state of ['pending', 'suspended'] as const)
      for (const scope of scopesInState([role], state))
        expect(['organisation:manage', 'organisation:profile', 'certificate:hold']).toContain(scope);
    expect(scopesInState([role], 'rejected')).toEqual([]);
  }
  expect(scopesInState(['bidder'], 'active')).toContain('bid:submit');
});

test('a session ends two hours after the last sign of life and twelve hours after its start, whichever is first', () => {
  const open = (startedAgo: number, seenAgo: number) =>
    isSessionOpen({ startedAt: before(startedAgo), seenAt: before(seenAgo), now });
  expect([
    open(sessionIdle, 1),
    open(sessionIdle, sessionIdle),
    open(sessionLongest - 1, 1),
    open(sessionLongest, 1),
  ]).toEqual([true, false, true, false]);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 * sessionLongest }),
      fc.integer({ min: 0, max: sessionLongest }),
      (startedAgo, seenAgo) => {
        fc.pre(seenAgo <= startedAgo);
        const session = { startedAt: before(startedAgo), seenAt: before(seenAgo) };
        expect(isSessionOpen({ ...session, now })).toBe(now < sessionEnd(session));
      },
    ),
  );
});

test('the fifth wrong password in a quarter of an hour is the last, until the first of them is old', () => {
  const { most, within } = attemptLimits.nameAtAddress;
  const times = Array.from({ length: most }, (_, index) => before(within - 1000 * (index + 1)));
  expect(lockedUntil('nameAtAddress', times.slice(1), now)).toBeUndefined();
  expect(lockedUntil('nameAtAddress', times, now)).toEqual(new Date(now.getTime() + 1000));
  expect(lockedUntil('nameAtAddress', times, new Date(now.getTime() + 1000))).toBeUndefined();
});

test('warns of a certificate’s end 90, 30, 15 and 3 days before, and says when it is over', () => {
  const at = (days: number, milliseconds = 0) =>
    expiryOf(new Date(now.getTime() + days * 86_400_000 + milliseconds), now);
  expect([at(90), at(89), at(30), at(29), at(14), at(3), at(2), at(0)].map(({ warning }) => warning)).toEqual([
    null,
    90,
    90,
    30,
    15,
    15,
    3,
    3,
  ]);
  expect(at(0, -1000)).toEqual({ daysLeft: -1, warning: 0 });
  expect(at(2).daysLeft).toBe(2);
});

test('a certificate belongs to the seat whose organisation’s code it names, and to an expert by name', () => {
  const organisation = { name: '青澜市第一医院', uscc: '91370211780374731M' };
  expect(
    judgeSubject(
      { commonName: '公章', organisation: '青澜市第一医院有限', uscc: organisation.uscc },
      { person: '李明', organisation },
    ),
  ).toEqual([]);
  expect(
    codes(judgeSubject({ commonName: '李明', organisation: organisation.name }, { person: '李明', organisation })),
  ).toEqual(['certificate.other-party']);
  expect(judgeSubject({ commonName: '李明' }, { person: '李明', organisation: null })).toEqual([]);
  expect(codes(judgeSubject({ commonName: '李鸣' }, { person: '李明', organisation: null }))).toEqual([
    'certificate.other-party',
  ]);
});

test('particulars cannot take the place of an act’s type, version or actor', () => {
  const by = { person: '李明', organisation: null, uscc: null };
  expect(makeAct('key.pin', by, { type: 'tender.publish', v: 'other', by: 'nobody', signing: 'aa' })).toEqual({
    v: 'xinbiao/act/v1',
    type: 'key.pin',
    by,
    signing: 'aa',
  });
});

test('login names and phone numbers are read as people type them', () => {
  expect(Login.parse(' LiMing＠qinglan.cn ')).toBe('liming@qinglan.cn');
  for (const wrong of ['ab', '李明明', 'a b c', '.abc', 'x'.repeat(65)])
    expect(Login.safeParse(wrong).success).toBe(false);
  expect(Phone.parse('（0532）１２３ 4567-8')).toBe('05321234567-8');
  expect(Phone.safeParse('拨打前台').success).toBe(false);
});

test('a credit code with a wrong check character is no code', () => {
  const filled = {
    name: '青澜市第一医院',
    uscc: '91370211780374731M',
    regionCode: '370202',
    address: '海口路',
    legalRepresentative: '王立',
    contact: '李明',
    phone: '053212345678',
  };
  expect(NewOrganisation.parse({ ...filled, uscc: ' 91370211780374731m' }).uscc).toBe('91370211780374731M');
  expect(NewOrganisation.safeParse({ ...filled, uscc: '91370211780374731N' }).success).toBe(false);
});
