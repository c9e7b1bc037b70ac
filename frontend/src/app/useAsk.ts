import type { Endpoint, ReplyOf } from '@xinbiao/contracts/kernel';
import { defineStore } from 'pinia';
import {
  getCurrentInstance,
  onBeforeUnmount,
  onMounted,
  onServerPrefetch,
  shallowRef,
  watch,
  type ShallowRef,
} from 'vue';
import { useSSRContext } from 'vue';
import { addressOf, callOver, type Inputs, type OwnCode, type Said } from './api.ts';
import { useLine } from './line.ts';

/** Where a reading stands. `staleSince` means: shown is old, the connection is being tried again. */
export type Asked<E> =
  | { readonly phase: 'idle' }
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: ReplyOf<E>; readonly staleSince?: number }
  | {
      readonly phase: 'refused';
      readonly status: number;
      readonly refusals: readonly Said<OwnCode<E>>[];
      readonly incident?: string;
    };

/** What the server's rendering was answered, carried to the browser so that it need not ask again. */
export const useCarried = defineStore('carried', () => {
  const answers = shallowRef<Record<string, unknown>>({});
  return { answers };
});

/** What a rendering on the server tells its caller. */
export type Rendering = { status: number; title: string; description: string };

/**
 * Reads by an endpoint, on the server and in the browser, again whenever its inputs change. Inputs `undefined`: not yet.
 * `essential`: without it there is no such page, so its 404 is the page's. `every`: asks again while the page is looked at.
 */
export function useAsk<E extends Endpoint>(
  endpoint: E,
  inputs: () => Inputs<E> | undefined,
  { essential = false, every }: { readonly essential?: boolean; readonly every?: number } = {},
): { readonly state: ShallowRef<Asked<E>>; readonly again: () => Promise<void> } {
  const line = useLine();
  const carried = useCarried();
  const rendering = import.meta.env.SSR ? useSSRContext<Rendering>() : undefined;
  const state = shallowRef<Asked<E>>({ phase: 'idle' });
  const key = (given: Inputs<E>) => `${endpoint.method} ${addressOf(endpoint, given)}`;
  let turn = 0;

  async function ask(keep: boolean): Promise<void> {
    const given = inputs();
    const mine = (turn += 1);
    if (given === undefined) {
      state.value = { phase: 'idle' };
      return;
    }
    const before = state.value;
    if (!keep || before.phase !== 'ready') state.value = { phase: 'loading' };
    const answer = await callOver(line(), endpoint, given);
    // A later question has been asked meanwhile; this answer is to an old one.
    if (mine !== turn) return;
    if (answer.ok) {
      state.value = { phase: 'ready', value: answer.value };
    } else if (keep && before.phase === 'ready' && answer.status === 0) {
      state.value = { ...before, staleSince: before.staleSince ?? Date.now() };
    } else {
      state.value = {
        phase: 'refused',
        status: answer.status,
        refusals: answer.refusals,
        ...(answer.incident === undefined ? {} : { incident: answer.incident }),
      };
      if (essential && rendering !== undefined) rendering.status = answer.status === 0 ? 503 : answer.status;
    }
    // A refusal is carried like an answer: both sides must begin with the same page.
    if (import.meta.env.SSR) carried.answers[key(given)] = state.value;
  }

  // Registered in the browser too, where it never runs: a component that waits on the server numbers its ids apart,
  // and both sides must agree on which components those are.
  onServerPrefetch(() => ask(false));
  if (import.meta.env.SSR) return { state, again: () => ask(true) };

  const first = inputs();
  const kept = first === undefined ? undefined : carried.answers[key(first)];
  if (first !== undefined && kept !== undefined) {
    state.value = kept as Asked<E>;
    // Once only: whoever comes back later wants to see what is true then.
    delete carried.answers[key(first)];
  } else void ask(false);
  watch(
    () => {
      const given = inputs();
      return given === undefined ? undefined : key(given);
    },
    () => void ask(false),
  );
  if (every !== undefined && getCurrentInstance()) {
    let timer: ReturnType<typeof setInterval> | undefined;
    onMounted(() => (timer = setInterval(() => document.visibilityState === 'visible' && void ask(true), every)));
    onBeforeUnmount(() => clearInterval(timer));
  }
  return { state, again: () => ask(true) };
}
