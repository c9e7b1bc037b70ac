import { z } from 'zod';

/** 行政区划 (GB/T 2260): six digits, province, city, county. Names come from the region table of the back end. */
export const RegionCode = z.string().regex(/^[1-9]\d{5}$/);

/** Does a code lie inside another: a county in its city, a city in its province? */
export const regionContains = (outer: string, inner: string): boolean =>
  inner.startsWith(outer.replace(/(?:00)+$/, ''));

/** 政府采购品目 (2022): A goods, B works, C services, then two digits a level, up to four levels. */
export const CatalogCode = z.string().regex(/^[ABC](?:\d{2}){0,4}$/);

/** Goods, works or services, read from the catalogue code's letter. */
export function categoryOf(code: string): 'goods' | 'works' | 'services' {
  if (code.startsWith('A')) return 'goods';
  return code.startsWith('B') ? 'works' : 'services';
}
