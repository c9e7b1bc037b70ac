import type { EntityManager } from '@mikro-orm/core';
import { awardLimits } from '@xinbiao/contracts/award';
import { addWorkingDays, dayAt, endOfDay, instantOf, instantText } from '@xinbiao/contracts/kernel';
import type { DeskTask, LightColour } from '@xinbiao/contracts/oversight';
import { rulebooks, type RulebookId } from '@xinbiao/contracts/rulebook';
import { Award } from '../award/index.ts';
import { Bid, Envelope, precheckDesk, resealOf } from '../bidding/index.ts';
import { myDraws } from '../draw/index.ts';
import { isActive, Panel, PanelMember, tasksOf } from '../evaluation/index.ts';
import { certificateBriefs } from '../identity/index.ts';
import { bidderAsks, openingDesk, undecidedOmissions } from '../opening/index.ts';
import type { Actor, House } from '../platform/index.ts';
import { reviewsFor } from '../registry/index.ts';
import {
  allowedMoves,
  appointmentDesk,
  calendar,
  DocumentTaking,
  Lot,
  noticesOf,
  OfficerChange,
  Tender,
} from '../tendering/index.ts';
import { board } from './board.queries.ts';

type Asked = { readonly house: House; readonly em: EntityManager; readonly actor: Actor; readonly now: Date };
const day = 86_400_000;
const most = 300;

/** Red once it is too late, amber on the last day. */
function colourAt(until: Date | null, now: Date): LightColour {
  if (!until) return 'ok';
  if (now >= until) return 'bad';
  return until.getTime() - now.getTime() < day ? 'warn' : 'ok';
}

type Draft = Omit<DeskTask, 'until' | 'colour' | 'law' | 'lotId' | 'lotNo' | 'tenderId'> & {
  readonly tender?: Pick<Tender, 'id'>;
  readonly lot?: Pick<Lot, 'id' | 'no'>;
  readonly until?: Date | null;
  readonly law?: string;
  readonly colour?: LightColour;
};

const task = ({ tender, lot, until = null, law, colour, ...rest }: Draft, now: Date): DeskTask => ({
  ...rest,
  tenderId: tender?.id ?? null,
  lotId: lot?.id ?? null,
  lotNo: lot?.no ?? null,
  until: until ? instantText(until) : null,
  law: law ?? null,
  colour: colour ?? colourAt(until, now),
});

/** Everything that waits for the person at this seat, the most urgent first. */
export async function deskOf(asked: Asked): Promise<DeskTask[]> {
  const { actor } = asked;
  const has = (...roles: readonly string[]): boolean => actor.roles.some((role) => roles.includes(role));
  const lists = [
    await keysOf(asked),
    ...(has('purchaser', 'agency') ? [await draftsOf(asked), await tenderWork(asked)] : []),
    ...(has('bidder') ? [await bidderWork(asked), await bidderOpenings(asked)] : []),
    ...(actor.scopes.includes('opening:release') ? [await officerWork(asked)] : []),
    await panelWork(asked),
    await drawWork(asked),
    ...(actor.scopes.includes('registry:review') ? [await reviews(asked)] : []),
    ...(actor.scopes.includes('oversight:read') ? [await lights(asked)] : []),
    ...(actor.scopes.includes('opening:supervise') ? [await omissions(asked)] : []),
  ];
  const urgency = { bad: 0, warn: 1, ok: 2 } as const;
  return lists
    .flat()
    .toSorted((a, b) => urgency[a.colour] - urgency[b.colour] || (a.until ?? '9').localeCompare(b.until ?? '9'))
    .slice(0, most);
}

/** Draws that wait for this seat's number, or for its help to bring another's back. */
async function drawWork({ em, actor, now }: Asked): Promise<DeskTask[]> {
  if (!actor.scopes.includes('certificate:hold')) return [];
  const { rows } = await myDraws({ em, actor, now });
  return rows.flatMap(({ drawId, title, waiting, until }) =>
    // Whoever may join need not.
    waiting === null || waiting === 'join'
      ? []
      : [
          task(
            {
              verb: 'contributeDraw',
              role: roleOf(actor),
              title,
              href: `/draws/${drawId}`,
              until: until === null ? null : instantOf(until),
            },
            now,
          ),
        ],
  );
}

