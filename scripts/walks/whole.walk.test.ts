import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, type TestContext } from 'vitest';
import { usccOf } from '../play/cast.ts';
import type { Person } from '../play/person.ts';
import { bidDocument, tenderDocument } from '../play/theatre.ts';
import {
  every,
  expectNoComplaints,
  openBrowser,
  openStage,
  settled,
  visitor,
  walks,
  type Stage,
  type Visitor,
} from './browser.ts';

/*
 * The whole path of one tender as its people walk it, each in a browser of their own, by what they read on the
 * page. Nothing here calls the house but the pages themselves.
 */

const title = '青澜市第二中学物理实验室设备采购';

walks('the whole path in the browser', () => {
  let browser: Browser;
  let stage: Stage;
  let folder = '';
  const here = new Map<string, Visitor>();
  let broken = false;

  beforeAll(async () => {
    [browser, stage, folder] = await Promise.all([
      openBrowser(),
      openStage({ bidders: 2, experts: 5 }),
      mkdtemp(join(tmpdir(), 'xinbiao-walk-')),
    ]);
    await writeFile(join(folder, '招标文件.pdf'), await tenderDocument(title, stage.theatre.now()));
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A chapter begins where the one before ended; after a broken one there is nothing to tell. */
  const chapter = (name: string, tell: () => Promise<void>) =>
    test(name, async (context: TestContext) => {
      if (broken) context.skip('an earlier chapter broke');
      broken = true;
      await tell();
      broken = false;
    });
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    for (const [login, { shot }] of here) await shot(`broken-${login}`).catch(() => undefined);
  });

  /** The person at their computer, signed in; the same computer every time. */
  async function at(person: Person, given: Parameters<typeof visitor>[2] = {}): Promise<Visitor> {
    const known = here.get(person.login);
    if (known) return known;
    const one = await visitor(browser, stage.url, given);
    here.set(person.login, one);
    await one.signIn(person);
    return one;
  }
  async function anybody(): Promise<Visitor> {
    const one = here.get('') ?? (await visitor(browser, stage.url));
    here.set('', one);
    return one;
  }
  const press = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' }).click();
  const follow = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click();
  const read = (page: Page | Locator, text: string | RegExp) => page.getByText(text).first().waitFor();
  /** Several people do the same at the same time, each at a computer of their own. */
  const each = (people: readonly Person[], act: (person: Person, index: number) => Promise<void>) =>
    Promise.all(people.map(act));
  /** From the desk to what waits there. */
  async function task({ page, go }: Visitor, verb: string): Promise<void> {
    await go('/desk');
    await page
      .getByRole('main')
      .getByRole('link', { name: new RegExp(`${verb}.*${title}|${verb}`) })
      .first()
      .click();
    await settled(page);
  }

  let tenderPath = '';
  const receipts: string[] = [];
  const bids = [
    { price: '3,488,600', warranty: '5 年', width: 1440 },
    { price: '3742500', warranty: '3 年', width: 390 },
    { price: '3318000', warranty: '3 年', width: 1440 },
  ] as const;

  chapter('the agency writes the tender, adds its document and hands it to a colleague', async () => {
    const one = await at(stage.cast.agency);
    const { page, shot } = one;
    await shot('whole-01-desk-agency');
    await page.getByRole('banner').getByRole('link', { name: '我的项目' }).click();
    await press(page, '新建项目');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('searchbox').fill('第二中学');
    await dialog.getByRole('searchbox').press('Enter');
    await dialog.getByRole('button', { name: '为它新建' }).click();
    await page.waitForURL(/\/edit$/);
    await settled(page);
    await shot('whole-02-composer-empty');

    const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
    await fill('项目名称', title);
    await page.getByLabel('采购品目').fill('仪器');
    await page.getByRole('list', { name: '查到的品目' }).getByRole('button').first().click();
    await fill('资金来源', '财政资金');
    for (const [at, text] of [
      ['address', '青澜市海棠路 11 号'],
      ['contact', '叶文清'],
      ['phone', '0532-85551011'],
    ] as const) {
      const field = page.locator(`[id="f-purchaser.${at}"]`);
      if ((await field.inputValue()) === '') await field.fill(text);
    }
    await fill('监督部门和联系方式', '青澜市财政局政府采购监督管理科 0532-85551002');
    await fill('概况', '采购物理实验室的实验台、演示台、电源和通风，一个包。');
    await fill('需求说明', '货物应当是全新、未使用过的原装合格产品，符合国家强制性标准。');
    await fill('包名称', '物理实验室设备');
    await fill('采购内容', '实验台 96 套，演示台 6 套，电源与通风。');
    await fill('数量', '1 批');
    await fill('交货或服务期限（日）', '60');
    await fill('交付地点', '青澜市第二中学');
    await fill('预算（元）', '3860000');
    await page.getByLabel('设最高限价').check();
    await press(page, '加一条要求');
    await fill('要求 1', '符合《中华人民共和国政府采购法》第二十二条规定的条件。');
    await fill('价格分（分）', '40');
    for (const [name, max, bands] of [
      ['技术方案', '30', '24-30 参数响应完整、方案合理\n12-23.99 基本完整\n0-11.99 欠缺较多'],
      ['售后服务', '20', '16-20 响应、备件、培训完整\n8-15.99 一般\n0-7.99 不足'],
    ] as const) {
      await press(page, '加主观分项');
      const item = page.locator('ol > li').last();
      await item.getByLabel('评分项', { exact: true }).fill(name);
      await item.getByLabel('满分', { exact: true }).fill(max);
      await item.getByLabel('评分标准', { exact: true }).fill(bands);
    }
    await press(page, '加客观分项');
    const objective = page.locator('ol > li').last();
    await objective.getByLabel('评分项', { exact: true }).fill('质保期');
    await objective.getByLabel('第 1 档的条件').fill('5 年');
    await objective.getByLabel('第 1 档的分数').fill('10');
    await objective.getByLabel('第 2 档的条件').fill('3 年');
    await objective.getByLabel('第 2 档的分数').fill('6');
    await read(page, '正好 100 分');
    await press(page, '按最早的日期填');
    await fill('开标地点', '信标网上开标大厅');
    await fill(
      '平台出故障怎么办',
      '平台在截止前出现故障、投标人无法递交的，截止时间顺延，顺延决定在原截止时间前公告。',
    );
    const { purchaser2, agency, notary, witness } = stage.cast;
    for (const { known } of [purchaser2, agency, notary, witness])
      await page.getByRole('checkbox', { name: known.name }).check();
    await page.getByLabel('添加文件').setInputFiles(join(folder, '招标文件.pdf'));
    await page.getByRole('row', { name: /招标文件\.pdf/ }).waitFor();
    await read(page, '没有不合规则的地方');
    await shot('whole-03-composer-full');
    await press(page, '送复核');
    await page.waitForURL(/\/check$/);
    await settled(page);
    tenderPath = new URL(page.url()).pathname.replace('/check', '');
    await shot('whole-04-check-composer');
  });

  chapter('a colleague checks it and confirms with a signature', async () => {
    const one = await at(stage.cast.agency2);
    await one.shot('whole-05-desk-checker');
    await task(one, '复核项目');
    await read(one.page, '实验台 96 套');
    await one.shot('whole-06-check');
    await press(one.page, '签名并确认');
    await one.page.waitForURL(/\/my-tenders$/);
  });

  chapter('the agency publishes it', async () => {
    const one = await at(stage.cast.agency);
    await task(one, '发布公告');
    await one.shot('whole-07-publish');
    await press(one.page, '签名并发布');
    await read(one.page, '已经发布');
    await one.shot('whole-08-published');
    await follow(one.page, '看公告');
    await settled(one.page);
    await one.shot('whole-09-tender');
  });

  const newcomer = {
    organisation: '南屿博观实验设备有限公司',
    name: '陆博观',
    login: 'boguan',
    password: 'nan-yu-bo-guan-2026',
  };

  chapter('a company nobody knows registers, makes its keys, and declares for itself', async () => {
    const one = await visitor(browser, stage.url);
    here.set(newcomer.login, one);
    const { page, shot } = one;
    await one.go('/');
    await page.getByRole('banner').getByRole('link', { name: '登录' }).click();
    await follow(page, '注册单位或评审专家');
    await follow(page, '投标人');
    await page.waitForURL(/\/sign-up\/bidder$/);
    const fill = (label: string, text: string) => page.getByLabel(label, { exact: true }).fill(text);
    await fill('统一社会信用代码', usccOf('company', 777));
    await fill('单位名称', newcomer.organisation);
    const region = page.getByRole('group', { name: '所在地区' });
    await region.getByRole('combobox').nth(0).selectOption({ label: '山东省' });
    await region.getByRole('combobox').nth(1).selectOption({ label: '青岛市' });
    await fill('地址', '南屿区海棠路 777 号');
    await fill('法定代表人', newcomer.name);
    await fill('联系人', newcomer.name);
    await fill('电话', '0532-85557777');
    await press(page, '下一步：登录人');
    await fill('姓名', newcomer.name);
    await fill('登录名', newcomer.login);
    await fill('密码', newcomer.password);
    await shot('whole-09-sign-up');
    await press(page, '注册');
    await fill('备份文件的密码', 'nan-yu-backup-2026');
    await shot('whole-09-keys');
    const backup = page.waitForEvent('download', { timeout: 60_000 });
    await press(page, '生成钥匙并申请证书');
    expect((await backup).suggestedFilename()).toMatch(/\.p12$/);
    await page.getByLabel('备份文件我已另存好').check();
    await shot('whole-09-keys-made');
    await press(page, '继续');
    await press(page, '签名并声明');
    await page.waitForURL(/\/desk$/);
  });

  for (const [index, bid] of bids.entries())
    chapter(
      `bidder ${index + 1} finds it, fills in, seals, and gets a receipt${bid.width === 390 ? ', on a phone' : ''}`,
      async () => {
        const bidder = stage.cast.bidders[index];
        const organisation = bidder?.known.organisation?.name ?? newcomer.organisation;
        const file = join(folder, `技术方案${index}.pdf`);
        await writeFile(file, await bidDocument(organisation, title, stage.theatre.now()));
        const one = bidder ? await at(bidder, { width: bid.width }) : here.get(newcomer.login);
        if (!one) throw new Error('nobody is there');
        const { page, shot, go } = one;
        const to = (name: string) => shot(`whole-1${index}-${name}`);
        await to('0-desk');
        await go('/tenders');
        await follow(page, title);
        await page.waitForURL(/\/tenders\/[0-9a-f-]+$/);
        await settled(page);
        await press(page, '登记获取招标文件');
        await read(page, '已登记获取招标文件');
        await to('1-tender');
        await page.getByRole('main').getByRole('link', { name: '投标', exact: true }).click();
        await page.waitForURL(/\/bid\/1/);
        await read(page, '这台电脑可以封标');
        await to('2-price');
        await page.getByLabel('投标总价（元）').fill(bid.price);
        await page.getByLabel('项目负责人').fill(bidder?.known.name ?? newcomer.name);
        await press(page, /下一步/);
        await page.getByRole('radio', { name: new RegExp(bid.warranty) }).check();
        await page.getByLabel('您的说明').fill('具备，详见资格声明函。');
        await page.getByLabel('电话').fill('13800000000');
        await page.getByLabel('质保期（月）').fill('36');
        for (const box of await every(page.getByRole('group', { name: '声明' }).getByRole('checkbox')))
          await box.check();
        await to('3-offer');
        await press(page, /下一步/);
        await page.getByLabel('投标文件', { exact: true }).setInputFiles(file);
        await read(page, `技术方案${index}.pdf`);
        await to('4-files');
        await press(page, /下一步/);
        await to('5-review');
        await press(page, '签名并封存');
        await page.waitForURL(/\/my-bids\/[0-9a-f]{32}$/, { timeout: 60_000 });
        await read(page, '投标已递交');
        await read(page, '已写入公开记录簿');
        await settled(page);
        await to('6-receipt');
        const coming = page.waitForEvent('download');
        await press(page, '下载回执');
        const kept = join(folder, `receipt-${index}.tlog-proof`);
        await (await coming).saveAs(kept);
        expect(await readFile(kept, 'utf8')).toMatch(/^c2sp\.org\/tlog-proof@v1/);
        receipts.push(kept);
      },
    );

  chapter('a bidder saves the recovery file, behind a passphrase', async () => {
    const { page, shot } = here.get(newcomer.login) ?? (await anybody());
    await press(page, '保存恢复文件');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('口令', { exact: true }).fill('一句只有我知道的很长的话');
    await dialog.getByLabel('再写一遍口令').fill('一句只有我知道的很长的话');
    const coming = page.waitForEvent('download');
    await dialog.getByRole('button', { name: '加密并下载' }).click();
    const path = join(folder, 'recovery.json');
    await (await coming).saveAs(path);
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain('3318000');
    expect(text).not.toContain('dealSeed');
    await shot('whole-19-recovery', false);
    await page.keyboard.press('Escape');
  });

  chapter('before the deadline the public sees no trace of bids', async () => {
    const { page, go, shot } = await anybody();
    await go(tenderPath);
    await read(page, '正在招标');
    await shot('whole-20-public-before');
    const words = await page.getByRole('main').innerText();
    for (const name of [...stage.cast.bidders.map(({ known }) => known.organisation?.name), newcomer.organisation])
      expect(words).not.toContain(name);
  });

  chapter('the operator turns the clock to the deadline', async () => {
    const one = await at(stage.cast.operator);
    await one.page.getByRole('banner').getByRole('link', { name: '拨钟' }).click();
    await settled(one.page);
    await one.shot('whole-21-clock');
    await press(one.page, '拨到最近的截止时间');
    await one.page.getByRole('dialog').getByRole('button', { name: '拨过去' }).click();
    await read(one.page, '该发生的都发生了');
    await one.shot('whole-22-clock-turned');
  });

  chapter('two officers of different sides open the bids in the hall', async () => {
    for (const [index, officer] of [stage.cast.purchaser2, stage.cast.notary].entries()) {
      const one = await at(officer);
      await one.shot(`whole-23-${index}-desk`);
      await task(one, '参加开标');
      await one.shot(`whole-23-${index}-hall`);
      await press(one.page, '检查投标，准备同意');
      await press(one.page, /^签名并同意打开 3 份投标$/);
      await read(one.page, /您已于 .* 同意打开/);
      await one.shot(`whole-24-${index}-agreed`);
    }
  });

  chapter('everybody sees the prices', async () => {
    const one = await anybody();
    await one.go(tenderPath);
    await follow(one.page, '开标大厅');
    await read(one.page, '青澜启文教育装备有限公司');
    await one.page.getByText('3,318,000.00').first().waitFor({ timeout: 30_000 });
    await settled(one.page);
    await one.shot('whole-25-hall-public');
    await press(one.page, '在这台电脑上重新打开全部报价');
    await read(one.page, '一致：3 份报价都由您的浏览器刚刚重新打开');
    await one.shot('whole-26-hall-verified');
  });

  chapter('a bidder confirms the opening record', async () => {
    const one = here.get(newcomer.login) ?? (await anybody());
    const { page } = one;
    await one.go('/my-bids');
    await one.shot('whole-27-my-bids');
    await follow(page, '开标大厅');
    await press(page, '确认开标记录');
    await one.shot('whole-28-confirm');
    await press(page, '签名并确认');
    await read(page, /您已于 .* 确认开标记录/);
    await settled(page);
    await one.shot('whole-29-confirmed');
  });

  chapter('the agency judges qualification and appoints the panel', async () => {
    const one = await at(stage.cast.agency);
    const { page } = one;
    await task(one, '审查资格');
    await one.shot('whole-30-qualification');
    for (const yes of await every(page.getByRole('radio', { name: '满足', exact: true }))) await yes.check();
    await press(page, '签名并确定');
    await read(page, '资格审查已经完成');
    await one.shot('whole-31-qualified');
    await task(one, '组建评标委员会');
    // A draw is walked by itself (draw.walk.test.ts); here the experts are chosen, with the reason that this asks for.
    await page.getByRole('radio', { name: '自行选定' }).check();
    await page.getByLabel('自行选定的理由').fill('专业性强，随机抽取难以确定合适专家，已经主管预算单位同意。');
    for (const { known } of stage.cast.experts)
      await page.getByRole('checkbox', { name: `选择 ${known.name}` }).check();
    await one.shot('whole-32-panel');
    await press(page, '签名并聘请');
    await read(page, '还有成员没有接受邀请');
    await one.shot('whole-33-appointed');
  });

  chapter('five experts accept', async () => {
    await each(stage.cast.experts, async (expert, index) => {
      const one = await at(expert);
      if (index === 0) await one.shot('whole-34-desk-expert');
      await task(one, '答复评审邀请');
      if (index === 0) await one.shot('whole-35-answer');
      for (const box of await every(one.page.getByRole('main').getByRole('checkbox'))) await box.check();
      await press(one.page, '签名并接受');
      await one.page.waitForURL(/\/evaluation$/);
      if (index === 0) await one.shot('whole-36-tasks');
    });
  });

  chapter('the agency begins the evaluation', async () => {
    const one = await at(stage.cast.agency);
    await task(one, '开始评审');
    await one.shot('whole-37-convene');
    await press(one.page, '开始评审');
    await read(one.page, '已封存 0 份，共 5 份');
  });

  chapter('each expert scores alone and seals', async () => {
    await each(stage.cast.experts, async (expert, index) => {
      const one = await at(expert);
      const { page } = one;
      await task(one, '打分');
      if (index === 0) await one.shot('whole-38-room', false);
      for (const [place, tab] of (await every(page.getByRole('tab'))).entries()) {
        await tab.click();
        await page.getByRole('radio', { name: '响应', exact: true }).check();
        for (const [name, score] of [
          ['技术方案', 27 - 2 * place - index * 0.5],
          ['售后服务', 17 - place],
        ] as const) {
          await page
            .getByRole('button', { name: new RegExp(name) })
            .first()
            .click();
          await page.getByRole('textbox', { name: `${name} 的分数` }).fill(String(score));
          await page.getByRole('textbox', { name: `${name} 的分数` }).press('Enter');
          await page.getByLabel('理由').fill('方案完整，详见第 1 页。');
        }
      }
      if (index === 0) await one.shot('whole-39-room-scored', false);
      await press(page, '签名并封存');
      await page.waitForURL(/\/seal$/);
      await settled(page);
      if (index === 0) await one.shot('whole-40-seal');
      await press(page, '签名并封存');
      await read(page, /您的评分表已经(封存|公开)/);
      if (index === 0) await one.shot('whole-41-sealed', false);
    });
  });

  chapter('the sheets are revealed by the browsers themselves, and the experts sign the report', async () => {
    for (const expert of stage.cast.experts) {
      const one = await at(expert);
      await one.go('/desk');
    }
    await each(stage.cast.experts, async (expert, index) => {
      const one = await at(expert);
      await task(one, '签署评审报告');
      if (index === 0) await one.shot('whole-42-report');
      await press(one.page, '签名');
      await one.page.waitForURL(/\/evaluation$/);
    });
  });

  chapter('the purchaser awards', async () => {
    const one = await at(stage.cast.purchaser);
    await one.shot('whole-43-desk-purchaser');
    await task(one, '确定中标人');
    await one.shot('whole-44-decision');
    await press(one.page, '签名并确定中标人');
    await read(one.page, '青澜启文教育装备有限公司中标。');
    await settled(one.page);
    await one.shot('whole-45-awarded');
  });

  chapter('a loser sees the own result, the winner the letter', async () => {
    for (const [index, words] of [
      [1, '没有中标'],
      [0, '您中标了'],
    ] as const) {
      const bidder = stage.cast.bidders[index];
      if (!bidder) throw new Error('no such bidder');
      const one = await at(bidder);
      await one.go('/desk');
      await one.shot(`whole-46-${index}-desk`);
      await task(one, '查看结果');
      await read(one.page, words);
      await settled(one.page);
      await one.shot(`whole-47-${index}-own`);
    }
  });

  chapter('the supervisor looks at the board and the file of the lot', async () => {
    const one = await at(stage.cast.supervisor);
    await one.page.getByRole('banner').getByRole('link', { name: '灯板' }).click();
    await read(one.page, title);
    await settled(one.page);
    await one.shot('whole-48-board');
    await one.page.getByRole('button', { name: new RegExp(`看 ${title}`) }).click();
    await follow(one.page, '看全部记录');
    await read(one.page, '标段档案');
    await settled(one.page);
    await one.shot('whole-49-file');
  });

  chapter('anybody checks a receipt and the tender', async () => {
    const { page, go, shot } = await anybody();
    await go('/check');
    await page.locator('input[type=file]').setInputFiles(receipts[0] ?? '');
    await page.getByText('一致', { exact: true }).waitFor();
    await shot('whole-50-check');
    await go(tenderPath);
    await read(page, /名次可以由公开的数字重新算出/);
    await press(page, '再核对一次');
    await read(page, /由您的浏览器刚刚算出，用时/);
    for (const words of [
      /公告就是发布时签名的那一份/,
      /算数的投标就是收到的投标/,
      /打开的报价就是封存的报价/,
      /中标的是排名第一的投标/,
    ])
      await read(page, words);
    await settled(page);
    await shot('whole-51-tender');
    await page.getByRole('main').getByRole('link', { name: '结果公告' }).click();
    await read(page, '青澜启文教育装备有限公司中标。');
    await settled(page);
    await shot('whole-52-result');
  });

  chapter('no page complained on the way', async () => {
    expectNoComplaints([...here.values()]);
  });
});
