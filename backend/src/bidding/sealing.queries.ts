import { mayOpenEnvelope, type OfferForm, type SealingFacts } from '@xinbiao/contracts/bidding';
import { addTime, instantText } from '@xinbiao/contracts/kernel';
import type { EntityManager } from '@mikro-orm/core';
import { signingCertificateOfSeat } from '../identity/index.ts';
import { contentOf, lotOf, noticesOf, tenderOf, type Lot, type Tender } from '../tendering/index.ts';
import { Refused, type Actor, type House } from '../platform/index.ts';
import { Bid, Envelope } from './bid.entity.ts';
import { headOf } from './bid.queries.ts';
import { contextOf } from './bid.service.ts';
import { bansOn, bidderOf } from './bidder.ts';
import { officersAtRisk } from './officer.queries.ts';
import { resealOf } from './reseal.queries.ts';
import { quotaBytes, usedBytes } from './piece.service.ts';
import { gateFacts } from './stages.ts';

/** An opening may move, and sheets in escrow are opened later still. */
const openingMargin = 7 * 86_400_000;

/** Everything a bidder's browser needs to seal a bid for a lot, and what stands in the way. */
export async function sealingFacts(
  { em, house, actor }: { readonly em: EntityManager; readonly house: House; readonly actor: Actor },
  lotId: string,
): Promise<SealingFacts> {
  const lot = await lotOf(em, lotId);
  const tender = await tenderOf(em, lot);
  if (!tender.keyring) throw new Refused([{ code: 'lot.unknown' }]);
  const organisation = await bidderOf(em, actor);
  const now = house.clock.now();
  const { suite } = tender.keyring;
  const certificate = await signingCertificateOfSeat(em, actor.seatId, now, suite);
  const otherSuite = certificate === null && (await signingCertificateOfSeat(em, actor.seatId, now)) !== null;
  const gate = await gateFacts(em, tender, actor.seatId, now);
  const bid = await em.findOne(Bid, { lotId, organisationId: organisation.id });
  const head = bid?.headId ? await em.findOne(Envelope, { id: bid.headId }) : null;
  const bans = await bansOn({ em, house, actor }, organisation, tender);
  const rule = mayOpenEnvelope({
    lotState: lot.state,
    deadline: lot.deadline,
    now,
    organisationState: organisation.state,
    hasCertificate: certificate !== null,
    certificateUntil: certificate?.notAfter ?? null,
    otherSuite,
    lacksGateKey: gate.lacksGateKey,
    openEnvelopes: bid ? await em.count(Envelope, { bidId: bid.id, state: 'open' }) : 0,
  });
  const { noticeHash, keyringHash } = contextOf(tender, lot);
  return {
    now: instantText(now),
    tenderId: tender.id,
    lotId: lot.id,
    code: tender.code,
    title: tender.title,
    lotNo: lot.no,
    lotTitle: lot.title,
    lotState: lot.state,
    deadline: instantText(lot.deadline),
    noticeHash,
    keyringHash,
    keyring: tender.keyring,
    bidder: { organisationId: organisation.id, name: organisation.name, uscc: organisation.uscc },
    certificate: certificate
      ? { fingerprint: certificate.fingerprint, notAfter: instantText(certificate.notAfter) }
      : null,
    head: headOf(head),
    nextSeq: (bid?.seq ?? 0) + 1,
    supersedes: head?.manifestHash ?? null,
    stages: gate.stages,
    gates: gate.gates,
    quota: { bytes: quotaBytes, used: bid ? await usedBytes(em, bid.id) : 0 },
    form: formOf(tender, lot),
    reseal: resealOf(await noticesOf(em, tender.id), head),
    officersAtRisk: await officersAtRisk(em, tender.keyring, addTime(lot.deadline, openingMargin)),
    obstacles: [...rule, ...bans].map(({ code, field, facts }) => ({
      code,
      ...(field === undefined ? {} : { field }),
      ...(facts ? { facts: { ...facts } } : {}),
    })),
  };
}

/** The form of an offer, as the notice asks for it. */
function formOf(tender: Tender, lot: Lot): OfferForm {
  const content = contentOf(tender);
  const own = content.lots.find(({ no }) => no === lot.no);
  if (!own) throw new Error('a lot is not in its tender');
  const { budget, ceiling, deliveryDays, deliveryPlace, method, qualifications, items } = own;
  return {
    budget,
    ceiling,
    deliveryDays,
    deliveryPlace,
    method,
    validityDays: content.bidValidityDays,
    consortium: content.consortium,
    qualifications: qualifications.map(({ id, text, evidence }) => ({ id, text, evidence })),
    objective: items.flatMap(({ id, name, kind, guidance, options }) =>
      kind === 'objective' ? [{ id, name, guidance, options: options ?? [] }] : [],
    ),
  };
}
