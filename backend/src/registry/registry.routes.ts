import { fold, instantText } from '@xinbiao/contracts/kernel';
import * as contracts from '@xinbiao/contracts/registry';
import {
  countSignUp,
  Organisation,
  preparePerson,
  regionOf,
  regionPath,
  regionsBelow,
  startSession,
  regionName,
} from '../identity/index.ts';
import { asPdf, Refused, Router, serve, type Actor, type House, type State } from '../platform/index.ts';
import { decisionPaper } from './decision.paper.ts';
import { BlacklistCheck, BlacklistEntry } from './blacklist.entity.ts';
import {
  addToBlacklist,
  blacklistCsv,
  blacklistFile,
  blacklistView,
  endBlacklist,
  isPublished,
  publishedAt,
} from './blacklist.service.ts';
import { catalogRows, catalogView, openCatalog, type Catalog } from './catalog.ts';
import * as experts from './expert.service.ts';
import { addItem, changeItem, itemView, libraryOf, ownItem, removeItem } from './library.service.ts';
import {
  changeProfile,
  decideStanding,
  ownOrganisation,
  requestChange,
  reviewChange,
  reviewOrganisation,
} from './organisation.service.ts';
import { likely, pageFrom } from './paging.ts';
import { ChangeRequest, Expert, Standing } from './registry.entity.ts';
import { expertView, organisationRow, ownView, reviewsFor, versionsOf } from './registry.queries.ts';
import { specialties } from './specialties.ts';

export const routes = new Router<State>();

const fresh = { disableIdentityMap: true } as const;
const no = (code: contracts.RegistryCode): never => {
  throw new Refused([{ code }]);
};
/** Waiting and rejected registrations are nobody's business but the applicant's. */
const onRecord = { state: { $in: ['active' as const, 'suspended' as const] } };

serve(routes, contracts.findOrganisations, async ({ em, query }) => {
  const { q, kind, regionCode, after, limit } = query;
  const where = {
    ...onRecord,
    ...(q === undefined || q === ''
      ? {}
      : { $or: [{ sought: { $like: likely(q) } }, { uscc: fold(q).toUpperCase() }] }),
    ...(kind === undefined ? {} : { kinds: { $like: `%,${kind},%` } }),
    ...(regionCode === undefined ? {} : { regionCode: { $like: `${regionCode.replace(/(?:00)+$/, '')}%` } }),
  };
  const rows = await em.find(
    Organisation,
    { ...where, ...(after === undefined ? {} : { id: { $lt: after } }) },
    { ...fresh, orderBy: { id: 'desc' }, limit: limit + 1 },
  );
  return pageFrom(rows, limit, await em.count(Organisation, where), organisationRow);
});

serve(routes, contracts.readOrganisation, async ({ em, now, params }) => {
  const organisation =
    (await em.findOne(Organisation, { id: params.id, ...onRecord }, fresh)) ?? no('organisation.unknown');
  const { address, legalRepresentative, contact, phone } = organisation.profile;
  return {
    ...organisationRow(organisation),
    address,
    legalRepresentative,
    contact,
    phone,
    blacklisted: await em.count(BlacklistEntry, { uscc: organisation.uscc, ...publishedAt(now) }),
  };
});

const own = (actor: Actor): string => actor.organisationId ?? no('organisation.unknown');

serve(routes, contracts.readOwnOrganisation, async ({ actor, em }) => ownView(em, own(actor)));

serve(routes, contracts.changeProfile, async (call) => {
  await changeProfile(call, call.body);
  return ownView(call.em, own(call.actor));
});

serve(routes, contracts.listProfileVersions, async ({ actor, em }) => ({
  rows: await versionsOf(em, await ownOrganisation(em, actor)),
}));

serve(routes, contracts.requestChange, async (call) => {
  await requestChange(call, call.body);
  return ownView(call.em, own(call.actor));
});

serve(routes, contracts.listReviews, async ({ actor, em, query }) => ({
  rows: await reviewsFor(em, actor, query.subject),
}));

serve(routes, contracts.readReview, async ({ actor, em, params: { subject, id } }) => {
  const review = (await reviewsFor(em, actor, subject)).find((row) => row.id === id) ?? no('review.unknown');
  const request = subject === 'change' ? await em.findOne(ChangeRequest, { id }, fresh) : null;
  const organisation =
    subject === 'expert' ? null : await em.findOne(Organisation, { id: request?.organisationId ?? id }, fresh);
  const expert = subject === 'expert' ? await em.findOne(Expert, { id }, fresh) : null;
  const standing = await em.find(
    Standing,
    { subjectId: organisation?.id ?? id },
    { ...fresh, orderBy: { id: 'desc' } },
  );
  return {
    review,
    organisation: organisation?.profile ?? null,
    expert: expert?.profile ?? null,
    standing: standing.map(({ at, move, by, reason }) => ({ at: instantText(at), move, by, reason })),
  };
});

