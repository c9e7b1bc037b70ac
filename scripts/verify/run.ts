import {
  beginAudit,
  logChecks,
  runChecks,
  worst,
  type AuditQuestion,
  type Check,
  type CheckReport,
  type LogView,
  type Outcome,
  type VerifierKey,
} from '@xinbiao/contracts/trust';
import { auditEvidence, auditHanded, groupOf, verifyReceiptAlone } from '@xinbiao/contracts/verify';
import { statSync } from 'node:fs';
import { folderFiles, tarFiles } from './files.ts';

/** All reports of a check of a log, the worst outcome, and what was read, for checks that build on it. */
export type Verdict = { readonly outcome: Outcome; readonly reports: readonly CheckReport[]; readonly view: LogView };

/** Runs every check of a log, and then those given; tells each as it is done. */
export async function verifyLog(
  question: AuditQuestion,
  options: { more?: readonly Check<LogView>[]; tell?: (report: CheckReport) => void } = {},
): Promise<Verdict> {
  return inOrder(beginAudit(question), [...logChecks, ...(options.more ?? [])], options.tell);
}

/** Checks receipts alone, with no log at hand. */
export async function verifyReceipts(
  receipts: AuditQuestion['receipts'] & object,
  keys: readonly VerifierKey[],
  tell?: (report: CheckReport) => void,
): Promise<Verdict> {
  const { view, checks } = verifyReceiptAlone(receipts, keys);
  return inOrder(view, checks, tell);
}

/** Checks a tender's evidence bundle, the tar or the folder it was unpacked to, with no network. */
export async function verifyEvidence(
  path: string,
  given: Pick<AuditQuestion, 'keys' | 'receipts' | 'roots'> = {},
  tell?: (report: CheckReport) => void,
): Promise<Verdict> {
  const files = statSync(path).isDirectory() ? folderFiles(path) : await tarFiles(path);
  const { view, checks } = await auditEvidence(files, given);
  return inOrder(view, checks, tell);
}

/** Checks proof that somebody else's check wrote down, from nothing but what is signed in it; undefined where it is none. */
export async function verifyHanded(
  text: string,
  keys: readonly VerifierKey[],
  tell?: (report: CheckReport) => void,
): Promise<Verdict | undefined> {
  const audit = auditHanded(text, keys);
  return audit && inOrder(audit.view, audit.checks, tell);
}

async function inOrder(
  view: LogView,
  checks: readonly Check<LogView>[],
  tell?: (report: CheckReport) => void,
): Promise<Verdict> {
  const reports: CheckReport[] = [];
  for await (const report of runChecks(view, checks)) {
    reports.push(report);
    tell?.(report);
  }
  return { outcome: worst(reports), reports, view };
}

export const marks = { holds: '✓', broken: '✗', unknown: '?' } as const;
/** What the outsider's commands end with. */
export const codes = { holds: 0, broken: 2, unknown: 3 } as const;

/** Both languages, or the one that was asked for. */
export type Say = (zh: string, en: string) => string;
export const sayer =
  (lang: string | undefined): Say =>
  (zh, en) =>
    lang === 'zh' ? zh : lang === 'en' ? en : `${zh} ${en}`;

/** Tells reports as lines of text, under the names of their groups. */
export function telling(say: Say, print: (line: string) => void): (report: CheckReport) => void {
  let group = '';
  return (report) => {
    const of = groupOf(report.number);
    if (of.id !== group) print(`\n${say(of.zh, of.en)}`);
    group = of.id;
    print(`${marks[report.outcome]} ${report.number}. ${say(report.zh, report.en)}`);
    for (const finding of report.findings) print(`     ${say(finding.zh, finding.en)}`);
  };
}
