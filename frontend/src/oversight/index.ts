/** Oversight: where somebody must look. A light is a hint with its evidence and a base rate, never a verdict. */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

const supervisor = { clientOnly: true, access: ['supervisor'] } as const;

export const routes: RouteRecordRaw[] = [
  {
    path: '/board',
    name: 'oversight.board',
    component: () => import('./BoardPage.vue'),
    meta: { ...supervisor, title: 'oversight.board.title', wide: true },
  },
  {
    path: '/oversight/lots/:lotId',
    name: 'oversight.lot',
    component: () => import('./LotFilePage.vue'),
    meta: { ...supervisor, title: 'oversight.file.title' },
  },
];

export const menu: MenuEntry[] = [{ to: '/board', label: 'oversight.menu.board', for: ['supervisor'], order: 20 }];
