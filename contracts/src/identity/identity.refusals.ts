import { refusals } from '../kernel/refusal.ts';

/** Why somebody is not let in, a seat not given, a signature or certificate not accepted. */
export const identityRefusals = refusals({
  'sign-in.wrong': { status: 401, zh: '登录名或密码不对。', en: 'The login name or the password is wrong.' },
  'sign-in.locked': {
    status: 429,
    zh: '密码输错次数过多，请在 {minutes} 分钟后再试。',
    en: 'Too many wrong passwords. Please try again in {minutes} minutes.',
  },
  'login.taken': {
    status: 409,
    zh: '这个登录名已有人使用，请换一个。',
    en: 'This login name is taken; please choose another.',
  },
  'password.too-short': {
    status: 422,
    zh: '密码至少 {least} 个字符。长一点的句子比复杂的符号更安全，也更好记。',
    en: 'A password needs at least {least} characters. A longer sentence is safer than odd signs, and easier to remember.',
  },
  'password.too-common': {
    status: 422,
    zh: '这个密码太容易被猜到，请换一个。',
    en: 'This password is too easy to guess; please choose another.',
  },
  'password.wrong': { status: 403, zh: '密码不对。', en: 'The password is wrong.' },
  'password.unchanged': { status: 422, zh: '新密码与原密码相同。', en: 'The new password is the same as the old one.' },
  'organisation.already-registered': {
    status: 409,
    zh: '统一社会信用代码 {uscc} 已经登记。请联系本单位的管理员为您开通席位；如被他人冒用，请联系交易中心。',
    en: 'The credit code {uscc} is already registered. Ask the administrator of your organisation for a seat, or the trading centre if somebody misuses the code.',
  },
  'region.unknown': {
    status: 422,
    zh: '没有这个行政区划代码：{code}。',
    en: 'There is no administrative division {code}.',
  },
  'session.unknown': {
    status: 404,
    zh: '没有这个登录会话，或已经结束。',
    en: 'There is no such session, or it has ended.',
  },
  'seat.unknown': { status: 404, zh: '没有这个席位。', en: 'There is no such seat.' },
  'seat.not-yours': {
    status: 403,
    zh: '这个席位不属于您，或已停用。',
    en: 'This seat is not yours, or it is disabled.',
  },
  'seat.role-not-open': {
    status: 422,
    zh: '本单位的席位不能担任这个角色：{role}。',
    en: 'Seats of this organisation cannot hold the role {role}.',
  },
  'seat.already-there': {
    status: 409,
    zh: '此人在本单位已有席位。',
    en: 'This person already has a seat in this organisation.',
  },
  'seat.last-administrator': {
    status: 409,
    zh: '本单位至少要有一名可用的管理员。',
    en: 'The organisation needs at least one active administrator.',
  },
  'certificate.unknown': { status: 404, zh: '没有这张证书。', en: 'There is no such certificate.' },
  'certificate.malformed': {
    status: 422,
    zh: '证书无法读取：需要 DER 编码，密钥为 P-256、SM2 或不少于 2048 位的 RSA。',
    en: 'The certificate cannot be read: it must be DER, with a P-256 or SM2 key or RSA of at least 2048 bits.',
  },
  'certificate.other-party': {
    status: 422,
    zh: '证书上的主体与登记的不一致（应为 {uscc}）。',
    en: 'The certificate names another party than the registered one ({uscc}).',
  },
  'certificate.already-pinned': {
    status: 409,
    zh: '这张证书已经登记。',
    en: 'This certificate is already registered.',
  },
  'certificate.not-of-this-seat': {
    status: 403,
    zh: '签名用的证书没有登记在您的席位下。',
    en: 'The certificate that signed is not registered for your seat.',
  },
  'certificate.already-revoked': {
    status: 409,
    zh: '这对证书已经注销。',
    en: 'This pair of certificates is already revoked.',
  },
  'certificate.none': {
    status: 409,
    zh: '您的席位还没有可用的证书，请先办理证书。',
    en: 'Your seat has no valid certificate yet; get one first.',
  },
  'certificate.expired': { status: 422, zh: '证书已过有效期。', en: 'The certificate has expired.' },
  'certificate.not-yet-valid': { status: 422, zh: '证书还没有到生效时间。', en: 'The certificate is not valid yet.' },
  'certificate.untrusted': {
    status: 422,
    zh: '证书不是由本平台信任的机构签发的。',
    en: 'The certificate was not issued by an authority this platform trusts.',
  },
  'certificate.revoked': { status: 422, zh: '证书已被吊销。', en: 'The certificate has been revoked.' },
  'certificate.wrong-usage': {
    status: 422,
    zh: '证书的用途不符：签名与加密要用各自的证书。',
    en: 'The certificate is not meant for this use: signing and encryption need their own certificates.',
  },
  'certificate.weak-key': { status: 422, zh: '证书的密钥强度不够。', en: 'The certificate has a weak key.' },
  'request.weak-key': {
    status: 422,
    zh: '申请中的密钥强度不够或类型不符：签名需 P-256、SM2 或不少于 2048 位的 RSA，加密需 P-256 或 SM2。',
    en: 'The request holds a weak or unfit key: signing needs P-256, SM2 or RSA of at least 2048 bits, encryption P-256 or SM2.',
  },
  'request.mixed-suites': {
    status: 422,
    zh: '签名密钥和加密密钥必须属于同一套算法：两把都用国密 SM2，或两把都不用。',
    en: 'The signing and the encryption key must be of one suite: both SM2, or neither.',
  },
  'request.unreadable': { status: 422, zh: '证书申请无法读取。', en: 'The certificate request cannot be read.' },
  'request.invalid-signature': {
    status: 422,
    zh: '证书申请上的签名不成立：申请人并不持有这把签名密钥。',
    en: 'The signature on the request does not hold: the applicant does not hold the signing key.',
  },
  'request.invalid-binding': {
    status: 422,
    zh: '签名密钥没有为加密密钥作保。',
    en: 'The signing key does not vouch for the encryption key.',
  },
  'authority.none': {
    status: 404,
    zh: '本平台没有演示用证书机构，请使用依法设立的电子认证服务机构签发的证书。',
    en: 'This platform has no demonstration authority; use certificates of a licensed certification authority.',
    law: '电子签名法 §16',
  },
  'signature.malformed': { status: 422, zh: '签名无法读取。', en: 'The signature cannot be read.' },
  'signature.wrong-content': {
    status: 422,
    zh: '签名对应的不是这份内容。',
    en: 'The signature is over other content than this.',
  },
  'signature.invalid': { status: 422, zh: '签名不成立。', en: 'The signature does not hold.' },
  'act.malformed': {
    status: 422,
    zh: '签署的文本不是规范格式（RFC 8785）。',
    en: 'The signed text is not canonical (RFC 8785).',
  },
  'act.not-what-is-decided': {
    status: 409,
    zh: '签署的内容与正在办理的事项不一致，可能期间有变动。请刷新页面，重新核对后再签。',
    en: 'What was signed is not what is being decided; something may have changed meanwhile. Reload, check again, then sign.',
  },
});
export type IdentityCode = keyof typeof identityRefusals;

/** What any operation that takes a signed act may refuse; spread it into the endpoint's list. */
export const signedActCodes = [
  'act.malformed',
  'act.not-what-is-decided',
  'signature.malformed',
  'signature.wrong-content',
  'signature.invalid',
  'certificate.not-of-this-seat',
  'certificate.expired',
  'certificate.not-yet-valid',
  'certificate.untrusted',
  'certificate.revoked',
  'certificate.wrong-usage',
  'certificate.weak-key',
] as const satisfies readonly IdentityCode[];
