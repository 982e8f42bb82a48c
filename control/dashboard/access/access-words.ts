import type { AccessScope, UserRole } from '#schema/enums.ts'

/** Roles in the order in which people choose. */
export const roleWords: Record<UserRole, readonly [name: string, may: string]> = {
  viewer: ['Viewer', 'looks at everything, changes nothing'],
  operator: ['Operator', 'runs streams and destinations'],
  owner: ['Owner', 'everything, people and tokens too'],
}

/** What a program may do, from the least to the most. */
export const scopeChoices: readonly (readonly [value: string, words: string, scopes: readonly AccessScope[]])[] = [
  ['read', 'Look only', ['read']],
  ['write', 'Look, and change streams', ['read', 'write']],
  ['admin', 'Everything, people and tokens too', ['read', 'write', 'admin']],
]

/** What a token may do, in words. */
export function scopeWords(scopes: readonly AccessScope[]): string {
  const known = scopeChoices.find(
    ([, , all]) => all.length === scopes.length && all.every((scope) => scopes.includes(scope)),
  )
  return known?.[1] ?? (scopes.length === 0 ? 'Nothing any more' : scopes.join(', '))
}

/** How long a token or an invitation lasts, in seconds; '' for ever. */
export const lifetimes: readonly (readonly [string, string])[] = [
  [String(24 * 3600), 'One day'],
  [String(7 * 24 * 3600), 'A week'],
  [String(30 * 24 * 3600), '30 days'],
  [String(365 * 24 * 3600), 'A year'],
  ['', 'Until it is revoked'],
]
