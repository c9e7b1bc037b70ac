import { readDecision } from '@xinbiao/contracts/award';
import { addDays, calendarOf, dayAt, rollForward, startOfDay } from '@xinbiao/contracts/kernel';
import { readOpening } from '@xinbiao/contracts/opening';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { handIn } from './play/bid.ts';
import { approveAll, assemble, demoPassword, newcomer } from './play/cast.ts';
import type { Person } from './play/person.ts';
import {
  accept,
  appoint,
  award,
  compose,
  confirm,
  convene,
  publish,
  qualify,
  release,
  reveal,
  score,
  sign,
  submitForCheck,
  untilOpened,
} from './play/steps.ts';
import { filling } from './play/tenders.ts';
import { openTheatre, tenderDocument } from './play/theatre.ts';

/*
 * `npm run replay -- <file.jsonl>`: real tenders (OCDS compiled releases, one a line) go through the whole path —
 * published, every bid sealed, opened, ranked, awarded — and the winner and order are compared with the record.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { take: { type: 'string' }, json: { type: 'boolean' } },
});
const file = positionals[0];
if (!file || (values.take !== undefined && !/^[1-9]\d{0,5}$/.test(values.take))) {
  process.stderr.write('用法 / usage: npm run replay -- <file.jsonl> [--take N] [--json]\n');
  process.exit(64);
}
const most = Number(values.take ?? Number.MAX_SAFE_INTEGER);
const say = (text: string): void => void (values.json ? process.stderr : process.stdout).write(`${text}\n`);

const Party = z.object({ id: z.coerce.string(), name: z.string().optional() });
const Money = z.object({ amount: z.number().positive() });
const Release = z.object({
  ocid: z.string(),
  tender: z.object({
    id: z.coerce.string(),
    title: z.string().optional(),
    value: Money.partial().optional(),
    awardCriteria: z.string().optional(),
  }),
  bids: z.object({
    details: z.array(
      z.object({
        id: z.coerce.string(),
        status: z.string().optional(),
        tenderers: z.array(Party).min(1),
        value: Money.partial().optional(),
      }),
    ),
  }),
  awards: z
    .array(
      z.object({
        status: z.string().optional(),
        suppliers: z.array(Party).optional(),
        value: Money.partial().optional(),
        relatedBid: z.coerce.string().optional(),
      }),
    )
    .optional(),
});

type Bid = { readonly party: string; readonly fen: bigint; readonly standing: 'valid' | 'out' };
type Case = {
  readonly ocid: string;
  readonly title: string;
  readonly estimate: bigint | undefined;
  readonly bids: readonly Bid[];
  readonly winners: readonly string[];
};

/** An amount of the record in hundredths, exact: the decimal text is read, never the float multiplied. */
function hundredths(amount: number): bigint {
  const [whole = '0', fraction = ''] = amount.toFixed(2).split('.');
  return BigInt(whole) * 100n + BigInt(fraction || '0');
}

function caseOf(line: string): Case {
  const release = Release.parse(JSON.parse(line));
  const bids = release.bids.details.flatMap((bid): Bid[] => {
    const amount = bid.value?.amount;
    const [party] = bid.tenderers;
    if (amount === undefined || !party) return [];
    // What the record itself marks out is handed in all the same, and judged not responsive by the panel.
    return [
      {
        party: party.id,
        fen: hundredths(amount),
        standing: bid.status === undefined || bid.status === 'valid' ? 'valid' : 'out',
      },
    ];
  });
  if (bids.length === 0) throw new Error('no bid with an amount');
  const award =
    release.awards?.find(({ status }) => status === undefined || status === 'active') ?? release.awards?.[0];
  const estimate = release.tender.value?.amount;
  return {
    ocid: release.ocid,
    title: release.tender.title ?? release.tender.id,
    estimate: estimate === undefined ? undefined : hundredths(estimate),
    bids,
    winners: (award?.suppliers ?? []).map(({ id }) => id),
  };
}

const cases: Case[] = [];
let bad = 0;
let lineNumber = 0;
for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
  lineNumber += 1;
  if (line.trim() === '' || cases.length >= most) continue;
  try {
    cases.push(caseOf(line));
  } catch (fault) {
    bad += 1;
    say(
      `第 ${lineNumber} 行读不了，已跳过 · line ${lineNumber} skipped: ${fault instanceof z.ZodError ? fault.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ') : String(fault instanceof Error ? fault.message : fault)}`,
    );
  }
}

type Outcome = {
  readonly ocid: string;
  readonly bids: number;
  readonly verdict: 'agrees' | 'explained' | 'differs';
  readonly why: string;
};
const outcomes: Outcome[] = [];
const began = performance.now();
const theatre = await openTheatre();
try {
  await replay();
} finally {
  await theatre.close();
}
report();

