import { allEndpoints } from '@xinbiao/contracts/all';
import type { Person } from '../../../scripts/play/person.ts';

export type Said = { readonly path: string; readonly text: string };

/** Everybody asks every reading operation that has a plain call, with the ids somebody inside could have got hold of. */
export async function asking(people: readonly Person[], places: Readonly<Record<string, string>>): Promise<Said[]> {
  const reading = allEndpoints.filter(({ method, wire }) => method === 'GET' && wire?.reply !== 'events');
  const said: Said[] = [];
  for (const { client } of people)
    for (const { path } of reading) {
      const missing = [...path.matchAll(/[:*](\w+)/g)].some(
        ([, name = '']) => places[name] === undefined && name !== 'index',
      );
      if (missing) continue;
      const filled = path.replace(/[:*](\w+)/g, (_, name: string) => places[name] ?? '0');
      const answer = await client.fetch(`/api${filled}`);
      said.push({ path: filled, text: await answer.text() });
    }
  return said;
}
