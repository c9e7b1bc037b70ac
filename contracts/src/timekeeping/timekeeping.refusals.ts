import { refusals } from '../kernel/refusal.ts';

/** Why there is no timestamp. */
export const timekeepingRefusals = refusals({
  'time.unknown-authority': {
    status: 404,
    zh: '平台没有配置这家时间戳机构。',
    en: 'The platform has no such timestamp authority.',
  },
  'time.unreadable-question': {
    status: 400,
    zh: '时间戳请求格式不对，没有转交。',
    en: 'The timestamp request cannot be read and was not passed on.',
  },
  'time.authority-silent': {
    status: 503,
    zh: '时间戳机构“{name}”没有应答。不影响投标：时间戳只是附加证据。',
    en: 'The timestamp authority “{name}” does not answer. This does not stop a bid: a timestamp is extra evidence.',
  },
  'time.too-many': {
    status: 429,
    zh: '一分钟内索取的时间戳太多，请稍后再试。',
    en: 'Too many timestamps were asked for within a minute. Try again shortly.',
  },
  'time.no-attestation': {
    status: 422,
    zh: '这不是本平台记录簿的见证方签名的可达性证明。',
    en: 'This is not what a witness of this log has signed about its reachability.',
  },
  'time.no-demonstration': {
    status: 404,
    zh: '正式平台不自带时间戳机构。',
    en: 'A production platform has no timestamp authority of its own.',
  },
});
export type TimekeepingCode = keyof typeof timekeepingRefusals;
