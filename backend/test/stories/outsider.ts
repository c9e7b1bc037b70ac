import type { TenderBundle } from '@xinbiao/contracts/publication';
import { parseVerifierKey } from '@xinbiao/contracts/trust';
import { tenderChecks } from '@xinbiao/contracts/verify';
import { tenderAt } from '../../../scripts/verify/tender.ts';
import { logAt, verifyLog } from '../../../scripts/verify.ts';
import type { TestHouse } from '../house.ts';

/** What the outsider's check of log and tender finds wrong, or cannot tell, at this moment; empty when all holds. */
export async function outsiderFinds(house: TestHouse, tenderId: TenderBundle['tender']['id']): Promise<string[]> {
  await house.house.ledger.sequencer.drain();
  const roots = house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
  const { reports } = await verifyLog(
    { source: logAt(house.url), keys: [parseVerifierKey(house.house.ledger.verifierKey)], roots },
    { more: tenderChecks({ source: tenderAt(house.url, tenderId), tenderId, roots }) },
  );
  return reports.flatMap(({ number, findings }) =>
    findings.filter(({ outcome }) => outcome !== 'holds').map(({ outcome, en }) => `${number} ${outcome}: ${en}`),
  );
}
