import type { EntityManager } from '@mikro-orm/core';
import { instantText } from '@xinbiao/contracts/kernel';
import { isDocumentsOpen } from '@xinbiao/contracts/tendering';
import { Organisation } from '../identity/index.ts';
import { newId, Refused } from '../platform/index.ts';
import { obeyBlacklist } from '../registry/index.ts';
import { contentOf } from './tender.content.ts';
import { publishedTender } from './tender.queries.ts';
import type { Asking } from './tender.service.ts';
import { DocumentTaking, type Tender } from './tender.entity.ts';

async function mustBePublished(em: EntityManager, tenderId: string): Promise<Tender> {
  const tender = await publishedTender(em, tenderId);
  if (!tender) throw new Refused([{ code: 'tender.unknown' }]);
  return tender;
}

/** Puts on record that a bidder took the documents, once. The files are public; the record gives standing. @law 94号令 §11 */
export async function takeDocuments({ em, actor, now }: Asking, tenderId: string): Promise<Date> {
  const tender = await mustBePublished(em, tenderId);
  const organisationId = actor.organisationId ?? '';
  const earlier = await em.findOne(DocumentTaking, { tenderId, organisationId });
  if (earlier) return earlier.takenAt;
  const { documentsFrom, documentsUntil } = contentOf(tender);
  if (!isDocumentsOpen({ documentsFrom, documentsUntil }, now)) {
    const isEarly = instantText(now) < documentsFrom;
    throw new Refused([
      isEarly
        ? { code: 'tender.documents-not-yet', facts: { from: documentsFrom } }
        : { code: 'tender.documents-over', facts: { until: documentsUntil } },
    ]);
  }
  const organisation = await em.findOneOrFail(Organisation, { id: organisationId });
  await obeyBlacklist(em, {
    uscc: organisation.uscc,
    act: 'takeDocuments',
    regionCode: tender.regionCode,
    at: now,
    ...(tender.deadline ? { visibleFrom: tender.deadline } : {}),
  });
  await em.upsert(
    DocumentTaking,
    { id: newId(now), tenderId, organisationId, seatId: actor.seatId, contact: actor.name, takenAt: now },
    { onConflictFields: ['tenderId', 'organisationId'], onConflictAction: 'ignore' },
  );
  return (await em.findOneOrFail(DocumentTaking, { tenderId, organisationId }, { disableIdentityMap: true })).takenAt;
}

/** Whether the own organisation took the documents. */
export async function takingOf({ em, actor, now }: Asking, tenderId: string) {
  const tender = await mustBePublished(em, tenderId);
  const { documentsFrom, documentsUntil } = contentOf(tender);
  const taking = await em.findOne(DocumentTaking, { tenderId, organisationId: actor.organisationId ?? '' });
  return {
    takenAt: taking ? instantText(taking.takenAt) : null,
    from: documentsFrom,
    until: documentsUntil,
    open: isDocumentsOpen({ documentsFrom, documentsUntil }, now),
  };
}

/** Who took the documents of a tender; the caller has made sure that only its own staff asks. */
export async function takersOf(em: EntityManager, tenderId: string) {
  const takings = await em.find(DocumentTaking, { tenderId }, { orderBy: { takenAt: 'asc', id: 'asc' } });
  const organisations = new Map(
    (await em.find(Organisation, { id: { $in: takings.map(({ organisationId }) => organisationId) } })).map(
      (organisation) => [organisation.id, organisation],
    ),
  );
  return takings.flatMap(({ organisationId, contact, takenAt }) => {
    const organisation = organisations.get(organisationId);
    return organisation
      ? [{ organisationId, name: organisation.name, uscc: organisation.uscc, contact, takenAt: instantText(takenAt) }]
      : [];
  });
}
