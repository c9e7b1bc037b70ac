import type { Role, Scope } from '@xinbiao/contracts/kernel';
import { scopesOf } from '@xinbiao/contracts/kernel';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import type { Line } from './api.ts';

/** Who is signed in, as `/api/identity/me` answers. */
export type Me = {
  readonly id: string;
  readonly name: string;
  readonly organisation: { readonly id: string; readonly name: string } | null;
  readonly roles: readonly Role[];
};

/** The session: nobody until the server says who. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null);
  /** The server has been asked at least once. */
  const known = ref(false);

  async function load(line: Line): Promise<void> {
    try {
      const response = await (line.fetch ?? fetch)(`${line.origin}/api/identity/me`, {
        headers: { accept: 'application/json', 'accept-language': line.lang, ...line.headers },
        credentials: 'same-origin',
        cache: 'no-store',
      });
      if (response.ok) me.value = readMe(await response.json());
      else if (response.status === 401) me.value = null;
      known.value = true;
    } catch {
      // No server: who one is stays as it was.
    }
  }
  const forget = () => (me.value = null);
  const roles = computed<readonly Role[]>(() => me.value?.roles ?? []);
  const scopes = computed<readonly Scope[]>(() => scopesOf(roles.value));
  const may = (scope: Scope) => scopes.value.includes(scope);
  return { me, known, load, forget, roles, scopes, may };
});

function readMe(reply: unknown): Me | null {
  const said = reply as Partial<Me> | null;
  return said?.id === undefined ? null : { id: said.id, name: said.name ?? '', organisation: said.organisation ?? null, roles: said.roles ?? [] };
}
