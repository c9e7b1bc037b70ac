/** Award: the purchaser confirms rank 1, everybody is told, the winner gets a letter. No page ranks anything. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/lots/:lotId/decision',
    name: 'award.decision',
    component: () => import('./DecisionPage.vue'),
    meta: { clientOnly: true, access: ['purchaser', 'agency'], title: 'award.decision.title' },
  },
  {
    path: '/lots/:lotId/result',
    name: 'award.result',
    component: () => import('./ResultPage.vue'),
    meta: { title: 'award.result.title' },
  },
  {
    path: '/my-bids/results/:bidId',
    name: 'award.own',
    component: () => import('./OwnResultPage.vue'),
    meta: { clientOnly: true, access: ['bidder'], title: 'award.own.title' },
  },
];
