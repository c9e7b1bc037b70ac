import {
  askAuthority,
  handAttestation,
  leaveWithWitnesses,
  listTimeAuthorities,
  readClockComparison,
  readReachability,
  stampAsAuthority,
} from '@xinbiao/contracts/timekeeping';
import { toHex } from '@xinbiao/contracts/kernel';
import { longestQuestion, Malformed, readTimestampRequest } from '@xinbiao/contracts/trust';
import { bytesFrom, refuse, Router, serve, type Context, type State } from '../platform/index.ts';
import { leaveHash } from './drop-box.service.ts';
import { clockComparison } from './clock.service.ts';
import { keepAttestation, reachabilityOf } from './reach.service.ts';
import { Silent } from './timekeeper.ts';

export const routes = new Router<State>();

serve(routes, listTimeAuthorities, async ({ house }) => {
  const { authorities, anchors } = house.time;
  return {
    rows: [...authorities],
    roots: anchors.roots.map(toHex),
    intermediates: anchors.intermediates.map(toHex),
    crls: anchors.crls.map(toHex),
  };
});

serve(routes, askAuthority, async ({ house, params, actor, ctx }) => {
  const authority = house.time.authorities.find(({ id }) => id === params.authorityId);
  if (!authority) return refuse('time.unknown-authority');
  const question = await questionOf(ctx);
  // Only questions about time are carried, so that this is nobody's way into another network.
  if (!isQuestion(question)) return refuse('time.unreadable-question');
  if (isTooMany(actor.personId, house.clock.real())) return refuse('time.too-many');
  try {
    return await house.time.ask(authority, question);
  } catch (fault) {
    if (fault instanceof Silent) return refuse('time.authority-silent', { facts: { name: authority.name } });
    throw fault;
  }
});

serve(routes, stampAsAuthority, async ({ house, ctx }) => {
  const authority = house.time.authorities.find(({ demonstration }) => demonstration);
  if (!authority) return refuse('time.no-demonstration');
  ctx.type = 'application/timestamp-reply';
  return house.time.ask(authority, await questionOf(ctx));
});

serve(routes, leaveWithWitnesses, async ({ house, actor, body }) => {
  if (isTooMany(actor.personId, house.clock.real())) return refuse('time.too-many');
  return { acknowledgements: await leaveHash(house, body.hash) };
});

serve(routes, readReachability, ({ house, em, now, query }) => reachabilityOf(em, house, now, query.days));

serve(routes, handAttestation, async ({ house, body, ctx }) => {
  if (isTooMany(ctx.ip, house.clock.real())) return refuse('time.too-many');
  if (!(await keepAttestation(house, body.note))) return refuse('time.no-attestation');
  return {};
});

serve(routes, readClockComparison, ({ house, em }) => clockComparison(em, house));

async function questionOf(ctx: Context): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytesFrom(ctx.req)) {
    length += chunk.length;
    if (length > longestQuestion) return refuse('time.unreadable-question');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isQuestion(bytes: Uint8Array): boolean {
  try {
    readTimestampRequest(bytes);
    return true;
  } catch (fault) {
    if (fault instanceof Malformed) return false;
    throw fault;
  }
}

const mostInAMinute = 120;
const asked = new Map<string, { minute: number; count: number }>();

/** Authorities may ask money for each answer: nobody is to spend it by the thousand. */
function isTooMany(personId: string, now: Date): boolean {
  const minute = Math.floor(now.getTime() / 60_000);
  const kept = asked.get(personId);
  const count = kept?.minute === minute ? kept.count + 1 : 1;
  if (asked.size > 10_000) asked.clear();
  asked.set(personId, { minute, count });
  return count > mostInAMinute;
}
