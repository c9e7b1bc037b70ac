import type { Translation } from '../locales/messages.ts';
import type { zh } from './locale.zh.ts';

export const en: Translation<typeof zh> = {
  optional: 'optional',
  close: 'Close',
  search: 'Search',
  loading: 'Still loading. It is slower than usual…',
  serverTime: 'server time',
  clockUnknown: 'Server time not known yet',
  placeTime: 'Beijing time (UTC+8)',
  money: { yuan: 'CNY', unread: 'Type a number with at most two decimals' },
  file: { choose: 'Choose file' },
  table: { sort: 'Sort by this', empty: 'Nothing here yet.' },
  errors: {
    one: 'One thing to correct',
    many: '{count} things to correct',
    law: ' ({law})',
    incident: 'For support, quote number {incident}',
  },
  countdown: { over: 'Closed', left: '{left} left', days: '{days} d', spoken: '{minutes} minutes to the deadline' },
  span: { days: '{days} d {hours} h', hours: '{hours} h {minutes} min', minutes: '{minutes} min {seconds} s' },
  fingerprint: { label: 'Fingerprint', copy: 'Copy the full fingerprint', copied: 'Copied' },
  spine: { label: 'What happened', past: 'Happened', now: 'Now', next: 'To come', record: 'Record {record}' },
  now: { label: 'Now', prefix: 'Now: ' },
  pager: {
    label: 'Pages',
    count: '{shown} on this page, {count} in all',
    many: '{shown} on this page, more than {count} in all',
    first: 'First page',
    next: 'Next page',
  },
  print: { at: 'Printed at server time', qr: 'Scan to check this page' },
  tasks: { none: 'Nothing to do right now.', overdue: 'Overdue' },
  steps: { at: 'Step {step} of {count}' },
};
