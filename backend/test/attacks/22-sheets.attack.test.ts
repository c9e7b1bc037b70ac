import {
  addUp,
  readPanel,
  readProgress,
  readReport,
  readRoom,
  readSheet,
  readSheets,
  recount,
  revealSheet,
  type ProvedSheet,
} from '@xinbiao/contracts/evaluation';
import { readResultNotice } from '@xinbiao/contracts/award';
import { addTime } from '@xinbiao/contracts/kernel';
import { listEntries } from '@xinbiao/contracts/ledger';
import {
  canonical,
  openSheet,
  parseCanonical,
  sealSheet,
  SheetEscrow,
  sheetCommitment,
  sheetLocked,
  sheetStage,
  unwrapShare,
} from '@xinbiao/contracts/trust';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { handIn } from '../../../scripts/play/bid.ts';
import type { Cast } from '../../../scripts/play/cast.ts';
import type { Person } from '../../../scripts/play/person.ts';
import {
  accept,
  appoint,
  award,
  convene,
  keptSheet,
  openEscrows,
  qualify,
  release,
  reveal,
  score,
  sign,
} from '../../../scripts/play/steps.ts';
import { Evaluation, SealedScore } from '../../src/evaluation/index.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots } from '../lots.ts';
import { asking } from './sheets.asking.ts';
import { attack } from './table.ts';

/* The house is real; what the operator does by hand in its own database stands for a server turned against its users. */

