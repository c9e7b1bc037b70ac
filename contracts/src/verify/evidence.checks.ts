import { fromHex, toHex } from '../kernel/bytes.ts';
import {
  beginAudit,
  canonicalBytes,
  equalBytes,
  found,
  leafHash,
  logChecks,
  Malformed,
  opensLeaf,
  parseLeaf,
  parseOpening,
  parseProof,
  provesInclusion,
  readCertificate,
  textOf,
  verifyReceipt,
  type AuditedEntry,
  type AuditQuestion,
  type Check,
  receiptChecks,
  type Finding,
  type LogSource,
  type LogView,
} from '../trust/index.ts';
import { TenderBundle } from '../publication/index.ts';
import { evidenceFiles, places } from './evidence.ts';
import { readEvidence, sumOf, sumsOf, type Evidence, type EvidenceFiles } from './evidence.read.ts';
import { entryAt, type Findings } from './record.ts';
import { tenderChecks } from './tender.ts';

/** A bundle made ready to be checked: run the checks in order over the view. */
export type EvidenceAudit = {
  readonly view: LogView;
  readonly checks: readonly Check<LogView>[];
  readonly title: string;
};

const nothing = async () => undefined;
/** A log that nobody has at hand. */
export const nowhere: LogSource = {
  checkpoint: nothing,
  verifierKey: nothing,
  tile: nothing,
  disclosed: async () => [],
  act: nothing,
};

/**
 * Makes a bundle ready to be checked, with no network and no clock. Roots one trusts replace those that the bundle
 * brings along, and keys one holds replace its log key.
 */
export async function auditEvidence(
  files: EvidenceFiles,
  given: Pick<AuditQuestion, 'keys' | 'receipts' | 'roots'> = {},
): Promise<EvidenceAudit> {
  let evidence: Evidence | undefined;
  try {
    evidence = await readEvidence(files);
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
  }
  const view = beginAudit({
    source: evidence?.log ?? nowhere,
    keys: given.keys ?? [],
    receipts: given.receipts ?? [],
    roots: given.roots ?? evidence?.roots ?? [],
  });
  const whole = [checkSums(files), checkIndex(evidence)];
  if (!evidence) return { view, checks: whole, title: '' };
  const ofLog = (no: number): readonly Check<LogView>[] => logChecks.filter((check) => check.no === no);
  return {
    view,
    title: evidence.index.tender.code,
    checks: [
      ...whole,
      ...ofLog(201),
      ...ofLog(202),
      checkEntries(evidence),
      checkWhole(evidence),
      ...ofLog(206),
      checkAuthorities(evidence, given.roots === undefined),
      checkReceipts,
      ...ofLog(208),
      ...tenderChecks({
        source: evidence.tender,
        tenderId: evidence.index.tender.id,
        roots: view.question.roots,
        isWhole: false,
      }),
    ],
  };
}

/** Receipts with no log and no bundle at hand, made ready to be checked with keys one holds. */
export function verifyReceiptAlone(
  receipts: NonNullable<AuditQuestion['receipts']>,
  keys: AuditQuestion['keys'] & object,
): Pick<EvidenceAudit, 'view' | 'checks'> {
  return { view: beginAudit({ source: nowhere, keys, receipts }), checks: receiptChecks };
}

const checkSums = (files: EvidenceFiles): Check<LogView> => ({
  no: 1501,
  id: 'evidence.sums',
  zh: '证据包的每个文件',
  en: 'Every file of the bundle',
  async run() {
    const list = await files.read('SHA256SUMS');
    if (!list) return [found.broken('没有 SHA256SUMS。', 'There is no SHA256SUMS.')];
    let sums: Map<string, string>;
    try {
      sums = sumsOf(textOf(list));
    } catch (fault) {
      if (!(fault instanceof Malformed)) throw fault;
      return [found.broken('SHA256SUMS 无法读取。', 'SHA256SUMS cannot be read.')];
    }
    const findings: Findings = [];
    for (const name of files.names) {
      const sum = sums.get(name);
      if (name === 'SHA256SUMS') continue;
      if (sum === undefined)
        findings.push(found.broken(`${name} 不在 SHA256SUMS 里。`, `${name} is not in SHA256SUMS.`));
      else if ((await sumOf(files, name)) !== sum)
        findings.push(found.broken(`${name} 被改动。`, `${name} was changed.`));
      sums.delete(name);
    }
    for (const name of sums.keys()) findings.push(found.broken(`缺少 ${name}。`, `${name} is missing.`));
    return findings.length > 0
      ? findings
      : [
          found.holds(
            `${files.names.length} 个文件都与 SHA256SUMS 相符。`,
            `${files.names.length} files are as SHA256SUMS says.`,
          ),
        ];
  },
});

