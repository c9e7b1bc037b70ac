import { lotLife, type LotState, type LotMove } from '@xinbiao/contracts/tendering';
import { step } from '@xinbiao/contracts/kernel';
import {
  bytesOf,
  canonical,
  identifiersOf,
  keyCommitIn,
  Manifest,
  manifestHashOf,
  parseCanonical,
  pieceSize,
  readCertificate,
  sha256Hex,
  sheetContextHash,
  isCommittedSheet,
  joined,
  type Json,
} from '@xinbiao/contracts/trust';
import { fromHex, instantOf, toHex, type Day } from '@xinbiao/contracts/kernel';
import { publishedUntil } from '@xinbiao/contracts/registry';
import type { Book, Written } from './book.ts';

/*
 * What the log says of each table, row by row. A rule tells what a row must be, as far as entries tell it; a field it
 * does not tell is listed with the reason why nothing can.
 */

export type Row = Readonly<Record<string, unknown>>;
export type Tables = ReadonlyMap<string, readonly Row[]>;
export type Told = { readonly book: Book; readonly tables: Tables };
/** What a row must say; null where the log knows of no such row. */
export type Expected = Readonly<Record<string, unknown>> | null;

export type Rule = {
  readonly expect: (row: Row, told: Told) => Expected;
  /** Rows that must be there: the value of one field for each. */
  readonly due?: { readonly field: string; readonly values: (told: Told) => Iterable<unknown> };
  /** Fields that no entry tells, and why. */
  readonly free: Readonly<Record<string, string>>;
};

const ownWords = 'kept for people to read; what it says legally is in the signed document';
const place = 'a place in this database only';
const counter = 'counts changes of the row, so that two cannot cross';
const workings = 'when the clock looks at it again; a wrong one only makes it late';

const one = (told: Told, entity: string, field: string, value: unknown): Row | undefined =>
  told.tables.get(entity)?.find((row) => row[field] === value);
