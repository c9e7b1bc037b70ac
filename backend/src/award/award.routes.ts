import {
  decideAward,
  drawAmongEquals,
  readDecision,
  readLetter,
  readOwnResult,
  readResultNotice,
  readResultPaper,
} from '@xinbiao/contracts/award';
import { asPdf, Router, serve, type State } from '../platform/index.ts';
import * as awards from './award.service.ts';

export const routes = new Router<State>();

serve(routes, readDecision, awards.decisionOf);
serve(routes, decideAward, awards.award);
serve(routes, drawAmongEquals, awards.drawEquals);
serve(routes, readResultNotice, awards.noticeOf);
serve(routes, readResultPaper, async ({ house, em, params, ctx }) => {
  asPdf(ctx, '中标结果公告', 'no-cache');
  return awards.noticeFile(house, em, params.lotId);
});
serve(routes, readLetter, async ({ house, em, actor, params, ctx }) => {
  asPdf(ctx, '中标通知书', 'private, no-store');
  return awards.letterFile(house, em, actor, params.lotId);
});
serve(routes, readOwnResult, awards.ownResultOf);