describe(attack(22), () => {
  let house: TestHouse;
  let cast: Cast;
  let lots: readonly string[];
  const mark = `canary${randomBytes(12).toString('hex')}`;
  const roots = () => house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
  const panel = (): Person[] => [...cast.experts.slice(0, 4), cast.purchaser2];
  const params = (at: number) => ({ params: { lotId: lots[at] ?? '' } });

  beforeAll(async () => {
    house = await openHouse({ at: '2026-11-02T01:00:00.000Z' });
    cast = await castFor(house, { bidders: 3, experts: 6 });
    const published = await publishedLots(house, cast, 2);
    ({ lots } = published);
    for (const lotId of lots)
      for (const [at, bidder] of cast.bidders.entries())
        await handIn(bidder, lotId, { price: BigInt(300_000_000 + at) });
    house.clock.set(addTime(published.deadline, 1_000));
    await house.tick();
    house.clock.set(addTime(house.clock.now(), 1_800_000));
    await house.tick();
    for (const lotId of lots) {
      for (const officer of [cast.purchaser, cast.notary]) await release(officer, lotId, roots(), house.clock.now());
      await house.tick();
      await qualify(cast.agency, lotId);
      await appoint(
        cast.agency,
        lotId,
        panel().map(({ known }) => known.seatId),
      );
      for (const person of panel()) await accept(person, lotId);
      await convene(cast.agency, lotId, addTime(house.clock.now(), 8 * 3_600_000));
    }
  }, 240_000);
  afterAll(() => house.close());

  async function everything(): Promise<string> {
    const { orm } = house.database;
    const tables = [...orm.getMetadata().getAll().values()].map(({ tableName }) => tableName).filter(Boolean);
    const rows = [];
    for (const table of new Set(tables)) rows.push(await orm.em.getConnection().execute(`select * from \`${table}\``));
    return JSON.stringify(rows);
  }
  /** What the log fixed when the last sheet came in, read by whoever checks. */
  async function closed(at: number): Promise<{ expert: string; commitment: string }[]> {
    await house.house.ledger.sequencer.drain();
    const { rows } = await house.anybody.call(listEntries, { query: { scope: lots[at], limit: 100 } });
    return rows.find(({ body }) => body?.t === 'eval.close')?.body?.p['sheets'] as {
      expert: string;
      commitment: string;
    }[];
  }
  async function recounted(at: number) {
    const all = await cast.supervisor.client.call(readSheets, params(at));
    const bids = all.bids.map((bid) => ({ ...bid, price: BigInt(bid.price) }));
    const sheets: ProvedSheet[] = all.sheets;
    return recount({
      closed: await closed(at),
      sheets,
      criteria: all.criteria,
      bids,
      result: all.result,
      rulebook: '2026',
    });
  }

  test('nobody reads a sheet before the last is in: not the others, not the chair, not the operator with its whole database', async () => {
    const [first, ...others] = panel();
    await score(
      first!,
      lots[0]!,
      (_room, _bid, { max }) => Math.floor(max / 3),
      () => [],
      mark,
    );
    for (const person of others.slice(0, -1))
      await score(person, lots[0]!, (_room, _bid, { max }) => Math.floor(max / 2));
    const kept = keptSheet(first!, lots[0]!);
    const text = await everything();
    expect(text).toContain(sheetCommitment(kept));
    expect(text).not.toContain(mark);
    expect(text).not.toContain(kept.salt);

    const room = await first!.client.call(readRoom, params(0));
    const asked = await asking(
      [...panel(), cast.agency, cast.purchaser, cast.supervisor, cast.notary, ...cast.bidders],
      {
        lotId: lots[0]!,
        tenderId: room.tenderId,
        bidId: room.bids[0]?.bidId ?? '',
        expert: room.expert,
        memberId: room.memberId,
      },
    );
    expect(asked.length).toBeGreaterThan(200);
    expect(
      asked.filter(({ text: said }) => said.includes(mark) || said.includes(kept.salt)).map(({ path }) => path),
    ).toEqual([]);
    expect(await others[0]!.client.refused(readSheet, { params: { lotId: lots[0]!, expert: room.expert } })).toEqual(['evaluation.not-ranked']); // prettier-ignore
    // Not even of one's own: revealing early would let the last one score after reading.
    expect(await first!.client.refused(revealSheet, { ...params(0), body: kept })).toEqual(['sheet.not-all-in']);
  });

  test('one side of officers cannot open what lies in escrow', async () => {
    const em = house.house.fork();
    const [held] = await em.find(SealedScore, { lotId: lots[0]! });
    const escrow = SheetEscrow.parse(parseCanonical(held?.escrow ?? ''));
    const shares = await Promise.all(
      [cast.purchaser, cast.purchaser2].map(async ({ held: { encryption } }) => ({
        officer: encryption.fingerprint,
        blob: await unwrapShare({
          manifest: sheetLocked(escrow),
          stage: sheetStage,
          officerCertSha256: encryption.fingerprint,
          privateKey: encryption.privateKey,
          certificate: encryption.certificate,
        }),
      })),
    );
    expect(await openSheet({ escrow, shares })).toMatchObject({ ok: false, faults: [{ code: 'shares.too-few' }] });
  });

  test('a sheet exchanged after it was sealed cannot be revealed, and the log shows the exchange', async () => {
    for (const person of panel()) await score(person, lots[1]!, (_room, _bid, { max }) => Math.floor(max / 2));
    const [victim, ...others] = panel();
    const room = await victim!.client.call(readRoom, params(1));
    const kept = keptSheet(victim!, lots[1]!);
    const favoured = { ...kept.sheet, bids: kept.sheet.bids.map((bid, at) => ({ ...bid, scores: bid.scores.map((given) => ({ ...given, score: at === 0 ? given.score * 2 : 0 })) })) }; // prettier-ignore
    const forged = await sealSheet({
      ctx: { ...room.ctx, seq: 1 },
      keyring: room.keyring,
      sheet: favoured as never,
      seed: randomBytes(32),
    });
    const em = house.house.fork();
    await em.nativeUpdate(
      SealedScore,
      { lotId: lots[1]!, expert: room.expert },
      { commitment: forged.commitment, escrow: canonical(forged.escrow), escrowHash: forged.escrowHash },
    );
    // The expert's own browser finds at once that this is not what it sealed.
    const progress = await victim!.client.call(readProgress, params(1));
    expect(progress.commitment).not.toBe(sheetCommitment(kept));
    expect(await victim!.client.refused(revealSheet, { ...params(1), body: kept })).toEqual(['sheet.not-committed']);
    for (const person of others) await reveal(person, lots[1]!);
    // The operator lets the forged sheet be opened from escrow as if the expert had been absent.
    house.clock.set(addTime(house.clock.now(), 9 * 3_600_000));
    await house.tick();
    for (const officer of [cast.purchaser, cast.notary]) await openEscrows(officer, lots[1]!);
    expect((await cast.agency.client.call(readPanel, params(1))).lotState).toBe('ranked');
    expect(await recounted(1)).toEqual([{ code: 'sheet-not-closed', about: [room.expert] }]);
  });

  test('an altered total, item or rank is flagged by whoever adds up again', async () => {
    const last = panel().at(-1)!;
    await score(last, lots[0]!, (_room, _bid, { max }) => Math.floor(max / 2));
    for (const person of panel()) await reveal(person, lots[0]!);
    for (const person of panel()) await sign(person, lots[0]!);
    expect(await recounted(0)).toEqual([]);
    const em = house.house.fork();
    const row = await em.findOneOrFail(Evaluation, { lotId: lots[0]! });
    const before = row.result;
    const result = JSON.parse(before) as { bids: { bidId: string; total: number; subjective: number; rank: number }[] };
    const loser = result.bids.find(({ rank }) => rank !== 1)!;
    const lie = (change: object) =>
      canonical({ ...result, bids: result.bids.map((bid) => (bid === loser ? { ...bid, ...change } : bid)) });
    await award(cast.purchaser, lots[0]!);
    const notice = async () => (await house.anybody.call(readResultNotice, params(0))).evaluation!;
    expect(addUp(await notice())).toEqual([]);
    for (const [change, what] of [
      [{ total: loser.total + 1 }, 'total'],
      [{ subjective: loser.subjective + 100, total: loser.total + 100 }, 'subjective'],
      [{ rank: 1 }, 'rank'],
    ] as const) {
      await house.house.fork().nativeUpdate(Evaluation, { lotId: lots[0]! }, { result: lie(change) });
      expect((await recounted(0)).map(({ code }) => code)).toEqual(['result-differs']);
      expect(addUp(await notice()).map((fault) => fault.what)).toContain(what);
    }
    await house.house.fork().nativeUpdate(Evaluation, { lotId: lots[0]! }, { result: before });
    expect(await recounted(0)).toEqual([]);
    const report = await cast.agency.client.call(readReport, params(0));
    expect(report.resultHash).toBe(row.resultHash);
  });

  test('an altered sheet is not the one that was committed to', async () => {
    const em = house.house.fork();
    const [held] = await em.find(SealedScore, { lotId: lots[0]! }, { orderBy: { expert: 'asc' } });
    const sheet = JSON.parse(held?.sheet ?? '') as { bids: { scores: { score: number }[] }[] };
    const altered = {
      ...sheet,
      bids: sheet.bids.map((bid) => ({ ...bid, scores: bid.scores.map((given) => ({ ...given, score: 0 })) })),
    };
    await em.nativeUpdate(SealedScore, { memberId: held?.memberId ?? '' }, { sheet: canonical(altered) });
    expect((await recounted(0)).map(({ code }) => code)).toEqual(['sheet-not-committed', 'result-differs']);
  });
});
