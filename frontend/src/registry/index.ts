/** Registry: registering organisations and experts, the company's library, review, decisions of dishonesty. */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

const own = { clientOnly: true, access: [] };
const reviewers = { clientOnly: true, access: ['tradingCentre' as const, 'supervisor' as const] };
const supervisor = { clientOnly: true, access: ['supervisor' as const] };
const members = { clientOnly: true, access: ['bidder' as const, 'purchaser' as const, 'agency' as const] };

export const routes: RouteRecordRaw[] = [
  { path: '/sign-up', name: 'registry.signUp', component: () => import('./SignUpPage.vue') },
  {
    path: '/sign-up/expert',
    name: 'registry.signUpExpert',
    component: () => import('./SignUpExpertPage.vue'),
    meta: { clientOnly: true },
  },
  {
    path: '/sign-up/:kind(bidder|purchaser|agency|notary)',
    name: 'registry.signUpParty',
    component: () => import('./SignUpPartyPage.vue'),
    meta: { clientOnly: true },
  },
  {
    path: '/organisation',
    name: 'registry.organisation',
    component: () => import('./OrganisationPage.vue'),
    meta: members,
  },
  { path: '/library', name: 'registry.library', component: () => import('./LibraryPage.vue'), meta: members },
  {
    path: '/library/new/:kind(qualification|person|contract)',
    name: 'registry.libraryNew',
    component: () => import('./LibraryItemPage.vue'),
    meta: members,
  },
  {
    path: '/library/:id',
    name: 'registry.libraryItem',
    component: () => import('./LibraryItemPage.vue'),
    meta: members,
  },
  { path: '/expert', name: 'registry.expert', component: () => import('./ExpertPage.vue'), meta: own },
  { path: '/reviews', name: 'registry.reviews', component: () => import('./ReviewsPage.vue'), meta: reviewers },
  {
    path: '/reviews/organisations',
    name: 'registry.standings',
    component: () => import('./StandingListPage.vue'),
    meta: reviewers,
  },
  {
    path: '/reviews/organisations/:id',
    name: 'registry.standing',
    component: () => import('./StandingPage.vue'),
    meta: reviewers,
  },
  { path: '/reviews/experts', name: 'registry.experts', component: () => import('./ExpertsPage.vue'), meta: reviewers },
  {
    path: '/reviews/:subject(organisation|change|expert)/:id',
    name: 'registry.review',
    component: () => import('./ReviewPage.vue'),
    meta: reviewers,
  },
  {
    path: '/blacklist-desk',
    name: 'registry.blacklistDesk',
    component: () => import('./BlacklistDeskPage.vue'),
    meta: supervisor,
  },
  {
    path: '/blacklist-desk/new',
    name: 'registry.blacklistAdd',
    component: () => import('./BlacklistAddPage.vue'),
    meta: supervisor,
  },
  {
    path: '/blacklist-desk/:id/:move(withdraw|repair)',
    name: 'registry.blacklistEnd',
    component: () => import('./BlacklistEndPage.vue'),
    meta: supervisor,
  },
];

export const menu: MenuEntry[] = [
  { to: '/library', label: 'registry.menu.library', for: ['bidder'], order: 30 },
  { to: '/expert', label: 'registry.menu.expert', for: ['expert'], order: 40 },
  { to: '/reviews', label: 'registry.menu.reviews', for: ['tradingCentre', 'supervisor'], order: 50 },
  { to: '/blacklist-desk', label: 'registry.menu.blacklist', for: ['supervisor'], order: 52 },
];
