import { CloseDocument, PriceOffer } from '@xinbiao/contracts/bidding';
import { EvaluationResult, priceScore, rankBids, resultHash } from '@xinbiao/contracts/evaluation';
import { fromHex, toHex } from '@xinbiao/contracts/kernel';
import { readBundle, TenderBundle } from '@xinbiao/contracts/publication';
import { TenderContent } from '@xinbiao/contracts/tendering';
import {
  bytesOf,
  canonical,
  EnvelopeFault,
  found,
  Keyring,
  keyringHash,
  leafName,
  leafOf,
  Malformed,
  Manifest,
  manifestHashOf,
  openPart,
  parseCanonical,
  readPieces,
  sha256Hex,
  type AuditedEntry,
  type Check,
  type Json,
  type LogView,
} from '@xinbiao/contracts/trust';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  actFindings,
  awardFindings,
  bidSignatureFindings,
  entriesOf,
  entryFindings,
  readable,
  standingFindings,
  type Findings,
  type Lot,
} from './record.ts';
import { closeTermFindings, publicationFindings, resultTermFindings } from './terms.ts';

/*
 * The checks of one tender, behind those of the log: what was signed is what was published, the bids that count
 * are those that were received, what opened is what was sealed, and the ranking follows from the numbers. Uses
 * only what is public.
 */

