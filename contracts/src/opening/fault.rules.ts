import { phrase, type Refusal } from '../kernel/refusal.ts';

/** What becomes of a bid that did not open. */
export const outcomes = {
  /** 投标无效 */
  invalid: { zh: '投标无效', en: 'the bid is invalid' },
  /** 视为撤销: the bidder's own cause. */
  revoked: { zh: '视为撤销投标文件', en: 'the bid counts as revoked by its bidder' },
  /** 视为撤回: another's cause; the bidder may claim compensation. */
  withdrawn: {
    zh: '视为撤回投标文件，投标人有权要求责任方赔偿直接损失',
    en: 'the bid counts as withdrawn, and the bidder may claim its direct loss from whoever caused it',
  },
  /** The document's own remedy applies. */
  remedy: {
    zh: '不是投标人的责任，按招标文件写明的补救办法处理',
    en: 'not the bidder’s fault; the remedy that the tender document names applies',
  },
  /** Named, and of no consequence for the bid. */
  stands: { zh: '不影响这份投标', en: 'the bid itself is not affected' },
} as const;
export type Outcome = keyof typeof outcomes;

/** Goods and services bought by government, and tenders under the tendering law: they name the same thing differently. */
export type Regime = 'ZC' | 'ZB';
type Party = 'bidder' | 'officer' | 'platform';
type Consequence = {
  readonly outcome: Outcome;
  /** The article; null where nothing follows for the bid. */
  readonly law: string | null;
};

export type FaultRow = {
  readonly code: string;
  readonly party: Party;
  readonly by: Readonly<Record<Regime, Consequence>>;
  /** Who is at fault, and why; `{officer}` and `{part}` are filled in. */
  readonly zh: string;
  readonly en: string;
  /** What to do now. */
  readonly todo: { readonly zh: string; readonly en: string };
};

// 20号令 binds under the procurement law only as far as the document adopts it; what does not open there is invalid.
const own: FaultRow['by'] = {
  ZC: { outcome: 'invalid', law: '87号令 §63' },
  ZB: { outcome: 'revoked', law: '电子招标投标办法 §31' },
};
const others: FaultRow['by'] = {
  ZC: { outcome: 'remedy', law: '政府采购法 §36' },
  ZB: { outcome: 'withdrawn', law: '电子招标投标办法 §31' },
};
const none: FaultRow['by'] = {
  ZC: { outcome: 'stands', law: null },
  ZB: { outcome: 'stands', law: null },
};
const objectNow = {
  zh: '不同意的，当场提出异议；也可以下载证据自行复核。',
  en: 'Whoever disagrees objects on the spot; the evidence can be downloaded and checked again.',
};
const keepEvidence = {
  zh: '保存回执和这份证据，向责任方主张赔偿。',
  en: 'Keep receipt and evidence, and claim from whoever is at fault.',
};

const row = (
  code: string,
  party: Party,
  by: FaultRow['by'],
  zh: string,
  en: string,
  todo: FaultRow['todo'],
): FaultRow => ({ code, party, by, zh, en, todo });

/**
 * Whose fault it is that a bid did not open, and what follows, row by row. Whether a deposit is kept is no row of
 * this table: that is a person's decision. @law 电子招标投标办法 §31; 招标投标法实施条例 §35; 87号令 §63
 */
