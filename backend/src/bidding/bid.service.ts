import { UniqueConstraintViolationException, type EntityManager } from '@mikro-orm/core';
import {
  followsHead,
  judgeStamps,
  mayOpenEnvelope,
  maySubmitBid,
  mayWithdrawBid,
  gatesOf,
  partsOfStages,
  withdrawAct,
  type BidReceipt,
  type FinalizeBody,
  type OpenedEnvelope,
  type OpenEnvelopeBody,
} from '@xinbiao/contracts/bidding';
import type { SignedActBody } from '@xinbiao/contracts/identity';
import { fromHex, instantText, toHex } from '@xinbiao/contracts/kernel';
import { judgeBidStamps, type BidStamp } from '@xinbiao/contracts/timekeeping';
import {
  bytesOf,
  checkManifest,
  identifiersOf,
  limits,
  pieceSize,
  sha256Hex,
  type EnvelopeContext,
  type Identifier,
  type Manifest,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { actorBy, signingCertificateOfSeat } from '../identity/index.ts';
import { record } from '../ledger/index.ts';
import { lockLot, lotOf, Tender, tenderOf, type Lot } from '../tendering/index.ts';
import { newId, obey, refuse, Refused, transact, type Actor, type House } from '../platform/index.ts';
import { Bid, BidIdentifier, Envelope, EnvelopePiece, Redelivery } from './bid.entity.ts';
import { ownEnvelope } from './bid.queries.ts';
import { bidderOf, judgeBlacklist } from './bidder.ts';
import { gateFacts, stagesOf } from './stages.ts';
import { judgeRedelivery, redeliveryOf } from './outage.service.ts';
import { clearEnvelope } from './vault.ts';

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };
type Receipt = z.output<typeof BidReceipt>;

/** Begins an envelope: fixes what it belongs to and what it replaces. Nothing is a bid before it is finalised. */
export async function openEnvelope(
  given: Given,
  lotId: string,
  { pieceLength }: z.output<typeof OpenEnvelopeBody>,
): Promise<OpenedEnvelope> {
  const { em, house, actor } = given;
  const lot = await lotOf(em, lotId);
  const tender = await tenderOf(em, lot);
  const organisation = await bidderOf(em, actor);
  const now = house.clock.now();
  const suite = tender.keyring?.suite;
  const certificate = await signingCertificateOfSeat(em, actor.seatId, now, suite);
  const otherSuite = certificate === null && (await signingCertificateOfSeat(em, actor.seatId, now)) !== null;
  const existing = await em.findOne(Bid, { lotId, organisationId: organisation.id });
  const gate = await gateFacts(em, tender, actor.seatId, now);
  const openEnvelopes = existing ? await em.count(Envelope, { bidId: existing.id, state: 'open' }) : 0;
  obey(
    mayOpenEnvelope({
      lotState: lot.state,
      deadline: lot.deadline,
      now,
      organisationState: organisation.state,
      hasCertificate: certificate !== null,
      certificateUntil: certificate?.notAfter ?? null,
      otherSuite,
      lacksGateKey: gate.lacksGateKey,
      openEnvelopes,
    }),
  );
  await judgeBlacklist(given, organisation, tender);
  if (!certificate) return refuse('bid.no-certificate');
  const id = toHex(randomBytes(16));
  return transact(em, async (tx) => {
    if (!existing) {
      const { id: organisationId, name: organisationName, uscc } = organisation;
      const born = {
        id: newId(now),
        tenderId: tender.id,
        lotId,
        organisationId,
        organisationName,
        uscc,
        seq: 0,
        standing: 'none' as const,
        createdAt: now,
        version: 1,
      };
      await tx.upsert(Bid, born, { onConflictFields: ['lotId', 'organisationId'], onConflictAction: 'ignore' });
    }
    const bid = await tx.findOneOrFail(Bid, { lotId, organisationId: organisation.id });
    const head = bid.headId ? await tx.findOne(Envelope, { id: bid.headId }) : null;
    const ctx: EnvelopeContext = {
      ...contextOf(tender, lot),
      bidderCertSha256: certificate.fingerprint,
      envelopeId: id,
      seq: bid.seq + 1,
      supersedes: head?.manifestHash ?? null,
    };
    await tx.insert(Envelope, {
      id,
      bidId: bid.id,
      tenderId: tender.id,
      lotId,
      seatId: actor.seatId,
      seq: ctx.seq,
      ctx,
      certificate: certificate.der,
      gateCertificate: gate.certificate,
      pieceLength,
      state: 'open',
      openedAt: now,
      bytes: 0,
    });
    return { envelopeId: id, ctx, gates: gate.gates, pieceLength, deadline: instantText(lot.deadline) };
  });
}

