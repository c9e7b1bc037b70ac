/**
 * Bidding: a bid is written, sealed and sent in the bidder's own browser, and its receipt is checked there. Nothing
 * of a bid is sent in clear, and before the deadline no page says how many there are.
 */
import { defineAsyncComponent } from 'vue';
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry, TenderSection } from '../app/stage.ts';

export const routes: RouteRecordRaw[] = [
  {
    path: '/tenders/:tenderId/bid/:lotNo(\\d+)',
    name: 'bidding.bid',
    component: () => import('./BidPage.vue'),
    meta: { clientOnly: true, access: ['bidder'], title: 'bidding.steps.seal' },
  },
  {
    path: '/my-bids',
    name: 'bidding.mine',
    component: () => import('./MyBidsPage.vue'),
    meta: { clientOnly: true, access: ['bidder'], title: 'bidding.mine.title' },
  },
  {
    path: '/my-bids/:envelopeId([0-9a-f]{32})',
    name: 'bidding.receipt',
    component: () => import('./ReceiptPage.vue'),
    meta: { clientOnly: true, access: ['bidder'], title: 'bidding.receipt.title' },
  },
  {
    path: '/my-bids/:envelopeId([0-9a-f]{32})/withdraw',
    name: 'bidding.withdraw',
    component: () => import('./WithdrawPage.vue'),
    meta: { clientOnly: true, access: ['bidder'], title: 'bidding.withdraw.title' },
  },
];

export const menu: MenuEntry[] = [{ to: '/my-bids', label: 'bidding.menu.mine', for: ['bidder'], order: 22 }];

export const tenderSections: TenderSection[] = [
  { id: 'bidding.here', for: ['bidder'], order: 20, component: defineAsyncComponent(() => import('./BidHere.vue')) },
];
