import { listEntries } from '@xinbiao/contracts/ledger';
import {
  checkDraw,
  DrawRecord,
  drawFrom,
  type DrawCheck,
  type DrawEntry,
  type DrawResult,
} from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';

/** Everything that the public log says of a scope, oldest first; undefined where it cannot be had. */
async function entriesOf(scope: string): Promise<DrawEntry[] | undefined> {
  const found: DrawEntry[] = [];
  let before: number | undefined;
  for (let page = 0; page < 50; page += 1) {
    const answer = await call(listEntries, {
      query: { scope, limit: '100', ...(before === undefined ? {} : { before: String(before) }) },
    });
    if (!answer.ok) return undefined;
    for (const { body } of answer.value.rows) if (body) found.push({ t: body.t, p: body.p });
    if (answer.value.next === null) break;
    before = answer.value.next;
  }
  return found.toReversed();
}

export type HeldAgain = {
  readonly checks: readonly DrawCheck[];
  /** What this browser drew by itself; undefined where the record cannot be read. */
  readonly result: DrawResult | undefined;
  readonly record: DrawRecord | undefined;
};

/** Draws again in this browser, from nothing but the record, and compares with the log. */
export async function holdAgain(given: unknown): Promise<HeldAgain> {
  const record = DrawRecord.safeParse(given).data;
  const entries = record ? await entriesOf(record.pool.scope) : undefined;
  const checks = checkDraw(given, entries);
  let result: DrawResult | undefined;
  try {
    result = record && drawFrom(record.pool, record.contributions);
  } catch {
    // A record that cannot be drawn from is told by its checks.
  }
  return { checks, result, record };
}
