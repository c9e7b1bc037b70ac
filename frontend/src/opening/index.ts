/**
 * Opening: the hall, the officers' act and the public check. An officer's shares leave this browser only after every
 * bidder's signature and the close document were checked in it.
 */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

const officers = ['purchaser', 'agency', 'notary', 'tradingCentre'] as const;

export const routes: RouteRecordRaw[] = [
  {
    path: '/opening/:lotId([0-9a-f-]{36})',
    name: 'opening.hall',
    component: () => import('./OpeningHallPage.vue'),
    meta: { title: 'opening.hall' },
  },
  {
    path: '/my-openings',
    name: 'opening.mine',
    component: () => import('./MyOpeningsPage.vue'),
    meta: { clientOnly: true, access: officers, title: 'opening.mine.title' },
  },
];

export const menu: MenuEntry[] = [{ to: '/my-openings', label: 'opening.menu.mine', for: officers, order: 24 }];
