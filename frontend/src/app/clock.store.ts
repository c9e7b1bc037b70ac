import { readClock } from '@xinbiao/contracts/house';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { callOver, type Line } from './api.ts';

/** The server's clock: an offset to this computer's, measured each minute. */
export const useClock = defineStore('clock', () => {
  /** The server's time in milliseconds; what server and browser first render is the same number. */
  const now = ref(0);
  const sandbox = ref<{ offset: number } | null>(null);
  /** Server minus this computer; undefined before the first answer. */
  const offset = ref<number>();

  async function measure(line: Line): Promise<void> {
    const sent = Date.now();
    const answer = await callOver(line, readClock, {});
    // No answer: the last offset stays, and pages that need the server say so themselves.
    if (!answer.ok) return;
    const received = Date.now();
    // Half the round trip has passed since the server looked at its clock.
    offset.value = Date.parse(answer.value.now) - (sent + received) / 2;
    sandbox.value = answer.value.sandbox;
    if (now.value === 0) now.value = Date.now() + offset.value;
  }

  /** Starts ticking in the browser; gives the way to stop. */
  function start(line: () => Line): () => void {
    const tick = () => {
      if (offset.value !== undefined) now.value = Date.now() + offset.value;
    };
    void measure(line()).then(tick);
    const ticking = setInterval(tick, 1000);
    const measuring = setInterval(() => void measure(line()), 60_000);
    const awake = () => document.visibilityState === 'visible' && void measure(line()).then(tick);
    document.addEventListener('visibilitychange', awake);
    return () => {
      clearInterval(ticking);
      clearInterval(measuring);
      document.removeEventListener('visibilitychange', awake);
    };
  }

  /** How many seconds this computer is fast (positive) or slow, not counting a turned sandbox clock. */
  const computerFast = computed(() =>
    offset.value === undefined ? undefined : Math.round((-offset.value + (sandbox.value?.offset ?? 0)) / 1000),
  );
  return { now, sandbox, offset, computerFast, measure, start };
});
