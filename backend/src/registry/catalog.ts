import { CatalogCode, categoryOf } from '@xinbiao/contracts/kernel';
import { readFileSync } from 'node:fs';

export type CatalogRow = { readonly code: string; readonly name: string };
export type Catalog = {
  readonly full: boolean;
  readonly rows: readonly CatalogRow[];
  readonly byCode: ReadonlyMap<string, string>;
};

/**
 * 政府采购品目分类目录 (2022): its classes, and the rungs below them that tenders name most. An instance that wants
 * every rung names a CSV file of its own (`code,name,…`) in XINBIAO_CATALOG.
 */
const own = `
A 货物
A01 房屋和构筑物: 01房屋 02构筑物 03土地
A02 设备: 01信息化设备 02办公设备 03车辆 04图书档案设备 05机械设备 06电气设备 07雷达、无线电和卫星导航设备 08通信设备 09广播、电视、电影设备 10仪器仪表 11电子和通信测量仪器 12计量标准器具及量具、衡器 21工程机械 22农业和林业机械 24食品加工设备 32医疗设备 34安全生产设备 36环境污染防治设备 37政法、消防、检测设备 38水工机械 45文艺设备 46体育设备设施
A03 文物和陈列品: 04标本 05模型
A04 图书和档案: 01图书 02期刊 03资料 04档案
A05 家具和用具: 01家具 02用具 03装具 04办公用品
A06 特种动植物: 01特种用途动物 02特种用途植物
A07 物资: 01建筑建材 02医药品 03农林牧渔业产品 04矿与矿物 06食品、饮料和烟草原料 10纸及纸质品
A08 无形资产: 03著作权类无形资产 06信息数据类无形资产
B 工程
B01 房屋施工: 01办公用房施工 02业务用房施工 05住宅施工
B02 构筑物施工: 02公路工程施工 05城市道路工程施工 06城市轨道交通工程施工 07桥梁工程施工 08隧道工程施工 09水利工程施工 13公共设施施工 14环保工程施工
B03 施工工程准备: 01工地平整和清理 02土石方工程 03拆除工程
B04 预制构件组装和装配
B05 专业施工: 01地基和基础工程 04防水工程 07钢结构工程 10消防工程和安防工程 11建筑幕墙工程
B06 安装工程: 01电子工程安装 02智能化安装工程 03电力系统安装 05供暖设备安装 06通风和空调设备安装
B07 装修工程
B08 修缮工程: 01房屋修缮 03文物保护建筑修缮
B09 工程设备租赁（带操作员）
B99 其他建筑工程
C 服务
C01 科学研究和试验开发: 01社会科学研究和试验开发 02自然科学研究和试验开发
C02 教育服务: 01学前教育服务 06培训服务 07特殊教育服务 08考试服务
C03 就业服务: 04人才服务
C04 医疗卫生服务: 01医院服务 07健康检查服务 08康复服务
C05 社会服务: 01社会保障服务 02社会治理服务 04安全服务
C06 文化、体育、娱乐服务: 01新闻服务 03文化艺术服务 04体育服务
C07 生态环境保护和治理服务: 01生态环境保护服务 02生态环境治理服务
C08 能源的生产和分配服务
C09 农林牧渔服务: 01农业服务 02林业服务
C10 采矿业和制造业服务
C11 工程管理服务: 01工程勘探服务 02工程设计服务 03装修设计服务 04工程项目管理服务
C12 水利管理服务: 01防洪管理服务 02水资源管理服务
C13 公共设施管理服务: 01区域规划和设计服务 02市政公用设施管理服务 03园林绿化管理服务 04市容管理服务 05城镇公共卫生服务
C14 公园和游览景区服务
C15 交通运输和仓储服务: 02道路运输服务 03城市交通服务 10仓储服务
C16 信息技术服务: 01软件开发服务 02信息系统集成实施服务 03数据处理服务 04云计算服务 05信息化工程监理服务 06测试评估认证服务 07运行维护服务 08运营服务 09信息技术咨询服务 10呼叫中心服务
C17 电信和其他信息传输服务: 01电信服务 02互联网信息服务
C18 金融服务: 01银行服务 04保险服务
C19 专业技术服务: 01技术测试和分析服务 04测绘服务
C20 鉴证咨询服务
C21 房地产服务
C22 会议、展览、住宿和餐饮服务
C23 商务服务
C24 政府和社会资本合作服务
C99 其他服务
`;

function ownRows(): CatalogRow[] {
  return own
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, code = '', name = '', rest = ''] = /^(\w+) ([^:]+)(?:: (.*))?$/.exec(line) ?? [];
      return [
        { code, name },
        ...rest
          .split(' ')
          .filter(Boolean)
          .map((one) => ({ code: code + one.slice(0, 2), name: one.slice(2) })),
      ];
    });
}

/** Reads a CSV whose first two columns are code and name; codes may be padded with zeros to their full length. */
export function readCatalogFile(file: string): CatalogRow[] {
  const rows = readFileSync(file, 'utf8')
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [, code, quoted, plain] = /^([ABC]\d{0,8}),(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/.exec(line) ?? [];
      const name = quoted?.replaceAll('""', '"') ?? plain;
      const short = code?.replace(/(?:00)+$/, '');
      return short !== undefined && name !== undefined && name !== '' && CatalogCode.safeParse(short).success
        ? [{ code: short, name }]
        : [];
    });
  if (rows.length === 0) throw new Error(`the catalogue file ${file} holds no rows of code and name`);
  return rows;
}

/** The catalogue of an instance: its own file, or the short table. */
export function openCatalog(file: string | undefined): Catalog {
  const rows = (file === undefined ? ownRows() : readCatalogFile(file)).toSorted((a, b) => (a.code < b.code ? -1 : 1));
  return { full: file !== undefined, rows, byCode: new Map(rows.map(({ code, name }) => [code, name])) };
}

const above = (code: string): string => (code.length <= 3 ? code.slice(0, 1) : code.slice(0, -2));

/** A row as it is shown, with the names that lead to it. */
export function catalogView(catalog: Catalog, code: string) {
  const codes: string[] = [];
  for (let at = code; at !== (codes[0] ?? ''); at = above(at)) codes.unshift(at);
  const path = codes.flatMap((one) => catalog.byCode.get(one) ?? []);
  return { code, name: path.at(-1) ?? '', category: categoryOf(code), path };
}

/** The rows right below a code, or whose name or code fits what is sought. */
export function catalogRows(
  catalog: Catalog,
  { parent, q }: { readonly parent?: string | undefined; readonly q?: string | undefined },
) {
  const sought = q?.normalize('NFKC').trim().toUpperCase();
  const fits = ({ code, name }: CatalogRow): boolean =>
    sought === undefined || sought === ''
      ? parent === undefined
        ? code.length === 1
        : code !== parent && above(code) === parent && code.length > parent.length
      : name.includes(sought) || code.startsWith(sought);
  return catalog.rows
    .filter(fits)
    .filter(({ code }) => parent === undefined || code.startsWith(parent))
    .slice(0, 200)
    .map(({ code }) => catalogView(catalog, code));
}
