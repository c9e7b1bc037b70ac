import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { advanceClock } from '@xinbiao/contracts/house';
import { instantText } from '@xinbiao/contracts/kernel';
import { listAuthorities } from '@xinbiao/contracts/identity';
import { fromHex } from '@xinbiao/contracts/kernel';
import { createOperator, preparePerson } from '../../backend/src/identity/index.ts';
import { openHouse, type OpenHouse } from '../../backend/src/open.ts';
import { configOf, transact, type Config } from '../../backend/src/platform/index.ts';
import { makePaper } from '../../backend/src/platform/pdf/index.ts';
import { demoPassword } from './cast.ts';
import { Person } from './person.ts';

/** A house to play in, and its operator, who alone is not made over HTTP: somebody has to be first. */
export type Theatre = {
  readonly opened: OpenHouse;
  readonly url: string;
  readonly folder: string;
  readonly operator: Person;
  readonly now: () => Date;
  /** Turns the clock forward, as the operator does; instants that have passed are left alone. */
  readonly turnTo: (to: Date) => Promise<void>;
  readonly roots: () => Promise<Uint8Array<ArrayBuffer>[]>;
  readonly close: () => Promise<void>;
};

export async function openTheatre(
  given: {
    readonly folder?: string;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly beginAt?: Date;
    readonly config?: Partial<Config>;
  } = {},
): Promise<Theatre> {
  const folder = given.folder ?? (await mkdtemp(join(tmpdir(), 'xinbiao-play-')));
  const config = {
    ...configOf({
      XINBIAO_DATA: folder,
      PORT: '0',
      XINBIAO_PAGES: 'off',
      XINBIAO_LOG_CADENCE: '50',
      // A play runs through weeks in minutes: slots would make everybody wait, and there is nobody to hide from.
      XINBIAO_LOG_COVER: 'off',
      ...given.env,
    }),
    ...given.config,
  };
  const opened = await openHouse(config, given.beginAt ? { beginAt: given.beginAt } : {});
  const { house, url } = opened;
  const operator = new Person(url, 'operator', demoPassword);
  const prepared = await preparePerson({ login: 'operator', name: '平台运维', password: demoPassword });
  await transact(house.fork(), (tx) => createOperator(tx, prepared, house.clock.now())).catch((fault: unknown) => {
    // Opened again on the same folder: the operator is there already.
    if (!/unique|duplicate/i.test(fault instanceof Error ? `${fault.name} ${fault.message}` : '')) throw fault;
  });
  await operator.signIn();
  return {
    opened,
    url,
    folder,
    operator,
    now: () => house.clock.now(),
    turnTo: async (to) => {
      if (to > house.clock.now()) await operator.client.call(advanceClock, { body: { to: instantText(to) } });
    },
    roots: async () => (await operator.client.call(listAuthorities)).rows.map(({ der }) => fromHex(der)),
    close: async () => {
      await opened.close();
      if (given.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A tender document as an agency would attach it. */
export const tenderDocument = (title: string, at: Date): Promise<Uint8Array> =>
  makePaper({
    title: '招标文件',
    subtitle: title,
    number: 'DEMO',
    at,
    facts: [
      ['项目名称', title],
      ['采购方式', '公开招标'],
    ],
    sections: [
      {
        heading: '第一章 投标人须知',
        paragraphs: [
          '投标人应当仔细阅读招标文件的全部内容，按照要求编制投标文件，并在截止时间之前在本人浏览器中封存、递交。',
          '投标文件在截止时间之后由采购方与独立方的开标人共同打开，任何一方都不能单独打开。',
        ],
      },
      {
        heading: '第二章 采购需求',
        paragraphs: [
          '货物应当是全新、未使用过的原装合格产品，符合国家强制性标准；安装、调试、培训和售后服务包含在报价之内。',
        ],
      },
      {
        heading: '第三章 评标办法',
        paragraphs: ['评标办法、评分因素、分值和标准以公告所列为准；价格分采用低价优先法计算，四舍五入到 0.01 分。'],
      },
    ],
    check: { url: 'http://localhost:3000/check', label: '扫码核对' },
    footer: '演示文件',
  });

/** A bidder's file with something to look at. */
export const bidDocument = (bidder: string, title: string, at: Date): Promise<Uint8Array> =>
  makePaper({
    title: '投标文件（技术部分）',
    subtitle: title,
    number: 'DEMO',
    at,
    facts: [
      ['投标人', bidder],
      ['项目名称', title],
    ],
    sections: [
      {
        heading: '一、技术方案',
        paragraphs: [
          '本方案对招标文件的技术要求逐条响应，主要设备参数均满足或者优于要求，详见技术参数响应表。',
          '实验台台面采用耐腐蚀、耐高温材料，承重不低于 100 千克；电源、通风、给排水接口按现场实测布置。',
        ],
      },
      {
        heading: '二、供货与安装组织',
        paragraphs: ['合同签订后 30 日内完成备货，60 日内完成安装调试；安装期间派驻项目负责人和两名安装工程师。'],
      },
      {
        heading: '三、售后服务',
        paragraphs: ['接到报修后 2 小时响应，24 小时到场；质保期内免费更换备件，每学期巡检一次。'],
      },
    ],
    check: { url: 'http://localhost:3000/check', label: '扫码核对' },
    footer: '演示文件',
  });
