import type { EntityManager } from '@mikro-orm/core';
import type { Verdict } from '@xinbiao/contracts/kernel';
import { instantOf } from '@xinbiao/contracts/kernel';
import { currentRulebook } from '@xinbiao/contracts/rulebook';
import {
  checkAct,
  contentHash,
  emptyDraft,
  filesRoot,
  judgeAcceptances,
  nextPrecheck,
  precheckTimes,
  mayMove,
  publishAct,
  type attachFile as attachSpec,
  type Attachment,
  type TenderContent,
  type TenderDraft,
  type TenderMove,
} from '@xinbiao/contracts/tendering';
import { canonical, keyringHash } from '@xinbiao/contracts/trust';
import type { BodyOf } from '@xinbiao/contracts/kernel';
import { actorBy, kindsOf, Organisation } from '../identity/index.ts';
import { disclose, recordAct } from '../ledger/index.ts';
import { newId, obey, Refused, StoredFile, transact, type Actor, type House } from '../platform/index.ts';
import { obeyBlacklist } from '../registry/index.ts';
import { advanceTender, isStaffOf, lockTender } from './lot.service.ts';
import { TenderNotice } from './officer.entity.ts';
import { appointOfficers } from './officer.service.ts';
import { factsOfOfficers, keyringOf } from './officers.queries.ts';
import { indexTender } from './search.queries.ts';
import { nextOf } from './serial.ts';
import { Lot, Tender } from './tender.entity.ts';
import { handsOf, verdictOf } from './tender.queries.ts';

export type Asking = { readonly em: EntityManager; readonly house: House; readonly now: Date; readonly actor: Actor };
type Signed = { readonly act: string; readonly signature: string };
const mostFiles = 50;

/** The tender, if it belongs to the actor's organisation; a stranger learns only that it exists nowhere or elsewhere. */
export async function ownTender(em: EntityManager, tenderId: string, actor: Actor): Promise<Tender> {
  const tender = await em.findOne(Tender, { id: tenderId });
  return owned(tender, actor);
}

/** The tender, if it is the actor's organisation's. */
export function owned(tender: Tender | null, actor: Actor): Tender {
  if (!tender) throw new Refused([{ code: 'tender.unknown' }]);
  if (!isStaffOf(actor, tender)) throw new Refused([{ code: 'tender.not-yours' }]);
  return tender;
}

/** Changes one tender of the own organisation under its lock. */
function changing<T>(
  { em, actor }: Asking,
  tenderId: string,
  work: (tx: EntityManager, tender: Tender) => Promise<T>,
): Promise<T> {
  return transact(em, async (tx) => work(tx, owned(await lockTender(tx, tenderId), actor)));
}

/** Asks whether this person may make the move now, then makes it. */
function move(tender: Tender, name: TenderMove, actor: Actor): void {
  obey(judgeMove(tender, name, actor));
  advanceTender(tender, { move: name, by: partyOf(name, tender) });
}

const judgeMove = (tender: Tender, name: TenderMove, actor: Actor): Verdict =>
  mayMove(name, { state: tender.state, person: actor.personId, scopes: actor.scopes, hands: handsOf(tender) });

function partyOf(name: TenderMove, { state }: Tender): 'composer' | 'checker' | 'publisher' {
  if (name === 'confirm') return 'checker';
  if (name === 'publish') return 'publisher';
  if (name === 'return') return state === 'checking' ? 'checker' : 'publisher';
  return 'composer';
}

