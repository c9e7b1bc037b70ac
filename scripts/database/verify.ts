import { ReferenceKind, type EntityManager } from '@mikro-orm/core';
import { toHex } from '@xinbiao/contracts/kernel';
import { canonical, Malformed } from '@xinbiao/contracts/trust';
import { readBook } from './book.ts';
import { ofTheLog, rules, untold, type Row, type Rule, type Told } from './rules.ts';

/** Something in a table that the log does not say, by table, row and field. */
export type Discrepancy = {
  readonly table: string;
  readonly row: string;
  readonly field: string | null;
  readonly zh: string;
  readonly en: string;
};
export type DatabaseReport = {
  readonly discrepancies: readonly Discrepancy[];
  /** How many rows were compared, by table. */
  readonly compared: Readonly<Record<string, number>>;
  /** Tables and fields that the log tells nothing of, with the reason. */
  readonly untold: readonly { readonly table: string; readonly field: string | null; readonly reason: string }[];
  /** Tables that no rule knows: whoever adds one says what the log tells of it. */
  readonly unknown: readonly string[];
};

/** Compares every row of every stage's tables with what the log says. `fsck` of the log must have held before. */
export async function verifyDatabase(em: EntityManager): Promise<DatabaseReport> {
  const tables = new Map<string, readonly Row[]>();
  const names = new Map<
    string,
    { readonly table: string; readonly keys: readonly string[]; readonly fields: readonly string[] }
  >();
  for (const meta of em.getMetadata().getAll().values()) {
    const { className, tableName, primaryKeys, props } = meta;
    if (!tableName || meta.abstract) continue;
    const fields = props.filter(({ kind }) => kind === ReferenceKind.SCALAR).map(({ name }) => String(name));
    names.set(className, { table: tableName, keys: primaryKeys.map(String), fields });
    if (!(className in rules)) continue;
    const lazy = props.filter((prop) => prop.lazy === true).map(({ name }) => String(name));
    const rows = (await em.find(
      meta.class,
      {},
      {
        disableIdentityMap: true,
        populate: lazy as never,
      },
    )) as readonly object[];
    tables.set(
      className,
      rows.map((row) => Object.fromEntries(fields.map((field) => [field, (row as Row)[field] ?? null]))),
    );
  }
  const told: Told = { book: await readBook(em), tables };
  const discrepancies: Discrepancy[] = [];
  const compared: Record<string, number> = {};
  for (const [entity, rule] of Object.entries(rules)) {
    const name = names.get(entity);
    if (!name) continue;
    const rows = tables.get(entity) ?? [];
    compared[name.table] = rows.length;
    for (const row of rows) discrepancies.push(...compare(rule, row, { told, ...name }));
    discrepancies.push(...missing(rule, rows, { told, table: name.table }));
  }
  const known = new Set<string>([...Object.keys(rules), ...Object.keys(untold), ...ofTheLog]);
  return {
    discrepancies,
    compared,
    untold: [
      ...Object.entries(untold).flatMap(([entity, reason]) => {
        const table = names.get(entity)?.table;
        return table ? [{ table, field: null, reason }] : [];
      }),
      ...Object.entries(rules).flatMap(([entity, { free }]) => {
        const name = names.get(entity);
        return name
          ? Object.entries(free).flatMap(([field, reason]) =>
              name.fields.includes(field) ? [{ table: name.table, field, reason }] : [],
            )
          : [];
      }),
    ],
    unknown: [...names].flatMap(([entity, { table }]) => (known.has(entity) ? [] : [table])),
  };
}

type Place = {
  readonly told: Told;
  readonly table: string;
  readonly keys: readonly string[];
  readonly fields: readonly string[];
};

function compare(rule: Rule, row: Row, { told, table, keys, fields }: Place): Discrepancy[] {
  const name = keys.map((key) => String(row[key])).join('/');
  const expected = rule.expect(row, told);
  if (expected === null)
    return [
      {
        table,
        row: name,
        field: null,
        zh: `${table} ${name}：日志里没有任何记录说明有这一行。`,
        en: `${table} ${name}: nothing in the log says that there is such a row.`,
      },
    ];
  return fields.flatMap((field): Discrepancy[] => {
    if (!(field in expected) || agrees(expected[field], row[field])) return [];
    return [
      {
        table,
        row: name,
        field,
        zh: `${table} ${name}：${field} 与日志不符。`,
        en: `${table} ${name}: ${field} is not what the log says.`,
      },
    ];
  });
}

function missing({ due }: Rule, rows: readonly Row[], { told, table }: Pick<Place, 'told' | 'table'>): Discrepancy[] {
  if (!due) return [];
  const there = new Set(rows.map((row) => row[due.field]));
  return [...new Set(due.values(told))].flatMap((value) =>
    value === undefined || there.has(value)
      ? []
      : [
          {
            table,
            row: String(value),
            field: null,
            zh: `${table}：日志里有 ${String(value)}，表里没有。`,
            en: `${table}: the log tells of ${String(value)}, the table does not.`,
          },
        ],
  );
}

function agrees(expected: unknown, kept: unknown): boolean {
  if (typeof expected === 'function') {
    try {
      return (expected as (kept: unknown) => boolean)(kept);
    } catch (fault) {
      // What cannot even be read is not what the log says.
      if (fault instanceof Malformed || fault instanceof TypeError || fault instanceof RangeError) return false;
      throw fault;
    }
  }
  if (expected instanceof Date || kept instanceof Date)
    return expected instanceof Date && kept instanceof Date && expected.getTime() === kept.getTime();
  if (expected instanceof Uint8Array && kept instanceof Uint8Array) return toHex(expected) === toHex(kept);
  if (typeof expected === 'object' && expected !== null) return canonical(expected) === canonical(kept);
  return (expected ?? null) === (kept ?? null);
}
