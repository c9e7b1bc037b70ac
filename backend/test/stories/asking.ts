import { allEndpoints } from '@xinbiao/contracts/all';
import type { Endpoint } from '@xinbiao/contracts/kernel';
import { addressOf, type Client } from '../client.ts';

/* Everybody asks everything: what is sealed must not be in any answer, whoever asks and whatever ids they have got hold of. */

/** What stands in the places of parameters, by name. */
export type Places = Readonly<Record<string, string>>;
export type Answer = { readonly who: string; readonly path: string; readonly status: number; readonly text: string };

/** All operations that only read; streams of events are watched elsewhere. */
export const reading: readonly Endpoint[] = allEndpoints.filter(
  ({ method, wire }) => method === 'GET' && wire?.reply !== 'events',
);

/** Queries beside the plain call; operations that need one have no plain call. */
const queries = (path: string, places: Places): readonly object[] => {
  const of: Readonly<Record<string, readonly object[]>> = {
    '/log/recent': [{}, { limit: '100' }, { scope: places['lotId'] }, { scope: places['tenderId'] }],
    '/log/disclosed': [{ from: '0', to: places['size'] }],
    '/log/proof/inclusion': [{ index: '0' }],
    '/log/proof/consistency': [{ from: '1' }],
    '/envelopes/:envelopeId/receipt': [{}, { of: 'withdrawal' }],
    '/registry/organisations': [{}, { q: places['name'] }],
    '/lots/:lotId/panel/candidates': [{}, { q: places['name'] }],
    '/public/tenders': [{}, { q: places['name'] }, { sort: 'deadline' }],
    '/public/calendar': [{ from: places['day'], to: places['day'] }],
    '/oversight/board': [{}, { q: places['code'] }],
  };
  return of[path] ?? [{}];
};

/** What is about tenders and their lots, or is the record of everything. */
const aboutTenders = /:lotId|:tenderId|:bidId|^\/(?:desk|openings|evaluation|oversight|log|public|bids)/;
const atOnce = 8;

/** Asks every reading operation as everybody; `narrow` leaves out what knows of no tender. Answers are in a fixed order. */
export async function askEverything(
  visitors: Readonly<Record<string, Client>>,
  places: Places,
  narrow = false,
): Promise<Answer[]> {
  const asked = reading
    .filter(({ path }) => !narrow || aboutTenders.test(path))
    .flatMap(({ path, ...rest }) =>
      queries(path, places).map((query) => ({
        path,
        address: addressOf({ path, ...rest }, { params: places, query }),
      })),
    );
  const waiting = Object.entries(visitors).flatMap(([who, { fetch }]) =>
    asked.map(({ path, address }) => async (): Promise<Answer> => {
      const response = await fetch(address);
      return {
        who,
        path: `${path} ${address}`,
        status: response.status,
        text: readable(Buffer.from(await response.arrayBuffer())),
      };
    }),
  );
  const answers: Answer[] = [];
  for (let at = 0; at < waiting.length; at += atOnce)
    answers.push(...(await Promise.all(waiting.slice(at, at + atOnce).map((ask) => ask()))));
  return answers;
}

/** What somebody could read; a paper's signature is random digits and a long run of noughts, in which any round number may turn up. */
const readable = (bytes: Buffer): string => {
  const text = bytes.toString();
  return text.startsWith('%PDF-') ? text.replaceAll(/\/Contents <[0-9a-f]+>/g, '') : text;
};

/** Who was told one of the words, and where. */
export const tellsOf = (answers: readonly Answer[], words: readonly string[]): string[] =>
  answers.flatMap(({ who, path, text }) =>
    words.filter((word) => text.includes(word)).map((word) => `${who}: ${path} tells ${word}`),
  );