/** Begins a draft for the own organisation, or as an agency for a purchaser. */
export async function createTender(asking: Asking, purchaserId: string | undefined): Promise<Tender> {
  const { em, house, now, actor } = asking;
  const own = await em.findOneOrFail(Organisation, { id: actor.organisationId ?? '' });
  const forOther = purchaserId !== undefined && purchaserId !== own.id;
  const purchaser = purchaserId === undefined || !forOther ? own : await em.findOne(Organisation, { id: purchaserId });
  const isSound =
    purchaser?.state === 'active' &&
    kindsOf(purchaser).includes('purchaser') &&
    (!forOther || actor.roles.includes('agency'));
  if (!purchaser || !isSound) throw new Refused([{ code: 'tender.no-such-purchaser', field: 'purchaserId' }]);
  const agency = forOther ? own : null;
  if (agency)
    await obeyBlacklist(em, { uscc: agency.uscc, act: 'actAsAgency', regionCode: purchaser.regionCode, at: now });
  const draft = emptyDraft(
    partyOfOrganisation(purchaser),
    agency ? partyOfOrganisation(agency) : null,
    purchaser.regionCode,
    house.config.suite,
  );
  return transact(em, async (tx) => {
    const year = new Date(now.getTime() + 8 * 3_600_000).getUTCFullYear();
    const serial = await nextOf(tx, `code-${year}`);
    const tender = tx.create(Tender, {
      id: newId(now),
      rid: null,
      code: `${house.config.tenderPrefix}-ZC-${year}-${String(serial).padStart(4, '0')}`,
      state: 'draft',
      lotState: null,
      lotStates: {},
      rulebook: currentRulebook,
      version: 1,
      purchaserId: purchaser.id,
      purchaserName: purchaser.name,
      agencyId: agency?.id ?? null,
      agencyName: agency?.name ?? null,
      composerSeatId: actor.seatId,
      composerPersonId: actor.personId,
      composerName: actor.name,
      submitterPersonId: null,
      checkerSeatId: null,
      checkerPersonId: null,
      checkerName: null,
      checkEntry: null,
      checkHash: null,
      publisherSeatId: null,
      publisherName: null,
      returnReason: null,
      ...columnsOf(draft),
      content: draft,
      lotNames: [],
      keyring: null,
      keyringHash: null,
      publishedAt: null,
      noticeLeaf: null,
      noticeHash: null,
      createdAt: now,
      savedAt: now,
    });
    await tx.flush();
    return tender;
  });
}

const partyOfOrganisation = ({
  id,
  name,
  uscc,
  profile: { address, contact, phone },
}: Organisation): TenderDraft['purchaser'] => ({ organisationId: id, name, uscc, address, contact, phone });

/** What lists and filters need of a draft, as columns. */
function columnsOf(content: TenderDraft) {
  const budget = content.lots.reduce((sum, lot) => sum + (lot.budget === '' ? 0n : BigInt(lot.budget)), 0n);
  return {
    title: content.title,
    category: content.category,
    regionCode: content.regionCode,
    budget: budget as Tender['budget'],
    deadline: content.deadline === '' ? null : instantOf(content.deadline),
  };
}

function put(tender: Tender, content: TenderDraft, now: Date): void {
  Object.assign(tender, columnsOf(content));
  tender.content = content;
  tender.version += 1;
  tender.savedAt = now;
}

function mustBeDraft({ state }: Tender): void {
  if (state !== 'draft') throw new Refused([{ code: 'tender.move-not-allowed', facts: { state } }]);
}

function mustBeVersion(tender: Tender, version: number): void {
  if (tender.version !== version)
    throw new Refused([{ code: 'tender.changed-meanwhile', facts: { version: tender.version } }]);
}

/** Saves a draft. Who buys and what is attached do not come from the form: they are what the house knows. */
export function saveDraft(
  asking: Asking,
  tenderId: string,
  { version, content }: { version: number; content: TenderDraft },
): Promise<Tender> {
  return changing(asking, tenderId, async (tx, tender) => {
    mustBeDraft(tender);
    mustBeVersion(tender, version);
    const { purchaser, agency, attachments } = tender.content;
    const keep = (form: TenderDraft['purchaser'] | null, known: TenderDraft['purchaser']) => ({
      ...known,
      ...(form ? { address: form.address, contact: form.contact, phone: form.phone } : {}),
    });
    put(
      tender,
      {
        ...content,
        purchaser: keep(content.purchaser, purchaser),
        agency: agency && keep(content.agency, agency),
        attachments,
      },
      asking.now,
    );
    await tx.flush();
    return tender;
  });
}

/** Attaches a finished upload of the actor's own to a draft. */
export function attachFile(
  asking: Asking,
  tenderId: string,
  { fileId, kind }: BodyOf<typeof attachSpec>,
): Promise<Tender> {
  return changing(asking, tenderId, async (tx, tender) => {
    mustBeDraft(tender);
    const file = await tx.findOne(StoredFile, { id: fileId });
    if (!file || file.ownerPersonId !== asking.actor.personId)
      throw new Refused([{ code: 'tender.file-not-yours', field: 'fileId' }]);
    const { attachments } = tender.content;
    if (
      attachments.some(
        (attached) => attached.fileId === fileId || (attached.sha256 === file.sha256 && attached.name === file.name),
      )
    )
      throw new Refused([{ code: 'tender.file-already-attached', field: 'fileId' }]);
    if (attachments.length >= mostFiles)
      throw new Refused([{ code: 'tender.too-many-files', facts: { max: mostFiles } }]);
    const attachment: Attachment = { fileId, name: file.name, size: file.size, sha256: file.sha256, kind };
    put(tender, { ...tender.content, attachments: [...attachments, attachment] }, asking.now);
    await tx.flush();
    return tender;
  });
}

