/** Tendering: what is to be bought, by which rules and until when. Written here, checked by a second person, published for good. */
import { defineAsyncComponent } from 'vue';
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry, TenderSection } from '../app/stage.ts';

const staff = { clientOnly: true, access: ['purchaser', 'agency'] } as const;

export const routes: RouteRecordRaw[] = [
  {
    path: '/my-tenders',
    name: 'tendering.own',
    component: () => import('./OwnTendersPage.vue'),
    meta: { ...staff, title: 'tendering.own.title' },
  },
  {
    path: '/tenders/:tenderId/edit',
    name: 'tendering.compose',
    component: () => import('./ComposerPage.vue'),
    meta: { ...staff, title: 'tendering.compose.title' },
  },
  {
    path: '/tenders/:tenderId/check',
    name: 'tendering.check',
    component: () => import('./ConfirmPage.vue'),
    meta: { ...staff, title: 'tendering.check.title' },
  },
  {
    path: '/tenders/:tenderId/publish',
    name: 'tendering.publish',
    component: () => import('./PublishPage.vue'),
    meta: { ...staff, title: 'tendering.publish.title' },
  },
  {
    path: '/tenders/:tenderId/work',
    name: 'tendering.work',
    component: () => import('./WorkPage.vue'),
    meta: { ...staff, title: 'tendering.work.title' },
  },
  {
    path: '/tenders/:tenderId/takers',
    name: 'tendering.takers',
    component: () => import('./TakersPage.vue'),
    meta: { ...staff, title: 'tendering.takers.title' },
  },
];

export const menu: MenuEntry[] = [
  { to: '/my-tenders', label: 'tendering.menu.own', for: ['purchaser', 'agency'], order: 20 },
];

export const tenderSections: TenderSection[] = [
  {
    id: 'tendering.work',
    for: ['purchaser', 'agency'],
    order: 20,
    component: defineAsyncComponent(() => import('./WorkHere.vue')),
  },
];
