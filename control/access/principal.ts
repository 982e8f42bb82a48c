import type { Context } from 'hono'
import type { AccessScope, UserRole } from '#schema/enums.ts'

/** Who calls the API, as `c.get('principal')` has it on every route that needs a credential. */
export interface Principal {
  readonly tokenId: string
  /** Null: the token belongs to the install and not to a person. */
  readonly userId: string | null
  /** The person's name, else the token's. */
  readonly name: string
  /** Of a person. */
  readonly role: UserRole | null
  /** What it may do now: what the token has and its person's role allows. */
  readonly scopes: readonly AccessScope[]
  /** The one live stream that it sees; null: all. Lists and updates show nothing else then. */
  readonly liveStreamId: string | null
  /** When the token ends; null: it does not. */
  readonly expiresAt: Date | null
  /** The sign-in to the dashboard that the request came with; null: it came with a token. */
  readonly sessionId: string | null
}

/** The principal of a request that got past control/middleware/auth.ts. */
export const principalOf = (c: Context): Principal =>
  (c as Context<{ Variables: { principal: Principal } }>).get('principal')
