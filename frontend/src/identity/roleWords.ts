import type { Role } from '@xinbiao/contracts/kernel';
import { useT, type MessageKey } from '../locales/index.ts';

/** Names roles: 投标人、单位管理员. */
export function useRoleWords(): (roles: readonly Role[]) => string {
  const t = useT();
  return (roles) => roles.map((role) => t(`identity.role.${role}` as MessageKey)).join(t('identity.role.and'));
}