export type TenderSource = {
  readonly bundle: () => Promise<unknown>;
  readonly piece: (href: string, sha256: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
};

/** A tender at the house that publishes it. */
export function tenderAt(url: string, tenderId: string): TenderSource {
  const get = (path: string): Promise<Response> =>
    fetch(new URL(path, url), { redirect: 'error', signal: AbortSignal.timeout(60_000) });
  return {
    bundle: async () => {
      const answer = await get(`/api${readBundle.path.replace(':tenderId', encodeURIComponent(tenderId))}`);
      if (!answer.ok) throw new Error(`the house has no such tender (${answer.status})`);
      return answer.json();
    },
    piece: async (href) => {
      const answer = await get(href);
      return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
    },
  };
}

/** A tender that was copied to a folder by `exportTender`. */
export const tenderIn = (folder: string): TenderSource => ({
  bundle: async () => JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')) as unknown,
  piece: async (_href, sha256) => {
    const file = join(folder, 'pieces', sha256);
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined;
  },
});

/** All published tenders of a house, or the ones asked for by id. A log that stands alone has none. */
export async function tendersAt(
  address: string,
  ids?: readonly string[],
): Promise<{ id: string; source: TenderSource }[]> {
  const origin = new URL(address).origin;
  if (ids) return ids.map((id) => ({ id, source: tenderAt(origin, id) }));
  const found: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const answer: Response = await fetch(
      `${origin}/api/public/tenders?limit=100${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
      { redirect: 'error', signal: AbortSignal.timeout(30_000) },
    );
    // A log that stands alone knows no tenders; any other failure hides some.
    if (answer.status === 404 && after === '') break;
    if (!answer.ok) throw new Error(`the list of tenders is not to be had (${answer.status})`);
    const page = (await answer.json()) as { rows: { id: string }[]; next: string | null };
    found.push(...page.rows.map(({ id }) => id));
    after = page.next;
  }
  return found.map((id) => ({ id, source: tenderAt(origin, id) }));
}

/** The tenders that lie in an exported folder. */
export function tendersIn(folder: string): { id: string; source: TenderSource }[] {
  const place = join(folder, 'tenders');
  return (existsSync(place) ? readdirSync(place) : []).map((id) => ({ id, source: tenderIn(join(place, id)) }));
}

/** Copies a tender and the pieces of its public parts to a folder, so that it can be checked without a network. */
export async function exportTender(source: TenderSource, folder: string): Promise<void> {
  const bundle = TenderBundle.parse(await source.bundle());
  mkdirSync(join(folder, 'pieces'), { recursive: true });
  writeFileSync(join(folder, 'bundle.json'), JSON.stringify(bundle));
  for (const lot of bundle.lots)
    for (const bid of lot.bids)
      for (const { href, sha256 } of bid.pieces) {
        const bytes = await source.piece(href, sha256);
        if (bytes) writeFileSync(join(folder, 'pieces', sha256), bytes);
      }
}

type Held = { bundle: TenderBundle | undefined; content: TenderContent | undefined };

/** The checks of one tender, to be given to `verifyLog` as `more`. `roots`: authorities one trusts, DER. */
export function tenderChecks(given: {
  readonly source?: TenderSource;
  readonly url?: string;
  readonly tenderId: string;
  readonly roots?: readonly Uint8Array[];
}): Check<LogView>[] {
  const source = given.source ?? tenderAt(given.url ?? '', given.tenderId);
  const held: Held = { bundle: undefined, content: undefined };
  const withBundle =
    (work: (bundle: TenderBundle, view: LogView) => Findings | Promise<Findings>) => async (view: LogView) =>
      held.bundle
        ? work(held.bundle, view)
        : [
            found.unknown(
              '没有项目的公开资料，这项无法核对。',
              'Without the tender’s public material this cannot be checked.',
            ),
          ];
  return [
    {
      zh: '项目的公开资料',
      en: 'The public material of the tender',
      run: async (view) => {
        const read = TenderBundle.safeParse(
          await source.bundle().catch((fault: unknown) => {
            if (!(fault instanceof SyntaxError)) throw fault;
          }),
        );
        if (!read.success)
          return [found.broken('公开资料不是规定的格式。', 'The public material is not in its required form.')];
        if (read.data.tender.id !== given.tenderId)
          return [found.broken('给出的是另一个项目的资料。', 'This is the material of another tender.')];
        if (read.data.entries.some(({ index }) => index >= view.entries.length))
          return [
            found.unknown(
              '核对期间项目有了新的记录，请再核对一次。',
              'The tender has new entries since the log was read: check again.',
            ),
          ];
        held.bundle = read.data;
        return [
          found.holds(
            `${read.data.tender.code}，${read.data.lots.length} 个包。`,
            `${read.data.tender.code}, ${read.data.lots.length} lots.`,
          ),
        ];
      },
    },
    {
      zh: '公告就是发布时签名的那一份',
      en: 'The notice is the one that was signed at publication',
      run: withBundle((bundle, view) =>
        readable('公告', 'The notice', () => {
          const entry = entryOf(view, bundle.tender.noticeLeaf);
          if (entry?.body?.t !== 'tender.publish')
            return [found.broken('记录簿里没有这份公告。', 'The log does not hold this notice.')];
          const keyring = Keyring.safeParse(parseCanonical(bundle.tender.keyring));
          const content = TenderContent.safeParse(parseCanonical(bundle.tender.content));
          if (!keyring.success || !content.success || keyringHash(keyring.data) !== bundle.tender.keyringHash)
            return [
              found.broken(
                '开标人名单或公告内容与指纹不符。',
                'Keyring or content does not match its hash.',
                entry.index,
              ),
            ];
          const named = String(entry.body?.p['act'] ?? '');
          const act = bundle.acts.find(({ hash }) => hash === named);
          if (!act || sha256Hex(bytesOf(act.act)) !== named)
            return [found.broken('签名的公告与记录不符。', 'The signed notice is not the one on record.', entry.index)];
          const signed = parseCanonical(act.act) as {
            contentHash?: string;
            keyringHash?: string;
            tender?: string;
            code?: string;
            lots?: Json;
          };
          const lots = bundle.lots.map(({ id, no }) => ({ id, no }));
          if (signed.code !== bundle.tender.code || canonical(signed.lots ?? null) !== canonical(lots))
            return [
              found.broken(
                '项目编号或分包与签名的公告不同。',
                'The code or the lots are not those of the signed notice.',
                entry.index,
              ),
            ];
          if (
            signed.contentHash !== sha256Hex(bytesOf(bundle.tender.content)) ||
            signed.keyringHash !== bundle.tender.keyringHash ||
            signed.tender !== bundle.tender.id
          )
            return [
              found.broken(
                '显示的公告与签名的公告不同。',
                'The notice that is shown is not the one that was signed.',
                entry.index,
              ),
            ];
          held.content = content.data;
          const others = publicationFindings(bundle, view);
          if (others.length > 0) return others;
          return [
            found.holds(
              `记录 ${entry.index}，内容与开标人名单都与签名一致。`,
              `Entry ${entry.index}: content and keyring are those that were signed.`,
            ),
          ];
        }),
      ),
    },
    {
      zh: '附带的记录',
      en: 'The entries that come along',
      run: withBundle((bundle, view) => readable('附带的记录', 'What comes along', () => entryFindings(bundle, view))),
    },
    {
      zh: '每个签名',
      en: 'Every signature',
      run: withBundle((bundle, view) =>
        readable('签名文件', 'A signed document', () => actFindings(bundle, view, { roots: given.roots })),
      ),
    },
    {
      zh: '算数的投标就是收到的投标',
      en: 'The bids that count are those that were received',
      run: withBundle((bundle, view) =>
        eachLot(bundle, (lot) => [
          ...standingFindings(lot, view),
          ...closeTermFindings(lot, view, { tenderId: bundle.tender.id, content: held.content }),
          ...closeFindings(lot, view),
        ]),
      ),
    },
    {
      zh: '每份投标由投标人签名',
      en: 'Every bid is signed by its bidder',
      run: withBundle((bundle, view) =>
        eachLot(bundle, (lot) => bidSignatureFindings(lot, view, { roots: given.roots })),
      ),
    },
    {
      zh: '打开的报价就是封存的报价',
      en: 'The prices that were opened are those that were sealed',
      run: withBundle((bundle, view) => eachLot(bundle, (lot) => priceFindings(bundle, lot, { view, source }))),
    },
    {
      zh: '名次可以由公开的数字重新算出',
      en: 'The ranking follows from the published numbers',
      run: withBundle((bundle, view) =>
        eachLot(bundle, (lot) => [
          ...resultTermFindings(lot, view, { bundle, content: held.content }),
          ...rankingFindings(lot, view, held.content),
        ]),
      ),
    },
    {
      zh: '中标的是排名第一的投标',
      en: 'The bid ranked first has won',
      run: withBundle((bundle, view) => eachLot(bundle, (lot) => awardFindings(lot, view))),
    },
  ];
}

/** Lot by lot, so that what cannot be read of one does not hide another. */
async function eachLot(bundle: TenderBundle, work: (lot: Lot) => Findings | Promise<Findings>): Promise<Findings> {
  const findings: Findings = [];
  for (const lot of bundle.lots)
    findings.push(...(await readable(`第 ${lot.no} 包的资料`, `The material of lot ${lot.no}`, () => work(lot))));
  return findings;
}

const entryOf = (view: LogView, leaf: string): AuditedEntry | undefined =>
  view.entries.find(({ hash }) => toHex(hash) === leaf);

function closeFindings(lot: Lot, view: LogView): Findings {
  if (lot.close === null) return [found.holds(`第 ${lot.no} 包还没有截止。`, `Lot ${lot.no} has not closed.`)];
  const [entry] = entriesOf(view, lot.id, 'tender.close');
  if (!entry) return [found.broken(`记录簿里没有第 ${lot.no} 包的截止。`, `The log has no close of lot ${lot.no}.`)];
  if (entry.body?.p['document'] !== sha256Hex(bytesOf(lot.close)))
    return [
      found.broken(
        `第 ${lot.no} 包的截止文件与记录不符。`,
        `The close document of lot ${lot.no} is not the one on record.`,
        entry.index,
      ),
    ];
  const document = CloseDocument.parse(parseCanonical(lot.close));
  const findings: Findings = [];
  const late = entry.body.ts < document.deadline;
  if (late)
    findings.push(
      found.broken(
        `第 ${lot.no} 包在截止时间之前就关闭了。`,
        `Lot ${lot.no} was closed before its deadline.`,
        entry.index,
      ),
    );
  const standing = new Map<string, { leaf: string; superseded: boolean }>();
  for (const { leaf, salt } of [...document.others, ...document.heads]) {
    const logged = entryOf(view, leaf);
    if (!logged?.body || logged.index > entry.index || leafName(leafOf(logged.body, fromHex(salt))) !== leaf) {
      findings.push(
        found.broken(
          `第 ${lot.no} 包列出的一份回执不在截止之前的记录里。`,
          `A receipt that lot ${lot.no} lists is not on record before its close.`,
          logged?.index,
        ),
      );
      continue;
    }
    if (logged.body.t === 'bid.receipt') standing.set(String(logged.body.p['manifest']), { leaf, superseded: false });
  }
  const listed = new Set([...document.heads, ...document.others].map(({ leaf }) => leaf));
  for (const type of ['bid.receipt', 'bid.withdraw'])
    for (const one of entriesOf(view, lot.id, type)) {
      if (!listed.has(toHex(one.hash)))
        findings.push(
          found.broken(
            `第 ${lot.no} 包漏列了记录 ${one.index}。`,
            `Lot ${lot.no} leaves out entry ${one.index}.`,
            one.index,
          ),
        );
      const gone = String(
        type === 'bid.withdraw'
          ? (one.body?.p['manifest'] ?? one.body?.p['manifestHash'])
          : (one.body?.p['supersedes'] ?? ''),
      );
      const old = standing.get(gone);
      if (old) old.superseded = true;
    }
  const counting = [...standing]
    .filter(([, { superseded }]) => !superseded)
    .map(([manifest]) => manifest)
    .toSorted();
  if (JSON.stringify(counting) !== JSON.stringify(document.heads.map(({ manifestHash }) => manifestHash).toSorted()))
    findings.push(
      found.broken(
        `第 ${lot.no} 包算数的投标与回执不符。`,
        `The bids that count in lot ${lot.no} are not those of the receipts.`,
        entry.index,
      ),
    );
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：${document.heads.length} 份投标，都在截止（记录 ${entry.index}）之前收到。`,
          `Lot ${lot.no}: ${document.heads.length} bids, all received before the close (entry ${entry.index}).`,
        ),
      ];
}

