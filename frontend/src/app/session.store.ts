import { readMe, type Me } from '@xinbiao/contracts/identity';
import type { Role, Scope } from '@xinbiao/contracts/kernel';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { callOver, type Line } from './api.ts';

export type { Me };

/** The session: nobody until the server says who. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null);
  /** The server has been asked at least once. */
  const known = ref(false);

  async function load(line: Line): Promise<void> {
    const answer = await callOver(line, readMe, {});
    if (answer.ok) me.value = answer.value;
    else if (answer.status === 401) me.value = null;
    // No server: who one is stays as it was.
    else return;
    known.value = true;
  }
  /** Takes what signing in answered. */
  function begin(who: Me): void {
    me.value = who;
    known.value = true;
  }
  const forget = () => (me.value = null);
  const roles = computed<readonly Role[]>(() => me.value?.roles ?? []);
  const scopes = computed<readonly Scope[]>(() => me.value?.scopes ?? []);
  const may = (scope: Scope) => scopes.value.includes(scope);
  return { me, known, load, begin, forget, roles, scopes, may };
});
