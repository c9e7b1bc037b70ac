import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { addDays, dayAt, startOfDay } from '@xinbiao/contracts/kernel';
import { addBlacklistAct, addToBlacklist, type ForbiddableAct } from '@xinbiao/contracts/registry';
import { openHouse } from '../backend/src/open.ts';
import { configOf } from '../backend/src/platform/index.ts';
import { accountsFile, writeAccounts } from './play/accounts.ts';
import { fileOf, handIn, type Offer } from './play/bid.ts';
import { assemble, demoPassword, type Cast } from './play/cast.ts';
import { appointDrawn, cityExperts, drawExperts } from './play/drawing.ts';
import type { Person } from './play/person.ts';
import {
  accept,
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
  take,
  untilOpened,
  type Judge,
} from './play/steps.ts';
import { filling, type LotPlan, type TenderPlan } from './play/tenders.ts';
import { bidDocument, openTheatre, tenderDocument, type Theatre } from './play/theatre.ts';

/*
 * `npm start`: opens the house. A new demonstration begins seven weeks in the past and really plays its tenders
 * up to today, so that there is one in every stage with a true record behind it.
 */

const minute = 60_000;
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const config = configOf(process.env);
const marker = accountsFile(config.folder);
const today = dayAt(new Date());

/** So many days from today, at an hour of the tender's place. Days of rest are not skipped: the order of events matters more. */
const at = (days: number, hour: number, minutes = 0): Date =>
  new Date(startOfDay(addDays(today, days)).getTime() + (hour * 60 + minutes) * minute);

if (config.mode === 'demo' && !existsSync(marker)) {
  say('第一次启动：正在演出一座演示城市，大约一分钟。\nFirst start: playing a demonstration city, about a minute.');
  const began = Date.now();
  // Whatever an interrupted first start left is not a city.
  await rm(config.folder, { recursive: true, force: true });
  const theatre = await openTheatre({
    folder: config.folder,
    env: {
      ...process.env,
      PORT: '0',
      XINBIAO_URL: config.publicUrl,
      XINBIAO_PAGES: 'off',
      XINBIAO_LOG_CADENCE: '50',
      XINBIAO_LOG_COVER: 'off',
    },
    beginAt: at(-52, 9),
  });
  const cast = await assemble({ url: theatre.url, operator: theatre.operator });
  await playCity(theatre, cast);
  await writeAccounts(cast, config.folder);
  await theatre.close();
  say(`  ${Math.round((Date.now() - began) / 1000)} s\n`);
}

const opened = await openHouse(config);
const home = config.publicUrl;
say(`信标 Xinbiao  ${home}\n`);
if (config.mode === 'demo') {
  say(`演示账号（密码都是 ${demoPassword}）· demonstration accounts (password ${demoPassword} for all):`);
  const accounts = JSON.parse(await readFile(marker, 'utf8')) as {
    login: string;
    name: string;
    organisation: string | null;
    roleZh: string;
    roleEn: string;
  }[];
  for (const { login, name, organisation, roleZh, roleEn } of accounts)
    say(`  ${login.padEnd(12)}${roleZh} · ${roleEn}  (${organisation ?? ''}${organisation ? ' ' : ''}${name})`);
  say('\n按 Ctrl+C 停止 · Ctrl+C to stop');
}
let closing = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (closing) process.exit(1);
    closing = true;
    opened.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });

/** A step of the city's history: when, and what. */
type Scene = { readonly at: Date; readonly play: () => Promise<unknown> };

