import { OutageCertificate } from '@xinbiao/contracts/bidding';
import { instantOf } from '@xinbiao/contracts/kernel';
import { parseCanonical } from '@xinbiao/contracts/trust';
import { checkOf, issuedBy, issuePaper, localTime } from '../identity/index.ts';
import type { House } from '../platform/index.ts';
import type { LotOutage } from './bid.entity.ts';

const words = {
  zh: {
    title: '平台不可用证明',
    facts: ['项目', '项目编号', '标包', '公告的截止时间', '计入时段', '累计不可用', '证明文件指纹'],
    minutes: (minutes: number, threshold: number) => `${minutes} 分钟（招标文件约定满 ${threshold} 分钟）`,
    measured: '测得的不可用时段（北京时间）',
    stretch: (from: string, to: string, by: string) => `${from} 至 ${to}，${by}`,
    own: '平台自测',
    follows: '依招标文件的处理',
    extend: (hours: number, to: string) => `截止时间顺延 ${hours} 小时，至 ${to}（北京时间）。`,
    redeliver: (hours: number, to: string) =>
      `截止时间前已经封好的原件，可在其后 ${hours} 小时内、即 ${to} 之前补交；须有截止前的时间戳，或见证方在截止前签收的指纹。`,
    bound:
      '本证明只适用招标文件已经写明的处理，不增不减。原文（JSON）的指纹已写入公开日志，见证方的签名原件可在平台状态页下载。',
    reason: '出具平台不可用证明',
    and: '、',
  },
  en: {
    title: 'Certificate of unavailability',
    facts: [
      'Tender',
      'Number',
      'Lots',
      'Deadline of the notice',
      'Time that counts',
      'Unavailable in all',
      'Fingerprint of the certificate',
    ],
    minutes: (minutes: number, threshold: number) => `${minutes} minutes (the document names ${threshold})`,
    measured: 'Times in which the platform could not be reached (UTC+8)',
    stretch: (from: string, to: string, by: string) => `${from} to ${to}, ${by}`,
    own: 'measured by the platform',
    follows: 'What follows by the tender document',
    extend: (hours: number, to: string) => `The deadline moves by ${hours} hours, to ${to} (UTC+8).`,
    redeliver: (hours: number, to: string) =>
      `What was sealed before the deadline may be handed in within ${hours} hours after it, until ${to}, with a timestamp or a witness’s acknowledgement from before it.`,
    bound:
      'Only what the document itself promises is applied. The certificate’s own text (JSON) is named in the public log; what witnesses signed can be fetched from the status page.',
    reason: 'Certifies unavailability',
    and: ', ',
  },
} as const;

/** The certificate of unavailability to be printed and filed; the text that the log names is the JSON. */
export async function outagePaper(house: House, outage: LotOutage, lang: 'zh' | 'en'): Promise<Uint8Array> {
  const w = words[lang];
  const read = OutageCertificate.parse(parseCanonical(outage.certificate));
  const at = (text: string): string => localTime(instantOf(text));
  const number = `BKY-${outage.hash.slice(0, 16).toUpperCase()}`;
  const values = [
    read.title,
    read.code,
    read.lots.join(w.and),
    at(read.deadline),
    `${at(read.window.from)} — ${at(read.window.to)}`,
    w.minutes(read.minutes, read.threshold),
    outage.hash,
  ];
  return issuePaper(
    house,
    {
      title: w.title,
      number,
      facts: w.facts.map((label, place) => [label, values[place] ?? ''] as const),
      sections: [
        {
          heading: w.measured,
          paragraphs: read.unreachable.map(({ from, to, by }) =>
            w.stretch(at(from), at(to), by.map((name) => (name === 'platform' ? w.own : name)).join(w.and)),
          ),
        },
        { heading: w.follows, paragraphs: [w[read.remedy.kind](read.remedy.hours, at(read.remedy.to)), w.bound] },
      ],
      check: checkOf(house, { number, see: `/tenders/${outage.tenderId}`, lang }),
      footer: issuedBy(house, outage.at, lang),
      language: lang === 'zh' ? 'zh-CN' : 'en',
      at: outage.at,
    },
    w.reason,
  );
}
