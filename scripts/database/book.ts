import type { EntityManager } from '@mikro-orm/core';
import { fromHex } from '@xinbiao/contracts/kernel';
import { bytesOf, Malformed, parseCanonical, sha256Hex, type EntryBody } from '@xinbiao/contracts/trust';
import { LedgerEntry, SignedAct } from '../../backend/src/ledger/ledger.entity.ts';
import { openingOf } from '../../backend/src/ledger/record.ts';

/** An entry of the log with what it says, opened where it was sealed, and the signed document it names. */
export type Written = {
  readonly id: string;
  readonly leaf: string;
  readonly scope: string;
  readonly type: string;
  readonly at: string;
  readonly p: Readonly<Record<string, unknown>>;
  readonly act: Readonly<Record<string, unknown>> | undefined;
};

/** Everything the log says, for comparing tables with it. */
export class Book {
  readonly entries: readonly Written[];
  readonly #byId: ReadonlyMap<string, Written>;
  readonly #byLeaf: ReadonlyMap<string, Written>;
  readonly #byType = new Map<string, Written[]>();
  /** Every hash that any entry or document names: what is named somewhere was not made up. */
  readonly named: ReadonlySet<string>;

  constructor(entries: readonly Written[]) {
    this.entries = entries;
    this.#byId = new Map(entries.map((entry) => [entry.id, entry]));
    this.#byLeaf = new Map(entries.map((entry) => [entry.leaf, entry]));
    for (const entry of entries) this.#byType.set(entry.type, [...(this.#byType.get(entry.type) ?? []), entry]);
    const named = new Set<string>();
    for (const { p, act } of entries)
      for (const [hash] of `${JSON.stringify(p)}${act ? JSON.stringify(act) : ''}`.matchAll(/[0-9a-f]{64}/g))
        named.add(hash);
    this.named = named;
  }

  byId(id: unknown): Written | undefined {
    return typeof id === 'string' ? this.#byId.get(id) : undefined;
  }
  byLeaf(leaf: unknown): Written | undefined {
    return typeof leaf === 'string' ? this.#byLeaf.get(leaf) : undefined;
  }
  /** Entries of a type, of one scope where it is given, in the order in which they were written. */
  of(type: string, scope?: unknown): readonly Written[] {
    const found = this.#byType.get(type) ?? [];
    return scope === undefined ? found : found.filter((entry) => entry.scope === scope);
  }
  inScope(scope: unknown): readonly Written[] {
    return this.entries.filter((entry) => entry.scope === scope);
  }
}

/**
 * Reads the log from its tables. That these are the log, entry by entry up to a signed checkpoint, is what `fsck`
 * tells; it must hold before anything is compared with them.
 */
export async function readBook(em: EntityManager): Promise<Book> {
  const acts = new Map(
    (await em.find(SignedAct, {}, { disableIdentityMap: true })).map((act) => [act.entry, act] as const),
  );
  const rows = await em.find(LedgerEntry, {}, { orderBy: { scope: 'asc', number: 'asc' }, disableIdentityMap: true });
  const entries = rows.flatMap((row): Written[] => {
    const body = bodyOf(row);
    if (!body) return [];
    return [
      {
        id: row.id,
        leaf: row.leafHash,
        scope: body.s,
        type: body.t,
        at: body.ts,
        p: body.p,
        act: documentOf(acts.get(row.id), body),
      },
    ];
  });
  return new Book(entries);
}

function bodyOf(row: LedgerEntry): EntryBody | undefined {
  try {
    return openingOf(row).body;
  } catch (fault) {
    if (fault instanceof Malformed || fault instanceof RangeError || fault instanceof SyntaxError) return undefined;
    throw fault;
  }
}

/** The signed document of an entry, if it is the one that the entry names. */
function documentOf(row: SignedAct | undefined, { p }: EntryBody): Readonly<Record<string, unknown>> | undefined {
  try {
    if (!row || sha256Hex(bytesOf(row.act)) !== p['act'] || sha256Hex(fromHex(row.signature)) !== p['signature'])
      return undefined;
    return parseCanonical(row.act) as Record<string, unknown>;
  } catch (fault) {
    if (fault instanceof Malformed || fault instanceof RangeError) return undefined;
    throw fault;
  }
}
