import { lifecycle, type MoveOf, type StateOf } from '../kernel/lifecycle.ts';

/** The life of an expert in the library: reviewed before the first draw, suspended and resumed by decision. */
// oxfmt-ignore
export const expertLife = lifecycle(
  // from        move       to           who         by what right
  ['pending',    'approve', 'active',    'reviewer', '财库〔2016〕198号 §7'],
  ['pending',    'reject',  'rejected',  'reviewer', '财库〔2016〕198号 §7'],
  ['rejected',   'apply',   'pending',   'expert',   'house rule'],
  ['left',       'apply',   'pending',   'expert',   'house rule'],
  ['active',     'suspend', 'suspended', 'reviewer', '财库〔2016〕198号 §29'],
  ['suspended',  'resume',  'active',    'reviewer', 'house rule'],
  ['active',     'leave',   'left',      'expert',   'house rule'],
  ['suspended',  'leave',   'left',      'expert',   'house rule'],
);
export type ExpertState = StateOf<typeof expertLife>;
export type ExpertMove = MoveOf<typeof expertLife>;