async function replay(): Promise<void> {
  const { url, operator } = theatre;
  const widest = Math.max(...cases.map(({ bids }) => bids.length), 3);
  say(`${cases.length} 个项目，${cases.reduce((sum, { bids }) => sum + bids.length, 0)} 份投标 · tenders and bids`);
  const cast = await assemble({ url, operator }, { bidders: 0, experts: 7 });
  // The record's bidders are played by as many registered companies as the widest tender needs.
  const bidders: Person[] = [];
  for (let at = 0; at < widest; at += 1) {
    const person = await newcomer(
      { url },
      {
        kind: 'bidder',
        serial: 1001 + at,
        name: `演示投标单位${at + 1}`,
        login: `bidder${at + 1}`,
        person: `投标人${at + 1}`,
      },
    );
    await person.enrol({ filePassword: demoPassword, iterations: 1000 });
    bidders.push(person);
  }
  await approveAll(cast.centre);
  const { purchaser, purchaser2, agency, agency2, notary, witness, experts } = cast;
  const officers = [
    { group: 'purchaser', seatId: purchaser2.known.seatId },
    { group: 'purchaser', seatId: agency.known.seatId },
    { group: 'independent', seatId: notary.known.seatId },
    { group: 'independent', seatId: witness.known.seatId },
  ] as const;
  const publishedAt = theatre.now();
  const deadline = new Date(
    startOfDay(rollForward(addDays(dayAt(publishedAt), 25), calendarOf())).getTime() + 9.5 * 3_600_000,
  );
  const document = await tenderDocument('公开招标', publishedAt);
  const lots: string[] = [];
  for (const [at, one] of cases.entries()) {
    // An estimate is not a ceiling: the budget leaves room for every recorded bid, and no ceiling is set.
    const budget = [one.estimate ?? 0n, ...one.bids.map(({ fen }) => fen)].reduce((a, b) => (a > b ? a : b));
    const draft = await compose({
      composer: agency,
      purchaserId: purchaser.known.organisation?.id ?? '',
      officers,
      document: { name: '招标文件.pdf', bytes: document },
      fill: filling({
        title: `${one.title} (${one.ocid})`,
        category: 'services',
        catalogCode: 'C99',
        summary: '按公开记录重演。',
        publishedAt,
        deadline,
        lots: [
          {
            title: one.title.slice(0, 100),
            content: '按公开记录重演。',
            quantity: '1 项',
            budget,
            method: 'lowestPrice',
          },
        ],
      }),
    });
    await submitForCheck(agency, draft.id);
    await confirm(agency2, draft.id);
    const [lot] = (await publish(agency, draft.id)).lots;
    if (!lot) throw new Error('published without a lot');
    lots.push(lot.id);
    // Bidders of one tender hand in side by side, as they would.
    await Promise.all(
      one.bids.map(async (bid, index) => {
        const bidder = bidders[index];
        if (bidder) await handIn(bidder, lot.id, { price: bid.fen });
      }),
    );
    if (!values.json && (at + 1) % 10 === 0) say(`  ${at + 1} 个项目已发布、封标 · published and sealed`);
  }
  await theatre.turnTo(deadline);
  const roots = await theatre.roots();
  for (const [at, one] of cases.entries()) {
    const lotId = lots[at] ?? '';
    outcomes.push(await settle(one, lotId));
    if (!values.json && (at + 1) % 10 === 0) say(`  ${at + 1} 个项目已开标、评审 · opened and ranked`);
  }

  async function settle(one: Case, lotId: string): Promise<Outcome> {
    const base = { ocid: one.ocid, bids: one.bids.length };
    if (one.bids.length < 3) {
      const { phase, failure } = await operator.client.call(readOpening, { params: { lotId } });
      return phase === 'failed'
        ? {
            ...base,
            verdict: 'explained',
            why: `不足三家，依法不开标 · fewer than three bids: not opened (${failure?.law ?? ''})`,
          }
        : { ...base, verdict: 'differs', why: `fewer than three bids, yet ${phase}` };
    }
    await release(purchaser2, lotId, roots, theatre.now());
    await release(notary, lotId, roots, theatre.now());
    const hall = await untilOpened(operator, lotId);
    const misread = hall.bids.filter((bid) => {
      const index = bidders.findIndex(({ known }) => known.organisation?.uscc === bid.bidder.uscc);
      return bid.price !== one.bids[index]?.fen.toString();
    });
    if (misread.length > 0)
      return { ...base, verdict: 'differs', why: `${misread.length} bids did not open to the price that was sealed` };
    await qualify(agency, lotId);
    const panel = experts.slice(
      0,
      hall.bids.some(({ price }) => BigInt(price ?? '0') >= 1_000_000_000n) || BigInt(hall.budget) >= 1_000_000_000n
        ? 7
        : 5,
    );
    await appoint(
      agency,
      lotId,
      panel.map(({ known }) => known.seatId),
    );
    for (const expert of panel) await accept(expert, lotId);
    await convene(agency, lotId, new Date(theatre.now().getTime() + 2 * 86_400_000));
    const outside = new Set(
      one.bids.flatMap(({ standing }, index) =>
        standing === 'out' ? [bidders[index]?.known.organisation?.uscc ?? ''] : [],
      ),
    );
    for (const expert of panel)
      await score(
        expert,
        lotId,
        () => 0,
        (bid) => (outside.has(bid.bidder.uscc) ? ['公开记录注明该投标无效'] : []),
      );
    let state = '';
    for (const expert of panel) state = await reveal(expert, lotId);
    if (state !== 'ranked')
      return one.bids.filter(({ standing }) => standing === 'valid').length < 3
        ? {
            ...base,
            verdict: 'explained',
            why: '有效投标不足三家，依法废标 · fewer than three responsive bids: void by law',
          }
        : { ...base, verdict: 'differs', why: `the lot is ${state}` };
    for (const expert of panel) await sign(expert, lotId);
    const decision = await purchaser.client.call(readDecision, { params: { lotId } });
    const firsts = decision.candidates.filter(({ rank }) => rank === 1);
    const partyOf = (uscc: string): string =>
      one.bids[bidders.findIndex(({ known }) => known.organisation?.uscc === uscc)]?.party ?? '';
    const won = await award(purchaser, lotId, firsts.length > 1 ? '并列，按招标文件规定的顺序确定' : '');
    return compare(
      one,
      base,
      partyOf(won.uscc),
      decision.candidates.map((candidate) => ({
        party: partyOf(candidate.bidder.uscc),
        rank: candidate.rank,
        fen: BigInt(candidate.price),
      })),
    );
  }
}

