import { addTime, instantOf } from '@xinbiao/contracts/kernel';
import { readStatus } from '@xinbiao/contracts/publication';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../../test/house.ts';
import { aStaff, aTender } from '../../test/tender.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('says that it is well, and that its log has no witness', async () => {
  expect(await house.anybody.call(readStatus)).toMatchObject({ state: 'ok', notes: ['no-witnesses'] });
});

test('says that its clock is late while a tender is past its deadline and not closed, and no longer', async () => {
  const { content } = await aTender(house, await aStaff(house));
  house.clock.set(addTime(instantOf(content.deadline), 61_000));
  expect(await house.anybody.call(readStatus)).toMatchObject({
    state: 'degraded',
    notes: ['no-witnesses', 'clock-late'],
  });
  await house.tick();
  expect(await house.anybody.call(readStatus)).toMatchObject({ state: 'ok', notes: ['no-witnesses'] });
});
