import { awardAct, decideAward, readDecision } from '@xinbiao/contracts/award';
import {
  acceptanceAct,
  acceptTask,
  appointPanel,
  convenePanel,
  escrowAct,
  judgeQualification,
  listCandidates,
  listTasks,
  panelAct,
  qualificationAct,
  readEscrows,
  readProgress,
  readQualification,
  readReport,
  readRoom,
  releaseEscrows,
  reportAct,
  revealSheet,
  sheetAct,
  signReport,
  submitSheet,
  type LotName,
  type QualificationFindings,
  type RoomReply,
  type ScoreSheet,
} from '@xinbiao/contracts/evaluation';
import { readFile } from '@xinbiao/contracts/house';
import { fromHex, instantText, toHex, type ReplyOf } from '@xinbiao/contracts/kernel';
import {
  announceBatch,
  attemptFor,
  batchAct,
  batchHashOf,
  readOpening,
  readReleaseBatch,
  releaseAct,
  releaseShares,
  type ReleasedShare,
} from '@xinbiao/contracts/opening';
import {
  attachFile,
  confirmTender,
  createTender,
  listOfficers,
  prepareAct,
  publishTender,
  readDesk,
  saveDraft,
  submitTenderForCheck,
  takeDocuments,
  type TenderDesk,
  type TenderDraft,
} from '@xinbiao/contracts/tendering';
import {
  bytesOf,
  canonical,
  checkShare,
  Manifest,
  manifestHashOf,
  parseCanonical,
  sealSheet,
  sha256Hex,
  SheetEscrow,
  sheetLocked,
  sheetStage,
  unwrapShare,
  verifyDetached,
  WrapUnreadable,
} from '@xinbiao/contracts/trust';
import { setTimeout as pause } from 'node:timers/promises';
import type { Person } from './person.ts';

/* The steps of a procurement as their actors take them, each over HTTP with that actor's own keys. */

/** Uploads a file by tus and says what the house stored. */
export async function upload(
  person: Person,
  name: string,
  bytes: Uint8Array,
  type = 'application/pdf',
): Promise<{ id: string; sha256: string; size: number }> {
  const metadata = `filename ${Buffer.from(name).toString('base64')},filetype ${Buffer.from(type).toString('base64')}`;
  const created = await person.client.fetch('/api/files', {
    method: 'POST',
    headers: { 'tus-resumable': '1.0.0', 'upload-length': String(bytes.length), 'upload-metadata': metadata },
  });
  const location = created.headers.get('location');
  if (created.status !== 201 || !location) throw new Error(`upload refused: ${created.status} ${await created.text()}`);
  const sent = await person.client.fetch(new URL(location, person.client.url).pathname, {
    method: 'PATCH',
    headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    body: new Uint8Array(bytes),
  });
  if (sent.status >= 300) throw new Error(`upload broke off: ${sent.status} ${await sent.text()}`);
  const file = await person.client.call(readFile, { params: { fileId: location.split('/').at(-1) ?? '' } });
  return { id: file.id, sha256: file.sha256, size: file.size };
}

export type Compose = {
  readonly composer: Person;
  readonly purchaserId?: string;
  /** Officers by login, in order, for each group. */
  readonly officers: readonly { readonly group: 'purchaser' | 'independent'; readonly seatId: string }[];
  readonly document: { readonly name: string; readonly bytes: Uint8Array };
  /** Fills the draft; everything about the parties is there already. */
  readonly fill: (draft: TenderDraft) => TenderDraft;
};

/** Composes a draft with its document. */
export async function compose({ composer, purchaserId, officers, document, fill }: Compose): Promise<TenderDesk> {
  const { client } = composer;
  const draft = await client.call(createTender, { body: purchaserId === undefined ? {} : { purchaserId } });
  const params = { tenderId: draft.id };
  const file = await upload(composer, document.name, document.bytes);
  const attached = await client.call(attachFile, { params, body: { fileId: file.id, kind: 'tenderDocument' } });
  const content = { ...fill(draft.content), officers: [...officers], attachments: attached.attachments };
  await client.call(saveDraft, { params, body: { version: attached.version, content } });
  return client.call(readDesk, { params });
}

/** The officers that may be chosen, as the composer's page lists them. */
export const officersFor = async (composer: Person, tenderId: string) =>
  (await composer.client.call(listOfficers, { params: { tenderId } })).rows;

export async function submitForCheck(composer: Person, tenderId: string): Promise<TenderDesk> {
  const { version } = await composer.client.call(readDesk, { params: { tenderId } });
  return composer.client.call(submitTenderForCheck, { params: { tenderId }, body: { version } });
}

