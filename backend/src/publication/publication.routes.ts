import { instantText } from '@xinbiao/contracts/kernel';
import {
  findResults,
  findTenders,
  readBundle,
  readCalendar,
  readEntitledEvidence,
  readEvidence,
  readHome,
  readStatus,
  readTender,
  type HouseStatus,
} from '@xinbiao/contracts/publication';
import type { z } from 'zod';
import { logHealth } from '../ledger/index.ts';
import { clockComparison } from '../timekeeping/index.ts';
import { lotsWaitingForTime } from '../bidding/index.ts';
import { Router, serve, type State } from '../platform/index.ts';
import { Lot } from '../tendering/index.ts';
import { bundleOf } from './bundle.queries.ts';
import { endedTender, entitledTo, tarOf } from './evidence.queries.ts';
import * as lists from './lists.queries.ts';
import { publicTender, storyOf } from './story.queries.ts';

export const routes = new Router<State>();

serve(routes, readHome, lists.home);
serve(routes, findTenders, lists.tenders);
serve(routes, readCalendar, lists.calendarOf);
serve(routes, findResults, lists.results);
serve(routes, readTender, async ({ em, now, params }) => storyOf(em, await publicTender(em, params.tenderId), now));
serve(routes, readBundle, async ({ house, em, now, params, ctx }) => {
  const tender = await publicTender(em, params.tenderId);
  ctx.set('content-disposition', `attachment; filename="${tender.code.replace(/[^\w.-]/g, '_')}.json"`);
  return bundleOf(house, em, tender, now);
});

serve(routes, readEvidence, async ({ house, em, now, params, ctx }) => {
  const tender = await endedTender(em, params.tenderId);
  return tarOf(house, ctx, { bundle: await bundleOf(house, em, tender, now), tender });
});
serve(routes, readEntitledEvidence, async ({ house, em, now, actor, params, ctx }) => {
  const tender = await endedTender(em, params.tenderId);
  const entitled = await entitledTo(em, { tender, actor, now });
  return tarOf(house, ctx, { bundle: await bundleOf(house, em, tender, now), tender, entitled });
});

serve(routes, readStatus, async ({ house, em, now }) => {
  const { checkpointAt, waiting } = await logHealth(em);
  const watched = await house.ledger.watched(em);
  const log = {
    origin: house.ledger.origin,
    size: (await house.ledger.checkpoint(em)).size,
    checkpointAt: checkpointAt ? instantText(checkpointAt) : null,
    witnesses: watched.independent,
    cosigned: watched.cosigners.length,
    demonstrationWitnesses: watched.demonstration,
    quorum: watched.quorum,
  };
  const [next] = await em.find(
    Lot,
    { state: 'bidding', deadline: { $gt: now } },
    { orderBy: { deadline: 'asc' }, limit: 1 },
  );
  // A lot that waits for what an outage kept out is woken later, and is not late.
  const overdue = await em.count(Lot, { state: 'bidding', wakeAt: { $lt: new Date(now.getTime() - 60_000) } });
  const stamping = lotsWaitingForTime(house);
  const clock = (await clockComparison(em, house)).state;
  const notes: z.infer<typeof HouseStatus>['notes'] = [
    // A log without independent witnesses says so in plain words.
    ...(log.witnesses === 0 ? (['no-witnesses'] as const) : []),
    ...(log.quorum ? [] : (['quorum-missing'] as const)),
    ...(house.ledger.contradictedBy.length > 0 ? (['log-contradicted'] as const) : []),
    ...(waiting > 1_000 ? (['log-behind'] as const) : []),
    ...(stamping > 0 ? (['close-waits'] as const) : overdue > 0 ? (['clock-late'] as const) : []),
    ...(clock === 'off' ? (['clock-off'] as const) : []),
  ];
  return {
    state: notes.some((note) => note !== 'no-witnesses') ? ('degraded' as const) : ('ok' as const),
    now: instantText(now),
    realNow: instantText(house.clock.real()),
    sandbox: house.clock.sandbox,
    log: { ...log, waiting },
    nextDeadline: next ? instantText(next.deadline) : null,
    notes,
  };
});
