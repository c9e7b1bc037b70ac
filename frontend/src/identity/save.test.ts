import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Say } from '../locales/index.ts';
import { deviceWords } from './device.ts';
import { certificatesIn, fileNameOf, pemOf } from './save.ts';

test('whatever is written as PEM is read back, one block or several', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 4 }), (items) => {
      const text = items.map((der) => pemOf('CERTIFICATE', der)).join('# a comment between\n');
      expect(certificatesIn(new TextEncoder().encode(text)).map((der) => [...der])).toEqual(
        items.map((der) => [...der]),
      );
      for (const row of text.split('\n')) expect(row.length).toBeLessThanOrEqual(64);
    }),
  );
});

test('a file that is not PEM is taken as one DER certificate', () => {
  expect(certificatesIn(Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05))).toEqual([
    Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05),
  ]);
});

test('names become file names that every system takes', () => {
  expect(fileNameOf('青澜/启文 教育:装备', undefined, '程启文')).toBe('青澜_启文_教育_装备-程启文');
});

test('a browser is told by words people know, an unknown one as it calls itself', () => {
  const t = ((key: string) => key) as Say;
  expect(
    deviceWords(
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0',
      t,
    ),
  ).toBe('Edge · Windows');
  expect(
    deviceWords(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.0 Safari/604.1',
      t,
    ),
  ).toBe('Safari · iPhone');
  expect(deviceWords('curl/8.5', t)).toBe('curl/8.5');
  expect(deviceWords('', t)).toBe('identity.sessions.unknown');
});
