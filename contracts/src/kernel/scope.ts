/** What a person may do, as `noun:verb`. Roles are lists of scopes; endpoints name the scope they ask for. */
export const scopes = [
  'organisation:manage',
  'organisation:profile',
  'certificate:hold',
  'tender:compose',
  'tender:check',
  'tender:publish',
  'tender:qualify',
  'panel:appoint',
  'award:decide',
  'draw:propose',
  'documents:take',
  'bid:submit',
  'opening:release',
  'opening:supervise',
  'evaluation:score',
  'registry:review',
  'blacklist:decide',
  'oversight:read',
  'platform:operate',
] as const;
export type Scope = (typeof scopes)[number];

/** The roles of the house, each a list of scopes. One person may hold several through one seat. */
export const roles = {
  /** Purchaser's staff: composes, publishes, qualifies, decides. */
  purchaser: [
    'organisation:profile',
    'certificate:hold',
    'tender:compose',
    'tender:check',
    'tender:publish',
    'tender:qualify',
    'panel:appoint',
    'award:decide',
    'draw:propose',
    'opening:release',
  ],
  /** Agency's staff: the same path on behalf of a purchaser, without the decision. */
  agency: [
    'organisation:profile',
    'certificate:hold',
    'tender:compose',
    'tender:check',
    'tender:publish',
    'tender:qualify',
    'panel:appoint',
    'draw:propose',
    'opening:release',
  ],
  bidder: ['organisation:profile', 'certificate:hold', 'documents:take', 'bid:submit'],
  expert: ['certificate:hold', 'evaluation:score'],
  supervisor: [
    'certificate:hold',
    'opening:supervise',
    'oversight:read',
    'blacklist:decide',
    'registry:review',
    'draw:propose',
  ],
  /** Notary or another independent witness of the opening. */
  notary: ['certificate:hold', 'opening:release'],
  /** Trading centre's staff: reviews registrations, witnesses openings. */
  tradingCentre: ['certificate:hold', 'registry:review', 'draw:propose', 'opening:release'],
  operator: ['platform:operate'],
  /** Administers the seats of one's own organisation; given beside another role. */
  administrator: ['organisation:manage'],
} as const satisfies Record<string, readonly Scope[]>;
export type Role = keyof typeof roles;
export const roleNames = Object.keys(roles) as readonly Role[];

/** All scopes that a set of roles gives. */
export function scopesOf(held: readonly Role[]): Scope[] {
  return [...new Set(held.flatMap((role) => roles[role]))];
}
