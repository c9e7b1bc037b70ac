/**
 * Draw: every draw step by step, the contributor's own side of one, and the page on which anybody holds a draw again.
 * A contributor's number is made in this browser, kept in it, and leaves it only when every other is fixed.
 */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

/** Takes part in draws that wait for this seat, once it has agreed to contribute; gives how many steps were made. */
export const contributeDue = async (seatId: string): Promise<number> =>
  (await import('./contribute.ts')).contributeDue(seatId);

const proposers = ['purchaser', 'agency', 'supervisor', 'tradingCentre'] as const;

export const routes: RouteRecordRaw[] = [
  {
    path: '/draws',
    name: 'draw.list',
    component: () => import('./DrawsPage.vue'),
    meta: { title: 'draw.list.title' },
  },
  {
    path: '/draws/new',
    name: 'draw.propose',
    component: () => import('./ProposePage.vue'),
    meta: { clientOnly: true, access: proposers, title: 'draw.propose.title' },
  },
  {
    path: '/draws/check',
    name: 'draw.check',
    component: () => import('./CheckDrawPage.vue'),
    meta: { clientOnly: true, title: 'draw.check.title' },
  },
  {
    path: '/draws/:drawId([0-9a-f-]{36})',
    name: 'draw.one',
    component: () => import('./DrawPage.vue'),
    meta: { title: 'draw.title' },
  },
];

export const menu: MenuEntry[] = [
  { to: '/draws', label: 'draw.menu', for: ['public'], order: 15 },
  { to: '/draws', label: 'draw.menu', for: ['agency', 'notary', 'tradingCentre', 'supervisor'], order: 28 },
];
