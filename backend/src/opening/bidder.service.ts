import type { EntityManager } from '@mikro-orm/core';
import {
  type decideOmission as decideSpec,
  decisionAct,
  gateAct,
  isClose,
  judgeOmission,
  omissionAct,
  type recoverBid as recoverSpec,
  recoveryAct,
  type releaseGates as gateSpec,
  type reportOmission as reportSpec,
  type Omission,
  type OwnCourse,
} from '@xinbiao/contracts/opening';
import { fromHex, instantText, toHex, type BodyOf } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  checkGate,
  keyCommitIn,
  parseCanonical,
  Malformed,
  parseVerifierKey,
  sha256Hex,
} from '@xinbiao/contracts/trust';
import { endingOf } from '../bidding/index.ts';
import { actorBy } from '../identity/index.ts';
import { entriesOfScope, entryByLeaf, record, recordAct } from '../ledger/index.ts';
import { lockLot, lotOf } from '../tendering/index.ts';
import { newId, refuse, transact, type Actor, type House } from '../platform/index.ts';
import { BidGate, BidOmission, BidRecovery } from './course.entity.ts';
import { courseOf, disputeView, gateOf, omissionView, type Course, type SealedBid } from './course.queries.ts';

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };

/** Takes a bidder's word that its bid is missing, and checks it as anybody could. Proven, nothing is opened until it is decided. */
export async function reportOmission(
  { em, house, actor }: Given,
  lotId: string,
  body: BodyOf<typeof reportSpec>,
): Promise<Omission> {
  const lot = await lotOf(em, lotId);
  const course = await courseOf(em, lot, house.clock.now());
  if (!course) return refuse('opening.not-closed');
  if (lot.state !== 'closed') return refuse('opening.over');
  const { close } = course;
  const receipt = receiptIn(body.act);
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now: house.clock.now(),
    expect: omissionAct(actorBy(actor), { lotId, closeHash: close.hash, receipt }),
  });
  const entry = await entryByLeaf(em, close.leaf);
  if (!entry?.body || !isClose(close.document, entry.body)) return refuse('opening.not-closed');
  const verifierKeys = [parseVerifierKey(house.ledger.verifierKey)];
  const judged = await judgeOmission({
    receipt,
    verifierKeys,
    lotId,
    close: close.document,
    closeIndex: entry.index,
    disclosed: await entriesOfScope(em, lotId, entry.index, 100_000),
    trust: house.identity.authorities.anchors(house.clock.now()),
    showEnding: (manifestHash) => endingOf(em, { lotId, manifestHash }),
  });
  if (!judged.proven)
    return refuse('opening.omission-not-proven', { field: 'act', facts: { reason: reasons[judged.reason] } });
  const { manifestHash, leaf } = judged;
  const omission = await transact(em, async (tx) => {
    const locked = await lockLot(tx, lotId);
    if (locked.state !== 'closed') return refuse('opening.over');
    if ((await tx.count(BidOmission, { lotId, leaf })) > 0) return refuse('opening.omission-known');
    const now = house.clock.now();
    const { entryId } = await recordAct(tx, {
      scope: lotId,
      type: 'open.omission',
      visibility: 'public',
      at: now,
      actor: actor.seatId,
      ...signed,
      facts: { manifest: manifestHash, leaf, close: close.hash },
    });
    const row = tx.create(BidOmission, {
      id: newId(now),
      lotId,
      organisationId: actor.organisationId ?? '',
      bidder: actor.organisationName ?? '',
      manifestHash,
      leaf,
      at: now,
      entryId,
      finding: null,
      decidedBy: null,
      decidedAt: null,
      decisionEntryId: null,
      version: 1,
    });
    tx.assign(locked, { wakeAt: now });
    await tx.flush();
    return row;
  });
  house.hall.tell(lotId, 'moved', omission.at);
  return omissionView(omission);
}

const reasons = {
  'receipt-broken': '回执不是本平台记录簿签出的 (not a receipt of this log)',
  'other-entry': '不是本标段的投标回执 (not of a bid of this lot)',
  'after-close': '记录在截止之后 (recorded after the close)',
  listed: '名单里有这份投标 (the bid is listed)',
  replaced: '这份投标已被替换或撤回 (replaced or withdrawn)',
} as const;

