import { instantText } from '@xinbiao/contracts/kernel';
import {
  attachFile,
  confirmTender,
  createTender,
  detachFile,
  discardTender,
  listOfficers,
  listOwnTenders,
  listTakers,
  phaseOf,
  prepareAct,
  publishTender,
  readDesk,
  readDeskFile,
  readTaking,
  readTender,
  printNotice,
  readTenderFile,
  readVerdict,
  returnTender,
  saveDraft,
  submitTenderForCheck,
  takeDocuments,
} from '@xinbiao/contracts/tendering';
import { asPdf, Refused, Router, serve, type Actor, type State } from '../platform/index.ts';
import { sendFile } from './file.queries.ts';
import { lotsOf } from './lot.service.ts';
import { noticePaper } from './notice.paper.ts';
import { serveOfficers } from './officer.routes.ts';
import { officerCandidates } from './officers.queries.ts';
import { takeDocuments as take, takersOf, takingOf } from './taking.service.ts';
import { contentOf } from './tender.content.ts';
import { allowedMoves, datesOf, deskOf, findingOf, publishedTender, storyOf, verdictOf } from './tender.queries.ts';
import * as tenders from './tender.service.ts';
import { Tender } from './tender.entity.ts';

export const routes = new Router<State>();

serve(routes, createTender, async (call) =>
  deskOf(call, await tenders.createTender(call, call.body.purchaserId), call.actor),
);

serve(routes, listOwnTenders, async ({ em, actor, query: { after, limit } }) => {
  const own = actor.organisationId ?? '';
  const place = after === undefined ? undefined : /^(\d{1,15})~([0-9a-f-]{36})$/.exec(after);
  const savedAt = new Date(Number(place?.[1] ?? 0));
  const onward = place ? { $or: [{ savedAt: { $lt: savedAt } }, { savedAt, id: { $lt: place[2] ?? '' } }] } : {};
  const found = await em.find(
    Tender,
    { $and: [{ $or: [{ purchaserId: own }, { agencyId: own }] }, onward] },
    { orderBy: { savedAt: 'desc', id: 'desc' }, limit: limit + 1 },
  );
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return {
    rows: rows.map((tender) => deskRow(tender, actor)),
    next: found.length > limit && last ? `${last.savedAt.getTime()}~${last.id}` : null,
  };
});

function deskRow(tender: Tender, actor: Actor) {
  const { id, code, title, state, lotState, purchaserName, agencyName, deadline, publishedAt, savedAt } = tender;
  const allowed = allowedMoves(tender, actor);
  const waiting = (['publish', 'confirm', 'submitForCheck'] as const).find((move) => allowed.includes(move)) ?? null;
  return {
    id,
    code,
    title,
    state,
    phase: lotState ? phaseOf(lotState) : null,
    purchaser: purchaserName,
    agency: agencyName ?? null,
    deadline: deadline ? instantText(deadline) : null,
    publishedAt: publishedAt ? instantText(publishedAt) : null,
    savedAt: instantText(savedAt),
    waiting,
  };
}

serve(routes, readDesk, async (call) =>
  deskOf(call, await tenders.ownTender(call.em, call.params.tenderId, call.actor), call.actor),
);

serve(routes, saveDraft, async (call) => saved(await tenders.saveDraft(call, call.params.tenderId, call.body)));

serve(routes, attachFile, async (call) => attached(await tenders.attachFile(call, call.params.tenderId, call.body)));

serve(routes, detachFile, async (call) =>
  attached(await tenders.detachFile(call, call.params.tenderId, call.params.fileId)),
);

const saved = ({ version, savedAt }: Tender) => ({ version, savedAt: instantText(savedAt) });
const attached = ({ version, content }: Tender) => ({ version, attachments: content.attachments });

