/** What the shell says. */
export const zh = {
  name: '信标',
  place: '公共资源交易平台',
  placeOf: '{city}公共资源交易',
  homeOf: '信标首页',
  home: '回首页',
  skip: '跳到正文',
  navigation: '主导航',
  signIn: '登录',
  again: '再试一次',
  stale: '连接中断，显示的是 {at} 的情况，正在重连。',
  menu: { open: '打开菜单', close: '关闭菜单' },
  theme: { dark: '深色', light: '浅色' },
  footer: { data: '开放数据', api: '接口', records: '公开记录簿', accessibility: '无障碍' },
  log: {
    grown: '公开记录簿第 {count} 条 · 刚刚核对无误',
    first: '公开记录簿第 {count} 条 · 签名有效，您的浏览器第一次记下它',
    broken: '公开记录簿与您的浏览器上次记下的不一致，请到“核对”页查看',
    unknown: '暂时取不到公开记录簿',
    noWitness: '没有外部见证',
    witnesses: '外部见证 {count} 家',
  },
  sandbox: { title: '演练环境。', text: '时钟由人拨动，这里发生的事没有法律效力。' },
  crypto: {
    title: '这个地址不能封标、签名和核对',
    what: '浏览器只在 https 或本机地址上提供加密功能，现在的地址是普通 http。',
    do: '请改用 https 打开：',
  },
  upload: {
    sending: '正在传',
    waiting: '网络断了，恢复后自动续传',
    paused: '已暂停',
    done: '已存好',
    network: '网络断了。连上以后点“继续”，从断点接着传',
    badName: '文件名里有不能用的字符，请改名后再传',
    tooLarge: '文件太大',
    failed: '没有传完（{code}），请再试一次',
    pause: '暂停',
    resume: '继续',
    remove: '移除 {name}',
  },
  unknown: { title: '没有这一页', lead: '地址可能写错了，或者内容已经移走。' },
  forbidden: { title: '这一页属于别的岗位', lead: '您登录的身份看不到它。需要时请单位管理员调整岗位。' },
};
declare module '../locales/messages.ts' {
  interface Messages {
    app: typeof zh;
  }
}