async function keysOf({ em, actor, now }: Asked): Promise<DeskTask[]> {
  if (!actor.scopes.includes('certificate:hold')) return [];
  const held = (await certificateBriefs(em, [actor.seatId], now)).get(actor.seatId) ?? [];
  const signing = held.find(({ kind }) => kind === 'signing');
  if (signing && signing.daysLeft > 15) return [];
  return [
    task(
      {
        verb: 'getCertificate',
        role: roleOf(actor),
        title: signing ? signing.notAfter.slice(0, 10) : '',
        href: '/account/keys',
        until: signing ? instantOf(signing.notAfter) : null,
        colour: signing ? 'warn' : 'bad',
        law: '电子签名法 §13',
      },
      now,
    ),
  ];
}

function roleOf(actor: Actor): DeskTask['role'] {
  const found = (['purchaser', 'agency', 'bidder', 'expert', 'supervisor'] as const).find((role) =>
    actor.roles.includes(role),
  );
  return found ?? (actor.scopes.includes('registry:review') ? 'reviewer' : 'officer');
}

const staffRole = (actor: Actor): 'purchaser' | 'agency' =>
  actor.roles.includes('purchaser') ? 'purchaser' : 'agency';
const ownTenders = ({ organisationId }: Actor) => ({
  $or: [{ purchaserId: organisationId ?? '' }, { agencyId: organisationId ?? '' }],
});

async function draftsOf({ em, actor, now }: Asked): Promise<DeskTask[]> {
  const drafts = await em.find(
    Tender,
    { ...ownTenders(actor), state: { $in: ['draft', 'checking', 'checked'] } },
    { orderBy: { savedAt: 'desc' }, limit: most },
  );
  return drafts.flatMap((tender): DeskTask[] => {
    const allowed = allowedMoves(tender, actor);
    const common = { role: staffRole(actor), title: tender.title === '' ? tender.code : tender.title, tender } as const;
    if (tender.state === 'draft' && tender.composerPersonId === actor.personId)
      return [task({ ...common, verb: 'finishDraft', href: `/tenders/${tender.id}/edit` }, now)];
    if (allowed.includes('confirm'))
      return [
        task({ ...common, verb: 'checkTender', href: `/tenders/${tender.id}/check`, law: '政府信息公开条例 §17' }, now),
      ];
    return allowed.includes('publish')
      ? [task({ ...common, verb: 'publishTender', href: `/tenders/${tender.id}/publish`, law: '87号令 §13' }, now)]
      : [];
  });
}

const reachedAt = (lot: Lot, state: Lot['state']): Date | undefined => {
  const at = lot.steps.findLast(({ to }) => to === state)?.at;
  return at === undefined ? undefined : instantOf(at);
};
const workingDays = (from: Date, count: number): Date => endOfDay(addWorkingDays(dayAt(from), count, calendar));

