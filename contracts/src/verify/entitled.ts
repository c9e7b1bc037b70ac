import { ReleaseAct } from '../opening/index.ts';
import { fromHex, toHex } from '../kernel/index.ts';
import { EvaluationResult } from '../evaluation/index.ts';
import {
  bytesOf,
  EnvelopeFault,
  found,
  isCommittedSheet,
  keyCommitIn,
  Malformed,
  Manifest,
  manifestHashOf,
  openPart,
  parseCanonical,
  partKeyIn,
  readPieces,
  recoverStageKey,
  sha256Hex,
  shareCommit,
  suites,
  verifyDetached,
  type Json,
  type OpeningFault,
} from '../trust/index.ts';
import type { TenderCase } from './case.ts';
import { places, type EntitledBid, type EntitledLot } from './evidence.ts';
import { publicFaultFindings } from './faults.ts';
import { entriesOf, type Findings, type Lot } from './record.ts';

/* What only those who hold an entitled bundle can repeat: shares to keys, keys to every part, batches, sheets. */

const nameOf = (lot: Lot, bidId: string): readonly [zh: string, en: string] => [
  `第 ${lot.no} 包投标 ${bidId.slice(-6)}`,
  `Lot ${lot.no}, bid ${bidId.slice(-6)}`,
];
const ofLot = (of: TenderCase, lot: Lot): EntitledLot | undefined => of.entitled?.lots.find(({ id }) => id === lot.id);
const folderOf = (lot: Lot, bidId: string): string =>
  places.bid(
    lot.no,
    lot.bids.findIndex((bid) => bid.bidId === bidId),
  );

const sharesOf = (own: EntitledBid, stage: string) =>
  own.shares.filter((share) => share.stage === stage).map(({ officer, blob }) => ({ officer, blob: bytesOf(blob) }));
const gateOf = (own: EntitledBid, stage: string): Uint8Array | undefined => {
  const gate = own.gates.find((one) => one.stage === stage)?.blob;
  return gate === undefined ? undefined : bytesOf(gate);
};

/** The officers' shares give the stage key that the envelope commits to, and the published part keys follow from it. */
export function shareFindings(lot: Lot, of: TenderCase): Findings {
  const findings: Findings = [];
  let keys = 0;
  for (const own of ofLot(of, lot)?.bids ?? []) {
    const [zh, en] = nameOf(lot, own.bidId);
    const manifest = Manifest.parse(parseCanonical(own.manifest));
    const listed = lot.bids.find(({ bidId }) => bidId === own.bidId);
    for (const { stage, key } of own.stageKeys) {
      const recovered = recoverStageKey({
        manifest,
        stage,
        shares: sharesOf(own, stage),
        ...(gateOf(own, stage) ? { gate: gateOf(own, stage) } : {}),
      });
      const stageKey = recovered.ok ? recovered.stageKey : ownKey(lot, of, { own, manifest, stage, key });
      if (!stageKey || toHex(stageKey) !== key) {
        findings.push(found.broken(`${zh}：份额合不出这把阶段钥匙。`, `${en}: the shares do not give this stage key.`));
        continue;
      }
      keys += 1;
      for (const { part, key: partKey } of listed?.partKeys ?? []) {
        if (manifest.parts.find(({ name }) => name === part)?.stage !== stage) continue;
        if (toHex(partKeyIn(manifest, stageKey, stage, part)) !== partKey)
          findings.push(
            found.broken(
              `${zh}：公开的钥匙不是由阶段钥匙得出的。`,
              `${en}: the published key does not follow from the stage key.`,
            ),
          );
      }
    }
  }
  return findings.length > 0 || keys === 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：由份额重新合出了 ${keys} 把钥匙。`,
          `Lot ${lot.no}: ${keys} keys were put together again from their shares.`,
        ),
      ];
}

/** The key of a bid that its bidder opened because the officers did not: on record, and the one its manifest commits to. */
function ownKey(
  lot: Lot,
  of: TenderCase,
  given: { readonly own: EntitledBid; readonly manifest: Manifest; readonly stage: string; readonly key: string },
): Uint8Array | undefined {
  const { own, manifest, stage, key } = given;
  const isRecovered = entriesOf(of.log, lot.id, 'open.recovery').some(({ body }) => body?.p['bid'] === own.bidId);
  const commit = manifest.stages.find(({ id }) => id === stage)?.keyCommit;
  return isRecovered && toHex(keyCommitIn(manifest, fromHex(key), stage)) === commit ? fromHex(key) : undefined;
}

/** Every part that lies in the bundle opens with the stage key, to its last byte. */
export async function partFindings(lot: Lot, of: TenderCase): Promise<Findings> {
  const findings: Findings = [];
  let opened = 0;
  for (const own of ofLot(of, lot)?.bids ?? []) {
    if (stateOf(lot, of, own.bidId) !== 'opened') continue;
    const [zh, en] = nameOf(lot, own.bidId);
    const manifest = Manifest.parse(parseCanonical(own.manifest));
    for (const part of manifest.parts) {
      const key = own.stageKeys.find(({ stage }) => stage === part.stage)?.key;
      if (key === undefined) continue;
      try {
        await openWhole(of, { manifest, own, lot, stage: part.stage, part: part.name, key: fromHex(key) });
        opened += 1;
      } catch (fault) {
        if (!(fault instanceof EnvelopeFault) && !(fault instanceof Malformed)) throw fault;
        findings.push(
          found.broken(
            `${zh}：${part.name} 部分打不开（${fault.message}）。`,
            `${en}: the ${part.name} part does not open (${fault.message}).`,
          ),
        );
      }
    }
  }
  return findings.length > 0 || opened === 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：重新打开了 ${opened} 个部分，每个字节都通过验证。`,
          `Lot ${lot.no}: ${opened} parts were opened again, every byte of them authentic.`,
        ),
      ];
}

