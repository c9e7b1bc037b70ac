import type { TenderBundle } from '../publication/index.ts';
import { acceptanceDays, TenderContent } from '../tendering/index.ts';
import { instantOf, toHex } from '../kernel/index.ts';
import {
  bytesOf,
  checkOpenerProof,
  found,
  Keyring,
  keyringHash,
  parseCanonical,
  sha256Hex,
  type AuditedEntry,
  type LogView,
} from '../trust/index.ts';
import { entryOf, type Findings } from './record.ts';

/** A version of a notice as the log holds it: under which leaf, with which officers. */
export type SignedVersion = {
  readonly leaf: string;
  readonly index: number;
  readonly at: string;
  readonly keyringHash: string;
  readonly keyring: Keyring;
};

const timeOf = (text: string): number => instantOf(text).getTime();

const amendmentsOf = ({ tender }: TenderBundle, view: LogView): AuditedEntry[] =>
  view.entries.filter(
    ({ body }) => body?.t === 'tender.amend' && (body.s === tender.id || body.p['tender'] === tender.id),
  );

/** The publication and every amendment that holds, in order, and what is wrong with the others. */
export function versionsOf(
  bundle: TenderBundle,
  view: LogView,
): { readonly versions: readonly SignedVersion[]; readonly findings: Findings } {
  const { tender, acts } = bundle;
  const first = entryOf(view, tender.noticeLeaf);
  const keyring = Keyring.parse(parseCanonical(tender.keyring));
  const content = TenderContent.parse(parseCanonical(tender.content));
  const sides = [content.purchaser.uscc, content.agency?.uscc];
  const versions: SignedVersion[] = [
    {
      leaf: tender.noticeLeaf,
      index: first?.index ?? 0,
      at: first?.body?.ts ?? '',
      keyringHash: keyringHash(keyring),
      keyring,
    },
  ];
  const findings: Findings = [];
  for (const entry of amendmentsOf(bundle, view)) {
    const wrong = (zh: string, en: string): void =>
      void findings.push(
        found.broken(`公告修改（记录 ${entry.index}）${zh}`, `Amendment (entry ${entry.index}): ${en}`, entry.index),
      );
    const said = entry.body?.p ?? {};
    const act = acts.find(({ hash }) => hash === said['act']);
    if (!act || sha256Hex(bytesOf(act.act)) !== said['act']) {
      wrong('缺少签名的原文。', 'the signed document is missing.');
      continue;
    }
    const read = parseCanonical(act.act) as Readonly<Record<string, unknown>>;
    const next = Keyring.safeParse(read['keyring']);
    const by = read['by'] as { readonly uscc?: unknown } | undefined;
    if (
      !next.success ||
      read['type'] !== 'tender.amend' ||
      read['tender'] !== tender.id ||
      read['publication'] !== tender.noticeLeaf ||
      keyringHash(next.data) !== read['keyringHash'] ||
      said['keyringHash'] !== read['keyringHash']
    )
      wrong(
        '不是这个项目的，或开标人名单与指纹不符。',
        'it is not of this tender, or its officers do not match their hash.',
      );
    else if (read['amends'] !== versions.at(-1)?.leaf)
      wrong('接不上前一版公告。', 'it does not follow the version before.');
    else if (typeof by?.uscc !== 'string' || !sides.includes(by.uscc))
      wrong('不是采购人或者代理机构签的。', 'neither purchaser nor agency signed it.');
    else
      versions.push({
        leaf: toHex(entry.hash),
        index: entry.index,
        at: entry.body?.ts ?? '',
        keyringHash: keyringHash(next.data),
        keyring: next.data,
      });
  }
  return { versions, findings };
}

/** Officers were replaced only by amendments that the purchaser's side signed, one after the other, before the close. */
export function amendmentFindings(bundle: TenderBundle, view: LogView): Findings {
  const { versions, findings } = versionsOf(bundle, view);
  const closes = view.entries.filter(
    ({ body }) => body?.t === 'tender.close' && bundle.lots.some(({ id }) => id === body.s),
  );
  for (const { index } of versions.slice(1))
    if (closes.some((close) => close.index < index))
      findings.push(
        found.broken(
          `截标之后又更换了开标人（记录 ${index}）。`,
          `Officers were replaced after the close (entry ${index}).`,
          index,
        ),
      );
  if (findings.length > 0) return findings;
  return [
    versions.length === 1
      ? found.holds('开标人没有更换。', 'Officers were not replaced.')
      : found.holds(
          `开标人更换了 ${versions.length - 1} 次，都由采购方签名，都在截标之前。`,
          `Officers were replaced ${versions.length - 1} times, each signed by the purchaser's side and before the close.`,
        ),
  ];
}

/** When a notice named an officer, a proof stood that the officer holds the key; the test is dealt again and compared. */
export async function acceptanceFindings(bundle: TenderBundle, view: LogView, isWhole: boolean): Promise<Findings> {
  const { versions } = versionsOf(bundle, view);
  const findings: Findings = [];
  const seen = new Set<string>();
  for (const version of versions)
    for (const member of version.keyring.groups.flatMap(({ members }) => members)) {
      if (seen.has(member.certSha256)) continue;
      seen.add(member.certSha256);
      const proof = view.entries.findLast(
        ({ body, index }) =>
          body?.t === 'opener.accept' &&
          body.p['officer'] === member.certSha256 &&
          index < version.index &&
          timeOf(version.at) - timeOf(body.ts) < acceptanceDays * 86_400_000,
      );
      const { seed, answer } = proof?.body?.p ?? {};
      if (!proof || typeof seed !== 'string' || typeof answer !== 'string') {
        const tell = isWhole ? found.broken : found.unknown;
        findings.push(
          tell(
            `开标人 ${member.name}：没有有效的钥匙证明。`,
            `Officer ${member.name}: no proof of the key was standing.`,
            version.index,
          ),
        );
      } else if (!(await checkOpenerProof({ seed, answer, officer: member })))
        findings.push(
          found.broken(
            `开标人 ${member.name}：钥匙证明（记录 ${proof.index}）重算不符。`,
            `Officer ${member.name}: the proof (entry ${proof.index}) does not hold when computed again.`,
            proof.index,
          ),
        );
    }
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `${seen.size} 位开标人都证明过钥匙在自己手里。`,
          `All ${seen.size} officers had shown to hold their keys.`,
        ),
      ];
}
