import {
  finalizeEnvelope,
  judgeBidReceipt,
  listPieces,
  putPiece,
  type BidReceipt,
  type EnvelopeFolder,
} from '@xinbiao/contracts/bidding';
import { readLogKey } from '@xinbiao/contracts/ledger';
import { parseVerifierKey } from '@xinbiao/contracts/trust';
import { setTimeout as pause } from 'node:timers/promises';
import { Said, type Client } from '../play/client.ts';
import { Unfit } from './folder.ts';

const tries = 8;

/** Busy, restarting or cut off in between: asking again can help. */
const mayPass = (fault: unknown): boolean =>
  fault instanceof Said
    ? fault.status === 408 || fault.status === 425 || fault.status === 429 || fault.status >= 500
    : fault instanceof TypeError;

/** Tries until it is answered; handing in twice is handing in once. */
async function answered<T>(attempt: () => Promise<T>, wait: number): Promise<T> {
  for (let count = 1; ; count += 1)
    try {
      return await attempt();
    } catch (fault) {
      if (!mayPass(fault) || count === tries) throw fault;
      await pause(wait * 2 ** count);
    }
}

/** Hands a sealed envelope in: only the pieces that have not arrived are sent, and the receipt is checked before it is believed. */
export async function submitEnvelope(
  client: Client,
  envelope: EnvelopeFolder,
  given: { readonly told?: (sent: number, of: number) => void; readonly wait?: number } = {},
): Promise<BidReceipt> {
  const { told, wait = 250 } = given;
  const { envelopeId } = envelope.manifest.ctx;
  const { pieces: arrived } = await answered(() => client.call(listPieces, { params: { envelopeId } }), wait);
  const there = new Set(arrived.map(({ sha256 }) => sha256));
  const of = envelope.pieces.reduce((sum, { size }) => sum + size, 0);
  let sent = 0;
  for (const { sha256, size, bytes } of envelope.pieces) {
    if (!there.has(sha256)) {
      const raw = await bytes();
      await answered(() => client.call(putPiece, { params: { envelopeId, sha256 }, raw }), wait);
    }
    told?.((sent += size), of);
  }
  const { text: manifest, signature, timestamps } = envelope;
  const body = { manifest, signature, timestamps: [...timestamps] };
  const receipt = await answered(() => client.call(finalizeEnvelope, { params: { envelopeId }, body }), wait);
  const { verifierKey } = await client.call(readLogKey);
  const judged = judgeBidReceipt({
    proof: receipt.receipt,
    manifestHash: envelope.manifestHash,
    keys: [parseVerifierKey(verifierKey)],
  });
  if (!judged.proven)
    throw new Unfit(
      '平台给出的回执不成立，不能当作已提交。请保存全部文件，并联系监督部门。 The receipt does not hold: do not take the bid as handed in. Keep everything and tell the supervisor.',
    );
  return receipt;
}
