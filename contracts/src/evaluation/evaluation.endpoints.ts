import { z } from 'zod';
import { endpoint } from '../kernel/endpoint.ts';
import { proposalCodes } from '../draw/index.ts';
import { SignedActBody, signedActCodes } from '../identity/index.ts';
import { ProposePanelDrawBody } from './panel.draw.ts';
import { ReopenBody } from './reopening.ts';
import {
  AcceptBody,
  AppointBody,
  CandidatesQuery,
  CandidatesReply,
  ConveneBody,
  DeclineBody,
  EscrowsReply,
  LotParams,
  MemberParams,
  PanelReply,
  ProgressReply,
  QualificationReply,
  QualifyBody,
  QualifyReply,
  ReleaseEscrowsBody,
  ReleaseEscrowsReply,
  ReplaceBody,
  ReportReply,
  RevealBody,
  RevealReply,
  RoomReply,
  SheetBody,
  SheetParams,
  SheetReply,
  SheetsReply,
  SheetView,
  TasksReply,
} from './evaluation.schema.ts';

export const readQualification = endpoint({
  method: 'GET',
  path: '/lots/:lotId/qualification',
  access: 'tender:qualify',
  summary: 'The opened bids of an own lot with what they state for each qualification, and what was found.',
  params: LotParams,
  reply: QualificationReply,
  refusals: ['evaluation.no-such-lot', 'evaluation.not-your-tender', 'evaluation.not-opened'],
});

export const judgeQualification = endpoint({
  method: 'POST',
  path: '/lots/:lotId/qualification',
  access: 'tender:qualify',
  summary: 'Decides by signature which bids are qualified; fewer than three fail the lot. Act: qualificationAct.',
  params: LotParams,
  body: QualifyBody,
  reply: QualifyReply,
  refusals: [
    ...signedActCodes,
    'evaluation.no-such-lot',
    'evaluation.not-your-tender',
    'evaluation.not-opened',
    'qualification.bids-differ',
    'qualification.findings-differ',
    'qualification.no-reason',
  ],
});

export const listCandidates = endpoint({
  method: 'GET',
  path: '/lots/:lotId/panel/candidates',
  access: 'panel:appoint',
  summary: 'Experts and the purchaser’s own people for a lot’s panel, each with the reasons why they must stay away.',
  params: LotParams,
  query: CandidatesQuery,
  reply: CandidatesReply,
  refusals: ['evaluation.no-such-lot', 'evaluation.not-your-tender', 'evaluation.not-opened'],
});

export const readPanel = endpoint({
  method: 'GET',
  path: '/lots/:lotId/panel',
  access: 'panel:appoint',
  summary: 'Who sits on a lot’s panel, who has accepted, and how many sheets are in.',
  params: LotParams,
  reply: PanelReply,
  refusals: ['evaluation.no-such-lot', 'evaluation.not-your-tender'],
});

export const appointPanel = endpoint({
  method: 'POST',
  path: '/lots/:lotId/panel',
  access: 'panel:appoint',
  summary:
    'Appoints a lot’s panel by signature: odd, large enough, two thirds experts, nobody who must stay away. Act: panelAct.',
  params: LotParams,
  body: AppointBody,
  reply: PanelReply,
  refusals: [
    ...signedActCodes,
    'evaluation.no-such-lot',
    'evaluation.not-your-tender',
    'evaluation.not-opened',
    'panel.already-appointed',
    'panel.too-small',
    'panel.even',
    'panel.too-few-experts',
    'panel.twice',
    'panel.not-a-candidate',
    'panel.must-stay-away',
    'panel.draw-or-reason',
    'panel.not-the-drawn',
    'panel.no-draw',
  ],
});

export const drawPanel = endpoint({
  method: 'POST',
  path: '/lots/:lotId/panel/draw',
  access: 'panel:appoint',
  summary:
    'Asks by signature that a lot’s experts be drawn from the library by profession and region. Act: panelDrawAct.',
  params: LotParams,
  body: ProposePanelDrawBody,
  reply: PanelReply,
  refusals: [
    ...signedActCodes,
    ...proposalCodes,
    'evaluation.no-such-lot',
    'evaluation.not-your-tender',
    'evaluation.not-opened',
    'panel.already-appointed',
    'panel.draw-runs',
  ],
});