function compare(
  one: Case,
  base: { ocid: string; bids: number },
  winner: string,
  order: readonly { party: string; rank: number; fen: bigint }[],
): Outcome {
  const valid = one.bids.filter(({ standing }) => standing === 'valid');
  const expected = [...valid].sort((a, b) => (a.fen < b.fen ? -1 : Number(a.fen > b.fen)));
  const wrongOrder = order.some((candidate, at) => candidate.fen !== expected[at]?.fen);
  if (wrongOrder) return { ...base, verdict: 'differs', why: 'the order is not that of the recorded prices' };
  if (one.winners.length === 0)
    return { ...base, verdict: 'explained', why: '记录没有写明中标人 · the record names no winner' };
  if (one.winners.includes(winner))
    return one.winners.length === 1
      ? { ...base, verdict: 'agrees', why: '' }
      : {
          ...base,
          verdict: 'explained',
          why: `记录有 ${one.winners.length} 个中标人，最低价在其中 · the record has several winners, the lowest price among them`,
        };
  const recorded = valid.find(({ party }) => party === one.winners[0]);
  if (!recorded)
    return {
      ...base,
      verdict: 'explained',
      why: '记录的中标人没有可比的有效报价 · the recorded winner has no valid amount on record',
    };
  if (expected[0] && recorded.fen === expected[0].fen)
    return { ...base, verdict: 'explained', why: '最低价并列 · a tie at the lowest price' };
  return {
    ...base,
    verdict: 'explained',
    why: `记录的中标人报价高于最低价（记录可能设有最低限价或其他条件，我国法律不允许设最低限价） · the recorded winner was not the lowest: a minimum price or another criterion in the record`,
  };
}

function report(): void {
  const count = (verdict: Outcome['verdict']): number =>
    outcomes.filter((outcome) => outcome.verdict === verdict).length;
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  const summary = {
    file,
    tenders: cases.length,
    bids: cases.reduce((sum, { bids }) => sum + bids.length, 0),
    agrees: count('agrees'),
    explained: count('explained'),
    differs: count('differs'),
    badLines: bad,
    seconds,
  };
  if (values.json) process.stdout.write(`${JSON.stringify({ ...summary, outcomes }, undefined, 1)}\n`);
  else {
    for (const { ocid, verdict, why } of outcomes)
      if (verdict !== 'agrees') say(`${verdict === 'explained' ? '≈' : '✗'} ${ocid}  ${why}`);
    say(
      `\n一致 ${summary.agrees}，有解释 ${summary.explained}，不一致 ${summary.differs}，跳过 ${bad} 行 · ${summary.agrees} agree, ${summary.explained} explained, ${summary.differs} differ, ${bad} lines skipped; ${seconds} s`,
    );
  }
  process.exitCode = summary.differs > 0 ? 1 : 0;
}
