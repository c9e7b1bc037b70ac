import {
  bridgeAddress,
  bridgeCookie,
  BridgeKeys,
  BridgeOpened,
  BridgePaired,
  bridgeRefusals,
  BridgeRequested,
  BridgeSigned,
  BridgeStored,
  type BridgeCode,
} from '@xinbiao/contracts/identity';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import {
  textOf,
  WrapUnreadable,
  type CertificateFacts,
  type CertificateRequest,
  type CertificateSubject,
  type OwnOpeningKey,
} from '@xinbiao/contracts/trust';
import type { z } from 'zod';
import type { Bytes, KeyKind } from './keyStore.ts';

/** The bridge, or the person at its window, said no. `bridgeRefusals` has the sentence. */
export class BridgeSaysNo extends Error {
  readonly code: BridgeCode;
  constructor(code: BridgeCode) {
    super(code);
    this.name = 'BridgeSaysNo';
    this.code = code;
  }
}

/** Does this site speak to a bridge? Only then does the server let its pages reach this computer's loopback. */
export const usesBridge = (): boolean => document.cookie.split('; ').includes(`${bridgeCookie}=on`);

/** Chooses hardware keys for this browser, or gives them up. The page must be loaded again to be allowed, or no longer. */
export function chooseBridge(on: boolean): void {
  document.cookie = `${bridgeCookie}=${on ? 'on' : ''}; path=/; samesite=strict; max-age=${on ? 31_536_000 : 0}`;
  if (!on) sessionStorage.removeItem(paired);
  location.reload();
}

/** The pairing lasts as long as the tab; the bridge accepts it from this site only. */
const paired = 'xinbiao-bridge';
export const isPaired = (): boolean => sessionStorage.getItem(paired) !== null;

async function ask<S extends z.ZodType>(
  schema: S,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<z.output<S>> {
  const token = sessionStorage.getItem(paired);
  const init = {
    method,
    mode: 'cors' as const,
    credentials: 'omit' as const,
    headers: { 'content-type': 'application/json', ...(token === null ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    // Newer browsers want to be told that the address is this computer's own; older ones do not know the word.
    targetAddressSpace: 'loopback',
  };
  const response = await fetch(`${bridgeAddress}${path}`, init).catch(() => {
    throw new BridgeSaysNo('bridge.absent');
  });
  const said: unknown = await response.json().catch(() => {
    throw new BridgeSaysNo('bridge.malformed');
  });
  if (!response.ok) {
    const code = typeof said === 'object' && said !== null && 'code' in said ? String(said.code) : '';
    if (code === 'bridge.not-paired') sessionStorage.removeItem(paired);
    throw new BridgeSaysNo(code in bridgeRefusals ? (code as BridgeCode) : 'bridge.malformed');
  }
  const read = schema.safeParse(said);
  if (!read.success) throw new BridgeSaysNo('bridge.malformed');
  return read.data;
}

/** Pairs this tab with the bridge by the code its window shows. Throws BridgeSaysNo, as all of these do. */
export async function pairBridge(code: string): Promise<void> {
  const { token } = await ask(BridgePaired, 'POST', '/pair', { code: code.trim() });
  sessionStorage.setItem(paired, token);
}

export type TokenKey = { readonly kind: KeyKind; readonly label: string; readonly certificate: Bytes };

/** The certificates on the token whose keys are there too. */
export const bridgeKeys = async (): Promise<readonly TokenKey[]> =>
  (await ask(BridgeKeys, 'GET', '/keys')).keys.map(({ kind, label, certificate }) => ({
    kind,
    label,
    certificate: fromHex(certificate),
  }));

/** Has the token sign a document, once its person has seen it in the bridge's window and agreed. */
export async function bridgeSign(
  { fingerprint }: CertificateFacts,
  content: Uint8Array,
  { at, chain }: { readonly at: string; readonly chain: readonly Bytes[] },
): Promise<Bytes> {
  const body = { certificate: fingerprint, content: textOf(content), at, chain: chain.map(toHex) };
  return fromHex((await ask(BridgeSigned, 'POST', '/sign', body)).signature);
}

/** A key on the token that opens wraps. */
export const bridgeDecryptionKey = ({ fingerprint }: CertificateFacts): OwnOpeningKey => ({
  open: async (wrap) => {
    const [blob] = (await ask(BridgeOpened, 'POST', '/open', { certificate: fingerprint, wraps: [toHex(wrap)] })).blobs;
    if (!blob) throw new WrapUnreadable();
    return fromHex(blob);
  },
});

/** Makes a signing and an encryption key on the token, and the request for their certificates. */
export const bridgeRequest = ({ commonName, organisation, uscc }: CertificateSubject): Promise<CertificateRequest> =>
  ask(BridgeRequested, 'POST', '/request', {
    commonName,
    organisation: organisation ?? null,
    uscc: uscc ?? null,
  });

/** Writes certificates onto the token; how many found their key. */
export const bridgeStore = async (certificates: readonly Uint8Array[]): Promise<number> =>
  (await ask(BridgeStored, 'POST', '/certificates', { certificates: certificates.map(toHex) })).stored;
