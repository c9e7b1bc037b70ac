import { endpoint } from '@xinbiao/contracts/kernel';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { addressOf, callOver, type Line } from './api.ts';

const readLot = endpoint({
  method: 'GET',
  path: '/lots/:lotId',
  access: 'public',
  summary: '',
  params: z.object({ lotId: z.string() }),
  query: z.object({ q: z.string().optional(), state: z.array(z.string()).optional() }),
  reply: z.object({ title: z.string() }),
  refusals: ['lot.unknown'],
});
const renameLot = endpoint({
  method: 'POST',
  path: '/lots/:lotId/name',
  access: 'signed-in',
  summary: '',
  params: z.object({ lotId: z.string() }),
  body: z.object({ title: z.string() }),
  reply: z.object({}),
  refusals: ['lot.unknown'],
});

type Sent = { url: string; init: RequestInit };
function lineTo(answer: () => Response): { line: Line; sent: Sent[] } {
  const sent: Sent[] = [];
  const fetch = (async (url: string, init: RequestInit) => {
    sent.push({ url, init });
    return answer();
  }) as unknown as typeof globalThis.fetch;
  return { line: { origin: 'http://house', lang: 'en', headers: { cookie: 'a=b' }, fetch }, sent };
}

test('parameters cannot leave their place in the address, and empty filters are left out', () => {
  expect(addressOf(readLot, { params: { lotId: '../a b' }, query: { q: '', state: ['open', 'closed'] } })).toBe(
    '/api/lots/..%2Fa%20b?state=open&state=closed',
  );
  expect(addressOf({ ...readLot, path: '/log/tile/*path' }, { params: { path: '0/x001/067.p/12' } })).toBe(
    '/api/log/tile/0/x001/067.p/12',
  );
});

test('a reading carries language and cookies and no mark of writing', async () => {
  const { line, sent } = lineTo(() => Response.json({ title: 'x' }));
  expect(await callOver(line, readLot, { params: { lotId: '1' } })).toEqual({ ok: true, value: { title: 'x' } });
  expect(sent[0]?.init.headers).toMatchObject({ 'accept-language': 'en', cookie: 'a=b' });
  expect(sent[0]?.init.headers).not.toHaveProperty('x-xinbiao');
});

test('a write carries the mark that no foreign form can set', async () => {
  const { line, sent } = lineTo(() => Response.json({}));
  await callOver(line, renameLot, { params: { lotId: '1' }, body: { title: 'y' } });
  expect(sent[0]).toMatchObject({
    url: 'http://house/api/lots/1/name',
    init: { method: 'POST', body: '{"title":"y"}' },
  });
  expect(sent[0]?.init.headers).toMatchObject({ 'x-xinbiao': '1', 'content-type': 'application/json' });
});

test('a refusal arrives with its sentence and field', async () => {
  const said = { code: 'lot.unknown', field: 'title', sentence: 'No such lot.', law: '§1' };
  const { line } = lineTo(() =>
    Response.json(
      { type: 'lot.unknown', title: 'No', refusals: [said] },
      { status: 404, headers: { 'content-type': 'application/problem+json' } },
    ),
  );
  expect(await callOver(line, readLot, { params: { lotId: '1' } })).toEqual({
    ok: false,
    status: 404,
    refusals: [said],
  });
});

test('a fault without refusals still says a sentence and its incident', async () => {
  const { line } = lineTo(() =>
    Response.json({ type: 'x', title: 'x', refusals: [], incident: 'I-7' }, { status: 500 }),
  );
  expect(await callOver(line, readLot, { params: { lotId: '1' } })).toMatchObject({
    ok: false,
    status: 500,
    incident: 'I-7',
    refusals: [{ code: 'platform.fault' }],
  });
});

test('no answer at all is a refusal, never a throw', async () => {
  const { line } = lineTo(() => {
    throw new TypeError('offline');
  });
  expect(await callOver(line, readLot, { params: { lotId: '1' } })).toMatchObject({
    ok: false,
    status: 0,
    refusals: [{ code: 'network.unreachable' }],
  });
  const { line: broken } = lineTo(() => new Response('<html>', { status: 200 }));
  expect(await callOver(broken, readLot, { params: { lotId: '1' } })).toMatchObject({
    ok: false,
    refusals: [{ code: 'network.unreachable' }],
  });
});
