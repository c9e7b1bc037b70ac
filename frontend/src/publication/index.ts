/** Publication: what everybody may see without asking anybody. It shows, checks and downloads; it decides nothing. */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

export const routes: RouteRecordRaw[] = [
  { path: '/', name: 'publication.home', component: () => import('./HomePage.vue') },
  { path: '/tenders', name: 'publication.tenders', component: () => import('./TendersPage.vue') },
  { path: '/tenders/:tenderId', name: 'publication.tender', component: () => import('./TenderPage.vue') },
  { path: '/calendar', name: 'publication.calendar', component: () => import('./CalendarPage.vue') },
  { path: '/results', name: 'publication.results', component: () => import('./ResultsPage.vue') },
  { path: '/organisations', name: 'publication.registry', component: () => import('./RegistryPage.vue') },
  { path: '/organisations/:id', name: 'publication.organisation', component: () => import('./OrganisationPage.vue') },
  { path: '/blacklist', name: 'publication.blacklist', component: () => import('./BlacklistPage.vue') },
  { path: '/data', name: 'publication.data', component: () => import('./DataPage.vue') },
  { path: '/check', name: 'publication.check', component: () => import('./CheckPage.vue') },
  { path: '/records', name: 'publication.records', component: () => import('./RecordsPage.vue') },
  { path: '/records/:index(\\d+)', name: 'publication.record', component: () => import('./RecordPage.vue') },
  { path: '/accessibility', name: 'publication.accessibility', component: () => import('./AccessibilityPage.vue') },
  { path: '/api-description', name: 'publication.api', component: () => import('./ApiPage.vue') },
];

export const menu: MenuEntry[] = [
  { to: '/tenders', label: 'publication.menu.tenders', for: ['public'], order: 10 },
  { to: '/tenders', label: 'publication.menu.find', for: ['bidder'], order: 10 },
  { to: '/calendar', label: 'publication.menu.calendar', for: ['public'], order: 11 },
  { to: '/results', label: 'publication.menu.results', for: ['public'], order: 12 },
  { to: '/organisations', label: 'publication.menu.registry', for: ['public'], order: 13 },
  { to: '/blacklist', label: 'publication.menu.blacklist', for: ['public'], order: 14 },
  { to: '/check', label: 'publication.menu.check', for: ['public'], order: 16 },
];