function receiptIn(act: string): string {
  try {
    const read = parseCanonical(act);
    if (typeof read === 'object' && read !== null && 'receipt' in read && typeof read.receipt === 'string')
      return read.receipt;
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
  }
  return refuse('act.malformed', { field: 'act' });
}

/** The supervisor's finding on an omission; the lot then fails by rule, and nobody ever opens a bid of it. @law 政府采购法 §36 */
export async function decideOmission(
  { em, house, actor }: Given,
  { lotId, omissionId }: { readonly lotId: string; readonly omissionId: string },
  { finding, ...body }: BodyOf<typeof decideSpec>,
): Promise<Omission> {
  await lotOf(em, lotId);
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now: house.clock.now(),
    expect: decisionAct(actorBy(actor), { lotId, omissionId, finding }),
  });
  const decided = await transact(em, async (tx) => {
    const lot = await lockLot(tx, lotId);
    const row = await tx.findOne(BidOmission, { id: omissionId, lotId }, { refresh: true });
    if (!row || row.decidedAt) return refuse('opening.omission-unknown');
    const now = house.clock.now();
    const { entryId } = await recordAct(tx, {
      scope: lotId,
      type: 'open.decision',
      visibility: 'public',
      at: now,
      actor: actor.seatId,
      ...signed,
      facts: { manifest: row.manifestHash, leaf: row.leaf },
    });
    tx.assign(row, {
      finding,
      decidedBy: `${actor.organisationName ?? ''} ${actor.name}`.trim(),
      decidedAt: now,
      decisionEntryId: entryId,
    });
    if (lot.state === 'closed') tx.assign(lot, { wakeAt: now });
    await tx.flush();
    return row;
  });
  house.hall.tell(lotId, 'moved', house.clock.now());
  return omissionView(decided);
}

async function ownBid(
  em: EntityManager,
  { house, actor }: Pick<Given, 'house' | 'actor'>,
  lotId: string,
): Promise<{ readonly course: Course; readonly bid: SealedBid }> {
  const course = await courseOf(em, await lotOf(em, lotId), house.clock.now());
  const bid =
    actor.organisationId === null
      ? undefined
      : course?.bids.find(({ organisationId }) => organisationId === actor.organisationId);
  return course && bid ? { course, bid } : refuse('opening.not-your-bid');
}

/** The caller's own bid in an opening: what is asked of its bidder now. */
export async function ownCourse(given: Given, lotId: string): Promise<OwnCourse> {
  const { course, bid } = await ownBid(given.em, given, lotId);
  return {
    now: instantText(given.house.clock.now()),
    bidId: bid.bidId,
    no: bid.no,
    envelopeId: bid.envelopeId,
    manifestHash: bid.manifestHash,
    manifest: bid.manifest,
    keyring: bid.keyring,
    recovered: course.recovered.has(bid.bidId),
    gate: gateOf(course, bid.bidId),
    disputes: course.disputes
      .filter(({ bidId, verdict }) => bidId === bid.bidId && verdict === null)
      .map((dispute) => disputeView(dispute, course)),
  };
}

/** A key goes into this table and nowhere else; the log gets the hash of the act that carried it. */
type Secret = { readonly act: string; readonly signature: string; readonly certificateSha256: string };
const traceOf = ({ act, signature, certificateSha256 }: Secret) => ({
  sealedAct: sha256Hex(bytesOf(act)),
  signature: sha256Hex(fromHex(signature)),
  certificate: certificateSha256,
});

/** Takes the stage key of a bid from its own bidder, where the officers did not come. It can open, and cannot alter: the manifest commits to it. */
export async function recoverBid(
  given: Given,
  lotId: string,
  { keys, ...body }: BodyOf<typeof recoverSpec>,
): Promise<OwnCourse> {
  const { em, house, actor } = given;
  const { course, bid } = await ownBid(em, given, lotId);
  obeyRecovery(course, bid);
  const { manifestHash } = bid;
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now: house.clock.now(),
    expect: recoveryAct(actorBy(actor), { lotId, manifestHash, keys }),
  });
  const fits = bid.read.stages.every(({ id, keyCommit }) => {
    const found = keys.filter(({ stage }) => stage === id);
    return found.length === 1 && found.every(({ key }) => toHex(keyCommitIn(bid.read, fromHex(key), id)) === keyCommit);
  });
  if (!fits || keys.length !== bid.read.stages.length) return refuse('opening.recovery-altered', { field: 'keys' });
  return takeOwn(given, lotId, {
    type: 'open.recovery',
    signed,
    obey: obeyRecovery,
    keep: (tx, kept) =>
      tx.insert(BidRecovery, { ...kept, keys: Object.fromEntries(keys.map(({ stage, key }) => [stage, key])) }),
  });
}

