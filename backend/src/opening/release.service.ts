import type { EntityManager } from '@mikro-orm/core';
import {
  type announceBatch as announceSpec,
  batchAct,
  batchHashOf,
  coversAll,
  mayAnnounce,
  mayRelease,
  mostBatches,
  ReleaseAct,
  releaseAct,
  type ReleaseBatch,
  type ReleaseReply,
} from '@xinbiao/contracts/opening';
import { fromHex, instantText, type BodyOf, type ReplyOf } from '@xinbiao/contracts/kernel';
import { checkShare, Malformed, parseCanonical, sha256Hex } from '@xinbiao/contracts/trust';
import type { z } from 'zod';
import { actorBy } from '../identity/index.ts';
import { record, recordAct } from '../ledger/index.ts';
import { lockLot, lotOf } from '../tendering/index.ts';
import { newId, obey, refuse, transact, type Actor, type House } from '../platform/index.ts';
import { BatchAnnouncement } from './course.entity.ts';
import { courseOf, phaseOf, placesOf, type Course, type SealedBid } from './course.queries.ts';
import { openDisputes } from './dispute.service.ts';
import { Release, ReleaseFault } from './opening.entity.ts';
import { groupsOf, keyringOf, membersOf, ownMembers, type Member } from './opening.facts.ts';
import { tenderOf, type Lot } from '../tendering/index.ts';

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };
type Place = ReturnType<typeof placesOf>[number];
type Officer = { readonly member: Member; readonly places: readonly Place[] };

/** Which of the caller's certificates opens here: the first that has not released yet, where keys were renewed between bids. */
async function officerOf(em: EntityManager, course: Course, actor: Actor): Promise<Officer | undefined> {
  const own = (await ownMembers(em, course.members, actor)).map((member) => ({
    member,
    places: placesOf(course.bids, member.certSha256),
  }));
  const released = new Set(course.releases.map(({ officer }) => officer));
  return own.find(({ member, places }) => places.length > 0 && !released.has(member.certSha256)) ?? own[0];
}

type Standing = { readonly course: Course; readonly member: Member; readonly places: readonly Place[] };

/** The officer and the lot as they stand, if the officer may act now. */
async function standingOf(
  em: EntityManager,
  { house, actor }: Pick<Given, 'house' | 'actor'>,
  lot: Lot,
  given: { readonly read?: boolean } = {},
): Promise<Standing> {
  const now = house.clock.now();
  const course = await courseOf(em, lot, now);
  if (!course) {
    const members = await ownMembers(em, membersOf(keyringOf(await tenderOf(em, lot))), actor);
    obey(
      mayRelease({
        lotState: lot.state,
        member: members[0],
        alreadyReleased: false,
        objectionUntil: now,
        halted: false,
        now,
      }),
    );
    return refuse('opening.not-closed');
  }
  const officer = await officerOf(em, course, actor);
  obey(
    mayRelease({
      lotState: lot.state,
      member: officer,
      alreadyReleased:
        given.read !== true && course.releases.some((release) => release.officer === officer?.member.certSha256),
      objectionUntil: given.read === true ? now : course.facts.objectionUntil,
      halted: given.read !== true && course.facts.omission !== 'none',
      now,
    }),
  );
  if (!officer) return refuse('opening.not-an-officer');
  return { course, ...officer };
}

/** What an officer's client needs to check every bid and unwrap its own shares. Nobody else, and nothing before close. */
export async function releaseBatch({ em, house, actor }: Given, lotId: string): Promise<ReleaseBatch> {
  const lot = await lotOf(em, lotId);
  const { course, member } = await standingOf(em, { house, actor }, lot, { read: true });
  const { close, bids, keyrings, announcements, facts } = course;
  const [keyring] = keyrings;
  if (!keyring) throw new Error('a published tender has lost its keyring');
  const announced = announcements.filter(({ officer }) => officer === member.certSha256);
  const pending = announced.find(({ state }) => state === 'pending');
  return {
    lotId,
    closeHash: close.hash,
    closeDocument: close.document,
    keyring,
    keyrings: [...keyrings],
    officer: { group: member.group, x: member.x, certSha256: member.certSha256 },
    objectionUntil: instantText(facts.objectionUntil),
    announced: pending ? { batch: pending.batch, attempt: pending.attempt } : null,
    attempt: announced.length + 1,
    heads: bids.map(({ bidId, bidder, manifestHash, manifest, signature, certificate }) => ({
      bidId,
      bidder,
      manifestHash,
      manifest,
      signature,
      bidderCertificate: certificate,
    })),
  };
}

