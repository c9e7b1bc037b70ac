import type { EntityManager } from '@mikro-orm/core';
import { answersBatch, mayAnswer, PrecheckAct, precheckAct } from '@xinbiao/contracts/bidding';
import { fromHex, instantText, toHex } from '@xinbiao/contracts/kernel';
import { nextPrecheck, precheckPlan, precheckTimes } from '@xinbiao/contracts/tendering';
import {
  bytesOf,
  dealDummy,
  Malformed,
  Manifest,
  parseCanonical,
  precheckBatchHash,
  precheckItemHash,
  sha256Hex,
  type Keyring,
} from '@xinbiao/contracts/trust';
import { randomBytes, randomInt } from 'node:crypto';
import type { z } from 'zod';
import { actorBy } from '../identity/index.ts';
import { disclose, record } from '../ledger/index.ts';
import { contentOf, Lot, lockLot, lotOf, tenderOf, type Tender } from '../tendering/index.ts';
import { newId, obey, refuse, transact, type Actor, type House } from '../platform/index.ts';
import { Bid, Envelope } from './bid.entity.ts';
import { PrecheckAnswer, PrecheckBatch, type KeptAnswer, type PrecheckEnvelope } from './officer.entity.ts';
import { itemsFor, officerOf } from './officer.queries.ts';
import { stagesOf } from './stages.ts';

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };

/** Makes the batches that are due. For the waking clock; hours that were slept through are not made up for. */
export async function makePrechecks(house: House): Promise<number> {
  const now = house.clock.now();
  const due = await house
    .fork()
    .find(Lot, { precheckAt: { $lte: now } }, { orderBy: { precheckAt: 'asc', id: 'asc' }, limit: 100 });
  for (const { id } of due) await makeBatch(house, id);
  return due.length;
}

async function makeBatch(house: House, lotId: string): Promise<void> {
  const em = house.fork();
  const lot = await lotOf(em, lotId);
  const tender = await tenderOf(em, lot);
  const now = house.clock.now();
  const { publishedAt, keyring, keyringHash } = tender;
  const { precheck } = contentOf(tender).sealing;
  const open =
    lot.state === 'bidding' && now < lot.deadline && publishedAt && keyring && keyringHash && precheck !== 'off';
  if (!open) {
    await em.nativeUpdate(Lot, { id: lotId }, { precheckAt: null });
    return;
  }
  // Dealing takes time, and needs no lock: as many dummies as could be needed, whatever there is.
  const dummies = await dealDummies(
    keyring,
    stagesOf(tender).map(({ id }) => id),
  );
  await transact(house.fork(), async (tx) => {
    const locked = await lockLot(tx, lotId);
    if (locked.state !== 'bidding' || !locked.precheckAt || locked.precheckAt > now) return;
    const [last] = await tx.find(PrecheckBatch, { lotId }, { orderBy: { no: 'desc' }, limit: 1, fields: ['id', 'no'] });
    // Officers may have been replaced since the dummies were dealt: then the next wake tries again.
    const current = await tenderOf(tx, locked);
    if (current.keyringHash !== keyringHash) return;
    const real = precheck === 'on' ? await untried(tx, lotId, keyringHash) : [];
    const envelopes = shuffled([...real, ...dummies.slice(real.length)]);
    await tx.insert(PrecheckBatch, {
      id: newId(now),
      tenderId: tender.id,
      lotId,
      no: (last?.no ?? 0) + 1,
      keyringHash,
      madeAt: now,
      envelopes,
    });
    locked.precheckAt = nextPrecheck(precheckTimes(publishedAt, locked.deadline), now) ?? null;
    await tx.flush();
  });
}

const dealDummies = (keyring: Keyring, stages: readonly string[]): Promise<PrecheckEnvelope[]> =>
  Promise.all(
    Array.from({ length: precheckPlan.size }, async () => {
      const seed = toHex(randomBytes(32));
      return { envelopeId: null, seed, sealed: await dealDummy({ seed: fromHex(seed), keyring, stages }) };
    }),
  );

/** Bids that count so far, sealed to this keyring and in no batch yet; those that find no room wait for the next. */
async function untried(tx: EntityManager, lotId: string, keyringHash: string): Promise<PrecheckEnvelope[]> {
  const bids = await tx.find(Bid, { lotId, headId: { $ne: null } }, { disableIdentityMap: true });
  const heads = await tx.find(
    Envelope,
    { id: { $in: bids.flatMap(({ headId }) => headId ?? []) }, state: 'sealed' },
    { fields: ['id', 'ctx', 'manifest', 'receivedAt'], orderBy: { receivedAt: 'asc' }, disableIdentityMap: true },
  );
  const tried = new Set(
    (await tx.find(PrecheckBatch, { lotId, keyringHash }, { fields: ['envelopes'], disableIdentityMap: true })).flatMap(
      ({ envelopes }) => envelopes.flatMap(({ envelopeId }) => envelopeId ?? []),
    ),
  );
  return heads
    .filter(({ id, ctx }) => !tried.has(id) && ctx.keyringHash === keyringHash)
    .slice(0, precheckPlan.size)
    .map(({ id, manifest, ctx: { suite } }) => {
      const { ctxHash, stages: locks } = Manifest.parse(parseCanonical(manifest ?? ''));
      return { envelopeId: id, seed: null, sealed: { ctx: { suite }, ctxHash, stages: locks } };
    });
}