/** What every envelope of a lot names. */
export function contextOf(
  tender: Tender,
  lot: Lot,
): Pick<EnvelopeContext, 'v' | 'suite' | 'tenderId' | 'lotId' | 'noticeHash' | 'keyringHash'> {
  if (!tender.noticeLeaf || !tender.keyring || !tender.keyringHash)
    throw new Error('a lot takes bids although its tender is not published');
  return {
    v: 'xinbiao/envelope/v1',
    suite: tender.keyring.suite,
    tenderId: tender.id,
    lotId: lot.id,
    noticeHash: tender.noticeLeaf,
    keyringHash: tender.keyringHash,
  };
}

/** Gives up an unfinished envelope and deletes its pieces. */
export async function abandonEnvelope({ em, house, actor }: Given, envelopeId: string): Promise<void> {
  const { envelope } = await ownEnvelope(em, actor, envelopeId);
  if ((await em.nativeUpdate(Envelope, { id: envelope.id, state: 'open' }, { state: 'abandoned' })) === 0)
    refuse('bid.envelope-not-open');
  await clearEnvelope(house, envelope.id);
}

/**
 * Hands a bid in. Everything that can be seen without opening is checked first; then, under the lot's lock, the
 * clock is read and the bid takes its place in the lot's sequence; only then it is received. Asking again gives
 * the receipt again, whatever happened to the first answer.
 */
export async function finalizeEnvelope(
  given: Given,
  envelopeId: string,
  body: z.output<typeof FinalizeBody>,
): Promise<Receipt> {
  const { em, house, actor } = given;
  const { envelope, bid } = await ownEnvelope(em, actor, envelopeId);
  if (envelope.entryId) return repeated(given, envelope, body.manifest);
  const lot = await lotOf(em, envelope.lotId);
  const tender = await tenderOf(em, lot);
  const again = await redeliveryOf(em, lot, house.clock.now());
  if (!again) obey(maySubmitBid({ lotState: lot.state, deadline: lot.deadline, now: house.clock.now() }));
  if (envelope.state !== 'open') refuse('bid.envelope-not-open');
  const organisation = await bidderOf(em, actor);
  if (organisation.state !== 'active') refuse('bid.organisation-not-active');
  await judgeBlacklist(given, organisation, tender);
  mustBeNewest(envelope, tender);
  const { manifest, manifestHash } = readManifest(envelope, tender, body.manifest);
  await checkSignature(given, envelope, body);
  const stamps = await checkTimestamps(given, lot, body);
  const { openedAt } = envelope;
  const { acknowledgements } = body;
  const proof = { openedAt, stamps, manifestHash, acknowledgements, deadline: lot.deadline, now: house.clock.now() };
  if (again) judgeRedelivery(house, { ...proof, ...again });
  await checkPieces(given, envelope, manifest);
  const proven = again !== null;
  const done = await receive(given, { envelopeId, bidId: bid.id, manifest, manifestHash, body, proven });
  if (done.entryId === null)
    return repeated(given, await house.fork().findOneOrFail(Envelope, { id: envelopeId }), body.manifest);
  return receiptOf(given, done.envelope, done.entryId);
}

