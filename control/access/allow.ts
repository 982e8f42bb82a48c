import { eq } from 'drizzle-orm'
import type { AccessScope } from '#schema/enums.ts'
import { broadcasts } from '#schema/tables/broadcasts.ts'
import { ApiError, notFound } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import type { Principal } from './principal.ts'
import { neededScope, streamReach } from './scopes.ts'

/** Refuses what the scopes of a principal, or its one live stream, do not cover. */
export async function requireAllowed(
  { db }: Pick<Runtime, 'db'>,
  principal: Principal,
  method: string,
  path: string,
): Promise<void> {
  const scope = neededScope(method, path)
  if (scope !== 'any' && !principal.scopes.includes(scope)) throw missingScope(principal, scope)
  const { liveStreamId } = principal
  if (liveStreamId === null) return
  const reach = streamReach(method, path)
  if (reach.kind === 'closed')
    throw new ApiError('forbidden', 'This token is for one live stream, and this goes beyond it. Use another token.')
  if (reach.kind === 'stream' && reach.id !== liveStreamId) throw notFound('live stream')
  if (reach.kind !== 'broadcast') return
  const [broadcast] = await db
    .select({ liveStreamId: broadcasts.liveStreamId })
    .from(broadcasts)
    .where(eq(broadcasts.id, reach.id))
  if (broadcast?.liveStreamId !== liveStreamId) throw notFound('broadcast')
}

/** Of something that a request names in its body: refuses it where the principal's token is for another live stream. */
export function requireStreamInReach(principal: Principal, liveStreamId: string | undefined): void {
  if (principal.liveStreamId === null || principal.liveStreamId === liveStreamId) return
  throw new ApiError('forbidden', 'This token is for one live stream. Name that one in live_stream_id.')
}

/** `required_scope` is beside the words, for programs. */
function missingScope({ name, role, scopes }: Principal, scope: AccessScope): ApiError {
  const has = scopes.length > 0 ? `it has ${scopes.join(' and ')}` : 'it has none'
  const words =
    role === null
      ? `This needs the scope ${scope}, which the token “${name}” does not have (${has}). Use a token that has it.`
      : `This needs the scope ${scope}, which your role (${role}) does not have. Ask an owner.`
  return new ApiError('forbidden', words, { extra: { required_scope: scope } })
}
