import {
  abandonEnvelope,
  answerPrecheck,
  finalizeEnvelope,
  listMyBids,
  listPieces,
  listPrechecks,
  openEnvelope,
  putPiece,
  readClose,
  readEnding,
  readOutageCertificate,
  readOutages,
  readOwnManifest,
  readOwnPiece,
  readPrecheck,
  printReceipt,
  readReceipt,
  readSealing,
  withdrawBid,
} from '@xinbiao/contracts/bidding';
import { asPdf, refuse, Router, serve, type State } from '../platform/index.ts';
import { LotClose, LotOutage } from './bid.entity.ts';
import { bidsOfOrganisation, endingOf, ownEnvelope } from './bid.queries.ts';
import { receiptPaper } from './receipt.paper.ts';
import * as bids from './bid.service.ts';
import { precheckDesk, precheckRecord } from './officer.queries.ts';
import * as officers from './officer.service.ts';
import { ownPiece, presentPieces, storePiece } from './piece.service.ts';
import { outagePaper } from './outage.paper.ts';
import { outagesOf } from './outage.service.ts';
import { sealingFacts } from './sealing.queries.ts';

export const routes = new Router<State>();

serve(routes, readSealing, (call) => sealingFacts(call, call.params.lotId));
serve(routes, openEnvelope, (call) => bids.openEnvelope(call, call.params.lotId, call.body));
serve(routes, abandonEnvelope, async (call) => {
  await bids.abandonEnvelope(call, call.params.envelopeId);
  return {};
});
serve(routes, listPieces, (call) => presentPieces(call, call.params.envelopeId));
serve(routes, putPiece, (call) => storePiece(call, call.params, call.ctx.req));
serve(routes, readOwnPiece, (call) => ownPiece(call, call.params));
serve(routes, finalizeEnvelope, (call) => bids.finalizeEnvelope(call, call.params.envelopeId, call.body));
serve(routes, readOwnManifest, async ({ em, actor, params }) => {
  const { envelope } = await ownEnvelope(em, actor, params.envelopeId);
  if (!envelope.manifest || !envelope.signature) return refuse('bid.envelope-unknown');
  return { manifest: envelope.manifest, signature: envelope.signature, timestamps: envelope.timestamps ?? [] };
});
serve(routes, readReceipt, async (call) => {
  const { receipt, envelopeId } = await bids.receiptAgain(call, call.params.envelopeId, call.query.of);
  call.ctx.set('content-disposition', `attachment; filename="receipt-${envelopeId}.tlog-proof"`);
  return receipt;
});
serve(routes, readEnding, async ({ em, actor, params }) => {
  const { envelope } = await ownEnvelope(em, actor, params.envelopeId);
  return (await endingOf(em, { id: envelope.id })) ?? refuse('bid.no-receipt');
});
serve(routes, printReceipt, async ({ em, actor, house, ctx, params, query }) => {
  const { envelope } = await ownEnvelope(em, actor, params.envelopeId);
  if (!envelope.entryId) return refuse('bid.no-receipt');
  asPdf(ctx, `receipt-${envelope.id}`, 'private, no-store');
  return receiptPaper(house, envelope, query.lang);
});
serve(routes, withdrawBid, (call) => bids.withdrawBid(call, call.params.lotId, call.body));
serve(routes, listMyBids, ({ em, actor, now }) =>
  actor.organisationId === null ? refuse('bid.no-organisation') : bidsOfOrganisation(em, actor.organisationId, now),
);
serve(routes, readOutages, ({ house, em, now, params }) => outagesOf(house, em, params.tenderId, now));
serve(routes, readOutageCertificate, async ({ house, em, params, query, ctx }) => {
  const outage = await em.findOne(LotOutage, params, { orderBy: { lotId: 'asc' } });
  if (!outage) return refuse('outage.unknown');
  asPdf(ctx, 'outage', 'no-cache');
  return outagePaper(house, outage, query.lang);
});
serve(routes, readClose, async ({ em, params }) => {
  const close = await em.findOne(LotClose, { lotId: params.lotId });
  if (!close) return refuse('bid.not-closed');
  return { lotId: close.lotId, hash: close.hash, leaf: close.leaf, document: close.document };
});
serve(routes, listPrechecks, ({ em, actor, now }) => precheckDesk(em, actor, now));
serve(routes, answerPrecheck, (call) => officers.answerPrecheck(call, call.params.batchId, call.body));
serve(routes, readPrecheck, ({ em, params }) => precheckRecord(em, params.lotId));