/** What the tender's own staff have to do after the opening. */
async function tenderWork({ em, actor, now }: Asked): Promise<DeskTask[]> {
  const tenders = new Map(
    (
      await em.find(
        Tender,
        {
          ...ownTenders(actor),
          lotState: { $in: ['closed', 'opened', 'qualified', 'evaluating', 'ranked', 'awarded', 'bidding'] },
          publishedAt: { $ne: null },
        },
        { orderBy: { rid: 'desc' }, limit: most, fields: ['id', 'title', 'rulebook', 'purchaserId'] },
      )
    ).map((tender) => [tender.id, tender]),
  );
  const changes = await em.find(OfficerChange, {
    tenderId: { $in: [...tenders.keys()] },
    proposerPersonId: { $ne: actor.personId },
  });
  const lots = await em.find(Lot, {
    tenderId: { $in: [...tenders.keys()] },
    state: { $in: ['opened', 'qualified', 'evaluating', 'ranked', 'awarded'] },
  });
  const ids = { lotId: { $in: lots.map(({ id }) => id) } };
  const panels = new Map((await em.find(Panel, ids)).map((panel) => [panel.lotId, panel]));
  const members = await em.find(PanelMember, ids);
  const awards = new Map((await em.find(Award, ids)).map((award) => [award.lotId, award]));
  const may = (scope: Actor['scopes'][number]): boolean => actor.scopes.includes(scope);
  const confirming = actor.scopes.includes('tender:check')
    ? changes.flatMap(({ tenderId }): DeskTask[] => {
        const tender = tenders.get(tenderId);
        return tender
          ? [
              task(
                {
                  verb: 'confirmOfficers',
                  role: staffRole(actor),
                  title: tender.title,
                  tender,
                  href: `/tenders/${tenderId}/officers`,
                  law: '87号令 §27',
                  colour: 'warn',
                },
                now,
              ),
            ]
          : [];
      })
    : [];
  const work = lots.flatMap((lot): DeskTask[] => {
    const tender = tenders.get(lot.tenderId);
    if (!tender) return [];
    const book = rulebooks[tender.rulebook as RulebookId];
    const common = { role: staffRole(actor), title: tender.title, tender, lot } as const;
    const found: DeskTask[] = [];
    const own = members.filter(({ lotId }) => lotId === lot.id);
    const panel = panels.get(lot.id);
    if (lot.state === 'opened' && may('tender:qualify'))
      found.push(task({ ...common, verb: 'qualify', href: `/lots/${lot.id}/qualification`, law: '87号令 §44' }, now));
    if ((lot.state === 'opened' || lot.state === 'qualified') && !panel && may('panel:appoint'))
      found.push(task({ ...common, verb: 'appointPanel', href: `/lots/${lot.id}/panel`, law: '87号令 §47' }, now));
    const overdue = panel?.sheetsUntil && now >= panel.sheetsUntil;
    const toReplace = own.some(
      (member) =>
        (member.state === 'declined' && !own.some(({ replaces }) => replaces === member.id)) ||
        (overdue && member.state === 'accepted'),
    );
    if (toReplace && ['opened', 'qualified', 'evaluating'].includes(lot.state) && may('panel:appoint'))
      found.push(
        task(
          { ...common, verb: 'replaceMember', href: `/lots/${lot.id}/panel`, law: '87号令 §48', colour: 'warn' },
          now,
        ),
      );
    const complete = panel && !toReplace && own.filter(isActive).every(({ state }) => state !== 'invited');
    if (lot.state === 'qualified' && complete && may('panel:appoint'))
      found.push(task({ ...common, verb: 'convene', href: `/lots/${lot.id}/panel`, law: '87号令 §45' }, now));
    const rankedAt = reachedAt(lot, 'ranked');
    if (lot.state === 'ranked' && rankedAt && may('award:decide') && tender.purchaserId === actor.organisationId)
      found.push(
        task(
          {
            ...common,
            verb: 'decide',
            href: `/lots/${lot.id}/decision`,
            until: workingDays(rankedAt, book.decisionPeriod.value),
            law: book.decisionPeriod.law,
          },
          now,
        ),
      );
    const award = awards.get(lot.id);
    const limits =
      award && rankedAt
        ? awardLimits({ rankedAt, awardedAt: award.at, rulebook: tender.rulebook as RulebookId, calendar })
        : undefined;
    const contractBy = limits?.contractBy ? endOfDay(limits.contractBy) : undefined;
    if (award && contractBy && now < contractBy && tender.purchaserId === actor.organisationId)
      found.push(
        task(
          {
            ...common,
            verb: 'contract',
            href: `/tenders/${tender.id}`,
            until: contractBy,
            law: book.contractPeriod.law,
          },
          now,
        ),
      );
    return found;
  });
  return [...confirming, ...work];
}

/** Tenders whose documents were taken, bids that are not handed in yet, results that came. Nobody else sees this list. */
async function bidderWork({ em, actor, now }: Asked): Promise<DeskTask[]> {
  const organisationId = actor.organisationId ?? '';
  const taken = await em.find(DocumentTaking, { organisationId }, { orderBy: { takenAt: 'desc' }, limit: most });
  const bids = await em.find(Bid, { organisationId }, { orderBy: { createdAt: 'desc' }, limit: most });
  const tenderIds = [...new Set([...taken, ...bids].map(({ tenderId }) => tenderId))];
  const lots = await em.find(Lot, { tenderId: { $in: tenderIds } }, { orderBy: { deadline: 'asc' } });
  const tenders = new Map(
    (await em.find(Tender, { id: { $in: tenderIds } }, { fields: ['id', 'title'] })).map((tender) => [
      tender.id,
      tender,
    ]),
  );
  const unfinished = new Set(
    (
      await em.find(Envelope, { bidId: { $in: bids.map(({ id }) => id) }, state: 'open' }, { fields: ['id', 'bidId'] })
    ).map(({ bidId }) => bidId),
  );
  const again = await toSealAgain(em, bids);
  return lots.flatMap((lot): DeskTask[] => {
    const tender = tenders.get(lot.tenderId);
    const bid = bids.find(({ lotId }) => lotId === lot.id);
    if (!tender) return [];
    const common = { role: 'bidder', title: tender.title, tender, lot } as const;
    const href = `/tenders/${tender.id}/bid/${lot.no}`;
    if (lot.state === 'bidding' && now < lot.deadline) {
      if (bid && unfinished.has(bid.id))
        return [task({ ...common, verb: 'finishBid', href, until: lot.deadline, law: '87号令 §33' }, now)];
      if (bid && again.has(bid.id))
        return [
          task({ ...common, verb: 'sealAgain', href, until: lot.deadline, law: '87号令 §34', colour: 'warn' }, now),
        ];
      return bid?.headId ? [] : [task({ ...common, verb: 'bid', href, until: lot.deadline, law: '87号令 §33' }, now)];
    }
    const ended = reachedAt(lot, 'awarded') ?? reachedAt(lot, 'failed');
    const fresh = ended && now.getTime() - ended.getTime() < 14 * day;
    return bid && fresh && (bid.standing === 'counted' || bid.standing === 'void')
      ? [task({ ...common, verb: 'readResult', href: `/my-bids/results/${bid.id}`, colour: 'ok' }, now)]
      : [];
  });
}

