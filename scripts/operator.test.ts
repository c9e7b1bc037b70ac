import { signIn } from '@xinbiao/contracts/identity';
import { spawnSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { migrations } from '../backend/migrations/index.ts';
import { LotClose } from '../backend/src/bidding/index.ts';
import { openHouse, type OpenHouse } from '../backend/src/open.ts';
import { configOf, openDatabase } from '../backend/src/platform/index.ts';
import { entities } from '../backend/src/stages.ts';
import { clientAt } from './play/client.ts';

const folder = mkdtempSync(join(tmpdir(), 'xinbiao-operator-'));
const server = process.env['XINBIAO_TEST_MARIADB'];
const env = {
  XINBIAO_MODE: 'production',
  XINBIAO_DATA: folder,
  XINBIAO_PAGES: 'off',
  PORT: '0',
  ...(server === undefined
    ? {}
    : { DATABASE_URL: `${server.replace(/\/$/, '')}/xb_${randomBytes(6).toString('hex')}` }),
};
let opened: OpenHouse | undefined;
afterAll(async () => {
  await opened?.close(async () => {
    if (env.DATABASE_URL !== undefined)
      await opened?.database.orm.em
        .getConnection()
        .execute(`drop database \`${new URL(env.DATABASE_URL).pathname.slice(1)}\``);
  });
  rmSync(folder, { recursive: true, force: true });
});

/** The command as somebody runs it, with the password on standard input. */
const run = (args: readonly string[], input: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/operator.ts', ...args], {
    input,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, text: stdout + stderr };
};
const password = 'a lighthouse keeper sleeps by day';

test('a production instance gets its first operator, whose password was never on a command line', async () => {
  expect(run(['Keeper', '平台运维'], `${password}\n`)).toEqual({
    status: 0,
    text: expect.stringContaining('keeper can sign in'),
  });
  opened = await openHouse(configOf(env));
  const me = await clientAt(opened.url).call(signIn, { body: { login: 'keeper', password } });
  expect([me.name, me.roles, me.organisation]).toEqual(['平台运维', ['operator'], null]);
  await opened.close();
  opened = undefined;
});

test('verify-db compares the tables with the log, and names a row that somebody slipped in', async () => {
  expect(run(['verify-db'], '')).toEqual({
    status: 0,
    text: expect.stringContaining('Every row that the log tells of'),
  });
  const { orm, close } = await openDatabase({
    folder,
    url: env.DATABASE_URL,
    entities,
    migrations,
  });
  const em = orm.em.fork();
  const row = {
    lotId: randomUUID(),
    tenderId: randomUUID(),
    hash: '0'.repeat(64),
    document: '{}',
    leaf: '0'.repeat(64),
    entryId: randomUUID(),
    count: 0,
    closedAt: new Date(0),
  };
  await em.insert(LotClose, row);
  await close();
  expect(run(['verify-db'], '')).toEqual({ status: 2, text: expect.stringContaining(`lot_close ${row.lotId}`) });
});

test('refuses a weak password, a taken name and a call without a name, each with its reason', () => {
  expect(run(['second', '运维'], 'short\n')).toEqual({ status: 1, text: expect.stringMatching(/密码.*\n?/) });
  expect(run(['second', '运维'], '')).toEqual({ status: 2, text: expect.stringContaining('password') });
  expect(run(['keeper', '运维'], `${password}\n`)).toEqual({
    status: 1,
    text: expect.stringMatching(/keeper|登录名|login/i),
  });
  expect(run(['second'], `${password}\n`)).toEqual({ status: 2, text: expect.stringContaining('npm run operator') });
  expect(run(['second', '运维', password], '')).toEqual({ status: 2, text: expect.not.stringContaining(password) });
});
