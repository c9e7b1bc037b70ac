import {
  commitContribution,
  declineDrawn,
  escrowContribution,
  giveDrawShares,
  joinDraw,
  listContributors,
  listDraws,
  listMyDraws,
  proposeDraw,
  readDraw,
  revealContribution,
} from '@xinbiao/contracts/draw';
import { Router, serve, type State } from '../platform/index.ts';
import * as contributing from './contribute.service.ts';
import * as queries from './draw.queries.ts';

export const routes = new Router<State>();

serve(routes, listDraws, queries.draws);
serve(routes, listMyDraws, queries.myDraws);
serve(routes, listContributors, queries.contributors);
serve(routes, readDraw, ({ house, actor, params, now }) => queries.drawView(house, params.drawId, actor, now));
serve(routes, proposeDraw, contributing.propose);
serve(routes, joinDraw, contributing.join);
serve(routes, commitContribution, contributing.commit);
serve(routes, escrowContribution, contributing.escrow);
serve(routes, revealContribution, contributing.reveal);
serve(routes, giveDrawShares, contributing.give);
serve(routes, declineDrawn, contributing.decline);
