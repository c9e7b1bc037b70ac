import { ReferenceKind } from '@mikro-orm/core';
import { addBlacklistAct, addToBlacklist } from '@xinbiao/contracts/registry';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ofTheLog } from '../../../scripts/database/rules.ts';
import { verifyDatabase } from '../../../scripts/database/verify.ts';
import { checkDatabase } from '../../../scripts/database/check.ts';
import { aToldTender, type Told } from '../stories/evidence.ts';
import { attack } from './table.ts';

/*
 * An insider who holds the database changes one field of one row, in every table and every field in turn. Whatever
 * the log tells is found, by table and field; what it cannot tell is on a list, with the reason.
 */
describe(attack(20), () => {
  let told: Told;
  beforeAll(async () => {
    told = await aToldTender();
    const { supervisor } = told.cast;
    const decision = {
      name: '某某有限公司',
      uscc: told.cast.bidders[2]!.known.organisation!.uscc,
      decisionNumber: '青财罚〔2026〕1 号',
      authority: '青澜市财政局',
      legalBasis: '政府采购法 §77',
      reason: '提供虚假材料谋取中标。',
      decidedOn: '2026-11-20',
      forbids: ['bid' as const],
      regionCode: null,
      from: '2026-11-20',
      until: '2027-11-19',
      evidence: null,
    };
    await supervisor.client.call(addToBlacklist, {
      body: { decision, ...(await supervisor.sign(addBlacklistAct(supervisor.by, decision))) },
    });
    await told.house.house.ledger.sequencer.drain();
  });
  afterAll(() => told.house.close());

  const em = () => told.house.house.fork();
  type Meta = {
    readonly table: string;
    readonly entity: string;
    readonly columns: readonly { readonly field: string; readonly column: string }[];
    readonly keys: readonly string[];
  };
  const tables = (): Meta[] =>
    [...em().getMetadata().getAll().values()].flatMap((meta) =>
      meta.tableName && !meta.abstract
        ? [
            {
              table: meta.tableName,
              entity: meta.className,
              keys: meta.primaryKeys.map((key) => meta.properties[key]!.fieldNames[0]!),
              columns: meta.props
                .filter(({ kind }) => kind === ReferenceKind.SCALAR)
                .map(({ name, fieldNames }) => ({ field: String(name), column: fieldNames[0]! })),
            },
          ]
        : [],
    );

  test('an honest database is what the log says', async () => {
    const { discrepancies, compared, unknown } = await verifyDatabase(em());
    expect(unknown).toEqual([]);
    expect(discrepancies.map(({ en }) => en)).toEqual([]);
    for (const table of [
      'award',
      'score_sheet',
      'blacklist_entry',
      'organisation',
      'opened_bid',
      'lot',
      'tender',
      'certificate',
    ])
      expect([table, compared[table]]).not.toEqual([table, 0]);
    expect(await checkDatabase(told.house.house)).toMatchObject({ exit: 0 });
  });

  /** Another value of the same kind, as an insider would choose. */
  function other(value: unknown): unknown {
    if (typeof value === 'number') return value + 1;
    if (typeof value === 'bigint') return value + 1n;
    if (value instanceof Date) return new Date(value.getTime() + 1_000);
    if (typeof value === 'string') {
      if (value === '') return 'x';
      const at = Math.floor(value.length / 2);
      const digit = /[0-9]/.test(value[at]!) ? (value[at] === '1' ? '2' : '1') : value[at] === 'a' ? 'b' : 'a';
      return value.slice(0, at) + digit + value.slice(at + 1);
    }
    return null;
  }

  test(
    'every field of every table that the log tells of, changed by UPDATE, is reported by table and row',
    { timeout: 300_000 },
    async () => {
      const unnoticed: string[] = [];
      let tried = 0;
      const { untold } = await verifyDatabase(em());
      const excused = new Set(untold.map(({ table, field }) => `${table}.${field ?? '*'}`));
      for (const { table, entity, columns, keys } of tables()) {
        if ((ofTheLog as readonly string[]).includes(entity) || excused.has(`${table}.*`)) continue;
        const connection = em().getConnection();
        const [row] = (await connection.execute(`select * from ${table}`)) as Record<string, unknown>[];
        if (!row) continue;
        for (const { field, column } of columns) {
          if (excused.has(`${table}.${field}`)) continue;
          const value = row[column];
          const changed = value === null ? (/_at$|At$/.test(column) ? 1 : 'x') : other(value);
          const where = keys.map((key) => `${key} = ?`).join(' and ');
          const by = keys.map((key) => (key === column ? changed : row[key]));
          try {
            await connection.execute(
              `update ${table} set ${column} = ? where ${keys.map((key) => `${key} = ?`).join(' and ')}`,
              [changed, ...keys.map((key) => row[key])],
            );
          } catch {
            // The database itself refused: another row has that value.
            continue;
          }
          tried += 1;
          const found = await verifyDatabase(em()).then(
            ({ discrepancies }) => discrepancies.some((one) => one.table === table),
            () => true,
          );
          if (!found) unnoticed.push(`${table}.${field}`);
          await connection.execute(`update ${table} set ${column} = ? where ${where}`, [value, ...by]);
        }
      }
      expect(tried).toBeGreaterThan(100);
      expect(unnoticed).toEqual([]);
      expect((await verifyDatabase(em())).discrepancies).toEqual([]);
    },
  );

  test('a row that is deleted, and one that is made up, are reported', async () => {
    const connection = em().getConnection();
    const [award] = (await connection.execute('select * from award')) as Record<string, unknown>[];
    await connection.execute('delete from award');
    expect((await verifyDatabase(em())).discrepancies).toMatchObject([{ table: 'award' }]);
    const made = { ...award, lot_id: told.published.lots[1] };
    for (const row of [award!, made])
      await connection.execute(
        `insert into award (${Object.keys(row).join(', ')}) values (${Object.keys(row)
          .map(() => '?')
          .join(', ')})`,
        Object.values(row),
      );
    expect((await verifyDatabase(em())).discrepancies).toMatchObject([{ table: 'award', row: told.published.lots[1] }]);
    await connection.execute('delete from award where lot_id = ?', [told.published.lots[1]]);
    expect((await verifyDatabase(em())).discrepancies).toEqual([]);
  });

  test('a change of the log’s own tables is found before anything is compared with them', async () => {
    const connection = em().getConnection();
    const [entry] = (await connection.execute("select id, leaf from ledger_entry where type = 'award.decide'")) as {
      id: string;
      leaf: string;
    }[];
    await connection.execute('update ledger_entry set leaf = ? where id = ?', [
      entry!.leaf.replace('"letter":"', '"letter":"0'),
      entry!.id,
    ]);
    const report = await checkDatabase(told.house.house);
    expect(report.exit).toBe(2);
    expect(report.log.length).toBeGreaterThan(0);
    await connection.execute('update ledger_entry set leaf = ? where id = ?', [entry!.leaf, entry!.id]);
    expect(await checkDatabase(told.house.house)).toMatchObject({ exit: 0 });
  });
});
