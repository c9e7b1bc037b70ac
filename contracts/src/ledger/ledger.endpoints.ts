import { z } from 'zod';
import { Sha256Hex } from '../kernel/bytes.ts';
import { endpoint } from '../kernel/endpoint.ts';
import {
  ConsistencyProof,
  ConsistencyQuery,
  DisclosedQuery,
  DisclosedStretch,
  EntryParams,
  InclusionProof,
  InclusionQuery,
  LogEntry,
  LogKey,
  RecentPage,
  RecentQuery,
  SignedAct,
} from './ledger.schema.ts';

export const readCheckpoint = endpoint({
  method: 'GET',
  path: '/log/checkpoint',
  access: 'public',
  summary:
    'The newest checkpoint of the log, signed by it and cosigned by the witnesses that have answered: a signed note after c2sp.org/tlog-checkpoint. One that meets the policy comes before one that is a moment newer.',
  reply: z.string(),
  refusals: [],
  wire: { reply: 'text' },
});

export const readTile = endpoint({
  method: 'GET',
  path: '/log/tile/*path',
  access: 'public',
  summary: 'A tile of hashes or a bundle of entries, after c2sp.org/tlog-tiles; it never changes.',
  params: z.object({ path: z.string().max(100) }),
  reply: z.instanceof(Uint8Array),
  refusals: ['ledger.no-such-tile'],
  wire: { reply: 'bytes' },
});

export const proveEntry = endpoint({
  method: 'GET',
  path: '/log/proof/inclusion',
  access: 'public',
  summary: 'Proves that an entry is in the tree of a given size, or in the newest.',
  query: InclusionQuery,
  reply: InclusionProof,
  refusals: ['ledger.no-such-entry', 'ledger.no-such-tree'],
});

export const proveGrowth = endpoint({
  method: 'GET',
  path: '/log/proof/consistency',
  access: 'public',
  summary: 'Proves that an earlier tree is the beginning of a later one, or of the newest.',
  query: ConsistencyQuery,
  reply: ConsistencyProof,
  refusals: ['ledger.no-such-tree'],
});

export const readEntry = endpoint({
  method: 'GET',
  path: '/log/entry/:index',
  access: 'public',
  summary: 'One entry, and what it says unless it is still sealed.',
  params: EntryParams,
  reply: LogEntry,
  refusals: ['ledger.no-such-entry'],
});

export const readEntryReceipt = endpoint({
  method: 'GET',
  path: '/log/entry/:index/receipt',
  access: 'public',
  summary: 'The receipt of an entry that is no secret any more: a proof file after c2sp.org/tlog-proof.',
  params: EntryParams,
  reply: z.string(),
  refusals: ['ledger.no-such-entry', 'ledger.still-sealed'],
  wire: { reply: 'text' },
});

export const findEntry = endpoint({
  method: 'GET',
  path: '/log/leaf/:hash',
  access: 'public',
  summary: 'The entry whose leaf has this hash: the way from a notice to its place in the log.',
  params: z.object({ hash: Sha256Hex }),
  reply: LogEntry,
  refusals: ['ledger.no-such-entry'],
});

export const listEntries = endpoint({
  method: 'GET',
  path: '/log/recent',
  access: 'public',
  summary: 'The newest entries, or those of one scope; a scope shows its public and disclosed entries only.',
  query: RecentQuery,
  reply: RecentPage,
  refusals: [],
});

export const readLogKey = endpoint({
  method: 'GET',
  path: '/log/key',
  access: 'public',
  summary: 'The key that the log signs with, to be compared with the one printed in a tender or kept from before.',
  reply: LogKey,
  refusals: [],
});

export const readPolicy = endpoint({
  method: 'GET',
  path: '/log/policy',
  access: 'public',
  summary:
    "The log's key, its witnesses, and how many of them are enough: a file after c2sp.org/tlog-policy. A tender prints the one it was published under.",
  reply: z.string(),
  refusals: [],
  wire: { reply: 'text' },
});

export const readAct = endpoint({
  method: 'GET',
  path: '/log/acts/:hash',
  access: 'public',
  summary: 'A signed document that a public entry names by its hash, byte for byte as it was signed.',
  params: z.object({ hash: Sha256Hex }),
  reply: SignedAct,
  refusals: ['ledger.no-such-act'],
});

export const listDisclosed = endpoint({
  method: 'GET',
  path: '/log/disclosed',
  access: 'public',
  summary:
    'Salts and bodies of the sealed entries that were disclosed, for a stretch of the log of at most 1,000 entries.',
  query: DisclosedQuery,
  reply: DisclosedStretch,
  refusals: [],
});
