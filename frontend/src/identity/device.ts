import type { Say } from '../locales/index.ts';

const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['QQBrowser/', 'QQ'],
  ['MicroMessenger/', 'WeChat'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;
const systems = [
  ['Windows', 'Windows'],
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
] as const;

/** A browser's self-description in two words people know; what is not understood is shown as it is. */
export function deviceWords(device: string, t: Say): string {
  const browser = browsers.find(([mark]) => device.includes(mark))?.[1];
  const system = systems.find(([mark]) => device.includes(mark))?.[1];
  if (browser === undefined && system === undefined)
    return device === '' ? t('identity.sessions.unknown') : device.slice(0, 60);
  return [browser, system].filter(Boolean).join(' · ');
}
