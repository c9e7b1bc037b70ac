import {
  Malformed,
  readCertificate,
  recipientOf,
  sha256,
  signDetached,
  unwrapWith,
  type Bytes,
  type CertificateFacts,
  type OwnAgreementKey,
  type OwnSigningKey,
} from '@xinbiao/contracts/trust';
import { toHex } from '@xinbiao/contracts/kernel';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/*
 * A PKCS#11 token through OpenSC's pkcs11-tool. Every use is a process of its own: slow by a few hundredths of a
 * second, and a driver that crashes takes nothing with it. The PIN goes through the environment, which only
 * processes of the same person can read, and never through the command line, which everybody can.
 */

const run = promisify(execFile);

/** The token, or its driver, did not do it. `pin` says that the PIN was wrong: never try again by itself. */
export class TokenFailed extends Error {
  readonly pin: boolean;
  constructor(said: string) {
    // The tool's last words are names of functions and codes; no argument of ours and no PIN is in them.
    const code = /CKR_[A-Z_]+/.exec(said)?.[0] ?? 'no answer';
    super(`the token failed: ${code}`);
    this.name = 'TokenFailed';
    this.pin = code === 'CKR_PIN_INCORRECT' || code === 'CKR_PIN_LOCKED' || code === 'CKR_PIN_LEN_RANGE';
  }
}

export type TokenKey = {
  readonly kind: 'signing' | 'encryption';
  readonly label: string;
  readonly facts: CertificateFacts;
  /** CKA_ID, hex. */
  readonly id: string;
};

export type Token = {
  readonly label: string;
  /** Certificates whose private keys are there too. */
  readonly keys: () => Promise<readonly TokenKey[]>;
  /** Detached CMS by the key of this certificate. */
  readonly sign: (key: TokenKey, content: Bytes, given: { at: Date; chain: readonly Bytes[] }) => Promise<Bytes>;
  /** What a wrap for this certificate holds; undefined when it does not open. */
  readonly open: (key: TokenKey, wrap: Bytes) => Promise<Bytes | undefined>;
  /** Makes a key pair on the token, which never leaves it. */
  readonly generate: (kind: TokenKey['kind']) => Promise<{ readonly key: OwnSigningKey; readonly spki: Bytes }>;
  /** Writes a certificate beside its key; false when its key is not there. */
  readonly store: (certificate: Bytes) => Promise<boolean>;
};

