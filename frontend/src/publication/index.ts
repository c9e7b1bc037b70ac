/** Publication: what everybody may see without asking anybody. It shows, checks and downloads; it decides nothing. */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

export const routes: RouteRecordRaw[] = [
  { path: '/check', name: 'publication.check', component: () => import('./CheckPage.vue') },
  { path: '/records', name: 'publication.records', component: () => import('./RecordsPage.vue') },
  { path: '/records/:index(\\d+)', name: 'publication.record', component: () => import('./RecordPage.vue') },
  { path: '/accessibility', name: 'publication.accessibility', component: () => import('./AccessibilityPage.vue') },
  { path: '/api-description', name: 'publication.api', component: () => import('./ApiPage.vue') },
];

export const menu: MenuEntry[] = [{ to: '/check', label: 'publication.menu.check', for: ['public'], order: 16 }];
