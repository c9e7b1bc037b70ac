import type { EntityManager } from '@mikro-orm/core';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openHouse, type TestHouse } from '../../test/house.ts';

const onServer = process.env['XINBIAO_TEST_MARIADB'] !== undefined;
let house: TestHouse;

beforeAll(async () => {
  house = await openHouse();
  if (!onServer) return;
  await connection().execute('create table conflicting (id int primary key, mark varchar(9) not null)');
});
afterAll(() => house.close());

/** Within the transaction, in the words of the database. */
const run = (tx: EntityManager, sql: string) => connection().execute(sql, [], 'run', tx.getTransactionContext());
const connection = () => house.database.orm.em.getConnection();
const marks = async (): Promise<string[]> =>
  ((await connection().execute('select mark from conflicting order by id')) as { mark: string }[]).map(
    ({ mark }) => mark,
  );

beforeEach(async () => {
  if (onServer) await connection().execute("replace into conflicting values (1, ''), (2, ''), (3, ''), (4, '')");
});

/** Takes rows 2, 3 and 4 first, more than the other side has, so that the server gives that one up; row 1 last. */
const heavier = (meanwhile: () => unknown) =>
  house.house.fork().transactional(async (tx) => {
    for (const id of [2, 3, 4]) await run(tx, `update conflicting set mark = 'first' where id = ${id}`);
    meanwhile();
    await pause(300);
    await run(tx, "update conflicting set mark = 'first' where id = 1");
  });

test.skipIf(!onServer)('a lone statement that a server gives up in a conflict is tried again', async () => {
  let lone: Promise<unknown> | undefined;
  await heavier(() => {
    lone = connection().execute("update conflicting set mark = 'second' where id in (1, 2)");
  });
  await lone;
  expect(await marks()).toEqual(['second', 'second', 'first', 'first']);
});

test.skipIf(!onServer)('one within a transaction is left to whoever began it', async () => {
  let begun = 0;
  let other: Promise<unknown> = Promise.resolve();
  await heavier(() => {
    other = house.house.fork().transactional(async (tx) => {
      begun += 1;
      await run(tx, "update conflicting set mark = 'second' where id in (1, 2)");
    });
    other.catch(() => undefined);
  });
  await expect(other).rejects.toMatchObject({ errno: 1213 });
  expect([begun, await marks()]).toEqual([1, ['first', 'first', 'first', 'first']]);
});
