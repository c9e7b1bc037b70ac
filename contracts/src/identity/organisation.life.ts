import { lifecycle, type MoveOf, type StateOf } from '../kernel/lifecycle.ts';

/**
 * The life of an organisation on the platform. A bidder enters at `active`: no registration barrier is lawful for
 * suppliers, and its facts are checked when they matter. Everybody else is reviewed first.
 */
// oxfmt-ignore
export const organisationLife = lifecycle(
  // from        move       to           who         by what right
  ['pending',    'approve', 'active',    'reviewer', '20号令 §13'],
  ['pending',    'reject',  'rejected',  'reviewer', '20号令 §13'],
  ['active',     'suspend', 'suspended', 'reviewer', '20号令 §13'],
  ['suspended',  'resume',  'active',    'reviewer', '20号令 §13'],
  ['active',     'strike',  'rejected',  'reviewer', 'house rule'],
  ['suspended',  'strike',  'rejected',  'reviewer', 'house rule'],
);
export type OrganisationState = StateOf<typeof organisationLife>;
export type OrganisationMove = MoveOf<typeof organisationLife>;