/** An envelope begun before officers were replaced is sealed to the ones who left. */
function mustBeNewest({ ctx }: Envelope, { noticeLeaf, keyringHash }: Tender): void {
  if (ctx.noticeHash !== noticeLeaf || ctx.keyringHash !== keyringHash) refuse('bid.notice-amended');
}

async function repeated(given: Given, envelope: Envelope, manifest: string): Promise<Receipt> {
  if (envelope.manifest !== manifest || !envelope.entryId) return refuse('bid.manifest-differs');
  return receiptOf(given, envelope, envelope.entryId);
}

/** Waits until the log has taken the entry, and gives the receipt. */
async function receiptOf({ house }: Given, envelope: Envelope, entryId: string): Promise<Receipt> {
  const { id, bidId, manifestHash, seq } = envelope;
  const at = entryId === envelope.withdrawEntryId ? envelope.withdrawnAt : envelope.receivedAt;
  if (!manifestHash || !at) throw new Error('an envelope without a manifest has no receipt');
  const receipt = await house.ledger.receiptWhenIntegrated(house.fork(), entryId);
  return { envelopeId: id, bidId, manifestHash, seq, receivedAt: instantText(at), receipt };
}

function readManifest(envelope: Envelope, tender: Tender, text: string): { manifest: Manifest; manifestHash: string } {
  if (!tender.keyring) throw new Error('a published tender has lost its keyring');
  const { tenderId, lotId, noticeHash, keyringHash, bidderCertSha256, seq, supersedes } = envelope.ctx;
  const stages = stagesOf(tender);
  const expect = {
    tenderId,
    lotId,
    noticeHash,
    keyringHash,
    keyring: tender.keyring,
    bidderCertSha256,
    seq,
    supersedes,
    stages: partsOfStages(stages),
    gates: gatesOf(stages, envelope.gateCertificate ?? null),
  };
  const checked = checkManifest({ bytes: bytesOf(text), expect });
  if (!checked.ok)
    throw new Refused(
      checked.faults
        .slice(0, 20)
        .map(({ code, at }) => ({ code: 'bid.manifest-refused', field: 'manifest', facts: { fault: code, at } })),
    );
  if (checked.manifest.ctx.envelopeId !== envelope.id)
    return refuse('bid.manifest-refused', {
      field: 'manifest',
      facts: { fault: 'ctx.envelope-differs', at: 'ctx.envelopeId' },
    });
  if (checked.manifest.parts.some(({ pieceLength }) => pieceLength !== envelope.pieceLength))
    return refuse('bid.manifest-refused', {
      field: 'manifest',
      facts: { fault: 'part.wrong-piece-length', at: 'parts' },
    });
  return checked;
}

/** The signature over the manifest holds, and is by the certificate that the envelope was begun with and that is still this seat's. */
async function checkSignature(
  { em, house, actor }: Given,
  envelope: Envelope,
  { manifest, signature }: { readonly manifest: string; readonly signature: string },
): Promise<void> {
  const { fingerprint } = await house.identity.checkSignature({
    em,
    actor,
    content: bytesOf(manifest),
    signature,
    now: house.clock.now(),
  });
  if (fingerprint !== envelope.ctx.bidderCertSha256) refuse('bid.foreign-certificate', { field: 'signature' });
}

/** Timestamps are evidence and may be missing; one that is given holds, and is from before the deadline. */
async function checkTimestamps(
  { house }: Given,
  { deadline }: Lot,
  { signature, timestamps }: { readonly signature: string; readonly timestamps: readonly string[] },
): Promise<readonly BidStamp[]> {
  const { anchors } = house.time;
  const stamps = await judgeBidStamps({ signature, timestamps, deadline, anchors });
  obey(judgeStamps(stamps, deadline));
  return stamps;
}

