/** Operation: is the platform well, the clock of a demonstration, accounts that cannot sign up by themselves. */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

const operator = { clientOnly: true, access: ['operator' as const] };

export const routes: RouteRecordRaw[] = [
  { path: '/operator', redirect: '/operator/status' },
  { path: '/operator/status', name: 'operation.status', component: () => import('./StatusPage.vue'), meta: operator },
  { path: '/operator/clock', name: 'operation.clock', component: () => import('./ClockPage.vue'), meta: operator },
  {
    path: '/operator/accounts',
    name: 'operation.accounts',
    component: () => import('./AccountsPage.vue'),
    meta: operator,
  },
];

export const menu: MenuEntry[] = [
  { to: '/operator/status', label: 'operation.menu.status', for: ['operator'], order: 20 },
  { to: '/operator/clock', label: 'operation.menu.clock', for: ['operator'], order: 22 },
  { to: '/operator/accounts', label: 'operation.menu.accounts', for: ['operator'], order: 24 },
  { to: '/records', label: 'operation.menu.records', for: ['operator'], order: 26 },
];