const checkIndex = (evidence: Evidence | undefined): Check<LogView> => ({
  no: 1502,
  id: 'evidence.index',
  zh: '证据包的目录',
  en: 'The list of contents',
  async run() {
    if (!evidence)
      return [
        found.broken(
          '目录无法读取：不是规定的格式。',
          'The list of contents cannot be read: it is not in its required form.',
        ),
      ];
    const { form, holder, tender, log } = evidence.index;
    return [
      form === 'public'
        ? found.holds(
            `${tender.code} 的公开证据包，日志 ${log.origin}，${log.size} 条记录时制作。`,
            `The public bundle of ${tender.code}, made when the log ${log.origin} had ${log.size} entries.`,
          )
        : found.holds(
            `${tender.code} 给${holder?.name ?? ''}的证据包，日志 ${log.origin}，${log.size} 条记录时制作。`,
            `The bundle of ${tender.code} for ${holder?.name ?? ''}, made when the log ${log.origin} had ${log.size} entries.`,
          ),
    ];
  },
});

const checkEntries = ({ files, index }: Evidence): Check<LogView> => ({
  no: 1503,
  id: 'evidence.entries',
  zh: '每条记录都在日志里',
  en: 'Every entry is in the log',
  async run(view) {
    const { checkpoint } = view;
    if (!checkpoint)
      return [
        found.unknown('没有可信的检查点，无法核对记录。', 'Without a checkpoint to trust no entry can be checked.'),
      ];
    const findings: Findings = [];
    for (const at of index.entries) {
      const [leaf, proof] = [await files.read(places.entry(at)), await files.read(places.proof(at))];
      const wrong = (zh: string, en: string): void => {
        findings.push(found.broken(`记录 ${at}：${zh}。`, `Entry ${at}: ${en}.`, at));
      };
      if (!leaf || !proof) {
        findings.push(
          found.unknown(`记录 ${at} 或它的证明不在包里。`, `Entry ${at} or its proof is not in the bundle.`),
        );
        continue;
      }
      const read = entryOf(leaf, proof, at);
      if (!read) wrong('格式不对', 'it is not formed as entries are');
      else if (read.checkpoint !== checkpoint.note)
        wrong('证明用的是另一个检查点', 'its proof leads to another checkpoint');
      else if (
        !provesInclusion({
          index: at,
          size: checkpoint.size,
          leaf: read.entry.hash,
          proof: read.proof,
          root: checkpoint.root,
        })
      )
        wrong('证明不成立', 'its proof does not hold');
      else if (read.isOther)
        wrong('公开的内容与当初的承诺不符', 'what was disclosed of it is not what it committed to');
      else view.entries.push({ ...read.entry, proof: textOf(proof) });
    }
    return findings.length > 0
      ? findings
      : [
          found.holds(
            `${index.entries.length} 条记录都有证明，归于同一个检查点。`,
            `${index.entries.length} entries are proven under the one checkpoint.`,
          ),
        ];
  },
});

type ReadEntry = { entry: AuditedEntry; proof: readonly Uint8Array[]; checkpoint: string; isOther: boolean };

function entryOf(bytes: Uint8Array, proofBytes: Uint8Array, index: number): ReadEntry | undefined {
  try {
    const leaf = parseLeaf(bytes);
    const { extra, proof, checkpoint, index: proven } = parseProof(textOf(proofBytes));
    if (proven !== index) return undefined;
    const opening = extra === null ? undefined : parseOpening(extra);
    const said = opening?.body;
    const isOther =
      leaf.kind === 'public'
        ? said === undefined || !equalBytes(canonicalBytes(said), bytes)
        : opening !== undefined && (opening.salt === null || !opensLeaf(bytes, fromHex(opening.salt), opening.body));
    const body = leaf.kind === 'public' ? leaf.body : said;
    return { entry: { index, hash: leafHash(bytes), bytes, leaf, body }, proof, checkpoint, isOther };
  } catch (fault) {
    if (fault instanceof Malformed || fault instanceof RangeError) return undefined;
    throw fault;
  }
}

