import type { EntityManager } from '@mikro-orm/core';
import { instantText } from '@xinbiao/contracts/kernel';
import {
  amendAct,
  changedKeyring,
  changeUntil,
  isSoundKeyring,
  judgeOfficerChange,
  keyMargin,
  proposeOfficersAct,
  type OfficerChangeBody,
  type OfficerChangeDesk,
  type OfficerStanding,
} from '@xinbiao/contracts/tendering';
import { canonical, keyringHash, type Keyring } from '@xinbiao/contracts/trust';
import { actorBy, Certificate, Seat } from '../identity/index.ts';
import { recordAct } from '../ledger/index.ts';
import { obey, refuse, transact } from '../platform/index.ts';
import { lockLot, lockTender, lotsOf } from './lot.service.ts';
import { noticesOf } from './notice.queries.ts';
import { OfficerChange, TenderNotice } from './officer.entity.ts';
import { appointOfficers } from './officer.service.ts';
import { chosenOfficers, officerCandidates } from './officers.queries.ts';
import type { Lot, Tender } from './tender.entity.ts';
import { contentOf } from './tender.content.ts';
import { rulebookOf } from './tender.queries.ts';
import { owned, ownTender, type Asking } from './tender.service.ts';

type Signed = { readonly act: string; readonly signature: string };

type Published = {
  readonly keyring: Keyring;
  readonly keyringHash: string;
  readonly noticeLeaf: string;
  readonly deadline: Date;
};

function published(tender: Tender): Published {
  const { keyring, keyringHash: hash, noticeLeaf, deadline, publishedAt } = tender;
  if (!publishedAt || !keyring || !hash || !noticeLeaf || !deadline) return refuse('officers.not-published');
  return { keyring, keyringHash: hash, noticeLeaf, deadline };
}

/** The seat that each officer of a keyring sits at. */
async function seatsOf(
  em: EntityManager,
  keyring: Keyring,
): Promise<Map<string, { readonly certificate: Certificate; readonly seat: Seat | null }>> {
  const all = keyring.groups.flatMap(({ members }) => members.map(({ certSha256 }) => certSha256));
  const rows = await em.find(Certificate, { fingerprint: { $in: all } }, { disableIdentityMap: true });
  const seats = new Map(
    (await em.find(Seat, { id: { $in: rows.map(({ seatId }) => seatId) } }, { disableIdentityMap: true })).map(
      (seat) => [seat.id, seat],
    ),
  );
  return new Map(
    rows.map((certificate) => [certificate.fingerprint, { certificate, seat: seats.get(certificate.seatId) ?? null }]),
  );
}

/** What the staff see before they replace officers. Nothing in it is asked of bids. */
export async function officerChangeDesk(asking: Asking, tenderId: string): Promise<OfficerChangeDesk> {
  const { em, actor, now } = asking;
  const tender = await ownTender(em, tenderId, actor);
  const { keyring, keyringHash: hash, noticeLeaf, deadline } = published(tender);
  const [known, notices, candidates, pending] = [
    await seatsOf(em, keyring),
    await noticesOf(em, tenderId),
    await officerCandidates(asking, tender),
    await em.findOne(OfficerChange, { tenderId }, { disableIdentityMap: true }),
  ];
  return {
    now: instantText(now),
    deadline: instantText(deadline),
    notice: { no: notices.length, leaf: noticeLeaf, keyringHash: hash },
    officers: keyring.groups.flatMap(({ id: group, members }) =>
      members.map(({ x, certSha256, name, organisation }): OfficerStanding => {
        const { certificate, seat } = known.get(certSha256) ?? {};
        return {
          group,
          x,
          certSha256,
          name,
          organisation,
          keyUntil: instantText(certificate?.notAfter ?? now),
          state: stateOf(certificate, seat, deadline),
        };
      }),
    ),
    candidates: candidates.map(({ seat, side, person, organisation, certificate, provenUntil }) => ({
      seatId: seat.id,
      group: side,
      name: person.name,
      organisation: organisation.name,
      certificate: certificate && {
        fingerprint: certificate.fingerprint,
        notAfter: instantText(certificate.notAfter),
        provenUntil: provenUntil ? instantText(provenUntil) : null,
      },
    })),
    pending: pending && {
      ...pending.change,
      by: pending.proposerName,
      at: instantText(pending.at),
      own: pending.proposerPersonId === actor.personId,
    },
    until: instantText(changeUntil(deadline, rulebookOf(tender.rulebook))),
  };
}

