/** What timekeeping says. */
export const zh = {
  stamps: {
    title: '时间戳',
    none: '没有时间戳。投标照样有效；时间以平台时钟和记录次序为准。',
    before: '{authority} 证明签名在 {at} 之前已经形成',
    late: '{authority} 证明签名形成于 {at}，不早于截止时间',
    refused: '有一枚时间戳不成立（{reason}）',
    byYou: '时间戳由您的浏览器核对。',
  },
  asking: {
    stamped: '{name}：已盖时间戳',
    silent: '{name}：没有应答，不影响递交',
    late: '{name}：时间已到截止，没有采用',
    refused: '{name}：应答不成立，没有采用',
  },
  unproven: {
    title: '没有递交成功：平台给的回执不成立',
    text: '平台说“已收到”，但拿不出记录簿收下这份投标的证明。这不算递交。请先保存证据，再试一次；仍不行就联系监督部门。',
    doubts: {
      malformed: '回执的格式不对',
      'not-signed': '回执没有记录簿的签名',
      'not-included': '回执不能证明投标已写入记录簿',
      'another-entry': '回执说的是另一条记录',
      'another-bid': '回执说的是另一份投标',
      'no-key': '拿不到记录簿的公钥，无法核对回执',
    },
    save: '保存证据',
    leave: '请见证方代收指纹',
    leaving: '正在联系见证方…',
    left: '{count} 家见证方签收了这份投标的指纹，已放进证据。',
    nobody: '没有见证方应答。也可以用命令行把指纹交给公告所列的见证方：',
    noWitness: '公告没有列出见证方，能证明的只有您手里的证据。',
  },
  outage: {
    title: '平台不可用记录',
    note: '最近三十天：平台自测，以及见证方签名证明的时段',
    none: '自 {since} 起没有测到不可用。',
    unmeasured: '还没有开始测量。',
    begin: '开始',
    end: '结束',
    length: '时长',
    by: '谁测得',
    minutes: '{minutes} 分钟',
    platform: '平台自测',
    extend: '截止时间前平台累计不可用 {minutes} 分钟，依招标文件，截止时间由 {from} 顺延至 {to}。',
    redeliver:
      '截止时间前平台累计不可用 {minutes} 分钟，依招标文件，截止前已经封好的原件可在 {to} 之前补交；在此之前不关闭、不开标。',
    attested: '有见证方的签名为证。',
    ownWord: '只有平台自己的测量，没有见证方的签名。',
    paper: '平台不可用证明（PDF）',
    text: '证明原文（JSON）',
    building: '截止前 {hours} 小时内，平台已累计不可用 {minutes} 分钟；满 {threshold} 分钟时按招标文件处理。',
    again: '平台曾不可用。截止前已经封好、盖过时间戳的投标，可在 {until} 之前原样补交。',
    notHere: '这台电脑上没有这样的投标。请用当时封标的电脑。',
    hand: '原样补交',
  },
  clock: {
    title: '时钟核对',
    note: '平台时钟与时间戳机构比对，只提示，不拒绝任何操作',
    agrees: '平台时钟与时间戳机构一致：相差约 {skew} 毫秒（误差 ±{within} 毫秒）。',
    ahead: '平台时钟快了约 {skew} 毫秒（误差 ±{within} 毫秒），超过 1 秒。请校准服务器时钟。',
    behind: '平台时钟慢了约 {skew} 毫秒（误差 ±{within} 毫秒），超过 1 秒。请校准服务器时钟。',
    unknown: '时间戳机构最近都没有应答，平台时钟无从比对。',
    nobody: '没有配置外部时间戳机构，平台时钟无从比对。',
    demonstration: '演示时间戳机构用的就是平台自己的时钟，比对它没有意义。',
    readings: '最近的比对',
    authority: '机构',
    at: '时间',
    difference: '平台时钟的偏差',
    between: '{lowest} 至 {highest} 毫秒',
    outcomes: { answered: '已应答', silent: '没有应答', unfit: '应答不可信' },
  },
};
declare module '../locales/messages.ts' {
  interface Messages {
    timekeeping: typeof zh;
  }
}