async function priceFindings(
  bundle: TenderBundle,
  lot: Lot,
  { view, source }: { view: LogView; source: TenderSource },
): Promise<Findings> {
  const results = entriesOf(view, lot.id, 'open.result');
  if (results.length === 0) return [found.holds(`第 ${lot.no} 包没有开标。`, `Lot ${lot.no} has not been opened.`)];
  const findings: Findings = [];
  let opened = 0;
  for (const entry of results) {
    const said = entry.body?.p ?? {};
    const bid = lot.bids.find(({ bidId }) => bidId === said['bid']);
    const name = `第 ${lot.no} 包记录 ${entry.index}`;
    if (said['state'] !== 'opened') {
      // Its key is not public, and without the shares nobody outside can tell a broken bid from one left shut.
      findings.push(
        found.unknown(
          `${name}：这份投标被认定打不开，理由是否成立，凭公开内容无法判断。`,
          `Entry ${entry.index}: this bid was named faulty; whether it is cannot be told from what is public.`,
        ),
      );
      continue;
    }
    try {
      if (!bid?.manifest) {
        findings.push(found.unknown(`${name}：没有封存清单。`, `Entry ${entry.index}: no manifest at hand.`));
        continue;
      }
      const manifest = Manifest.parse(parseCanonical(bid.manifest));
      if (manifestHashOf(manifest) !== said['manifest']) {
        findings.push(
          found.broken(
            `${name}：封存清单与记录不符。`,
            `Entry ${entry.index}: the manifest is not the one on record.`,
            entry.index,
          ),
        );
        continue;
      }
      if (
        manifest.ctx.noticeHash !== bundle.tender.noticeLeaf ||
        manifest.ctx.keyringHash !== bundle.tender.keyringHash
      )
        findings.push(
          found.broken(
            `${name}：投标封给了另一份公告或另一组开标人。`,
            `Entry ${entry.index}: sealed for another notice or keyring.`,
            entry.index,
          ),
        );
      const part = manifest.parts.find(({ name: partName }) => partName === 'price');
      const key = bid.partKeys.find(({ part: of }) => of === 'price')?.key;
      if (!part || !key || key !== said['partKey']) {
        findings.push(
          found.broken(
            `${name}：公开的钥匙与记录不符。`,
            `Entry ${entry.index}: the published key is not the one on record.`,
            entry.index,
          ),
        );
        continue;
      }
      if (
        canonical(bid.pieces.map(({ part: of, sha256 }) => ({ of, sha256 }))) !==
        canonical(part.pieces.map((sha256) => ({ of: 'price', sha256 })))
      )
        findings.push(
          found.broken(
            `${name}：列出的分片不是封存清单里的。`,
            `Entry ${entry.index}: the pieces listed are not those of the manifest.`,
            entry.index,
          ),
        );
      const read = readPieces({
        part,
        fetchPiece: async (index) => {
          const sha256 = part.pieces[index] ?? '';
          const piece = bid.pieces.find((one) => one.sha256 === sha256);
          const bytes = await source.piece(piece?.href ?? '', sha256);
          if (!bytes) throw new Malformed('a piece is missing');
          return bytes;
        },
      });
      const price = await openPart({ manifest, stage: part.stage, part: 'price', partKey: fromHex(key), read });
      await price.verify();
      const offer = PriceOffer.parse(price.content);
      if (offer.price !== said['price'])
        findings.push(
          found.broken(
            `${name}：封存的报价是 ${offer.price} 分，读出的是 ${String(said['price'])} 分。`,
            `Entry ${entry.index}: ${offer.price} fen was sealed, ${String(said['price'])} fen was read out.`,
            entry.index,
          ),
        );
      else opened += 1;
    } catch (fault) {
      if (fault instanceof EnvelopeFault || fault instanceof Malformed)
        findings.push(
          found.broken(
            `${name}：封存的报价打不开（${fault.message}）。`,
            `Entry ${entry.index}: the sealed price does not open (${fault.message}).`,
            entry.index,
          ),
        );
      else throw fault;
    }
  }
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：重新打开了 ${opened} 份报价，与读出的一致。`,
          `Lot ${lot.no}: ${opened} prices were opened again and are those that were read out.`,
        ),
      ];
}

function rankingFindings(lot: Lot, view: LogView, content: TenderContent | undefined): Findings {
  const [entry] = entriesOf(view, lot.id, 'eval.result');
  const isOver = lot.state === 'awarded' || entry?.body?.p['outcome'] === 'lt3Responsive';
  if (!entry || lot.result === null) {
    if (lot.result !== null || (entry && isOver))
      return [
        found.broken(
          `第 ${lot.no} 包的评审结果与记录不一致：一处有、一处没有。`,
          `Lot ${lot.no}: of log and material one has the result of the evaluation and the other has not.`,
          entry?.index,
        ),
      ];
    return [found.holds(`第 ${lot.no} 包的评审结果还没有公开。`, `The evaluation of lot ${lot.no} is not public yet.`)];
  }
  const result = EvaluationResult.parse(parseCanonical(lot.result));
  const findings: Findings = [];
  const [sealed] = entriesOf(view, lot.id, 'eval.close');
  const sheets = result.sheets
    .map(({ expert, commitment }) => ({ expert, commitment }))
    .toSorted((a, b) => (a.expert < b.expert ? -1 : 1));
  if (!sealed || canonical(sealed.body?.p['sheets'] ?? null) !== canonical(sheets))
    findings.push(
      found.broken(
        `第 ${lot.no} 包：评审用的评分表不是封存的那些。`,
        `Lot ${lot.no}: the sheets of the evaluation are not those that were sealed.`,
        sealed?.index,
      ),
    );
  if (resultHash(result) !== entry.body?.p['result'])
    findings.push(
      found.broken(
        `第 ${lot.no} 包的评审结果与记录不符。`,
        `The result of lot ${lot.no} is not the one on record.`,
        entry.index,
      ),
    );
  const prices = new Map(
    entriesOf(view, lot.id, 'open.result').map(({ body }) => [String(body?.p['bid']), String(body?.p['price'])]),
  );
  const weight = BigInt(content?.lots.find(({ no }) => no === lot.no)?.priceWeight ?? 0);
  const valid = result.bids.filter(({ responsive, overLimit }) => responsive && !overLimit);
  const base = valid
    .map(({ price }) => BigInt(price))
    .reduce<bigint | null>((least, price) => (least === null || price < least ? price : least), null);
  for (const bid of result.bids) {
    if (prices.get(bid.bidId) !== bid.price)
      findings.push(
        found.broken(
          `第 ${lot.no} 包：评审用的报价不是开标读出的报价。`,
          `Lot ${lot.no}: a price in the evaluation is not the one that was read out.`,
          entry.index,
        ),
      );
    if (!valid.includes(bid) || result.method !== 'comprehensive' || base === null) continue;
    if (
      priceScore({ base, price: BigInt(bid.price), weight }) !== BigInt(bid.priceScore) ||
      bid.objective + bid.subjective + bid.priceScore !== bid.total
    )
      findings.push(
        found.broken(
          `第 ${lot.no} 包：有一份投标的得分算错了。`,
          `Lot ${lot.no}: a score does not add up.`,
          entry.index,
        ),
      );
  }
  const ranks = new Map(
    rankBids(
      result.method,
      valid.map(({ bidId, price, total }) => ({ id: bidId, price: BigInt(price), total: BigInt(total) })),
    ).map(({ id, rank }) => [id, rank]),
  );
  if (result.outcome === 'ranked' && result.bids.some(({ bidId, rank }) => rank !== (ranks.get(bidId) ?? null)))
    findings.push(
      found.broken(
        `第 ${lot.no} 包的名次与得分不符。`,
        `The ranks of lot ${lot.no} do not follow from the scores.`,
        entry.index,
      ),
    );
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：价格分、总分和名次都重新算出来了。`,
          `Lot ${lot.no}: price scores, totals and ranks were computed again.`,
        ),
      ];
}
