/** What people type, made fit for LIKE: its own signs would mean something else. */
export const likely = (sought: string): string =>
  `%${sought
    .normalize('NFKC')
    .toLowerCase()
    .trim()
    .replace(/[%_\\]/g, '')}%`;

const cap = 10_000;

/** A page out of rows that were asked for with one more than fits; ids grow with time, so an id is a place. */
export function pageFrom<Row extends { readonly id: string }, Shown>(
  found: readonly Row[],
  limit: number,
  count: number,
  show: (row: Row) => Shown,
) {
  const rows = found.slice(0, limit);
  return {
    rows: rows.map(show),
    next: found.length > limit ? (rows.at(-1)?.id ?? null) : null,
    count: Math.min(count, cap),
    more: count > cap,
  };
}