/** Takes a file off a draft; its bytes stay where they are. */
export function detachFile(asking: Asking, tenderId: string, fileId: string): Promise<Tender> {
  return changing(asking, tenderId, async (tx, tender) => {
    mustBeDraft(tender);
    const rest = tender.content.attachments.filter((attached) => attached.fileId !== fileId);
    if (rest.length === tender.content.attachments.length) throw new Refused([{ code: 'tender.no-such-file' }]);
    put(tender, { ...tender.content, attachments: rest }, asking.now);
    await tx.flush();
    return tender;
  });
}

/** The content as it may be signed; throws every reason why not. */
async function soundContent(asking: Asking, tx: EntityManager, tender: Tender) {
  const { refusals, content, candidates } = await verdictOf({ ...asking, em: tx }, tender);
  obey(refusals);
  if (!content) throw new Error('no reason and no content');
  return { content, candidates };
}

/** Hands a lawful draft to a colleague. From here on its content stands still, and its lots have names. */
export function submitForCheck(asking: Asking, tenderId: string, version: number): Promise<Tender> {
  return changing(asking, tenderId, async (tx, tender) => {
    obey(judgeMove(tender, 'submitForCheck', asking.actor));
    mustBeVersion(tender, version);
    const { content } = await soundContent(asking, tx, tender);
    move(tender, 'submitForCheck', asking.actor);
    // The parsed form, so that what is hashed is what is stored.
    tender.content = content;
    tender.lotNames = content.lots.map(({ no }) => ({ id: newId(asking.now), no }));
    // From here on its officers know, and may accept.
    await appointOfficers(tx, tender.id, content.officers);
    tender.submitterPersonId = asking.actor.personId;
    tender.returnReason = null;
    tender.savedAt = asking.now;
    await tx.flush();
    return tender;
  });
}

/** What the checker's act must say. */
async function expectedCheck(asking: Asking, tx: EntityManager, tender: Tender) {
  const { content } = await soundContent(asking, tx, tender);
  return checkAct(actorBy(asking.actor), { tender, version: tender.version, content });
}

/** What the publisher's act must say, with the officers' certificates as they are now. */
async function expectedPublication(asking: Asking, tx: EntityManager, tender: Tender) {
  const { content, candidates } = await soundContent(asking, tx, tender);
  obey(judgeAcceptances(content.officers, factsOfOfficers(candidates), asking.now));
  const keyring = keyringOf(content, candidates);
  const check = tender.checkHash;
  if (!check) throw new Error('published without a check');
  const { verifierKey: logKey, policy } = asking.house.ledger;
  const trust = { logKey, policy };
  const facts = { tender, rulebook: tender.rulebook, content, lots: tender.lotNames, keyring, check, trust };
  return { content, keyring, act: publishAct(actorBy(asking.actor), facts) };
}

/** The act that a move would have to carry now, in canonical form. */
export async function prepareAct(asking: Asking, tenderId: string, name: 'confirm' | 'publish'): Promise<string> {
  const tender = await ownTender(asking.em, tenderId, asking.actor);
  obey(judgeMove(tender, name, asking.actor));
  return canonical(
    name === 'confirm'
      ? await expectedCheck(asking, asking.em, tender)
      : (await expectedPublication(asking, asking.em, tender)).act,
  );
}

/** A second person confirms by signature that the tender may become public. The record stays sealed until it is. */
export function confirmTender(asking: Asking, tenderId: string, { act, signature }: Signed): Promise<Tender> {
  const { house, actor, now } = asking;
  return changing(asking, tenderId, async (tx, tender) => {
    obey(judgeMove(tender, 'confirm', actor));
    const expect = await expectedCheck(asking, tx, tender);
    const signed = await house.identity.checkAct({ em: tx, actor, act, signature, now, expect });
    move(tender, 'confirm', actor);
    const facts = { tender: tender.id, version: tender.version };
    const { entryId, actHash } = await recordAct(tx, {
      scope: tender.id,
      type: 'tender.check',
      visibility: 'commit',
      at: now,
      actor: actor.seatId,
      facts,
      ...signed,
    });
    Object.assign(tender, {
      checkerSeatId: actor.seatId,
      checkerPersonId: actor.personId,
      checkerName: actor.name,
      checkEntry: entryId,
      checkHash: actHash,
      savedAt: now,
    });
    await tx.flush();
    return tender;
  });
}

