import { readBundle, TenderBundle } from '@xinbiao/contracts/publication';
import type { TenderSource } from '@xinbiao/contracts/verify';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/* Where tenders come from: the house that publishes them, or a folder they were copied to. */

/** A tender at the house that publishes it. */
export function tenderAt(url: string, tenderId: string): TenderSource {
  const get = (path: string): Promise<Response> =>
    fetch(new URL(path, url), { redirect: 'error', signal: AbortSignal.timeout(60_000) });
  return {
    bundle: async () => {
      const answer = await get(`/api${readBundle.path.replace(':tenderId', encodeURIComponent(tenderId))}`);
      if (!answer.ok) throw new Error(`the house has no such tender (${answer.status})`);
      return answer.json();
    },
    piece: async (href) => {
      const answer = await get(href);
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    },
  };
}

/** A tender that was copied to a folder by `exportTender`. */
export const tenderIn = (folder: string): TenderSource => ({
  bundle: async () => JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')) as unknown,
  piece: async (_href, sha256) => {
    const file = join(folder, 'pieces', sha256);
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined;
  },
});

/** All published tenders of a house, or the ones asked for by id. A log that stands alone has none. */
export async function tendersAt(
  address: string,
  ids?: readonly string[],
): Promise<{ id: string; source: TenderSource }[]> {
  const origin = new URL(address).origin;
  if (ids) return ids.map((id) => ({ id, source: tenderAt(origin, id) }));
  const found: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const answer: Response = await fetch(
      `${origin}/api/public/tenders?limit=100${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
      { redirect: 'error', signal: AbortSignal.timeout(30_000) },
    );
    // A log that stands alone knows no tenders; any other failure hides some.
    if (answer.status === 404 && after === '') break;
    if (!answer.ok) throw new Error(`the list of tenders is not to be had (${answer.status})`);
    const page = (await answer.json()) as { rows: { id: string }[]; next: string | null };
    found.push(...page.rows.map(({ id }) => id));
    after = page.next;
  }
  return found.map((id) => ({ id, source: tenderAt(origin, id) }));
}

/** The tenders that lie in an exported folder. */
export function tendersIn(folder: string): { id: string; source: TenderSource }[] {
  const place = join(folder, 'tenders');
  return (existsSync(place) ? readdirSync(place) : []).map((id) => ({ id, source: tenderIn(join(place, id)) }));
}

/** Copies a tender and the pieces of its public parts to a folder, so that it can be checked without a network. */
export async function exportTender(source: TenderSource, folder: string): Promise<void> {
  const bundle = TenderBundle.parse(await source.bundle());
  mkdirSync(join(folder, 'pieces'), { recursive: true });
  writeFileSync(join(folder, 'bundle.json'), JSON.stringify(bundle));
  for (const lot of bundle.lots)
    for (const bid of lot.bids)
      for (const { href, sha256 } of bid.pieces) {
        const bytes = await source.piece(href, sha256);
        if (bytes) writeFileSync(join(folder, 'pieces', sha256), bytes);
      }
}