function stateOf(
  certificate: Certificate | undefined,
  seat: Seat | null | undefined,
  deadline: Date,
): OfficerStanding['state'] {
  if (!certificate || certificate.state === 'revoked') return 'revoked';
  if (seat?.state !== 'active') return 'seatClosed';
  return certificate.notAfter.getTime() < deadline.getTime() + keyMargin ? 'expires' : 'ready';
}

/** The keyring that a change would make, or every reason why it may not be made. */
async function judged(
  { em, now }: Asking,
  tender: Tender,
  lots: readonly Lot[],
  change: OfficerChangeBody,
): Promise<Keyring> {
  const { keyring, deadline } = published(tender);
  const known = await seatsOf(em, keyring);
  const incoming = await chosenOfficers(
    { em, now },
    tender,
    change.in.map(({ seatId }) => seatId),
  );
  obey(
    judgeOfficerChange(change, {
      now,
      deadline,
      bidding: lots.length > 0 && lots.every(({ state, deadline: until }) => state === 'bidding' && now < until),
      keyring,
      rulebook: rulebookOf(tender.rulebook),
      members: [...known].map(([certSha256, { seat }]) => ({ certSha256, personId: seat?.personId ?? null })),
      incoming: incoming.map(({ seat, person, side, certificate, otherSuite, provenUntil }) => ({
        seatId: seat.id,
        personId: person.id,
        side,
        certSha256: certificate?.fingerprint ?? null,
        keyUntil: certificate?.notAfter ?? null,
        otherSuite,
        provenUntil,
      })),
    }),
  );
  const next = changedKeyring(
    keyring,
    change.out,
    change.in.flatMap(({ group, seatId }) => {
      const candidate = incoming.find(({ seat }) => seat.id === seatId);
      if (!candidate?.certificate) return [];
      const { certificate, person, organisation } = candidate;
      return [
        {
          group,
          certSha256: certificate.fingerprint,
          certificate: certificate.der,
          name: person.name,
          organisation: organisation.name,
        },
      ];
    }),
  );
  // Two officers of one group fewer and nobody new: then one person could open alone.
  if (!isSoundKeyring(next, keyring)) refuse('tender.officers-missing', { field: 'in' });
  return next;
}

/** The act that a proposal would have to carry. */
async function expectedProposal(asking: Asking, tender: Tender, change: OfficerChangeBody) {
  const lots = await lotsOf(asking.em, tender.id);
  const keyring = await judged(asking, tender, lots, change);
  return proposeOfficersAct(actorBy(asking.actor), {
    tender,
    notice: published(tender).noticeLeaf,
    change,
    keyring,
  });
}

export async function prepareOfficerChange(
  asking: Asking,
  tenderId: string,
  change: OfficerChangeBody,
): Promise<string> {
  const tender = await ownTender(asking.em, tenderId, asking.actor);
  return canonical(await expectedProposal(asking, tender, change));
}

/** Proposes to replace officers. Nothing changes before a second person has signed. */
export async function proposeOfficerChange(
  asking: Asking,
  tenderId: string,
  { out, in: incoming, reason, ...signed }: OfficerChangeBody & Signed,
): Promise<OfficerChangeDesk> {
  const { em, house, actor, now } = asking;
  const change: OfficerChangeBody = { out, in: incoming, reason };
  await transact(em, async (tx) => {
    const tender = owned(await lockTender(tx, tenderId), actor);
    const expect = await expectedProposal({ ...asking, em: tx }, tender, change);
    const checked = await house.identity.checkAct({ em: tx, actor, now, ...signed, expect });
    const { entryId, actHash } = await recordAct(tx, {
      scope: tenderId,
      type: 'officers.propose',
      visibility: 'public',
      at: now,
      actor: actor.seatId,
      facts: { tender: tenderId },
      ...checked,
    });
    await tx.upsert(
      OfficerChange,
      {
        tenderId,
        change,
        proposerPersonId: actor.personId,
        proposerName: actor.name,
        at: now,
        actHash,
        entryId,
      },
      { onConflictFields: ['tenderId'] },
    );
  });
  return officerChangeDesk({ ...asking, em: house.fork() }, tenderId);
}

