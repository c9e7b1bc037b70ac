import { resealAsk, type ResealAsk } from '@xinbiao/contracts/bidding';
import { sealStanding, type NoticeVersion } from '@xinbiao/contracts/tendering';
import type { Envelope } from './bid.entity.ts';

/** Whether a bidder is asked to seal a bid again, and why. For that bidder alone. */
export function resealOf(
  notices: readonly NoticeVersion[],
  head: Pick<Envelope, 'ctx' | 'unreadableAt'> | null | undefined,
): ResealAsk | null {
  return head ? resealAsk(sealStanding(notices, head.ctx), head.unreadableAt ?? null) : null;
}
