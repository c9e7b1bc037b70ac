import type { EntityManager } from '@mikro-orm/core';
import type { AbstractSqlConnection } from '@mikro-orm/sql';

type Value = string | number | null;

/** Rows by SQL, for the paths on which thousands of rows pass at once. Takes part in the caller's transaction. */
export async function rowsOf<Row>(em: EntityManager, sql: string, values: readonly Value[] = []): Promise<Row[]> {
  const connection = em.getConnection() as AbstractSqlConnection;
  return (await connection.execute(sql, values, 'all', em.getTransactionContext())) as Row[];
}

/** Inserts rows of equal length in one statement; throws on a row whose key is there already. */
export async function insertRows(
  em: EntityManager,
  into: { readonly table: string; readonly columns: readonly string[] },
  rows: readonly (readonly Value[])[],
): Promise<void> {
  const connection = em.getConnection() as AbstractSqlConnection;
  const columns = into.columns.map((name) => `\`${name}\``).join(', ');
  const marks = `(${into.columns.map(() => '?').join(', ')})`;
  for (let at = 0; at < rows.length; at += 1000) {
    const some = rows.slice(at, at + 1000);
    await connection.execute(
      `insert into \`${into.table}\` (${columns}) values ${some.map(() => marks).join(', ')}`,
      some.flat(),
      'run',
      em.getTransactionContext(),
    );
  }
}

/** Deletes the rows whose key is among these, and says how many that were. */
export async function deleteRows(
  em: EntityManager,
  from: { readonly table: string; readonly key: string },
  keys: readonly string[],
): Promise<number> {
  const connection = em.getConnection() as AbstractSqlConnection;
  let count = 0;
  for (let at = 0; at < keys.length; at += 1000) {
    const some = keys.slice(at, at + 1000);
    const gone = (await connection.execute(
      `delete from \`${from.table}\` where \`${from.key}\` in (${some.map(() => '?').join(', ')})`,
      some,
      'run',
      em.getTransactionContext(),
    )) as { affectedRows: number };
    count += gone.affectedRows;
  }
  return count;
}
