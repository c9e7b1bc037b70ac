import type { Translation } from '../locales/messages.ts';
import type { zh } from './locale.zh.ts';

export const en: Translation<typeof zh> = {
  name: 'Xinbiao',
  place: 'Public resource trading',
  placeOf: '{city} public trading',
  homeOf: 'Xinbiao home',
  home: 'Back to the home page',
  skip: 'Skip to content',
  navigation: 'Main',
  signIn: 'Sign in',
  again: 'Try again',
  stale: 'Connection lost. This is how things stood at {at}; reconnecting.',
  menu: { open: 'Open menu', close: 'Close menu' },
  theme: { dark: 'Dark', light: 'Light' },
  footer: { data: 'Open data', api: 'API', records: 'Public record', accessibility: 'Accessibility' },
  log: {
    grown: 'Public record at entry {count} · just checked by your browser',
    first: 'Public record at entry {count} · signature valid, noted by your browser for the first time',
    broken: 'The public record differs from what your browser noted before. See the Check page',
    unknown: 'The public record cannot be reached right now',
    noWitness: 'No outside witness',
    witnesses: '{count} outside witnesses',
  },
  sandbox: { title: 'Rehearsal. ', text: 'The clock is turned by hand; nothing here has legal effect.' },
  crypto: {
    title: 'This address cannot seal, sign or check',
    what: 'Browsers offer cryptography on https or localhost only. This address is plain http.',
    do: 'Open it by https instead:',
  },
  upload: { sending: 'Sending', waiting: 'Connection lost. It resumes by itself', paused: 'Paused', done: 'Stored', network: 'Connection lost. Press “Resume” once you are online again', badName: 'The file name holds characters that cannot be used. Rename it and try again', tooLarge: 'The file is too large', failed: 'Not sent completely ({code}). Please try again', pause: 'Pause', resume: 'Resume', remove: 'Remove {name}' },
  unknown: { title: 'No such page', lead: 'The address may be mistyped, or the content has moved.' },
  forbidden: { title: 'This page belongs to another role', lead: 'Your role cannot see it. Ask your organisation’s administrator if you need it.' },
};