/**
 * Logs the hash of an officer's batch before the batch is seen by anybody: whoever waits to see what others release
 * can no longer choose. The same hash again changes nothing, so an officer whose page broke off simply goes on.
 */
export async function announceBatch(
  given: Given,
  lotId: string,
  { batch, ...body }: BodyOf<typeof announceSpec>,
): Promise<ReplyOf<typeof announceSpec>> {
  const { em, house, actor } = given;
  const { course, member } = await standingOf(em, given, await lotOf(em, lotId));
  const officer = member.certSha256;
  const closeHash = course.close.hash;
  const before = course.announcements.filter((one) => one.officer === officer);
  const attempt =
    before.find(({ state, batch: other }) => state === 'pending' && other === batch)?.attempt ?? before.length + 1;
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now: house.clock.now(),
    expect: batchAct(actorBy(actor), { lotId, closeHash, officer, batch, attempt }),
  });
  const told = await transact(em, async (tx) => {
    const lot = await lockLot(tx, lotId);
    const { course: locked } = await standingOf(tx, given, lot);
    const own = locked.announcements.filter((one) => one.officer === officer);
    const pending = own.find(({ state }) => state === 'pending');
    if (pending?.batch === batch) return { batch, at: pending.at, leaf: pending.leaf };
    obey(mayAnnounce({ attempts: own.length, most: mostBatches }));
    // Somebody announced between: what was signed is about another attempt.
    if (own.length + 1 !== attempt) return refuse('act.not-what-is-decided', { field: 'act' });
    const at = house.clock.now();
    if (pending) pending.state = 'refused';
    await tx.flush();
    const { entryId, leafHash: leaf } = await recordAct(tx, {
      scope: lotId,
      type: 'open.batch',
      visibility: 'public',
      at,
      actor: actor.seatId,
      ...signed,
      facts: { close: closeHash, group: member.group, officer, batch },
    });
    await tx.insert(BatchAnnouncement, {
      id: newId(at),
      lotId,
      officer,
      attempt,
      batch,
      state: 'pending',
      at,
      entryId,
      leaf,
    });
    return { batch, at, leaf };
  });
  house.hall.tell(lotId, 'moved', told.at);
  return { batch: told.batch, at: instantText(told.at), entry: told.leaf };
}

/** Takes in an officer's batch: the announced one, all bids of the close document, each share the one its bid commits to, or nothing at all. */
export async function releaseShares(
  given: Given,
  lotId: string,
  body: { readonly act: string; readonly signature: string },
): Promise<z.output<typeof ReleaseReply>> {
  const { em, house, actor } = given;
  const { course, member, places } = await standingOf(em, given, await lotOf(em, lotId));
  const act = readAct(body.act);
  obey(coversAll({ act, closeHash: course.close.hash, officer: member.certSha256, places }));
  const { closeHash, officer, shares } = act;
  const expect = releaseAct(actorBy(actor), { lotId, closeHash, officer, shares });
  const signed = await house.identity.checkAct({ em, actor, ...body, now: house.clock.now(), expect });
  const batch = batchHashOf(expect);
  const lastOf = ({ announcements }: Course): BatchAnnouncement | undefined =>
    announcements.findLast((one) => one.officer === officer && one.state === 'pending');
  const announced = lastOf(course);
  if (!announced) return refuse('opening.batch-not-announced');
  const fault = { officer, batch, announced: announced.batch };
  if (announced.batch !== batch) {
    await name(given, announced, { lotId, code: 'batch.not-logged', bids: [], fault });
    return refuse('opening.batch-not-logged', { field: 'act' });
  }
  const { lacking, wrong, complaints } = judgeShares(course.bids, member, act);
  const [first] = wrong;
  if (first) {
    await name(given, announced, { lotId, code: 'share.not-committed', bids: wrong, fault });
    return refuse('opening.share-not-committed', { field: 'act', facts: { no: first.no } });
  }
  const at = await transact(em, async (tx) => {
    const locked = await lockLot(tx, lotId);
    const { course: now } = await standingOf(tx, given, locked);
    const pending = lastOf(now);
    if (pending?.batch !== batch) return refuse('opening.batch-not-announced');
    const moment = house.clock.now();
    pending.state = 'accepted';
    await tx.flush();
    // The act holds the shares, which open technical parts too: the log gets its hashes, and only this table the act.
    const { entryId } = await record(tx, {
      scope: lotId,
      type: 'open.reveal',
      visibility: 'public',
      body: {
        close: closeHash,
        group: member.group,
        officer,
        batch,
        signature: sha256Hex(fromHex(signed.signature)),
        certificate: signed.certificateSha256,
      },
      at: moment,
      actor: actor.seatId,
    });
    const { act: text, signature, certificateSha256: certificate } = signed;
    await tx.insert(Release, {
      id: newId(moment),
      lotId,
      officer,
      officerGroup: member.group,
      seatId: actor.seatId,
      at: moment,
      act: text,
      signature,
      certificate,
      entryId,
      lacking,
    });
    await openDisputes(tx, { lotId, member, complaints, now: moment });
    tx.assign(locked, { wakeAt: moment });
    return moment;
  });
  house.hall.tell(lotId, 'released', at);
  const fork = house.fork();
  const lot = await lotOf(fork, lotId);
  const after = await courseOf(fork, lot, at);
  return {
    releasedAt: instantText(at),
    groups: groupsOf(course.keyrings, { releases: after?.releases ?? [], announced: after?.announcements ?? [] }),
    phase: phaseOf(lot, after),
  };
}