/** Own bids that are asked for again, because a share could not be read or officers were replaced. */
async function toSealAgain(em: EntityManager, bids: readonly Bid[]): Promise<Set<string>> {
  const heads = await em.find(
    Envelope,
    { id: { $in: bids.flatMap(({ headId }) => headId ?? []) }, state: 'sealed' },
    { fields: ['id', 'bidId', 'tenderId', 'ctx', 'unreadableAt'] },
  );
  const found = new Set<string>();
  for (const head of heads) if (resealOf(await noticesOf(em, head.tenderId), head)) found.add(head.bidId);
  return found;
}

/** Before bids close: tenders that name this officer, and shares to try. */
async function officerWaits({ em, actor, now }: Asked): Promise<DeskTask[]> {
  const { rows } = await appointmentDesk({ em, actor, now });
  const accepting = rows
    .filter(({ acceptedAt }) => acceptedAt === null)
    .map(({ tenderId, title, deadline }) =>
      task(
        {
          verb: 'acceptOpening',
          role: 'officer',
          title,
          tender: { id: tenderId },
          until: deadline ? instantOf(deadline) : null,
          law: '87号令 §39',
          href: '/my-openings',
        },
        now,
      ),
    );
  const batches = new Map((await precheckDesk(em, actor, now)).rows.map((row) => [row.lotId, row]));
  const trying = [...batches.values()].map(({ tenderId, lotId, lotNo, title, deadline }) =>
    task(
      {
        verb: 'tryShares',
        role: 'officer',
        title,
        tender: { id: tenderId },
        lot: { id: lotId, no: lotNo },
        until: instantOf(deadline),
        href: '/my-openings',
      },
      now,
    ),
  );
  return [...accepting, ...trying];
}

/** What an opening asks of a bidder: minutes count here, so it comes first. */
async function bidderOpenings({ em, actor, now }: Asked): Promise<DeskTask[]> {
  return (await bidderAsks(em, actor, now)).map(({ verb, lot, title, until, law }) =>
    task(
      {
        verb,
        role: 'bidder',
        title,
        tender: { id: lot.tenderId },
        lot,
        until,
        href: `/opening/${lot.id}`,
        ...(law === null ? {} : { law }),
        ...(verb === 'checkList' ? {} : { colour: 'bad' as const }),
      },
      now,
    ),
  );
}

/** Openings that stopped because a bid was proven to be left out. */
async function omissions({ em, now }: Asked): Promise<DeskTask[]> {
  return (await undecidedOmissions(em)).map(({ lot, title }) =>
    task(
      {
        verb: 'decideOmission',
        role: 'supervisor',
        title,
        tender: { id: lot.tenderId },
        lot,
        href: `/opening/${lot.id}`,
        law: '政府采购法 §36',
        colour: 'bad',
      },
      now,
    ),
  );
}

