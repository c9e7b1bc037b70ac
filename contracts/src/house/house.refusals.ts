import { refusals } from '../kernel/refusal.ts';

/** What any operation may answer. */
export const houseRefusals = refusals({
  'release.unknown': {
    status: 404,
    zh: '公开日志中没有这一版网页程序。',
    en: 'The public log names no such release of the pages.',
  },
  'auth.not-signed-in': { status: 401, zh: '请先登录。', en: 'Please sign in first.' },
  'auth.not-allowed': { status: 403, zh: '您的角色不能做这件事。', en: 'Your role may not do this.' },
  'request.malformed': {
    status: 400,
    zh: '填写的内容不符合要求，请检查标出的地方。',
    en: 'What was sent is not in the required form. Please check the marked field.',
  },
  'request.too-large': { status: 413, zh: '提交的内容太大。', en: 'What was sent is too large.' },
  'request.wrong-type': { status: 415, zh: '提交的格式不对。', en: 'What was sent has the wrong content type.' },
  'request.forged': {
    status: 403,
    zh: '请求不是从本平台页面发出的，没有执行。请刷新页面再试。',
    en: 'The request did not come from a page of this platform and was not carried out. Reload the page and try again.',
  },
  'request.no-such-operation': { status: 404, zh: '没有这个接口。', en: 'There is no such operation.' },
  'platform.busy': {
    status: 503,
    zh: '平台暂时忙不过来，请稍后再试。',
    en: 'The platform is busy. Please try again shortly.',
  },
  'file.too-large': { status: 413, zh: '文件太大。', en: 'The file is too large.' },
  'file.unknown': {
    status: 404,
    zh: '没有这个文件，或者还没有传完。',
    en: 'There is no such file, or its upload has not finished.',
  },
  'file.bad-name': {
    status: 400,
    zh: '文件名不能用，请改名后再传。',
    en: 'This file name cannot be used. Rename the file and upload it again.',
  },
  'demo.no-keys': {
    status: 404,
    zh: '这个账号没有演示钥匙。',
    en: 'There are no demonstration keys for this account.',
  },
  'clock.not-sandbox': {
    status: 409,
    zh: '正式运行的平台不能拨钟。',
    en: 'The clock of a production platform cannot be turned.',
  },
  'clock.backwards': { status: 422, zh: '时钟只能向前拨。', en: 'The clock only turns forward.' },
  'clock.too-far': { status: 422, zh: '一次最多拨快 400 天。', en: 'The clock turns at most 400 days at a time.' },
});
