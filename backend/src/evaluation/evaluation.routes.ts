import {
  acceptTask,
  appointPanel,
  convenePanel,
  declineTask,
  drawPanel,
  judgeQualification,
  listCandidates,
  listTasks,
  readBidFile,
  readEscrows,
  readPanel,
  readProgress,
  readQualification,
  readReport,
  readReportPaper,
  readRoom,
  readSheet,
  readSheets,
  readSignaturesPaper,
  releaseEscrows,
  reopenEvaluation,
  replaceMember,
  revealSheet,
  signReport,
  submitSheet,
} from '@xinbiao/contracts/evaluation';
import { asPdf, Router, serve, type State } from '../platform/index.ts';
import * as queries from './evaluation.queries.ts';
import * as draws from './panel.draw.ts';
import * as panels from './panel.service.ts';
import * as qualification from './qualification.service.ts';
import * as reopening from './reopening.service.ts';
import * as sheets from './sheet.service.ts';

export const routes = new Router<State>();

serve(routes, readQualification, qualification.qualificationOf);
serve(routes, judgeQualification, qualification.judge);
serve(routes, listCandidates, panels.candidates);
serve(routes, readPanel, panels.panelOf);
serve(routes, appointPanel, panels.appoint);
serve(routes, drawPanel, draws.draw);
serve(routes, reopenEvaluation, reopening.reopen);
serve(routes, readSheets, queries.allSheets);
serve(routes, replaceMember, panels.replace);
serve(routes, convenePanel, panels.convene);
serve(routes, listTasks, async (call) => ({ rows: await queries.tasksOf(call) }));
serve(routes, acceptTask, async (call) => {
  await panels.accept(call);
  return { rows: await queries.tasksOf({ ...call, em: call.house.fork() }) };
});
serve(routes, declineTask, async (call) => {
  await panels.decline(call);
  return { rows: await queries.tasksOf({ ...call, em: call.house.fork() }) };
});
serve(routes, readRoom, queries.roomOf);
serve(routes, readProgress, queries.progress);
serve(routes, readBidFile, queries.bidFile);
serve(routes, submitSheet, sheets.submit);
serve(routes, revealSheet, sheets.reveal);
serve(routes, readEscrows, sheets.escrows);
serve(routes, releaseEscrows, sheets.release);
serve(routes, readReport, queries.reportOf);
serve(routes, readReportPaper, async ({ house, em, actor, params, ctx }) => {
  asPdf(ctx, 'report', 'private, no-store');
  return queries.reportFile(house, em, actor, params.lotId);
});
serve(routes, readSignaturesPaper, async ({ house, em, actor, now, params, ctx }) => {
  asPdf(ctx, 'signatures', 'private, no-store');
  return queries.signaturesFile(house, em, actor, params.lotId, now);
});
serve(routes, signReport, queries.signTheReport);
serve(routes, readSheet, queries.sheetOf);
