import { refusals } from '../kernel/refusal.ts';

/** Why the public pages cannot answer. */
export const publicationRefusals = refusals({
  'publication.no-such-tender': { status: 404, zh: '没有公开过这个项目。', en: 'No such tender has been published.' },
  'publication.not-ended': {
    status: 409,
    zh: '项目还没有结果。定标或终止之后可以下载证据包。',
    en: 'This tender has no result yet. Its evidence can be downloaded after the award or the failure.',
  },
  'publication.not-entitled': {
    status: 403,
    zh: '完整的证据包只提供给监督部门和投标人本人。公开的证据包人人可以下载。',
    en: 'The full evidence is for supervision and for each bidder its own. Everybody may download the public one.',
  },
  'publication.bad-cursor': {
    status: 400,
    zh: '翻页位置不对，请从第一页重新查看。',
    en: 'That place in the list is not known. Start again from the first page.',
  },
  'publication.stretch-too-long': {
    status: 422,
    zh: '一次最多查看 {most} 天，请缩短起止日期。',
    en: 'At most {most} days at a time. Choose closer dates.',
  },
});
export type PublicationCode = keyof typeof publicationRefusals;
