import type { PublicTender, TenderBundle } from '@xinbiao/contracts/publication';
import { parseVerifierKey, runChecks, type CheckReport } from '@xinbiao/contracts/trust';
import { auditShown } from '@xinbiao/contracts/verify';

/**
 * Checks a tender's story from its public material in this browser, by the numbered checks of the command line:
 * nothing is believed because the platform says so. `key` is the log's key one trusts; without one the material's own
 * is taken.
 */
export async function* checkTender({
  tender,
  bundle,
  key,
  fetchPiece,
}: {
  readonly tender: PublicTender;
  readonly bundle: TenderBundle;
  readonly key?: string | undefined;
  readonly fetchPiece: (href: string) => Promise<Uint8Array<ArrayBuffer> | undefined>;
}): AsyncGenerator<CheckReport> {
  const { view, checks } = await auditShown({
    tender,
    bundle,
    fetchPiece,
    ...(key === undefined ? {} : { keys: [parseVerifierKey(key)] }),
  });
  yield* runChecks(view, checks);
}
