import { addTime } from '@xinbiao/contracts/kernel';
import {
  createTimestampAuthority,
  issueTimestamp,
  parseVerifierKey,
  readTimestampRequest,
  timestampResponse,
  type CheckReport,
  type StampingAuthority,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { takeDocuments } from '@xinbiao/contracts/tendering';
import { tenderChecks } from '@xinbiao/contracts/verify';
import { readOpening } from '@xinbiao/contracts/opening';
import { randomBytes } from 'node:crypto';
import type { Cast } from '../../../scripts/play/cast.ts';
import { logAt, verifyLog } from '../../../scripts/verify.ts';
import { tenderAt } from '../../../scripts/verify/tender.ts';
import type { TestHouse } from '../house.ts';
import { release, type PublishedLots } from '../lots.ts';

/* Clocks that are not the platform's, and what an outsider finds with them. */

/** A timestamp authority that no platform can turn: it tells the time that the test sets. */
export async function trueClock(house: TestHouse, now: () => Date): Promise<StampingAuthority> {
  const own = await createTimestampAuthority({ name: '真时钟', at: new Date('2020-01-01T00:00:00Z'), years: 40 });
  const { time } = house.house;
  time.ask = async (_, question) =>
    timestampResponse({
      token: await issueTimestamp({
        question: readTimestampRequest(question),
        authority: own,
        time: now(),
        serial: new Uint8Array(randomBytes(8)),
        policy: '1.2.3',
      }),
    });
  Object.assign(time, { anchors: { roots: [...own.chain], intermediates: [], crls: [] } });
  return own;
}

/** Every check of log and tender that does not hold: `id outcome: sentence`. */
export async function outsider(
  house: TestHouse,
  tenderId: string,
  given: { readonly keys?: readonly VerifierKey[]; readonly earlier?: string } = {},
): Promise<string[]> {
  await house.house.ledger.sequencer.drain();
  const roots = [...house.house.identity.authorities.roots, ...house.house.time.roots].map(
    (der) => new Uint8Array(der),
  );
  const keys = [parseVerifierKey(house.house.ledger.verifierKey), ...(given.keys ?? [])];
  const { reports } = await verifyLog(
    { source: logAt(house.url), keys, roots, earlier: given.earlier },
    { more: tenderChecks({ source: tenderAt(house.url, tenderId), tenderId, roots }) },
  );
  return reports.flatMap((report: CheckReport) =>
    report.findings
      .filter(({ outcome }) => outcome !== 'holds')
      .map(({ outcome, en }) => `${(report as { id?: string }).id ?? report.number} ${outcome}: ${en}`),
  );
}

/** Everybody takes the documents while they may be taken. */
export async function takeAll(cast: Cast, { tenderId }: PublishedLots): Promise<void> {
  for (const { client } of cast.bidders) await client.call(takeDocuments, { params: { tenderId } });
}

/** Lets the officers open a lot that has closed. */
export async function openLot(house: TestHouse, cast: Cast, lotId: string): Promise<void> {
  await house.tick();
  house.clock.set(addTime(house.clock.now(), 3_600_000 / 4));
  await house.tick();
  const roots = house.house.identity.authorities.roots.map((der) => new Uint8Array(der));
  for (const officer of [cast.purchaser, cast.notary]) await release(officer, lotId, roots, house.clock.now());
  await house.tick();
  await house.anybody.call(readOpening, { params: { lotId } });
}
