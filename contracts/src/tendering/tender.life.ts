import { lifecycle, type MoveOf, type PartyOf, type StateOf } from '../kernel/lifecycle.ts';

/**
 * The life of a tender up to its publication and after it, whole. The server enforces this table, the screens draw
 * their buttons from it, and docs/lifecycles.md is printed from it. From publication on each lot lives its own life.
 */
// oxfmt-ignore
export const tenderLife = lifecycle(
  // from        move              to            who           by what right
  ['draft',      'submitForCheck', 'checking',   'composer',   '政府信息公开条例 §17'],
  ['draft',      'discard',        'discarded',  'composer',   'house rule'],
  ['checking',   'confirm',        'checked',    'checker',    '政府信息公开条例 §17'],
  ['checking',   'return',         'draft',      'checker',    '政府信息公开条例 §17'],
  ['checked',    'return',         'draft',      'publisher',  'house rule'],
  ['checked',    'publish',        'published',  'publisher',  '87号令 §13'],
  ['published',  'archive',        'archived',   'clock',      '政府采购法 §42'],
);
export type TenderState = StateOf<typeof tenderLife>;
export type TenderMove = MoveOf<typeof tenderLife>;
export type TenderParty = PartyOf<typeof tenderLife>;
export const tenderStates = [
  'draft',
  'checking',
  'checked',
  'published',
  'archived',
  'discarded',
] as const satisfies readonly TenderState[];
