import type { Role } from '@xinbiao/contracts/kernel';
import type { Component } from 'vue';
import type { RouteRecordRaw } from 'vue-router';
import type { MessageKey } from '../locales/index.ts';

/** One entry of the navigation. Each role sees at most seven, in order. */
export type MenuEntry = {
  readonly to: string;
  readonly label: MessageKey;
  /** Who sees it; `public` is whoever is not signed in. */
  readonly for: readonly (Role | 'public')[];
  /** 0 待办 first; public pages from 10, a role's own work from 20, keys and records from 80. */
  readonly order: number;
};

/** A section that a role adds to a tender's page (`/tenders/:tenderId`); its component is given `tender: PublicTender`. */
export type TenderSection = {
  readonly id: string;
  readonly for: readonly Role[];
  readonly order: number;
  readonly component: Component;
};

/** What a stage's `index.ts` offers the app. */
export type StageFront = {
  readonly routes?: readonly RouteRecordRaw[];
  readonly menu?: readonly MenuEntry[];
  readonly tenderSections?: readonly TenderSection[];
};

declare module 'vue-router' {
  interface RouteMeta {
    /** Not rendered on the server: a signed-in role's page. */
    clientOnly?: boolean;
    /** Roles that may come here; anybody else is asked to sign in. `[]` means anybody signed in. */
    access?: readonly Role[];
    title?: MessageKey;
    /** Boards use the full width. */
    wide?: boolean;
    /** Pages without the shell's footer, e.g. a score sheet that fills the window. */
    bare?: boolean;
  }
}

const found = import.meta.glob<StageFront>(
  ['../*/index.ts', '!../app/index.ts', '!../ui/index.ts', '!../locales/index.ts'],
  { eager: true },
);

export const stageRoutes: RouteRecordRaw[] = Object.values(found).flatMap((stage) => stage.routes ?? []);
const entries: readonly MenuEntry[] = Object.values(found).flatMap((stage) => stage.menu ?? []);

/** The navigation of somebody who holds these roles, or of nobody in particular. */
export function menuOf(roles: readonly Role[] | undefined): MenuEntry[] {
  const wanted: readonly (Role | 'public')[] = roles === undefined ? ['public'] : roles;
  const seen = new Set<string>();
  return entries
    .filter((entry) => entry.for.some((role) => wanted.includes(role)))
    .sort((a, b) => a.order - b.order)
    .filter((entry) => !seen.has(entry.to) && seen.add(entry.to))
    .slice(0, 7);
}

/** The sections that these roles add to a tender's one page, in order. */
export function sectionsFor(held: readonly Role[]): TenderSection[] {
  return Object.values(found)
    .flatMap((stage) => stage.tenderSections ?? [])
    .filter((section) => section.for.some((role) => held.includes(role)))
    .sort((a, b) => a.order - b.order);
}
