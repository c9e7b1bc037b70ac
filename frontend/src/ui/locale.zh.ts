/** What the kit itself says. */
export const zh = {
  optional: '选填',
  close: '关闭',
  search: '查找',
  loading: '正在取数据，比平时慢一些……',
  serverTime: '服务器时间',
  clockUnknown: '还没有取到服务器时间',
  placeTime: '北京时间（UTC+8）',
  money: { yuan: '元', unread: '请写成数字，最多两位小数' },
  file: { choose: '选择文件' },
  table: { sort: '按此排序', empty: '这里还没有内容。' },
  errors: { one: '有一处要改', many: '有 {count} 处要改', law: '（{law}）', incident: '报修时请提供编号 {incident}' },
  countdown: { over: '已截止', left: '还剩 {left}', days: '{days} 天', spoken: '距截止还有 {minutes} 分钟' },
  span: { days: '{days} 天 {hours} 小时', hours: '{hours} 小时 {minutes} 分', minutes: '{minutes} 分 {seconds} 秒' },
  fingerprint: { label: '指纹', copy: '复制完整指纹', copied: '已复制' },
  spine: { label: '经过', past: '已发生', now: '现在', next: '将要', record: '记录 {record}' },
  now: { label: '现在', prefix: '现在：' },
  pager: {
    label: '翻页',
    count: '本页 {shown} 条，共 {count} 条',
    many: '本页 {shown} 条，共 {count} 条以上',
    first: '回第一页',
    next: '下一页',
  },
  print: { at: '打印时的服务器时间', qr: '扫码核对这一页' },
  tasks: { none: '现在没有要办的事。', overdue: '已超期' },
  steps: { at: '第 {step} 步，共 {count} 步' },
};
declare module '../locales/messages.ts' {
  interface Messages {
    ui: typeof zh;
  }
}