const stateOf = (lot: Lot, of: TenderCase, bidId: string): unknown =>
  entriesOf(of.log, lot.id, 'open.result').find(({ body }) => body?.p['bid'] === bidId)?.body?.p['state'];

async function openWhole(
  of: TenderCase,
  {
    manifest,
    own,
    lot,
    stage,
    part: name,
    key,
  }: {
    readonly manifest: Manifest;
    readonly own: EntitledBid;
    readonly lot: Lot;
    readonly stage: string;
    readonly part: string;
    readonly key: Uint8Array;
  },
): Promise<Json> {
  const part = manifest.parts.find((one) => one.stage === stage && one.name === name);
  if (!part) throw new Malformed('part');
  const folder = folderOf(lot, own.bidId);
  const opened = await openPart({
    manifest,
    stage,
    part: name,
    partKey: partKeyIn(manifest, key, stage, name),
    read: readPieces({
      part,
      fetchPiece: async (index) => {
        const bytes = await of.source.piece(places.piece(folder, name, index), part.pieces[index] ?? '');
        if (!bytes) throw new Malformed('a piece is missing');
        return bytes;
      },
    }),
  });
  await opened.verify();
  return opened.content;
}

/** Whose fault a bid's staying shut was, found again from its shares and its parts. */
export async function faultFindings(lot: Lot, of: TenderCase): Promise<Findings> {
  const findings: Findings = [];
  for (const entry of entriesOf(of.log, lot.id, 'open.result')) {
    const said = entry.body?.p ?? {};
    // A bid that opened may still name somebody: an officer whose complaint was false.
    const faults = (said['faults'] as readonly unknown[] | undefined) ?? [];
    if (said['state'] === 'opened' && faults.length > 0) findings.push(...(await publicFaultFindings(lot, of, entry)));
    if (said['state'] === 'opened') continue;
    const own = ofLot(of, lot)?.bids.find(({ bidId }) => bidId === said['bid']);
    if (!own) {
      findings.push(...(await publicFaultFindings(lot, of, entry)));
      continue;
    }
    const named = new Set(
      (said['faults'] as readonly { code: string; party: string }[] | undefined)?.map(
        ({ code, party }) => `${code}/${party}`,
      ),
    );
    const again = await faultsAgain(of, lot, own);
    const [zh, en] = nameOf(lot, own.bidId);
    // An officer's complaint that a wrap does not open is settled by the dispute, not by the shares that did come.
    const unheard = again.filter(({ code, party }) => code !== 'shares.too-few' && !named.has(`${code}/${party}`));
    if (again.length === 0)
      findings.push(
        found.broken(
          `${zh}：被认定打不开（记录 ${entry.index}），用手里的份额却打得开。`,
          `${en}: named faulty (entry ${entry.index}), and yet it opens with the shares at hand.`,
          entry.index,
        ),
      );
    else if (unheard.length > 0)
      findings.push(
        found.broken(
          `${zh}：打不开的原因与记录 ${entry.index} 写的不同（${unheard.map(({ code }) => code).join('、')}）。`,
          `${en}: it does not open for another reason than entry ${entry.index} gives (${unheard.map(({ code }) => code).join(', ')}).`,
          entry.index,
        ),
      );
    else
      findings.push(
        found.holds(
          `${zh}：确实打不开，原因与记录 ${entry.index} 一致。`,
          `${en}: it does not open, for the reason that entry ${entry.index} gives.`,
        ),
      );
  }
  return findings;
}

type Again = Pick<OpeningFault, 'code' | 'party'> | { readonly code: 'offer.malformed'; readonly party: 'bidder' };