/** Every piece that the manifest names is in the vault, whole, and the parts begin as it says. */
async function checkPieces({ em, house }: Given, envelope: Envelope, manifest: Manifest): Promise<void> {
  const stored = new Map(
    (await em.find(EnvelopePiece, { envelopeId: envelope.id, storedAt: { $ne: null } })).map(({ sha256, size }) => [
      sha256,
      size,
    ]),
  );
  let missing = 0;
  for (const part of manifest.parts)
    for (const [at, sha256] of part.pieces.entries()) {
      const length = pieceSize(part, at);
      if (stored.get(sha256) !== length || (await house.vault.size(sha256)) !== length) missing += 1;
    }
  if (missing > 0) refuse('bid.pieces-missing', { facts: { missing } });
  for (const part of manifest.parts)
    if (toHex(await house.vault.read(part.pieces[0] ?? '', 0, limits.headBytes)) !== part.head)
      refuse('bid.manifest-refused', {
        field: 'manifest',
        facts: { fault: 'part.wrong-head', at: `parts.${part.stage}.${part.name}` },
      });
}

type Received = {
  readonly envelopeId: string;
  readonly bidId: string;
  readonly manifest: Manifest;
  readonly manifestHash: string;
  readonly body: z.output<typeof FinalizeBody>;
  /** It may come after the deadline, since it was shown to be from before it. */
  readonly proven: boolean;
};

/** The moment a bid is received; `entryId` is null where another call received the same envelope first. */
async function receive(
  { em, house, actor }: Given,
  { envelopeId, bidId, manifest, manifestHash, body, proven }: Received,
): Promise<{ envelope: Envelope; entryId: string | null }> {
  try {
    return await transact(em, async (tx) => {
      const lot = await lockLot(tx, manifest.ctx.lotId);
      const now = house.clock.now();
      // What was proven to be from before the deadline: here only whether its time is over.
      const again = proven && lot.state === 'bidding' ? await redeliveryOf(tx, lot, now) : null;
      if (!again) obey(maySubmitBid({ lotState: lot.state, deadline: lot.deadline, now }));
      const envelope = await tx.findOneOrFail(Envelope, { id: envelopeId }, { refresh: true });
      if (envelope.entryId) return { envelope, entryId: null };
      if (envelope.state !== 'open') return refuse('bid.envelope-not-open');
      // An amendment takes the lot's lock too, so this stays true until the bid has its place.
      mustBeNewest(envelope, await tx.findOneOrFail(Tender, { id: envelope.tenderId }, { refresh: true }));
      const bid = await tx.findOneOrFail(Bid, { id: bidId }, { refresh: true });
      const head = bid.headId ? await tx.findOneOrFail(Envelope, { id: bid.headId }) : null;
      const { seq, supersedes } = manifest.ctx;
      obey(followsHead({ seq, supersedes, head: { seq: bid.seq, manifestHash: head?.manifestHash ?? null } }));
      await weedCopies(tx, lot.tenderId, envelopeId, identifiersOf(manifest));
      const facts = {
        manifest: manifestHash,
        seq,
        supersedes,
        signature: sha256Hex(fromHex(body.signature)),
        ...(again ? { redelivered: true } : {}),
      };
      if (again) await tx.insert(Redelivery, { envelopeId, acknowledgements: body.acknowledgements });
      const { entryId } = await record(tx, {
        scope: lot.id,
        type: 'bid.receipt',
        visibility: 'commit',
        body: facts,
        at: now,
        actor: actor.seatId,
      });
      if (head) head.state = 'superseded';
      const bytes = manifest.parts.reduce((sum, { length }) => sum + length, 0);
      tx.assign(envelope, {
        state: 'sealed',
        manifestHash,
        manifest: body.manifest,
        signature: body.signature,
        timestamps: body.timestamps,
        bytes,
        entryId,
        receivedAt: now,
      });
      tx.assign(bid, { headId: envelopeId, seq, standing: 'sealed' });
      await tx.flush();
      return { envelope, entryId };
    });
  } catch (fault) {
    // Two copies handed in at the same moment, in two lots: the key of the table decides.
    if (fault instanceof UniqueConstraintViolationException)
      return refuse('bid.copied', { facts: { kind: 'envelope' } });
    throw fault;
  }
}

const several = 400;

