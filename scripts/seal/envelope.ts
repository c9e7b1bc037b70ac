import { envelopeFiles, sealingFactsFaults, SealingFactsFile } from '@xinbiao/contracts/bidding';
import { fromHex } from '@xinbiao/contracts/kernel';
import {
  canonicalBytes,
  createDeal,
  openPkcs12,
  parseCanonical,
  protectRecovery,
  recoveryOf,
  sealEnvelope,
  sha256Hex,
  signerOf,
  signingKeyFrom,
  type FileDigest,
  type Json,
  type Manifest,
  type PartContent,
  type SealedEnvelope,
} from '@xinbiao/contracts/trust';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Unfit } from './folder.ts';

/** The program that seals, as the manifest names it. */
export const commandLine: Manifest['client'] = { bundleSha256: null, version: 'xinbiao-command-line/1' };

/** Reads sealing facts and refuses those that do not hang together, or are not for this key file. */
export function readFacts(bytes: Uint8Array): SealingFactsFile {
  let value: unknown;
  try {
    value = parseCanonical(bytes);
  } catch {
    throw new Unfit('封装信息文件已被改动。 The facts file was changed since it was saved.');
  }
  const read = SealingFactsFile.safeParse(value);
  if (!read.success) throw new Unfit('这不是封装信息文件。 This is not a sealing-facts file.');
  const faults = sealingFactsFaults(read.data);
  if (faults.length > 0)
    throw new Unfit(
      `封装信息与公告不符，不能封装（${faults.join('、')}）。 These facts are not those of the signed notice; nothing is sealed to them (${faults.join(', ')}).`,
    );
  return read.data;
}

/** The key that the envelope was begun with, from a key file; throws Unfit where it is not in it, or a gate's is not. */
export async function signerFrom(file: Uint8Array, password: string, facts: SealingFactsFile) {
  const { entries, chain } = await openPkcs12(file, password);
  const own = new Map(entries.map((entry) => [sha256Hex(entry.certificate), entry]));
  const signing = own.get(facts.ctx.bidderCertSha256);
  if (!signing)
    throw new Unfit(
      '密钥文件里没有开始封装时绑定的签名证书。 The key file does not hold the signing certificate that the envelope was begun with.',
    );
  for (const certificate of Object.values(facts.gates))
    if (!own.has(sha256Hex(fromHex(certificate))))
      throw new Unfit(
        '开标还需要贵单位的加密密钥，但它不在这个密钥文件里。 The opening needs your encryption key too, and this key file does not hold it: nobody could open the bid.',
      );
  return signerOf({
    kind: 'p12',
    certificate: signing.certificate,
    chain: chain.map((der) => new Uint8Array(der)),
    key: await signingKeyFrom(signing.pkcs8),
    now: () => new Date(),
  });
}

export type Sealed = SealedEnvelope & {
  readonly digests: ReadonlyMap<string, readonly FileDigest[]>;
  readonly bytesSealed: number;
};

/** Seals parts into a new folder: pieces by their hash, manifest, signature, and the recovery file under a passphrase. */
export async function sealInto(
  out: string,
  given: {
    readonly facts: SealingFactsFile;
    readonly parts: readonly PartContent[];
    readonly signer: { readonly sign: (content: Uint8Array) => Promise<Uint8Array> };
    readonly dealSeed: Uint8Array<ArrayBuffer>;
    /** Protects the recovery file; none is written without it. */
    readonly recovery?: { readonly passphrase: string; readonly random: Uint8Array } | undefined;
    readonly client?: Manifest['client'];
    readonly told?: (bytes: number) => void;
  },
): Promise<Sealed> {
  const { facts, parts, signer, dealSeed, recovery, client = commandLine, told } = given;
  await mkdir(join(out, envelopeFiles.pieces), { recursive: true });
  if ((await readdir(join(out, envelopeFiles.pieces))).length > 0)
    throw new Unfit(`${out} 里已经有一份封装。 ${out} already holds an envelope; name another folder.`);
  const deal = await createDeal({
    ctx: facts.ctx,
    keyring: facts.keyring,
    dealSeed,
    stages: facts.stages.map(({ id }) => id),
    gates: facts.gates,
  });
  const digests = new Map<string, readonly FileDigest[]>();
  let bytesSealed = 0;
  const sealed = await sealEnvelope(
    { deal, parts, client, pieceLength: facts.pieceLength },
    {
      inFlight: 2,
      async deliver(_, { bytes, sha256 }) {
        const path = join(out, envelopeFiles.pieces, sha256);
        await writeFile(`${path}.part`, bytes);
        await rename(`${path}.part`, path);
        bytesSealed += bytes.length;
        told?.(bytesSealed);
      },
      finished: ({ name }, found) => void digests.set(name, found ?? []),
    },
  );
  if (bytesSealed > facts.quota)
    throw new Unfit(
      `封装后超过可上传的 ${facts.quota} 字节。 The envelope is larger than the ${facts.quota} bytes that may be handed in.`,
    );
  if (recovery) {
    const text = await protectRecovery(
      recoveryOf({
        deal,
        client,
        parts: parts.map(({ stage, name, content }) => ({
          stage,
          name,
          content: content as Json,
          files: digests.get(name) ?? [],
        })),
      }),
      recovery.passphrase,
      recovery.random,
    );
    await writeFile(join(out, envelopeFiles.recovery), text, { mode: 0o600 });
  }
  await writeFile(join(out, envelopeFiles.facts), canonicalBytes(facts));
  await writeFile(join(out, envelopeFiles.signature), await signer.sign(sealed.bytes));
  // Last: a folder with a manifest is whole.
  await writeFile(join(out, envelopeFiles.manifest), sealed.bytes);
  return { ...sealed, digests, bytesSealed };
}
