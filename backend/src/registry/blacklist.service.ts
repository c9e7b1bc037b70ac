import type { EntityManager } from '@mikro-orm/core';
import { dayAt, fold, instantText, startOfDay, addDays, step } from '@xinbiao/contracts/kernel';
import {
  addBlacklistAct,
  banRefusal,
  blacklistLife,
  effectOf,
  forbiddableActs,
  isInForce,
  isShown,
  publishedUntil,
  repairBlacklistAct,
  withdrawBlacklistAct,
  type BlacklistEntry as BlacklistView,
  type Decision,
  type ForbiddableAct,
} from '@xinbiao/contracts/registry';
import { actorBy, checkAct, listed, regionName, regionOf } from '../identity/index.ts';
import { recordAct } from '../ledger/index.ts';
import { newId, Refused, StoredFile, transact, type Actor, type House } from '../platform/index.ts';
import { BlacklistCheck, BlacklistEntry } from './blacklist.entity.ts';

type Work = { readonly house: House; readonly em: EntityManager; readonly actor: Actor; readonly now: Date };
type Signed = { readonly act: string; readonly signature: string };

export const forbidsOf = (entry: Pick<BlacklistEntry, 'forbids'>): ForbiddableAct[] =>
  forbiddableActs.filter((act) => entry.forbids.includes(`,${act},`));
const banOf = (entry: BlacklistEntry) => ({
  state: entry.state,
  forbids: forbidsOf(entry),
  regionCode: entry.regionCode ?? null,
  from: entry.fromDay,
  until: entry.untilDay,
});

/** Enters a signed decision. The log keeps a salted hash only: after repair nobody may go on publishing the record. */
export async function addToBlacklist(
  { house, em, actor, now }: Work,
  { decision, act, signature }: Signed & { readonly decision: Decision },
): Promise<BlacklistEntry> {
  if (decision.regionCode !== null && !regionOf(decision.regionCode))
    throw new Refused([{ code: 'region.unknown', field: 'decision.regionCode', facts: { code: decision.regionCode } }]);
  const signed = await checkAct({
    house,
    em,
    actor,
    now,
    act,
    signature,
    expect: addBlacklistAct(actorBy(actor), decision),
  });
  return transact(em, async (tx) => {
    if (decision.evidence) {
      const { fileId, sha256 } = decision.evidence;
      const file = await tx.findOne(StoredFile, { id: fileId, ownerPersonId: actor.personId });
      if (file?.sha256 !== sha256)
        throw new Refused([{ code: 'blacklist.evidence-unknown', field: 'decision.evidence' }]);
    }
    const { uscc, decisionNumber, forbids, from, until, ...rest } = decision;
    if ((await tx.count(BlacklistEntry, { uscc, decisionNumber })) > 0)
      throw new Refused([{ code: 'blacklist.already-there', facts: { decision: decisionNumber } }]);
    const entry = tx.create(BlacklistEntry, {
      id: newId(now), ...rest, uscc, decisionNumber, sought: fold(`${rest.name} ${uscc} ${decisionNumber}`).slice(0, 255), forbids: listed(forbids), fromDay: from, untilDay: until,
      publishedUntil: publishedUntil(decision), state: 'active', addedBy: actor.personId, addedAt: now, endedAt: null, endReason: null, endDecisionNumber: null,
    }); // prettier-ignore
    await tx.flush();
    await recordAct(tx, {
      scope: 'house',
      type: 'blacklist.add',
      visibility: 'commit',
      at: now,
      actor: actor.personId,
      ...signed,
    });
    return entry;
  });
}

/** Ends a record before its time; from then on it is neither shown nor used, and never deleted. */
export async function endBlacklist(
  { house, em, actor, now }: Work,
  {
    entryId,
    move,
    reason,
    decisionNumber,
    act,
    signature,
  }: Signed & {
    readonly entryId: string;
    readonly move: 'withdraw' | 'repair';
    readonly reason: string;
    readonly decisionNumber: string;
  },
): Promise<string> {
  const entry = await em.findOne(BlacklistEntry, { id: entryId }, { disableIdentityMap: true });
  if (!entry) throw new Refused([{ code: 'blacklist.unknown' }]);
  const row = step(blacklistLife, entry.state, move);
  if (!row) throw new Refused([{ code: 'blacklist.already-ended' }]);
  const build = move === 'repair' ? repairBlacklistAct : withdrawBlacklistAct;
  const signed = await checkAct({
    house,
    em,
    actor,
    now,
    act,
    signature,
    expect: build(actorBy(actor), { entryId, reason, decisionNumber }),
  });
  return transact(em, async (tx) => {
    const ended = await tx.nativeUpdate(
      BlacklistEntry,
      { id: entryId, state: entry.state },
      { state: row[2], endedAt: now, endReason: reason, endDecisionNumber: decisionNumber },
    );
    if (ended === 0) throw new Refused([{ code: 'blacklist.already-ended' }]);
    await recordAct(tx, {
      scope: 'house',
      type: `blacklist.${move}`,
      visibility: 'commit',
      at: now,
      actor: actor.personId,
      ...signed,
    });
    return row[2];
  });
}

