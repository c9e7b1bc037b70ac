import type { OpeningView } from '@xinbiao/contracts/opening';
import { computed, onBeforeUnmount, ref, watch, type ComputedRef } from 'vue';

/** How long each price stands alone before the next is read out. */
const beat = 1_400;

/**
 * Reads the prices out one by one to whoever was watching when they were opened; whoever comes later, or wants no
 * motion, sees all at once.
 */
export function useReading(view: () => OpeningView | undefined): {
  readonly shown: ComputedRef<number>;
  readonly showAll: () => void;
} {
  /** While reading out: how many so far. */
  const reached = ref<number>();
  const shown = computed(() => reached.value ?? Number.MAX_SAFE_INTEGER);
  let timer: ReturnType<typeof setInterval> | undefined;
  const showAll = () => {
    clearInterval(timer);
    reached.value = undefined;
  };
  watch(
    () => view()?.phase,
    (phase, before) => {
      const live = before === 'releasing' || before === 'opening';
      if (phase !== 'opened' || !live || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
      reached.value = 0;
      timer = setInterval(() => {
        reached.value = (reached.value ?? 0) + 1;
        if (reached.value >= (view()?.bids.length ?? 0)) showAll();
      }, beat);
    },
  );
  onBeforeUnmount(() => clearInterval(timer));
  return { shown, showAll };
}
