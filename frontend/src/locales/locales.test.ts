import { expect, test } from 'vitest';
import { chooseLang, readCookie } from './index.ts';
import { messages as english } from './en.ts';
import { messages as chinese } from './zh.ts';

test('the cookie decides before the browser’s preference', () => {
  expect(chooseLang('lang=en; theme=dark', 'zh-CN')).toBe('en');
  expect(chooseLang('en', 'zh-CN')).toBe('en');
  expect(chooseLang(undefined, 'en-GB,en;q=0.9')).toBe('en');
  expect(chooseLang('lang=xx', 'fr,zh;q=0.5')).toBe('zh-CN');
  expect(chooseLang(undefined, undefined)).toBe('zh-CN');
  expect(readCookie('a=1; lang=zh-CN', 'lang')).toBe('zh-CN');
});

type Tree = { readonly [key: string]: string | Tree };
const flat = (tree: Tree, path = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : flat(value, `${path}${key}.`),
  );
const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('every message exists in both languages and names the same facts', () => {
  const zh = new Map(flat(chinese as Tree));
  const en = new Map(flat(english as Tree));
  expect([...en.keys()].sort()).toEqual([...zh.keys()].sort());
  for (const [key, text] of zh) expect([key, places(en.get(key) ?? '')]).toEqual([key, places(text)]);
});

test('messages keep clear of the signs that the message format takes for its own', () => {
  for (const [key, text] of [...flat(chinese as Tree), ...flat(english as Tree)])
    expect([key, /[@|]/.test(text)]).toEqual([key, false]);
});

test('Chinese messages use full-width marks', () => {
  for (const [key, text] of flat(chinese as Tree)) expect([key, /[一-鿿][,;:?!]/.test(text)]).toEqual([key, false]);
});