function shuffled<T>(items: readonly T[]): T[] {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    [all[at], all[other]] = [all[other] as T, all[at] as T];
  }
  return all;
}

/** Takes in an officer's answers. Whether a share was a bid's or nobody's changes nothing that the officer could notice. */
export async function answerPrecheck(
  { em, house, actor }: Given,
  batchId: string,
  signed: { readonly act: string; readonly signature: string },
): Promise<{ batchId: string; answeredAt: string }> {
  const batch = await em.findOne(PrecheckBatch, { id: batchId }, { disableIdentityMap: true });
  if (!batch) return refuse('precheck.unknown');
  const { lotId } = batch;
  const lot = await lotOf(em, lotId);
  const tender = await tenderOf(em, lot);
  const officer = await ownPlace(em, tender, batch, actor);
  const may = (where: Lot, answered: boolean, now: Date): void =>
    obey(
      mayAnswer({ lotState: where.state, deadline: where.deadline, now, isOfficer: officer !== undefined, answered }),
    );
  may(lot, false, house.clock.now());
  if (officer === undefined) return refuse('precheck.not-an-officer');
  const items = itemsFor(batch, officer);
  const act = readAct(signed.act);
  obey(
    answersBatch(act, {
      lotId,
      hash: precheckBatchHash(items),
      officer,
      items: items.map(precheckItemHash),
    }),
  );
  const expect = precheckAct(actorBy(actor), act);
  const checked = await house.identity.checkAct({ em, actor, ...signed, now: house.clock.now(), expect });
  const answers = items.map(({ ctxHash, stage }, at): KeptAnswer => {
    const { item, answer } = act.answers[at] ?? refuse('precheck.batch-differs');
    return { item, ctxHash, stage, answer };
  });
  return transact(em, async (tx) => {
    const locked = await lockLot(tx, lotId);
    const now = house.clock.now();
    may(locked, (await tx.count(PrecheckAnswer, { batchId, officer })) > 0, now);
    const named = (answer: KeptAnswer['answer']): string[] =>
      answers.filter((one) => one.answer === answer).map(({ item }) => item);
    // Always both entries, each sealed: their number says nothing of what was answered.
    const entries: string[] = [];
    for (const [type, answer] of [
      ['share.accept', 'accept'],
      ['share.complaint', 'complaint'],
    ] as const) {
      const body = {
        batch: act.batch,
        officer,
        items: named(answer),
        sealedAct: sha256Hex(bytesOf(checked.act)),
        signature: sha256Hex(fromHex(checked.signature)),
        certificate: checked.certificateSha256,
      };
      const { entryId } = await record(tx, {
        scope: lotId,
        type,
        visibility: 'commit',
        at: now,
        actor: actor.seatId,
        body,
      });
      entries.push(entryId);
    }
    await tx.insert(PrecheckAnswer, {
      id: newId(now),
      batchId,
      lotId,
      officer,
      seatId: actor.seatId,
      at: now,
      answers,
      act: checked.act,
      signature: checked.signature,
      certificate: checked.certificateSha256,
      entries,
    });
    const unreadable = new Set(answers.filter(({ answer }) => answer === 'complaint').map(({ ctxHash }) => ctxHash));
    const bids = batch.envelopes
      .filter(({ sealed }) => unreadable.has(sealed.ctxHash))
      .flatMap(({ envelopeId }) => envelopeId ?? []);
    if (bids.length > 0)
      await tx.nativeUpdate(Envelope, { id: { $in: bids }, unreadableAt: null }, { unreadableAt: now });
    return { batchId, answeredAt: instantText(now) };
  });
}

/** Under which certificate the caller may answer: the keyring must still be the one that the batch was made for. */
async function ownPlace(
  em: EntityManager,
  { keyring, keyringHash }: Tender,
  batch: Pick<PrecheckBatch, 'keyringHash'>,
  actor: Actor,
): Promise<string | undefined> {
  return keyring && keyringHash === batch.keyringHash ? officerOf(em, keyring, actor.seatId) : undefined;
}

function readAct(text: string): z.output<typeof PrecheckAct> {
  try {
    const read = PrecheckAct.safeParse(parseCanonical(text));
    return read.success ? read.data : refuse('act.malformed', { field: 'act' });
  } catch (fault) {
    if (fault instanceof Malformed) return refuse('act.malformed', { field: 'act' });
    throw fault;
  }
}

/** At the close the answers are no secret any more. */
export async function disclosePrechecks(tx: EntityManager, lotId: string, now: Date): Promise<void> {
  const answers = await tx.find(PrecheckAnswer, { lotId }, { fields: ['id', 'entries'], disableIdentityMap: true });
  for (const { entries } of answers) for (const entryId of entries) await disclose(tx, entryId, now);
}
