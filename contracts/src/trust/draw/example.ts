import { toHex } from '../../kernel/bytes.ts';
import { bytesOf } from '../canonical.ts';
import { anOfficer, anSm2Officer, type ExampleOfficer } from '../envelope/example.ts';
import { sha256, sha256Hex } from '../hash.ts';
import type { DecryptionKey } from '../signer.ts';
import type { SuiteName } from '../suite.ts';
import type { DrawRecord } from './check.ts';
import { dealContribution, drawContribution, type DrawEscrow, type DrawFreeze } from './escrow.ts';
import { drawPoolHash, drawPseudonym, suiteField, type DrawContributor, type DrawName, type DrawPool } from './pool.ts';
import { drawFrom } from './select.ts';

/** A made-up draw for tests: real keys and certificates, made-up names. */
export interface ExampleDraw {
  readonly pool: DrawPool;
  readonly freeze: DrawFreeze;
  readonly names: readonly DrawName[];
  readonly escrows: readonly DrawEscrow[];
  readonly officers: ReadonlyMap<string, ExampleOfficer<DecryptionKey>>;
  readonly seeds: ReadonlyMap<string, Uint8Array>;
  readonly record: DrawRecord;
}

export const exampleDrawId = '01933f00-0000-7000-8000-0000000000d1';
export const exampleSeed = (party: string): Uint8Array<ArrayBuffer> => sha256(bytesOf(`example/${party}`));

export function exampleNames(drawId: string, count: number, prefix = '专家'): DrawName[] {
  return Array.from({ length: count }, (_, at) => {
    const name = {
      salt: sha256Hex(bytesOf(`salt/${prefix}/${at}`)),
      id: `seat-${at + 1}`,
      label: `${prefix}${at + 1}`,
    };
    return { candidate: drawPseudonym(drawId, name), ...name };
  });
}

const sides = ['purchaser', 'supervision', 'witness', 'bidder', 'bidder'] as const;

/** A draw of 5 with 3 in reserve out of 24, by the platform and so many others. */
export async function aDraw(suite: SuiteName = 'XB1', others = 3): Promise<ExampleDraw> {
  const parties = [...Array.from({ length: others }, (_, at) => `9137020000000000${at}X`), 'platform'];
  const officers = new Map<string, ExampleOfficer<DecryptionKey>>();
  for (const party of parties) officers.set(party, await (suite === 'XB1-SM' ? anSm2Officer : anOfficer)(party));
  const contributors = parties.map((party, at): DrawContributor => {
    const officer = officers.get(party);
    if (!officer) throw new Error('no officer');
    return {
      party,
      side: party === 'platform' ? 'platform' : (sides[at] ?? 'bidder'),
      name: party === 'platform' ? '平台' : `单位${at + 1}`,
      certSha256: officer.certSha256,
      certificate: toHex(officer.certificate),
    };
  });
  const names = exampleNames(exampleDrawId, 25);
  const sorted = names.map(({ candidate }) => candidate).toSorted();
  const pool: DrawPool = {
    v: 'xinbiao/draw-pool/v1',
    ...suiteField(suite),
    drawId: exampleDrawId,
    purpose: 'experts',
    scope: '01933f00-0000-7000-8000-000000000002',
    title: '评审专家抽取',
    law: '87号令 §48',
    repeats: null,
    groups: [
      { id: 'g1', title: '计算机', take: 3, reserve: 2, candidates: sorted.slice(0, 14) },
      { id: 'g2', title: '医疗设备', take: 2, reserve: 1, candidates: sorted.slice(14, 24) },
    ],
    excluded: sorted.slice(24).map((candidate) => ({ candidate, reason: 'employed-by-party' })),
    contributors,
    minutes: { commit: 30, escrow: 30, reveal: 30, recover: 60 },
  };
  const seeds = new Map(parties.map((party) => [party, exampleSeed(party)]));
  const drawn = parties.map((party) => ({
    party,
    ...drawContribution(exampleSeed(party), pool, party),
  }));
  const freeze: DrawFreeze = {
    v: 'xinbiao/draw-freeze/v1',
    drawId: exampleDrawId,
    poolHash: drawPoolHash(pool),
    commitments: drawn.map(({ party, commitment }) => ({ party, commitment })),
  };
  const escrows = await Promise.all(
    parties.map((party) => dealContribution({ seed: exampleSeed(party), pool, freeze, party })),
  );
  const contributions = drawn.map(({ party, r }) => ({ party, r, from: 'reveal' as const }));
  const record: DrawRecord = {
    v: 'xinbiao/draw/v1',
    pool,
    freeze,
    escrows,
    contributions,
    result: drawFrom(pool, contributions),
    declines: [],
    names,
  };
  return { pool, freeze, names, escrows, officers, seeds, record };
}
