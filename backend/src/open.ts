import type { EntityManager } from '@mikro-orm/core';
import { createServer as createSecureServer } from 'node:https';
import { createServer, type Server } from 'node:http';
import { mkdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { allRefusals } from '@xinbiao/contracts/all';
import { migrations } from '../migrations/index.ts';
import { buildApp } from './app.ts';
import { openLedger, startDecoys, startDisclosing } from './ledger/index.ts';
import {
  Clock,
  HouseSetting,
  openDatabase,
  openStorage,
  randomToken,
  type Config,
  type Database,
  type House,
  type Identify,
} from './platform/index.ts';
import { recordRelease } from './operation/index.ts';
import { entities, furnish } from './stages.ts';
import { Lot } from './tendering/index.ts';
import { beat, startBeating, startComparing } from './timekeeping/index.ts';
import { selfSigned } from './platform/tls.ts';
import { startWaking, wakeToRest } from './waking.ts';
import { join } from 'node:path';

export type OpenHouse = {
  readonly house: House;
  readonly database: Database;
  /** Where it answers, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  /** Stops everything in order; `last` runs when nothing writes any more. */
  readonly close: (last?: () => Promise<unknown>) => Promise<void>;
};

/** Opens a house: database, log, storage, stages, and the door. `quiet` keeps the waking clock for the caller to wind. */
export async function openHouse(
  config: Config,
  given: {
    readonly quiet?: boolean;
    /** Where a new demonstration's clock begins; one that has begun keeps its own. */ readonly beginAt?: Date;
    readonly clock?: Clock;
    readonly identify?: Identify;
    readonly report?: (fault: unknown) => void;
  } = {},
): Promise<OpenHouse> {
  mkdirSync(config.folder, { recursive: true, mode: 0o700 });
  const database = await openDatabase({ folder: config.folder, url: config.databaseUrl, entities, migrations });
  const { orm } = database;
  try {
    const sandbox = config.mode === 'demo';
    const offset = await offsetOf(orm.em.fork(), sandbox ? given.beginAt : undefined);
    if (!sandbox && offset !== 0)
      throw new Error(
        'this database belonged to a demonstration whose clock was turned; production must start from a fresh one',
      );
    const clock = given.clock ?? new Clock({ sandbox, offset });
    const report = (fault: unknown): string => {
      const incident = randomToken(4);
      if (given.report) given.report(fault);
      else process.stderr.write(`${new Date().toISOString()} incident ${incident} ${plain(fault)}\n`);
      return incident;
    };
    const base = {
      config,
      orm,
      clock,
      report,
      refusals: allRefusals,
      storage: await openStorage(join(config.folder, 'files')),
      fork: () => orm.em.fork(),
    };
    const inside: { origin?: string } = {};
    const ledger = await openLedger(base, (em) => slotNow(em, base));
    const house: House = await furnish({ ...base, ledger, inside, wake: () => wakeToRest(house) });
    ledger.sequencer.run();
    await recordRelease(house);
    const callback = (await buildApp(house, given.identify)).callback();
    const server = await listen(config, callback);
    // Pages are rendered by calls to the house itself, which must not fail on a certificate made for its visitors.
    const door = config.tls
      ? await listen({ ...config, tls: undefined, host: '127.0.0.1', port: 0 }, callback)
      : undefined;
    if (door) inside.origin = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
    // How long nobody was there is known before anything that was due happens.
    if (!given.quiet) await beat(house, { starting: true });
    if (!given.quiet) await wakeToRest(house);
    const beating = given.quiet ? undefined : startBeating(house);
    const waking = given.quiet ? undefined : startWaking(house);
    const comparing = given.quiet ? undefined : startComparing(house);
    const hiding = { fork: base.fork, now: () => clock.now(), report };
    const decoys =
      given.quiet || config.logCover === 'off'
        ? undefined
        : config.logCover === 'random'
          ? startDecoys({ ...hiding, perHour: config.decoysPerHour })
          : startDisclosing(hiding);
    const { port } = server.address() as AddressInfo;
    return {
      house,
      database,
      url: `${config.tls ? 'https' : 'http'}://${config.host.includes(':') ? `[${config.host}]` : config.host === '0.0.0.0' ? '127.0.0.1' : config.host}:${port}`,
      close: async (last) => {
        await decoys?.stop();
        await waking?.stop();
        await comparing?.stop();
        await beating?.stop();
        door?.closeAllConnections();
        door?.close();
        server.closeAllConnections();
        await new Promise((done) => {
          server.close(done);
        });
        await ledger.close();
        await last?.();
        await database.close();
      },
    };
  } catch (fault) {
    await database.close();
    throw fault;
  }
}

/** Before and after a deadline the log takes entries in at least once a second, so that whoever bids late sees it happen. */
const near = { before: 3_600_000, after: 300_000, slot: 1000 };

/** How long a slot of the log is now: nothing while no lot takes bids. Deadlines are public, so the pace tells nothing. */
async function slotNow(
  em: EntityManager,
  { config, clock }: Pick<House, 'config' | 'clock'>,
): Promise<number | undefined> {
  const now = clock.now();
  const open = { state: 'bidding' as const };
  const between = { $gt: new Date(now.getTime() - near.after), $lt: new Date(now.getTime() + near.before) };
  if ((await em.count(Lot, { deadline: between })) > 0) return Math.min(near.slot, config.logSlot);
  return (await em.count(Lot, open)) > 0 ? config.logSlot : undefined;
}

/**
 * A fault as the log may have it: what a database says back can hold the values it was given, keys and prices among
 * them, so of its faults only the kind and the place are told.
 */
function plain(fault: unknown): string {
  if (!(fault instanceof Error)) return typeof fault;
  const frames = (fault.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  const { code, errno } = fault as { code?: unknown; errno?: unknown };
  const isDatabase = errno !== undefined || fault.name.endsWith('Exception') || String(code).startsWith('SQLITE');
  return [isDatabase ? `${fault.name} ${String(code ?? '')}` : `${fault.name}: ${fault.message}`, ...frames].join('\n');
}

/** By how much business time is ahead of real time; written down when a demonstration begins in the past. */
async function offsetOf(em: EntityManager, beginAt: Date | undefined): Promise<number> {
  const kept = await em.findOne(HouseSetting, { name: 'clock.offset' });
  if (kept) return Number(kept.value);
  if (!beginAt) return 0;
  const offset = beginAt.getTime() - Date.now();
  await em.insert(HouseSetting, { name: 'clock.offset', value: String(offset) });
  return offset;
}

async function listen(
  config: Config,
  callback: ReturnType<Awaited<ReturnType<typeof buildApp>>['callback']>,
): Promise<Server> {
  const handle = (request: Parameters<typeof callback>[0], response: Parameters<typeof callback>[1]): void =>
    void callback(request, response);
  const files = config.tls === 'self-signed' ? await selfSigned(config.folder, new Date()) : config.tls;
  const server = files
    ? createSecureServer({ cert: readFileSync(files.certificate), key: readFileSync(files.key) }, handle)
    : createServer(handle);
  // Large bids take longer than Node's default of five minutes for one request.
  server.requestTimeout = 0;
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(config.port, config.host, done);
  });
  return server;
}