export const reopenEvaluation = endpoint({
  method: 'POST',
  path: '/lots/:lotId/reopening',
  access: 'panel:appoint',
  summary: 'Has the same panel evaluate again, for a reason the law names, on the public record. Act: reopenAct.',
  params: LotParams,
  body: ReopenBody,
  reply: PanelReply,
  refusals: [
    ...signedActCodes,
    'evaluation.no-such-lot',
    'evaluation.not-your-tender',
    'evaluation.not-reopenable',
    'panel.limit-too-near',
    'panel.limit-too-far',
  ],
});

export const readSheets = endpoint({
  method: 'GET',
  path: '/lots/:lotId/sheets',
  access: 'oversight:read',
  summary: 'All sheets of a ranked lot with salts and commitments, so that supervision counts the result again.',
  params: LotParams,
  reply: SheetsReply,
  refusals: ['evaluation.no-such-lot', 'evaluation.not-ranked'],
});

export const replaceMember = endpoint({
  method: 'POST',
  path: '/panel-members/:memberId/replacement',
  access: 'panel:appoint',
  summary:
    'Puts another in the place of a member who declined, or who did not hand in a sheet in time. Act: replacementAct.',
  params: MemberParams,
  body: ReplaceBody,
  reply: PanelReply,
  refusals: [
    ...signedActCodes,
    'evaluation.no-such-lot',
    'evaluation.not-your-tender',
    'panel.no-such-member',
    'panel.not-replaceable',
    'panel.next-reserve-first',
    'panel.twice',
    'panel.not-a-candidate',
    'panel.must-stay-away',
  ],
});

export const convenePanel = endpoint({
  method: 'POST',
  path: '/lots/:lotId/panel/convening',
  access: 'panel:appoint',
  summary: 'Opens the evaluation once every member has accepted; from now on the panel sees the bids.',
  params: LotParams,
  body: ConveneBody,
  reply: PanelReply,
  refusals: [
    'evaluation.no-such-lot',
    'evaluation.not-your-tender',
    'evaluation.not-qualified',
    'panel.incomplete',
    'panel.limit-too-near',
    'panel.limit-too-far',
  ],
});

export const listTasks = endpoint({
  method: 'GET',
  path: '/evaluation/tasks',
  access: 'signed-in',
  summary: 'Panels one was appointed to; names no project before one has accepted.',
  reply: TasksReply,
  refusals: [],
});

export const acceptTask = endpoint({
  method: 'POST',
  path: '/evaluation/tasks/:memberId/acceptance',
  access: 'signed-in',
  summary: 'Accepts a place on a panel by signature, with pledge and declaration. Act: acceptanceAct.',
  params: MemberParams,
  body: AcceptBody,
  reply: TasksReply,
  refusals: [...signedActCodes, 'panel.no-such-member', 'panel.already-answered'],
});

export const declineTask = endpoint({
  method: 'POST',
  path: '/evaluation/tasks/:memberId/refusal',
  access: 'signed-in',
  summary: 'Declines a place on a panel; the appointing side names another.',
  params: MemberParams,
  body: DeclineBody,
  reply: TasksReply,
  refusals: ['panel.no-such-member', 'panel.already-answered'],
});

export const readRoom = endpoint({
  method: 'GET',
  path: '/evaluation/lots/:lotId',
  access: 'signed-in',
  summary: 'What a panel member scores with: criteria, bids, machine scores, and the context to seal the sheet in.',
  params: LotParams,
  reply: RoomReply,
  refusals: ['evaluation.not-on-panel', 'evaluation.not-convened'],
});

export const readProgress = endpoint({
  method: 'GET',
  path: '/evaluation/lots/:lotId/progress',
  access: 'signed-in',
  summary: 'How many sheets are in, and whether the time to reveal one’s own has come.',
  params: LotParams,
  reply: ProgressReply,
  refusals: ['evaluation.not-on-panel', 'evaluation.not-convened'],
});

export const readBidFile = endpoint({
  method: 'GET',
  path: '/lots/:lotId/bids/:bidId/files/:index',
  access: 'signed-in',
  summary: 'A file of an opened bid, for its panel, the tender’s staff, supervision and the bidder itself.',
  params: z.object({ lotId: z.uuid(), bidId: z.uuid(), index: z.coerce.number().int().min(0).max(100_000) }),
  reply: z.instanceof(Uint8Array),
  refusals: ['evaluation.no-such-lot', 'evaluation.not-entitled', 'evaluation.no-such-file'],
  wire: { reply: 'bytes' },
});

