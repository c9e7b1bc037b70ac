/** What the hundreds of a check's number mean. */
export const checkGroups = [
  { from: 100, id: 'receipt', zh: '回执', en: 'Receipts' },
  { from: 200, id: 'log', zh: '公开日志', en: 'The public log' },
  { from: 300, id: 'notice', zh: '公告与开标人', en: 'Notice and keyring' },
  { from: 400, id: 'close', zh: '截止', en: 'Close' },
  { from: 500, id: 'bids', zh: '投标', en: 'Bids' },
  { from: 600, id: 'opening', zh: '开标', en: 'Opening' },
  { from: 700, id: 'faults', zh: '打不开的投标与责任', en: 'Faults and whose they are' },
  { from: 800, id: 'evaluation', zh: '评审', en: 'Evaluation' },
  { from: 900, id: 'award', zh: '定标', en: 'Award' },
  { from: 1000, id: 'draw', zh: '抽取', en: 'Draws' },
  { from: 1100, id: 'time', zh: '时间', en: 'Time' },
  { from: 1200, id: 'papers', zh: '文书', en: 'Papers' },
  { from: 1300, id: 'outages', zh: '故障', en: 'Outages' },
  { from: 1400, id: 'releases', zh: '客户端', en: 'Client releases' },
  { from: 1500, id: 'evidence', zh: '证据包', en: 'The evidence bundle itself' },
] as const;
export type CheckGroup = (typeof checkGroups)[number];

/** The group that a check's number belongs to. */
export const groupOf = (no: number): CheckGroup => checkGroups.findLast(({ from }) => from <= no) ?? checkGroups[0];