/** Sends a tender back to its composer. An earlier confirmation stays in the log, sealed, and counts no more. */
export function returnTender(asking: Asking, tenderId: string, reason: string): Promise<Tender> {
  return changing(asking, tenderId, async (tx, tender) => {
    move(tender, 'return', asking.actor);
    await appointOfficers(tx, tender.id, []);
    Object.assign(tender, {
      returnReason: reason,
      submitterPersonId: null,
      checkerSeatId: null,
      checkerPersonId: null,
      checkerName: null,
      checkEntry: null,
      checkHash: null,
      lotNames: [],
      savedAt: asking.now,
    });
    tender.version += 1;
    await tx.flush();
    return tender;
  });
}

/** Publishes: notice, lots, officers and search words in one transaction with the entry that records the act. */
export async function publishTender(asking: Asking, tenderId: string, { act, signature }: Signed): Promise<Tender> {
  const { em, house, actor, now } = asking;
  const { agencyId, regionCode } = await ownTender(em, tenderId, actor);
  // Before the transaction, so that a check that ends in a refusal stays on record.
  if (agencyId)
    await obeyBlacklist(em, {
      uscc: (await em.findOneOrFail(Organisation, { id: agencyId })).uscc,
      act: 'actAsAgency',
      regionCode: regionCode === '' ? null : regionCode,
      at: now,
    });
  return changing(asking, tenderId, async (tx, tender) => {
    obey(judgeMove(tender, 'publish', actor));
    const { content, keyring, act: expect } = await expectedPublication(asking, tx, tender);
    const signed = await house.identity.checkAct({ em: tx, actor, act, signature, now, expect });
    move(tender, 'publish', actor);
    const hash = keyringHash(keyring);
    const facts = {
      tender: tender.id,
      code: tender.code,
      title: content.title,
      deadline: content.deadline,
      lots: tender.lotNames.map(({ id }) => id),
      contentHash: contentHash(content),
      filesRoot: filesRoot(content.attachments),
      keyringHash: hash,
    };
    const { leafHash, actHash } = await recordAct(tx, {
      scope: tender.id,
      type: 'tender.publish',
      visibility: 'public',
      at: now,
      actor: actor.seatId,
      facts,
      ...signed,
    });
    if (tender.checkEntry) await disclose(tx, tender.checkEntry, now);
    Object.assign(tender, {
      rid: await nextOf(tx, 'rid'),
      keyring,
      keyringHash: hash,
      deadline: instantOf(content.deadline),
      publishedAt: now,
      noticeLeaf: leafHash,
      noticeHash: actHash,
      publisherSeatId: actor.seatId,
      publisherName: actor.name,
      savedAt: now,
      lotState: 'bidding',
      lotStates: Object.fromEntries(tender.lotNames.map(({ id }) => [id, 'bidding'])),
    });
    await tx.flush();
    await createLots(tx, tender, content);
    await tx.insert(TenderNotice, {
      tenderId: tender.id,
      no: 1,
      kind: 'publish',
      at: now,
      leaf: leafHash,
      act: actHash,
      keyringHash: hash,
      keyring,
      gone: [],
    });
    await indexTender(tx, tender, [
      content.title,
      tender.code,
      tender.purchaserName,
      tender.agencyName ?? '',
      ...content.lots.map(({ title }) => title),
    ]);
    return tender;
  });
}

async function createLots(tx: EntityManager, tender: Tender, content: TenderContent): Promise<void> {
  const deadline = instantOf(content.deadline);
  for (const { id, no } of tender.lotNames) {
    const lot = content.lots.find((one) => one.no === no);
    if (!lot || !tender.publishedAt || !tender.noticeLeaf) throw new Error('a lot without content');
    await tx.insert(Lot, {
      id,
      tenderId: tender.id,
      no,
      state: 'bidding',
      title: lot.title,
      budget: BigInt(lot.budget) as Lot['budget'],
      ceiling: (lot.ceiling === null ? null : BigInt(lot.ceiling)) as Lot['ceiling'],
      deadline,
      wakeAt: deadline,
      precheckAt:
        content.sealing.precheck === 'off'
          ? null
          : (nextPrecheck(precheckTimes(tender.publishedAt, deadline), tender.publishedAt) ?? null),
      failure: null,
      steps: [{ move: 'publish', to: 'bidding', at: tender.publishedAt.toISOString(), leaf: tender.noticeLeaf }],
    });
  }
}

/** Gives up a draft for good. */
export function discardTender(asking: Asking, tenderId: string): Promise<Tender> {
  return changing(asking, tenderId, async (tx, tender) => {
    move(tender, 'discard', asking.actor);
    tender.savedAt = asking.now;
    await tx.flush();
    return tender;
  });
}
