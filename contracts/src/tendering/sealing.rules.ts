import type { Refusal } from '../kernel/refusal.ts';
import type { Rulebook } from '../rulebook/index.ts';
import type { TenderContent } from './tender.schema.ts';
import type { HintCode, TenderingCode } from './tendering.refusals.ts';

type Reason = Refusal<TenderingCode>;

/** A tender's sealing and its outage clause must be able to happen as written. @law 电子招标投标办法 §30 */
export function judgeSealing(
  { sealing, outage }: Pick<TenderContent, 'sealing' | 'outage'>,
  { decryptPeriodLeast: least, decryptPeriodMost: most }: Rulebook,
): Reason[] {
  const reasons: Reason[] = [];
  const { gate, decryptMinutes } = sealing;
  if (gate === 'bidder' && (decryptMinutes < least.value || decryptMinutes > most.value))
    reasons.push({
      code: 'tender.decrypt-time',
      field: 'sealing.decryptMinutes',
      facts: { least: least.value, most: most.value },
    });
  if (gate === 'none' && decryptMinutes !== 0)
    reasons.push({ code: 'tender.decrypt-without-gate', field: 'sealing.decryptMinutes' });
  const { withinHours, minutes, extendHours, redeliverHours } = outage;
  if ((extendHours > 0 || redeliverHours > 0) && minutes > withinHours * 60)
    reasons.push({ code: 'tender.outage-window', field: 'outage.minutes', facts: { minutes, hours: withinHours } });
  return reasons;
}

/** What a person ought to look at in how bids are sealed, although nothing forbids it. @law 电子招标投标办法 §31 */
export function hintsOfSealing({ sealing, outage }: Pick<TenderContent, 'sealing' | 'outage'>): Refusal<HintCode>[] {
  const hints: Refusal<HintCode>[] = [];
  if (sealing.gate === 'bidder') {
    hints.push({ code: 'tender.hint-gate-bidder', field: 'sealing.gate' });
    if (sealing.objectionMinutes === 0)
      hints.push({ code: 'tender.hint-no-objection-window', field: 'sealing.objectionMinutes' });
  }
  if (outage.extendHours === 0 && outage.redeliverHours === 0)
    hints.push({ code: 'tender.hint-no-outage-remedy', field: 'outage.extendHours' });
  return hints;
}
