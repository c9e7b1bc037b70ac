import {
  findEntry,
  listDisclosed,
  listEntries,
  proveEntry,
  proveGrowth,
  readAct,
  readCheckpoint,
  readEntry,
  readEntryReceipt,
  readLogKey,
  readPolicy,
  readTile,
  type LedgerCode,
  type LogEntry,
} from '@xinbiao/contracts/ledger';
import { Malformed, parsePolicy, parseTilePath, verifierKeyText, type Tile } from '@xinbiao/contracts/trust';
import { Refused, Router, serve, type State } from '../platform/index.ts';
import {
  disclosedBetween,
  entriesBetween,
  entriesOfScope,
  entryByLeaf,
  publicAct,
  publicEntryAt,
} from './ledger.queries.ts';

const stretch = 1000;

/** What anybody may read of the log. */
export const routes = new Router<State>();

serve(routes, readCheckpoint, async ({ em, house, ctx }) => {
  ctx.set('cache-control', 'no-cache');
  return (await house.ledger.published(em, { patience: 300 })).note;
});

serve(routes, readTile, async ({ em, house, params, ctx }) => {
  const bytes = found(await house.ledger.tileBytes(em, tileOf(params.path)), 'ledger.no-such-tile');
  ctx.set('cache-control', 'public, max-age=31536000, immutable');
  return bytes;
});

serve(routes, proveEntry, async ({ em, house, query }) => {
  const newest = (await house.ledger.checkpoint(em)).size;
  const size = query.size ?? newest;
  if (size > newest) no('ledger.no-such-tree');
  if (query.index >= size) no('ledger.no-such-entry');
  const [entry] = await entriesBetween(em, query.index, query.index + 1);
  return {
    index: query.index,
    size,
    leaf: found(entry, 'ledger.no-such-entry').leaf,
    proof: await house.ledger.inclusionProof(em, query.index, size),
  };
});

serve(routes, proveGrowth, async ({ em, house, query: { from, to } }) => {
  const newest = (await house.ledger.checkpoint(em)).size;
  const later = to ?? newest;
  if (later > newest || from > later) no('ledger.no-such-tree');
  return { from, to: later, proof: await house.ledger.consistencyProof(em, from, later) };
});

serve(routes, readEntry, async ({ em, params: { index } }) =>
  found((await entriesBetween(em, index, index + 1))[0], 'ledger.no-such-entry'),
);

serve(routes, readEntryReceipt, async ({ em, house, params: { index } }) => {
  const entryId = found(await publicEntryAt(em, index), 'ledger.no-such-entry');
  return entryId === 'sealed' ? no('ledger.still-sealed') : house.ledger.receiptFor(em, entryId);
});

serve(routes, findEntry, async ({ em, params }) => found(await entryByLeaf(em, params.hash), 'ledger.no-such-entry'));

serve(routes, listEntries, async ({ em, house, query: { scope, before, limit } }) => {
  const { size } = await house.ledger.checkpoint(em);
  const to = Math.min(size, before ?? size);
  const rows =
    scope === undefined
      ? (await entriesBetween(em, Math.max(0, to - limit), to)).reverse()
      : await entriesOfScope(em, scope, to, limit);
  return { size, rows, next: nextOf(rows, limit) };
});

serve(routes, listDisclosed, async ({ em, query: { from, to } }) => ({
  rows: await disclosedBetween(em, from, Math.min(to, from + stretch)),
}));

serve(routes, readLogKey, async ({ house }) => ({
  origin: house.ledger.origin,
  verifierKey: house.ledger.verifierKey,
  witnesses: parsePolicy(house.ledger.policy).witnesses.map(({ key }) => ({
    name: key.name,
    verifierKey: verifierKeyText(key),
  })),
}));

serve(routes, readPolicy, async ({ house, ctx }) => {
  ctx.set('cache-control', 'no-cache');
  return house.ledger.policy;
});

serve(routes, readAct, async ({ em, params: { hash } }) => found(await publicAct(em, hash), 'ledger.no-such-act'));

const nextOf = (rows: readonly LogEntry[], limit: number): number | null => {
  const last = rows.at(-1);
  return rows.length < limit || !last || last.index === 0 ? null : last.index;
};

function tileOf(path: string): Tile {
  try {
    return parseTilePath(`tile/${path}`);
  } catch (fault) {
    if (fault instanceof Malformed) return no('ledger.no-such-tile');
    throw fault;
  }
}

function no(code: LedgerCode): never {
  throw new Refused([{ code }]);
}

function found<T>(thing: T | undefined, code: LedgerCode): T {
  return thing === undefined ? no(code) : thing;
}
