/**
 * Identity: signing in and up, keys and certificates of this browser, the signature moment. It decides nothing;
 * later stages sign through `useSigning` or SignPanel and open what was sealed to them with `encryptionKeyOf`.
 */
import type { RouteRecordRaw } from 'vue-router';
import type { MenuEntry } from '../app/stage.ts';

export const routes: RouteRecordRaw[] = [];
export const menu: MenuEntry[] = [];
