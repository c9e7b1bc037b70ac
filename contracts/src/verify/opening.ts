import { PriceOffer } from '../bidding/index.ts';
import { fromHex } from '../kernel/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import {
  canonical,
  EnvelopeFault,
  found,
  Malformed,
  Manifest,
  manifestHashOf,
  openPart,
  parseCanonical,
  readPieces,
  type LogView,
} from '../trust/index.ts';
import type { TenderSource } from './case.ts';
import { versionsOf } from './officers.ts';
import { entriesOf, type Findings, type Lot } from './record.ts';

/** Opens every published price again with its published key, and compares it with what was read out and recorded. */
export async function priceFindings(
  bundle: TenderBundle,
  lot: Lot,
  { view, source }: { view: LogView; source: TenderSource },
): Promise<Findings> {
  const results = entriesOf(view, lot.id, 'open.result');
  if (results.length === 0) return [found.holds(`第 ${lot.no} 包没有开标。`, `Lot ${lot.no} has not been opened.`)];
  const { versions } = versionsOf(bundle, view);
  const findings: Findings = [];
  let opened = 0;
  for (const entry of results) {
    const said = entry.body?.p ?? {};
    const bid = lot.bids.find(({ bidId }) => bidId === said['bid']);
    const which = String(said['bid']).slice(-6);
    const name = `第 ${lot.no} 包投标 ${which}（记录 ${entry.index}）`;
    const named = `Lot ${lot.no}, bid ${which} (entry ${entry.index})`;
    // Whose fault it is that a bid stayed shut, another check tells.
    if (said['state'] !== 'opened') continue;
    try {
      if (!bid?.manifest) {
        findings.push(found.unknown(`${name}：没有封存清单。`, `${named}: no manifest at hand.`));
        continue;
      }
      const manifest = Manifest.parse(parseCanonical(bid.manifest));
      if (manifestHashOf(manifest) !== said['manifest']) {
        findings.push(
          found.broken(
            `${name}：封存清单与记录不符。`,
            `${named}: the manifest is not the one on record.`,
            entry.index,
          ),
        );
        continue;
      }
      if (
        !versions.some(
          (version) => version.leaf === manifest.ctx.noticeHash && version.keyringHash === manifest.ctx.keyringHash,
        )
      )
        findings.push(
          found.broken(
            `${name}：投标封给了另一份公告或另一组开标人。`,
            `${named}: sealed for another notice or keyring.`,
            entry.index,
          ),
        );
      const part = manifest.parts.find(({ name: partName }) => partName === 'price');
      const key = bid.partKeys.find(({ part: of }) => of === 'price')?.key;
      if (!part || !key || key !== said['partKey']) {
        findings.push(
          found.broken(
            `${name}：公开的钥匙与记录不符。`,
            `${named}: the published key is not the one on record.`,
            entry.index,
          ),
        );
        continue;
      }
      if (
        canonical(bid.pieces.map(({ part: of, sha256 }) => ({ of, sha256 }))) !==
        canonical(part.pieces.map((sha256) => ({ of: 'price', sha256 })))
      )
        findings.push(
          found.broken(
            `${name}：列出的分片不是封存清单里的。`,
            `${named}: the pieces listed are not those of the manifest.`,
            entry.index,
          ),
        );
      const read = readPieces({
        part,
        fetchPiece: async (index) => {
          const sha256 = part.pieces[index] ?? '';
          const piece = bid.pieces.find((one) => one.sha256 === sha256);
          const bytes = await source.piece(piece?.href ?? '', sha256);
          if (!bytes) throw new Malformed('a piece is missing');
          return bytes;
        },
      });
      const price = await openPart({ manifest, stage: part.stage, part: 'price', partKey: fromHex(key), read });
      await price.verify();
      const offer = PriceOffer.parse(price.content);
      if (offer.price !== said['price'])
        findings.push(
          found.broken(
            `${name}：封存的报价是 ${offer.price} 分，读出的是 ${String(said['price'])} 分。`,
            `${named}: ${offer.price} fen was sealed, ${String(said['price'])} fen was read out.`,
            entry.index,
          ),
        );
      else opened += 1;
    } catch (fault) {
      if (fault instanceof EnvelopeFault && fault.fault.piece !== undefined)
        findings.push(
          found.broken(
            `${name}：报价密文的第 ${fault.fault.piece + 1} 片不是收到的那一片。`,
            `${named}: piece ${fault.fault.piece + 1} of the sealed price is not the one that was received.`,
            entry.index,
          ),
        );
      else if (fault instanceof EnvelopeFault || fault instanceof Malformed)
        findings.push(
          found.broken(
            `${name}：封存的报价打不开（${fault.message}）。`,
            `${named}: the sealed price does not open (${fault.message}).`,
            entry.index,
          ),
        );
      else throw fault;
    }
  }
  return findings.length > 0
    ? findings
    : [
        found.holds(
          `第 ${lot.no} 包：重新打开了 ${opened} 份报价，与读出的一致。`,
          `Lot ${lot.no}: ${opened} prices were opened again and are those that were read out.`,
        ),
      ];
}