export const submitSheet = endpoint({
  method: 'POST',
  path: '/evaluation/lots/:lotId/sheet',
  access: 'signed-in',
  summary:
    'Hands in a sealed sheet; it may be replaced until all are in, and nobody can read it before. Act: sheetAct.',
  params: LotParams,
  body: SheetBody,
  reply: SheetReply,
  refusals: [
    ...signedActCodes,
    'evaluation.not-on-panel',
    'evaluation.not-convened',
    'sheet.all-in',
    'sheet.out-of-turn',
    'sheet.escrow-wrong',
  ],
});

export const revealSheet = endpoint({
  method: 'POST',
  path: '/evaluation/lots/:lotId/reveal',
  access: 'signed-in',
  summary: 'Reveals one’s own sheet once all are in; it must be the one committed to. The last one brings the ranking.',
  params: LotParams,
  body: RevealBody,
  reply: RevealReply,
  refusals: [
    'evaluation.not-on-panel',
    'evaluation.not-convened',
    'sheet.not-all-in',
    'sheet.not-committed',
    'sheet.wrong-bids',
    'sheet.wrong-items',
    'sheet.out-of-range',
    'sheet.no-reason',
  ],
});

export const readEscrows = endpoint({
  method: 'GET',
  path: '/lots/:lotId/escrows',
  access: 'opening:release',
  summary: 'Sheets of experts who did not reveal in time, sealed to the officers.',
  params: LotParams,
  reply: EscrowsReply,
  refusals: ['evaluation.no-such-lot', 'evaluation.not-an-officer'],
});

export const releaseEscrows = endpoint({
  method: 'POST',
  path: '/lots/:lotId/escrows',
  access: 'opening:release',
  summary: 'Gives an officer’s shares of the absent experts’ sheets, all or nothing. Act: escrowAct.',
  params: LotParams,
  body: ReleaseEscrowsBody,
  reply: ReleaseEscrowsReply,
  refusals: [
    ...signedActCodes,
    'evaluation.no-such-lot',
    'evaluation.not-an-officer',
    'sheet.reveal-not-over',
    'sheet.shares-differ',
    'sheet.share-wrong',
  ],
});

export const readReport = endpoint({
  method: 'GET',
  path: '/lots/:lotId/report',
  access: 'signed-in',
  summary: 'The evaluation report, for the panel, the tender’s staff and supervision.',
  params: LotParams,
  reply: ReportReply,
  refusals: ['evaluation.no-such-lot', 'evaluation.not-entitled', 'evaluation.not-ranked'],
});

export const readReportPaper = endpoint({
  method: 'GET',
  path: '/lots/:lotId/report.pdf',
  access: 'signed-in',
  summary: 'The evaluation report on paper, byte for byte as the panel signs it.',
  params: LotParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['evaluation.no-such-lot', 'evaluation.not-entitled', 'evaluation.not-ranked'],
  wire: { reply: 'bytes' },
});

export const readSignaturesPaper = endpoint({
  method: 'GET',
  path: '/lots/:lotId/report/signatures.pdf',
  access: 'signed-in',
  summary: 'The page of signatures under the report: who signed which hashes, when, with which certificate.',
  params: LotParams,
  reply: z.instanceof(Uint8Array),
  refusals: ['evaluation.no-such-lot', 'evaluation.not-entitled', 'evaluation.not-ranked'],
  wire: { reply: 'bytes' },
});

export const signReport = endpoint({
  method: 'POST',
  path: '/evaluation/lots/:lotId/report/signature',
  access: 'signed-in',
  summary: 'Signs the hashes of own sheet, result and report, as a member of the panel. Act: reportAct.',
  params: LotParams,
  body: SignedActBody,
  reply: ReportReply,
  refusals: [...signedActCodes, 'evaluation.not-on-panel', 'evaluation.not-ranked', 'report.already-signed'],
});

export const readSheet = endpoint({
  method: 'GET',
  path: '/lots/:lotId/sheets/:expert',
  access: 'signed-in',
  summary: 'One expert’s sheet with salt and commitment: for that expert and for supervision, after the ranking.',
  params: SheetParams,
  reply: SheetView,
  refusals: ['evaluation.no-such-lot', 'evaluation.not-entitled', 'evaluation.not-ranked'],
});

export const evaluationEndpoints = {
  readQualification,
  judgeQualification,
  listCandidates,
  readPanel,
  appointPanel,
  replaceMember,
  convenePanel,
  drawPanel,
  reopenEvaluation,
  readSheets,
  listTasks,
  acceptTask,
  declineTask,
  readRoom,
  readProgress,
  readBidFile,
  submitSheet,
  revealSheet,
  readEscrows,
  releaseEscrows,
  readReport,
  readReportPaper,
  readSignaturesPaper,
  signReport,
  readSheet,
};
