import type { Refusal } from '../kernel/refusal.ts';
import type { Rulebook } from '../rulebook/index.ts';
import { Keyring, keyringHash, type Officer } from '../trust/envelope/keyring.ts';
import { acceptanceDays, type NoticeVersion, type OfficerChangeBody } from './officer.schema.ts';
import type { OfficerGroupId } from './tender.schema.ts';
import type { TenderingCode } from './tendering.refusals.ts';

type Reason = Refusal<TenderingCode>;
const day = 86_400_000;

/** Keys must outlast the opening: its date moves, escrowed sheets are opened later still. */
export const keyMargin = 30 * day;

/** Until when a proof of possession stands. */
export const provenUntil = (provenAt: Date): Date => new Date(provenAt.getTime() + acceptanceDays * day);

type Named = { readonly seatId: string; readonly provenUntil: Date | null };

/** No notice names an officer who has not shown to hold the key: a lost key would lock everybody's bids. */
export function judgeAcceptances(
  officers: readonly { readonly seatId: string }[],
  known: readonly Named[],
  now: Date,
): Reason[] {
  return officers.flatMap(({ seatId }, at): Reason[] => {
    const until = known.find((one) => one.seatId === seatId)?.provenUntil ?? null;
    return until !== null && now < until ? [] : [{ code: 'tender.officer-not-accepted', field: `officers.${at}` }];
  });
}

/** Can what was sealed to this keyring still be opened without those who left? Says nothing of whether anything was sealed. */
export const stillOpenable = (keyring: Keyring, gone: readonly string[]): boolean =>
  keyring.groups.every(({ t, members }) => members.filter(({ certSha256 }) => !gone.includes(certSha256)).length >= t);

/** The keyring that an envelope was sealed to, by the hash it names; undefined where no version of the notice has it. */
export const keyringOfEnvelope = (
  notices: readonly Pick<NoticeVersion, 'keyringHash' | 'keyring'>[],
  ctx: { readonly keyringHash: string },
): Keyring | undefined => notices.find(({ keyringHash: hash }) => hash === ctx.keyringHash)?.keyring;

/** How an envelope stands to the newest notice: sealed under it; to be sealed again although it still opens; or lost unless it is. */
export type SealStanding = 'current' | 'should' | 'must';

/** Must a bid be sealed again because officers were replaced after it was sealed? */
export function sealStanding(notices: readonly NoticeVersion[], ctx: { readonly keyringHash: string }): SealStanding {
  const newest = notices.at(-1);
  if (!newest || ctx.keyringHash === newest.keyringHash) return 'current';
  const keyring = keyringOfEnvelope(notices, ctx);
  return keyring && stillOpenable(keyring, newest.gone) ? 'should' : 'must';
}

export type NewOfficer = Omit<Officer, 'x'> & { readonly group: OfficerGroupId };

/** The keyring after a change: who comes in takes the place of who leaves the same group; x is the position in the group. */
export function changedKeyring(keyring: Keyring, out: readonly string[], incoming: readonly NewOfficer[]): Keyring {
  return {
    ...keyring,
    groups: keyring.groups.map(({ id, t, members }) => {
      const coming = incoming
        .filter(({ group }) => group === id)
        .map(({ certSha256, certificate, name, organisation }) => ({ certSha256, certificate, name, organisation }));
      const kept = members.flatMap(({ certSha256, certificate, name, organisation }) => {
        if (!out.includes(certSha256)) return [{ certSha256, certificate, name, organisation }];
        const next = coming.shift();
        return next ? [next] : [];
      });
      return { id, t, members: [...kept, ...coming].map((member, at) => ({ ...member, x: at + 1 })) };
    }),
  };
}

/** The last moment at which officers may be replaced. @law 87号令 §27 */
export const changeUntil = (deadline: Date, rulebook: Rulebook): Date =>
  new Date(deadline.getTime() - rulebook.officerChangePeriod.value * day);