// oxfmt-ignore
export const faultRules: readonly FaultRow[] = [
  row('share.malformed', 'bidder', own, '责任在投标人：封给开标人 {officer} 的份额写法不对', 'The bidder is at fault: the share sealed for officer {officer} is not in the required form', objectNow),
  row('share.off-polynomial', 'bidder', own, '责任在投标人：封给开标人 {officer} 的份额与清单里的承诺对不上', 'The bidder is at fault: the share sealed for officer {officer} is not on the curve its manifest commits to', objectNow),
  row('complaint.true', 'bidder', own, '责任在投标人：按投标人自己公布的数复算，封给 {officer} 的密封里不是承诺的份额', 'The bidder is at fault: recomputed from the number it revealed, the wrap for {officer} does not hold the committed share', objectNow),
  row('complaint.silent', 'bidder', own, '责任在投标人：开标人 {officer} 提出打不开，投标人没有在时限内答复', 'The bidder is at fault: officer {officer} could not open the wrap, and the bidder did not answer in time', objectNow),
  row('complaint.false', 'officer', none, '责任在开标人 {officer}：按投标人公布的数复算，密封里就是承诺的份额，本可以打开', 'Officer {officer} is at fault: recomputed from the number the bidder revealed, the wrap holds the committed share and could have been opened', { zh: '份额已由复算得到，开标照常进行；对开标人的处理由监督部门决定。', en: 'The share is known from the recomputation and the opening goes on; what follows for the officer is for the supervisor to decide.' }),
  row('share.unreadable', 'bidder', own, '责任在投标人：封给 {officer} 的密封打不开', 'The bidder is at fault: the wrap for {officer} does not open', objectNow),
  row('share.not-committed', 'officer', none, '责任在开标人 {officer}：交来的份额不是封存时承诺的那份', 'Officer {officer} is at fault: the share delivered is not the one committed to at sealing', { zh: '该批份额没有被接受，由同组其他人补上。', en: 'The batch was not accepted; another of the group releases instead.' }),
  row('batch.not-logged', 'officer', none, '责任在开标人 {officer}：公布的整批份额与事先记录的指纹不符', 'Officer {officer} is at fault: the batch revealed is not the one whose hash was logged first', { zh: '该批份额没有被接受，开标人可以重新提交，次数有限。', en: 'The batch was not accepted; the officer may try again, a limited number of times.' }),
  row('shares.too-few', 'officer', others, '责任在开标人：到场交出份额的人不够', 'Officers are at fault: too few of them released', keepEvidence),
  row('shares.too-few', 'bidder', own, '责任在投标人：开标人到齐，但封给他们的份额凑不成钥匙', 'The bidder is at fault: the officers came, and the shares sealed for them do not make a key', objectNow),
  row('gate.missing', 'bidder', own, '责任在投标人：没有在规定时间内用自己的钥匙解密', 'The bidder is at fault: it did not decrypt with its own key in the time set', { zh: '认为是平台原因的，当场提出异议并附证据，由监督部门认定。', en: 'If the platform was the cause, object on the spot with evidence; the supervisor decides.' }),
  row('gate.not-committed', 'bidder', own, '责任在投标人：交来的解密钥匙不是封存时的那把', 'The bidder is at fault: the key it released is not the one it sealed with', objectNow),
  row('gate.malformed', 'bidder', own, '责任在投标人：封存时写下的解密钥匙不是规定的写法', 'The bidder is at fault: the key it sealed with is not in the required form', objectNow),
  row('stage.key-not-committed', 'bidder', own, '责任在投标人：份额合出的钥匙与清单里的承诺不符', 'The bidder is at fault: the shares make another key than the manifest commits to', objectNow),
  row('stage.unknown', 'platform', others, '责任在平台：清单里没有应当打开的部分，却收下了', 'The platform is at fault: it accepted a manifest without the stage to be opened', keepEvidence),
  row('part.unknown', 'platform', others, '责任在平台：清单里缺少{part}，却收下了', 'The platform is at fault: it accepted a manifest without its {part}', keepEvidence),
  row('part.wrong-key', 'bidder', own, '责任在投标人：{part}不是用承诺的钥匙加密的', 'The bidder is at fault: the {part} was not encrypted with the committed key', objectNow),
  row('part.not-authentic', 'bidder', own, '责任在投标人：{part}的密文与签名的清单一致，但通不过校验', 'The bidder is at fault: the ciphertext of the {part} is the one it signed for, and does not authenticate', objectNow),
  row('part.bad-archive', 'bidder', own, '责任在投标人：{part}解开后不是规定的文件格式', 'The bidder is at fault: the {part} opens to something that is not in the required form', objectNow),
  row('part.wrong-context', 'bidder', own, '责任在投标人：{part}写的是另一次投标', 'The bidder is at fault: the {part} says it belongs to another bid', objectNow),
  row('offer.malformed', 'bidder', own, '责任在投标人：{part}的内容不是规定的写法', 'The bidder is at fault: what the {part} says is not in the required form', objectNow),
  row('piece.differs', 'platform', others, '责任在平台：存放的{part}密文与投标人签名的清单不符', 'The platform is at fault: the ciphertext of the {part} it kept is not the one the bidder signed for', { zh: '投标人可以凭清单重新提交原文件；造成损失的，向平台主张赔偿。', en: 'The bidder may deliver the same bytes again by the manifest, and claim a loss from the platform.' }),
  row('receipt.omitted', 'platform', others, '责任在平台：有有效回执的投标没有列入截标名单', 'The platform is at fault: a bid with a valid receipt is missing from the close list', { zh: '开标停止，由监督部门依法处理。', en: 'The opening stops; the supervisor decides by law.' }),
  row('officers.absent', 'officer', others, '责任在开标人 {officer}：没有在规定时间内交出份额', 'Officers {officer} are at fault: they did not release in the time set', keepEvidence),
];

/** What is said of a deposit wherever a fault is shown. @law 招标投标法实施条例 §35; 87号令 §23 */
export const depositWords = {
  zh: '投标保证金退与不退，由采购人依法另行决定，平台不自动处理。',
  en: 'Whether a deposit is returned is for the purchaser to decide by law; the platform does nothing by itself.',
} as const;

/** What follows where a bid was proven to be left out, and where the officers did not open. */
export const failureRules: Readonly<Record<'bidOmitted' | 'officersAbsent', Readonly<Record<Regime, string>>>> = {
  bidOmitted: { ZC: '政府采购法 §36', ZB: '招标投标法实施条例 §81' },
  officersAbsent: { ZC: '政府采购法 §36', ZB: '招标投标法实施条例 §81' },
};

export const faultRow = (code: string, party: string): FaultRow | undefined =>
  faultRules.find((one) => one.code === code && one.party === party);

const parts: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  price: { zh: '报价部分', en: 'price part' },
  technical: { zh: '技术部分', en: 'technical part' },
};

/** A fault in words: who and why, what follows with its article, and what to do. */
export function faultWords(
  fault: {
    readonly code: string;
    readonly party: string;
    readonly officer: string | null;
    readonly part: string | null;
  },
  regime: Regime,
  lang: 'zh' | 'en',
): { readonly why: string; readonly follows: string; readonly law: string | null; readonly todo: string } | undefined {
  const found = faultRow(fault.code, fault.party);
  if (!found) return undefined;
  const facts: Refusal['facts'] = {
    officer: fault.officer ?? '',
    part: parts[fault.part ?? '']?.[lang] ?? fault.part ?? '',
  };
  const { outcome, law } = found.by[regime];
  return { why: phrase(found[lang], facts), follows: outcomes[outcome][lang], law, todo: found.todo[lang] };
}
