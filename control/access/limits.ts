import type { AccessScope, UserRole } from '#schema/enums.ts'
import { ApiError } from '../errors.ts'
import type { Principal } from './principal.ts'
import { scopesOfRole } from './roles.ts'

/** Refuses a token with a scope that its maker does not have. */
export function requireScopesOf(maker: Principal, wanted: readonly AccessScope[]): void {
  const missing = wanted.filter((scope) => !maker.scopes.includes(scope))
  if (missing.length === 0) return
  throw new ApiError(
    'forbidden',
    `Nobody can give what they do not have: this credential lacks ${missing.join(' and ')}.`,
    { extra: { required_scope: missing[0] } },
  )
}

/** Refuses to let people in, or up, by a credential that is less than they would be. */
export function requireRoleOf(maker: Principal, role: UserRole): void {
  requireScopesOf(maker, scopesOfRole[role])
  if (maker.expiresAt === null) return
  throw new ApiError('forbidden', 'A token that ends by itself can not let people in for good. Use one without an end.')
}

/** Refuses an end after the maker's own. */
export function requireEndOf(maker: Principal, expiresAt: Date | null): void {
  if (maker.expiresAt === null || (expiresAt !== null && expiresAt <= maker.expiresAt)) return
  throw new ApiError(
    'forbidden',
    `This credential ends at ${maker.expiresAt.toISOString()}, so what it makes must end by then. Give an earlier expires_at.`,
  )
}