/** Opens the token with its PIN, tried once. Throws TokenFailed. */
export async function openToken({
  module,
  label,
  pin,
}: {
  readonly module: string;
  readonly label?: string | undefined;
  readonly pin: string;
}): Promise<Token> {
  const name = label ?? (await firstLabel(module));
  const tool = async (...args: string[]): Promise<string> => {
    try {
      const { stdout } = await run(
        'pkcs11-tool',
        ['--module', module, '--token-label', name, '--login', '--pin', 'env:XINBIAO_PIN', ...args],
        { env: { ...process.env, LC_ALL: 'C', XINBIAO_PIN: pin }, timeout: 30_000, maxBuffer: 8 * 1024 * 1024 },
      );
      return stdout;
    } catch (error) {
      throw new TokenFailed(error instanceof Error && 'stderr' in error ? String(error.stderr) : '');
    }
  };
  /** Runs the tool on a file and gives what it wrote, in a folder nobody else can enter and that is gone afterwards. */
  const through = async (input: Uint8Array | undefined, ...args: string[]): Promise<Bytes> => {
    const folder = await mkdtemp(join(tmpdir(), 'xinbiao-bridge-'));
    const [from, to] = [join(folder, 'in'), join(folder, 'out')];
    try {
      if (input) await writeFile(from, input, { mode: 0o600 });
      await tool(...args, ...(input ? ['--input-file', from] : []), '--output-file', to);
      return new Uint8Array(await readFile(to));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  await tool('--list-objects', '--type', 'privkey');

  const signingKey = (id: string, algorithm: 'EC-P256' | 'RSA'): OwnSigningKey => ({
    scheme: { kind: algorithm === 'RSA' ? 'RSA' : 'EC', hash: 'SHA-256' },
    sign: (over) =>
      algorithm === 'RSA'
        ? through(over, '--sign', '--mechanism', 'SHA256-RSA-PKCS', '--id', id)
        : through(sha256(over), '--sign', '--mechanism', 'ECDSA', '--signature-format', 'openssl', '--id', id),
  });
  const agreement = (id: string): OwnAgreementKey => ({
    agree: (point) => through(spkiOfPoint(point), '--derive', '--mechanism', 'ECDH1-DERIVE', '--id', id),
  });
  const publicKeyOf = (id: string): Promise<Bytes> =>
    through(undefined, '--read-object', '--type', 'pubkey', '--id', id);
  const idsOf = async (type: 'cert' | 'privkey'): Promise<readonly { id: string; label: string }[]> =>
    objectsOf(await tool('--list-objects', '--type', type));

  /** Certificates of others on the token: those of its issuers. */
  const authorities = async (): Promise<Bytes[]> => {
    const held = new Set((await idsOf('privkey')).map(({ id }) => id));
    const found: Bytes[] = [];
    for (const { id } of await idsOf('cert'))
      if (!held.has(id)) found.push(await through(undefined, '--read-object', '--type', 'cert', '--id', id));
    return found;
  };

  return {
    label: name,
    async keys() {
      const held = new Set((await idsOf('privkey')).map(({ id }) => id));
      const found: TokenKey[] = [];
      for (const { id, label: given } of await idsOf('cert')) {
        if (!held.has(id)) continue;
        const facts = readOrNothing(await through(undefined, '--read-object', '--type', 'cert', '--id', id));
        if (!facts || facts.algorithm === 'SM2') continue;
        if (facts.usage.sign) found.push({ kind: 'signing', label: given, facts, id });
        else if (facts.usage.agree) found.push({ kind: 'encryption', label: given, facts, id });
      }
      return found;
    },
    sign: async ({ id, facts }, content, { at, chain }) =>
      signDetached({
        content,
        certificate: facts.der,
        // Whoever checks the signature later has no token to ask for its issuers.
        chain: [...chain, ...(await authorities())].slice(0, 6),
        privateKey: signingKey(id, facts.algorithm === 'RSA' ? 'RSA' : 'EC-P256'),
        signingTime: at,
      }),
    async open({ id, facts }, wrap) {
      return unwrapWith(agreement(id), recipientOf(facts.der), wrap).catch(() => undefined);
    },
    async generate(kind) {
      const id = randomBytes(8).toString('hex');
      await tool(
        '--keypairgen', '--key-type', 'EC:prime256v1', '--id', id, '--label', `xinbiao ${kind}`, kind === 'signing' ? '--usage-sign' : '--usage-derive',
      ); // prettier-ignore
      return { key: signingKey(id, 'EC-P256'), spki: await publicKeyOf(id) };
    },
    async store(certificate) {
      const { spki } = readCertificate(certificate);
      for (const { id } of await idsOf('privkey')) {
        if (toHex(await publicKeyOf(id).catch(() => new Uint8Array())) !== toHex(spki)) continue;
        const folder = await mkdtemp(join(tmpdir(), 'xinbiao-bridge-'));
        try {
          const file = join(folder, 'certificate.der');
          await writeFile(file, certificate);
          await tool('--write-object', file, '--type', 'cert', '--id', id, '--label', 'xinbiao');
          return true;
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }
      return false;
    },
  };
}

async function firstLabel(module: string): Promise<string> {
  const { stdout } = await run('pkcs11-tool', ['--module', module, '--list-slots'], {
    env: { ...process.env, LC_ALL: 'C' },
    timeout: 30_000,
  }).catch((error: unknown) => {
    throw new TokenFailed(error instanceof Error && 'stderr' in error ? String(error.stderr) : '');
  });
  const label = /token label\s*: (.+)/.exec(stdout)?.[1]?.trim();
  if (label === undefined) throw new TokenFailed('');
  return label;
}

/** The objects of a listing: each begins in the first column, its attributes are indented. */
function objectsOf(listing: string): { id: string; label: string }[] {
  return listing.split(/^(?=\S)/m).flatMap((block) => {
    const id = /^\s+ID:\s*([0-9a-f]+)/m.exec(block)?.[1];
    const label = /^\s+label:\s*(.*)$/m.exec(block)?.[1]?.trim() ?? '';
    return id === undefined ? [] : [{ id, label }];
  });
}

function readOrNothing(der: Bytes): CertificateFacts | undefined {
  try {
    return readCertificate(der);
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

/** SubjectPublicKeyInfo of a P-256 point: the form in which the tool takes the other side of an agreement. */
const spkiOfPoint = (point: Uint8Array): Bytes =>
  new Uint8Array(Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), point]));
