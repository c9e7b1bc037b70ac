import { MikroORM, type EntityManager } from '@mikro-orm/core';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { Migrator } from '@mikro-orm/migrations';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { join } from 'node:path';
import { bytesOf, sha256Hex } from '@xinbiao/contracts/trust';
import { Migration20261124000100_ledger } from '../../migrations/Migration20261124000100_ledger.ts';
import { Migration20261125000100_log } from '../../migrations/Migration20261125000100_log.ts';
import { Ledger, ledgerEntities, type LedgerNeeds } from './index.ts';

async function onFile(shared: object, dbName: string): Promise<MikroORM> {
  const orm = await MikroORM.init({ ...shared, driver: SqliteDriver, dbName });
  await orm.em.getConnection().execute('pragma journal_mode = wal');
  await orm.em.getConnection().execute('pragma synchronous = full');
  return orm;
}

async function onServer(shared: object, clientUrl: string, dbName: string): Promise<MikroORM> {
  const orm = await MikroORM.init({
    ...shared,
    driver: MariaDbDriver,
    clientUrl,
    dbName,
    charset: 'utf8mb4',
    collate: 'utf8mb4_bin',
  });
  await orm.schema.ensureDatabase();
  return orm;
}

/** A ledger alone on a database of its own, for the tests that stop, restore and race it. */
export async function openLedgerHouse(folder: string, needs: Partial<LedgerNeeds> = {}) {
  const shared = {
    entities: ledgerEntities,
    extensions: [Migrator],
    migrations: { migrationsList: [Migration20261124000100_ledger, Migration20261125000100_log], snapshot: false },
    logger: () => undefined,
  };
  const url = process.env['XINBIAO_TEST_MARIADB'];
  const orm =
    url === undefined
      ? await onFile(shared, join(folder, 'house.sqlite'))
      : await onServer(shared, url, `ledger_${sha256Hex(bytesOf(folder)).slice(0, 16)}`);
  await orm.migrator.up();
  const fork = (): EntityManager => orm.em.fork();
  const open = () =>
    Ledger.open({
      fork,
      keys: { folder: join(folder, 'keys') },
      publicLog: join(folder, 'public-log'),
      realNow: () => new Date(),
      report: (fault) => {
        throw fault;
      },
      ...needs,
    });
  const ledger = await open().catch(async (fault: unknown) => {
    await orm.close();
    throw fault;
  });
  return {
    orm,
    fork,
    ledger,
    close: async () => {
      await ledger.close();
      await orm.close();
    },
  };
}
