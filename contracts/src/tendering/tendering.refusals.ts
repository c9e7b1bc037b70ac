import { refusals } from '../kernel/refusal.ts';

/** Why a tender cannot be published, changed, read or taken as was asked. */
export const tenderingRefusals = refusals({
  'tender.unknown': { status: 404, zh: '没有这个招标项目。', en: 'There is no such tender.' },
  'tender.no-such-file': { status: 404, zh: '招标文件中没有这个附件。', en: 'The tender has no such file.' },
  'tender.no-such-purchaser': { status: 422, zh: '请选择一个已登记的采购人。', en: 'Choose a registered purchaser.' },
  'tender.not-yours': {
    status: 403,
    zh: '这是其他单位的项目，您无权办理。',
    en: 'This tender belongs to another organisation.',
  },
  'tender.move-not-allowed': {
    status: 409,
    zh: '项目目前的状态（{state}）不能办理这一步。',
    en: 'The tender is {state}; this step is not possible now.',
  },
  'tender.changed-meanwhile': {
    status: 409,
    zh: '另一处已经保存了第 {version} 版，请先打开最新内容。',
    en: 'Version {version} was saved elsewhere meanwhile. Open it first.',
  },
  'tender.check-by-same-person': {
    status: 403,
    zh: '编制人不能复核自己编制的项目，请由另一位同事复核。',
    en: 'The person who composed the tender cannot check it; a colleague has to.',
    law: '政府信息公开条例 §17',
  },
  'tender.publish-by-checker': {
    status: 403,
    zh: '复核人不能同时发布，请由另一位同事发布。',
    en: 'The person who checked the tender cannot publish it; a colleague has to.',
    law: '政府信息公开条例 §17',
  },
  'tender.file-not-yours': {
    status: 403,
    zh: '只能附上您自己上传的文件。',
    en: 'Only files that you uploaded can be attached.',
  },
  'tender.file-already-attached': { status: 409, zh: '这个文件已经附上了。', en: 'This file is attached already.' },
  'tender.too-many-files': { status: 422, zh: '最多附 {max} 个文件。', en: 'At most {max} files can be attached.' },
  'tender.documents-not-yet': {
    status: 409,
    zh: '招标文件从 {from} 起提供。',
    en: 'The documents are available from {from}.',
    law: '87号令 §18',
  },
  'tender.documents-over': {
    status: 409,
    zh: '获取招标文件的时间已于 {until} 结束。',
    en: 'The time for taking the documents ended on {until}.',
    law: '87号令 §18',
  },
  'lot.unknown': { status: 404, zh: '没有这个标段。', en: 'There is no such lot.' },
  'lot.move-not-allowed': {
    status: 409,
    zh: '标段目前的状态（{state}）不能办理这一步。',
    en: 'The lot is {state}; this step is not possible now.',
  },

  'tender.incomplete': {
    status: 422,
    zh: '这一项还没有填写，或者填写的内容不符合要求。',
    en: 'This is missing, or not in the form it must have.',
  },
  'tender.too-long': {
    status: 422,
    zh: '公告内容太长，请把长的说明放进招标文件附件。',
    en: 'The notice is too long; put long explanations into an attached document.',
  },
  'tender.works-not-here': {
    status: 422,
    zh: '工程招标不适用这一程序，请选择货物或者服务。',
    en: 'Works are not tendered under this procedure; choose goods or services.',
    law: '87号令 §2',
  },
  'tender.category-mismatch': {
    status: 422,
    zh: '采购品目属于另一类，与所选的类别不一致。',
    en: 'The catalogue code belongs to another category.',
  },
  'tender.unknown-region': {
    status: 422,
    zh: '没有这个行政区划代码：{code}。',
    en: 'There is no administrative division {code}.',
  },
  'tender.unknown-catalog': {
    status: 422,
    zh: '采购品目目录中没有这个编码：{code}。',
    en: 'The procurement catalogue has no code {code}.',
  },
  'tender.documents-before-notice': {
    status: 422,
    zh: '招标文件不能在公告发布之前（{today}）开始提供。',
    en: 'The documents cannot be available before the notice ({today}).',
    law: '87号令 §18',
  },
  'tender.documents-too-short': {
    status: 422,
    zh: '招标文件至少提供到 {earliest}：自公告之日起不少于 {days} 个工作日。',
    en: 'The documents must be available until {earliest} at least: {days} working days from the notice.',
    law: '87号令 §18',
  },
  'tender.deadline-too-early': {
    status: 422,
    zh: '投标截止不能早于 {earliest}：从发出招标文件起至少 {days} 日。',
    en: 'The deadline cannot be before {earliest}: at least {days} days from the issue of the documents.',
    law: '政府采购法 §35',
  },
  'tender.deadline-before-documents-end': {
    status: 422,
    zh: '投标截止要在招标文件停止提供（{until}）之后。',
    en: 'The deadline must be after the documents stop being available ({until}).',
    law: '87号令 §18',
  },
  'tender.notice-too-short': {
    status: 422,
    zh: '公告期限是 {days} 个工作日。',
    en: 'The notice period is {days} working days.',
    law: '87号令 §16',
  },
  'tender.no-document': { status: 422, zh: '请附上招标文件。', en: 'Attach the tender document.', law: '87号令 §20' },
  'tender.no-qualification': {
    status: 422,
    zh: '请写明投标人的资格要求。',
    en: 'State the conditions that bidders must meet.',
    law: '87号令 §13',
  },
  'tender.lots-not-numbered': {
    status: 422,
    zh: '标段要从 1 起依次编号。',
    en: 'Lots are numbered from 1 without gaps.',
  },
  'tender.ceiling-above-budget': {
    status: 422,
    zh: '最高限价不能超过预算（{budget} 元）。',
    en: 'The ceiling cannot exceed the budget (CNY {budget}).',
    law: '87号令 §12',
  },
  'tender.price-weight-too-low': {
    status: 422,
    zh: '价格分至少占 {min}%。',
    en: 'The price must weigh at least {min} %.',
    law: '87号令 §55',
  },
  'tender.price-weight-missing': {
    status: 422,
    zh: '综合评分法要写明价格分的比重。',
    en: 'Comprehensive scoring needs a weight for the price.',
    law: '87号令 §55',
  },
  'tender.scores-do-not-add-up': {
    status: 422,
    zh: '各项分值合计是 {sum} 分，应当是 100 分。',
    en: 'The scores add up to {sum}; they must add up to 100.',
    law: '87号令 §55',
  },
  'tender.items-without-scoring': {
    status: 422,
    zh: '最低评标价法不打分，请删去评分项。',
    en: 'Where the lowest price wins nothing is scored; remove the criteria.',
    law: '87号令 §54',
  },
  'tender.item-without-points': {
    status: 422,
    zh: '这一评分项的分值要大于 0。',
    en: 'A criterion must be worth more than 0 points.',
    law: '87号令 §55',
  },
  'tender.item-repeated': { status: 422, zh: '编号 {id} 用了两次。', en: 'The id {id} is used twice.' },
  'tender.objective-without-options': {
    status: 422,
    zh: '客观分项至少列出两档。',
    en: 'An objective criterion needs two options at least.',
    law: '87号令 §55',
  },
  'tender.objective-options-max': {
    status: 422,
    zh: '客观分项最高一档应当正好是 {max} 分。',
    en: 'The best option of an objective criterion must be worth exactly {max} points.',
    law: '87号令 §55',
  },
  'tender.subjective-with-options': {
    status: 422,
    zh: '主观分项由专家打分，不列档次。',
    en: 'A subjective criterion is scored by experts and has no options.',
  },
  'tender.subjective-without-guidance': {
    status: 422,
    zh: '请写明这一项的评分标准。',
    en: 'State how this criterion is scored.',
    law: '87号令 §55',
  },
  'tender.scale-condition': {
    status: 422,
    zh: '“{word}”属于规模条件，不能作为资格要求或者评分因素。',
    en: '“{word}” is a condition of scale; it may be neither a qualification nor a criterion.',
    law: '87号令 §17',
  },
  'tender.officers-missing': {
    status: 422,
    zh: '请选择开标人：采购方和独立方至少各一位。',
    en: 'Choose opening officers: at least one of the purchaser’s side and one independent.',
  },
  'tender.officer-twice': {
    status: 422,
    zh: '同一个人只能做一次开标人。',
    en: 'One person can be an opening officer once only.',
  },
  'tender.officer-not-entitled': {
    status: 422,
    zh: '这位开标人不属于所选的一方，或者没有开标权限。',
    en: 'This officer does not belong to the chosen side, or may not open bids.',
  },
  'tender.officer-other-suite': {
    status: 409,
    zh: '这位开标人只有另一套算法的加密证书。用商用密码算法的项目要求开标人有 SM2 加密证书，用国际通用算法的要求有 P-256 加密证书。',
    en: 'This officer holds encryption certificates of the other suite only. A tender in the national suite needs SM2, one in the general suite P-256.',
  },
  'tender.officer-without-key': {
    status: 422,
    zh: '这位开标人没有有效到开标以后的加密证书。',
    en: 'This officer has no encryption certificate that outlasts the opening.',
  },

  'tender.officer-not-accepted': {
    status: 409,
    zh: '这位开标人还没有接受任命，或者上次的密钥证明已经过期。请开标人在“我的开标”里点一次“接受任命”。',
    en: 'This officer has not accepted yet, or the last proof of the key has expired. The officer accepts with one click under “My openings”.',
  },
  'tender.decrypt-time': {
    status: 422,
    zh: '由投标人自行解密的，解密时间应当在 {least} 至 {most} 分钟之间。',
    en: 'Where bidders decrypt themselves they have between {least} and {most} minutes.',
    law: '电子招标投标办法 §30',
  },
  'tender.decrypt-without-gate': {
    status: 422,
    zh: '没有选择“投标人自行解密”，解密时间应当为 0。',
    en: 'Bidders do not decrypt in this tender, so their time must be 0.',
  },
  'tender.outage-window': {
    status: 422,
    zh: '故障条款前后不一致：累计 {minutes} 分钟应当落在截止前 {hours} 小时之内。',
    en: 'The outage clause contradicts itself: {minutes} minutes must fit into the last {hours} hours.',
    law: '电子招标投标办法 §27',
  },

  'officer.no-certificate': {
    status: 409,
    zh: '当前席位没有有效的加密证书，请先在“证书与密钥”里办理。',
    en: 'Your seat has no valid encryption certificate. Get one under “Certificates and keys” first.',
  },
  'officer.no-test': {
    status: 409,
    zh: '没有等待回答的密钥测试，或者测试是为另一张证书做的，请重新开始。',
    en: 'No test of your key is waiting, or it was made for another certificate. Start again.',
  },
  'officer.wrong-answer': {
    status: 422,
    zh: '回答与测试不符：这台电脑上的密钥打不开封给您证书的内容。',
    en: 'The answer does not fit the test: the key on this computer does not open what is sealed to your certificate.',
  },
  'officer.not-named': {
    status: 409,
    zh: '其中一个项目没有任命您为开标人，请刷新后再接受。',
    en: 'One of the tenders does not name you as an officer. Reload and accept again.',
  },

  'officers.not-published': {
    status: 409,
    zh: '项目尚未发布，请直接修改草稿中的开标人。',
    en: 'The tender is not published; change the officers in its draft.',
  },
  'officers.not-bidding': {
    status: 409,
    zh: '投标已经截止，开标人不能再更换。',
    en: 'Bids have closed; officers cannot be replaced any more.',
  },
  'officers.deadline-too-near': {
    status: 409,
    zh: '距投标截止不足 {days} 日，投标人来不及重新封装。请先依法顺延截止时间，再更换开标人。',
    en: 'Fewer than {days} days are left, too few for bidders to seal again. Move the deadline first, then replace officers.',
    law: '87号令 §27',
  },
  'officers.unknown-member': {
    status: 422,
    zh: '要更换的人不在现在的开标人之中，请刷新后重选。',
    en: 'One of those to be replaced is not among the officers now. Reload and choose again.',
  },
  'officers.same-key': {
    status: 422,
    zh: '换上的还是原来那张证书。密钥丢失的，请先办理新证书并接受任命。',
    en: 'The certificate that comes in is the one that leaves. After losing a key, get a new certificate and accept with it first.',
  },
  'officers.nothing-pending': {
    status: 409,
    zh: '没有等待确认的更换申请，或者它已经被处理。',
    en: 'No change is waiting, or it was dealt with already.',
  },
  'officers.same-person': {
    status: 403,
    zh: '提出更换的人不能自己确认，请由另一位同事确认。',
    en: 'Whoever proposed the change cannot confirm it; a colleague has to.',
    law: '政府信息公开条例 §17',
  },

  'tender.hint-officer-not-accepted': {
    status: 422,
    zh: '这位开标人还没有接受任命；发布之前要接受。',
    en: 'This officer has not accepted yet, and has to before publication.',
  },
  'tender.hint-gate-bidder': {
    status: 422,
    zh: '由投标人自行解密时，投标人缺席就打不开其投标。招标文件应当写明未解密的后果和补救办法。',
    en: 'Where bidders decrypt themselves, an absent bidder’s bid stays closed. The document must say what follows from that.',
    law: '电子招标投标办法 §31',
  },
  'tender.hint-no-objection-window': {
    status: 422,
    zh: '没有异议时间：被漏掉的投标人来不及在开标前提出。建议至少留 5 分钟。',
    en: 'There is no objection window: a bidder left out cannot say so before the opening. Five minutes are advisable.',
    law: '招标投标法 §36',
  },
  'tender.hint-no-outage-remedy': {
    status: 422,
    zh: '平台故障时既不顺延也不接受补交，请确认这是您想要的。',
    en: 'If the platform fails, the deadline does not move and nothing may be handed in later. Please confirm that you want this.',
    law: '电子招标投标办法 §31',
  },

  'tender.hint-deadline-hours': {
    status: 422,
    zh: '截止时间最好定在工作日 9:00 至 17:00。',
    en: 'A deadline is best set on a working day between 09:00 and 17:00.',
  },
  'tender.hint-one-officer': {
    status: 422,
    zh: '每一方最好有两位开标人，一位缺席也能开标。',
    en: 'Two officers on each side are better: one may be absent.',
  },
  'tender.hint-brand': {
    status: 422,
    zh: '“{word}”像是指定品牌或者型号，请核对。',
    en: '“{word}” looks like a fixed brand or model; please check.',
    law: '政府采购法实施条例 §20',
  },
  'tender.hint-region': {
    status: 422,
    zh: '“{word}”像是限定地区，请核对。',
    en: '“{word}” looks like a regional restriction; please check.',
    law: '政府采购法实施条例 §20',
  },
  'tender.hint-no-ceiling': {
    status: 422,
    zh: '没有最高限价，以预算为上限。',
    en: 'There is no ceiling; the budget is the limit.',
    law: '87号令 §12',
  },
  'tender.hint-calendar': {
    status: 422,
    zh: '{year} 年的节假日安排尚未公布，期限按周末推算。',
    en: 'The holidays of {year} are not published yet; periods count weekends only.',
  },
});
export type TenderingCode = keyof typeof tenderingRefusals;
/** What a person ought to look at, although nothing forbids it. */
export type HintCode = Extract<TenderingCode, `tender.hint-${string}`>;
