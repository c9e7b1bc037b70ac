import type { EntityManager } from '@mikro-orm/core';
import { gateUntilFrom, recoveryUntilFrom, releaseUntilAgain, windowsOf } from '@xinbiao/contracts/opening';
import { instantText } from '@xinbiao/contracts/kernel';
import { record } from '../ledger/index.ts';
import { advanceLot, lockLot } from '../tendering/index.ts';
import { transact, type House } from '../platform/index.ts';
import { OpeningCourse } from './course.entity.ts';
import { courseOf, type Course } from './course.queries.ts';

type Moved = 'moved' | 'failed' | undefined;

/**
 * Takes the one step of an opening that is the clock's to take: names who did not come, asks bidders for their own
 * keys, sets the opening anew, or gives it up. What it is, is worked out again under the lot's lock.
 */
export async function takeStep(house: House, lotId: string): Promise<Moved> {
  const now = house.clock.now();
  const moved = await transact(house.fork(), async (tx): Promise<Moved> => {
    const lot = await lockLot(tx, lotId);
    const course = lot.state === 'closed' ? await courseOf(tx, lot, now) : undefined;
    if (!course || course.step.kind === 'wait' || course.step.kind === 'open') return undefined;
    const { step, sealing } = course;
    const row = await rowOf(tx, course);
    const tell = (type: string, body: Readonly<Record<string, unknown>>) =>
      record(tx, { scope: lotId, type, visibility: 'public', body, at: now });
    switch (step.kind) {
      case 'default': {
        const officers = step.missing.flatMap(({ group, members }) => members.map((officer) => ({ group, officer })));
        row.defaultedAt = now;
        row.recoveryUntil = step.recovery ? recoveryUntilFrom(now, sealing) : null;
        row.absent = [...new Set([...row.absent, ...officers.map(({ officer }) => officer)])];
        await tell('open.default', {
          round: row.round,
          officers,
          recoveryUntil: row.recoveryUntil ? instantText(row.recoveryUntil) : null,
        });
        break;
      }
      case 'gate':
        row.gateUntil = gateUntilFrom(now, sealing);
        await tell('open.decrypt', { until: instantText(row.gateUntil) });
        break;
      case 'reschedule':
        row.round += 1;
        row.releaseUntil = releaseUntilAgain(now, sealing);
        row.defaultedAt = null;
        row.recoveryUntil = null;
        await tell('open.reschedule', { round: row.round, until: instantText(row.releaseUntil) });
        break;
      case 'fail':
        await tx.flush();
        await advanceLot(tx, lot, {
          move: 'fail',
          by: 'clock',
          now,
          failure: step.failure,
          facts: { absent: row.absent, omitted: course.omissions.map(({ manifestHash }) => manifestHash) },
        });
        return 'failed';
    }
    await tx.flush();
    return 'moved';
  });
  if (moved) house.hall.tell(lotId, moved, now);
  return moved;
}

/** Fixes the windows of an opening when the clock first looks at it: whoever asks later finds them in one place. */
export const beginCourse = (house: House, lotId: string): Promise<void> =>
  transact(house.fork(), async (tx) => {
    const lot = await lockLot(tx, lotId);
    const course = lot.state === 'closed' ? await courseOf(tx, lot, house.clock.now()) : undefined;
    if (course) await rowOf(tx, course);
  });

async function rowOf(tx: EntityManager, { lot, row, close, sealing }: Course): Promise<OpeningCourse> {
  if (row) return row;
  const born = tx.create(OpeningCourse, {
    lotId: lot.id,
    round: 1,
    ...windowsOf(close.closedAt, sealing),
    defaultedAt: null,
    recoveryUntil: null,
    gateUntil: null,
    absent: [],
    version: 1,
  });
  await tx.flush();
  return born;
}
