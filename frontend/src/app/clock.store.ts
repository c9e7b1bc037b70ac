import type { Instant } from '@xinbiao/contracts/kernel';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Line } from './api.ts';

/** What `/api/clock` answers. */
export type ClockReply = { readonly now: Instant; readonly sandbox: { readonly offset: number } | null };

/** The server's clock: an offset to this computer's, measured each minute. */
export const useClock = defineStore('clock', () => {
  /** The server's time in milliseconds; what server and browser first render is the same number. */
  const now = ref(0);
  const sandbox = ref<{ offset: number } | null>(null);
  /** Server minus this computer; undefined before the first answer. */
  const offset = ref<number>();
  const trusted = ref(false);

  async function measure(line: Line): Promise<void> {
    try {
      const sent = Date.now();
      const response = await (line.fetch ?? fetch)(`${line.origin}/api/clock`, { headers: { accept: 'application/json' }, cache: 'no-store' });
      if (!response.ok) return;
      const reply = (await response.json()) as ClockReply;
      const received = Date.now();
      // Half the round trip has passed since the server looked at its clock.
      offset.value = Date.parse(reply.now) - (sent + received) / 2;
      sandbox.value = reply.sandbox;
      trusted.value = received - sent < 5000;
      if (now.value === 0) now.value = Date.now() + offset.value;
    } catch {
      // No answer: the last offset stays, and pages that need the server say so themselves.
    }
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
  const computerFast = computed(() => (offset.value === undefined ? undefined : Math.round((-offset.value + (sandbox.value?.offset ?? 0)) / 1000)));
  return { now, sandbox, offset, trusted, computerFast, measure, start };
});