function readAct(text: string): ReleaseAct {
  try {
    const read = ReleaseAct.safeParse(parseCanonical(text));
    return read.success ? read.data : refuse('act.malformed', { field: 'act' });
  } catch (fault) {
    if (fault instanceof Malformed) return refuse('act.malformed', { field: 'act' });
    throw fault;
  }
}

/** A complaint: the officer says that this wrap does not open. */
export type Complaint = { readonly bid: SealedBid; readonly stage: string };

/** Compares every share with its bid: which hold, which the bidder sealed badly, which are not what the officer was given. */
function judgeShares(
  bids: readonly SealedBid[],
  member: Member,
  act: ReleaseAct,
): { readonly lacking: string[]; readonly wrong: SealedBid[]; readonly complaints: Complaint[] } {
  const lacking = new Set<string>();
  const wrong: SealedBid[] = [];
  const complaints: Complaint[] = [];
  for (const { manifestHash, stage, blob } of act.shares) {
    const bid = bids.find((one) => one.manifestHash === manifestHash);
    if (!bid) continue;
    if (blob === null) {
      lacking.add(manifestHash);
      complaints.push({ bid, stage });
      continue;
    }
    const check = checkShare({ manifest: bid.read, stage, officer: member.certSha256, blob: fromHex(blob) });
    if (check.ok) continue;
    if (check.fault.party === 'officer') wrong.push(bid);
    else lacking.add(manifestHash);
  }
  return { lacking: [...lacking], wrong, complaints };
}

/** Writes down, in the officer's name, why a batch was refused. An announcement is used up by it, so this cannot go on for ever. */
async function name(
  { house }: Given,
  announced: BatchAnnouncement,
  {
    lotId,
    code,
    bids,
    fault,
  }: {
    readonly lotId: string;
    readonly code: 'share.not-committed' | 'batch.not-logged';
    readonly bids: readonly SealedBid[];
    readonly fault: { readonly officer: string; readonly batch: string; readonly announced: string };
  },
): Promise<void> {
  const at = house.clock.now();
  await transact(house.fork(), async (tx) => {
    await lockLot(tx, lotId);
    const used = await tx.nativeUpdate(BatchAnnouncement, { id: announced.id, state: 'pending' }, { state: 'refused' });
    if (used === 0) return;
    const { officer } = fault;
    for (const { bidId } of bids) await tx.insert(ReleaseFault, { id: newId(at), lotId, bidId, officer, code, at });
    const body = { ...fault, bids: bids.map(({ bidId }) => bidId), fault: code };
    await record(tx, { scope: lotId, type: 'open.fault', visibility: 'public', body, at });
  });
  house.hall.tell(lotId, 'moved', at);
}