const all = (told: Told, entity: string): readonly Row[] => told.tables.get(entity) ?? [];
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const hashOf = (document: unknown): string => sha256Hex(bytesOf(text(document)));
const hashOfHex = (hex: unknown): string => (/^(?:[0-9a-f]{2})*$/.test(text(hex)) ? sha256Hex(fromHex(text(hex))) : '');
const at = (entry: Written | undefined): Date | null => (entry ? instantOf(entry.at) : null);
const parsed = (document: unknown): Record<string, unknown> | undefined => {
  try {
    return parseCanonical(text(document)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};
const manifestOf = (document: unknown): Manifest | undefined => {
  const read = Manifest.safeParse(parsed(document));
  return read.success ? read.data : undefined;
};

/** The type of entry that records a move of a lot, beside `lot.<move>`. */
const moves: Readonly<Record<string, string>> = {
  'tender.close': 'close',
  'qualify.result': 'qualify',
  'eval.result': 'rank',
  'eval.reopen': 'reopen',
  'award.decide': 'award',
};

/** Where the entries leave a lot, and which of them moved it. */
export function replayLot(book: Book, lotId: unknown): { state: LotState; steps: readonly Written[] } {
  let state: LotState = 'bidding';
  const steps: Written[] = [];
  for (const entry of book.inScope(lotId)) {
    const move = (moves[entry.type] ?? /^lot\.(\w+)$/.exec(entry.type)?.[1]) as LotMove | undefined;
    // A panel that finds too few responsive bids records its result and then the failure.
    if (move === undefined || (entry.type === 'eval.result' && entry.p['outcome'] !== 'ranked')) continue;
    const taken: LotState | undefined = step(lotLife, state, move)?.[2];
    if (!taken) continue;
    state = taken;
    steps.push(entry);
  }
  return { state, steps };
}

type PublishedLot = {
  readonly no: number;
  readonly title: string;
  readonly budget: string;
  readonly ceiling?: string | null;
};
type Content = {
  readonly title?: string;
  readonly category?: string;
  readonly regionCode?: string;
  readonly deadline?: string;
  readonly lots?: readonly PublishedLot[];
};
const publicationOf = (book: Book, tenderId: unknown): Written | undefined =>
  book.of('tender.publish').find(({ p, scope }) => p['tender'] === tenderId || scope === tenderId);
/** The newest notice: an amendment replaces keyring and leaf. */
const noticeOf = (book: Book, tenderId: unknown): Written | undefined =>
  book.of('tender.amend').findLast(({ p, scope }) => p['tender'] === tenderId || scope === tenderId) ??
  publicationOf(book, tenderId);
const fen = (value: unknown): bigint | null =>
  typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : null;

type Head = {
  readonly bidId: string;
  readonly manifestHash: string;
  readonly bidder: { readonly name: string; readonly uscc: string } | null;
};
const headsOf = (told: Told, lotId: unknown): readonly Head[] => {
  const close = one(told, 'LotClose', 'lotId', lotId);
  // Only a close document that the log names tells anything.
  if (!close || !told.book.of('tender.close', lotId).some(({ p }) => p['document'] === hashOf(close['document'])))
    return [];
  return (parsed(close['document'])?.['heads'] as readonly Head[] | undefined) ?? [];
};

/** The entry that pinned a certificate. */
const pinOf = (book: Book, fingerprint: unknown): Written | undefined =>
  book.of('key.pin').find(({ p }) => p['signing'] === fingerprint || p['encryption'] === fingerprint);

/** A member of a panel as the signed appointments and answers leave them. */
const panelEntries = (book: Book, lotId: unknown, type: string, expert: unknown): readonly Written[] =>
  book.of(type, lotId).filter(({ act, p }) => (act?.['expert'] ?? p['expert']) === expert);

export const rules: Readonly<Record<string, Rule>> = {
  Organisation: {
    expect(row, { book }) {
      const registered = book.of('party.register').filter(({ p }) => p['uscc'] === row['uscc']);
      if (registered.length === 0) return row['state'] === 'active' ? null : {};
      const renamed = book.of('party.rename').filter(({ p }) => p['uscc'] === row['uscc']);
      const name = [...registered, ...renamed].reduce((latest, entry) => (entry.at >= latest.at ? entry : latest)).p[
        'name'
      ];
      const kinds = [...new Set(registered.flatMap(({ p }) => p['kinds'] as string[]))].toSorted();
      return {
        name,
        kinds: (kept: unknown) => text(kept).split(',').filter(Boolean).toSorted().join() === kinds.join(),
        regionCode: registered.at(-1)?.p['regionCode'],
        heldUscc: (kept: unknown) => kept === null || kept === row['uscc'],
      };
    },
    due: { field: 'uscc', values: ({ book }) => book.of('party.register').map(({ p }) => p['uscc']) },
    free: {
      id: place,
      sought: 'an index for searching',
      uscc: 'told as the row’s own name',
      state:
        'whether a registration stands is decided by reviewers without a signed document; what counts in a tender is the pinned certificate',
      profile: 'what an organisation says about itself',
      version: counter,
      declaredAt: 'the declaration itself is a signed document on record',
      createdAt: 'before anything was decided',
    },
  },
  Certificate: {
    expect(row, { book, tables }) {
      const pin = pinOf(book, row['fingerprint']);
      if (!pin) return null;
      const facts = readCertificateOr(row['der']);
      const revoked = book.of('key.revoke').filter(({ p }) => Object.values(p).includes(row['fingerprint']));
      const organisation = tables.get('Organisation')?.find(({ id }) => id === row['organisationId']);
      return {
        der: (kept: unknown) => hashOfHex(kept) === row['fingerprint'],
        kind: pin.p['signing'] === row['fingerprint'] ? 'signing' : 'encryption',
        organisationId: () => (organisation?.['uscc'] ?? null) === (pin.p['uscc'] ?? null),
        serial: facts?.serial,
        notBefore: facts?.notBefore,
        notAfter: facts?.notAfter,
        state: revoked.length > 0 ? 'revoked' : 'active',
        revokedAt: (kept: unknown) => (kept === null) === (revoked.length === 0),
        pinnedAt: at(pin),
      };
    },
    due: {
      field: 'fingerprint',
      values: ({ book }) => book.of('key.pin').flatMap(({ p }) => [p['signing'], p['encryption']]),
    },
    free: {
      id: place,
      pairId: place,
      seatId: 'which seat of the organisation; the certificate names the person',
      personId: 'which account of the person; the certificate names the person',
      fingerprint: 'told as the row’s own name',
      demonstration: 'follows from the issuer',
      chain: 'checked again at every signature',
      proof: 'its hash is on record where there was one',
      revokeReason: ownWords,
    },
  },
  Tender: {
    expect(row, { book, tables }) {
      const published = publicationOf(book, row['id']);
      // What a draft says binds nobody; but a tender that says it is published must be.
      if (!published) return row['publishedAt'] === null ? {} : null;
      const newest = noticeOf(book, row['id']) ?? published;
      const content = published.act?.['content'] as Content | undefined;
      const lots = (published.act?.['lots'] ?? []) as readonly { readonly id: string; readonly no: number }[];
      const states = Object.fromEntries(lots.map(({ id }) => [id, replayLot(book, id).state]));
      const keyringHash = newest.act?.['keyringHash'] ?? published.act?.['keyringHash'];
      return {
        code: published.act?.['code'],
        content: (kept: unknown) => canonical(kept) === canonical(content ?? null),
        title: content?.title,
        category: content?.category,
        regionCode: content?.regionCode,
        lotNames: (kept: unknown) => canonical(kept) === canonical(lots.map(({ id, no }) => ({ id, no }))),
        lotStates: (kept: unknown) => canonical(kept) === canonical(states),
        lotState: (kept: unknown) => Object.values(states).includes(kept as LotState),
        budget: (kept: unknown) =>
          kept === (content?.lots ?? []).reduce((sum, { budget }) => sum + (fen(budget) ?? 0n), 0n),
        keyring: (kept: unknown) => keyringHashOf(kept) === keyringHash,
        keyringHash,
        noticeLeaf: newest.leaf,
        noticeHash: (kept: unknown) => kept === newest.p['act'] || kept === published.p['act'],
        deadline: (kept: unknown) =>
          kept instanceof Date && [...deadlinesOf(book, row['id']), content?.deadline].includes(kept.toISOString()),
        publishedAt: at(published),
        state: 'published',
        purchaserName: (kept: unknown) =>
          tables.get('Organisation')?.some(({ id, name }) => id === row['purchaserId'] && name === kept) ?? false,
        agencyName: (kept: unknown) =>
          row['agencyId'] === null
            ? kept === null
            : (tables.get('Organisation')?.some(({ id, name }) => id === row['agencyId'] && name === kept) ?? false),
        checkEntry: (kept: unknown) => kept === null || book.byId(kept)?.type === 'tender.check',
        checkHash: (kept: unknown) => kept === null || book.named.has(text(kept)),
      };
    },
    due: {
      field: 'id',
      values: ({ book }) => book.of('tender.publish').map(({ p, scope }) => p['tender'] ?? scope),
    },
    free: {
      id: 'told as the row’s own name',
      rid: place,
      rulebook: 'the one in force at publication',
      version: counter,
      purchaserId: 'compared by name, which is on record',
      agencyId: 'compared by name, which is on record',
      composerSeatId: place,
      composerPersonId: place,
      composerName: ownWords,
      submitterPersonId: place,
      checkerSeatId: place,
      checkerPersonId: place,
      checkerName: ownWords,
      publisherSeatId: place,
      publisherName: ownWords,
      returnReason: ownWords,
      createdAt: 'before anything was decided',
      savedAt: 'before anything was decided',
    },
  },
  Lot: {
    expect(row, { book }) {
      const published = publicationOf(book, row['tenderId']);
      if (!published) return null;
      const terms = (published.act?.['content'] as Content | undefined)?.lots?.find(({ no }) => no === row['no']);
      const { state, steps } = replayLot(book, row['id']);
      const failed = book.of('lot.fail', row['id'])[0];
      return {
        tenderId: () => ((published.act?.['lots'] ?? []) as { id: string }[]).some(({ id }) => id === row['id']),
        state,
        title: terms?.title,
        budget: fen(terms?.budget),
        ceiling: (kept: unknown) => kept === fen(terms?.ceiling),
        failure: failed?.p['reason'] ?? null,
        deadline: (kept: unknown) =>
          kept instanceof Date &&
          [
            ...deadlinesOf(book, row['tenderId']),
            (published.act?.['content'] as Content | undefined)?.deadline,
          ].includes(kept.toISOString()),
        steps: (kept: unknown) => {
          const taken = kept as readonly { leaf: string; to: string; at: string }[];
          const [first, ...rest] = taken;
          return (
            book.byLeaf(first?.leaf)?.type.startsWith('tender.') === true &&
            rest.map(({ leaf }) => leaf).join() === steps.map(({ leaf }) => leaf).join() &&
            taken.at(-1)?.to === state &&
            taken.every(({ leaf, at: when }) => book.byLeaf(leaf)?.at === when)
          );
        },
      };
    },
    due: {
      field: 'id',
      values: ({ book }) =>
        book.of('tender.publish').flatMap(({ act }) => ((act?.['lots'] ?? []) as { id: string }[]).map(({ id }) => id)),
    },
    free: {
      id: 'told as the row’s own name',
      no: 'told by the notice, by which the rest is found',
      wakeAt: workings,
      precheckAt: workings,
    },
  },
  Bid: {
    expect(row, told) {
      const own = all(told, 'Envelope').filter(
        (envelope) => envelope['bidId'] === row['id'] && envelope['entryId'] !== null,
      );
      // A place kept for a bid that was never handed in is nothing that the log tells of.
      if (own.length === 0) return { headId: null, seq: 0, standing: 'none', no: null };
      const heads = headsOf(told, row['lotId']);
      const listed = heads.findIndex(({ bidId }) => bidId === row['id']);
      const head = own.find(({ state }) => state === 'sealed');
      const isClosed = told.book.of('tender.close', row['lotId']).length > 0;
      const opened = replayLot(told.book, row['lotId']).steps.some(
        ({ type }) => type === 'lot.fail' && heads.length < 3,
      );
      const certificate = one(
        told,
        'Certificate',
        'fingerprint',
        (head?.['ctx'] as { bidderCertSha256?: unknown } | undefined)?.bidderCertSha256,
      );
      return {
        tenderId: own[0]?.['tenderId'],
        lotId: own[0]?.['lotId'],
        headId: head?.['id'] ?? null,
        seq: own.reduce((most, envelope) => Math.max(most, Number(envelope['seq'])), 0),
        no: listed < 0 ? null : listed + 1,
        standing: (kept: unknown) =>
          !isClosed
            ? kept === (head ? 'sealed' : 'none')
            : listed >= 0
              ? kept === (opened ? 'void' : 'counted')
              : kept === 'none' || kept === 'sealed',
        organisationId: (kept: unknown) => certificate === undefined || certificate['organisationId'] === kept,
        organisationName: (kept: unknown) =>
          heads[listed]?.bidder ? heads[listed].bidder.name === kept : text(kept) !== '' && isNameOf(told, row),
        uscc: (kept: unknown) => one(told, 'Organisation', 'id', row['organisationId'])?.['uscc'] === kept,
      };
    },
    due: {
      field: 'id',
      values: (told) => all(told, 'LotClose').flatMap(({ lotId }) => headsOf(told, lotId).map(({ bidId }) => bidId)),
    },
    free: { id: 'told by the close document', createdAt: 'before anything was handed in', version: counter },
  },
  Envelope: {
    expect(row, told) {
      if (row['entryId'] === null)
        return {
          manifestHash: null,
          receivedAt: null,
          state: (kept: unknown) => kept === 'open' || kept === 'abandoned',
        };
      const entry = told.book.byId(row['entryId']);
      const manifest = manifestOf(row['manifest']);
      if (entry?.type !== 'bid.receipt' || !manifest) return null;
      const replaced = told.book
        .of('bid.receipt', entry.scope)
        .some(({ p }) => p['supersedes'] === entry.p['manifest']);
      const withdrawal = told.book
        .of('bid.withdraw', entry.scope)
        .find(({ p, act }) => [p['manifest'], p['manifestHash'], act?.['manifestHash']].includes(entry.p['manifest']));
      return {
        lotId: entry.scope,
        tenderId: manifest.ctx.tenderId,
        seq: entry.p['seq'],
        ctx: (kept: unknown) => canonical(kept) === canonical(manifest.ctx),
        id: manifest.ctx.envelopeId,
        certificate: (kept: unknown) => hashOfHex(kept) === manifest.ctx.bidderCertSha256,
        pieceLength: manifest.parts[0]?.pieceLength,
        state: withdrawal ? 'withdrawn' : replaced ? 'superseded' : 'sealed',
        manifestHash: entry.p['manifest'],
        manifest: () => manifestHashOf(manifest) === entry.p['manifest'],
        signature: (kept: unknown) => hashOfHex(kept) === entry.p['signature'],
        gateCertificate: (kept: unknown) =>
          kept === null ||
          manifest.stages.some((stage) => stage.gate === 'bidder' && stage.bidder.certSha256 === hashOfHex(kept)),
        bytes: manifest.parts.reduce((sum, { length }) => sum + length, 0),
        entryId: entry.id,
        receivedAt: at(entry),
        withdrawEntryId: withdrawal?.id ?? null,
        withdrawnAt: at(withdrawal),
        withdrawAct: (kept: unknown) => (withdrawal ? hashOf(kept) === withdrawal.p['sealedAct'] : kept === null),
        withdrawSignature: (kept: unknown) =>
          withdrawal ? hashOfHex(kept) === withdrawal.p['signature'] : kept === null,
        bidId: (kept: unknown) =>
          one(told, 'Bid', 'id', kept)?.['lotId'] === entry.scope &&
          (headsOf(told, entry.scope).find(({ manifestHash }) => manifestHash === entry.p['manifest'])?.bidId ??
            kept) === kept,
      };
    },
    due: { field: 'entryId', values: ({ book }) => book.of('bid.receipt').map(({ id }) => id) },
    free: {
      seatId: 'which seat handed it in; the signature names the organisation',
      openedAt: 'before anything was handed in',
      timestamps: 'evidence that the bidder holds too; each token is signed by its authority',
      clearedAt: 'when ciphertext that no longer counts was deleted',
      unreadableAt: workings,
    },
  },
  EnvelopePiece: {
    expect(row, told) {
      const envelope = one(told, 'Envelope', 'id', row['envelopeId']);
      const manifest = manifestOf(envelope?.['manifest']);
      if (!envelope) return null;
      if (!manifest) return {};
      for (const part of manifest.parts) {
        const nth = part.pieces.indexOf(text(row['sha256']));
        if (nth >= 0) return { size: pieceSize(part, nth) };
      }
      return null;
    },
    free: {
      envelopeId: 'told with the piece',
      sha256: 'told by the manifest',
      storedAt: 'when the piece arrived; it counts by its hash',
    },
  },
  BidIdentifier: {
    expect(row, told) {
      const envelope = one(told, 'Envelope', 'id', row['envelopeId']);
      const manifest = manifestOf(envelope?.['manifest']);
      const found =
        manifest &&
        identifiersOf(manifest).find(({ kind, value }) => sha256Hex(bytesOf(`${kind}/${value}`)) === row['digest']);
      return found ? { kind: found.kind, tenderId: manifest.ctx.tenderId } : null;
    },
    free: { digest: 'told by the manifest', envelopeId: 'told by the manifest' },
  },
  LotClose: {
    expect(row, { book }) {
      const entry = book.of('tender.close', row['lotId'])[0];
      const document = parsed(row['document']);
      if (!entry || !document) return null;
      return {
        tenderId: document['tenderId'],
        hash: entry.p['document'],
        document: (kept: unknown) => hashOf(kept) === entry.p['document'],
        leaf: entry.leaf,
        entryId: entry.id,
        count: entry.p['count'],
        closedAt: (kept: unknown) => kept instanceof Date && kept.toISOString() === document['closedAt'],
      };
    },
    due: { field: 'lotId', values: ({ book }) => book.of('tender.close').map(({ scope }) => scope) },
    free: { lotId: 'told as the row’s own name' },
  },
  Release: {
    expect(row, { book }) {
      const sealed = hashOf(row['act']);
      const entry = [...book.of('open.reveal', row['lotId']), ...book.of('open.batch', row['lotId'])].find(
        ({ p }) => p['sealedAct'] === sealed || p['batch'] === sealed,
      );
      const act = parsed(row['act']) as
        | { officer?: unknown; shares?: { manifestHash: string; blob: string | null }[] }
        | undefined;
      if (!entry || !act) return null;
      return {
        officer: act.officer,
        officerGroup: entry.p['group'],
        at: at(entry),
        signature: (kept: unknown) => hashOfHex(kept) === entry.p['signature'],
        certificate: entry.p['certificate'],
        entryId: entry.id,
        act: () => true,
        lacking: (kept: unknown) =>
          (act.shares ?? [])
            .filter(({ blob }) => blob === null)
            .every(({ manifestHash }) => (kept as string[]).includes(manifestHash)) &&
          (kept as string[]).every((hash) => book.named.has(hash)),
      };
    },
    free: { id: place, lotId: 'told as the row’s own name', seatId: 'which seat; the certificate names the officer' },
  },
  OpenedBid: {
    expect(row, told) {
      const entry = told.book.of('open.result', row['lotId']).find(({ p }) => p['bid'] === row['bidId']);
      if (!entry) return null;
      const head = headsOf(told, row['lotId']);
      const envelope = one(told, 'Envelope', 'manifestHash', entry.p['manifest']);
      const manifest = manifestOf(envelope?.['manifest']);
      const stage = manifest?.stages[0];
      return {
        no: head.findIndex(({ bidId }) => bidId === row['bidId']) + 1,
        envelopeId: envelope?.['id'],
        manifestHash: entry.p['manifest'],
        state: entry.p['state'],
        price: entry.p['price'] === null ? null : fen(entry.p['price']),
        offer: (kept: unknown) =>
          kept === null ? entry.p['offer'] === null : sha256Hex(bytesOf(canonical(kept))) === entry.p['offer'],
        faults: (kept: unknown) =>
          canonical((kept as { code: string; party: string }[]).map(({ code, party }) => ({ code, party }))) ===
          canonical(
            (entry.p['faults'] as { code: string; party: string }[]).map(({ code, party }) => ({ code, party })),
          ),
        priceKey: entry.p['partKey'],
        stageKey: (kept: unknown) =>
          kept === null
            ? entry.p['state'] !== 'opened'
            : manifest !== undefined &&
              stage !== undefined &&
              /^[0-9a-f]{64}$/.test(text(kept)) &&
              toHex(keyCommitIn(manifest, fromHex(text(kept)), stage.id)) === stage.keyCommit,
        entryId: entry.id,
        openedAt: at(entry),
      };
    },
    due: { field: 'bidId', values: ({ book }) => book.of('open.result').map(({ p }) => p['bid']) },
    free: { bidId: 'told as the row’s own name', lotId: 'told as the row’s own name' },
  },
  Opening: {
    expect(row, { book }) {
      const entry = book.of('lot.open', row['lotId'])[0];
      if (!entry) return null;
      return {
        number: parsed(row['record'])?.['number'],
        openedAt: at(entry),
        recordHash: entry.p['record'],
        record: (kept: unknown) => hashOf(kept) === entry.p['record'],
      };
    },
    due: { field: 'lotId', values: ({ book }) => book.of('lot.open').map(({ scope }) => scope) },
    free: { lotId: 'told as the row’s own name' },
  },
  Remark: {
    expect(row, { book }) {
      const entry = book.byId(row['entryId']);
      if (!entry?.act) return null;
      const answer = book.of('open.answer').find(({ act }) => act?.['remarkId'] === row['id']);
      return {
        lotId: entry.act['lotId'],
        kind: entry.type === 'open.confirm' ? 'confirm' : 'object',
        text: entry.act['text'],
        at: at(entry),
        answer: answer?.act?.['text'] ?? null,
        answeredAt: at(answer),
      };
    },
    due: {
      field: 'entryId',
      values: ({ book }) => [...book.of('open.confirm'), ...book.of('open.object')].map(({ id }) => id),
    },
    free: {
      id: place,
      bidId: 'whose certificate signed it',
      entryId: 'told by its content',
      answeredBy: ownWords,
      version: counter,
    },
  },
  QualificationCheck: {
    expect(row, { book }) {
      const entry = book.of('qualify.result', row['lotId'])[0];
      const said = entry?.act?.['bids'] as { bidId: string; passed: boolean; findings: Json }[] | undefined;
      if (!entry || !said) return null;
      return {
        at: at(entry),
        bids: (kept: unknown) =>
          canonical(kept) === canonical(said.map(({ bidId, passed, findings }) => ({ bidId, passed, findings }))),
        entryId: entry.id,
        leaf: entry.leaf,
      };
    },
    due: { field: 'lotId', values: ({ book }) => book.of('qualify.result').map(({ scope }) => scope) },
    free: { lotId: 'told as the row’s own name', byName: ownWords },
  },
  Panel: {
    expect(row, { book }) {
      const entry = book.of('panel.appoint', row['lotId'])[0];
      if (!entry) return null;
      const convened = book.of('lot.convene', row['lotId']).at(-1);
      const closed = book.of('eval.close', row['lotId']).at(-1);
      return {
        tenderId: (kept: unknown) =>
          publicationOf(book, kept)?.act !== undefined &&
          ((publicationOf(book, kept)?.act?.['lots'] ?? []) as { id: string }[]).some(({ id }) => id === row['lotId']),
        appointedAt: at(entry),
        entryId: entry.id,
        leaf: entry.leaf,
        convenedAt: at(convened),
        sheetsUntil: (kept: unknown) =>
          convened ? kept instanceof Date && kept.toISOString() === convened.p['sheetsUntil'] : kept === null,
        allInAt: at(closed),
        round: 1 + book.of('eval.reopen', row['lotId']).length,
        defaults: (kept: unknown) =>
          ((kept ?? []) as { leaf: string }[]).every(({ leaf }) => book.byLeaf(leaf)?.scope === row['lotId']),
        entries: (kept: unknown) => (kept as string[]).every((id) => book.byId(id)?.scope === row['lotId']),
      };
    },
    due: { field: 'lotId', values: ({ book }) => book.of('panel.appoint').map(({ scope }) => scope) },
    free: {
      lotId: 'told as the row’s own name',
      byName: ownWords,
      revealUntil: workings,
      drawn: 'the draw is on record by itself',
      drawId: 'the draw is on record by itself',
      selfChosen: 'in the signed appointment',
      version: counter,
    },
  },
  PanelMember: {
    expect(row, { book }) {
      const appointed = book
        .of('panel.appoint', row['lotId'])
        .flatMap(({ act }) => (act?.['members'] ?? []) as { seatId: string; kind: string; name: string }[]);
      const replacing = book
        .of('panel.replace', row['lotId'])
        .map(({ act }) => act as unknown as { seatId: string; name: string });
      const own =
        appointed.find(({ seatId }) => seatId === row['seatId']) ??
        replacing.find(({ seatId }) => seatId === row['seatId']);
      const reserve = book.of('panel.reserve', row['lotId']).length > 0;
      if (!own && !reserve) return null;
      const accepted = book.byId(row['acceptEntryId']);
      const signed = panelEntries(book, row['lotId'], 'eval.sign', row['expert']).at(-1);
      const sheet = panelEntries(book, row['lotId'], 'eval.sheet', row['expert']).at(-1);
      const revealed = panelEntries(book, row['lotId'], 'eval.reveal', row['expert']).at(-1);
      return {
        name: (kept: unknown) => own === undefined || own.name === kept,
        kind: (kept: unknown) => own === undefined || !('kind' in own) || own.kind === kept,
        acceptEntryId: (kept: unknown) => kept === null || accepted?.type === 'panel.accept',
        answeredAt: (kept: unknown) => (accepted ? kept instanceof Date && kept.toISOString() === accepted.at : true),
        state: (kept: unknown) =>
          (!['committed', 'revealed'].includes(text(kept)) || sheet !== undefined) &&
          (kept !== 'revealed' || revealed !== undefined) &&
          (!['invited', 'declined'].includes(text(kept)) || accepted === undefined) &&
          (revealed === undefined || ['revealed', 'replaced', 'opened'].includes(text(kept))),
        reportEntryId: signed?.id ?? null,
        reportSignedAt: at(signed),
      };
    },
    free: {
      id: place,
      lotId: 'told with the seat',
      tenderId: 'told with the lot',
      expert: 'a pseudonym; sheets and signatures name it',
      seatId: 'told by the appointment',
      personId: 'who holds the seat',
      reason: ownWords,
      replaces: place,
      invitedAt: ownWords,
      version: counter,
    },
  },
  SealedScore: {
    expect(row, { book }) {
      const entry = panelEntries(book, row['lotId'], 'eval.sheet', row['expert']).at(-1);
      if (!entry?.act) return null;
      const revealed = panelEntries(book, row['lotId'], 'eval.reveal', row['expert']).at(-1);
      return {
        seq: entry.act['seq'],
        ctx: (kept: unknown) =>
          sheetContextHash(kept as Parameters<typeof sheetContextHash>[0]) === entry.act?.['ctxHash'],
        commitment: entry.act['commitment'],
        escrowHash: entry.act['escrowHash'],
        escrow: (kept: unknown) => escrowHashOf(kept) === entry.act?.['escrowHash'],
        signature: (kept: unknown) => hashOfHex(kept) === entry.p['signature'],
        entryId: entry.id,
        committedAt: at(entry),
        salt: (kept: unknown) => (revealed ? /^[0-9a-f]{64}$/.test(text(kept)) : kept === null),
        sheet: (kept: unknown) =>
          revealed
            ? isCommittedSheet(text(entry.act?.['commitment']), {
                salt: text(row['salt']),
                sheet: (parsed(kept) ?? null) as Json,
              })
            : kept === null,
        source: (kept: unknown) => kept === (revealed?.p['source'] ?? null),
        revealedAt: at(revealed),
      };
    },
    free: { memberId: place, lotId: 'told with the sheet', expert: 'told with the sheet' },
  },
  Evaluation: {
    expect(row, { book }) {
      const entry = book.of('eval.result', row['lotId']).at(-1);
      if (!entry) return null;
      return {
        tenderId: parsed(row['result'])?.['tenderId'],
        result: (kept: unknown) => hashOf(kept) === entry.p['result'],
        resultHash: entry.p['result'],
        reportHash: entry.p['report'],
        rankedAt: at(entry),
        entryId: entry.id,
        leaf: entry.leaf,
      };
    },
    due: { field: 'lotId', values: ({ book }) => book.of('eval.result').map(({ scope }) => scope) },
    free: { lotId: 'told as the row’s own name' },
  },
  Award: {
    expect(row, told) {
      const entry = told.book.of('award.decide', row['lotId'])[0];
      const act = entry?.act as
        | { bidId?: string; bidder?: { name: string; uscc: string }; price?: string; total?: number; reason?: string }
        | undefined;
      if (!entry || !act) return null;
      return {
        bidId: act.bidId,
        organisationId: one(told, 'Bid', 'id', act.bidId)?.['organisationId'],
        tenderId: one(told, 'Bid', 'id', act.bidId)?.['tenderId'],
        winnerName: act.bidder?.name,
        winnerUscc: act.bidder?.uscc,
        price: fen(act.price),
        total: act.total,
        reason: act.reason,
        at: at(entry),
        entryId: entry.id,
        leaf: entry.leaf,
        letterHash: entry.p['letter'],
        noticeHash: entry.p['notice'],
      };
    },
    due: { field: 'lotId', values: ({ book }) => book.of('award.decide').map(({ scope }) => scope) },
    free: {
      lotId: 'told as the row’s own name',
      id: place,
      winnerAddress: 'in the letter, whose hash is on record',
      byName: ownWords,
    },
  },
  BlacklistEntry: {
    expect(row, { book }) {
      const entry = book.of('blacklist.add').find(({ act }) => {
        const decision = act?.['decision'] as { uscc?: unknown; decisionNumber?: unknown } | undefined;
        return decision?.uscc === row['uscc'] && decision?.decisionNumber === row['decisionNumber'];
      });
      if (!entry) return null;
      const decision = entry.act?.['decision'] as Record<string, unknown> & { forbids: string[] };
      const ended = [...book.of('blacklist.withdraw'), ...book.of('blacklist.repair')].find(
        ({ act }) => act?.['entryId'] === row['id'],
      );
      return {
        name: decision['name'],
        authority: decision['authority'],
        legalBasis: decision['legalBasis'],
        reason: decision['reason'],
        decidedOn: decision['decidedOn'],
        forbids: (kept: unknown) =>
          text(kept).split(',').filter(Boolean).toSorted().join() === [...decision.forbids].toSorted().join(),
        regionCode: decision['regionCode'] ?? null,
        fromDay: decision['from'],
        untilDay: decision['until'],
        evidence: (kept: unknown) => canonical(kept ?? null) === canonical(decision['evidence'] ?? null),
        addedAt: at(entry),
        state: (kept: unknown) => (kept === 'active') === (ended === undefined),
        endedAt: at(ended),
        endReason: ended?.act?.['reason'] ?? null,
        endDecisionNumber: ended?.act?.['decisionNumber'] ?? null,
        publishedUntil: publishedUntil({
          decidedOn: text(decision['decidedOn']) as Day,
          until: text(decision['until']) as Day,
        }),
        sought: (kept: unknown) =>
          text(kept).includes(text(row['uscc']).toLowerCase()) || text(kept).includes(text(row['uscc'])),
      };
    },
    due: {
      field: 'decisionNumber',
      values: ({ book }) =>
        book
          .of('blacklist.add')
          .map(({ act }) => (act?.['decision'] as { decisionNumber?: unknown } | undefined)?.decisionNumber),
    },
    free: {
      id: place,
      uscc: 'told as the row’s own name',
      decisionNumber: 'told as the row’s own name',
      addedBy: 'the signature names the decider',
    },
  },
  BatchAnnouncement: {
    expect(row, { book }) {
      const entry = book.byId(row['entryId']);
      if (entry?.type !== 'open.batch') return null;
      const revealed = book.of('open.reveal', row['lotId']).some(({ p }) => p['batch'] === row['batch']);
      return {
        lotId: entry.scope,
        officer: entry.p['officer'],
        batch: entry.p['batch'],
        state: (kept: unknown) =>
          ['pending', 'accepted', 'refused'].includes(text(kept)) && (kept === 'accepted') === revealed,
        at: at(entry),
        leaf: entry.leaf,
      };
    },
    due: {
      field: 'entryId',
      values: ({ book }) => book.of('open.batch').flatMap(({ id, p }) => (p['batch'] === undefined ? [] : [id])),
    },
    free: { id: place, attempt: 'the order of announcements, which the log gives', entryId: 'told by its content' },
  },
  BidOmission: {
    expect(row, { book }) {
      const entry = book.byId(row['entryId']);
      if (entry?.type !== 'open.omission') return null;
      const decision = book.of('open.decision', row['lotId']).find(({ p }) => p['leaf'] === row['leaf']);
      return {
        lotId: entry.scope,
        manifestHash: entry.p['manifest'],
        leaf: entry.p['leaf'],
        at: at(entry),
        finding: decision?.act?.['finding'] ?? null,
        decidedAt: at(decision),
        decisionEntryId: decision?.id ?? null,
      };
    },
    due: { field: 'entryId', values: ({ book }) => book.of('open.omission').map(({ id }) => id) },
    free: {
      id: place,
      organisationId: 'whose certificate signed it',
      bidder: ownWords,
      entryId: 'told by its content',
      decidedBy: ownWords,
      version: counter,
    },
  },
  BidRecovery: secretAct('open.recovery', { keys: 'each is compared with the manifest’s commitment when it is used' }),
  BidGate: secretAct('open.gate', { gates: 'each is compared with the manifest’s commitment when it is used' }),
  BidDispute: {
    expect(row, { book }) {
      const entry = book.byId(row['entryId']);
      if (entry?.type !== 'dispute.open') return null;
      const of = ({ p }: Written): boolean =>
        p['manifest'] === row['manifestHash'] && p['stage'] === row['stage'] && p['officer'] === row['officer'];
      const verdict = book.of('dispute.verdict', row['lotId']).find(of);
      return {
        lotId: entry.scope,
        bidId: entry.p['bid'],
        manifestHash: entry.p['manifest'],
        stage: entry.p['stage'],
        officer: entry.p['officer'],
        officerGroup: entry.p['group'],
        openedAt: at(entry),
        until: (kept: unknown) => kept instanceof Date && kept.toISOString() === entry.p['until'],
        ephemeral: (kept: unknown) => kept === null || verdict === undefined || hashOfHex(kept) === verdict.p['scalar'],
        verdict: verdict?.p['code'] ?? null,
        decidedAt: at(verdict),
      };
    },
    due: { field: 'entryId', values: ({ book }) => book.of('dispute.open').map(({ id }) => id) },
    free: {
      id: place,
      entryId: 'told by its content',
      share: 'follows from the scalar; whoever is entitled judges the wrap again',
      version: counter,
    },
  },
  BidEvidence: {
    expect: (row, { book }) =>
      book.named.has(text(row['hash'])) ? { evidence: (kept: unknown) => hashOf(kept) === row['hash'] } : null,
    free: {
      id: place,
      lotId: 'told by the entry that names it',
      bidId: 'told by the entry that names it',
      hash: 'told by the entry that names it',
      code: 'told by the entry that names it',
      party: 'told by the entry that names it',
      readers: 'who may read it; what it shows is the same',
    },
  },
  OfficerProof: {
    expect(row, { book }) {
      const entry = book.byLeaf(row['leaf']);
      if (entry?.type !== 'opener.accept') return null;
      return {
        certSha256: entry.p['officer'],
        seed: entry.p['seed'],
        at: at(entry),
        act: (kept: unknown) => hashOf(kept) === entry.p['sealedAct'],
        signature: (kept: unknown) => hashOfHex(kept) === entry.p['signature'],
        certificate: entry.p['certificate'],
        entryId: entry.id,
      };
    },
    due: { field: 'leaf', values: ({ book }) => book.of('opener.accept').map(({ leaf }) => leaf) },
    free: { id: place, seatId: 'which seat; the certificate names the officer', leaf: 'told by its content' },
  },
  TenderNotice: {
    expect(row, { book }) {
      const entry = book.byLeaf(row['leaf']);
      if (entry?.type !== 'tender.publish' && entry?.type !== 'tender.amend') return null;
      return {
        tenderId: (kept: unknown) => kept === (entry.p['tender'] ?? entry.scope),
        kind: entry.type === 'tender.publish' ? 'publish' : 'amend',
        no: (kept: unknown) => (entry.p['no'] === undefined ? kept === 1 : entry.p['no'] === kept),
        at: at(entry),
        act: entry.p['act'],
        keyringHash: entry.act?.['keyringHash'] ?? entry.p['keyringHash'],
        keyring: (kept: unknown) => keyringHashOf(kept) === (entry.act?.['keyringHash'] ?? entry.p['keyringHash']),
      };
    },
    due: {
      field: 'leaf',
      values: ({ book }) => [...book.of('tender.publish'), ...book.of('tender.amend')].map(({ leaf }) => leaf),
    },
    free: { leaf: 'told by its content', gone: 'follows from two keyrings, the one before and this' },
  },
  PrecheckAnswer: {
    expect(row, { book }) {
      const sealed = hashOf(row['act']);
      const entries = (row['entries'] as string[]).map((id) => book.byId(id));
      if (entries.length === 0 || entries.some((entry) => entry?.p['sealedAct'] !== sealed)) return null;
      const [first] = entries;
      return {
        lotId: first?.scope,
        officer: first?.p['officer'],
        at: at(first),
        act: () => true,
        entries: () => true,
        signature: (kept: unknown) => hashOfHex(kept) === first?.p['signature'],
        certificate: first?.p['certificate'],
      };
    },
    free: {
      id: place,
      batchId: 'named in the signed answers',
      seatId: 'which seat; the certificate names the officer',
      answers: 'a copy of what the signed answers say, for looking up',
    },
  },
  FormerSheet: {
    expect(row, { book }) {
      const entry = book.byId(row['entryId']);
      if (entry?.type !== 'eval.sheet') return null;
      return {
        lotId: entry.scope,
        expert: entry.act?.['expert'],
        seq: entry.act?.['seq'],
        commitment: entry.act?.['commitment'],
        signature: (kept: unknown) => hashOfHex(kept) === entry.p['signature'],
        sheet: (kept: unknown) =>
          kept === null ||
          isCommittedSheet(text(entry.act?.['commitment']), {
            salt: text(row['salt']),
            sheet: (parsed(kept) ?? null) as Json,
          }),
        salt: (kept: unknown) => (kept === null) === (row['sheet'] === null),
      };
    },
    free: { id: place, round: counter, entryId: 'told by its content', reason: ownWords, at: ownWords },
  },
  FormerEvaluation: {
    expect(row, { book }) {
      const [entry, reopened] = [book.byLeaf(row['leaf']), book.byId(row['reopenEntryId'])];
      if (entry?.type !== 'eval.result' || reopened?.type !== 'eval.reopen') return null;
      return {
        lotId: entry.scope,
        result: (kept: unknown) => hashOf(kept) === entry.p['result'],
        resultHash: entry.p['result'],
        reportHash: entry.p['report'],
        rankedAt: at(entry),
        reopenedAt: at(reopened),
        reopenLeaf: reopened.leaf,
        ground: reopened.p['ground'],
        law: reopened.p['law'],
        reason: (kept: unknown) => reopened.act?.['reason'] === undefined || reopened.act['reason'] === kept,
      };
    },
    due: { field: 'reopenEntryId', values: ({ book }) => book.of('eval.reopen').map(({ id }) => id) },
    free: {
      id: place,
      round: counter,
      leaf: 'told by its content',
      byName: ownWords,
      reopenEntryId: 'told by its content',
    },
  },
  LotOutage: {
    expect(row, { book }) {
      const entry = book.byLeaf(row['leaf']);
      if (entry?.type !== `outage.${text(row['kind'])}`) return null;
      const instant = (said: unknown) => (kept: unknown) => kept instanceof Date && kept.toISOString() === said;
      return {
        lotId: entry.scope,
        tenderId: entry.p['tender'],
        fromAt: instant(entry.p['from']),
        toAt: instant(entry.p['to']),
        minutes: entry.p['minutes'],
        hash: entry.p['certificate'],
        certificate: (kept: unknown) => hashOf(kept) === entry.p['certificate'],
        at: at(entry),
      };
    },
    due: {
      field: 'leaf',
      values: ({ book }) => [...book.of('outage.extend'), ...book.of('outage.redeliver')].map(({ leaf }) => leaf),
    },
    free: { kind: 'told by the entry’s type', leaf: 'told by its content', attested: 'follows from the certificate' },
  },
  Redelivery: {
    expect: (row, told) => (one(told, 'Envelope', 'id', row['envelopeId']) ? {} : null),
    free: { envelopeId: 'told by the receipt', acknowledgements: 'notes that witnesses signed themselves' },
  },
  PublishedRelease: {
    expect(row, { book }) {
      const entry = book.of('client.release').find(({ p }) => p['release'] === row['sha256']);
      if (!entry) return null;
      return {
        version: entry.p['version'],
        document: (kept: unknown) => hashOf(kept) === row['sha256'],
        at: at(entry),
      };
    },
    due: { field: 'sha256', values: ({ book }) => book.of('client.release').map(({ p }) => p['release']) },
    free: { sha256: 'told as the row’s own name' },
  },
  Draw: {
    expect(row, { book }) {
      const steps = row['steps'] as readonly { type: string; at: string; entryId: string }[];
      const [first] = steps;
      if (!book.byId(first?.entryId)) return null;
      const pool = parsed(row['pool']);
      return {
        scope: (kept: unknown) => book.byId(first?.entryId)?.scope === kept,
        proposedAt: at(book.byId(first?.entryId)),
        steps: () =>
          steps.every(
            ({ type, entryId, at: when }) => book.byId(entryId)?.type === type && book.byId(entryId)?.at === when,
          ),
        pool: (kept: unknown) =>
          kept === null ? row['poolHash'] === null : labelled('draw-pool', text(kept)) === row['poolHash'],
        poolHash: (kept: unknown) => kept === null || book.named.has(text(kept)),
        freeze: (kept: unknown) => kept === null || book.named.has(labelled('draw-freeze', text(kept))),
        freezeEntryId: (kept: unknown) => kept === null || book.byId(kept)?.type === 'draw.freeze',
        result: (kept: unknown) =>
          kept === null ? row['resultHash'] === null : labelled('draw-result', text(kept)) === row['resultHash'],
        resultHash: (kept: unknown) => kept === null || book.named.has(text(kept)),
        purpose: (kept: unknown) => pool === undefined || pool['purpose'] === kept,
        title: (kept: unknown) => pool === undefined || pool['title'] === kept,
        law: (kept: unknown) => pool === undefined || pool['law'] === kept,
        state: (kept: unknown) => (kept === 'drawn') === (row['result'] !== null) || kept === 'void',
      };
    },
    free: {
      id: 'told by its entries',
      proposerId: 'whose certificate signed the proposal',
      proposedBy: ownWords,
      groups: 'once the pool is fixed it tells the groups',
      minutes: 'the deadlines are in the signed proposal',
      names: 'each pseudonym commits to its name',
      namesPublic: 'whether names may be shown',
      joiners: 'in the signed proposal',
      repeats: 'in the pool',
      repeatedBy: 'in the pool of the other draw',
      joinUntil: workings,
      commitUntil: workings,
      escrowUntil: workings,
      revealUntil: workings,
      recoverUntil: workings,
      wakeAt: workings,
      fault: 'in the entry that ended the draw',
      version: counter,
    },
  },
  DrawContribution: {
    expect(row, { book, tables }) {
      if (!tables.get('Draw')?.some(({ id }) => id === row['drawId'])) return null;
      const commitment = row['r'] === null ? row['commitment'] : drawCommitment(row);
      return {
        commitment: (kept: unknown) => kept === commitment && (kept === null || book.named.has(text(kept))),
        escrow: (kept: unknown) =>
          kept === null ? row['escrowHash'] === null : labelled('draw-escrow', text(kept)) === row['escrowHash'],
        escrowHash: (kept: unknown) => kept === null || book.named.has(text(kept)),
        certificate: (kept: unknown) => hashOfHex(kept) === row['certSha256'],
        certSha256: (kept: unknown) => hashOfHex(row['certificate']) === kept,
        r: (kept: unknown) => kept === null || drawCommitment(row) === row['commitment'],
      };
    },
    free: {
      id: place,
      drawId: 'told by its commitment',
      party: 'told by its commitment',
      side: 'in the pool',
      name: 'in the pool',
      seatId: 'which seat; the certificate names the contributor',
      committedAt: 'when its entry was made',
      escrowedAt: 'when its entry was made',
      source: 'in the entry that revealed it',
      revealedAt: 'when its entry was made',
    },
  },
};

/** A bidder's own act that holds a key: the log has its hashes alone. */
function secretAct(type: string, secret: Readonly<Record<string, string>>): Rule {
  return {
    expect(row, { book }) {
      const entry = book.byId(row['entryId']);
      if (entry?.type !== type) return null;
      return {
        bidId: entry.p['bid'],
        lotId: entry.scope,
        at: at(entry),
        act: (kept: unknown) => Object.values(entry.p).includes(hashOf(kept)),
        signature: (kept: unknown) => Object.values(entry.p).includes(hashOfHex(kept)),
        certificate: (kept: unknown) => Object.values(entry.p).includes(kept),
      };
    },
    due: { field: 'entryId', values: ({ book }) => book.of(type).map(({ id }) => id) },
    free: { entryId: 'told by its content', ...secret },
  };
}

const labelled = (label: string, document: string): string => sha256Hex(bytesOf(`xinbiao/v1/${label}\n${document}`));
const drawCommitment = (row: Row): string =>
  /^[0-9a-f]{64}$/.test(text(row['r']))
    ? sha256Hex(
        joined(
          bytesOf(`xinbiao/v1/draw-commit\n${text(row['drawId'])}\n${text(row['party'])}\n`),
          fromHex(text(row['r'])),
        ),
      )
    : '';

/** Deadlines that an extension on record names. */
const deadlinesOf = (book: Book, tenderId: unknown): unknown[] =>
  book.entries
    .filter(
      ({ type, p, scope }) =>
        /^(?:tender\.amend|outage\.)/.test(type) && (p['tender'] === tenderId || scope === tenderId),
    )
    .map(({ p }) => p['deadline']);

const isNameOf = (told: Told, row: Row): boolean => {
  const name = one(told, 'Organisation', 'id', row['organisationId'])?.['name'];
  return (
    name === row['organisationName'] ||
    told.book.of('party.register').some(({ p }) => p['name'] === row['organisationName'])
  );
};

function readCertificateOr(der: unknown): ReturnType<typeof readCertificate> | undefined {
  try {
    return readCertificate(fromHex(text(der)));
  } catch {
    return undefined;
  }
}
const keyringHashOf = (kept: unknown): string => sha256Hex(bytesOf(`xinbiao/v1/keyring\n${canonical(kept ?? null)}`));
const escrowHashOf = (kept: unknown): string => sha256Hex(bytesOf(`xinbiao/v1/sheet-escrow\n${text(kept)}`));

/** Tables that hold nothing the log could tell, and why. */
export const untold: Readonly<Record<string, string>> = {
  Person: 'accounts and passwords: who acted is told by certificates and signatures, not by logins',
  Seat: 'who may sign in for whom: what counts is signed with a pinned certificate',
  Session: 'open sessions: gone when somebody signs out',
  SignInAttempt: 'counts attempts at the door',
  HouseSetting: 'settings of this instance',
  StoredFile: 'files by their hash; those that matter are named by signed documents',
  OrganisationVersion: 'what organisations said about themselves over time',
  ChangeRequest: 'requests before anything was decided',
  Standing: 'reviewers’ words on registrations; what came of them is an entry of its own',
  Expert: 'the expert library is never published; who sat on a panel is on record',
  ExpertVersion: 'what experts declared over time, for later recusal',
  LibraryItem: 'a company’s own papers',
  BlacklistCheck: 'that somebody’s bans were asked for; what was refused is refused by the entry itself',
  DocumentTaking: 'who took documents must stay secret before the opening',
  TenderTerm: 'an index for searching',
  TenderSerial: 'the last number given out',
  OpenerTest: 'a test that an officer has not answered yet',
  OfficerAppointment: 'whom a draft or notice names; the keyring is what counts',
  OfficerChange: 'a proposal that waits for a second person',
  PrecheckBatch: 'shares for officers to try; what they answered is on record',
  OpeningCourse: 'windows and limits, which follow from the close and the notice; who was absent has an entry',
  DrawShare: 'shares of a withheld contribution; what they bring back is compared with its commitment',
  DrawDecline: 'told by draw.decline entries',
  IssuedPaper: 'which file is handed out again; every paper carries its own signature',
  Downtime: 'when the platform itself was not there; what followed has an entry',
  Attestation: 'notes that witnesses signed themselves',
  ClockReading: 'how far the clock was from its authorities',
  ReleaseFault: 'told by open.fault entries; the batch itself was refused and changed nothing',
  EscrowRelease: 'officers’ shares of an absent expert’s sheet; the sheet they open is checked against its commitment',
  OversightRead: 'that supervision looked',
};

/** Tables of the log itself, which `fsck` compares with the tree. */
export const ofTheLog = [
  'LedgerEntry',
  'LedgerOutbox',
  'LedgerScope',
  'LedgerDisclosure',
  'LedgerLease',
  'LogCheckpoint',
  'LogCosignature',
  'LogHash',
  'LogLeaf',
  'SignedAct',
] as const;
