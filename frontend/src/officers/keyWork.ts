import { answerPrecheck, precheckAct, type PrecheckBatchView } from '@xinbiao/contracts/bidding';
import { actBy } from '@xinbiao/contracts/identity';
import {
  acceptAppointments,
  openerAcceptAct,
  requestOpenerTest,
  type AppointmentDesk,
} from '@xinbiao/contracts/tendering';
import {
  answerOpenerTest,
  checkPrecheckItem,
  Malformed,
  precheckBatchHash,
  precheckItemHash,
  WrapUnreadable,
} from '@xinbiao/contracts/trust';
import { call, type Said } from '../app/api.ts';
import { useSession } from '../app/session.store.ts';
import { loadDemoKeys } from '../identity/demo.ts';
import { encryptionKeyOf, NoKey, signAct, type UsableKey } from '../identity/keys.ts';

/** Why an officer's key did not do what was asked: it is not here, does not open, or the server says no. */
export type Lack =
  | { readonly why: 'noKey'; readonly print: string }
  | { readonly why: 'unreadable' }
  | { readonly why: 'said'; readonly said: readonly Said[] };
export type Done<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly lack: Lack };

const lacking = (lack: Lack): { readonly ok: false; readonly lack: Lack } => ({ ok: false, lack });

async function keyFor(certSha256: string): Promise<UsableKey> {
  try {
    return await encryptionKeyOf(undefined, certSha256);
  } catch (fault) {
    if (!(fault instanceof NoKey) || !(await loadDemoKeys())) throw fault;
    return encryptionKeyOf(undefined, certSha256);
  }
}

function by() {
  const { me } = useSession();
  if (!me) throw new NoKey('signedOut');
  return actBy(me);
}

/** Accepts these tenders with every encryption key of the officer: one for each suite of algorithms, mostly one. */
export async function acceptWithKey(tenders: readonly string[]): Promise<Done<AppointmentDesk>> {
  let done = await acceptWithOne(tenders);
  for (let more = 0; more < 2 && done.ok && !isProven(done.value); more += 1) done = await acceptWithOne(tenders);
  return done;
}

const isProven = ({ certificate, now }: AppointmentDesk): boolean =>
  certificate?.provenUntil != null && certificate.provenUntil > now;

/** Opens a test with the officer's key: one act, signed. The share opened never leaves here. */
async function acceptWithOne(tenders: readonly string[]): Promise<Done<AppointmentDesk>> {
  const test = await call(requestOpenerTest);
  if (!test.ok) return lacking({ why: 'said', said: test.refusals });
  const { item } = test.value;
  try {
    const { privateKey, certificate } = await keyFor(item.officer);
    const answer = await answerOpenerTest({ item, privateKey, certificate });
    const signed = await signAct(
      openerAcceptAct(by(), { officer: item.officer, test: precheckItemHash(item), answer, tenders }),
    );
    const accepted = await call(acceptAppointments, { body: signed });
    return accepted.ok ? { ok: true, value: accepted.value } : lacking({ why: 'said', said: accepted.refusals });
  } catch (fault) {
    return lackOf(fault, item.officer);
  }
}

/** Tries every share of a batch and answers with a signature; gives how many do not open. */
export async function tryBatch({ batchId, lotId, officer, items }: PrecheckBatchView): Promise<Done<{ bad: number }>> {
  try {
    const { privateKey, certificate } = await keyFor(officer);
    const answers = [];
    for (const item of items) {
      const { answer } = await checkPrecheckItem({ item, privateKey, certificate });
      answers.push({ item: precheckItemHash(item), answer });
    }
    const signed = await signAct(precheckAct(by(), { lotId, batch: precheckBatchHash(items), officer, answers }));
    const taken = await call(answerPrecheck, { params: { batchId }, body: signed });
    return taken.ok
      ? { ok: true, value: { bad: answers.filter(({ answer }) => answer === 'complaint').length } }
      : lacking({ why: 'said', said: taken.refusals });
  } catch (fault) {
    return lackOf(fault, officer);
  }
}

function lackOf(fault: unknown, certSha256: string): { readonly ok: false; readonly lack: Lack } {
  if (fault instanceof NoKey) return lacking({ why: 'noKey', print: certSha256.slice(0, 8) });
  // What is no test did not come from an honest server, and is not answered.
  if (fault instanceof WrapUnreadable || fault instanceof Malformed) return lacking({ why: 'unreadable' });
  throw fault;
}
