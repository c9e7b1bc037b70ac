import { checkOf, issuedBy, issuePaper } from '../identity/index.ts';
import type { House } from '../platform/index.ts';
import type { BlacklistEntry } from './blacklist.entity.ts';
import { actNames, blacklistView } from './blacklist.service.ts';

/** A decision that stands on the blacklist, as a sealed paper. @law 政府采购法实施条例 §63 */
export function decisionPaper(house: House, entry: BlacklistEntry, at: Date): Promise<Uint8Array> {
  const view = blacklistView(entry, at);
  return issuePaper(
    house,
    {
      title: '失信记录公示',
      subtitle: view.name,
      number: view.decisionNumber,
      facts: [
        ['当事人', view.name],
        ['统一社会信用代码', view.uscc],
        ['作出决定的机关', view.authority],
        ['决定文号', view.decisionNumber],
        ['决定日期', view.decidedOn],
        ['法律依据', view.legalBasis],
        ['禁止的活动', view.forbids.map((act) => actNames[act]).join('、') || '无（仅公示）'],
        ['适用地域', view.region ?? '全国'],
        ['期限', `${view.from} 至 ${view.until}`],
        ['公示至', view.publishedUntil],
      ],
      sections: [
        { heading: '事由', paragraphs: view.reason.split('\n') },
        {
          paragraphs: [
            '本页为平台公示内容，以作出决定的机关的文书为准。决定被撤销或者信用修复后，平台即停止公示；请以扫码所见的当前状态为准。',
          ],
        },
      ],
      check: checkOf(house, {
        number: view.decisionNumber,
        see: `/blacklist?q=${encodeURIComponent(view.decisionNumber)}`,
      }),
      footer: issuedBy(house, at),
      at,
    },
    '公示失信记录',
  );
}
