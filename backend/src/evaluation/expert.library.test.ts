import { addSeat } from '@xinbiao/contracts/identity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../../test/house.ts';
import { signedUp } from '../../test/party.ts';
import { usccsOf } from './expert.library.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

test('a company cannot make an expert partial by inviting one who never accepts', async () => {
  const login = 'expert-who-is-wanted-away';
  const [person, bidder] = [await signedUp(house, 'bidder', { login }), await signedUp(house)];
  const me = await person.me();
  await bidder.client.call(addSeat, { body: { login, name: '李明', roles: ['bidder'] } });
  expect(await usccsOf(house.house.fork(), me.id)).toEqual([me.organisation?.uscc]);
});