/** A second person reads, and confirms with a signature. */
export async function confirm(checker: Person, tenderId: string): Promise<void> {
  const { act } = await checker.client.call(prepareAct, { params: { tenderId, move: 'confirm' } });
  await checker.client.call(confirmTender, { params: { tenderId }, body: await checker.sign(act) });
}

/** Publishes with a signature; gives the tender's lots by number. */
export async function publish(
  publisher: Person,
  tenderId: string,
): Promise<{ code: string; noticeLeaf: string; lots: { id: string; no: number }[] }> {
  const { act } = await publisher.client.call(prepareAct, { params: { tenderId, move: 'publish' } });
  const { code, noticeLeaf } = await publisher.client.call(publishTender, {
    params: { tenderId },
    body: await publisher.sign(act),
  });
  const { lots } = await publisher.client.call(readDesk, { params: { tenderId } });
  return { code, noticeLeaf, lots };
}

export const take = (bidder: Person, tenderId: string) => bidder.client.call(takeDocuments, { params: { tenderId } });

/** What an officer's browser prepares: every bidder's signature and the close list checked, every wrap unwrapped. */
export async function prepareBatch(
  officer: Person,
  lotId: string,
  roots: readonly Uint8Array<ArrayBuffer>[],
  now: Date,
): Promise<ReturnType<typeof releaseAct>> {
  const batch = await officer.client.call(readReleaseBatch, { params: { lotId } });
  if (sha256Hex(bytesOf(batch.closeDocument)) !== batch.closeHash)
    throw new Error('the close document is not the one that was logged');
  const listed = new Set(
    (parseCanonical(batch.closeDocument) as { heads: { manifestHash: string }[] }).heads.map(
      ({ manifestHash }) => manifestHash,
    ),
  );
  const { certSha256 } = batch.officer;
  const { encryption } = officer.held;
  const shares: ReleasedShare[] = [];
  for (const head of batch.heads) {
    const manifest = Manifest.parse(parseCanonical(head.manifest));
    const manifestHash = manifestHashOf(manifest);
    if (manifestHash !== head.manifestHash || !listed.has(manifestHash))
      throw new Error('a manifest that the close document does not list');
    const verified = await verifyDetached({
      content: bytesOf(head.manifest),
      signature: fromHex(head.signature),
      roots: [...roots],
      at: now,
    });
    if (!verified.ok || verified.certificate.fingerprint !== manifest.ctx.bidderCertSha256)
      throw new Error(`the bidder's signature does not hold: ${verified.ok ? 'other certificate' : verified.reason}`);
    for (const { id: stage, groups } of manifest.stages) {
      const place = groups.flatMap((group) => group.shares).find((share) => share.officer === certSha256);
      // A bid sealed before this officer came in keeps no share for it.
      if (!place) continue;
      const blob = await unwrapShare({
        manifest,
        stage,
        officerCertSha256: certSha256,
        privateKey: encryption.privateKey,
        certificate: encryption.certificate,
      }).catch((fault: unknown) => {
        if (fault instanceof WrapUnreadable) return null;
        throw fault;
      });
      // What was never committed to is no share: that is a complaint, not something to release.
      const check = blob && checkShare({ manifest, stage, officer: certSha256, blob });
      const isShare = check !== null && (check.ok || check.fault.code !== 'share.not-committed');
      shares.push({ manifestHash, stage, x: place.x, blob: blob && isShare ? toHex(blob) : null });
    }
  }
  return releaseAct(officer.by, { lotId, closeHash: batch.closeHash, officer: certSha256, shares });
}

type RevealAct = ReturnType<typeof releaseAct>;

/** Logs the hash of the batch first. */
export const announce = async (officer: Person, act: RevealAct) => {
  const { lotId, closeHash, officer: certSha256 } = act;
  const batch = batchHashOf(act);
  const attempt = attemptFor(batch, await officer.client.call(readReleaseBatch, { params: { lotId } }));
  const signed = await officer.sign(batchAct(officer.by, { lotId, closeHash, officer: certSha256, batch, attempt }));
  return officer.client.call(announceBatch, { params: { lotId }, body: { ...signed, batch } });
};

/** Then reveals it. */
export const disclose = async (officer: Person, act: RevealAct) =>
  officer.client.call(releaseShares, { params: { lotId: act.lotId }, body: await officer.sign(act) });

/** An officer's browser: checks everything, logs the hash of its batch, releases all at once. */
export async function release(
  officer: Person,
  lotId: string,
  roots: readonly Uint8Array<ArrayBuffer>[],
  now: Date,
): Promise<string> {
  const act = await prepareBatch(officer, lotId, roots, now);
  await announce(officer, act);
  return (await disclose(officer, act)).phase;
}

