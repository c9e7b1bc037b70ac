import { z } from 'zod';
import { endpoint } from '../kernel/endpoint.ts';
import { Hex, Sha256Hex } from '../kernel/bytes.ts';
import { Id } from '../kernel/id.ts';
import { Instant } from '../kernel/time.ts';
import { suiteNames } from '../trust/index.ts';

export const readClock = endpoint({
  method: 'GET',
  path: '/clock',
  access: 'public',
  summary: 'The clock that decides. `sandbox` tells by how many milliseconds a demonstration is ahead of real time.',
  reply: z.object({ now: Instant, sandbox: z.object({ offset: z.int() }).nullable() }),
  refusals: [],
});

export const advanceClock = endpoint({
  method: 'POST',
  path: '/operator/clock',
  access: 'platform:operate',
  summary:
    'Turns the clock of a demonstration forward to an instant, and lets everything happen that is due until then.',
  body: z.object({ to: Instant }),
  reply: z.object({ now: Instant }),
  refusals: ['clock.not-sandbox', 'clock.backwards', 'clock.too-far'],
});

export const readClientRelease = endpoint({
  method: 'GET',
  path: '/releases/:sha256',
  access: 'public',
  summary: 'A release of the pages that the log names: which files, by their hashes, browsers were given to run.',
  params: z.object({ sha256: Sha256Hex }),
  reply: z.string(),
  refusals: ['release.unknown'],
  wire: { reply: 'text' },
});

export const readFile = endpoint({
  method: 'GET',
  path: '/stored-files/:fileId',
  access: 'signed-in',
  summary: 'What became of an upload of one’s own: its name, size and SHA-256 once it is safely stored.',
  params: z.object({ fileId: z.uuid() }),
  reply: z.object({ id: Id, name: z.string(), size: z.int(), sha256: Sha256Hex }),
  refusals: ['file.unknown'],
});

export const readHouse = endpoint({
  method: 'GET',
  path: '/house',
  access: 'public',
  summary:
    'Whose house this is, whether it is a demonstration, and on which database it stands. Its health is `/public/status`.',
  reply: z.object({
    mode: z.enum(['demo', 'production']),
    /** The algorithms of new tenders and keys, unless somebody chooses others. */
    suite: z.enum(suiteNames),
    database: z.enum(['sqlite', 'mariadb']),
    city: z.object({ zh: z.string(), en: z.string() }),
  }),
  refusals: [],
});

/** A demonstration account as the sign-in page offers it. */
export const DemoAccount = z.object({
  login: z.string(),
  password: z.string(),
  name: z.string(),
  organisation: z.string().nullable(),
  roleZh: z.string(),
  roleEn: z.string(),
});
export type DemoAccount = z.infer<typeof DemoAccount>;

export const readDemoAccounts = endpoint({
  method: 'GET',
  path: '/demo/accounts',
  access: 'public',
  summary: 'The accounts of a demonstration, with their passwords; empty on a production platform.',
  reply: z.object({ accounts: z.array(DemoAccount) }),
  refusals: [],
});

export const readDemoKeys = endpoint({
  method: 'GET',
  path: '/demo/keys',
  access: 'signed-in',
  summary: 'The key file that the demonstration made for the account that asks; a production platform never holds one.',
  reply: z.object({ pkcs12: Hex, password: z.string() }),
  refusals: ['demo.no-keys'],
});

export const houseEndpoints = {
  readClock,
  advanceClock,
  readClientRelease,
  readFile,
  readHouse,
  readDemoAccounts,
  readDemoKeys,
};
