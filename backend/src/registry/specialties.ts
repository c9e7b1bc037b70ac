export type Specialty = { readonly code: string; readonly name: string; readonly group: string };

const groups = { A: '工程', B: '货物', C: '服务' } as const;

/** 评审专业: a short table of our own, after the three classes works, goods, services. */
const table: readonly (readonly [code: string, name: string])[] = [
  ['A01', '规划与勘察'], ['A02', '建筑设计'], ['A03', '结构'], ['A04', '给水排水'], ['A05', '暖通空调'], ['A06', '建筑电气'], ['A07', '市政道路与桥梁'], ['A08', '水利水电'],
  ['A09', '园林绿化'], ['A10', '工程造价'], ['A11', '工程监理'], ['A12', '装饰装修'], ['A13', '消防'], ['A14', '建筑智能化'],
  ['B01', '计算机与网络设备'], ['B02', '办公设备与家具'], ['B03', '医疗设备'], ['B04', '药品与医用耗材'], ['B05', '实验室仪器'], ['B06', '教学设备'], ['B07', '车辆'], ['B08', '电梯与特种设备'],
  ['B09', '电气设备'], ['B10', '通信与安防设备'], ['B11', '环保设备'], ['B12', '农林机械与种苗'], ['B13', '服装与纺织品'], ['B14', '食品与食材'], ['B15', '图书与文体用品'],
  ['C01', '软件开发'], ['C02', '信息系统集成与运维'], ['C03', '网络安全'], ['C04', '物业管理'], ['C05', '环境卫生'], ['C06', '法律'], ['C07', '会计与审计'], ['C08', '资产评估'], ['C09', '招标采购'],
  ['C10', '规划咨询'], ['C11', '测绘与地理信息'], ['C12', '检验检测'], ['C13', '教育培训'], ['C14', '医疗卫生服务'], ['C15', '养老与社会服务'], ['C16', '餐饮服务'], ['C17', '印刷与出版'], ['C18', '会展与宣传'],
  ['C19', '保险与金融'], ['C20', '交通运输'], ['C21', '保安服务'],
]; // prettier-ignore

export const specialties: readonly Specialty[] = table.map(([code, name]) => ({
  code,
  name,
  group: groups[code.charAt(0) as keyof typeof groups],
}));
const byCode = new Map(specialties.map((one) => [one.code, one]));

/** The specialty of a code, or of the nearest code above it. */
export function specialtyOf(code: string): Specialty | undefined {
  for (let at = code; at.length >= 3; at = at.slice(0, -2)) {
    const found = byCode.get(at);
    if (found) return found;
  }
  return undefined;
}
