import type { BoardRow } from '@xinbiao/contracts/oversight';
import { expect, test } from 'vitest';
import { cellOf, columnIds } from './board.ts';

const row = (state: BoardRow['state'], lights: BoardRow['lights'] = []): BoardRow => ({
  tenderId: 't',
  lotId: 'l',
  code: 'c',
  title: 't',
  lotNo: 1,
  lotTitle: 'l',
  purchaserName: 'p',
  agencyName: null,
  regionCode: '990100',
  budget: '100',
  state,
  deadline: '2026-11-24T01:30:00.000Z',
  colour: 'ok',
  lights,
  next: null,
});
const words = (one: BoardRow) => columnIds.map((id) => cellOf(one, id).word);

test('shows what is done, what is under way and what is to come', () => {
  expect(words(row('bidding'))).toEqual(['done', 'now', 'later', 'later', 'later', 'later']);
  expect(words(row('ranked'))).toEqual(['done', 'done', 'done', 'done', 'now', 'later']);
});

test('says of a failed lot that the rest no longer comes', () => {
  expect(words(row('failed')).slice(1)).toEqual(Array(5).fill('never'));
});

test('lets the worst light of a column speak, and never a green one', () => {
  const light = { law: '', facts: {}, until: null } as const;
  const cell = cellOf(
    row('ranked', [
      { ...light, rule: 'lowPrice', colour: 'warn' },
      { ...light, rule: 'sheetsInTime', colour: 'bad' },
      { ...light, rule: 'openOnTime', colour: 'ok' },
    ]),
    'evaluation',
  );
  expect([cell.kind, cell.light?.rule]).toEqual(['bad', 'sheetsInTime']);
  expect(cellOf(row('ranked', [{ ...light, rule: 'openOnTime', colour: 'ok' }]), 'opening').word).toBe('done');
});
