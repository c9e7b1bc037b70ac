import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { attack } from './table.ts';

/*
 * Servers and browsers in Greenwich, Shanghai and New York, around deadlines that New York's clocks skip, show twice,
 * or put on another day. The same instant is decided alike and shown alike everywhere.
 */

const zones = ['UTC', 'Asia/Shanghai', 'America/New_York'] as const;
/** In New York: an hour that does not exist; one that comes twice, first and second time; the turn of the year. */
const deadlines = [
  '2027-03-15T07:30:00.000Z',
  '2027-03-14T07:30:00.000Z',
  '2026-11-01T05:30:00.000Z',
  '2026-11-01T06:30:00.000Z',
  '2026-12-31T16:00:00.000Z',
];
/** One of them is enough to let a whole house decide; a working day of the tender's place. */
const housed = ['2027-03-15T07:30:00.000Z'];

type Told = {
  readonly decided: { readonly deadline: string; readonly receivedAt: string; readonly refused: readonly string[] };
  readonly signature: string;
  readonly tokens: readonly string[];
  readonly roots: readonly string[];
};

const flags = JSON.parse(
  readFileSync(new URL('../../../scripts/server-flags.json', import.meta.url), 'utf8'),
) as readonly string[];
async function inZone(zone: string, script: string, given: unknown): Promise<unknown> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, path, JSON.stringify(given)], {
    env: { ...process.env, TZ: zone },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}

const servers = new Map<string, readonly Told[]>();
/** What a browser in Greenwich makes of what each server says. */
const greenwich = new Map<string, unknown>();
beforeAll(async () => {
  for (const zone of zones) servers.set(zone, (await inZone(zone, './zone-server.child.ts', housed)) as Told[]);
}, 600_000);

describe(attack(6), () => {
  test('a server decides alike whatever zone it runs in', () => {
    const [first = [], ...others] = zones.map((zone) => servers.get(zone)?.map(({ decided }) => decided) ?? []);
    expect(first.map(({ deadline }) => deadline)).toEqual(housed);
    for (const { refused, receivedAt, deadline } of first) {
      expect(refused[0]).toMatch(/投标截止时间 .* 已到/);
      expect(Date.parse(deadline) - Date.parse(receivedAt)).toBe(1);
    }
    for (const other of others) expect(other).toEqual(first);
  });

  test.each(zones)('a browser in %s decides and shows the same, whichever server it talks to', async (zone) => {
    for (const server of zones)
      for (const { signature, tokens, roots } of servers.get(server) ?? []) {
        const given = { instants: [...deadlines, ...housed], signature, tokens, roots };
        const here = await inZone(zone, './zone.child.ts', given);
        greenwich.set(server, greenwich.get(server) ?? (await inZone('UTC', './zone.child.ts', given)));
        expect(here).toEqual(greenwich.get(server));
        const { said } = here as { said: { decided: string[][]; typed: string[]; shown: string[] }[] };
        for (const [at, { decided, typed }] of said.entries()) {
          expect(decided).toEqual([[], ['bid.after-deadline'], ['bid.after-deadline']]);
          expect(typed[1]).toBe(given.instants[at]);
        }
        expect(said[1]?.shown[0]).toBe('2027年3月14日 周日 15:30');
        expect(said[3]?.shown[2]).toBe('2026年11月1日 14:30:00.000');
      }
  });
});