/**
 * Every file follows from the others: written anew from what was read, the bundle is the same. So nothing lies in it
 * that no check has looked at, and what stands in two places says the same in both.
 */
const checkWhole = ({ files, tender }: Evidence): Check<LogView> => ({
  no: 1505,
  id: 'evidence.whole',
  zh: '没有多余或不一致的文件',
  en: 'No file too many, and none that says something else',
  async run() {
    let wanted: ReturnType<typeof evidenceFiles>;
    try {
      wanted = evidenceFiles(TenderBundle.parse(await tender.bundle()), await tender.entitled?.());
    } catch (fault) {
      if (!(fault instanceof Malformed || fault instanceof SyntaxError || fault instanceof RangeError)) throw fault;
      return [found.broken('有文件不是规定的格式。', 'A file is not in its required form.')];
    }
    const findings: Findings = [];
    const known = new Map(wanted.map(({ path, sha256 }) => [path, sha256]));
    const isForPeople = (name: string): boolean => name.startsWith('README.') || name === 'SHA256SUMS';
    for (const name of files.names) {
      if (isForPeople(name)) continue;
      const sum = known.get(name);
      if (sum === undefined) findings.push(found.broken(`${name} 是多余的。`, `${name} is one file too many.`));
      else if ((await sumOf(files, name)) !== sum)
        findings.push(found.broken(`${name} 与其余文件不一致。`, `${name} is not what the other files say.`));
      known.delete(name);
    }
    for (const name of known.keys())
      if (!isForPeople(name)) findings.push(found.broken(`缺少 ${name}。`, `${name} is missing.`));
    return findings.length > 0
      ? findings
      : [found.holds('每个文件都由其余文件印证。', 'Every file is borne out by the others.')];
  },
});

const checkAuthorities = ({ roots }: Evidence, areOwn: boolean): Check<LogView> => ({
  no: 1504,
  id: 'evidence.authorities',
  zh: '由谁证明签名人的身份',
  en: 'Who vouches for the signers',
  async run(): Promise<readonly Finding[]> {
    if (!areOwn) return [found.holds('使用您自己给出的根证书。', 'The root certificates you gave are used.')];
    if (roots.length === 0)
      return [
        found.unknown(
          '包里没有根证书，无法确认签名人。',
          'The bundle brings no root certificate: no signer can be confirmed.',
        ),
      ];
    return roots.map((der) => {
      const { subject, fingerprint } = readCertificate(der);
      return found.holds(
        `包里带的根证书：${subject.commonName}，指纹 ${fingerprint}。请与发证机构公布的比对。`,
        `Root certificate that the bundle brings: ${subject.commonName}, fingerprint ${fingerprint}. Compare it with what the authority publishes.`,
      );
    });
  },
});

/** A receipt beside a bundle: what it proves must not contradict what the bundle proves. */
const checkReceipts: Check<LogView> = {
  no: 101,
  id: 'receipt',
  zh: '回执',
  en: 'Receipts',
  async run(view) {
    const receipts = view.question.receipts ?? [];
    if (receipts.length === 0) return [found.holds('没有要核对的回执。', 'There are no receipts to check.')];
    return receipts.flatMap(({ name, text }) => {
      const check = verifyReceipt({ proof: text, verifierKeys: view.keys });
      if (!check.ok)
        return [
          found.broken(`回执 ${name} 不成立（${check.reason}）。`, `Receipt ${name} does not hold (${check.reason}).`),
        ];
      const { index, leaf, body, checkpoint } = check.receipt;
      const there = entryAt(view, index);
      const isOther =
        (there !== undefined && toHex(there.hash) !== leaf) ||
        (checkpoint.size === view.checkpoint?.size && !equalBytes(checkpoint.root, view.checkpoint.root));
      if (!isOther)
        return [
          found.holds(
            `回执 ${name} 成立：第 ${index} 条，${body.t}，${body.ts}。`,
            `Receipt ${name} holds: entry ${index}, ${body.t}, ${body.ts}.`,
          ),
        ];
      view.evidence.push(text, view.checkpoint?.note ?? '');
      return [
        found.broken(
          `回执 ${name} 与证据包互相矛盾：日志给不同的人看了不同的内容。`,
          `Receipt ${name} contradicts the bundle: the log showed different people different things.`,
          index,
        ),
      ];
    });
  },
};