/** No two envelopes, of whatever tender, share a key, a share, a head or a piece: whoever repeats one has copied. */
async function weedCopies(
  tx: EntityManager,
  tenderId: string,
  envelopeId: string,
  identifiers: readonly Identifier[],
): Promise<void> {
  const rows = [...new Map(identifiers.map(({ kind, value }) => [sha256Hex(bytesOf(`${kind}/${value}`)), kind]))].map(
    ([digest, kind]) => ({ tenderId, digest, kind, envelopeId }),
  );
  for (let at = 0; at < rows.length; at += several) {
    const some = rows.slice(at, at + several);
    const known = await tx.findOne(BidIdentifier, { digest: { $in: some.map(({ digest }) => digest) } });
    if (known) refuse('bid.copied', { facts: { kind: known.kind } });
    await tx.insertMany(BidIdentifier, some);
  }
}

/** Takes the bid back: the signed act enters the log, then the ciphertext is deleted. */
export async function withdrawBid(given: Given, lotId: string, signed: SignedActBody): Promise<Receipt> {
  const { em, house, actor } = given;
  const organisation = await bidderOf(em, actor);
  const before = house.clock.now();
  const bid = await em.findOne(Bid, { lotId, organisationId: organisation.id });
  const head = bid?.headId ? await em.findOne(Envelope, { id: bid.headId }) : null;
  const lot = await lotOf(em, lotId);
  obey(
    mayWithdrawBid({
      lotState: lot.state,
      deadline: lot.deadline,
      now: before,
      head: head && { seq: head.seq, manifestHash: head.manifestHash ?? null },
      manifestHash: head?.manifestHash ?? '',
    }),
  );
  if (!bid || !head?.manifestHash) return refuse('bid.nothing-to-withdraw');
  const { manifestHash } = head;
  const expect = withdrawAct(actorBy(actor), { lotId, envelopeId: head.id, manifestHash });
  await house.identity.checkAct({ em, actor, ...signed, now: before, expect });
  const { envelope, entryId } = await transact(em, async (tx) => {
    const locked = await lockLot(tx, lotId);
    const now = house.clock.now();
    const current = await tx.findOneOrFail(Bid, { id: bid.id }, { refresh: true });
    const standing = current.headId
      ? await tx.findOneOrFail(Envelope, { id: current.headId }, { refresh: true })
      : null;
    obey(
      mayWithdrawBid({
        lotState: locked.state,
        deadline: locked.deadline,
        now,
        head: standing && { seq: standing.seq, manifestHash: standing.manifestHash ?? null },
        manifestHash,
      }),
    );
    if (!standing) return refuse('bid.nothing-to-withdraw');
    // The act names its signer, so the log keeps its hashes only: who withdrew is nobody's business after close.
    const facts = {
      manifest: manifestHash,
      sealedAct: sha256Hex(bytesOf(signed.act)),
      signature: sha256Hex(fromHex(signed.signature)),
    };
    const entry = await record(tx, {
      scope: lotId,
      type: 'bid.withdraw',
      visibility: 'commit',
      body: facts,
      at: now,
      actor: actor.seatId,
    });
    tx.assign(standing, {
      state: 'withdrawn',
      withdrawAct: signed.act,
      withdrawSignature: signed.signature,
      withdrawEntryId: entry.entryId,
      withdrawnAt: now,
    });
    tx.assign(current, { headId: null, standing: 'none' });
    await tx.flush();
    return { envelope: standing, entryId: entry.entryId };
  });
  const receipt = await receiptOf(given, envelope, entryId);
  await clearEnvelope(house, envelope.id);
  return receipt;
}

/** The receipt of an own bid, or of its withdrawal, with the newest checkpoint. */
export async function receiptAgain(given: Given, envelopeId: string, of: 'bid' | 'withdrawal'): Promise<Receipt> {
  const { envelope } = await ownEnvelope(given.em, given.actor, envelopeId);
  const entryId = of === 'bid' ? envelope.entryId : envelope.withdrawEntryId;
  if (!entryId) return refuse('bid.no-receipt');
  return receiptOf(given, envelope, entryId);
}
