import { lifecycle, type MoveOf, type PartyOf, type StateOf } from '../kernel/lifecycle.ts';

/**
 * The life of a draw, whole. Contributions are committed to, the commitments frozen, and only then dealt to the
 * others; so a contribution that is withheld at the end comes back, and none could be chosen by what others gave.
 */
// oxfmt-ignore
export const drawLife = lifecycle(
  // from        move       to            who            by what right
  ['pool',       'propose', 'pool',       'proposer',    'house rule'],
  ['pool',       'join',    'pool',       'contributor', 'house rule'],
  ['pool',       'begin',   'committing', 'clock',       'house rule'],
  ['committing', 'commit',  'committing', 'contributor', 'house rule'],
  ['committing', 'freeze',  'frozen',     'clock',       'house rule'],
  ['committing', 'giveUp',  'void',       'clock',       'house rule'],
  ['frozen',     'escrow',  'frozen',     'contributor', 'house rule'],
  ['frozen',     'unseal',  'revealing',  'clock',       'house rule'],
  ['frozen',     'giveUp',  'void',       'clock',       'house rule'],
  ['revealing',  'reveal',  'revealing',  'contributor', 'house rule'],
  ['revealing',  'recover', 'revealing',  'contributor', 'house rule'],
  ['revealing',  'draw',    'drawn',      'clock',       '87号令 §48'],
  ['revealing',  'giveUp',  'void',       'clock',       'house rule'],
  ['drawn',      'decline', 'drawn',      'proposer',    '87号令 §49'],
);
export type DrawState = StateOf<typeof drawLife>;
export type DrawMove = MoveOf<typeof drawLife>;
export type DrawParty = PartyOf<typeof drawLife>;
export const drawStates = [
  'pool',
  'committing',
  'frozen',
  'revealing',
  'drawn',
  'void',
] as const satisfies readonly DrawState[];
