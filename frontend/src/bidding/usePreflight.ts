import type { SealingFacts } from '@xinbiao/contracts/bidding';
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue';
import { hasCrypto, useClock } from '../app/index.ts';
import type { Signing } from '../identity/useSigning.ts';
import { checkNotice, type NoticeCheck } from './noticeCheck.ts';

export type Preflight = {
  readonly browser: Ref<boolean | undefined>;
  /** own: there and registered; other: another key; none: no key here. */
  readonly key: ComputedRef<'own' | 'other' | 'none' | undefined>;
  readonly certificate: ComputedRef<boolean | undefined>;
  readonly notice: Ref<NoticeCheck | undefined>;
  readonly may: ComputedRef<boolean>;
  readonly ready: ComputedRef<boolean>;
  readonly again: () => Promise<void>;
};

/** A certificate should outlive the opening by this much. */
const margin = 86_400_000;

/** Can this computer seal a bid for this lot, and may the organisation hand it in? Looked at before anything is typed. */
export function usePreflight(facts: () => SealingFacts, signing: Signing): Preflight {
  const clock = useClock();
  const browser = ref<boolean>();
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
      certificate.value !== false &&
      notice.value?.outcome === 'holds' &&
      may.value,
  );

  async function again(): Promise<void> {
    browser.value = hasCrypto() && typeof indexedDB !== 'undefined' && typeof Worker !== 'undefined';
    if (!browser.value) return;
    await signing.again();
    try {
      notice.value = await checkNotice(facts(), new Date(clock.now || Date.parse(facts().now)));
    } catch {
      // A checkpoint or certificate that cannot be read does not vouch for anything.
      notice.value = { outcome: 'broken', what: 'log' };
    }
  }
  watch(
    () => [facts().noticeHash, facts().keyringHash].join(),
    () => void again(),
    { immediate: true },
  );
  return { browser, key, certificate, notice, may, ready, again };
}