export type OfficerChangeFacts = {
  readonly now: Date;
  readonly deadline: Date;
  /** Every lot still takes bids. */
  readonly bidding: boolean;
  readonly keyring: Keyring;
  readonly rulebook: Rulebook;
  /** Who leaves, by certificate, and who those are as persons. */
  readonly members: readonly { readonly certSha256: string; readonly personId: string | null }[];
  /** What is known of the seats that come in. */
  readonly incoming: readonly {
    readonly seatId: string;
    readonly personId: string;
    readonly side: OfficerGroupId | null;
    readonly certSha256: string | null;
    readonly keyUntil: Date | null;
    /** Holds a valid encryption certificate, but only of the other suite. */
    readonly otherSuite?: boolean;
    readonly provenUntil: Date | null;
  }[];
};

/**
 * May officers be replaced like this now? Nothing here depends on whether anybody has bid: bidders who have are asked
 * to seal again, and need the time for it. @law 87号令 §27
 */
export function judgeOfficerChange(change: OfficerChangeBody, facts: OfficerChangeFacts): Reason[] {
  const { now, deadline, keyring, rulebook } = facts;
  if (!facts.bidding || now >= deadline) return [{ code: 'officers.not-bidding' }];
  if (now > changeUntil(deadline, rulebook))
    return [{ code: 'officers.deadline-too-near', facts: { days: rulebook.officerChangePeriod.value } }];
  const reasons: Reason[] = [];
  const members = keyring.groups.flatMap((group) => group.members.map(({ certSha256 }) => certSha256));
  change.out.forEach((certSha256, at) => {
    if (!members.includes(certSha256) || change.out.indexOf(certSha256) !== at)
      reasons.push({ code: 'officers.unknown-member', field: `out.${at}` });
  });
  const staying = facts.members.filter(({ certSha256 }) => !change.out.includes(certSha256));
  const persons = new Set(staying.flatMap(({ personId }) => personId ?? []));
  change.in.forEach(({ group, seatId }, at) => {
    const field = `in.${at}`;
    const known = facts.incoming.find((one) => one.seatId === seatId);
    if (!known || known.side !== group) {
      reasons.push({ code: 'tender.officer-not-entitled', field });
      return;
    }
    if (persons.has(known.personId)) reasons.push({ code: 'tender.officer-twice', field });
    persons.add(known.personId);
    if (known.otherSuite) reasons.push({ code: 'tender.officer-other-suite', field });
    else if (known.keyUntil === null || known.keyUntil.getTime() < deadline.getTime() + keyMargin)
      reasons.push({ code: 'tender.officer-without-key', field });
    // Whoever lost a key does not come back with the same one.
    else if (known.certSha256 !== null && change.out.includes(known.certSha256))
      reasons.push({ code: 'officers.same-key', field });
    else if (known.provenUntil === null || known.provenUntil <= now)
      reasons.push({ code: 'tender.officer-not-accepted', field });
  });
  if (reasons.length > 0) return reasons;
  const sizes = keyring.groups.map(({ id, t, members: all }) => {
    const left = all.filter(({ certSha256 }) => !change.out.includes(certSha256)).length;
    return { t, size: left + change.in.filter(({ group }) => group === id).length };
  });
  if (sizes.some(({ t, size }) => size < t)) return [{ code: 'tender.officers-missing', field: 'in' }];
  return [];
}

/** Is this what a change makes of a keyring, in a form that envelopes take? */
export const isSoundKeyring = (keyring: Keyring, before: Keyring): boolean =>
  Keyring.safeParse(keyring).success && keyringHash(keyring) !== keyringHash(before);

/** Officers whose certificate ends before a moment, by name: whoever seals to them now is warned. */
export const endingBefore = (
  officers: readonly { readonly name: string; readonly keyUntil: Date }[],
  until: Date,
): string[] => officers.filter(({ keyUntil }) => keyUntil < until).map(({ name }) => name);
