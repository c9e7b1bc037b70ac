/** What identity says. */
export const zh = {
  lack: {
    noCrypto: '这个地址不能签名',
    signedOut: '请先登录，再签名',
    noKey: '这台电脑里没有您的密钥',
    noCertificate: '密钥已有，证书还没有到',
    notRegistered: '这台电脑里的证书没有登记在当前席位下，或已注销',
    expired: '证书已过有效期，不能再签名',
    notYet: '证书还没有到生效时间',
    doCrypto: '浏览器只在 https 或本机地址上提供加密功能，请改用 https 打开。',
  },
  moment: {
    what: '签名以后会发生',
    lasting: '不能撤回的',
    who: '用谁的证书签',
    holder: '签名人',
    signing: '正在签名……',
  },
  keys: {
    go: '去“证书与密钥”办理',
    endsIn: '证书还有 {days} 天到期：',
    renew: '换发证书',
    until: '有效期至',
    fingerprint: '证书指纹',
  },
};
declare module '../locales/messages.ts' {
  interface Messages {
    identity: typeof zh;
  }
}
