import {
  announceBatch,
  answerDispute,
  answerRemark,
  decideOmission,
  listOpenings,
  printOpeningRecord,
  readDispute,
  readEvidence,
  readOpening,
  readOpeningRecord,
  readOwnCourse,
  readPricePiece,
  readPublicPrice,
  readReleaseBatch,
  recoverBid,
  releaseGates,
  releaseShares,
  remarkOnOpening,
  reportOmission,
  watchOpening,
} from '@xinbiao/contracts/opening';
import { instantText } from '@xinbiao/contracts/kernel';
import { pieceBytes } from '../bidding/index.ts';
import { lotOf } from '../tendering/index.ts';
import { asPdf, refuse, Router, serve, type State } from '../platform/index.ts';
import * as bidders from './bidder.service.ts';
import { answerDispute as answer, disputeFile } from './dispute.service.ts';
import { evidenceOf } from './fault.evidence.ts';
import { deskOf, isEvidencePiece, openingView, publicPrice } from './opening.queries.ts';
import { recordOf } from './record.queries.ts';
import { recordPaper } from './record.paper.ts';
import * as releases from './release.service.ts';
import * as remarks from './remark.service.ts';

export const routes = new Router<State>();

serve(routes, listOpenings, async ({ em, actor, now }) => ({
  now: instantText(now),
  rows: await deskOf(em, actor, now),
}));
serve(routes, readOpening, ({ em, params, now }) => openingView(em, params.lotId, now));
serve(routes, readReleaseBatch, (call) => releases.releaseBatch(call, call.params.lotId));
serve(routes, announceBatch, (call) => releases.announceBatch(call, call.params.lotId, call.body));
serve(routes, releaseShares, (call) => releases.releaseShares(call, call.params.lotId, call.body));
serve(routes, watchOpening, async ({ em, params, ctx, house, now }) => {
  await lotOf(em, params.lotId);
  house.hall.watch(ctx, params.lotId);
  // The answer is the stream that has begun; the contract's reply describes one of its events.
  return { kind: 'closed' as const, at: instantText(now) };
});
serve(routes, readPublicPrice, ({ em, params }) => publicPrice(em, params));
serve(routes, readPricePiece, async ({ em, params, house, ctx }) => {
  const shown =
    (await isEvidencePiece(em, params)) || (await publicPrice(em, params)).part.pieces.includes(params.sha256);
  if (!shown || (await house.vault.size(params.sha256)) === undefined) return refuse('opening.bid-unknown');
  ctx.set('cache-control', 'public, max-age=31536000, immutable');
  return pieceBytes(house, params.sha256);
});
serve(
  routes,
  readOpeningRecord,
  async ({ em, params }) => (await recordOf(em, params.lotId)) ?? refuse('opening.no-record'),
);
serve(routes, printOpeningRecord, async ({ em, params, query, house, ctx }) => {
  const record = await recordOf(em, params.lotId);
  if (!record) return refuse('opening.no-record');
  const paper = await recordPaper(house, record, query.lang);
  asPdf(ctx, record.number, 'no-cache');
  return new Uint8Array(paper);
});
serve(routes, remarkOnOpening, (call) => remarks.remarkOnOpening(call, call.params.lotId, call.body));
serve(routes, answerRemark, (call) => remarks.answerRemark(call, call.params, call.body));
serve(routes, reportOmission, (call) => bidders.reportOmission(call, call.params.lotId, call.body));
serve(routes, decideOmission, (call) => bidders.decideOmission(call, call.params, call.body));
serve(routes, readOwnCourse, (call) => bidders.ownCourse(call, call.params.lotId));
serve(routes, recoverBid, (call) => bidders.recoverBid(call, call.params.lotId, call.body));
serve(routes, releaseGates, (call) => bidders.releaseGates(call, call.params.lotId, call.body));
serve(routes, answerDispute, (call) => answer(call, call.params, call.body));
serve(routes, readDispute, ({ em, params, now, actor }) => disputeFile(em, params, { now, actor }));
serve(routes, readEvidence, ({ em, params, actor }) => evidenceOf(em, params, actor));