serve(routes, contracts.decideReview, async (call) => {
  const decide = { organisation: reviewOrganisation, change: reviewChange, expert: experts.reviewExpert }[
    call.params.subject
  ];
  return { state: await decide(call, call.params.id, call.body) };
});

serve(routes, contracts.decideStanding, async (call) => ({
  state: await decideStanding(call, call.params.id, call.body),
}));

serve(routes, contracts.signUpExpert, async ({ body, ctx, em, house, now }) => {
  await countSignUp(house, ctx.ip);
  experts.judgeProfile(body.profile, now);
  const person = await preparePerson(body.person);
  const expert = await experts.signUpExpert(em, { person, profile: body.profile, now });
  await startSession(ctx, house, em, { personId: expert.personId, seatId: expert.seatId });
  return expertView(expert);
});

serve(routes, contracts.applyAsExpert, async (call) => expertView(await experts.applyAsExpert(call, call.body)));
serve(routes, contracts.readOwnExpert, async ({ actor, em }) => expertView(await experts.ownExpert(em, actor)));
serve(routes, contracts.changeExpert, async (call) => expertView(await experts.changeExpert(call, call.body)));
serve(routes, contracts.setAbsences, async (call) =>
  expertView(await experts.setAbsences(call, call.body.unavailable)),
);
serve(routes, contracts.leaveExperts, async (call) => expertView(await experts.leave(call)));

serve(routes, contracts.listExperts, async ({ em, query: { q, state, specialty } }) => {
  const where = {
    ...(q === undefined || q === '' ? {} : { name: { $like: likely(q) } }),
    ...(state === undefined ? {} : { state }),
    ...(specialty === undefined || specialty === ''
      ? {}
      : { specialties: { $like: `%,${specialty.replace(/\W/g, '')}%` } }),
  };
  return { rows: (await em.find(Expert, where, { ...fresh, orderBy: { id: 'desc' }, limit: 500 })).map(expertView) };
});

serve(routes, contracts.decideExpertStanding, async (call) => ({
  state: await experts.decideExpertStanding(call, call.params.id, call.body),
}));

serve(routes, contracts.listLibrary, async ({ actor, em, now, query }) => ({
  rows: (await libraryOf(em, own(actor), query.kind)).map((item) => itemView(item, now)),
}));
serve(routes, contracts.addLibraryItem, async (call) => itemView(await addItem(call, call.body), call.now));
serve(routes, contracts.changeLibraryItem, async (call) =>
  itemView(await changeItem(call, call.params.id, call.body), call.now),
);

serve(routes, contracts.removeLibraryItem, async (call) => {
  await removeItem(call, call.params.id);
  return {};
});

