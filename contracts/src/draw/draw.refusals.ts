import { refusals } from '../kernel/refusal.ts';

/** Why a draw cannot be held so, or a contribution is not taken. */
export const drawRefusals = refusals({
  'draw.unknown': { status: 404, zh: '没有找到这次抽取。', en: 'There is no such draw.' },
  'draw.too-many': { status: 422, zh: '最多 {most} 个。', en: 'There can be {most} at most.' },
  'draw.twice': { status: 422, zh: '同一个候选不能出现两次。', en: 'A candidate may occur only once.' },
  'draw.too-few-taken': {
    status: 422,
    zh: '这类抽取每组至少抽取 {least} 个。',
    en: 'A draw of this kind takes at least {least} from each group.',
    law: '87号令 §14',
  },
  'draw.pool-too-small': {
    status: 422,
    zh: '候选只有 {have} 个，至少需要 {need} 个。',
    en: 'There are {have} candidates; at least {need} are needed.',
  },
  'draw.party-twice': {
    status: 422,
    zh: '同一个单位只能有一人参与出数。',
    en: 'Each organisation contributes once.',
  },
  'draw.not-independent': {
    status: 422,
    zh: '至少要有两个互相独立的出数方。',
    en: 'At least two contributors must be independent of each other.',
  },
  'draw.no-key': {
    status: 422,
    zh: '{name}没有有效的加密证书，不能参与出数。',
    en: '{name} has no encryption certificate in force and cannot contribute.',
  },
  'draw.other-suite': {
    status: 422,
    zh: '这次抽取须用 {kind} 加密证书，{name}只有另一套算法的，不能参与出数。请先办理 {kind} 证书。',
    en: 'This draw takes {kind} encryption certificates; {name} holds only those of the other suite and cannot contribute. Get a {kind} certificate first.',
  },
  'draw.not-a-repeat': {
    status: 422,
    zh: '只能重抽同一事项中已经作废的抽取。',
    en: 'Only a void draw of the same matter can be repeated.',
  },
  'draw.wrong-state': {
    status: 409,
    zh: '这次抽取现在不接受这一步，请刷新页面。',
    en: 'The draw does not take this step now. Reload the page.',
  },
  'draw.too-late': { status: 409, zh: '这一步的时限已过。', en: 'The time for this step is over.' },
  'draw.may-not-join': { status: 403, zh: '这次抽取不对您开放加入。', en: 'This draw is not open to you.' },
  'draw.not-a-contributor': { status: 403, zh: '您不是这次抽取的出数方。', en: 'You do not contribute to this draw.' },
  'draw.already-done': { status: 409, zh: '您已经完成这一步。', en: 'You have done this already.' },
  'draw.freeze-not-logged': {
    status: 409,
    zh: '承诺清单还没有写进公开日志，请稍候。',
    en: 'The list of commitments is not in the public log yet. Wait a moment.',
  },
  'draw.escrow-wrong': {
    status: 422,
    zh: '托管份额有误（{fault}），请刷新页面后重试。',
    en: 'The escrow is wrong ({fault}). Reload and try again.',
  },
  'draw.not-committed': { status: 422, zh: '这不是您承诺过的数。', en: 'This is not the number you committed to.' },
  'draw.share-wrong': {
    status: 422,
    zh: '交出的份额与托管时的承诺不符。',
    en: 'The share is not the one that was dealt.',
  },
  'draw.not-drawn': { status: 409, zh: '还没有抽取结果。', en: 'Nothing has been drawn yet.' },
  'draw.not-standing': { status: 422, zh: '此人不在抽取结果里。', en: 'This candidate does not stand.' },
  'draw.not-yours': { status: 403, zh: '只有发起方可以这样做。', en: 'Only whoever proposed the draw may do this.' },
});
export type DrawCode = keyof typeof drawRefusals;
