import type { OpeningView } from '@xinbiao/contracts/opening';
import { onBeforeUnmount, ref, watch, type Ref } from 'vue';

/** How long each price stands alone before the next is read out. */
const beat = 1_400;

/**
 * Reads the prices out one by one to whoever was watching when they were opened; whoever comes later, or wants no
 * motion, sees all at once.
 */
export function useReading(view: () => OpeningView | undefined): { readonly shown: Ref<number>; readonly showAll: () => void } {
  const shown = ref(0);
  let timer: ReturnType<typeof setInterval> | undefined;
  const showAll = () => {
    clearInterval(timer);
    shown.value = Number.MAX_SAFE_INTEGER;
  };
  watch(
    () => view()?.phase,
    (phase, before) => {
      if (phase !== 'opened') return;
      const live = before === 'releasing' || before === 'opening';
      if (!live || import.meta.env.SSR || matchMedia('(prefers-reduced-motion: reduce)').matches) return showAll();
      shown.value = 0;
      timer = setInterval(() => {
        shown.value += 1;
        if (shown.value >= (view()?.bids.length ?? 0)) showAll();
      }, beat);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => clearInterval(timer));
  return { shown, showAll };
}
