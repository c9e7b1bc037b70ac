import { fromHex } from '../kernel/bytes.ts';
import { keyringOfEnvelope, type NoticeVersion } from '../tendering/index.ts';
import { dealDummy, dummySpoil, parseCanonical, precheckItemHash, precheckItemsOf } from '../trust/index.ts';
import { PrecheckAct, type PrecheckRecord } from './officer.schema.ts';

/** Something in the record of trials that does not hold, and whose doing it is. */
export type PrecheckFinding =
  /** What is called a dummy is not dealt from its seed: a real envelope may have been hidden as one. */
  | { readonly code: 'dummy-differs'; readonly batch: number; readonly ctxHash: string }
  /** The batch names a keyring that no version of the notice has. */
  | { readonly code: 'keyring-unknown'; readonly batch: number }
  /** The signed answers are not for the items that the record lists. */
  | { readonly code: 'answer-differs'; readonly batch: number; readonly officer: string }
  /** The officer accepted a dummy that does not open, or complained of one that does: it did not try, or lied. */
  | { readonly code: 'officer-wrong'; readonly batch: number; readonly officer: string; readonly ctxHash: string };

/**
 * What anybody can check of the trials after the close, without any key: dummies are dealt again from their seeds, and
 * officers' answers about them compared. The officers' signatures over the acts are checked beside it.
 */
export async function auditPrecheck(
  { batches }: Pick<PrecheckRecord, 'batches'>,
  notices: readonly Pick<NoticeVersion, 'keyringHash' | 'keyring'>[],
): Promise<PrecheckFinding[]> {
  const findings: PrecheckFinding[] = [];
  for (const { no: batch, keyringHash, envelopes, answers } of batches) {
    const keyring = keyringOfEnvelope(notices, { keyringHash });
    if (!keyring) {
      findings.push({ code: 'keyring-unknown', batch });
      continue;
    }
    /** Of each dummy: for whom it was spoilt, and its items by their hashes. */
    const dummies = new Map<string, { spoilt: string | undefined; items: Map<string, Set<string>> }>();
    for (const { kind, seed, ctxHash } of envelopes) {
      if (kind !== 'dummy') continue;
      const stages = [...new Set(answers.flatMap(({ items }) => items.map(({ stage }) => stage)))];
      const sealed = seed === null ? undefined : await dealDummy({ seed: fromHex(seed), keyring, stages });
      if (!sealed || seed === null || sealed.ctxHash !== ctxHash) {
        findings.push({ code: 'dummy-differs', batch, ctxHash });
        continue;
      }
      const items = keyring.groups.flatMap(({ members }) =>
        members.map(
          ({ certSha256 }) => [certSha256, new Set(precheckItemsOf(sealed, certSha256).map(precheckItemHash))] as const,
        ),
      );
      dummies.set(ctxHash, { spoilt: dummySpoil(fromHex(seed), keyring)?.officer, items: new Map(items) });
    }
    for (const { officer, act, items } of answers) {
      const said = PrecheckAct.safeParse(parseCanonical(act));
      const fits =
        said.success &&
        said.data.officer === officer &&
        said.data.answers.length === items.length &&
        said.data.answers.every(({ item }, at) => item === items[at]?.item);
      if (!fits) {
        findings.push({ code: 'answer-differs', batch, officer });
        continue;
      }
      for (const [at, { item, ctxHash }] of items.entries()) {
        const dummy = dummies.get(ctxHash);
        if (!dummy) continue;
        if (dummy.items.get(officer)?.has(item) !== true) findings.push({ code: 'dummy-differs', batch, ctxHash });
        else if ((said.data.answers[at]?.answer === 'complaint') !== (dummy.spoilt === officer))
          findings.push({ code: 'officer-wrong', batch, officer, ctxHash });
      }
    }
  }
  return findings;
}
