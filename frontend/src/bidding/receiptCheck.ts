import { isDemonstrationWitness, readLogKey } from '@xinbiao/contracts/ledger';
import {
  manifestHashOf,
  Manifest,
  parseCanonical,
  parseVerifierKey,
  verifyReceipt,
  type Receipt,
} from '@xinbiao/contracts/trust';
import { call } from '../app/api.ts';
import type { KeptEnvelope } from './bidStore.ts';

export type Finding = 'holds' | 'broken' | 'unknown';

/** Four plain checks of a receipt, worked out in this browser. */
export type CheckedReceipt = {
  /** The log's entry names exactly the envelope that was sealed. `own`: compared with what this computer kept. */
  readonly same: { readonly finding: Finding; readonly own: boolean };
  readonly signed: Finding;
  readonly included: Finding;
  readonly witnesses: {
    readonly finding: Finding;
    /** Independent witnesses that signed, of so many that there are; those of a demonstration are not counted. */
    readonly count: number;
    readonly configured: number;
    /** By when all of them had seen it; the entry is no younger than that. */
    readonly by: Date | undefined;
  };
  readonly receipt: Receipt | undefined;
};

/** The hash of a manifest as it was handed in; undefined when it is not a manifest. */
export function hashOfManifest(text: string): string | undefined {
  try {
    return manifestHashOf(Manifest.parse(parseCanonical(text)));
  } catch {
    return undefined;
  }
}

/** Checks a receipt against a manifest: the one this computer sealed, or, on another computer, the one the platform holds. */
export async function checkBidReceipt({
  proof,
  manifest,
  own,
}: {
  readonly proof: string;
  readonly manifest: string | undefined;
  readonly own: boolean;
}): Promise<CheckedReceipt> {
  const key = await call(readLogKey);
  if (!key.ok)
    return {
      same: { finding: 'unknown', own },
      signed: 'unknown',
      included: 'unknown',
      witnesses: { finding: 'unknown', count: 0, configured: 0, by: undefined },
      receipt: undefined,
    };
  const trusted = [key.value.verifierKey, ...key.value.witnesses.map(({ verifierKey }) => verifierKey)].map(
    parseVerifierKey,
  );
  const configured = key.value.witnesses.filter((witness) => !isDemonstrationWitness(witness)).length;
  const checked = verifyReceipt({ proof, verifierKeys: trusted });
  if (!checked.ok) {
    const signed: Finding = checked.reason === 'not-included' ? 'holds' : 'broken';
    return {
      same: { finding: 'unknown', own },
      signed,
      included: checked.reason === 'not-included' ? 'broken' : 'unknown',
      witnesses: { finding: 'unknown', count: 0, configured, by: undefined },
      receipt: undefined,
    };
  }
  const { receipt } = checked;
  const times = receipt.signed.flatMap(({ key: signer, time }) =>
    time === null || isDemonstrationWitness(signer) ? [] : [time],
  );
  const count = times.length;
  const expected = manifest === undefined ? undefined : hashOfManifest(manifest);
  const same: Finding =
    expected === undefined
      ? 'unknown'
      : receipt.body.t === 'bid.receipt' && receipt.body.p['manifest'] === expected
        ? 'holds'
        : 'broken';
  return {
    same: { finding: same, own },
    signed: 'holds',
    included: 'holds',
    witnesses: {
      finding: count > 0 ? 'holds' : 'unknown',
      count,
      configured,
      by: count > 0 ? new Date(Math.max(...times) * 1000) : undefined,
    },
    receipt,
  };
}

/** A text as an address that can be saved; for small files only. */
export function saveText(text: string, name: string, type = 'text/plain;charset=utf-8'): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Saves what proves that a bid was signed in time and answered without proof. */
export function saveEvidence({ envelopeId, evidence }: Pick<KeptEnvelope, 'envelopeId' | 'evidence'>): void {
  if (evidence) saveText(JSON.stringify(evidence, undefined, 1), `evidence-${envelopeId}.json`, 'application/json');
}
