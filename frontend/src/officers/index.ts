/** Officers before bids close: they accept and try shares; staff replace them; bidders are asked to seal again. */
import type { RouteRecordRaw } from 'vue-router';

export const routes: RouteRecordRaw[] = [
  {
    path: '/tenders/:tenderId/officers',
    name: 'officers.change',
    component: () => import('./ChangeOfficersPage.vue'),
    meta: { clientOnly: true, access: ['purchaser', 'agency'], title: 'officers.change.title' },
  },
];
