import type { SealingFacts } from '@xinbiao/contracts/bidding';
import { fromHex } from '@xinbiao/contracts/kernel';
import { sha256Hex } from '@xinbiao/contracts/trust';
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue';
import { hasCrypto, useClock } from '../app/index.ts';
import { encryptionKeyOf, NoKey } from '../identity/keys.ts';
import type { Signing } from '../identity/useSigning.ts';
import { checkNotice, type NoticeCheck } from './noticeCheck.ts';

export type Preflight = {
  readonly browser: Ref<boolean | undefined>;
  /** own: there and registered; other: another key; none: no key here. */
  readonly key: ComputedRef<'own' | 'other' | 'none' | undefined>;
  /** The encryption key that the opening will ask this bidder for; unneeded where the tender asks for none. */
  readonly gate: Ref<'own' | 'none' | 'unneeded' | undefined>;
  readonly certificate: ComputedRef<boolean | undefined>;
  readonly notice: Ref<NoticeCheck | undefined>;
  readonly may: ComputedRef<boolean>;
  readonly ready: ComputedRef<boolean>;
  readonly again: () => Promise<void>;
};

/** Are the keys of these certificates at hand? A gate wrapped to somebody else's certificate would be no gate. */
export async function holdsKeysOf(gates: SealingFacts['gates']): Promise<boolean> {
  try {
    for (const der of Object.values(gates)) await encryptionKeyOf(undefined, sha256Hex(fromHex(der)));
    return true;
  } catch (fault) {
    if (fault instanceof NoKey) return false;
    throw fault;
  }
}

/** A certificate should outlive the opening by this much. */
const margin = 86_400_000;

/** Can this computer seal a bid for this lot, and may the organisation hand it in? Looked at before anything is typed. */
export function usePreflight(facts: () => SealingFacts, signing: Signing): Preflight {
  const clock = useClock();
  const browser = ref<boolean>();
  const gate = ref<'own' | 'none' | 'unneeded'>();
  const notice = ref<NoticeCheck>();
  const key = computed(() => {
    if (signing.key.value)
      return signing.key.value.facts.fingerprint === facts().certificate?.fingerprint
        ? ('own' as const)
        : ('other' as const);
    return signing.lack.value === undefined ? undefined : ('none' as const);
  });
  const certificate = computed(() => {
    const { certificate: pinned, deadline } = facts();
    return pinned === null ? undefined : Date.parse(pinned.notAfter) > Date.parse(deadline) + margin;
  });
  const may = computed(() => facts().obstacles.length === 0);
  const ready = computed(
    () =>
      browser.value === true &&
      key.value === 'own' &&
      (gate.value === 'own' || gate.value === 'unneeded') &&
      certificate.value !== false &&
      notice.value?.outcome === 'holds' &&
      may.value,
  );

  async function again(): Promise<void> {
    browser.value = hasCrypto() && typeof indexedDB !== 'undefined' && typeof Worker !== 'undefined';
    if (!browser.value) return;
    await signing.again();
    const { gates } = facts();
    if (Object.keys(gates).length === 0) gate.value = 'unneeded';
    else gate.value = (await holdsKeysOf(gates)) ? 'own' : 'none';
    try {
      notice.value = await checkNotice(facts(), new Date(clock.now || Date.parse(facts().now)));
    } catch {
      // A checkpoint or certificate that cannot be read does not vouch for anything.
      notice.value = { outcome: 'broken', what: 'log' };
    }
  }
  watch(
    () => [facts().noticeHash, facts().keyringHash, ...Object.values(facts().gates)].join(),
    () => void again(),
    { immediate: true },
  );
  return { browser, key, gate, certificate, notice, may, ready, again };
}
