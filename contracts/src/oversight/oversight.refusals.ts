import { refusals } from '../kernel/refusal.ts';

/** What supervision is not shown. */
export const oversightRefusals = refusals({
  'oversight.no-such-lot': { status: 404, zh: '没有找到这个标段。', en: 'There is no such lot.' },
  'oversight.bad-cursor': {
    status: 400,
    zh: '翻页位置不对，请从第一页重新查看。',
    en: 'That place in the list is not known. Start again from the first page.',
  },
});
export type OversightCode = keyof typeof oversightRefusals;
