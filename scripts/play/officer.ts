import { answerPrecheck, listPrechecks, precheckAct, type PrecheckVerdict } from '@xinbiao/contracts/bidding';
import {
  acceptAppointments,
  amendOfficers,
  listAppointments,
  openerAcceptAct,
  prepareAmendment,
  prepareOfficerChange,
  proposeOfficerChange,
  requestOpenerTest,
  type AppointmentDesk,
  type OfficerChangeBody,
} from '@xinbiao/contracts/tendering';
import {
  answerOpenerTest,
  checkPrecheckItem,
  precheckBatchHash,
  precheckItemHash,
  type PrecheckItem,
} from '@xinbiao/contracts/trust';
import type { Person } from './person.ts';

/* What officers do before bids close, over HTTP with their own keys. */

/** An officer's browser opens a test, and accepts every tender that names the officer, or those given. */
export async function acceptOpening(officer: Person, tenders?: readonly string[]): Promise<AppointmentDesk> {
  const { client } = officer;
  const { item } = await client.call(requestOpenerTest);
  const { encryption } = officer.held;
  const answer = await answerOpenerTest({
    item,
    privateKey: encryption.privateKey,
    certificate: encryption.certificate,
  });
  const named = tenders ?? (await client.call(listAppointments)).rows.map(({ tenderId }) => tenderId);
  const act = openerAcceptAct(officer.by, {
    officer: encryption.fingerprint,
    test: precheckItemHash(item),
    answer,
    tenders: named,
  });
  return client.call(acceptAppointments, { body: await officer.sign(act) });
}

/** Tries every share that waits for this officer, and answers. `lie` lets a test answer against what was found. */
export async function tryShares(
  officer: Person,
  lie: (item: PrecheckItem, found: PrecheckVerdict) => PrecheckVerdict = (_, found) => found,
): Promise<{ batches: number; complaints: number }> {
  const { client } = officer;
  const { encryption } = officer.held;
  const { rows } = await client.call(listPrechecks);
  let complaints = 0;
  for (const { batchId, lotId, items } of rows) {
    const answers = [];
    for (const item of items) {
      const { answer } = await checkPrecheckItem({
        item,
        privateKey: encryption.privateKey,
        certificate: encryption.certificate,
      });
      const said = lie(item, answer);
      if (said === 'complaint') complaints += 1;
      answers.push({ item: precheckItemHash(item), answer: said });
    }
    const act = precheckAct(officer.by, {
      lotId,
      batch: precheckBatchHash(items),
      officer: encryption.fingerprint,
      answers,
    });
    await client.call(answerPrecheck, { params: { batchId }, body: await officer.sign(act) });
  }
  return { batches: rows.length, complaints };
}

/** One of the staff proposes to replace officers. */
export async function proposeChange(staff: Person, tenderId: string, change: OfficerChangeBody): Promise<void> {
  const params = { tenderId };
  const { act } = await staff.client.call(prepareOfficerChange, { params, body: change });
  await staff.client.call(proposeOfficerChange, { params, body: { ...change, ...(await staff.sign(act)) } });
}

/** A second one amends the notice. */
export async function confirmChange(staff: Person, tenderId: string) {
  const params = { tenderId };
  const { act } = await staff.client.call(prepareAmendment, { params });
  return staff.client.call(amendOfficers, { params, body: await staff.sign(act) });
}
