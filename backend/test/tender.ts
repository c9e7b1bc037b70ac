import { addSeat, changePassword, signIn } from '@xinbiao/contracts/identity';
import { readFile } from '@xinbiao/contracts/house';
import {
  addCalendarDays,
  addWorkingDays,
  calendarOf,
  dayAt,
  instantText,
  startOfDay,
  type Role,
} from '@xinbiao/contracts/kernel';
import {
  attachFile,
  confirmTender,
  createTender,
  prepareAct,
  publishTender,
  readDesk,
  readTender,
  saveDraft,
  acceptAppointments,
  openerAcceptAct,
  requestOpenerTest,
  submitTenderForCheck,
  type AppointmentDesk,
  type TenderDesk,
  type TenderDraft,
  type TenderStory,
} from '@xinbiao/contracts/tendering';
import { answerOpenerTest, parseCanonical, precheckItemHash, sha256Hex } from '@xinbiao/contracts/trust';
import { exampleContent } from '../../contracts/src/tendering/example.ts';
import type { Client } from './client.ts';
import type { TestHouse } from './house.ts';
import { founded, password, withKeys, type Party } from './party.ts';

/* A tender as a test needs it: composed, checked and published over HTTP by people with keys. */

/** Uploads a file by tus in one piece; gives the stored file. */
export async function upload(
  client: Client,
  name: string,
  bytes: Uint8Array,
): Promise<{ id: string; name: string; size: number; sha256: string }> {
  const metadata = `filename ${Buffer.from(name).toString('base64')},filetype ${Buffer.from('application/pdf').toString('base64')}`;
  const created = await client.fetch('/api/files', {
    method: 'POST',
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(bytes.length), 'upload-metadata': metadata },
  });
  const location = new URL(created.headers.get('location') ?? '', client.url);
  await client.fetch(location.pathname, {
    method: 'PATCH',
    headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: new Uint8Array(bytes),
  });
  return client.call(readFile, { params: { fileId: location.pathname.split('/').at(-1) ?? '' } });
}

let serial = 0;
/** A colleague in the same organisation, with keys. */
export async function colleagueOf(
  house: TestHouse,
  administrator: Party,
  roles: readonly Role[],
  name = '同事',
): Promise<Party> {
  const login = `colleague${(serial += 1)}`;
  const { firstPassword } = await administrator.client.call(addSeat, {
    body: { login, name: `${name}${serial}`, roles: [...roles] },
  });
  const client = house.visitor();
  await client.call(signIn, { body: { login, password: firstPassword ?? '' } });
  await client.call(changePassword, { body: { current: firstPassword ?? '', password } });
  return withKeys(client);
}

/** Who works on a tender: two people of the purchaser, and a notary. All three may open. */
export type Staff = { readonly composer: Party; readonly checker: Party; readonly notary: Party };

export async function aStaff(house: TestHouse): Promise<Staff> {
  const composer = await founded(house, ['purchaser'], {
    organisation: { name: `青澜市第${(serial += 1)}人民医院` },
    name: '周敏',
  });
  const staff = {
    composer,
    checker: await colleagueOf(house, composer, ['purchaser'], '陈'),
    notary: await founded(house, ['notary'], { name: '公证员' }),
  };
  for (const officer of Object.values(staff)) await acceptsOpening(officer);
  return staff;
}

/** An officer shows to hold the key, and accepts the tenders given. */
export async function acceptsOpening(officer: Party, tenders: readonly string[] = []): Promise<AppointmentDesk> {
  const { client, keys } = officer;
  if (!keys) throw new Error('an officer without keys');
  const { item } = await client.call(requestOpenerTest);
  const certificate = keys.encryptionCertificate;
  const answer = await answerOpenerTest({ item, privateKey: keys.encryption.privateKey, certificate });
  const act = openerAcceptAct(await officer.by(), {
    officer: sha256Hex(certificate),
    test: precheckItemHash(item),
    answer,
    tenders,
  });
  return client.call(acceptAppointments, { body: await officer.sign(act) });
}

/** Fills a fresh draft with what the law asks, dated from the house's clock: the deadline is 09:30 of the first lawful day. */
export async function soundDraft(
  house: TestHouse,
  { composer, checker, notary }: Staff,
  draft: TenderDraft,
  over: Partial<TenderDraft> = {},
): Promise<TenderDraft> {
  const today = dayAt(house.clock.now());
  const calendar = calendarOf();
  const [inside, inside2, outside] = await Promise.all(
    [composer, checker, notary].map(async ({ me }) => (await me()).seatId),
  );
  const { purchaser, agency, regionCode } = draft;
  return {
    // The contracts' own example, but for parties, dates, officers and files.
    ...exampleContent(),
    purchaser,
    agency,
    regionCode,
    documentsFrom: today,
    documentsUntil: addWorkingDays(today, 5, calendar),
    deadline: instantText(new Date(startOfDay(addCalendarDays(today, 20, calendar)).getTime() + 9.5 * 3_600_000)),
    officers: [
      { group: 'purchaser', seatId: inside ?? '' },
      { group: 'purchaser', seatId: inside2 ?? '' },
      { group: 'independent', seatId: outside ?? '' },
    ],
    ...over,
    attachments: draft.attachments,
  };
}

/** A draft that may be published, with its document attached. */
export async function aDraft(house: TestHouse, staff: Staff, over: Partial<TenderDraft> = {}): Promise<TenderDesk> {
  const { client } = staff.composer;
  const { id } = await client.call(createTender, { body: {} });
  const params = { tenderId: id };
  const file = await upload(client, '招标文件.pdf', new TextEncoder().encode(`招标文件 ${id}`));
  await client.call(attachFile, { params, body: { fileId: file.id, kind: 'tenderDocument' } });
  const { version, content } = await client.call(readDesk, { params });
  await client.call(saveDraft, { params, body: { version, content: await soundDraft(house, staff, content, over) } });
  return client.call(readDesk, { params });
}

/** Signs what the house says an act must be, as the person's page does after showing it. */
export async function signPrepared(
  party: Party,
  tenderId: string,
  move: 'confirm' | 'publish',
): Promise<{ act: string; signature: string }> {
  const { act } = await party.client.call(prepareAct, { params: { tenderId, move } });
  return party.sign(parseCanonical(act) as object);
}

/** A draft that a colleague has confirmed. */
export async function aCheckedTender(
  house: TestHouse,
  staff: Staff,
  over: Partial<TenderDraft> = {},
): Promise<TenderDesk> {
  const draft = await aDraft(house, staff, over);
  const params = { tenderId: draft.id };
  await staff.composer.client.call(submitTenderForCheck, { params, body: { version: draft.version } });
  return staff.checker.client.call(confirmTender, {
    params,
    body: await signPrepared(staff.checker, draft.id, 'confirm'),
  });
}

/** A published tender, as the public reads it. */
export async function aTender(house: TestHouse, staff: Staff, over: Partial<TenderDraft> = {}): Promise<TenderStory> {
  const { id } = await aCheckedTender(house, staff, over);
  await staff.composer.client.call(publishTender, {
    params: { tenderId: id },
    body: await signPrepared(staff.composer, id, 'publish'),
  });
  return house.anybody.call(readTender, { params: { tenderId: id } });
}
