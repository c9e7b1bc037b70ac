import { computed, toValue, useSSRContext, watch, type MaybeRefOrGetter } from 'vue';
import { useT } from '../locales/index.ts';
import type { Rendering } from './useAsk.ts';

/** Names the page: the document's title, and what search engines say about it. */
export function usePage(
  page: MaybeRefOrGetter<{ readonly title?: string | undefined; readonly description?: string | undefined }>,
): void {
  const t = useT();
  const title = computed(() => {
    const own = toValue(page).title;
    return own ? `${own} · ${t('app.name')}` : t('app.name');
  });
  if (import.meta.env.SSR) {
    const rendering = useSSRContext<Rendering>();
    if (rendering)
      watch(
        [title, () => toValue(page).description],
        ([now, description]) => Object.assign(rendering, { title: now, description: description ?? '' }),
        { immediate: true, flush: 'sync' },
      );
    return;
  }
  watch(title, (now) => (document.title = now), { immediate: true });
}
