import { z } from 'zod';
import { Hex, Sha256Hex, SignatureHex } from '../kernel/bytes.ts';
import { refusals } from '../kernel/refusal.ts';

/**
 * What a page and the key bridge on the same computer say to each other. The bridge holds the token's PIN and asks
 * its person in its own window; a page never sees the PIN, and can have nothing signed that was not shown there.
 */
export const bridgePort = 28_765;
export const bridgeAddress = `http://127.0.0.1:${bridgePort}`;
/** A page that uses a bridge says so in this cookie: only then does the server allow it to speak to this address. */
export const bridgeCookie = 'xinbiao-bridge';

const Der = Hex.min(2).max(32_768);

/** Types of the code shown in the bridge's window, and receives the token that further questions carry. */
export const BridgePairBody = z.strictObject({ code: z.string().min(4).max(32) });
export const BridgePaired = z.strictObject({ token: z.string().min(32).max(128) });

/** One certificate on the token whose key is there too. */
export const BridgeKey = z.strictObject({
  kind: z.enum(['signing', 'encryption']),
  label: z.string().max(200),
  certificate: Der,
});
export type BridgeKey = z.infer<typeof BridgeKey>;
export const BridgeKeys = z.strictObject({ token: z.string().max(200), keys: z.array(BridgeKey).max(64) });

/** A signed document as canonical JSON; what is no document of this platform is not signed. */
export const BridgeSignBody = z.strictObject({
  certificate: Sha256Hex,
  content: z.string().min(2).max(2_000_000),
  /** The time to state in the signature. */
  at: z.iso.datetime(),
  chain: z.array(Der).max(6),
});
export const BridgeSigned = z.strictObject({ signature: SignatureHex });

export const BridgeOpenBody = z.strictObject({
  certificate: Sha256Hex,
  wraps: z.array(Hex.min(2).max(8_192)).min(1).max(64),
});
/** Null for a wrap that does not open, for whatever reason. */
export const BridgeOpened = z.strictObject({ blobs: z.array(Hex.max(16_384).nullable()) });

/** Makes two key pairs on the token and the request for their certificates. */
export const BridgeRequestBody = z.strictObject({
  commonName: z.string().min(1).max(200),
  organisation: z.string().min(1).max(200).nullable(),
  uscc: z.string().length(18).nullable(),
});
export const BridgeRequested = z.strictObject({ signing: Der, encryptionSpki: Der, binding: Der });

/** Writes certificates onto the token beside the keys they are for. */
export const BridgeStoreBody = z.strictObject({ certificates: z.array(Der).min(1).max(4) });
export const BridgeStored = z.strictObject({ stored: z.int().min(0).max(4) });

/** What the bridge says no with; `bridge.absent` is the page's own, when nobody answers at all. */
export const bridgeRefusals = refusals({
  'bridge.absent': {
    status: 503,
    zh: '没有找到硬件密钥桥接程序。请先在本机启动它（npm run bridge），并确认浏览器允许本页访问本机。',
    en: 'The key bridge does not answer. Start it on this computer (npm run bridge) and allow this page to reach this computer.',
  },
  'bridge.not-paired': {
    status: 401,
    zh: '还没有与桥接程序配对，或者它已经重新启动。请输入它窗口里显示的配对码。',
    en: 'This page is not paired with the bridge, or the bridge was started again. Type the code shown in its window.',
  },
  'bridge.wrong-code': {
    status: 403,
    zh: '配对码不对。桥接程序的窗口里已换了新码，请看清后再输。',
    en: 'The code is wrong. The bridge now shows a new one in its window; type that.',
  },
  'bridge.locked': {
    status: 429,
    zh: '配对码输错太多次，桥接程序已停止配对。请重新启动它。',
    en: 'Too many wrong codes: the bridge pairs no more. Start it again.',
  },
  'bridge.other-origin': {
    status: 403,
    zh: '桥接程序不接受来自本网站的请求。启动它时要用 --origin 写明本网站的地址。',
    en: 'The bridge does not serve this site. Start it with --origin and this site’s address.',
  },
  'bridge.declined': {
    status: 403,
    zh: '您在桥接程序的窗口里拒绝了，或者没有在两分钟内答复。',
    en: 'You declined in the bridge’s window, or did not answer within two minutes.',
  },
  'bridge.busy': {
    status: 409,
    zh: '桥接程序的窗口里还有一个问题没有答复，请先答复。',
    en: 'The bridge is still waiting for an answer in its window. Answer that first.',
  },
  'bridge.key-unknown': {
    status: 404,
    zh: '硬件密钥里没有这张证书，或者没有它的私钥。',
    en: 'The token does not hold this certificate, or not its private key.',
  },
  'bridge.content-unknown': {
    status: 422,
    zh: '要签署的不是本平台的文书，桥接程序不签看不懂的内容。',
    en: 'What is to be signed is no document of this platform, and the bridge signs nothing it cannot show.',
  },
  'bridge.token-failed': {
    status: 503,
    zh: '硬件密钥没有完成这一步：可能已拔出、PIN 被锁，或者不支持这种运算。',
    en: 'The token did not do it: it may be unplugged, its PIN locked, or the operation unsupported.',
  },
  'bridge.malformed': { status: 400, zh: '请求无法读取。', en: 'The question cannot be read.' },
});
export type BridgeCode = keyof typeof bridgeRefusals;