async function playCity(theatre: Theatre, cast: Cast): Promise<void> {
  const { purchaser, purchaser2, agency, agency2, notary, witness, supervisor, bidders, experts } = cast;
  const scenes: Scene[] = [];
  const when = (time: Date, play: () => Promise<unknown>): void => void scenes.push({ at: time, play });
  const officers = [
    { group: 'purchaser', seatId: purchaser2.known.seatId },
    { group: 'purchaser', seatId: agency.known.seatId },
    { group: 'independent', seatId: notary.known.seatId },
    { group: 'independent', seatId: witness.known.seatId },
  ] as const;

  type Played = { tenderId: string; lots: { id: string; no: number }[] };
  const publishing = (plan: TenderPlan, until: 'draft' | 'checking' | 'published' = 'published'): Played => {
    const played: Played = { tenderId: '', lots: [] };
    // The clock stops at the deadline itself, so that lots close when they should.
    if (plan.deadline.getTime() <= Date.now()) when(plan.deadline, async () => undefined);
    when(plan.publishedAt, async () => {
      const document = await tenderDocument(plan.title, plan.publishedAt);
      const draft = await compose({
        composer: agency,
        purchaserId: purchaser.known.organisation?.id ?? '',
        officers,
        document: { name: '招标文件.pdf', bytes: document },
        fill: filling(plan),
      });
      played.tenderId = draft.id;
      if (until === 'draft') return;
      await submitForCheck(agency, draft.id);
      if (until === 'checking') return;
      await confirm(agency2, draft.id);
      played.lots = (await publish(agency, draft.id)).lots;
    });
    return played;
  };
  const bid = (time: Date, played: Played, lotNo: number, bidder: Person | undefined, offer: Offer): void =>
    when(time, async () => {
      const lot = played.lots.find(({ no }) => no === lotNo);
      if (!bidder || !lot) throw new Error('no such bidder or lot');
      await take(bidder, played.tenderId).catch(() => undefined);
      const file = await bidDocument(bidder.known.organisation?.name ?? '', '演示', time);
      await handIn(bidder, lot.id, { ...offer, files: [fileOf('技术方案.pdf', file)] });
    });
  const opening = (time: Date, played: Played, lotNo: number): void =>
    when(time, async () => {
      const lot = played.lots.find(({ no }) => no === lotNo);
      const roots = await theatre.roots();
      for (const officer of [purchaser2, notary]) await release(officer, lot?.id ?? '', roots, theatre.now());
      await untilOpened(theatre.operator, lot?.id ?? '');
    });
  const lotOf = (played: Played, lotNo: number): string => played.lots.find(({ no }) => no === lotNo)?.id ?? '';
  const panels = new Map<string, Person[]>();
  const panelOf = (lotId: string): Person[] => panels.get(lotId) ?? [];
  const convening = (time: Date, played: Played, lotNo: number): void =>
    when(time, async () => {
      const lotId = lotOf(played, lotNo);
      await qualify(agency, lotId);
      await drawExperts(agency, lotId, {
        groups: cityExperts(5, 2),
        contributors: [agency, notary, witness, supervisor],
      });
      const seats = await appointDrawn(agency, lotId);
      const panel = experts.filter(({ known }) => seats.includes(known.seatId));
      panels.set(lotId, panel);
      for (const expert of panel) await accept(expert, lotId);
      await convene(agency, lotId, new Date(time.getTime() + 5 * 86_400_000));
    });
  const scoring = (time: Date, played: Played, lotNo: number, count?: number): void =>
    when(time, async () => {
      const lotId = lotOf(played, lotNo);
      const panel = panelOf(lotId);
      for (const [index, expert] of panel.slice(0, count).entries()) await score(expert, lotId, judgeOf(index));
      if (count !== undefined) return;
      for (const expert of panel) await reveal(expert, lotId);
      for (const expert of panel) await sign(expert, lotId);
    });
  const awarding = (time: Date, played: Played, lotNo: number): void =>
    when(time, () => award(purchaser, lotOf(played, lotNo)));

  when(at(-50, 9), async () => {
    const organisation = bidders[5]?.known.organisation;
    if (organisation) await blacklist(supervisor, organisation);
  });

  const wan = (amount: number): bigint => BigInt(amount) * 1_000_000n;
  const physics: LotPlan = {
    title: '物理实验室设备',
    content: '实验台 96 套，演示台 6 套，电源与通风。',
    quantity: '1 批',
    budget: wan(386),
  };
  const chemistry: LotPlan = {
    title: '化学与生物实验室设备',
    content: '实验台 88 套，通风柜 12 套，药品柜 20 组。',
    quantity: '1 批',
    budget: wan(412),
  };

  const laboratory = publishing({
    title: '青澜市第二中学理化生实验室设备采购',
    catalogCode: 'A02',
    summary: '采购物理、化学、生物实验室设备，分两个包。',
    lots: [physics, chemistry],
    publishedAt: at(-48, 9),
    deadline: at(-24, 9, 30),
  });
  bid(at(-27, 15), laboratory, 1, bidders[0], {
    price: wan(349) - 140_000n,
    claims: { warranty: 'five', record: 'many' },
  });
  bid(at(-26, 10), laboratory, 1, bidders[1], {
    price: wan(374) + 250_000n,
    claims: { warranty: 'three', record: 'many' },
  });
  bid(at(-26, 16), laboratory, 1, bidders[2], {
    price: wan(332) - 200_000n,
    claims: { warranty: 'two', record: 'some' },
  });
  bid(at(-25, 11), laboratory, 1, bidders[3], {
    price: wan(366) - 500_000n,
    claims: { warranty: 'three', record: 'some' },
  });
  bid(at(-25, 15), laboratory, 2, bidders[0], { price: wan(398), claims: { warranty: 'five', record: 'many' } });
  bid(at(-25, 16), laboratory, 2, bidders[1], { price: wan(405), claims: { warranty: 'three', record: 'many' } });
  opening(at(-24, 9, 39), laboratory, 1);
  convening(at(-23, 9), laboratory, 1);
  scoring(at(-23, 16), laboratory, 1);
  awarding(at(-21, 10), laboratory, 1);

  const books = publishing({
    title: '青澜市第二中学馆藏古籍数字化加工服务',
    category: 'services',
    catalogCode: 'C16',
    summary: '古籍扫描、图像处理、著录与数据入库。',
    lots: [
      {
        title: '古籍数字化加工',
        content: '扫描 42 万拍，著录 3,600 条。',
        quantity: '1 项',
        budget: wan(128),
        method: 'lowestPrice',
      },
    ],
    publishedAt: at(-32, 10),
    deadline: at(-5, 15),
  });
  for (const [index, price] of [wan(118), wan(121), wan(109)].entries())
    bid(at(-6, 10 + index), books, 1, bidders[index], { price });
  opening(at(-5, 15, 6), books, 1);
  convening(at(-4, 9), books, 1);
  scoring(at(-2, 10), books, 1);

  const meals = publishing({
    title: '青澜市第二中学校服采购',
    catalogCode: 'A07',
    summary: '学生校服三年供应，按季配送。',
    lots: [{ title: '校服', content: '夏装、秋装、冬装各 2 套。', quantity: '2,860 套', budget: wan(564) }],
    publishedAt: at(-30, 9),
    deadline: at(-3, 10),
  });
  for (const [index, price] of [wan(531), wan(548), wan(520), wan(559)].entries())
    bid(at(-4, 13 + index), meals, 1, bidders[index], {
      price,
      claims: { warranty: 'three', record: index % 2 === 0 ? 'many' : 'some' },
    });
  opening(at(-3, 10, 8), meals, 1);
  convening(at(-2, 14), meals, 1);
  scoring(at(-1, 10), meals, 1, 2);

  const water = publishing({
    title: '青澜市第二中学校园直饮水设备采购',
    catalogCode: 'A02',
    summary: '教学楼、宿舍和食堂直饮水设备及安装。',
    lots: [
      {
        title: '直饮水设备',
        content: '直饮水机 86 台，中央净水站 3 座，含管网与水质监测。',
        quantity: '1 批',
        budget: wan(890),
      },
    ],
    publishedAt: at(-29, 9),
    deadline: at(-1, 10),
  });
  for (const [index, price] of [wan(846), wan(858), wan(871)].entries())
    bid(at(-2, 15 + index), water, 1, bidders[index + 1], { price, claims: { warranty: 'five', record: 'many' } });
  opening(at(-1, 10, 11), water, 1);

  const justNow = new Date(Date.now() - 10 * minute);
  const vehicles = publishing({
    title: '青澜市第二中学新能源校车采购',
    catalogCode: 'A02',
    summary: '新能源校车及充电设施。',
    lots: [{ title: '校车', content: '新能源校车 12 辆，充电桩 6 座。', quantity: '12 辆', budget: wan(720) }],
    publishedAt: at(-27, 10),
    deadline: justNow,
  });
  for (const [index, price] of [wan(688), wan(702), wan(695)].entries())
    bid(new Date(justNow.getTime() - (3 - index) * 20 * minute), vehicles, 1, bidders[index], {
      price,
      claims: { warranty: 'three', record: 'some' },
    });

  const cloud = publishing({
    title: '青澜市第二中学智慧校园等级保护测评服务',
    category: 'services',
    catalogCode: 'C16',
    summary: '智慧校园平台及业务系统的等级保护测评。',
    lots: [{ title: '等级保护测评', content: '三级系统 2 个，二级系统 6 个。', quantity: '1 项', budget: wan(215) }],
    publishedAt: at(-25, 9),
    deadline: at(3, 10),
  });
  for (const [index, price] of [wan(198), wan(205)].entries())
    bid(new Date(Date.now() - (30 - index) * minute), cloud, 1, bidders[index], {
      price,
      claims: { warranty: 'three', record: 'many' },
    });
  publishing({
    title: '青澜市第二中学 2027 年度食堂食材配送服务',
    category: 'services',
    catalogCode: 'C23',
    summary: '食堂食材集中配送，分两个包。',
    lots: [
      { title: '粮油副食配送', content: '米面粮油、干货、调味品。', quantity: '1 年', budget: wan(640) },
      { title: '生鲜配送', content: '肉禽蛋、水产、蔬菜、豆制品。', quantity: '1 年', budget: wan(980) },
    ],
    publishedAt: at(-8, 10),
    deadline: at(15, 9, 30),
  });
  publishing({
    title: '青澜市第二中学校史馆恒温恒湿展柜采购',
    catalogCode: 'A05',
    summary: '校史馆恒温恒湿展柜及安装。',
    lots: [{ title: '展柜', content: '独立柜 36 台，通柜 120 米。', quantity: '1 批', budget: wan(468) }],
    publishedAt: new Date(Date.now() - 8 * minute),
    deadline: at(25, 10),
  });
  publishing(
    {
      title: '青澜市第二中学档案室密集架采购',
      catalogCode: 'A05',
      summary: '档案室智能密集架。',
      lots: [{ title: '密集架', content: '智能密集架及控制系统。', quantity: '400 立方米', budget: wan(310) }],
      publishedAt: new Date(Date.now() - 5 * minute),
      deadline: at(26, 10),
    },
    'checking',
  );
  publishing(
    {
      title: '青澜市第二中学 2027 年物业管理服务',
      category: 'services',
      catalogCode: 'C21',
      summary: '两个校区物业管理。',
      lots: [{ title: '物业管理', content: '保洁、安保、会务与设备维护。', quantity: '1 年', budget: wan(1230) }],
      publishedAt: new Date(Date.now() - 4 * minute),
      deadline: at(28, 10),
    },
    'draft',
  );

  const inOrder = scenes
    .map((scene, index) => ({ ...scene, index }))
    .sort((a, b) => a.at.getTime() - b.at.getTime() || a.index - b.index);
  for (const [index, scene] of inOrder.entries()) {
    await theatre.turnTo(scene.at);
    await scene.play();
    if (process.stdout.isTTY) process.stdout.write(`\r  ${index + 1}/${inOrder.length}`);
  }
  if (process.stdout.isTTY) process.stdout.write('\r');
  await theatre.turnTo(new Date());
}

/** How expert number `index` sees a bid: bounded, different for each, and higher for the better prepared. */
function judgeOf(index: number): Judge {
  return (room, bid, item) => {
    const rank = room.bids.findIndex(({ bidId }) => bidId === bid.bidId);
    const share = 88 - rank * 6 + ((index * 3 + rank * 5 + item.id.length) % 7) - 3;
    return Math.round((item.max * share) / 100 / 10) * 10;
  };
}

async function blacklist(supervisor: Person, organisation: { name: string; uscc: string }): Promise<void> {
  const decision = {
    name: organisation.name,
    uscc: organisation.uscc,
    decisionNumber: '青财采罚〔2026〕7 号',
    authority: '青澜市财政局',
    legalBasis: '《中华人民共和国政府采购法》第七十七条',
    reason: '提供虚假材料谋取中标。',
    decidedOn: dayAt(at(-51, 9)),
    forbids: ['takeDocuments', 'bid'] as ForbiddableAct[],
    regionCode: null,
    from: dayAt(at(-51, 9)),
    until: addDays(today, 310),
    evidence: null,
  };
  await supervisor.client.call(addToBlacklist, {
    body: { ...(await supervisor.sign(addBlacklistAct(supervisor.by, decision))), decision },
  });
}
