import { instantText } from '@xinbiao/contracts/kernel';
import {
  createTimestampAuthority,
  importSigningKey,
  issueTimestamp,
  Malformed,
  OtherDigest,
  readTimestampRequest,
  timestampResponse,
  type Bytes,
  type StampingAuthority,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

type Kept = { readonly certificate: string; readonly chain: readonly string[]; readonly privateKey: string };
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytes = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'base64'));

/** Names this demonstration's tokens as what they are worth. */
const policy = '1.3.6.1.4.1.62253.1.1';

/** The demonstration's own timestamp authority: made once, its key readable by the owner of the folder only. */
export async function openDemonstration(folder: string, now: Date, city: string): Promise<StampingAuthority> {
  const file = join(folder, 'demonstration-time-authority.json');
  if (!existsSync(file)) {
    // Valid in every time a demonstration may show: the past that seeds tell of, and clocks turned far ahead.
    const at = new Date(now);
    at.setUTCFullYear(now.getUTCFullYear() - 10);
    const made = await createTimestampAuthority({
      name: `${city}演示时间戳机构（不具法律效力）`,
      at: new Date(instantText(at).slice(0, 19) + 'Z'),
      years: 40,
      extractable: true,
    });
    const kept: Kept = {
      certificate: base64(made.certificate),
      chain: made.chain.map(base64),
      privateKey: base64(new Uint8Array(await crypto.subtle.exportKey('pkcs8', made.privateKey))),
    };
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify(kept), { mode: 0o600, flag: 'wx' });
  }
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept;
  return {
    certificate: bytes(kept.certificate),
    chain: kept.chain.map(bytes),
    privateKey: await importSigningKey(bytes(kept.privateKey)),
  };
}

/** Answers a question as any authority does: with a token, or with the reason why not. Throws Malformed for no question at all. */
export async function answer(authority: StampingAuthority, request: Uint8Array, now: () => Date): Promise<Bytes> {
  try {
    const question = readTimestampRequest(request);
    if (question.policy !== undefined && question.policy !== policy)
      return timestampResponse({ refused: 'unacceptedPolicy' });
    const serial = randomBytes(16);
    serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f);
    return timestampResponse({
      token: await issueTimestamp({ question, authority, time: now(), serial, policy, accuracyMilliseconds: 1 }),
    });
  } catch (fault) {
    if (fault instanceof OtherDigest) return timestampResponse({ refused: 'badAlg' });
    if (fault instanceof Malformed) return timestampResponse({ refused: 'badDataFormat' });
    throw fault;
  }
}
