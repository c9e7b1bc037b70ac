import { makeAct, type ActBy } from '../identity/index.ts';
import type { Appointment, EscrowShare, QualificationFindings, RecusalDeclaration } from './evaluation.schema.ts';

/** Which lot an act is about, as every act of this stage names it. */
export type LotName = {
  readonly tenderId: string;
  readonly lotId: string;
  readonly code: string;
  readonly lotNo: number;
};

type Named = { readonly bidId: string; readonly name: string; readonly uscc: string };
const nameOf = (bidders: readonly Named[], bidId: string): { name: string; uscc: string } => {
  const { name = '', uscc = '' } = bidders.find((one) => one.bidId === bidId) ?? {};
  return { name, uscc };
};

/** Decides which bids are qualified. @law 87号令 §44 */
export const qualificationAct = (
  by: ActBy,
  facts: { readonly lot: LotName; readonly bidders: readonly Named[]; readonly bids: readonly QualificationFindings[] },
) =>
  makeAct('qualify.result', by, {
    ...facts.lot,
    bids: facts.bids.map(({ bidId, findings }) => ({
      bidId,
      bidder: nameOf(facts.bidders, bidId),
      passed: findings.every(({ met }) => met),
      findings: findings.map(({ qualification, met, reason }) => ({ qualification, met, reason })),
    })),
  });

/** Appoints a panel of experts who were drawn, or says why they were chosen. @law 87号令 §47 */
export const panelAct = (
  by: ActBy,
  facts: {
    readonly lot: LotName;
    readonly members: readonly (Appointment & { readonly name: string })[];
    /** The draw that named the experts. */
    readonly drawn?: { readonly drawId: string; readonly resultHash: string } | null;
    /** Why they were chosen instead. */
    readonly selfChosen?: string;
  },
) =>
  makeAct('panel.appoint', by, {
    ...facts.lot,
    drawn: facts.drawn ? { drawId: facts.drawn.drawId, resultHash: facts.drawn.resultHash } : null,
    ...(facts.selfChosen ? { selfChosen: facts.selfChosen } : {}),
    members: facts.members.map(({ seatId, kind, name }) => ({ seatId, kind, name })),
  });

/** Puts another in a member's place. @law 87号令 §48 */
export const replacementAct = (
  by: ActBy,
  facts: {
    readonly lot: LotName;
    readonly memberId: string;
    readonly seatId: string;
    readonly name: string;
    readonly reason: string;
  },
) =>
  makeAct('panel.replace', by, {
    ...facts.lot,
    memberId: facts.memberId,
    seatId: facts.seatId,
    name: facts.name,
    reason: facts.reason,
  });

/** What a panel member promises; the words are part of what is signed. @law 政府采购法实施条例 §9 */
export const pledge = {
  edition: '2026-1',
  sentences: [
    '近三年内本人与本项目各方当事人不存在劳动关系，未担任其董事、监事，不是其控股股东或者实际控制人。',
    '本人与各方当事人的法定代表人或者负责人没有夫妻、直系血亲、三代以内旁系血亲或者近姻亲关系。',
    '本人与各方当事人没有其他可能影响公平、公正的关系；发现有的，立即申请回避。',
    '本人独立评审，对评审情况和商业秘密保密，不收受任何好处，对本人的评审意见承担责任。',
  ],
} as const;

/** Accepts a place on a panel, with pledge and declaration. */
export const acceptanceAct = (
  by: ActBy,
  facts: {
    readonly tenderId: string;
    readonly lotId: string;
    readonly memberId: string;
    readonly declaration: RecusalDeclaration;
    readonly parties: readonly string[];
  },
) =>
  makeAct('panel.accept', by, {
    tenderId: facts.tenderId,
    lotId: facts.lotId,
    memberId: facts.memberId,
    declaration: facts.declaration,
    parties: facts.parties,
    pledge: { edition: pledge.edition, sentences: pledge.sentences },
  });

/** Hands in a sealed sheet: says nothing of what it holds. */
export const sheetAct = (
  by: ActBy,
  facts: {
    readonly lot: LotName;
    readonly expert: string;
    readonly seq: number;
    readonly ctxHash: string;
    readonly commitment: string;
    readonly escrowHash: string;
  },
) =>
  makeAct('eval.sheet', by, {
    ...facts.lot,
    expert: facts.expert,
    seq: facts.seq,
    ctxHash: facts.ctxHash,
    commitment: facts.commitment,
    escrowHash: facts.escrowHash,
  });

/** Gives an officer's shares of absent experts' sheets. */
export const escrowAct = (by: ActBy, facts: { readonly lot: LotName; readonly shares: readonly EscrowShare[] }) =>
  makeAct('eval.escrow', by, {
    ...facts.lot,
    shares: facts.shares.map(({ expert, escrowHash, blob }) => ({ expert, escrowHash, blob })),
  });

/** Signs the hashes of own sheet, result and report. @law 87号令 §58 */
export const reportAct = (
  by: ActBy,
  facts: {
    readonly lot: LotName;
    readonly expert: string;
    readonly commitment: string;
    readonly resultHash: string;
    readonly reportHash: string;
  },
) =>
  makeAct('eval.sign', by, {
    ...facts.lot,
    expert: facts.expert,
    commitment: facts.commitment,
    resultHash: facts.resultHash,
    reportHash: facts.reportHash,
  });
