import { lifecycle, type MoveOf, type StateOf } from '../kernel/lifecycle.ts';

/** The life of a record of dishonesty. Nothing is deleted: what was withdrawn or repaired is no longer shown or used. */
// oxfmt-ignore
export const blacklistLife = lifecycle(
  // from     move        to           who           by what right
  ['active',  'withdraw', 'withdrawn', 'supervisor', '招标投标违法行为记录公告暂行办法 §11'],
  ['active',  'repair',   'repaired',  'supervisor', '信用修复管理办法 §3'],
);
export type BlacklistState = StateOf<typeof blacklistLife>;
export type BlacklistMove = MoveOf<typeof blacklistLife>;