serve(routes, contracts.readLibraryFile, async ({ actor, ctx, em, house, params }) => {
  const file =
    (await ownItem(em, actor, params.id)).files.find(({ fileId }) => fileId === params.fileId) ?? no('library.unknown');
  ctx.set('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`);
  ctx.length = file.size;
  return house.storage.get(file.sha256);
});

serve(routes, contracts.listRegions, async ({ query }) => ({
  rows: regionsBelow(query.parent ?? null).map(({ code, name, level }) => ({
    code,
    name,
    level,
    leaf: regionsBelow(code).length === 0,
  })),
}));

serve(routes, contracts.readRegion, async ({ params: { code } }) => {
  if (!regionOf(code)) throw new Refused([{ code: 'region.unknown', facts: { code } }]);
  return {
    code,
    name: regionName(code),
    path: regionPath(code).map((region) => ({ code: region.code, name: region.name })),
  };
});

const catalogs = new Map<string | undefined, Catalog>();
/** Each instance's catalogue, read at the first question. */
export function catalogOf(house: Pick<House, 'config'>): Catalog {
  const file = house.config.catalogFile;
  const catalog = catalogs.get(file) ?? openCatalog(file);
  catalogs.set(file, catalog);
  return catalog;
}

serve(routes, contracts.listCatalog, async ({ ctx, house, query }) => {
  ctx.set('cache-control', 'public, max-age=3600');
  const catalog = catalogOf(house);
  return { rows: catalogRows(catalog, query), full: catalog.full };
});

serve(routes, contracts.readCatalog, async ({ house, params: { code } }) => {
  const catalog = catalogOf(house);
  const exact = catalog.byCode.has(code);
  const view = catalogView(catalog, code);
  // Where only two levels are known, a deeper code is taken by its nearest name; a whole catalogue knows them all.
  if (!exact && (catalog.full || view.path.length < 2))
    throw new Refused([{ code: 'catalog.unknown', facts: { code } }]);
  return { ...view, exact };
});

serve(routes, contracts.listSpecialties, async () => ({ rows: [...specialties] }));

serve(routes, contracts.findBlacklist, async ({ em, now, query }) => {
  const { q, regionCode, forbids, inForce, after, limit } = query;
  const { publishedUntil, state } = publishedAt(now);
  const today = publishedUntil.$gte;
  const where = {
    $and: [
      { state, publishedUntil },
      ...(q === undefined || q === '' ? [] : [{ sought: { $like: likely(q) } }]),
      ...(regionCode === undefined
        ? []
        : [{ $or: [{ regionCode: null }, { regionCode: { $like: `${regionCode.replace(/(?:00)+$/, '')}%` } }] }]),
      ...(forbids === undefined ? [] : [{ forbids: { $like: `%,${forbids},%` } }]),
      ...(inForce === 'yes' ? [{ fromDay: { $lte: today }, untilDay: { $gte: today } }] : []),
      ...(inForce === 'no' ? [{ $or: [{ fromDay: { $gt: today } }, { untilDay: { $lt: today } }] }] : []),
    ],
  };
  const rows = await em.find(
    BlacklistEntry,
    { $and: [where, ...(after === undefined ? [] : [{ id: { $lt: after } }])] },
    { ...fresh, orderBy: { id: 'desc' }, limit: limit + 1 },
  );
  return pageFrom(rows, limit, await em.count(BlacklistEntry, where), (entry) => blacklistView(entry, now));
});

serve(routes, contracts.downloadBlacklist, async ({ ctx, em, now }) => {
  ctx.set('content-disposition', 'attachment; filename="blacklist.json"');
  return blacklistFile(em, now);
});

serve(routes, contracts.downloadBlacklistCsv, async ({ ctx, em, now }) => {
  ctx.set({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="blacklist.csv"',
    'cache-control': 'no-store',
  });
  return blacklistCsv(await blacklistFile(em, now));
});

serve(routes, contracts.readBlacklist, async ({ em, now, params }) => {
  const entry = await em.findOne(BlacklistEntry, { id: params.id }, fresh);
  return entry && isPublished(entry, now) ? blacklistView(entry, now) : no('blacklist.unknown');
});

serve(routes, contracts.printBlacklist, async ({ em, house, ctx, now, params }) => {
  const entry = await em.findOne(BlacklistEntry, { id: params.id }, fresh);
  if (!entry || !isPublished(entry, now)) return no('blacklist.unknown');
  asPdf(ctx, entry.decisionNumber, 'no-cache');
  return decisionPaper(house, entry, now);
});

serve(routes, contracts.addToBlacklist, async (call) => blacklistView(await addToBlacklist(call, call.body), call.now));
serve(routes, contracts.withdrawFromBlacklist, async (call) => ({
  state: await endBlacklist(call, { ...call.body, entryId: call.params.id, move: 'withdraw' }),
}));
serve(routes, contracts.repairOnBlacklist, async (call) => ({
  state: await endBlacklist(call, { ...call.body, entryId: call.params.id, move: 'repair' }),
}));

serve(routes, contracts.listBlacklistRecords, async ({ em, now, query: { q, after, limit } }) => {
  const where = q === undefined || q === '' ? {} : { sought: { $like: likely(q) } };
  const rows = await em.find(
    BlacklistEntry,
    { ...where, ...(after === undefined ? {} : { id: { $lt: after } }) },
    { ...fresh, orderBy: { id: 'desc' }, limit: limit + 1 },
  );
  return pageFrom(rows, limit, await em.count(BlacklistEntry, where), (entry) => ({
    ...blacklistView(entry, now), state: entry.state, endedAt: entry.endedAt ? instantText(entry.endedAt) : null, endReason: entry.endReason ?? null, endDecisionNumber: entry.endDecisionNumber ?? null, evidence: entry.evidence ?? null,
  })); // prettier-ignore
});

serve(routes, contracts.listBlacklistChecks, async ({ em, now, query: { after, limit } }) => {
  const where = { visibleFrom: { $lte: now } };
  const rows = await em.find(
    BlacklistCheck,
    { ...where, ...(after === undefined ? {} : { id: { $lt: after } }) },
    { ...fresh, orderBy: { id: 'desc' }, limit: limit + 1 },
  );
  return pageFrom(rows, limit, await em.count(BlacklistCheck, where), (check) => ({
    id: check.id, at: instantText(check.at), uscc: check.uscc, act: check.act, regionCode: check.regionCode ?? null, on: instantText(check.judgedAt), refusedBy: check.refusedBy ?? null, flaggedBy: check.flaggedBy,
  })); // prettier-ignore
});