const nameOf = (lot: { tenderId: string; lotId: string; code: string; lotNo: number }): LotName => ({
  tenderId: lot.tenderId,
  lotId: lot.lotId,
  code: lot.code,
  lotNo: lot.lotNo,
});

/** The purchaser's side checks qualification; `reject` names bidders by credit code, with the reason. */
export async function qualify(
  staff: Person,
  lotId: string,
  reject: Readonly<Record<string, string>> = {},
): Promise<{ state: string; passed: number }> {
  const view = await staff.client.call(readQualification, { params: { lotId } });
  const standing = view.bids.filter(({ stands }) => stands);
  const bids: QualificationFindings[] = standing.map(({ bidId, bidder }) => ({
    bidId,
    findings: view.criteria.qualifications.map(({ id }, at) => {
      const reason = at === 0 ? reject[bidder.uscc] : undefined;
      return { qualification: id, met: reason === undefined, reason: reason ?? '' };
    }),
  }));
  const bidders = standing.map(({ bidId, bidder }) => ({ bidId, name: bidder.name, uscc: bidder.uscc }));
  const signed = await staff.sign(qualificationAct(staff.by, { lot: nameOf(view), bidders, bids }));
  return staff.client.call(judgeQualification, { params: { lotId }, body: { ...signed, bids } });
}

/** Appoints the given seats, in order, and says why they were chosen rather than drawn. */
export async function appoint(
  staff: Person,
  lotId: string,
  seatIds: readonly string[],
  selfChosen = '本项目技术复杂、专业性强，随机抽取难以确定合适的专家，经主管预算单位同意自行选定。',
): Promise<void> {
  const view = await staff.client.call(readQualification, { params: { lotId } });
  const { rows } = await staff.client.call(listCandidates, { params: { lotId } });
  const members = seatIds.map((seatId) => {
    const candidate = rows.find((row) => row.seatId === seatId);
    if (!candidate) throw new Error('not among the candidates');
    return { seatId, kind: candidate.kind, name: candidate.name };
  });
  const signed = await staff.sign(panelAct(staff.by, { lot: nameOf(view), members, selfChosen }));
  await staff.client.call(appointPanel, {
    params: { lotId },
    body: { ...signed, members: members.map(({ seatId, kind }) => ({ seatId, kind })), selfChosen },
  });
}

/** An expert accepts, with pledge and declaration. */
export async function accept(expert: Person, lotId: string): Promise<void> {
  const task = await taskOf(expert, lotId);
  const declaration = { noEmployment: true, noKinship: true, noOtherInterest: true, pledge: true } as const;
  const signed = await expert.sign(
    acceptanceAct(expert.by, {
      tenderId: task.tenderId,
      lotId,
      memberId: task.memberId,
      declaration,
      parties: task.parties.map(({ name }) => name),
    }),
  );
  await expert.client.call(acceptTask, { params: { memberId: task.memberId }, body: { ...signed, declaration } });
}

async function taskOf(expert: Person, lotId: string) {
  const task = (await expert.client.call(listTasks)).rows.find((row) => row.lotId === lotId);
  if (!task) throw new Error('no task for this lot');
  return task;
}

export const convene = (staff: Person, lotId: string, sheetsUntil: Date) =>
  staff.client.call(convenePanel, { params: { lotId }, body: { sheetsUntil: instantText(sheetsUntil) } });

export type Judge = (
  room: RoomReply,
  bid: RoomReply['bids'][number],
  item: RoomReply['criteria']['items'][number],
) => number;
const kept = new WeakMap<Person, Map<string, { salt: string; sheet: ScoreSheet }>>();

/** An expert scores alone and seals the sheet; what reveals it stays with the expert. */
export async function score(
  expert: Person,
  lotId: string,
  judge: Judge,
  responsive: (bid: RoomReply['bids'][number]) => readonly string[] = () => [],
  comment = '',
): Promise<void> {
  const room = await expert.client.call(readRoom, { params: { lotId } });
  const subjective = room.criteria.items.filter(({ kind }) => kind === 'subjective');
  const sheet: ScoreSheet = {
    v: 'xinbiao/score-sheet/v1',
    lotId,
    criteriaHash: room.criteriaHash,
    expert: room.expert,
    bids: room.bids.map((bid) => {
      const reasons = [...responsive(bid)];
      return {
        bidId: bid.bidId,
        responsive: reasons.length === 0 && !bid.overLimit,
        reasons: bid.overLimit && reasons.length === 0 ? ['报价超过最高限价'] : reasons,
        scores: subjective.map((item) => {
          const points = judge(room, bid, item);
          return {
            item: item.id,
            score: points,
            comment: comment || (points === 0 || points === item.max ? '详见投标文件相应章节。' : ''),
          };
        }),
      };
    }),
  };
  const sealed = await sealSheet({
    ctx: room.ctx,
    keyring: room.keyring,
    sheet: sheet as never,
    seed: crypto.getRandomValues(new Uint8Array(32)),
  });
  const act = sheetAct(expert.by, {
    lot: nameOf(room),
    expert: room.expert,
    seq: room.ctx.seq,
    ctxHash: sealed.escrow.ctxHash,
    commitment: sealed.commitment,
    escrowHash: sealed.escrowHash,
  });
  await expert.client.call(submitSheet, {
    params: { lotId },
    body: {
      ...(await expert.sign(act)),
      seq: room.ctx.seq,
      commitment: sealed.commitment,
      escrow: canonical(sealed.escrow),
    },
  });
  const mine = kept.get(expert) ?? new Map<string, { salt: string; sheet: ScoreSheet }>();
  mine.set(lotId, { salt: sealed.reveal.salt, sheet });
  kept.set(expert, mine);
}

