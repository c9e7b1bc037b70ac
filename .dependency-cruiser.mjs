/** Who may import whom: time flows one way, contracts are pure, the platform knows no stage. */
const stages = [
  'ledger',
  'identity',
  'timekeeping',
  'registry',
  'draw',
  'tendering',
  'bidding',
  'opening',
  'evaluation',
  'award',
  'oversight',
  'publication',
];
const any = stages.join('|');
const inside = (names) => `^(backend|contracts)/src/(${names.join('|')})/`;
const test = '\\.test\\.ts$';

export default {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: { pathNot: test },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'contracts-are-pure',
      severity: 'error',
      from: { path: '^contracts/src', pathNot: test },
      to: { pathNot: ['^contracts/src', 'node_modules/'] },
    },
    {
      name: 'contracts-touch-no-machine',
      severity: 'error',
      from: { path: '^contracts/src', pathNot: [test, '\\.(house|example|fixture)\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-trust-uses-cryptography',
      severity: 'error',
      from: { path: '^contracts/src', pathNot: ['^contracts/src/trust/', test] },
      to: { path: 'node_modules/', pathNot: ['node_modules/zod/'] },
    },
    {
      name: 'kernel-knows-no-stage',
      severity: 'error',
      from: { path: '^contracts/src/kernel/' },
      to: { path: `^contracts/src/(${any}|trust)/` },
    },
    {
      // The outsider's checks know every stage; a stage that knew them would judge itself.
      name: 'checks-come-last',
      severity: 'error',
      from: { path: `^(contracts|backend)/src/(${any}|kernel|trust)/`, pathNot: [test, '^backend/src/publication/'] },
      to: { path: '^contracts/src/verify/' },
    },
    {
      name: 'through-the-front-door',
      severity: 'error',
      from: { path: `^backend/src/(${any})/`, pathNot: test },
      to: { path: `^backend/src/(${any})/`, pathNot: ['^backend/src/$1/', '/index\\.ts$'] },
    },
    {
      name: 'platform-knows-no-stage',
      severity: 'error',
      from: { path: '^backend/src/platform/' },
      to: { path: `^backend/src/(${any}|operation)/` },
    },
    {
      name: 'services-know-no-http',
      severity: 'error',
      from: { path: '\\.(service|rules|queries|entity)\\.ts$' },
      to: { path: 'node_modules/(@koa|koa)/' },
    },
    { name: 'screens-know-no-server', severity: 'error', from: { path: '^frontend/' }, to: { path: '^backend/' } },
    {
      name: 'kit-knows-no-stage',
      severity: 'error',
      from: { path: '^frontend/src/ui/' },
      to: { path: `^frontend/src/(${any})/` },
    },
    ...stages.slice(0, -1).map((stage, at) => ({
      name: `time-flows-one-way:${stage}`,
      severity: 'error',
      from: { path: inside([stage]), pathNot: test },
      to: { path: inside(stages.slice(at + 1)) },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
    exclude: { path: '(^|/)(dist|node_modules/\\.)' },
  },
};
