import { checkOf, issuedBy, issuePaper, localTime } from '../identity/index.ts';
import { lotOf, tenderOf } from '../tendering/index.ts';
import type { House } from '../platform/index.ts';
import type { Envelope } from './bid.entity.ts';

const words = {
  zh: {
    title: '投标回执',
    number: (hash: string) => `HZ-${hash.slice(0, 16).toUpperCase()}`,
    facts: ['项目', '项目编号', '标包', '收到时间（北京时间）', '第几次递交', '投标指纹', '信封编号', '密文字节数'],
    heading: '这份回执证明什么',
    paragraphs: [
      '平台在上述时间收到了指纹如上的密封投标，并已写入公开日志。截止之前，日志不显示投标人，也不显示投标数量。',
      '请同时保存“.tlog-proof”回执文件：它含有日志对这条记录的签名证明，任何人无需信任平台即可核对。本页便于存档和打印，不能代替该文件。',
      '截止之后，请在截止文件中查找上述投标指纹；查不到的，凭回执文件提出异议。',
    ],
    reason: '出具投标回执',
  },
  en: {
    title: 'Receipt of a bid',
    number: (hash: string) => `HZ-${hash.slice(0, 16).toUpperCase()}`,
    facts: [
      'Tender',
      'Number',
      'Lot',
      'Received (UTC+8)',
      'Submission no.',
      'Fingerprint of the bid',
      'Envelope',
      'Bytes of ciphertext',
    ],
    heading: 'What this receipt proves',
    paragraphs: [
      'At that time the platform received the sealed bid of this fingerprint and entered it in the public log. Before the deadline the log shows neither who bid nor how many.',
      'Keep the “.tlog-proof” file as well: it holds the signed proof that anybody can check without trusting the platform. This page is for the archive and does not replace it.',
      'After the deadline look for the fingerprint in the close document. If it is not there, object and hand in the receipt file.',
    ],
    reason: 'Issues a receipt',
  },
} as const;

/** The receipt of a bid to be printed and filed; the proof is the file beside it. @law 电子招标投标办法 §27 */
export async function receiptPaper(house: House, envelope: Envelope, lang: 'zh' | 'en'): Promise<Uint8Array> {
  const w = words[lang];
  const em = house.fork();
  const lot = await lotOf(em, envelope.lotId);
  const tender = await tenderOf(em, lot);
  const { manifestHash, receivedAt } = envelope;
  if (!manifestHash || !receivedAt) throw new Error('an envelope that was not received has no receipt');
  const values = [
    tender.content.title,
    tender.code,
    `${lot.no}　${lot.title}`,
    `${localTime(receivedAt)}.${String(receivedAt.getUTCMilliseconds()).padStart(3, '0')}`,
    String(envelope.seq),
    manifestHash,
    envelope.id,
    String(envelope.bytes),
  ];
  const number = w.number(manifestHash);
  const at = house.clock.now();
  return issuePaper(
    house,
    {
      title: w.title,
      number,
      facts: w.facts.map((label, place) => [label, values[place] ?? ''] as const),
      sections: [{ heading: w.heading, paragraphs: [...w.paragraphs] }],
      check: checkOf(house, { number, see: `/my-bids/${envelope.id}`, lang }),
      footer: issuedBy(house, at, lang),
      at,
      language: lang === 'zh' ? 'zh-CN' : 'en',
    },
    w.reason,
  );
}
