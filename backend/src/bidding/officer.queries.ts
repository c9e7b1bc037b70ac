import type { EntityManager } from '@mikro-orm/core';
import { tallyOf, type PrecheckDesk, type PrecheckRecord } from '@xinbiao/contracts/bidding';
import { addTime, instantText } from '@xinbiao/contracts/kernel';
import { keyringOfEnvelope, precheckPlan } from '@xinbiao/contracts/tendering';
import { precheckItemsOf, type Keyring, type PrecheckItem } from '@xinbiao/contracts/trust';
import { Certificate } from '../identity/index.ts';
import { contentOf, lotOf, Lot, noticesOf, Tender, tenderOf } from '../tendering/index.ts';
import { refuse, type Actor } from '../platform/index.ts';
import { Envelope, LotClose } from './bid.entity.ts';
import { countedBids } from './bid.queries.ts';
import { PrecheckAnswer, PrecheckBatch } from './officer.entity.ts';

const fresh = { disableIdentityMap: true } as const;

/** The caller's certificate in a keyring, if it was pinned for the caller's seat. */
export async function officerOf(em: EntityManager, keyring: Keyring, seatId: string): Promise<string | undefined> {
  const members = keyring.groups.flatMap((group) => group.members.map(({ certSha256 }) => certSha256));
  const own = await em.find(Certificate, { seatId, kind: 'encryption', fingerprint: { $in: members } }, fresh);
  return own[0]?.fingerprint;
}

/** What an officer is shown of a batch: its own shares, and nothing of what is real. */
export const itemsFor = (batch: Pick<PrecheckBatch, 'envelopes'>, officer: string): PrecheckItem[] =>
  batch.envelopes.flatMap(({ sealed }) => precheckItemsOf(sealed, officer));

/** The batches that wait for this officer. The same whether anybody has bid or not. */
export async function precheckDesk(em: EntityManager, actor: Pick<Actor, 'seatId'>, now: Date): Promise<PrecheckDesk> {
  const lots = await em.find(
    Lot,
    { state: 'bidding', deadline: { $gt: now }, id: { $in: await batchedLots(em) } },
    { ...fresh, orderBy: { deadline: 'asc', id: 'asc' } },
  );
  const tenders = new Map(
    (await em.find(Tender, { id: { $in: lots.map(({ tenderId }) => tenderId) } }, fresh)).map((one) => [one.id, one]),
  );
  const desk: PrecheckDesk = { now: instantText(now), rows: [], answered: 0 };
  for (const lot of lots) {
    const tender = tenders.get(lot.tenderId);
    const { keyring, keyringHash } = tender ?? {};
    if (!tender || !keyring || !keyringHash) continue;
    const officer = await officerOf(em, keyring, actor.seatId);
    if (!officer) continue;
    const batches = await em.find(PrecheckBatch, { lotId: lot.id, keyringHash }, { ...fresh, orderBy: { no: 'asc' } });
    const answered = new Set(
      (await em.find(PrecheckAnswer, { lotId: lot.id, officer }, { ...fresh, fields: ['id', 'batchId'] })).map(
        ({ batchId }) => batchId,
      ),
    );
    desk.answered += answered.size;
    for (const batch of batches) {
      if (answered.has(batch.id)) continue;
      desk.rows.push({
        batchId: batch.id,
        tenderId: tender.id,
        lotId: lot.id,
        code: tender.code,
        title: tender.title,
        lotNo: lot.no,
        lotTitle: lot.title,
        deadline: instantText(lot.deadline),
        no: batch.no,
        madeAt: instantText(batch.madeAt),
        officer,
        items: itemsFor(batch, officer),
      });
      if (desk.rows.length >= mostRows) return desk;
    }
  }
  return desk;
}
const mostRows = 20;

async function batchedLots(em: EntityManager): Promise<string[]> {
  const rows = await em.find(Lot, { state: 'bidding', precheckAt: { $ne: null } }, { ...fresh, fields: ['id'] });
  const last = await em.find(Lot, { state: 'bidding', precheckAt: null }, { ...fresh, fields: ['id'] });
  const batched = await em.find(
    PrecheckBatch,
    { lotId: { $in: last.map(({ id }) => id) } },
    { ...fresh, fields: ['id', 'lotId'] },
  );
  return [...new Set([...rows.map(({ id }) => id), ...batched.map(({ lotId }) => lotId)])];
}

/** Officers of a keyring who will not open: revoked, or ending before the opening. */
export async function officersAtRisk(
  em: EntityManager,
  keyring: Keyring,
  until: Date,
): Promise<{ name: string; why: 'revoked' | 'expires' }[]> {
  const members = keyring.groups.flatMap((group) => group.members);
  const rows = new Map(
    (
      await em.find(
        Certificate,
        { fingerprint: { $in: members.map(({ certSha256 }) => certSha256) } },
        { ...fresh, fields: ['id', 'fingerprint', 'state', 'notAfter'] },
      )
    ).map((row) => [row.fingerprint, row]),
  );
  return members.flatMap(({ certSha256, name }): { name: string; why: 'revoked' | 'expires' }[] => {
    const row = rows.get(certSha256);
    if (row?.state === 'revoked') return [{ name, why: 'revoked' }];
    return row && row.notAfter < until ? [{ name, why: 'expires' }] : [];
  });
}

