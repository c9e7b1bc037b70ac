import { defineEntity, p } from '@mikro-orm/core';
import { ClientRelease } from '@xinbiao/contracts/house';
import { parseCanonical, sha256Hex } from '@xinbiao/contracts/trust';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { record } from '../ledger/index.ts';
import { columns, transact, type House } from '../platform/index.ts';

const { instant, longText, sha } = columns;

const ReleaseSchema = defineEntity({
  name: 'PublishedRelease',
  tableName: 'client_release',
  properties: { sha256: sha().primary(), version: p.string().length(64), document: longText(), at: instant() },
});
/** A release of the pages, as its entry in the log names it. */
export class PublishedRelease extends ReleaseSchema.class {}
ReleaseSchema.setClass(PublishedRelease);

const built = fileURLToPath(new URL('../../../frontend/dist/client/client-release.json', import.meta.url));

/** Puts the pages that this house serves on record, once for each release, before anybody is given them. */
export async function recordRelease(house: House, file = built): Promise<string | undefined> {
  if (!house.config.pages || !existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  const { version, offline } = ClientRelease.parse(parseCanonical(bytes));
  const sha256 = sha256Hex(bytes);
  await transact(house.fork(), async (tx) => {
    if (await tx.findOne(PublishedRelease, { sha256 })) return;
    const at = house.clock.now();
    await tx.insert(PublishedRelease, { sha256, version, document: bytes.toString('utf8'), at });
    await record(tx, {
      scope: 'house',
      type: 'client.release',
      visibility: 'public',
      body: { release: sha256, version, offline },
      at,
    });
  });
  return sha256;
}
