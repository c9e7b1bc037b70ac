import { isDemonstrationWitness, proveGrowth } from '@xinbiao/contracts/ledger';
import {
  openCheckpoint,
  parseProof,
  parseOpening,
  provesConsistency,
  verifyReceipt,
  Malformed,
  type EntryBody,
  type Outcome,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { fromHex } from '@xinbiao/contracts/kernel';
import { call } from '../app/api.ts';
import { platformLog } from './logSource.ts';

/** One numbered step of a check; `name` picks its sentence. */
export type Step = {
  readonly name: 'form' | 'signature' | 'included' | 'grown' | 'witness';
  readonly outcome: Outcome;
  readonly facts: Readonly<Record<string, string | number>>;
};
export type Checked = {
  readonly outcome: Outcome;
  readonly steps: readonly Step[];
  readonly entry?: { readonly index: number; readonly body: EntryBody; readonly sealed: boolean };
};

/**
 * Checks a receipt in this browser with keys one trusts. The file never leaves the computer; only the fourth step asks
 * the platform anything, and not about the receipt: it fetches the log's growth between two sizes.
 */
export async function checkReceipt(text: string, keys: readonly VerifierKey[]): Promise<Checked> {
  const steps: Step[] = [];
  const say = (name: Step['name'], outcome: Outcome, facts: Step['facts'] = {}) => steps.push({ name, outcome, facts });
  const done = (entry?: Checked['entry']): Checked => ({
    outcome: steps.some(({ outcome }) => outcome === 'broken')
      ? 'broken'
      : steps.some(({ name, outcome }) => outcome === 'unknown' && name !== 'grown' && name !== 'witness')
        ? 'unknown'
        : 'holds',
    steps,
    ...(entry === undefined ? {} : { entry }),
  });

  let entry: Checked['entry'];
  try {
    const proof = parseProof(text);
    const { body, salt } = parseOpening(proof.extra);
    entry = { index: proof.index, body, sealed: salt !== null };
    say('form', 'holds', { index: proof.index });
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
    say('form', 'broken');
    return done();
  }
  if (keys.length === 0) {
    say('signature', 'unknown');
    return done(entry);
  }
  const check = verifyReceipt({ proof: text, verifierKeys: keys });
  if (!check.ok) {
    if (check.reason === 'not-signed') say('signature', 'broken');
    else {
      say('signature', 'holds', { origin: keys[0]?.name ?? '' });
      say('included', 'broken');
    }
    return done(entry);
  }
  const { checkpoint, signed, index } = check.receipt;
  say('signature', 'holds', { origin: checkpoint.origin });
  say('included', 'holds', { index, size: checkpoint.size });
  say('grown', await stillThere(checkpoint, keys));
  const witnesses = signed.filter(({ key, time }) => time !== null && !isDemonstrationWitness(key));
  say('witness', witnesses.length > 0 ? 'holds' : 'unknown', { count: witnesses.length });
  return done(entry);
}

/** Is the log as it was when the receipt was given still the beginning of the log as it is now? */
async function stillThere(
  old: { readonly size: number; readonly root: Uint8Array },
  keys: readonly VerifierKey[],
): Promise<Outcome> {
  const note = await platformLog.checkpoint();
  if (note === undefined) return 'unknown';
  try {
    const now = openCheckpoint(note, keys);
    if (now.size < old.size) return 'unknown';
    const growth = now.size === old.size ? [] : await growthProof(old.size, now.size);
    if (growth === undefined) return 'unknown';
    return provesConsistency({
      oldSize: old.size,
      oldRoot: old.root,
      newSize: now.size,
      newRoot: now.root,
      proof: growth,
    })
      ? 'holds'
      : 'broken';
  } catch (fault) {
    if (fault instanceof Malformed) return 'broken';
    throw fault;
  }
}

async function growthProof(from: number, to: number): Promise<Uint8Array[] | undefined> {
  const answer = await call(proveGrowth, { query: { from, to } });
  return answer.ok ? answer.value.proof.map(fromHex) : undefined;
}
