/**
 * What an outsider can check, numbered: the log, a receipt, a tender from notice to award. The command line, the web
 * pages, the offline page and the evidence bundle all run these, and nothing here touches a disk or a network. May
 * know every stage's contracts; no stage may know it.
 */
export * from './case.ts';
export * from './evidence.checks.ts';
export * from './evidence.read.ts';
export * from './evidence.ts';
export * from './groups.ts';
export * from './handed.ts';
export * from './live.ts';
export * from './officers.ts';
export * from './proof.ts';
export * from './record.ts';
export * from './release.ts';
export * from './tender.ts';
