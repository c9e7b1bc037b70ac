import { TenderContent } from '../tendering/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import {
  bytesOf,
  canonical,
  found,
  Keyring,
  keyringHash,
  parseCanonical,
  sha256Hex,
  Malformed,
  openWitnessed,
  parsePolicy,
  type Json,
  type LogView,
} from '../trust/index.ts';
import { entryOf, type Findings } from './record.ts';
import { publicationFindings } from './terms.ts';

/** Content, keyring, code and lots are those of the signed notice on record; gives the content that may then be trusted. */
export function noticeFindings(bundle: TenderBundle, view: LogView): { findings: Findings; content?: TenderContent } {
  const entry = entryOf(view, bundle.tender.noticeLeaf);
  if (entry?.body?.t !== 'tender.publish')
    return { findings: [found.broken('记录簿里没有这份公告。', 'The log does not hold this notice.')] };
  const wrong = (zh: string, en: string) => ({ findings: [found.broken(zh, en, entry.index)] });
  const keyring = Keyring.safeParse(parseCanonical(bundle.tender.keyring));
  const content = TenderContent.safeParse(parseCanonical(bundle.tender.content));
  if (!keyring.success || !content.success || keyringHash(keyring.data) !== bundle.tender.keyringHash)
    return wrong('开标人名单或公告内容与指纹不符。', 'Keyring or content does not match its hash.');
  const named = String(entry.body.p['act'] ?? '');
  const act = bundle.acts.find(({ hash }) => hash === named);
  if (!act || sha256Hex(bytesOf(act.act)) !== named)
    return wrong('签名的公告与记录不符。', 'The signed notice is not the one on record.');
  const signed = parseCanonical(act.act) as {
    contentHash?: string;
    keyringHash?: string;
    tender?: string;
    code?: string;
    lots?: Json;
    trust?: { logKey?: string; policy?: string };
  };
  const lots = bundle.lots.map(({ id, no }) => ({ id, no }));
  if (signed.code !== bundle.tender.code || canonical(signed.lots ?? null) !== canonical(lots))
    return wrong('项目编号或分包与签名的公告不同。', 'The code or the lots are not those of the signed notice.');
  if (
    signed.contentHash !== sha256Hex(bytesOf(bundle.tender.content)) ||
    signed.keyringHash !== bundle.tender.keyringHash ||
    signed.tender !== bundle.tender.id
  )
    return wrong('显示的公告与签名的公告不同。', 'The notice that is shown is not the one that was signed.');
  const others = [...publicationFindings(bundle, view), ...trustFindings(bundle, signed.trust, entry.index)];
  return {
    content: content.data,
    findings:
      others.length > 0
        ? others
        : [
            found.holds(
              `记录 ${entry.index}，内容与开标人名单都与签名一致。`,
              `Entry ${entry.index}: content and keyring are those that were signed.`,
            ),
          ],
  };
}

/** The log and its witnesses are those that the notice prints: whoever took witnesses away since would be seen here. */
function trustFindings(
  { log }: TenderBundle,
  trust: { readonly logKey?: string; readonly policy?: string } | undefined,
  index: number,
): Findings {
  if (log.policy !== (trust?.policy ?? null))
    return [
      found.broken(
        '资料所附的见证策略不是公告印的那一份。',
        'The witness policy in the material is not the one that the notice prints.',
        index,
      ),
    ];
  // Notices from before there were witnesses say nothing of them.
  if (trust === undefined) return [];
  if (trust.logKey !== log.verifierKey)
    return [
      found.broken('公告印的日志公钥与资料所附的不同。', 'The notice prints another log key than the material.', index),
    ];
  try {
    return openWitnessed(log.checkpoint, parsePolicy(trust.policy ?? '')).quorum
      ? []
      : [
          found.unknown(
            '资料所附的检查点还没有得到公告所要求的见证方会签。',
            'The checkpoint in the material lacks the witnesses that the notice asks for.',
          ),
        ];
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
    return [
      found.broken(
        '检查点不符合公告印的见证策略。',
        'The checkpoint does not fit the policy that the notice prints.',
        index,
      ),
    ];
  }
}