/** A complaint that an officer signed before the close, while its bidder could still seal again. */
export type EarlyComplaint = {
  readonly manifestHash: string;
  readonly stage: string;
  readonly officer: string;
};

/** The complaints that stand at the close: about bids that count, made early enough for their bidders to seal again. */
export async function earlyComplaints(em: EntityManager, lotId: string): Promise<EarlyComplaint[]> {
  const answers = await em.find(PrecheckAnswer, { lotId }, { ...fresh, fields: ['id', 'officer', 'at', 'answers'] });
  const complaining = answers.filter(({ answers: all }) => all.some(({ answer }) => answer === 'complaint'));
  if (complaining.length === 0) return [];
  const lot = await lotOf(em, lotId);
  const latest = addTime(lot.deadline, -precheckPlan.noticeMinutes * 60_000);
  const batches = await em.find(PrecheckBatch, { lotId }, fresh);
  const envelopeOf = new Map(
    batches.flatMap(({ envelopes }) => envelopes.map(({ sealed, envelopeId }) => [sealed.ctxHash, envelopeId])),
  );
  const heads = new Map(
    (await countedBids(em, lotId)).map(({ envelopeId, manifestHash }) => [envelopeId, manifestHash]),
  );
  return complaining
    .filter(({ at }) => at <= latest)
    .flatMap(({ officer, answers: all }) =>
      all.flatMap(({ answer, ctxHash, stage }): EarlyComplaint[] => {
        const manifestHash = heads.get(envelopeOf.get(ctxHash) ?? '');
        return answer === 'complaint' && manifestHash ? [{ manifestHash, stage, officer }] : [];
      }),
    );
}

/** What the trials brought: nothing before the close, everything after it. */
export async function precheckRecord(em: EntityManager, lotId: string): Promise<PrecheckRecord> {
  const lot = await lotOf(em, lotId);
  const tender = await tenderOf(em, lot);
  if ((await em.count(LotClose, { lotId })) === 0) return refuse('bid.not-closed');
  const [notices, counted, batches, answers] = [
    await noticesOf(em, tender.id),
    await countedBids(em, lotId),
    await em.find(PrecheckBatch, { lotId }, { ...fresh, orderBy: { no: 'asc' } }),
    await em.find(PrecheckAnswer, { lotId }, { ...fresh, orderBy: { at: 'asc', id: 'asc' } }),
  ];
  const heads = new Map(counted.map((bid) => [bid.envelopeId, bid]));
  const contexts = new Map(
    (await em.find(Envelope, { id: { $in: [...heads.keys()] } }, { ...fresh, fields: ['id', 'ctx'] })).map(
      (envelope) => [envelope.id, envelope.ctx],
    ),
  );
  const ctxHashOf = new Map(
    batches.flatMap(({ envelopes }) =>
      envelopes.flatMap(({ envelopeId, sealed }) => (envelopeId ? [[envelopeId, sealed.ctxHash] as const] : [])),
    ),
  );
  return {
    lotId,
    mode: contentOf(tender).sealing.precheck,
    bids: counted.map(({ envelopeId, manifestHash }) => {
      const ctx = contexts.get(envelopeId);
      const keyring = ctx ? keyringOfEnvelope(notices, ctx) : undefined;
      const groups = (keyring?.groups ?? []).map(({ id, t, members }) => ({
        id,
        t,
        members: members.map(({ certSha256 }) => certSha256),
      }));
      const ctxHash = ctxHashOf.get(envelopeId);
      const said = answers.flatMap(({ officer, answers: all }) =>
        all.filter((one) => one.ctxHash === ctxHash).map(({ answer }) => ({ officer, answer })),
      );
      return { manifestHash, ...tallyOf(groups, said) };
    }),
    batches: batches.map((batch) => ({
      no: batch.no,
      madeAt: instantText(batch.madeAt),
      keyringHash: batch.keyringHash,
      envelopes: batch.envelopes.map(({ envelopeId, seed, sealed }) => {
        const bid = envelopeId ? heads.get(envelopeId) : undefined;
        const kind = seed !== null ? 'dummy' : bid ? 'bid' : 'other';
        return { ctxHash: sealed.ctxHash, kind, manifestHash: bid?.manifestHash ?? null, seed };
      }),
      answers: answers
        .filter(({ batchId }) => batchId === batch.id)
        .map(({ officer, at, act, signature, answers: all }) => ({
          officer,
          at: instantText(at),
          act,
          signature,
          items: all.map(({ item, ctxHash, stage }) => ({ item, ctxHash, stage })),
        })),
    })),
  };
}
