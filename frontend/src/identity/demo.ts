import { readDemoKeys } from '@xinbiao/contracts/house';
import { fromHex } from '@xinbiao/contracts/kernel';
import { call } from '../app/api.ts';
import { hasCrypto } from '../app/crypto.ts';
import { useHouse } from '../app/house.store.ts';
import { useSession } from '../app/session.store.ts';
import { accountOf, importPkcs12, listKeys } from './keys.ts';

let loading: Promise<boolean> | undefined;

/**
 * In a demonstration, gives an account that has no keys in this browser the keys the demonstration made for it.
 * True when keys are there afterwards that were not there before. Does nothing on a production platform.
 */
export function loadDemoKeys(): Promise<boolean> {
  loading ??= load().finally(() => (loading = undefined));
  return loading;
}

async function load(): Promise<boolean> {
  const session = useSession();
  const { me } = session;
  if (me === null || useHouse().mode !== 'demo' || !hasCrypto()) return false;
  // Operators hold no certificate; asking for one would only be refused.
  if (!session.may('certificate:hold')) return false;
  const account = accountOf(me);
  if ((await listKeys(account)).length > 0) return false;
  const answer = await call(readDemoKeys);
  if (!answer.ok) return false;
  const kept = await importPkcs12(fromHex(answer.value.pkcs12), answer.value.password, account);
  return kept.length > 0;
}
