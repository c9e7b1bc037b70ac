import { fromHex, toHex } from '../../kernel/bytes.ts';
import { instantOf } from '../../kernel/time.ts';
import { bytesOf, Malformed } from '../canonical.ts';
import { equalBytes, sha256Hex } from '../hash.ts';
import { verifyDetached } from '../pki/index.ts';
import { openCheckpoint, parseCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { opensLeaf, parseBody, parseLeaf, type EntryBody, type Leaf } from './leaf.ts';
import { emptyFrontier, grow, leafHash, rootOf, type Hash } from './merkle.ts';
import { parseNote, parseVerifierKey, type VerifierKey } from './note.ts';
import { openWitnessed, parsePolicy, type Policy } from './policy.ts';
import { verifyReceipt } from './receipt.ts';
import { entriesOf, entryTiles, hashesOf, hashTiles, tilePath, tileWidth, type Tile } from './tiles.ts';

/** What a check found: it holds; it is broken, and this is proof; or it cannot be told from here. */
export type Outcome = 'holds' | 'broken' | 'unknown';
/** One sentence of a check, in both languages; `entry` is the place in the log it is about. */
export type Finding = { readonly outcome: Outcome; readonly zh: string; readonly en: string; readonly entry?: number };
/** A numbered check with what it found. It holds only where every finding does. */
export type CheckReport = {
  readonly number: number;
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly outcome: Outcome;
  readonly findings: readonly Finding[];
};

/** A check as data, so that the list can grow: tenders add theirs behind those of the log. */
export type Check<Subject> = {
  /** Its number for good: the same in every release, in the command line, the pages and the documents. */
  readonly no: number;
  /** Its name in machine-readable reports, as fixed as the number. */
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  readonly run: (subject: Subject) => Promise<readonly Finding[]>;
};

/** Where a log is read from: a server, or a folder that was copied from one. Missing things are undefined. */
export type LogSource = {
  readonly checkpoint: () => Promise<string | undefined>;
  readonly verifierKey: () => Promise<string | undefined>;
  readonly tile: (tile: Tile) => Promise<Uint8Array | undefined>;
  /** Salts and bodies of sealed entries that were disclosed, for a stretch of the log. */
  readonly disclosed: (from: number, to: number) => Promise<readonly Disclosed[]>;
  /** The witness policy as the log shows it. */
  readonly policy?: () => Promise<string | undefined>;
  /** A signed document by the SHA-256 of its text. */
  readonly act: (hash: string) => Promise<AuditedAct | undefined>;
};
export type Disclosed = { readonly index: number; readonly salt: string; readonly body: unknown };
export type AuditedAct = { readonly act: string; readonly signature: string };

export type AuditQuestion = {
  readonly source: LogSource;
  /** Keys one trusts already: the log's, printed in a tender or kept from before, and witnesses'. */
  readonly keys?: readonly VerifierKey[];
  /** The witness policy one goes by, as text: the one that a notice prints. Otherwise the log's own is shown. */
  readonly policy?: string | undefined;
  /** A checkpoint seen earlier, to be compared with. */
  readonly earlier?: string | undefined;
  /** Receipts to be checked, each with the name it is to be called by. */
  readonly receipts?: readonly { readonly name: string; readonly text: string }[];
  /** Certificates of the authorities one trusts, DER. Without them a signature is checked, but not who its signer is. */
  readonly roots?: readonly Uint8Array[];
};

/** An entry as the audit read it: its leaf, and what it says as far as that is disclosed. */
export type AuditedEntry = {
  readonly index: number;
  readonly hash: Hash;
  readonly bytes: Uint8Array;
  readonly leaf: Leaf | undefined;
  readonly body: EntryBody | undefined;
  /** Its c2sp.org/tlog-proof file, where it came with one; otherwise all entries are at hand to make it from. */
  readonly proof?: string;
};

/** What the checks of the log leave behind for the checks that come after. */
export type LogView = {
  readonly question: AuditQuestion;
  keys: readonly VerifierKey[];
  checkpoint: SignedCheckpoint | undefined;
  entries: AuditedEntry[];
  /** Both texts, where two signed statements of the log contradict each other: what one takes to court. */
  evidence: string[];
};

export const beginAudit = (question: AuditQuestion): LogView => ({
  question,
  keys: question.keys ?? [],
  checkpoint: undefined,
  entries: [],
  evidence: [],
});

/** Runs checks in order; a check that fails to run says that it cannot tell. */
export async function* runChecks<Subject>(
  subject: Subject,
  checks: readonly Check<Subject>[],
): AsyncGenerator<CheckReport> {
  for (const { no, id, zh, en, run } of checks) {
    const findings = await run(subject).catch((fault: unknown): readonly Finding[] => [
      unknown(
        `这项检查无法完成：${fault instanceof Error ? fault.message : '未知原因'}。`,
        `This check could not be done: ${fault instanceof Error ? fault.message : 'no reason given'}.`,
      ),
    ]);
    yield { number: no, id, zh, en, findings, outcome: worst(findings) };
  }
}

/** Proof of something wrong outweighs what cannot be told, and that outweighs what holds. */
export const worst = (all: readonly { readonly outcome: Outcome }[]): Outcome =>
  (['broken', 'unknown'] as const).find((outcome) => all.some((finding) => finding.outcome === outcome)) ?? 'holds';

const holds = (zh: string, en: string): Finding => ({ outcome: 'holds', zh, en });
const unknown = (zh: string, en: string): Finding => ({ outcome: 'unknown', zh, en });
const broken = (zh: string, en: string, entry?: number): Finding => ({
  outcome: 'broken',
  zh,
  en,
  ...(entry === undefined ? {} : { entry }),
});
/** The three things a check can say. */
export const found = { holds, unknown, broken } as const;

const checkKey: Check<LogView> = {
  no: 201,
  id: 'log.key',
  zh: '日志的公钥',
  en: 'The key of the log',
  async run(view) {
    const offered = await view.question.source.verifierKey();
    if (view.keys.some(({ kind }) => kind === 1)) {
      const own = offered === undefined || view.keys.some((key) => sameKey(key, offered));
      return [
        own
          ? holds('使用您事先持有的公钥。', 'The key you already held is used.')
          : broken('日志出示的公钥与您事先持有的不同。', 'The log shows another key than the one you already held.'),
      ];
    }
    if (offered === undefined)
      return [
        unknown('没有日志的公钥，无法核对任何签名。', 'There is no key of the log, so no signature can be checked.'),
      ];
    try {
      const key = parseVerifierKey(offered.trim());
      view.keys = [...view.keys, key];
      return [
        holds(
          `公钥由日志自己出示（${key.name}），请与招标文件上印的公钥核对。`,
          `The log itself showed this key (${key.name}): compare it with the one printed in the tender documents.`,
        ),
      ];
    } catch (fault) {
      return [malformed(fault, '日志的公钥无法读取。', 'The key of the log cannot be read.')];
    }
  },
};

const sameKey = (key: VerifierKey, text: string): boolean => {
  try {
    const offered = parseVerifierKey(text.trim());
    return offered.name === key.name && equalBytes(offered.key, key.key);
  } catch {
    return false;
  }
};

const checkCheckpoint: Check<LogView> = {
  no: 202,
  id: 'log.checkpoint',
  zh: '检查点的签名',
  en: 'The signature on the checkpoint',
  async run(view) {
    const text = await view.question.source.checkpoint();
    if (text === undefined) return [unknown('没有拿到日志的检查点。', 'The checkpoint of the log was not to be had.')];
    if (view.keys.length === 0)
      return [unknown('没有公钥，检查点无法核对。', 'Without a key the checkpoint cannot be checked.')];
    try {
      const checkpoint = openCheckpoint(text, view.keys);
      view.checkpoint = checkpoint;
      return [
        holds(
          `日志 ${checkpoint.origin} 签名确认共有 ${checkpoint.size} 条记录。`,
          `The log ${checkpoint.origin} signs that it has ${checkpoint.size} entries.`,
        ),
      ];
    } catch (fault) {
      return [malformed(fault, '检查点的签名不成立。', 'The signature on the checkpoint does not hold.')];
    }
  },
};

const checkTree: Check<LogView> = {
  no: 203,
  id: 'log.tree',
  zh: '全部记录与检查点一致',
  en: 'All entries under the checkpoint',
  async run(view) {
    const { checkpoint, question } = view;
    if (!checkpoint) return [noCheckpoint()];
    const findings: Finding[] = [];
    let frontier = emptyFrontier;
    const levels: Hash[][] = [];
    for (const tile of entryTiles(checkpoint.size)) {
      const bundle = await question.source.tile(tile);
      const first = tile.index * tileWidth;
      if (!bundle)
        return [unknown(`没有拿到第 ${first} 条起的记录。`, `The entries from ${first} on were not to be had.`)];
      const leaves = bundleLeaves(bundle, tile.width);
      if (!leaves)
        return [
          broken(`第 ${first} 条起的记录包已损坏。`, `The bundle of entries from ${first} on is damaged.`, first),
        ];
      for (const bytes of leaves) {
        const hash = leafHash(bytes);
        view.entries.push({ index: frontier.size, hash, bytes, leaf: undefined, body: undefined });
        frontier = grow(frontier, hash, ({ level }, over) => {
          if (level % 8 === 0) (levels[level / 8] ??= []).push(over);
        });
      }
    }
    for (const tile of hashTiles(checkpoint.size))
      findings.push(...(await hashTileFindings(question.source, tile, levels)));
    if (!equalBytes(rootOf(frontier), checkpoint.root))
      findings.push(
        broken(
          '由全部记录算出的根与检查点签名的不同。',
          'The root over all entries is not the one that the checkpoint signs.',
        ),
      );
    return findings.length > 0
      ? findings
      : [
          holds(
            `重新计算了 ${checkpoint.size} 条记录，根与检查点相符。`,
            `${checkpoint.size} entries were hashed again; they give the root that was signed.`,
          ),
        ];
  },
};

function bundleLeaves(bundle: Uint8Array, width: number): Uint8Array[] | undefined {
  try {
    return entriesOf(bundle, width);
  } catch (fault) {
    if (fault instanceof Malformed) return undefined;
    throw fault;
  }
}

async function hashTileFindings(
  source: LogSource,
  tile: Tile,
  levels: readonly (readonly Hash[])[],
): Promise<Finding[]> {
  const bytes = await source.tile(tile);
  const path = tilePath(tile);
  if (!bytes) return [unknown(`没有拿到 ${path}。`, `${path} was not to be had.`)];
  if (bytes.length !== tile.width * 32) return [broken(`${path} 长度不对。`, `${path} has a wrong length.`)];
  return hashesOf(bytes, tile.width).flatMap((hash, at) => {
    const index = tile.index * tileWidth + at;
    const own = levels[Number(tile.level)]?.[index];
    if (own && equalBytes(own, hash)) return [];
    return tile.level === 0
      ? [
          broken(
            `第 ${index} 条记录与日志公布的哈希不符。`,
            `Entry ${index} does not have the hash that the log publishes.`,
            index,
          ),
        ]
      : [broken(`${path} 的第 ${at} 个哈希与记录不符。`, `Hash ${at} of ${path} does not follow from the entries.`)];
  });
}

const checkLeaves: Check<LogView> = {
  no: 204,
  id: 'log.leaves',
  zh: '每条记录的格式',
  en: 'The form of every entry',
  async run(view) {
    if (!view.checkpoint) return [noCheckpoint()];
    const findings: Finding[] = [];
    view.entries = view.entries.map((entry) => {
      try {
        const leaf = parseLeaf(entry.bytes);
        return { ...entry, leaf, body: leaf.kind === 'public' ? leaf.body : undefined };
      } catch (fault) {
        findings.push(
          malformed(
            fault,
            `第 ${entry.index} 条记录格式不对。`,
            `Entry ${entry.index} is not formed as entries are.`,
            entry.index,
          ),
        );
        return entry;
      }
    });
    const sealed = view.entries.filter(({ leaf }) => leaf?.kind === 'commit').length;
    return findings.length > 0
      ? findings
      : [
          holds(
            `其中 ${view.entries.length - sealed} 条公开，${sealed} 条为密封承诺。`,
            `${view.entries.length - sealed} are public and ${sealed} are sealed commitments.`,
          ),
        ];
  },
};

const checkDisclosed: Check<LogView> = {
  no: 205,
  id: 'log.disclosed',
  zh: '已公开的密封记录',
  en: 'Sealed entries that were disclosed',
  async run(view) {
    if (!view.checkpoint) return [noCheckpoint()];
    const findings: Finding[] = [];
    let count = 0;
    for (let from = 0; from < view.entries.length; from += 1000) {
      for (const { index, salt, body } of await view.question.source.disclosed(
        from,
        Math.min(from + 1000, view.entries.length),
      )) {
        count += 1;
        const entry = view.entries[index];
        const opened = entry && openedBody(entry, salt, body);
        if (entry && opened) view.entries[index] = { ...entry, body: opened };
        else
          findings.push(
            broken(
              `第 ${index} 条公开的内容与当初的承诺不符。`,
              `What was disclosed of entry ${index} is not what it committed to.`,
              index,
            ),
          );
      }
    }
    return findings.length > 0
      ? findings
      : [holds(`${count} 条已公开的内容与当初的承诺相符。`, `${count} disclosed entries are what they committed to.`)];
  },
};

function openedBody(entry: AuditedEntry, salt: string, body: unknown): EntryBody | undefined {
  try {
    const read = parseBody(body);
    return opensLeaf(entry.bytes, fromHex(salt), read) ? read : undefined;
  } catch (fault) {
    if (fault instanceof Malformed || fault instanceof RangeError) return undefined;
    throw fault;
  }
}

const checkActs: Check<LogView> = {
  no: 206,
  id: 'log.acts',
  zh: '记录所指的签名文件',
  en: 'The signed documents that entries name',
  async run(view) {
    if (!view.checkpoint) return [noCheckpoint()];
    const findings: Finding[] = [];
    let count = 0;
    for (const { index, body } of view.entries) {
      if (!body || typeof body.p['act'] !== 'string') continue;
      count += 1;
      const document = await view.question.source.act(body.p['act']);
      findings.push(
        ...(document
          ? await actFindings(view.question.roots, index, body, document)
          : [
              unknown(
                `第 ${index} 条所指的签名文件没有拿到。`,
                `The signed document that entry ${index} names was not to be had.`,
              ),
            ]),
      );
    }
    if (findings.length > 0) return findings;
    const whose = view.question.roots === undefined;
    return [
      holds(
        `${count} 份签名文件与记录相符，签名成立${whose ? '（未提供受信任的根证书，未核对签名人身份）' : ''}。`,
        `${count} signed documents are those the entries name, and their signatures hold${whose ? ' (no trusted root was given, so who the signers are was not checked)' : ''}.`,
      ),
    ];
  },
};

async function actFindings(
  roots: readonly Uint8Array[] | undefined,
  index: number,
  body: EntryBody,
  { act, signature }: AuditedAct,
): Promise<Finding[]> {
  if (sha256Hex(bytesOf(act)) !== body.p['act'])
    return [broken(`第 ${index} 条所指的文件已被改动。`, `The document that entry ${index} names was changed.`, index)];
  if (sha256Hex(fromHex(signature)) !== body.p['signature'])
    return [
      broken(
        `第 ${index} 条所指文件的签名已被换掉。`,
        `The signature of the document that entry ${index} names was exchanged.`,
        index,
      ),
    ];
  const verified = await verifyDetached({
    content: bytesOf(act),
    signature: fromHex(signature),
    roots: roots ?? [],
    at: instantOf(body.ts),
  });
  if (verified.ok) {
    return verified.certificate.fingerprint === body.p['certificate']
      ? []
      : [
          broken(
            `第 ${index} 条写的证书不是签名所用的证书。`,
            `Entry ${index} names another certificate than the one that signed.`,
            index,
          ),
        ];
  }
  if (verified.reason.startsWith('signature.'))
    return [
      broken(
        `第 ${index} 条所指文件的签名不成立。`,
        `The signature of the document that entry ${index} names does not hold.`,
        index,
      ),
    ];
  return roots === undefined
    ? []
    : [
        unknown(
          `第 ${index} 条的签名成立，但不能确认签名人（${verified.reason})。`,
          `The signature of entry ${index} holds, but its signer cannot be confirmed (${verified.reason}).`,
        ),
      ];
}

const checkGrowth: Check<LogView> = {
  no: 207,
  id: 'log.growth',
  zh: '与先前见过的检查点一致',
  en: 'Growth since a checkpoint seen earlier',
  async run(view) {
    const { checkpoint, question, entries } = view;
    if (!checkpoint) return [noCheckpoint()];
    if (question.earlier === undefined)
      return [
        holds(
          '没有先前的检查点可比；请保存这一次的。',
          'There is no earlier checkpoint to compare with; keep this one.',
        ),
      ];
    let earlier: SignedCheckpoint;
    try {
      earlier = openCheckpoint(question.earlier, view.keys);
    } catch (fault) {
      return [
        fault instanceof Malformed
          ? unknown('先前保存的检查点无法读取。', 'The checkpoint kept from before cannot be read.')
          : rethrown(fault),
      ];
    }
    return growthFindings(view, earlier, entries, checkpoint, ['先前的检查点', 'the earlier checkpoint']);
  },
};

/** Two signed statements about one log: the later must contain the earlier. */
function growthFindings(
  view: LogView,
  earlier: SignedCheckpoint,
  entries: readonly AuditedEntry[],
  now: SignedCheckpoint,
  [zh, en]: readonly [string, string],
): Finding[] {
  if (earlier.origin !== now.origin) return [broken(`${zh}属于另一个日志。`, `${capital(en)} belongs to another log.`)];
  if (earlier.size > entries.length)
    return [
      unknown(`拿到的日志比${zh}还短，请稍后再查。`, `The log at hand is shorter than ${en}: check again later.`),
    ];
  let frontier = emptyFrontier;
  for (const { hash } of entries.slice(0, earlier.size)) frontier = grow(frontier, hash);
  if (equalBytes(rootOf(frontier), earlier.root))
    return [
      holds(
        `${zh}(${earlier.size} 条）是现在日志的开头。`,
        `${capital(en)} (${earlier.size} entries) is the beginning of the log as it is now.`,
      ),
    ];
  view.evidence.push(earlier.note, now.note);
  return [
    broken(
      `日志签过两个互相矛盾的检查点：历史被改写。`,
      'The log has signed two checkpoints that contradict each other: its history was rewritten.',
    ),
  ];
}

const checkReceipts: Check<LogView> = {
  no: 101,
  id: 'receipt',
  zh: '回执',
  en: 'Receipts',
  async run(view) {
    const receipts = view.question.receipts ?? [];
    if (receipts.length === 0) return [holds('没有要核对的回执。', 'There are no receipts to check.')];
    return receipts.flatMap(({ name, text }) => receiptFindings(view, name, text));
  },
};

const receiptFaults = {
  malformed: ['格式不对', 'is not formed as receipts are'],
  'not-signed': ['上面的检查点没有日志的签名', 'carries a checkpoint that the log has not signed'],
  'not-included': ['不能证明日志收下了这条记录', 'does not prove that the log took the entry'],
  'another-entry': ['说的是另一条记录', 'is about another entry'],
} as const;

function receiptFindings(view: LogView, name: string, text: string): Finding[] {
  if (view.keys.length === 0)
    return [unknown(`回执 ${name}：没有公钥，无法核对。`, `Receipt ${name}: cannot be checked without a key.`)];
  const check = verifyReceipt({ proof: text, verifierKeys: view.keys });
  if (!check.ok) {
    const [zh, en] = receiptFaults[check.reason];
    return [broken(`回执 ${name} ${zh}。`, `Receipt ${name} ${en}.`)];
  }
  const { index, leaf, body, checkpoint } = check.receipt;
  const taken = holds(
    `回执 ${name} 成立：第 ${index} 条，${body.t},${body.ts}。`,
    `Receipt ${name} holds: entry ${index}, ${body.t}, ${body.ts}.`,
  );
  if (!view.checkpoint) return [taken];
  const grown = growthFindings(view, checkpoint, view.entries, view.checkpoint, [
    `回执 ${name} 的检查点`,
    `the checkpoint of receipt ${name}`,
  ]);
  const entry = view.entries[index];
  if (entry && toHex(entry.hash) !== leaf) {
    view.evidence.push(text);
    return [
      broken(
        `回执 ${name} 证明收下的记录不在现在的日志里。`,
        `The entry that receipt ${name} proves is not in the log as it is now.`,
        index,
      ),
    ];
  }
  return grown.some(({ outcome }) => outcome !== 'holds') ? grown : [taken];
}

const checkWitnesses: Check<LogView> = {
  no: 208,
  id: 'log.witnesses',
  zh: '独立见证',
  en: 'Independent witnesses',
  async run(view) {
    if (!view.checkpoint) return [noCheckpoint()];
    const given = view.question.policy;
    const text = given ?? (await view.question.source.policy?.());
    if (text === undefined) return trustedWitnesses(view.checkpoint);
    let policy: Policy;
    try {
      policy = parsePolicy(text);
    } catch (fault) {
      return [malformed(fault, '见证策略无法读取。', 'The witness policy cannot be read.')];
    }
    try {
      return policyFindings(policy, view.checkpoint, given === undefined);
    } catch (fault) {
      return [
        malformed(
          fault,
          '检查点上有一个见证方的签名不成立。',
          'The checkpoint carries a signature of a witness that does not hold.',
        ),
      ];
    }
  },
};

const nobodyWatches = (): Finding =>
  holds(
    '没有独立见证方的签名。日志若向不同的人出示不同内容，只有互相比对检查点才能发现。',
    'No independent witness has signed. If the log showed different people different things, only comparing checkpoints would tell.',
  );

/** Without a policy: the witnesses whose keys one was given. */
function trustedWitnesses({ signed }: SignedCheckpoint): Finding[] {
  const seen = signed.filter(({ key }) => key.kind === 4);
  return seen.length === 0 ? [nobodyWatches()] : seen.map(({ key, time }) => cosigned(key.name, time ?? 0));
}

const cosigned = (name: string, time: number): Finding => {
  const at = new Date(time * 1000).toISOString();
  return holds(
    `见证方 ${name} 于 ${at} 会签了同一检查点。`,
    `The witness ${name} cosigned the same checkpoint at ${at}.`,
  );
};

/** A demonstration's own witnesses carry this in their names; they run inside the platform and vouch for nothing. */
const insideMark = '/demonstration-witness/';

function policyFindings(policy: Policy, { note, origin }: SignedCheckpoint, shown: boolean): Finding[] {
  if (!policy.logs.some(({ key }) => key.name === origin))
    return [broken('见证策略说的是另一个日志。', 'The witness policy is about another log.')];
  const { cosigners, quorum } = openWitnessed(note, policy);
  const inside = new Set(policy.witnesses.filter(({ key }) => key.name.includes(insideMark)).map(({ name }) => name));
  const independent = cosigners.filter(({ name }) => !inside.has(name));
  const findings = independent.map(({ name, time }) => cosigned(name, time));
  if (inside.size > 0)
    findings.push(
      holds(
        `另有 ${cosigners.length - independent.length} 家演示用的见证，由平台自己运行，不作数。`,
        `Besides ${cosigners.length - independent.length} witnesses of the demonstration, run by the platform itself, which count for nothing.`,
      ),
    );
  if (policy.witnesses.length === inside.size) return [nobodyWatches(), ...findings];
  if (!quorum)
    return [
      ...findings,
      unknown(
        '会签的见证方还不够数：这份日志是否人人看到的都一样，从这里无法判断，请稍后再查。',
        'Too few witnesses have cosigned: whether everybody is shown this same log cannot be told from here. Check again later.',
      ),
    ];
  return [
    ...findings,
    shown
      ? holds(
          '见证方已够数。策略由日志自己出示，请与招标公告里印的核对。',
          'Enough witnesses have cosigned. The log itself showed the policy: compare it with the one printed in the notice.',
        )
      : holds('见证方已够数，符合您给的策略。', 'Enough witnesses have cosigned, by the policy you gave.'),
  ];
}

/** The checks of a log, in the order of their numbers. */
export const logChecks: readonly Check<LogView>[] = [
  checkKey,
  checkCheckpoint,
  checkTree,
  checkLeaves,
  checkDisclosed,
  checkActs,
  checkGrowth,
  checkReceipts,
  checkWitnesses,
];
/** What can be checked of receipts alone, with keys one already holds and nothing else. */
export const receiptChecks: readonly Check<LogView>[] = [checkReceipts];

/** The origin that a note claims, for finding one's kept key; proves nothing. */
export const claimedOrigin = (note: string): string => parseCheckpoint(parseNote(note).text).origin;

const noCheckpoint = (): Finding =>
  unknown('没有可信的检查点，这项检查无从做起。', 'Without a checkpoint to trust there is nothing to check against.');
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
const rethrown = (fault: unknown): never => {
  throw fault;
};

function malformed(fault: unknown, zh: string, en: string, entry?: number): Finding {
  return fault instanceof Malformed ? broken(zh, en, entry) : rethrown(fault);
}