/** What only the expert's browser holds until it reveals. */
export function keptSheet(expert: Person, lotId: string): { readonly salt: string; readonly sheet: ScoreSheet } {
  const mine = kept.get(expert)?.get(lotId);
  if (!mine) throw new Error('nothing to reveal');
  return mine;
}

/** The expert's browser reveals once all sheets are in. */
export async function reveal(expert: Person, lotId: string): Promise<string> {
  const mine = keptSheet(expert, lotId);
  return (await expert.client.call(revealSheet, { params: { lotId }, body: mine })).lotState;
}

/** An officer's browser gives its shares of the sheets that absent experts left in escrow. */
export async function openEscrows(officer: Person, lotId: string): Promise<ReplyOf<typeof releaseEscrows>> {
  const { rows } = await officer.client.call(readEscrows, { params: { lotId } });
  const { encryption } = officer.held;
  const shares = await Promise.all(
    rows.map(async ({ expert, escrowHash, escrow }) => {
      const manifest = sheetLocked(SheetEscrow.parse(parseCanonical(escrow)));
      const blob = await unwrapShare({
        manifest,
        stage: sheetStage,
        officerCertSha256: encryption.fingerprint,
        privateKey: encryption.privateKey,
        certificate: encryption.certificate,
      });
      return { expert, escrowHash, blob: toHex(blob) };
    }),
  );
  const { tenderId, code, lotNo } = await officer.client.call(readOpening, { params: { lotId } });
  return officer.client.call(releaseEscrows, {
    params: { lotId },
    body: { ...(await officer.sign(escrowAct(officer.by, { lot: { tenderId, lotId, code, lotNo }, shares }))), shares },
  });
}

/** An expert signs own sheet, result and report. */
export async function sign(expert: Person, lotId: string): Promise<void> {
  const room = await expert.client.call(readRoom, { params: { lotId } });
  const { commitment } = await expert.client.call(readProgress, { params: { lotId } });
  const { resultHash, reportHash } = await expert.client.call(readReport, { params: { lotId } });
  await expert.client.call(signReport, {
    params: { lotId },
    body: await expert.sign(
      reportAct(expert.by, {
        lot: nameOf(room),
        expert: room.expert,
        commitment: commitment ?? '',
        resultHash,
        reportHash,
      }),
    ),
  });
}

/** The purchaser awards to rank 1; gives who that is. */
export async function award(
  purchaser: Person,
  lotId: string,
  reason = '',
): Promise<{ bidId: string; name: string; uscc: string; price: string; total: number }> {
  const decision = await purchaser.client.call(readDecision, { params: { lotId } });
  const first = decision.candidates.find(({ rank }) => rank === 1);
  if (!first) throw new Error('nobody is ranked first');
  const act = awardAct(purchaser.by, {
    lot: nameOf(decision),
    bidId: first.bidId,
    bidder: first.bidder,
    price: first.price,
    rank: first.rank,
    total: first.total,
    reportHash: decision.reportHash ?? '',
    resultHash: decision.resultHash ?? '',
    reason,
  });
  await purchaser.client.call(decideAward, {
    params: { lotId },
    body: { ...(await purchaser.sign(act)), bidId: first.bidId, reason },
  });
  return {
    bidId: first.bidId,
    name: first.bidder.name,
    uscc: first.bidder.uscc,
    price: first.price,
    total: first.total,
  };
}

/** Waits until the bids of a lot are open, or its life has gone elsewhere. */
export async function untilOpened(anybody: Person, lotId: string, seconds = 300): Promise<ReplyOf<typeof readOpening>> {
  for (let tries = 0; tries < seconds * 10; tries += 1) {
    const hall = await anybody.client.call(readOpening, { params: { lotId } });
    if (hall.phase === 'opened' || hall.phase === 'failed') return hall;
    await pause(100);
  }
  throw new Error('the bids did not open in time');
}
