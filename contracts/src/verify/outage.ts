import { minutesOf } from '../timekeeping/index.ts';
import { OutageCertificate, remedyIn } from '../bidding/index.ts';
import { instantOf } from '../kernel/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import { bytesOf, found, Malformed, openAttestation, parseCanonical, sha256Hex, type LogView } from '../trust/index.ts';
import type { TenderCase } from './case.ts';
import { entriesOf, type Findings, type Lot } from './record.ts';

/** What an outage has meant for a lot is what its own notice promises, once, before the close, and by a certificate that says why. */
export function outageFindings(lot: Lot, { log, content }: TenderCase, bundle: TenderBundle): Findings {
  const entries = ['outage.extend', 'outage.redeliver'].flatMap((type) => entriesOf(log, lot.id, type));
  if (entries.length === 0) return [];
  const [zh, en] = [`第 ${lot.no} 包：`, `Lot ${lot.no}: `];
  if (!content)
    return [
      found.unknown(
        `${zh}没有可信的公告，故障处理无从核对。`,
        `${en}without a notice to trust what followed from an outage cannot be checked.`,
      ),
    ];
  const findings: Findings = [];
  const wrong = (index: number, [wz, we]: readonly [string, string]): void => {
    findings.push(found.broken(`${zh}${wz}。`, `${en}${we}.`, index));
  };
  const [close] = entriesOf(log, lot.id, 'tender.close');
  const notice = { lotId: lot.id, tenderId: bundle.tender.id, deadline: content.deadline, terms: content.outage };
  for (const [at, { body, index }] of entries.entries()) {
    if (!body) continue;
    const remedy = remedyIn(body, notice);
    if (at > 0) wrong(index, ['招标文件的约定用了两次', 'what the document promises was applied twice']);
    if (close && index > close.index) wrong(index, ['关闭之后才处理故障', 'an outage was dealt with after the close']);
    if (!remedy) {
      wrong(index, ['故障处理不是招标文件约定的', 'what followed from an outage is not what the document promises']);
      continue;
    }
    const given = bundle.outages.find(({ hash }) => hash === body.p['certificate']);
    if (!given || sha256Hex(bytesOf(given.certificate)) !== given.hash) {
      findings.push(
        found.unknown(
          `${zh}记录 ${index} 所指的不可用证明不在手里。`,
          `${en}the certificate that entry ${index} names is not at hand.`,
        ),
      );
      continue;
    }
    const certificate = OutageCertificate.parse(parseCanonical(given.certificate));
    const stretches = certificate.unreachable.map(({ from, to, by }) => ({
      from: instantOf(from),
      to: instantOf(to),
      by,
    }));
    const deadline = instantOf(content.deadline);
    const over = stretches.some(({ from, to }) => from < deadline && to >= deadline);
    const counted = stretches.flatMap(({ from, to }) => {
      const [start, end] = [
        Math.max(+from, +remedy.from - content.outage.withinHours * 3_600_000),
        Math.min(+to, +deadline),
      ];
      return start < end ? [{ from: new Date(start), to: new Date(end) }] : [];
    });
    if (
      certificate.tenderId !== bundle.tender.id ||
      certificate.deadline !== content.deadline ||
      certificate.minutes !== body.p['minutes'] ||
      minutesOf(stretches) !== certificate.minutes ||
      minutesOf(counted) < content.outage.minutes ||
      certificate.remedy.kind !== remedy.kind ||
      certificate.remedy.hours !== remedy.hours ||
      certificate.remedy.from !== body.p['from'] ||
      certificate.remedy.to !== body.p['to'] ||
      certificate.threshold !== content.outage.minutes
    )
      wrong(index, [
        '不可用证明与记录或招标文件不符',
        'the certificate agrees neither with the entry nor with the document',
      ]);
    if (remedy.kind === 'extend' && body.ts >= content.deadline && !over)
      wrong(index, [
        '截止之后才顺延，而故障没有持续到截止',
        'the deadline was moved after it had come, and no outage lasted over it',
      ]);
    if (given.attestations.some((note) => !certificate.attestations.includes(sha256Hex(bytesOf(note)))))
      wrong(index, ['附带的见证不是证明所列的', 'what witnesses signed is not what the certificate names']);
    const attested = given.attestations.filter((note) => isSigned(note, log)).length;
    findings.push(
      found.holds(
        attested > 0
          ? `${zh}平台不可用 ${certificate.minutes} 分钟，有 ${attested} 份见证方的签名为证；按招标文件处理。`
          : `${zh}平台不可用 ${certificate.minutes} 分钟，只有平台自己这样说；按招标文件处理。`,
        attested > 0
          ? `${en}the platform could not be reached for ${certificate.minutes} minutes, as ${attested} notes of witnesses you trust say; the document’s promise was kept.`
          : `${en}the platform could not be reached for ${certificate.minutes} minutes; only the platform itself says so. The document’s promise was kept.`,
      ),
    );
  }
  return findings;
}

function isSigned(note: string, { keys }: LogView): boolean {
  try {
    openAttestation(note, keys);
    return true;
  } catch (fault) {
    if (fault instanceof Malformed) return false;
    throw fault;
  }
}
