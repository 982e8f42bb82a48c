import type { AccessScope } from '#schema/enums.ts'

/** A part of the API whose scope is another than `read` for GET and HEAD and `write` for the rest. */
interface ScopeRule {
  /** The path itself, and all below it. */
  readonly prefix: string
  /** Left out: of all methods. `changes`: all but GET and HEAD. */
  readonly of?: 'changes'
  /** `any`: whoever is known. */
  readonly scope: AccessScope | 'any'
}

/** First match wins. Whatever changes who and what belongs to the install needs `admin`: add new prefixes here. */
export const scopeRules: readonly ScopeRule[] = [
  { prefix: '/v1/tokens', scope: 'admin' },
  { prefix: '/v1/users', scope: 'admin' },
  { prefix: '/v1/invitations', scope: 'admin' },
  { prefix: '/v1/audit-log', scope: 'admin' },
  { prefix: '/v1/keys', scope: 'admin' },
  { prefix: '/v1/join-tokens', scope: 'admin' },
  { prefix: '/v1/workers', of: 'changes', scope: 'admin' },
  { prefix: '/v1/webhooks', scope: 'admin' },
  { prefix: '/v1/settings', of: 'changes', scope: 'admin' },
  { prefix: '/v1/export', scope: 'admin' },
  { prefix: '/v1/import', scope: 'admin' },
  { prefix: '/v1/backup', scope: 'admin' },
  { prefix: '/v1/backups', scope: 'admin' },
  { prefix: '/v1/alert-rules', of: 'changes', scope: 'admin' },
  { prefix: '/v1/log-levels', of: 'changes', scope: 'admin' },
  // A plan changes nothing; the body is only too large for a query.
  { prefix: '/v1/plan', scope: 'read' },
  // Everybody's own.
  { prefix: '/v1/sessions', scope: 'any' },
]

/** The scope that a request needs; `any`: a credential is enough. */
export function neededScope(method: string, path: string, rules = scopeRules): AccessScope | 'any' {
  const isRead = isReadMethod(method)
  const rule = rules.find(({ prefix, of }) => isBelow(path, prefix) && !(of === 'changes' && isRead))
  return rule?.scope ?? (isRead ? 'read' : 'write')
}

/** Whether a method only looks (RFC 9110 §9.2.1). */
export const isReadMethod = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS'

/** How far a token for one live stream gets with a path. */
export type StreamReach =
  /** The path shows nothing of any stream, or its route shows only that one. */
  | { readonly kind: 'open' }
  | { readonly kind: 'stream'; readonly id: string }
  /** What hangs on a stream without naming it. */
  | { readonly kind: 'broadcast'; readonly id: string }
  | { readonly kind: 'closed' }

/** Paths that a token for one live stream may ask: lists that are filtered, and what is the same for all. */
const openToStreamTokens: readonly { readonly prefix: string; readonly method?: 'GET' }[] = [
  { prefix: '/v1/stream', method: 'GET' },
  { prefix: '/v1/platforms', method: 'GET' },
  { prefix: '/v1/ladders', method: 'GET' },
  { prefix: '/v1/plan' },
  { prefix: '/v1/sessions' },
]

/** Where a token for one live stream gets with this request. What is not known here is closed. */
export function streamReach(method: string, path: string): StreamReach {
  const [, , collection, id] = path.split('/')
  if (collection === 'live-streams')
    return id ? { kind: 'stream', id } : { kind: isReadMethod(method) ? 'open' : 'closed' }
  if (collection === 'broadcasts' && id) return { kind: 'broadcast', id }
  const isOpen = openToStreamTokens.some(
    ({ prefix, method: only }) => isBelow(path, prefix) && (only === undefined || isReadMethod(method)),
  )
  return { kind: isOpen ? 'open' : 'closed' }
}

const isBelow = (path: string, prefix: string) => path === prefix || path.startsWith(`${prefix}/`)