serve(routes, readDeskFile, async ({ em, house, ctx, actor, params }) => {
  const tender = await tenders.ownTender(em, params.tenderId, actor);
  const file = tender.content.attachments.find(({ fileId }) => fileId === params.fileId);
  if (!file) throw new Refused([{ code: 'tender.no-such-file' }]);
  return sendFile(ctx, house, file, { isPublic: false });
});

serve(routes, readVerdict, async (call) => {
  const tender = await tenders.ownTender(call.em, call.params.tenderId, call.actor);
  const { refusals, hints } = await verdictOf(call, tender);
  const lots = tender.publishedAt ? await lotsOf(call.em, tender.id) : [];
  return {
    version: tender.version,
    refusals: refusals.map(findingOf),
    hints: hints.map(findingOf),
    dueDates: datesOf(tender, lots, call.now),
  };
});

serve(routes, listOfficers, async (call) => {
  const tender = await tenders.ownTender(call.em, call.params.tenderId, call.actor);
  const candidates = await officerCandidates(call, tender);
  return {
    rows: candidates.map(({ seat, side, person, organisation, certificate, provenUntil }) => ({
      seatId: seat.id,
      group: side,
      name: person.name,
      organisation: organisation.name,
      certificate: certificate
        ? { fingerprint: certificate.fingerprint, notAfter: instantText(certificate.notAfter) }
        : null,
      provenUntil: provenUntil ? instantText(provenUntil) : null,
    })),
  };
});

serve(routes, submitTenderForCheck, async (call) =>
  deskOf(call, await tenders.submitForCheck(call, call.params.tenderId, call.body.version), call.actor),
);

serve(routes, prepareAct, async (call) => ({
  act: await tenders.prepareAct(call, call.params.tenderId, call.params.move),
}));

serve(routes, confirmTender, async (call) =>
  deskOf(call, await tenders.confirmTender(call, call.params.tenderId, call.body), call.actor),
);

serve(routes, returnTender, async (call) =>
  deskOf(call, await tenders.returnTender(call, call.params.tenderId, call.body.reason), call.actor),
);

serve(routes, publishTender, async (call) => {
  const { id, code, publishedAt, noticeLeaf, noticeHash, keyringHash } = await tenders.publishTender(
    call,
    call.params.tenderId,
    call.body,
  );
  if (!publishedAt || !noticeLeaf || !noticeHash || !keyringHash) throw new Error('published without a record');
  return { id, code, publishedAt: instantText(publishedAt), noticeLeaf, actHash: noticeHash, keyringHash };
});

serve(routes, discardTender, async (call) => {
  await tenders.discardTender(call, call.params.tenderId);
  return {};
});

serve(routes, readTender, async (call) => {
  const tender = await publishedTender(call.em, call.params.tenderId);
  if (!tender) throw new Refused([{ code: 'tender.unknown' }]);
  return storyOf(call, tender);
});

serve(routes, printNotice, async ({ em, house, ctx, params, now }) => {
  const tender = await publishedTender(em, params.tenderId);
  if (!tender) throw new Refused([{ code: 'tender.unknown' }]);
  asPdf(ctx, `${tender.code}-GG`, 'no-cache');
  return noticePaper(house, tender, now);
});

serve(routes, readTenderFile, async ({ em, house, ctx, params: { tenderId, sha256 } }) => {
  const tender = await publishedTender(em, tenderId);
  if (!tender) throw new Refused([{ code: 'tender.unknown' }]);
  const file = contentOf(tender).attachments.find((attachment) => attachment.sha256 === sha256);
  if (!file) throw new Refused([{ code: 'tender.no-such-file' }]);
  return sendFile(ctx, house, file, { isPublic: true });
});

serve(routes, takeDocuments, async (call) => ({ takenAt: instantText(await take(call, call.params.tenderId)) }));

serve(routes, readTaking, async (call) => takingOf(call, call.params.tenderId));

serve(routes, listTakers, async ({ em, actor, params }) => {
  await tenders.ownTender(em, params.tenderId, actor);
  return { rows: await takersOf(em, params.tenderId) };
});

serveOfficers(routes);
