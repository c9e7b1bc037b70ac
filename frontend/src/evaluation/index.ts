/**
 * Evaluation: who may judge, and how each judges alone. A score is in this browser only until the sheet is sealed,
 * and sealed until the last sheet is in; the pages show no other expert's score before.
 */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

/** Reveals what is due; what seals and checks is fetched only where there is a panel member. */
export const revealDue = async (seatId: string): Promise<number> => (await import('./reveal.ts')).revealDue(seatId);

const staff = { clientOnly: true, access: ['purchaser', 'agency'] } as const;
/** A purchaser's representative sits on a panel with the purchaser's seat. */
const panel = { clientOnly: true, access: ['expert', 'purchaser'] } as const;

export const routes: RouteRecordRaw[] = [
  {
    path: '/lots/:lotId/qualification',
    name: 'evaluation.qualification',
    component: () => import('./QualificationPage.vue'),
    meta: { ...staff, title: 'evaluation.qualification.title' },
  },
  {
    path: '/lots/:lotId/panel',
    name: 'evaluation.panel',
    component: () => import('./PanelPage.vue'),
    meta: { ...staff, title: 'evaluation.panel.title' },
  },
  {
    path: '/lots/:lotId/report',
    name: 'evaluation.report',
    component: () => import('./ReportPage.vue'),
    meta: { clientOnly: true, access: [], title: 'evaluation.report.title' },
  },
  {
    path: '/lots/:lotId/escrows',
    name: 'evaluation.escrows',
    component: () => import('./EscrowsPage.vue'),
    meta: {
      clientOnly: true,
      access: ['purchaser', 'agency', 'notary', 'tradingCentre'],
      title: 'evaluation.escrows.title',
    },
  },
  {
    path: '/evaluation',
    name: 'evaluation.tasks',
    component: () => import('./TasksPage.vue'),
    meta: { ...panel, title: 'evaluation.tasks.title' },
  },
  {
    path: '/evaluation/tasks/:memberId',
    name: 'evaluation.answer',
    component: () => import('./AnswerPage.vue'),
    meta: { ...panel, title: 'evaluation.answer.title' },
  },
  {
    path: '/evaluation/lots/:lotId',
    name: 'evaluation.room',
    component: () => import('./RoomPage.vue'),
    meta: { ...panel, title: 'evaluation.room.title', bare: true, wide: true },
  },
  {
    path: '/evaluation/lots/:lotId/seal',
    name: 'evaluation.seal',
    component: () => import('./SealPage.vue'),
    meta: { ...panel, title: 'evaluation.seal.title' },
  },
  {
    path: '/evaluation/lots/:lotId/sign',
    name: 'evaluation.sign',
    component: () => import('./SignReportPage.vue'),
    meta: { ...panel, title: 'evaluation.sign.title' },
  },
];

export const menu: MenuEntry[] = [
  { to: '/evaluation', label: 'evaluation.menu.tasks', for: ['expert', 'purchaser'], order: 24 },
];
