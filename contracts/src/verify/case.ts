import type { TenderContent } from '../tendering/index.ts';
import type { TenderBundle } from '../publication/index.ts';
import { found, type Check, type LogView } from '../trust/index.ts';
import type { Entitled } from './evidence.ts';
import { readable, type Findings, type Lot } from './record.ts';

/** Where a tender's public material is read from: a house, a folder, or an evidence bundle. */
export type TenderSource = {
  readonly bundle: () => Promise<unknown>;
  readonly piece: (href: string, sha256: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** What only those entitled are given; nothing where the source is public. */
  readonly entitled?: () => Promise<Entitled | undefined>;
};

/** One tender under check: the log it is held against, and what earlier checks have read of it. */
export type TenderCase = {
  readonly log: LogView;
  readonly source: TenderSource;
  readonly tenderId: string;
  /** Authorities one trusts, DER; without them a signature is checked, but not who its signer is. */
  readonly roots: readonly Uint8Array[] | undefined;
  /** Does the log at hand hold every entry, or only those of an evidence bundle? */
  readonly isWhole: boolean;
  bundle: TenderBundle | undefined;
  content: TenderContent | undefined;
  entitled: Entitled | undefined;
};
export type TenderCheck = Check<TenderCase>;

export const beginCase = (
  log: LogView,
  given: Pick<TenderCase, 'source' | 'tenderId' | 'roots'> & { readonly isWhole?: boolean },
): TenderCase => ({ isWhole: true, ...given, log, bundle: undefined, content: undefined, entitled: undefined });

/** A check that needs the tender's public material, and says so where there is none. */
export const withBundle =
  (
    work: (bundle: TenderBundle, of: TenderCase) => Findings | Promise<Findings>,
  ): ((of: TenderCase) => Promise<Findings>) =>
  async (of) =>
    of.bundle
      ? work(of.bundle, of)
      : [
          found.unknown(
            '没有项目的公开资料，这项无法核对。',
            'Without the tender’s public material this cannot be checked.',
          ),
        ];

/** Lot by lot, so that what cannot be read of one does not hide another. */
export const eachLot = (
  work: (lot: Lot, of: TenderCase, bundle: TenderBundle) => Findings | Promise<Findings>,
): ((of: TenderCase) => Promise<Findings>) =>
  withBundle(async (bundle, of) => {
    const findings: Findings = [];
    for (const lot of bundle.lots)
      findings.push(
        ...(await readable(`第 ${lot.no} 包的资料`, `The material of lot ${lot.no}`, () => work(lot, of, bundle))),
      );
    return findings;
  });
