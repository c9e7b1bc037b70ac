/*
 * The attacks that the protocol is built against. One file `NN-*.attack.test.ts` or more tries each for real: the
 * house is the real one with a single behaviour turned against its users, and the client or the outsider's check
 * must notice alone.
 */

export type Attack = {
  readonly no: number;
  readonly attack: readonly [zh: string, en: string];
  readonly defence: readonly [zh: string, en: string];
};

const row = (
  no: number,
  attack: readonly [zh: string, en: string],
  defence: readonly [zh: string, en: string],
): Attack => ({ no, attack, defence });

export const attacks: readonly Attack[] = [
  row(
    1,
    ['运营者或数据库管理员提前偷看投标', 'The operator or the database administrator reads bids early'],
    ['投标在浏览器里加密，服务器从未持有密钥', 'Bids are sealed in the browser; the server never holds a key'],
  ),
  row(
    2,
    ['人数不足门限的开启人串通', 'Fewer officers than the threshold collude'],
    ['可验证的秘密分享，每组各有门限', 'Verifiable secret sharing with a threshold in each group'],
  ),
  row(
    3,
    ['截止后调换投标', 'A bid is replaced after the deadline'],
    ['签名清单、分片指纹、公开日志', 'Signed manifest, hashes of pieces, public log'],
  ),
  row(
    4,
    ['把迟到的投标倒填时间', 'A late bid is backdated'],
    ['时间戳与日志顺序都要早于截止', 'The timestamp and the place in the log both precede the close'],
  ),
  row(
    5,
    ['抢在截止一刻、拨动时钟', 'Races and skewed clocks around the deadline'],
    ['一个排序者按次序裁定，截止记录带时间戳', 'One sequencer decides by order; the close carries a timestamp'],
  ),
  row(
    6,
    ['时区、夏令时、语言环境造成误判', 'Time zones, daylight saving and locales change a decision'],
    ['时刻一律为协调世界时，时区只用于显示', 'Instants are UTC; a zone is for display only'],
  ),
  row(
    7,
    ['服务器吞掉一份投标却说收到', 'The server swallows a bid and says it has it'],
    ['只有验证过的回执才算递交，见证人可代收指纹', 'Only a verified receipt counts; witnesses take a hash as evidence'],
  ),
  row(
    8,
    ['开标时漏掉一份投标', 'A bid is left out at the opening'],
    ['公开的截止清单与异议期，先核对后交钥匙', 'A public close list and an objection window before any share'],
  ),
  row(
    9,
    [
      '把别人的信封当作自己的，或挪到别的包、别的项目',
      "Another's envelope is handed in as one's own, or for another lot or tender",
    ],
    ['投标人、项目、包、次序都进入密钥', 'Bidder, tender, lot and sequence are part of every key'],
  ),
  row(
    10,
    ['把已替换或撤回的投标重新拿出来', 'A replaced or withdrawn bid is brought back'],
    ['截止清单只列最新的，开启人只开清单上的', 'The close lists heads only, and officers open only what it lists'],
  ),
  row(
    11,
    ['改动、调换、截断密文', 'Ciphertext is changed, swapped or cut off'],
    ['逐块认证的分块加密', 'Chunked encryption that authenticates every chunk and their order'],
  ),
  row(12, ['一份密文两种报价', 'One ciphertext with two prices'], ['对密钥的承诺', 'A commitment to the key']),
  row(
    13,
    ['各种畸形的密钥份额', 'Malformed shares of every kind'],
    [
      '严格解析，并与承诺核对，指出过错方',
      'Strict parsing and a check against the commitments that names who is at fault',
    ],
  ),
  row(
    14,
    ['谎称份额打不开，或投标人塞入废数据', 'A false complaint, or rubbish wrapped by the bidder'],
    ['截止后的争议裁决，可由任何人复核', 'A dispute after the close that anybody can judge'],
  ),
  row(
    15,
    ['开启人拒绝到场或丢失密钥', 'An officer refuses, or has lost the key'],
    ['门限、时限、投标人的恢复文件', "Threshold, time limit, and the bidder's recovery file"],
  ),
  row(
    16,
    ['开启人只开熟人的投标，或先看再决定', "An officer opens only friends' bids, or waits to see others"],
    ['整批释放，全有或全无，先记指纹', 'Batches are all or nothing, and their hash is logged first'],
  ),
  row(
    17,
    ['投标人埋下看价后反悔的余地', 'A bidder keeps an option to withdraw after seeing prices'],
    [
      '截止前预检份额，结果与谁到场无关',
      'Shares are tried before the deadline; the outcome does not depend on who shows up',
    ],
  ),
  row(
    18,
    ['日志对不同的人说不同的话', 'The log tells different people different things'],
    ['见证人会签与法定数', 'Cosigning witnesses and a quorum'],
  ),
  row(
    19,
    ['恢复旧备份、崩溃、写到一半', 'A restored backup, a crash, a torn write'],
    ['末次检查点另存并比对，写后校验', 'The last checkpoint lies in a second place; writes are verified'],
  ),
  row(
    20,
    ['内部人员直接改数据库', 'An insider edits the database'],
    ['每个状态都能由日志重新推出', 'Every state follows from the log'],
  ),
  row(
    21,
    ['操纵随机抽取', 'The draw is biased'],
    [
      '多方承诺、托管、揭示，扣留的可以重建',
      'Several parties commit, escrow and reveal; what is withheld is reconstructed',
    ],
  ),
  row(
    22,
    ['评委偷看或他人改动评分', 'Scores are seen or changed'],
    ['密封的评分表，全部提交后才揭示', 'Sealed score sheets, revealed only when all are in'],
  ),
  row(
    23,
    ['解析炸弹', 'Parser bombs'],
    ['不压缩、严格解析、处处有上限', 'No compression, strict parsers, limits everywhere'],
  ),
  row(
    24,
    ['在签名之后改动公文', 'A signed paper is changed after the signature'],
    ['签名覆盖全文，逐像素检验', 'The signature covers the whole file; templates are tested by their pixels'],
  ),
  row(
    25,
    ['给某个人下发有毒的网页程序', 'Malicious page code for one victim'],
    [
      '网页程序指纹入日志，离线封标工具，交前自查',
      'Hashes of the page in the log, an offline sealer, an audit before submitting',
    ],
  ),
  row(
    26,
    ['从公开日志数出投标人数，从长度猜价格', 'The public log tells how many bid, lengths tell the price'],
    ['承诺记录与诱饵、补齐长度', 'Commit entries, decoys and padding'],
  ),
  row(
    27,
    ['过期、吊销、用途不符或仿冒的证书', 'Expired, revoked, misused or forged certificates'],
    ['登记时固定指纹，算法与用途白名单', 'Fingerprints are pinned at registration; algorithms and usages are listed'],
  ),
];

/** The title of a suite that tries one of them: `03 A bid is replaced after the deadline`. */
export function attack(no: number): string {
  const found = attacks.find((one) => one.no === no);
  if (!found) throw new Error(`there is no attack ${no}`);
  return `${String(no).padStart(2, '0')} ${found.attack[1]}`;
}
