/** The desk: what the signed-in person has to do, for every role the same list. */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

export const routes: RouteRecordRaw[] = [
  {
    path: '/desk',
    name: 'desk',
    component: () => import('./DeskPage.vue'),
    meta: { clientOnly: true, access: [], title: 'desk.title' },
  },
];

export const menu: MenuEntry[] = [
  {
    to: '/desk',
    label: 'desk.title',
    for: [
      'purchaser',
      'agency',
      'bidder',
      'expert',
      'supervisor',
      'notary',
      'tradingCentre',
      'operator',
      'administrator',
    ],
    order: 0,
  },
];