type Kept = {
  readonly bidId: string;
  readonly lotId: string;
  readonly at: Date;
  readonly act: string;
  readonly signature: string;
  readonly certificate: string;
  readonly entryId: string;
};

/** Takes what a bidder hands over for its own bid: judged again under the lot's lock, entered in the log, kept, and the lot looked at. */
async function takeOwn(
  given: Given,
  lotId: string,
  {
    type,
    signed,
    obey: obeyNow,
    keep,
  }: {
    readonly type: 'open.recovery' | 'open.gate';
    readonly signed: Parameters<typeof traceOf>[0] &
      Pick<Kept, 'act' | 'signature'> & { readonly certificateSha256: string };
    readonly obey: (course: Course, bid: SealedBid) => void;
    readonly keep: (tx: EntityManager, kept: Kept) => Promise<unknown>;
  },
): Promise<OwnCourse> {
  const { em, house, actor } = given;
  await transact(em, async (tx) => {
    const lot = await lockLot(tx, lotId);
    const { course, bid } = await ownBid(tx, given, lotId);
    obeyNow(course, bid);
    const { bidId, manifestHash } = bid;
    const at = house.clock.now();
    const { entryId } = await record(tx, {
      scope: lotId,
      type,
      visibility: 'public',
      body: { bid: bidId, manifest: manifestHash, ...traceOf(signed) },
      at,
      actor: actor.seatId,
    });
    const { act, signature, certificateSha256: certificate } = signed;
    await keep(tx, { bidId, lotId, at, act, signature, certificate, entryId });
    tx.assign(lot, { wakeAt: at });
  });
  house.hall.tell(lotId, 'moved', house.clock.now());
  return ownCourse({ ...given, em: house.fork() }, lotId);
}

function obeyRecovery({ recovered, step, lot }: Course, { bidId }: SealedBid): void {
  if (recovered.has(bidId)) refuse('opening.already-recovered');
  if (lot.state !== 'closed' || step.kind !== 'wait' || step.phase !== 'recovering') refuse('opening.no-recovery-now');
}

/** Takes a bidder's own key beside those of the officers. A wrong one is refused and may be tried again while there is time. @law 电子招标投标办法 §30 */
export async function releaseGates(
  given: Given,
  lotId: string,
  { gates, ...body }: BodyOf<typeof gateSpec>,
): Promise<OwnCourse> {
  const { em, house, actor } = given;
  const { course, bid } = await ownBid(em, given, lotId);
  obeyGate(course, bid);
  const { manifestHash } = bid;
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now: house.clock.now(),
    expect: gateAct(actorBy(actor), { lotId, manifestHash, gates }),
  });
  const gated = bid.read.stages.filter(({ gate }) => gate === 'bidder');
  const fits = gated.every(({ id: stage }) => {
    const found = gates.filter((one) => one.stage === stage);
    return found.length === 1 && found.every(({ blob }) => isSealedGate(bid, stage, blob));
  });
  if (!fits || gates.length !== gated.length) return refuse('opening.gate-differs', { field: 'gates' });
  return takeOwn(given, lotId, {
    type: 'open.gate',
    signed,
    obey: obeyGate,
    keep: (tx, kept) =>
      tx.insert(BidGate, { ...kept, gates: Object.fromEntries(gates.map(({ stage, blob }) => [stage, blob])) }),
  });
}

/** A gate that is the committed one and still malformed is taken: it is what shows that it was sealed so. */
function isSealedGate({ read }: SealedBid, stage: string, blob: string): boolean {
  const check = checkGate({ manifest: read, stage, blob: fromHex(blob) });
  return check.ok || check.fault.code === 'gate.malformed';
}

function obeyGate({ gates, step, lot }: Course, { bidId }: SealedBid): void {
  if (gates.has(bidId)) refuse('opening.gate-released');
  if (lot.state !== 'closed' || step.kind !== 'wait' || step.phase !== 'decrypting') refuse('opening.no-gate-now');
}
