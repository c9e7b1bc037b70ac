import type { EntityManager } from '@mikro-orm/core';
import {
  answerAct,
  mayRemark,
  remarkAct,
  type AnswerBody,
  type OpeningRemark,
  type RemarkBody,
} from '@xinbiao/contracts/opening';
import type { z } from 'zod';
import { Bid } from '../bidding/index.ts';
import { actorBy } from '../identity/index.ts';
import { recordAct } from '../ledger/index.ts';
import { isStaffOf, lockLot, lotOf, tenderOf } from '../tendering/index.ts';
import { newId, obey, refuse, transact, type Actor, type House } from '../platform/index.ts';
import { OpenedBid, Opening, Remark } from './opening.entity.ts';
import { remarkView } from './record.queries.ts';

type Given = { readonly em: EntityManager; readonly house: House; readonly actor: Actor };

/** Takes a bidder's word on the opening: a confirmation, or an objection made on the spot. @law 87号令 §42 */
export async function remarkOnOpening(
  { em, house, actor }: Given,
  lotId: string,
  { kind, text, ...body }: z.output<typeof RemarkBody>,
): Promise<OpeningRemark> {
  const lot = await lotOf(em, lotId);
  const opening = await em.findOne(Opening, { lotId });
  const bid =
    actor.organisationId === null ? null : await em.findOne(Bid, { lotId, organisationId: actor.organisationId });
  const opened = bid ? await em.findOne(OpenedBid, { bidId: bid.id }) : null;
  const facts = { lotState: lot.state, opened: opening !== null, hasBid: opened !== null, kind, text };
  obey(
    mayRemark({
      ...facts,
      confirmed: bid !== null && (await em.count(Remark, { bidId: bid.id, kind: 'confirm' })) > 0,
    }),
  );
  if (!opening || !bid) return refuse('opening.no-bid');
  const now = house.clock.now();
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now,
    expect: remarkAct(actorBy(actor), { lotId, kind, text, recordHash: opening.recordHash }),
  });
  const remark = await transact(em, async (tx) => {
    await lockLot(tx, lotId);
    obey(mayRemark({ ...facts, confirmed: (await tx.count(Remark, { bidId: bid.id, kind: 'confirm' })) > 0 }));
    // The act names the person who signed; what was said is public in the record, the person is not.
    const recorded = await recordAct(tx, {
      scope: lotId,
      type: kind === 'confirm' ? 'open.confirm' : 'open.object',
      visibility: 'commit',
      at: now,
      actor: actor.seatId,
      ...signed,
      facts: { bid: bid.id, record: opening.recordHash },
    });
    const born = tx.create(Remark, {
      id: newId(now),
      lotId,
      bidId: bid.id,
      kind,
      text: text.normalize('NFC').trim(),
      at: now,
      entryId: recorded.entryId,
      answer: null,
      answeredBy: null,
      answeredAt: null,
      version: 1,
    });
    await tx.flush();
    return born;
  });
  house.hall.tell(lotId, 'remark', now);
  return remarkView(remark, bid.organisationName);
}

/** The purchaser's side answers an objection, once. */
export async function answerRemark(
  { em, house, actor }: Given,
  { lotId, remarkId }: { readonly lotId: string; readonly remarkId: string },
  { text, ...body }: z.output<typeof AnswerBody>,
): Promise<OpeningRemark> {
  const lot = await lotOf(em, lotId);
  if (!isStaffOf(actor, await tenderOf(em, lot))) refuse('opening.not-your-tender');
  const remark = await em.findOne(Remark, { id: remarkId, lotId, kind: 'object' });
  if (!remark || remark.answeredAt) return refuse('opening.remark-unknown');
  const now = house.clock.now();
  const signed = await house.identity.checkAct({
    em,
    actor,
    ...body,
    now,
    expect: answerAct(actorBy(actor), { lotId, remarkId, text }),
  });
  const answered = await transact(em, async (tx) => {
    await lockLot(tx, lotId);
    const current = await tx.findOneOrFail(Remark, { id: remarkId }, { refresh: true });
    if (current.answeredAt) return refuse('opening.remark-unknown');
    await recordAct(tx, {
      scope: lotId,
      type: 'open.answer',
      visibility: 'commit',
      at: now,
      actor: actor.seatId,
      ...signed,
      facts: { remark: remarkId },
    });
    tx.assign(current, { answer: text, answeredBy: actor.organisationName ?? '', answeredAt: now });
    await tx.flush();
    return current;
  });
  house.hall.tell(lotId, 'remark', now);
  const bid = await em.findOneOrFail(Bid, { id: answered.bidId });
  return remarkView(answered, bid.organisationName);
}