/** The names of legal acts as people know them, for where only the signed text is at hand. */
const actNames: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  'award.decide': ['确定中标人', 'award the contract'],
  'bid.withdraw': ['撤回投标', 'withdraw a bid'],
  'blacklist.add': ['列入黑名单', 'put on the blacklist'],
  'blacklist.repair': ['修复信用', 'repair a record'],
  'blacklist.withdraw': ['撤销黑名单记录', 'withdraw a blacklisting'],
  'dispute.rebuttal': ['答辩争议', 'answer a dispute'],
  'draw.commit': ['参与随机抽取：承诺', 'contribute to a draw: commit'],
  'draw.decline': ['谢绝抽取结果', 'decline after a draw'],
  'draw.escrow': ['参与随机抽取：托管', 'contribute to a draw: escrow'],
  'draw.join': ['参与随机抽取', 'join a draw'],
  'draw.propose': ['发起随机抽取', 'propose a draw'],
  'eval.escrow': ['打开缺席评委的评分表', 'open an absent expert’s sheet'],
  'eval.reopen': ['重新评审', 'evaluate again'],
  'eval.sheet': ['提交评分表', 'hand in a score sheet'],
  'eval.sign': ['签署评标报告', 'sign the evaluation report'],
  'key.pin': ['登记证书', 'register certificates'],
  'key.revoke': ['注销证书', 'revoke certificates'],
  'officers.propose': ['更换开启人', 'replace officers'],
  'open.answer': ['答复开标异议', 'answer an objection at the opening'],
  'open.batch': ['公布整批份额的指纹', 'announce a batch of shares'],
  'open.confirm': ['确认开标记录', 'confirm the opening record'],
  'open.decision': ['决定开标事项', 'decide at the opening'],
  'open.gate': ['释放投标人自己的密钥', 'release the bidder’s own key'],
  'open.object': ['对开标提出异议', 'object at the opening'],
  'open.omission': ['指出遗漏的投标', 'name a bid that was left out'],
  'open.recovery': ['用恢复文件开标', 'open with the recovery file'],
  'open.release': ['释放开标密钥份额', 'release shares to open bids'],
  'open.reveal': ['披露份额', 'reveal a share'],
  'opener.accept': ['接受担任开启人', 'accept to be an officer'],
  'panel.accept': ['接受评标邀请', 'accept a seat on the panel'],
  'panel.appoint': ['组建评标委员会', 'appoint the panel'],
  'panel.replace': ['更换评委', 'replace an expert'],
  'party.declare': ['作出声明', 'make the declaration'],
  'qualify.result': ['资格审查结果', 'result of the qualification check'],
  'share.check': ['预检份额', 'try shares'],
  'tender.amend': ['发布更正公告', 'publish an amendment'],
  'tender.check': ['复核招标文件', 'confirm a tender'],
  'tender.publish': ['发布招标公告', 'publish a tender'],
};

const documentNames: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  'xinbiao/manifest/v1': ['递交投标（封存清单）', 'hand in a bid (its manifest)'],
  'xinbiao/score-sheet/v1': ['评分表', 'a score sheet'],
  'xinbiao/withdraw/v1': ['撤回投标', 'withdraw a bid'],
};

export type SignedWords = {
  readonly zh: string;
  readonly en: string;
  /** What stands in it, outermost first, each short enough to read. */
  readonly lines: readonly (readonly [key: string, value: string])[];
};

/**
 * What a signed text says, in words for the person who is asked; undefined for what is no document of this platform.
 * `value` is the parsed canonical JSON. Nothing in the lines can move a terminal's cursor or turn the direction of text.
 */
export function wordsOfSigned(value: unknown): SignedWords | undefined {
  if (typeof value !== 'object' || value === null || !('v' in value) || typeof value.v !== 'string') return undefined;
  const { v } = value;
  const type = 'type' in value && typeof value.type === 'string' ? value.type : '';
  const names = v === 'xinbiao/act/v1' ? (actNames[type] ?? [`法律行为 ${type}`, `the act ${type}`]) : documentNames[v];
  if (!names || (v === 'xinbiao/act/v1' && !/^[a-z]+(?:[.-][a-z-]+)+$/i.test(type))) return undefined;
  const lines = Object.entries(value).flatMap(([key, inside]) => (key === 'v' ? [] : linesOf(key, inside)));
  return { zh: names[0], en: names[1], lines: lines.slice(0, 24) };
}

function linesOf(key: string, value: unknown): (readonly [string, string])[] {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return [[plain(key, 40), plain(String(value), 120)]];
  if (Array.isArray(value)) return [[plain(key, 40), `[${value.length}]`]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inside]) =>
    typeof inside === 'object' ? [] : linesOf(`${key}.${name}`, inside),
  );
}

/** Printable and left to right, cut where it is too long. */
function plain(text: string, most: number): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '·');
  return clean.length > most ? `${clean.slice(0, most)}…` : clean;
}
