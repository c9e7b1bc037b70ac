import type { ReplyOf } from '@xinbiao/contracts/kernel';
import type { listOwnTenders } from '@xinbiao/contracts/tendering';
import type { RouteLocationRaw } from 'vue-router';

/** A tender in the list of one's own. */
export type OwnTender = ReplyOf<typeof listOwnTenders>['rows'][number];

/** Where a tender of one's own is worked on next. */
export function pageOf({ id, state, waiting }: Pick<OwnTender, 'id' | 'state' | 'waiting'>): RouteLocationRaw {
  const params = { tenderId: id };
  if (waiting === 'confirm') return { name: 'tendering.check', params };
  if (waiting === 'publish') return { name: 'tendering.publish', params };
  if (state === 'draft') return { name: 'tendering.compose', params };
  if (state === 'checking') return { name: 'tendering.check', params };
  if (state === 'checked') return { name: 'tendering.publish', params };
  return { name: 'tendering.work', params };
}

/** The light of a tender in a list: a ring while it is under way, nothing before. */
export const stateLight = ({ state, phase }: Pick<OwnTender, 'state' | 'phase'>): 'ok' | 'warn' | 'ring' | 'none' =>
  phase === 'awarded' ? 'ok' : phase === 'failed' ? 'warn' : state === 'published' ? 'ring' : 'none';
