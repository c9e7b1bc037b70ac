import { refusals } from '../kernel/refusal.ts';

/** Why the log cannot give what was asked of it. */
export const ledgerRefusals = refusals({
  'ledger.no-such-entry': { status: 404, zh: '公开日志中没有这条记录。', en: 'The public log has no such entry.' },
  'ledger.no-such-tile': { status: 404, zh: '公开日志中没有这一数据块。', en: 'The public log has no such tile.' },
  'ledger.no-such-tree': { status: 404, zh: '公开日志从未有过这样的规模。', en: 'The public log never had that size.' },
  'ledger.no-such-act': {
    status: 404,
    zh: '没有公开这份签名文件。',
    en: 'No signed document of that hash has been published.',
  },
  'ledger.still-sealed': {
    status: 403,
    zh: '这条记录尚未公开，暂不提供回执。',
    en: 'This entry has not been disclosed yet, so its receipt is not given out.',
  },
});
export type LedgerCode = keyof typeof ledgerRefusals;
