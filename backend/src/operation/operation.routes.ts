import {
  advanceClock,
  DemoAccount,
  readClientRelease,
  readClock,
  readDemoAccounts,
  readDemoKeys,
  readFile,
  readHouse,
} from '@xinbiao/contracts/house';
import { instantOf, instantText } from '@xinbiao/contracts/kernel';
import { record } from '../ledger/index.ts';
import {
  HouseSetting,
  refuse,
  Router,
  serve,
  StoredFile,
  transact,
  type House,
  type State,
} from '../platform/index.ts';
import { readFile as readBytes } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PublishedRelease } from './release.ts';

export const routes = new Router<State>();

serve(routes, readClientRelease, async ({ em, params, ctx }) => {
  const release = await em.findOne(PublishedRelease, { sha256: params.sha256 });
  if (!release) return refuse('release.unknown');
  ctx.set('cache-control', 'public, max-age=31536000, immutable');
  return release.document;
});

const furthest = 400 * 86_400_000;

serve(routes, readClock, async ({ house }) => ({
  now: instantText(house.clock.now()),
  sandbox: house.clock.sandbox ? { offset: house.clock.offset } : null,
}));

serve(routes, advanceClock, async ({ house, body, actor, now }) => {
  const to = instantOf(body.to);
  if (!house.clock.sandbox) refuse('clock.not-sandbox');
  if (to <= now) refuse('clock.backwards', { field: 'to' });
  if (to.getTime() - now.getTime() > furthest) refuse('clock.too-far', { field: 'to' });
  await turnClock(house, to, actor.personId);
  return { now: instantText(house.clock.now()) };
});

/** Turns the demonstration's clock: written down first, then turned, then everything due happens. */
export async function turnClock(house: House, to: Date, actor: string): Promise<void> {
  const offset = to.getTime() - house.clock.real().getTime();
  await transact(house.fork(), async (tx) => {
    await tx.upsert(HouseSetting, { name: 'clock.offset', value: String(offset) });
    await record(tx, {
      scope: 'house',
      type: 'clock.advance',
      visibility: 'public',
      body: { offset: String(offset) },
      at: to,
      actor,
    });
  });
  house.clock.turnTo(offset);
  await house.wake();
}

serve(routes, readFile, async ({ em, params, actor }) => {
  const file = await em.findOne(StoredFile, { id: params.fileId, ownerPersonId: actor.personId });
  if (!file) return refuse('file.unknown');
  return { id: file.id, name: file.name, size: file.size, sha256: file.sha256 };
});

serve(routes, readHouse, async ({ house }) => ({
  mode: house.config.mode,
  suite: house.config.suite,
  database: house.config.databaseUrl === undefined ? ('sqlite' as const) : ('mariadb' as const),
  city: house.config.cityName,
}));

/** What the demonstration wrote about itself: accounts.json, and a key file per account. Production has no such folder. */
const demoFolder = (house: House): string => join(house.config.folder, 'demo');
const DemoFile = z.array(
  DemoAccount.extend({
    personId: z.string(),
    keyFile: z
      .string()
      .regex(/^[\w-]+\.p12$/)
      .nullable(),
    keyPassword: z.string().nullable(),
  }),
);

async function demoAccounts(house: House): Promise<z.infer<typeof DemoFile>> {
  if (house.config.mode !== 'demo') return [];
  const text = await readBytes(join(demoFolder(house), 'accounts.json'), 'utf8').catch(() => '[]');
  return DemoFile.parse(JSON.parse(text));
}

serve(routes, readDemoAccounts, async ({ house }) => ({ accounts: await demoAccounts(house) }));

serve(routes, readDemoKeys, async ({ house, actor }) => {
  const account = (await demoAccounts(house)).find(({ personId }) => personId === actor.personId);
  if (!account?.keyFile || account.keyPassword === null) return refuse('demo.no-keys');
  return {
    pkcs12: (await readBytes(join(demoFolder(house), account.keyFile))).toString('hex'),
    password: account.keyPassword,
  };
});
