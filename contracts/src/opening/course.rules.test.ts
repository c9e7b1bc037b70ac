import fc from 'fast-check';
import { expect, test } from 'vitest';
import { courseStep, disputeMinutes, windowsOf, type BidCourse, type CourseFacts } from './course.rules.ts';

const at = (minutes: number): Date => new Date(Date.UTC(2026, 11, 2, 2, minutes));
const groups = [
  { id: 'purchaser', t: 1, members: ['p1', 'p2'] },
  { id: 'independent', t: 1, members: ['i1', 'i2'] },
];
const bid = (manifestHash: string, given: Partial<BidCourse> = {}): BidCourse => ({
  manifestHash,
  groups,
  good: [],
  bad: [],
  recovered: false,
  gate: true,
  disputedUntil: null,
  ...given,
});
/** Closed at minute 0, objections for 10 minutes, officers for 30 more. */
const facts = (minute: number, given: Partial<CourseFacts> = {}): CourseFacts => ({
  now: at(minute),
  ...windowsOf(at(0), { objectionMinutes: 10, releaseMinutes: 30, decryptMinutes: 0 }),
  recoveryUntil: null,
  gateUntil: null,
  round: 1,
  defaulted: false,
  omission: 'none',
  gated: false,
  released: [],
  bids: [bid('m1'), bid('m2')],
  ...given,
});
const opened = { good: ['p1', 'i1'] };
const both = { released: ['p1', 'i1'], bids: [bid('m1', opened), bid('m2', opened)] };
const half = { released: ['p1'], bids: [bid('m1', { good: ['p1'] }), bid('m2', { good: ['p1'] })] };
const missing = [{ group: 'independent', members: ['i1', 'i2'] }];

test('nothing is released while a missing bid can be reported, and nothing at all once one was proven', () => {
  expect(courseStep(facts(9, both))).toMatchObject({ kind: 'wait', phase: 'objecting', until: at(10) });
  expect(courseStep(facts(10, both))).toEqual({ kind: 'open', spoilt: [] });
  expect(courseStep(facts(20, { ...both, omission: 'undecided' }))).toMatchObject({ phase: 'halted', until: null });
  expect(courseStep(facts(20, { ...both, omission: 'decided' }))).toEqual({ kind: 'fail', failure: 'bidOmitted' });
});

test('waits for every group, and says for whom', () => {
  expect(courseStep(facts(20))).toMatchObject({
    phase: 'releasing',
    until: at(40),
    missing: [{ group: 'purchaser', members: ['p1', 'p2'] }, ...missing],
  });
  expect(courseStep(facts(39, half))).toMatchObject({ phase: 'releasing', missing });
});

test('names who did not come, lets bidders open their own, sets the opening anew once, and then gives up', () => {
  expect(courseStep(facts(40, half))).toEqual({ kind: 'default', missing, recovery: true });
  const named = { ...half, defaulted: true, recoveryUntil: at(70) };
  expect(courseStep(facts(69, named))).toMatchObject({ phase: 'recovering', until: at(70), missing });
  expect(courseStep(facts(70, named))).toEqual({ kind: 'reschedule' });
  expect(courseStep(facts(70, { ...named, round: 2 }))).toEqual({ kind: 'fail', failure: 'officersAbsent' });
  const recovered = half.bids.map((one) => ({ ...one, recovered: true }));
  expect(courseStep(facts(50, { ...named, bids: recovered }))).toEqual({ kind: 'open', spoilt: [] });
  expect(courseStep(facts(50, { ...named, bids: [recovered[0]!, half.bids[1]!] }))).toMatchObject({ kind: 'wait' });
  expect(courseStep(facts(55, { ...named, ...both }))).toEqual({ kind: 'open', spoilt: [] });
});

test('a bid that one officer cannot read waits for the group’s others until their time is over, and is then its bidder’s', () => {
  const bids = [bid('m1', opened), bid('m2', { good: ['i1'], bad: ['p1'] })];
  const given = { released: ['p1', 'i1'], bids };
  const absent = [{ group: 'purchaser', members: ['p2'] }];
  expect(courseStep(facts(20, given))).toMatchObject({ phase: 'releasing', missing: absent });
  expect(courseStep(facts(40, given))).toEqual({ kind: 'default', missing: absent, recovery: false });
  expect(courseStep(facts(40, { ...given, defaulted: true }))).toEqual({ kind: 'open', spoilt: ['m2'] });
  const helped = [bids[0]!, bid('m2', { good: ['i1', 'p2'], bad: ['p1'] })];
  expect(courseStep(facts(20, { released: ['p1', 'p2', 'i1'], bids: helped }))).toEqual({ kind: 'open', spoilt: [] });
});

