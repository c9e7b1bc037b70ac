import { MikroORM, type EntityManager, type Options } from '@mikro-orm/core';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { Migrator } from '@mikro-orm/migrations';
import { SqliteDriver, type AbstractSqlConnection } from '@mikro-orm/sqlite';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export type Database = {
  readonly orm: MikroORM;
  readonly kind: 'sqlite' | 'mariadb';
  readonly close: () => Promise<void>;
};
type Entities = NonNullable<Options['entities']>;
type Migrations = NonNullable<NonNullable<Options['migrations']>['migrationsList']>;

/** Opens the database of a folder or an address and brings its schema up to date. */
export async function openDatabase(given: {
  folder: string;
  url: string | undefined;
  entities: Entities;
  migrations: Migrations;
}): Promise<Database> {
  const shared = {
    entities: given.entities,
    extensions: [Migrator],
    migrations: { migrationsList: given.migrations, snapshot: false, transactional: true },
    logger: () => undefined,
    // A missing row is a refusal or a fault where it happens, never an ORM message to a person.
    findOneOrFailHandler: (name: string) => new Error(`no such row in ${name}`),
  };
  const database =
    given.url === undefined ? await openEmbedded(given.folder, shared) : await openServer(given.url, shared);
  await database.orm.migrator.up();
  return database;
}

/** Embedded: one process, one file, every commit on disk before it is acknowledged. */
async function openEmbedded(folder: string, shared: object): Promise<Database> {
  const place = join(folder, 'database');
  mkdirSync(place, { recursive: true });
  const unlock = lockFolder(place);
  try {
    const orm = await MikroORM.init({ ...shared, driver: SqliteDriver, dbName: join(place, 'xinbiao.sqlite') });
    const connection = orm.em.getConnection();
    await connection.execute('pragma journal_mode = wal');
    // A reopened WAL file falls back to NORMAL, which may lose acknowledged commits.
    await connection.execute('pragma synchronous = full');
    await connection.execute('pragma busy_timeout = 5000');
    return {
      orm,
      kind: 'sqlite',
      close: async () => {
        await orm.close();
        unlock();
      },
    };
  } catch (fault) {
    unlock();
    throw fault;
  }
}

async function openServer(url: string, shared: object): Promise<Database> {
  const address = new URL(url);
  const dbName = address.pathname.slice(1);
  if (!/^\w{1,64}$/.test(dbName)) throw new Error('DATABASE_URL must name a database');
  address.pathname = '';
  const orm = await MikroORM.init({
    ...shared,
    driver: MariaDbDriver,
    clientUrl: address.href,
    dbName,
    charset: 'utf8mb4',
    collate: 'utf8mb4_bin',
    pool: { min: 1, max: 20 },
  });
  await orm.schema.ensureDatabase();
  // Many servers still make databases in latin1 unless told: a Chinese name could not be stored.
  const [made] = await orm.em
    .getConnection()
    .execute<{ charset: string }[]>(
      'select default_character_set_name as charset from information_schema.schemata where schema_name = ?',
      [dbName],
    );
  if (made?.charset !== 'utf8mb4')
    await orm.em.getConnection().execute(`alter database \`${dbName}\` character set utf8mb4 collate utf8mb4_bin`);
  repeatConflicts(orm.em.getConnection());
  return { orm, kind: 'mariadb', close: () => orm.close() };
}

/** Keeps a second process away from an embedded database; a lock left by a dead process is taken over. */
function lockFolder(place: string): () => void {
  const file = join(place, 'lock');
  if (existsSync(file)) {
    const owner = Number(readFileSync(file, 'utf8'));
    if (Number.isInteger(owner) && owner > 0 && owner !== process.pid && isAlive(owner))
      throw new Error(`the database in ${place} is in use by process ${owner}`);
    unlinkSync(file);
  }
  const handle = openSync(file, 'wx', 0o600);
  writeSync(handle, String(process.pid));
  closeSync(handle);
  return () => {
    if (existsSync(file)) unlinkSync(file);
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Conflicts that a database solves by giving one side up; the whole transaction is tried again. */
const isConflict = (fault: unknown): boolean => {
  for (let at: unknown = fault; at instanceof Error; at = at.cause) {
    const { errno, code } = at as { errno?: number; code?: string };
    if (
      errno === 1213 ||
      errno === 1205 ||
      errno === 1020 ||
      code === 'ER_LOCK_DEADLOCK' ||
      code === 'SQLITE_BUSY_SNAPSHOT'
    )
      return true;
    if (at.name === 'DeadlockException' || at.name === 'LockWaitTimeoutException') return true;
  }
  return false;
};

async function repeated<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (fault) {
      if (attempt >= 4 || !isConflict(fault)) throw fault;
      await pause(10 + attempt * 20 + Number(process.hrtime.bigint() % 20n));
    }
  }
}

/** Runs a transaction on a fork of its own; a conflict is tried again up to five times. `work` must be repeatable. */
export const transact = <T>(em: EntityManager, work: (tx: EntityManager) => Promise<T>): Promise<T> =>
  repeated(() => em.fork().transactional(work));

/**
 * A statement outside a transaction is one of its own: a server that gives it up in a conflict has undone all of it, and
 * it is tried again like any other. One within a transaction is left to whoever began that.
 */
function repeatConflicts(connection: AbstractSqlConnection): void {
  const execute = connection.execute.bind(connection) as (
    ...given: Parameters<typeof connection.execute>
  ) => Promise<unknown>;
  connection.execute = ((...given: Parameters<typeof connection.execute>) =>
    given[3] === undefined ? repeated(() => execute(...given)) : execute(...given)) as typeof connection.execute;
}
