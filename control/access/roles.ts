import type { AccessScope, UserRole } from '#schema/enums.ts'

/** What each role may do. */
export const scopesOfRole = {
  owner: ['read', 'write', 'admin'],
  operator: ['read', 'write'],
  viewer: ['read'],
} as const satisfies Record<UserRole, readonly AccessScope[]>
