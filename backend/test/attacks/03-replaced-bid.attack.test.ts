import type { EntityManager } from '@mikro-orm/core';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Manifest, parseCanonical } from '@xinbiao/contracts/trust';
import { verify } from '../../../scripts/verify.ts';
import { pemOf } from '../../src/identity/authorities.ts';
import { Envelope, LotClose } from '../../src/bidding/index.ts';
import { OpenedBid } from '../../src/opening/index.ts';
import { aToldTender, downloadEvidence, type Told } from '../stories/evidence.ts';
import { attack } from './table.ts';

/*
 * After the deadline somebody with the whole server in hand replaces a bid, or a part of one: in the database, in the
 * vault, in what is handed out. The outsider's check names exactly the bid, and the piece where it is a piece.
 */
describe(attack(3), () => {
  let told: Told;
  let victim: OpenedBid;
  let others: readonly string[];
  const folder = mkdtempSync(join(tmpdir(), 'xinbiao-replaced-'));
  const root = join(folder, 'root.pem');
  beforeAll(async () => {
    told = await aToldTender();
    const opened = await em().find(OpenedBid, {}, { orderBy: { no: 'asc' } });
    victim = opened[1]!;
    others = opened.filter(({ bidId }) => bidId !== victim.bidId).map(({ bidId }) => bidId.slice(-6));
    writeFileSync(root, told.roots.map((der) => pemOf(der)).join(''));
  });
  afterAll(async () => {
    await told.house.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const em = (): EntityManager => told.house.house.fork();

  async function outsider(subject: string): Promise<{ code: number; wrong: string }> {
    const lines: string[] = [];
    const code = await verify(
      [
        subject,
        '--tender',
        told.published.tenderId,
        '--root',
        root,
        '--lang',
        'en',
        '--evidence',
        join(folder, 'proof.json'),
      ],
      (line) => lines.push(line),
    );
    const wrong: string[] = [];
    let isWrong = false;
    for (const line of lines) {
      if (/^[✓✗?]/.test(line)) isWrong = line.startsWith('✗');
      else if (isWrong) wrong.push(line);
    }
    return { code, wrong: wrong.join('\n') };
  }

  /** Both ways in which an outsider looks: at the house, and at its evidence afterwards. */
  async function caught(): Promise<void> {
    const file = join(folder, 'evidence.tar');
    const bundle = await downloadEvidence(told, file).then(
      () => file,
      () => undefined,
    );
    for (const subject of [told.house.url, ...(bundle ? [bundle] : [])]) {
      const { code, wrong } = await outsider(subject);
      expect([subject, code], wrong).toEqual([subject, 2]);
      expect(wrong).toContain(victim.bidId.slice(-6));
      for (const other of others) expect(wrong).not.toContain(other);
    }
  }

  const flipped = (text: string, at = Math.floor(text.length / 2)): string =>
    text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1);

  test('the honest house holds', async () => {
    expect(await outsider(told.house.url)).toMatchObject({ code: 0 });
  });

  const fields = ['client', 'ctx', 'parts', 'stages'] as const;
  for (const field of fields)
    test(`a manifest with another ${field} names its bid`, async () => {
      const { manifest } = await em().findOneOrFail(Envelope, { id: victim.envelopeId });
      const changed = JSON.parse(manifest!) as Record<string, unknown>;
      const spoil = (value: unknown): unknown =>
        typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
          ? flipped(value)
          : Array.isArray(value)
            ? value.map(spoil)
            : typeof value === 'object' && value !== null
              ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoil(inner)]))
              : value === 'command-line'
                ? 'other-program'
                : value;
      const text = JSON.stringify({ ...changed, [field]: spoil(changed[field]) });
      expect(text).not.toBe(manifest);
      await em().nativeUpdate(Envelope, { id: victim.envelopeId }, { manifest: text });
      await caught();
      await em().nativeUpdate(Envelope, { id: victim.envelopeId }, { manifest: manifest! });
    });

  test('another signature under the manifest names its bid', async () => {
    const [own, other] = [
      await em().findOneOrFail(Envelope, { id: victim.envelopeId }),
      (await em().find(Envelope, { entryId: { $ne: null } })).find(({ id }) => id !== victim.envelopeId)!,
    ];
    for (const signature of [other.signature!, flipped(own.signature!, own.signature!.length - 20)]) {
      await em().nativeUpdate(Envelope, { id: victim.envelopeId }, { signature });
      await caught();
    }
    await em().nativeUpdate(Envelope, { id: victim.envelopeId }, { signature: own.signature! });
  });

  test('a whole other bid in its place names the bid', async () => {
    const own = await em().findOneOrFail(Envelope, { id: victim.envelopeId });
    const other = (await em().find(Envelope, { entryId: { $ne: null }, state: 'sealed' })).find(
      ({ id, lotId }) => id !== own.id && lotId === own.lotId,
    )!;
    await em().nativeUpdate(Envelope, { id: own.id }, { manifest: other.manifest!, signature: other.signature! });
    const { code, wrong } = await outsider(told.house.url);
    expect([code, wrong]).toEqual([2, expect.stringContaining(victim.bidId.slice(-6))]);
    await em().nativeUpdate(Envelope, { id: own.id }, { manifest: own.manifest!, signature: own.signature! });
  });

  test('one flipped bit in a stored piece names the bid and the piece', async () => {
    const { manifest } = await em().findOneOrFail(Envelope, { id: victim.envelopeId });
    const part = Manifest.parse(parseCanonical(manifest!)).parts.find(({ name }) => name === 'price')!;
    const sha256 = part.pieces[0]!;
    const place = told.house.house.vault.get(sha256).path as string;
    const before = readFileSync(place);
    for (const at of [0, 60, Math.floor(before.length / 2), before.length - 1]) {
      const after = Buffer.from(before);
      after[at] = (after[at] ?? 0) ^ 1;
      writeFileSync(place, after);
      await caught();
      expect((await outsider(told.house.url)).wrong).toContain('piece 1 of the sealed price');
    }
    writeFileSync(place, before);
  });

  test('another published key, and another price read out, name the bid', async () => {
    const key = victim.priceKey!;
    await em().nativeUpdate(OpenedBid, { bidId: victim.bidId }, { priceKey: flipped(key) });
    await caught();
    await em().nativeUpdate(OpenedBid, { bidId: victim.bidId }, { priceKey: key });
    expect(await outsider(told.house.url)).toMatchObject({ code: 0 });
  });

  test('another close document is not the one on record', async () => {
    const lotId = told.published.lots[0]!;
    const { document } = await em().findOneOrFail(LotClose, { lotId });
    const close = JSON.parse(document) as { heads: { manifestHash: string }[] };
    close.heads[1]!.manifestHash = flipped(close.heads[1]!.manifestHash);
    await em().nativeUpdate(LotClose, { lotId }, { document: JSON.stringify(close) });
    const { code, wrong } = await outsider(told.house.url);
    expect([code, wrong]).toEqual([2, expect.stringContaining('close document of lot 1 is not the one on record')]);
    await em().nativeUpdate(LotClose, { lotId }, { document });
    expect(await outsider(told.house.url)).toMatchObject({ code: 0 });
  });
});