export type BlacklistQuestion = {
  readonly uscc: string;
  readonly act: ForbiddableAct;
  /** Where the act takes place: a ban may reach one region only. */
  readonly regionCode: string | null;
  /** The instant that counts: the cut-off named in the document, or now. */
  readonly at: Date;
  /** When others may learn that the party was checked. Without it checks of taking documents and bidding stay hidden for good. */
  readonly visibleFrom?: Date;
};
export type BlacklistAnswer = { readonly refuse?: BlacklistEntry; readonly flags: readonly BlacklistEntry[] };

const secret: readonly ForbiddableAct[] = ['takeDocuments', 'bid'];

/**
 * Asks whether a party's bans refuse an act, and writes down that it was asked. Outside the caller's transaction a
 * check that ends in a refusal stays on record too; inside it goes with the rollback.
 */
export async function checkBlacklist(em: EntityManager, question: BlacklistQuestion): Promise<BlacklistAnswer> {
  const { uscc, act, regionCode, at, visibleFrom } = question;
  const entries = await em.find(
    BlacklistEntry,
    { uscc, state: 'active' },
    { orderBy: { id: 'asc' }, disableIdentityMap: true },
  );
  const found = entries.map((entry) => ({ entry, effect: effectOf(banOf(entry), { act, regionCode, at }) }));
  const refuse = found.find(({ effect }) => effect === 'refuse')?.entry;
  const flags = found.filter(({ effect }) => effect === 'flag').map(({ entry }) => entry);
  await em.insert(BlacklistCheck, {
    id: newId(at), uscc, act, regionCode, judgedAt: at, refusedBy: refuse?.id ?? null, flaggedBy: flags.map(({ id }) => id), at, visibleFrom: visibleFrom ?? (secret.includes(act) ? null : at),
  }); // prettier-ignore
  return { ...(refuse ? { refuse } : {}), flags };
}

/** The same, refusing; gives what only flags. */
export async function obeyBlacklist(
  em: EntityManager,
  question: BlacklistQuestion,
): Promise<readonly BlacklistEntry[]> {
  const { refuse, flags } = await checkBlacklist(em, question);
  if (refuse)
    throw new Refused([
      banRefusal({ decisionNumber: refuse.decisionNumber, authority: refuse.authority, until: refuse.untilDay }),
    ]);
  return flags;
}

export const isPublished = (entry: BlacklistEntry, now: Date): boolean =>
  isShown({ state: entry.state, decidedOn: entry.decidedOn, until: entry.untilDay }, now);

/** The condition under which the public sees a record. */
export const publishedAt = (now: Date) => ({ state: 'active' as const, publishedUntil: { $gte: dayAt(now) } });

export function blacklistView(entry: BlacklistEntry, now: Date): BlacklistView {
  const { id, name, uscc, decisionNumber, authority, legalBasis, reason, decidedOn } = entry;
  return {
    id, name, uscc, decisionNumber, authority, legalBasis, reason, decidedOn, forbids: forbidsOf(entry), regionCode: entry.regionCode ?? null, region: entry.regionCode ? regionName(entry.regionCode) : null,
    from: entry.fromDay, until: entry.untilDay, publishedUntil: entry.publishedUntil, inForce: isInForce({ state: entry.state, from: entry.fromDay, until: entry.untilDay }, now), addedAt: instantText(entry.addedAt),
  }; // prettier-ignore
}

/** Every published record, and until when a copy may be used: at most the end of this day, for records end and are repaired. */
export async function blacklistFile(
  em: EntityManager,
  now: Date,
): Promise<{ title: string; madeAt: string; validUntil: string; rows: BlacklistView[] }> {
  const entries = await em.find(BlacklistEntry, publishedAt(now), {
    orderBy: { id: 'desc' },
    disableIdentityMap: true,
  });
  return {
    title: '失信名单',
    madeAt: instantText(now),
    validUntil: instantText(startOfDay(addDays(dayAt(now), 1))),
    rows: entries.map((entry) => blacklistView(entry, now)),
  };
}

export const actNames: Readonly<Record<ForbiddableAct, string>> = {
  takeDocuments: '获取采购文件',
  bid: '投标',
  actAsAgency: '代理采购',
  beDrawn: '被抽取为评审专家',
  purchase: '采购',
};

/** The file as CSV after RFC 4180 with a byte order mark, so that spreadsheets read it as UTF-8. */
export function blacklistCsv({ validUntil, rows }: Awaited<ReturnType<typeof blacklistFile>>): string {
  const head = [
    '名称',
    '统一社会信用代码',
    '决定文号',
    '作出决定的机关',
    '法律依据',
    '事由',
    '决定日期',
    '禁止的活动',
    '范围',
    '起',
    '止',
    '公布至',
    '本副本有效至',
  ];
  const lines = rows.map((row) => [
    row.name,
    row.uscc,
    row.decisionNumber,
    row.authority,
    row.legalBasis,
    row.reason,
    row.decidedOn,
    row.forbids.map((act) => actNames[act]).join('、'),
    row.region ?? '全国',
    row.from,
    row.until,
    row.publishedUntil,
    validUntil,
  ]);
  return `\uFEFF${[head, ...lines].map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A cell that begins like a formula would be run by a spreadsheet. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