/** Drops a change that nobody has confirmed. */
export async function withdrawOfficerChange({ em, actor }: Asking, tenderId: string): Promise<void> {
  await transact(em, async (tx) => {
    const tender = owned(await lockTender(tx, tenderId), actor);
    published(tender);
    if ((await tx.nativeDelete(OfficerChange, { tenderId })) === 0) refuse('officers.nothing-pending');
  });
}

/** What the amendment must say, from what waits. */
async function expectedAmendment(asking: Asking, tender: Tender, lots: readonly Lot[]) {
  const { em, actor } = asking;
  const { noticeLeaf, deadline } = published(tender);
  const pending = await em.findOne(OfficerChange, { tenderId: tender.id }, { disableIdentityMap: true });
  if (!pending) return refuse('officers.nothing-pending');
  if (pending.proposerPersonId === actor.personId) return refuse('officers.same-person');
  const keyring = await judged(asking, tender, lots, pending.change);
  const notices = await noticesOf(em, tender.id);
  const content = contentOf(tender);
  const party = ({ name, uscc }: { readonly name: string; readonly uscc: string }) => ({ name, uscc });
  const gone = [...new Set([...(notices.at(-1)?.gone ?? []), ...pending.change.out])].filter(
    (certSha256) => !keyring.groups.some(({ members }) => members.some((member) => member.certSha256 === certSha256)),
  );
  const no = notices.length + 1;
  const act = amendAct(actorBy(actor), {
    tender,
    no,
    amends: noticeLeaf,
    publication: notices[0]?.leaf ?? noticeLeaf,
    deadline: instantText(deadline),
    lots: lots.map(({ id, no: number }) => ({ id, no: number })),
    purchaser: party(content.purchaser),
    agency: content.agency && party(content.agency),
    reason: pending.change.reason,
    gone,
    keyring,
    check: pending.actHash,
  });
  return { act, keyring, gone, no };
}

export async function prepareAmendment(asking: Asking, tenderId: string): Promise<string> {
  const tender = await ownTender(asking.em, tenderId, asking.actor);
  const { act } = await expectedAmendment(asking, tender, await lotsOf(asking.em, tenderId));
  return canonical(act);
}

/**
 * Amends the notice: under the locks of all its lots, so that no bid slips in sealed to the keyring before. What was
 * sealed earlier stays as it is; its bidders read from the notice that they are to seal again.
 */
export async function amendOfficers(
  asking: Asking,
  tenderId: string,
  signed: Signed,
): Promise<{ no: number; at: string; noticeLeaf: string; keyringHash: string }> {
  const { em, house, actor } = asking;
  const ids = (await lotsOf(em, tenderId)).map(({ id }) => id);
  return transact(em, async (tx) => {
    const lots: Lot[] = [];
    for (const id of ids) lots.push(await lockLot(tx, id));
    const now = house.clock.now();
    const tender = owned(await lockTender(tx, tenderId), actor);
    const { act: expect, keyring, gone, no } = await expectedAmendment({ ...asking, em: tx, now }, tender, lots);
    const checked = await house.identity.checkAct({ em: tx, actor, now, ...signed, expect });
    const hash = keyringHash(keyring);
    const { leafHash, actHash } = await recordAct(tx, {
      scope: tenderId,
      type: 'tender.amend',
      visibility: 'public',
      at: now,
      actor: actor.seatId,
      facts: {
        tender: tenderId,
        code: tender.code,
        no,
        amends: expect.amends,
        deadline: expect.deadline,
        lots: ids,
        keyringHash: hash,
      },
      ...checked,
    });
    await tx.insert(TenderNotice, {
      tenderId,
      no,
      kind: 'amend',
      at: now,
      leaf: leafHash,
      act: actHash,
      keyringHash: hash,
      keyring,
      gone,
    });
    const known = await seatsOf(tx, keyring);
    await appointOfficers(
      tx,
      tenderId,
      keyring.groups.flatMap(({ id, members }) =>
        members.flatMap(({ certSha256 }) => {
          const seatId = known.get(certSha256)?.certificate.seatId;
          return seatId && (id === 'purchaser' || id === 'independent') ? [{ group: id, seatId }] : [];
        }),
      ),
    );
    await tx.nativeDelete(OfficerChange, { tenderId });
    Object.assign(tender, { keyring, keyringHash: hash, noticeLeaf: leafHash, noticeHash: actHash, savedAt: now });
    await tx.flush();
    return { no, at: instantText(now), noticeLeaf: leafHash, keyringHash: hash };
  });
}