/** What stands in the way of opening a bid, from what the bundle holds; nothing where it opens. */
async function faultsAgain(of: TenderCase, lot: Lot, own: EntitledBid): Promise<Again[]> {
  const manifest = Manifest.parse(parseCanonical(own.manifest));
  const faults: Again[] = [];
  for (const { id: stage } of manifest.stages) {
    const gate = gateOf(own, stage);
    const recovered = recoverStageKey({ manifest, stage, shares: sharesOf(own, stage), ...(gate ? { gate } : {}) });
    if (!recovered.ok) {
      faults.push(...recovered.faults);
      continue;
    }
    for (const part of manifest.parts.filter((one) => one.stage === stage))
      try {
        const content = await openWhole(of, { manifest, own, lot, stage, part: part.name, key: recovered.stageKey });
        if ((content as { lotId?: unknown } | null)?.lotId !== lot.id)
          faults.push({ code: 'offer.malformed', party: 'bidder' });
      } catch (fault) {
        if (fault instanceof EnvelopeFault) faults.push(fault.fault);
        else if (fault instanceof Malformed) faults.push({ code: 'piece.differs', party: 'platform' });
        else throw fault;
      }
  }
  return faults;
}

/** Every officer's batch is the one on record, signed, and each share in it the one the bid commits to. */
export async function releaseFindings(lot: Lot, of: TenderCase): Promise<Findings> {
  const more = ofLot(of, lot);
  if (!more || of.entitled?.holder.kind !== 'supervision') return [];
  const findings: Findings = [];
  const revealed = entriesOf(of.log, lot.id, 'open.reveal');
  const batches = revealed.length > 0 ? revealed : entriesOf(of.log, lot.id, 'open.batch');
  const manifests = new Map(
    more.bids.map(({ manifest }) => {
      const read = Manifest.parse(parseCanonical(manifest));
      return [manifestHashOf(read), read] as const;
    }),
  );
  for (const { officer, act, signature } of more.releases) {
    const hash = sha256Hex(bytesOf(act));
    const entry = batches.find(({ body }) => body?.p['sealedAct'] === hash || body?.p['batch'] === hash);
    const wrong = (zh: string, en: string): void => {
      findings.push(
        found.broken(
          `第 ${lot.no} 包，开标人 ${officer.slice(0, 12)}：${zh}。`,
          `Lot ${lot.no}, officer ${officer.slice(0, 12)}: ${en}.`,
          entry?.index,
        ),
      );
    };
    if (!entry?.body || entry.body.p['signature'] !== sha256Hex(fromHex(signature))) {
      wrong('整批份额不是记录里的那一份', 'the batch is not the one on record');
      continue;
    }
    const verified = await verifyDetached({
      content: bytesOf(act),
      signature: fromHex(signature),
      roots: (of.roots ?? []).map((der) => new Uint8Array(der)),
      at: new Date(entry.body.ts),
    });
    if (!verified.ok && verified.reason.startsWith('signature.'))
      wrong('整批份额的签名不成立', 'the signature over the batch does not hold');
    for (const { manifestHash, stage, blob } of ReleaseAct.parse(parseCanonical(act)).shares) {
      const sealed = manifests
        .get(manifestHash)
        ?.stages.find(({ id }) => id === stage)
        ?.groups.flatMap(({ shares }) => shares)
        .find((one) => one.officer === officer);
      if (
        blob !== null &&
        sealed &&
        shareCommit(fromHex(blob), suites[manifests.get(manifestHash)?.ctx.suite ?? 'XB1']) !== sealed.commit
      )
        wrong('一份份额不是投标里承诺的那一份', 'a share is not the one that its bid commits to');
    }
  }
  if (more.releases.length < batches.length)
    findings.push(
      found.broken(
        `第 ${lot.no} 包：记录里有 ${batches.length} 批份额，证据包里有 ${more.releases.length} 批。`,
        `Lot ${lot.no}: the log has ${batches.length} batches, the bundle ${more.releases.length}.`,
      ),
    );
  return findings.length > 0 || batches.length === 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：${batches.length} 位开标人的整批份额都是记录里的。`,
          `Lot ${lot.no}: the batches of ${batches.length} officers are those on record.`,
        ),
      ];
}

/** Every score sheet is the one its expert committed to before any was read. */
export function sheetFindings(lot: Lot, of: TenderCase): Findings {
  const sheets = ofLot(of, lot)?.sheets ?? [];
  if (sheets.length === 0 || lot.result === null) return [];
  const { sheets: committed } = EvaluationResult.parse(parseCanonical(lot.result));
  const findings = sheets.flatMap(({ expert, salt, sheet }) => {
    const commitment = committed.find((one) => one.expert === expert)?.commitment;
    return commitment !== undefined && isCommittedSheet(commitment, { salt, sheet: parseCanonical(sheet) as Json })
      ? []
      : [
          found.broken(
            `第 ${lot.no} 包：${expert} 的评分表不是当初承诺的那一份。`,
            `Lot ${lot.no}: the sheet of ${expert} is not the one that was committed to.`,
          ),
        ];
  });
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：${sheets.length} 份评分表都是当初承诺的。`,
          `Lot ${lot.no}: ${sheets.length} score sheets are those that were committed to.`,
        ),
      ];
}