test('a dispute is waited for only where the bid does not open without it', () => {
  const disputedUntil = at(20 + disputeMinutes);
  const released = ['p1', 'p2', 'i1'];
  const spoilt = bid('m2', { good: ['i1'], bad: ['p1', 'p2'], disputedUntil });
  expect(courseStep(facts(25, { released, bids: [bid('m1', opened), spoilt] }))).toMatchObject({
    phase: 'releasing',
    until: disputedUntil,
  });
  expect(courseStep(facts(50, { released, bids: [bid('m1', opened), spoilt] }))).toEqual({
    kind: 'open',
    spoilt: ['m2'],
  });
  const whole = bid('m2', { good: ['i1', 'p2'], bad: ['p1'], disputedUntil });
  expect(courseStep(facts(25, { released, bids: [bid('m1', opened), whole] }))).toEqual({ kind: 'open', spoilt: [] });
});

test('what an officer complained of before the close is settled whether the bid would open or not, and decides', () => {
  const disputedUntil = at(disputeMinutes);
  const released = ['p1', 'p2', 'i1'];
  const early = bid('m2', { good: ['i1', 'p2'], bad: ['p1'], disputedUntil, early: true });
  expect(courseStep(facts(25, { released, bids: [bid('m1', opened), early] }))).toMatchObject({
    kind: 'wait',
    until: disputedUntil,
  });
  const condemned = { disputedUntil: null, condemned: true };
  // Whether the other officer of the group comes or stays away makes no difference.
  for (const one of [
    bid('m2', { good: ['i1', 'p2'], bad: ['p1'], ...condemned }),
    bid('m2', { good: ['i1'], bad: ['p1'], ...condemned }),
    bid('m2', { good: ['i1'], ...condemned }),
  ])
    expect(courseStep(facts(30, { released, bids: [bid('m1', opened), one] }))).toEqual({
      kind: 'open',
      spoilt: ['m2'],
    });
});

test('asks bidders for their own keys once the officers’ are there, and goes on without those who stay away', () => {
  const bids = [bid('m1', { ...opened, gate: false }), bid('m2', { ...opened, gate: true })];
  const gated = { ...both, bids, gated: true };
  expect(courseStep(facts(20, gated))).toEqual({ kind: 'gate' });
  expect(courseStep(facts(49, { ...gated, gateUntil: at(50) }))).toMatchObject({ phase: 'decrypting', until: at(50) });
  expect(courseStep(facts(50, { ...gated, gateUntil: at(50) }))).toEqual({ kind: 'open', spoilt: [] });
  const all = bids.map((one) => ({ ...one, gate: true }));
  expect(courseStep(facts(30, { ...gated, bids: all, gateUntil: at(50) }))).toEqual({ kind: 'open', spoilt: [] });
});

test('bids sealed before an officer was replaced wait for the officers of their own keyring', () => {
  const older = [{ id: 'purchaser', t: 1, members: ['p1'] }, groups[1]!];
  const newer = [{ id: 'purchaser', t: 1, members: ['p2'] }, groups[1]!];
  const bids = [bid('m1', { groups: older, good: ['i1'] }), bid('m2', { groups: newer, good: ['p2', 'i1'] })];
  expect(courseStep(facts(20, { released: ['p2', 'i1'], bids }))).toMatchObject({
    missing: [{ group: 'purchaser', members: ['p1'] }],
  });
  expect(courseStep(facts(40, { released: ['p2', 'i1'], bids }))).toMatchObject({ kind: 'default', recovery: true });
});

test('whatever the facts, waiting never lasts past the moment it waits for, and every course ends', () => {
  const officers = ['p1', 'p2', 'i1', 'i2'];
  fc.assert(
    fc.property(
      fc.subarray(officers),
      fc.array(fc.record({ bad: fc.subarray(officers), recovered: fc.boolean(), gate: fc.boolean() }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.boolean(),
      (released, shapes, gated) => {
        const bids = shapes.map(({ bad, recovered, gate }, at) =>
          bid(`m${at}`, {
            good: released.filter((officer) => !bad.includes(officer)),
            bad: released.filter((officer) => bad.includes(officer)),
            recovered,
            gate,
          }),
        );
        let state = facts(0, { released, bids, gated });
        for (let turn = 0; turn < 30; turn += 1) {
          const step = courseStep(state);
          if (step.kind === 'open' || step.kind === 'fail') {
            // Nobody is spoilt for want of officers: that is never the bidder's fault.
            if (step.kind === 'open')
              for (const hash of step.spoilt) {
                const spoilt = bids.find(({ manifestHash }) => manifestHash === hash)!;
                expect(spoilt.bad.length).toBeGreaterThan(0);
              }
            return;
          }
          if (step.kind === 'wait') {
            expect(step.until!.getTime()).toBeGreaterThan(state.now.getTime());
            state = { ...state, now: step.until! };
          } else if (step.kind === 'default') {
            const later = new Date(state.now.getTime() + 1_800_000);
            state = { ...state, defaulted: true, recoveryUntil: step.recovery ? later : null };
          } else if (step.kind === 'gate') state = { ...state, gateUntil: new Date(state.now.getTime() + 1_800_000) };
          else
            state = {
              ...state,
              round: state.round + 1,
              defaulted: false,
              recoveryUntil: null,
              releaseUntil: new Date(state.now.getTime() + 86_400_000),
            };
        }
        throw new Error('no end');
      },
    ),
    { numRuns: 500 },
  );
});
