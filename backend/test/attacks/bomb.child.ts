import {
  checkCertificateRequest,
  checkManifest,
  checkPaper,
  checkTimestamp,
  Malformed,
  openPkcs12,
  parseCanonical,
  parseProof,
  parseWrap,
  readArchive,
  readCertificate,
  verifyDetached,
  WrongPassword,
  type Expected,
} from '@xinbiao/contracts/trust';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

/*
 * Parses one hostile file in a process of its own and says how it ended, how long it took and how much memory the
 * process had at most. Started by the attack with the kind of file and its path.
 */

const [kind = '', path = ''] = process.argv.slice(2);
const now = new Date('2026-11-24T00:00:00Z');
const anchors = { roots: [], crls: [], at: now };
const expected = { keyring: { groups: [] } } as unknown as Expected;

type Parse = (bytes: Uint8Array<ArrayBuffer>) => unknown;
const parsers: Record<string, Parse> = {
  json: parseCanonical,
  manifest: (bytes) => said(checkManifest({ bytes, expect: expected }).ok),
  certificate: (bytes) => readCertificate(bytes),
  signature: async (signature) =>
    said((await verifyDetached({ ...anchors, content: new Uint8Array(3), signature })).ok),
  wrap: parseWrap,
  keyfile: (bytes) => openPkcs12(bytes, 'x'),
  request: (bytes) => checkCertificateRequest(JSON.parse(new TextDecoder().decode(bytes)) as never),
  timestamp: async (token) => said((await checkTimestamp({ token, digest: new Uint8Array(32), roots: [] })).ok),
  proof: (bytes) => parseProof(new TextDecoder().decode(bytes)),
  paper: async (bytes) => said((await checkPaper(bytes, anchors)).ok),
  archive: () => {
    const file = openSync(path, 'r');
    const read = (offset: number, length: number) => {
      const bytes = new Uint8Array(length);
      return Promise.resolve(bytes.subarray(0, readSync(file, bytes, 0, length, offset)));
    };
    return readArchive(read, statSync(path).size).finally(() => closeSync(file));
  },
};
function said(ok: boolean): void {
  if (!ok) throw new Malformed('refused');
}

/** Which parsers a kind of file meets, one after the other. */
const kinds: Record<string, readonly string[]> = {
  json: ['json', 'manifest'],
  der: ['certificate', 'signature', 'wrap', 'keyfile', 'timestamp'],
};

const bytes = kind === 'archive' ? new Uint8Array() : new Uint8Array(readFileSync(path));
const started = process.cpuUsage();
const outcomes: Record<string, string> = {};
for (const name of kinds[kind] ?? [kind]) outcomes[name] = await outcomeOf(name);
// The processor's time: a busy machine is no fault of the parser.
const { user, system } = process.cpuUsage(started);
console.log(
  JSON.stringify({ outcomes, milliseconds: (user + system) / 1000, rss: process.resourceUsage().maxRSS / 1024 }),
);

async function outcomeOf(name: string): Promise<string> {
  try {
    await parsers[name]?.(bytes);
    return 'accepted';
  } catch (fault) {
    if (fault instanceof Malformed || fault instanceof WrongPassword) return 'refused';
    return `crashed: ${fault instanceof Error ? `${fault.name} ${fault.message.slice(0, 200)}` : 'unknown'}`;
  }
}
