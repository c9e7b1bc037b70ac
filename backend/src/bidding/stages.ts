import type { EntityManager } from '@mikro-orm/core';
import { gatesOf, stagePlanOf, type GateCertificates, type StagePlan } from '@xinbiao/contracts/bidding';
import { encryptionCertificateOf } from '../identity/index.ts';
import { contentOf, rulebookOf, type Tender } from '../tendering/index.ts';

/** The openings that a tender's bids are sealed for. */
export const stagesOf = (tender: Tender): StagePlan =>
  stagePlanOf(rulebookOf(tender.rulebook).id, contentOf(tender).sealing.gate);

export type GateFacts = {
  readonly stages: StagePlan;
  /** What the next envelope's gates are wrapped to; empty where the tender has none, or the seat no certificate. */
  readonly gates: GateCertificates;
  /** DER, hex; null where no gate is needed. */
  readonly certificate: string | null;
  /** A gate is needed and there is no certificate to wrap it to. */
  readonly lacksGateKey: boolean;
};

/** Whether bids of a tender open only with the bidder's own key, and which certificate of the seat that is. */
export async function gateFacts(em: EntityManager, tender: Tender, seatId: string, now: Date): Promise<GateFacts> {
  const stages = stagesOf(tender);
  if (stages.every(({ gate }) => gate === 'none')) return { stages, gates: {}, certificate: null, lacksGateKey: false };
  const { suite } = contentOf(tender).sealing;
  const certificate = (await encryptionCertificateOf(em, seatId, now, suite))?.der ?? null;
  return { stages, gates: gatesOf(stages, certificate), certificate, lacksGateKey: certificate === null };
}
