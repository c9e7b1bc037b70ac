/**
 * Identity: signing in, keys and certificates of this browser, the signature moment, seats. It decides nothing;
 * later stages sign through `useSigning` or SignPanel and open what was sealed to them with `encryptionKeyOf`.
 */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

const own = { clientOnly: true, access: [] };

export const routes: RouteRecordRaw[] = [
  {
    path: '/sign-in',
    name: 'identity.signIn',
    component: () => import('./SignInPage.vue'),
    meta: { title: 'identity.signIn.title' },
  },
  {
    path: '/account',
    name: 'identity.account',
    component: () => import('./AccountPage.vue'),
    meta: { ...own, title: 'identity.account.title' },
  },
  {
    path: '/account/keys',
    name: 'identity.keys',
    component: () => import('./KeysPage.vue'),
    meta: { ...own, title: 'identity.keys.title' },
  },
  {
    path: '/account/keys/register',
    name: 'identity.pin',
    component: () => import('./PinPage.vue'),
    meta: { ...own, title: 'identity.pin.title' },
  },
  {
    path: '/account/keys/:certificateId/revoke',
    name: 'identity.revoke',
    component: () => import('./RevokePage.vue'),
    meta: { ...own, title: 'identity.revoke.title' },
  },
  {
    path: '/account/declaration',
    name: 'identity.declaration',
    component: () => import('./DeclarationPage.vue'),
    meta: { ...own, title: 'identity.declaration.title' },
  },
  {
    path: '/account/seats',
    name: 'identity.seats',
    component: () => import('./SeatsPage.vue'),
    meta: { clientOnly: true, access: ['administrator'], title: 'identity.seats.title' },
  },
];

export const menu: MenuEntry[] = [
  {
    to: '/account/keys',
    label: 'identity.keys.title',
    for: ['bidder', 'purchaser', 'agency', 'notary', 'tradingCentre', 'expert', 'supervisor'],
    order: 80,
  },
];
