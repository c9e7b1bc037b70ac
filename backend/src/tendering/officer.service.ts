import type { EntityManager, FilterQuery } from '@mikro-orm/core';
import { fromHex, instantText, toHex } from '@xinbiao/contracts/kernel';
import {
  acceptanceDays,
  OpenerAcceptAct,
  openerAcceptAct,
  provenUntil,
  type Appointment,
  type AppointmentDesk,
  type TenderContent,
} from '@xinbiao/contracts/tendering';
import {
  bytesOf,
  dealOpenerTest,
  Malformed,
  parseCanonical,
  precheckItemHash,
  sha256Hex,
  type PrecheckItem,
  suiteNames,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { actorBy, encryptionCertificateOf, type Certificate } from '../identity/index.ts';
import { record } from '../ledger/index.ts';
import { newId, refuse, transact, type Actor, type House } from '../platform/index.ts';
import { provenAtOf } from './notice.queries.ts';
import { OfficerAppointment, OfficerProof, OpenerTest } from './officer.entity.ts';
import { Tender } from './tender.entity.ts';

export type Given = { readonly em: EntityManager; readonly house: House; readonly now: Date; readonly actor: Actor };

/** From the moment a tender's content stands still until its bids close, its officers may accept. */
const named: FilterQuery<Tender> = {
  $or: [{ state: { $in: ['checking', 'checked'] } }, { state: 'published', lotState: 'bidding' }],
};

/** What an officer's desk shows before bids close. */
export async function appointmentDesk({ em, actor, now }: Omit<Given, 'house'>): Promise<AppointmentDesk> {
  const certificate = await nextToProve({ em, actor, now });
  const proof = certificate
    ? (await provenAtOf(em, [certificate.fingerprint])).get(certificate.fingerprint)
    : undefined;
  return {
    now: instantText(now),
    certificate: certificate && {
      fingerprint: certificate.fingerprint,
      notAfter: instantText(certificate.notAfter),
      provenAt: proof ? instantText(proof.at) : null,
      provenUntil: proof ? instantText(provenUntil(proof.at)) : null,
    },
    rows: await appointmentsOf(em, actor.seatId),
  };
}

async function appointmentsOf(em: EntityManager, seatId: string): Promise<Appointment[]> {
  const rows = await em.find(OfficerAppointment, { seatId }, { disableIdentityMap: true });
  const tenders = await em.find(
    Tender,
    { $and: [{ id: { $in: rows.map(({ tenderId }) => tenderId) } }, named] },
    {
      fields: ['id', 'code', 'title', 'purchaserName', 'deadline', 'publishedAt'],
      orderBy: { deadline: 'asc', id: 'asc' },
      disableIdentityMap: true,
    },
  );
  return tenders.flatMap(({ id, code, title, purchaserName, deadline, publishedAt }): Appointment[] => {
    const row = rows.find(({ tenderId }) => tenderId === id);
    return row
      ? [
          {
            tenderId: id,
            code,
            title,
            purchaser: purchaserName,
            group: row.officerGroup,
            deadline: deadline ? instantText(deadline) : null,
            published: Boolean(publishedAt),
            acceptedAt: row.acceptedAt ? instantText(row.acceptedAt) : null,
          },
        ]
      : [];
  });
}

const ownCertificate = async (given: Omit<Given, 'house'>): Promise<Certificate> =>
  (await nextToProve(given)) ?? refuse('officer.no-certificate');

/** The key to prove next: of the newest of each suite the one whose proof is missing or ends first. */
async function nextToProve({ em, actor, now }: Omit<Given, 'house'>): Promise<Certificate | null> {
  const newest = await Promise.all(suiteNames.map((suite) => encryptionCertificateOf(em, actor.seatId, now, suite)));
  const held = newest.flatMap((certificate) => certificate ?? []).toSorted((a, b) => b.pinnedAt.getTime() - a.pinnedAt.getTime()); // prettier-ignore
  const proofs = await provenAtOf(
    em,
    held.map(({ fingerprint }) => fingerprint),
  );
  const provenAt = ({ fingerprint }: Certificate): number => proofs.get(fingerprint)?.at.getTime() ?? 0;
  return held.toSorted((a, b) => provenAt(a) - provenAt(b))[0] ?? null;
}

/** Seals a test share to the caller's certificate. */
export async function requestOpenerTest(given: Given): Promise<{ item: PrecheckItem; madeAt: string }> {
  const { em, actor, now } = given;
  const { fingerprint: certSha256, der: certificate } = await ownCertificate(given);
  const seed = toHex(randomBytes(32));
  const { item } = await dealOpenerTest(fromHex(seed), { certSha256, certificate });
  await transact(em, (tx) =>
    tx.upsert(OpenerTest, { seatId: actor.seatId, certSha256, seed, madeAt: now }, { onConflictFields: ['seatId'] }),
  );
  return { item, madeAt: instantText(now) };
}

function readAct(text: string): z.output<typeof OpenerAcceptAct> {
  try {
    const read = OpenerAcceptAct.safeParse(parseCanonical(text));
    return read.success ? read.data : refuse('act.malformed', { field: 'act' });
  } catch (fault) {
    if (fault instanceof Malformed) return refuse('act.malformed', { field: 'act' });
    throw fault;
  }
}

/**
 * Takes in an officer's proof. The answer shows that the key is in the caller's hands; the act names the tenders it is
 * for. The log shows the certificate, the answer and the seed, so that anybody can deal the test again.
 */
export async function acceptAppointments(
  given: Given,
  signed: { readonly act: string; readonly signature: string },
): Promise<AppointmentDesk> {
  const { em, house, actor, now } = given;
  const { fingerprint: officer, der: certificate } = await ownCertificate(given);
  const test = await em.findOne(OpenerTest, { seatId: actor.seatId, certSha256: officer });
  if (!test) return refuse('officer.no-test');
  const said = readAct(signed.act);
  const { item, answer } = await dealOpenerTest(fromHex(test.seed), { certSha256: officer, certificate });
  if (said.test !== precheckItemHash(item) || said.officer !== officer) refuse('officer.no-test');
  if (said.answer !== answer) refuse('officer.wrong-answer');
  const expect = openerAcceptAct(actorBy(actor), { officer, test: said.test, answer, tenders: said.tenders });
  const checked = await house.identity.checkAct({ em, actor, now, ...signed, expect });
  const open = new Set((await appointmentsOf(em, actor.seatId)).map(({ tenderId }) => tenderId));
  if (said.tenders.some((tenderId) => !open.has(tenderId))) refuse('officer.not-named');
  await transact(em, async (tx) => {
    // Of two answers at once one finds the test gone.
    if ((await tx.nativeDelete(OpenerTest, { seatId: actor.seatId, seed: test.seed })) === 0)
      return refuse('officer.no-test');
    // The act names a person and tenders that are not published yet: the log keeps its hashes.
    const body = {
      officer,
      test: said.test,
      seed: test.seed,
      answer,
      days: acceptanceDays,
      sealedAct: sha256Hex(bytesOf(checked.act)),
      signature: sha256Hex(fromHex(checked.signature)),
      certificate: checked.certificateSha256,
    };
    const { entryId, leafHash } = await record(tx, {
      scope: 'house',
      type: 'opener.accept',
      visibility: 'public',
      at: now,
      actor: actor.seatId,
      body,
    });
    await tx.insert(OfficerProof, {
      id: newId(now),
      seatId: actor.seatId,
      certSha256: officer,
      seed: test.seed,
      at: now,
      act: checked.act,
      signature: checked.signature,
      certificate: checked.certificateSha256,
      entryId,
      leaf: leafHash,
    });
    if (said.tenders.length > 0)
      await tx.nativeUpdate(
        OfficerAppointment,
        { seatId: actor.seatId, tenderId: { $in: said.tenders } },
        { acceptedAt: now },
      );
  });
  return appointmentDesk({ em: house.fork(), actor, now });
}

/** Writes down whom a tender names, as soon as its content stands still. */
export async function appointOfficers(
  tx: EntityManager,
  tenderId: string,
  officers: TenderContent['officers'],
): Promise<void> {
  const before = new Map(
    (await tx.find(OfficerAppointment, { tenderId }, { disableIdentityMap: true })).map((row) => [row.seatId, row]),
  );
  await tx.nativeDelete(OfficerAppointment, { tenderId });
  const rows = new Map(officers.map((officer) => [officer.seatId, officer]));
  for (const { seatId, group } of rows.values())
    await tx.insert(OfficerAppointment, {
      tenderId,
      seatId,
      officerGroup: group,
      // Whoever stays has accepted already.
      acceptedAt: before.get(seatId)?.acceptedAt ?? null,
    });
}
