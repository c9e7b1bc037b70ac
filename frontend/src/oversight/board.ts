import type { BoardRow, Light, LightRule } from '@xinbiao/contracts/oversight';

/** The columns of the board, in the order of time. */
export const columnIds = ['notice', 'close', 'opening', 'evaluation', 'result', 'contract'] as const;
export type ColumnId = (typeof columnIds)[number];

const columnOfRule: Readonly<Record<LightRule, ColumnId>> = {
  enoughBids: 'close',
  bidMissing: 'close',
  openOnTime: 'opening',
  faultyBids: 'opening',
  qualifyInTime: 'evaluation',
  conveneInTime: 'evaluation',
  sheetsInTime: 'evaluation',
  lowPrice: 'evaluation',
  sheetsFromEscrow: 'evaluation',
  panelReplaced: 'evaluation',
  decideInTime: 'result',
  contractInTime: 'contract',
};

/** How many columns a lot has behind it in each state. */
const behind: Readonly<Record<BoardRow['state'], number>> = {
  bidding: 1,
  closed: 2,
  opened: 3,
  qualified: 3,
  evaluating: 3,
  ranked: 4,
  awarded: 5,
  failed: 0,
};
const weight = { ok: 0, warn: 1, bad: 2 } as const;

export type Cell = {
  readonly kind: 'ok' | 'warn' | 'bad' | 'ring' | 'none';
  readonly light?: Light;
  readonly word: 'done' | 'now' | 'later' | 'never' | 'light';
};

/** The worst of some lights; undefined where there is none to look at. */
export const worst = (lights: readonly Light[]): Light | undefined =>
  lights.filter(({ colour }) => colour !== 'ok').toSorted((a, b) => weight[b.colour] - weight[a.colour])[0];

/** What stands in one cell: a light that asks for a look, else what is done, under way, to come, or no longer comes. */
export function cellOf(row: BoardRow, column: ColumnId): Cell {
  const light = worst(row.lights.filter(({ rule }) => columnOfRule[rule] === column));
  if (light && light.colour !== 'ok') return { kind: light.colour, light, word: 'light' };
  const at = columnIds.indexOf(column);
  if (row.state === 'failed') return at === 0 ? { kind: 'ok', word: 'done' } : { kind: 'none', word: 'never' };
  if (at < behind[row.state]) return { kind: 'ok', word: 'done' };
  return at === behind[row.state] ? { kind: 'ring', word: 'now' } : { kind: 'none', word: 'later' };
}