/** Openings that wait for this officer, and sheets of absent experts. */
async function officerWork({ house, em, actor, now }: Asked): Promise<DeskTask[]> {
  const rows = await openingDesk(em, actor, now);
  const openings = rows
    .filter(
      ({ lotState, released, deadline }) =>
        !released &&
        (lotState === 'closed' || (lotState === 'bidding' && instantOf(deadline).getTime() - now.getTime() < 3 * day)),
    )
    .map((row) =>
      task(
        {
          verb: 'open',
          role: 'officer',
          title: row.title,
          tender: { id: row.tenderId },
          lot: { id: row.lotId, no: row.lotNo },
          until: instantOf(row.until),
          law: '87号令 §39',
          href: `/opening/${row.lotId}`,
        },
        now,
      ),
    );
  const panels = await em.find(
    Panel,
    { revealUntil: { $lte: now } },
    { orderBy: { revealUntil: 'desc' }, limit: most },
  );
  const waiting = await em.find(Lot, { id: { $in: panels.map(({ lotId }) => lotId) }, state: 'evaluating' });
  const absent = new Set(
    (
      await em.find(
        PanelMember,
        { lotId: { $in: waiting.map(({ id }) => id) }, state: 'committed' },
        { fields: ['id', 'lotId'] },
      )
    ).map(({ lotId }) => lotId),
  );
  const own =
    (await certificateBriefs(em, [actor.seatId], now)).get(actor.seatId)?.map(({ fingerprint }) => fingerprint) ?? [];
  const tenders = new Map(
    (
      await em.find(
        Tender,
        { id: { $in: waiting.map(({ tenderId }) => tenderId) } },
        { fields: ['id', 'title', 'keyring'] },
      )
    ).map((tender) => [tender.id, tender]),
  );
  const escrows = waiting
    .filter(({ id }) => absent.has(id))
    .flatMap((lot) => {
      const tender = tenders.get(lot.tenderId);
      const isOfficer = tender?.keyring?.groups.some(({ members }) =>
        members.some(({ certSha256 }) => own.includes(certSha256)),
      );
      return tender && isOfficer
        ? [
            task(
              {
                verb: 'openEscrow',
                role: 'officer',
                title: tender.title,
                tender,
                lot,
                law: '87号令 §48',
                colour: 'warn',
                href: `/lots/${lot.id}/escrows`,
              },
              now,
            ),
          ]
        : [];
    });
  return [...(await officerWaits({ house, em, actor, now })), ...openings, ...escrows];
}

const verbOf = { accept: 'acceptPanel', score: 'score', reveal: 'reveal', sign: 'signReport' } as const;

async function panelWork(asked: Asked): Promise<DeskTask[]> {
  const rows = await tasksOf(asked);
  return rows.flatMap((row): DeskTask[] => {
    if (row.next === 'wait' || row.next === 'none') return [];
    const href = {
      accept: `/evaluation/tasks/${row.memberId}`,
      score: `/evaluation/lots/${row.lotId}`,
      reveal: `/evaluation/lots/${row.lotId}`,
      sign: `/evaluation/lots/${row.lotId}/sign`,
    }[row.next];
    // The project stays unnamed until accepted.
    const lot = row.lotNo === null ? undefined : { id: row.lotId, no: row.lotNo };
    return [
      task(
        {
          verb: verbOf[row.next],
          role: 'expert',
          title: row.title ?? '',
          ...(lot ? { tender: { id: row.tenderId }, lot } : {}),
          until: row.until ? instantOf(row.until) : null,
          law: '87号令 §61',
          href,
        },
        asked.now,
      ),
    ];
  });
}

async function reviews({ em, actor, now }: Asked): Promise<DeskTask[]> {
  const rows = await reviewsFor(em, actor);
  return rows
    .filter(({ mayDecide }) => mayDecide)
    .map((row) =>
      task(
        { verb: 'reviewOrganisation', role: 'reviewer', title: row.name, href: `/reviews/${row.subject}/${row.id}` },
        now,
      ),
    );
}

async function lights({ em, now }: Asked): Promise<DeskTask[]> {
  const { rows } = await board({ em, now, query: { limit: 30 } });
  return rows
    .filter(({ colour }) => colour !== 'ok')
    .map((row) => {
      const worst = row.lights.find(({ colour }) => colour === row.colour);
      return task(
        {
          verb: 'look',
          role: 'supervisor',
          title: row.title,
          tender: { id: row.tenderId },
          lot: { id: row.lotId, no: row.lotNo },
          until: worst?.until ? instantOf(worst.until) : null,
          law: worst?.law ?? '',
          colour: row.colour,
          href: `/oversight/lots/${row.lotId}`,
        },
        now,
      );
    });
}
