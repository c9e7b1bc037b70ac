import type { DeskRow } from '@xinbiao/contracts/opening';
import { expect, test } from 'vitest';
import { openingsBoundTo } from './bound.ts';

const row = (lotId: string, certSha256: string, phase: DeskRow['phase']) => ({ lotId, certSha256, phase }) as DeskRow;

test('an old key is needed until the openings that were sealed to it are over', () => {
  const rows = [
    row('waits', 'old', 'waiting'),
    row('releases', 'old', 'releasing'),
    row('over', 'old', 'opened'),
    row('failed', 'old', 'failed'),
    row('newer', 'new', 'waiting'),
  ];
  expect(openingsBoundTo(rows, ['old']).map(({ lotId }) => lotId)).toEqual(['waits', 'releases']);
  expect(openingsBoundTo(rows, ['other'])).toEqual([]);
});
