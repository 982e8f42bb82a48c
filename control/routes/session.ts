import { type Context, Hono } from 'hono'
import {
  joinedSession,
  joinWithInvitation,
  type SessionAnswer,
  sessionSchema,
  signInRequest,
} from '#schema/contracts/access.ts'
import { principalOfSession, principalOfToken } from '../access/credentials.ts'
import { acceptInvitation } from '../access/invitations.ts'
import type { Principal } from '../access/principal.ts'
import { dropSessionCookie, readSessionCookie, writeSessionCookie } from '../access/session-cookie.ts'
import { closeSession, openSession } from '../access/sessions.ts'
import { ApiError } from '../errors.ts'
import { bearerToken, cameFrom } from '../middleware/auth.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody } from '../middleware/validate.ts'
import type { Runtime } from '../runtime.ts'

/** The dashboard's session: a token is exchanged for a cookie that scripts can't read. */
export const sessionRoutes = (runtime: Runtime) =>
  new Hono<{ Variables: { principal: Principal } }>()
    .post('/', describe('Sign in', 201, sessionSchema), jsonBody(signInRequest), async (c) => {
      refuseOtherSites(runtime, c)
      const { token } = c.req.valid('json')
      const principal = await principalOfToken(runtime, token)
      if (!principal)
        throw new ApiError(
          'unauthorized',
          'This token is not known here. Paste the token that you got, or the admin token that the first start printed.',
        )
      c.set('principal', principal)
      const sessionId = await signIn(runtime, c, principal.tokenId)
      return c.json(presentSession({ ...principal, sessionId }), 201)
    })
    .post(
      '/join',
      describe('Take an invitation and be signed in; the token is shown this once', 201, joinedSession),
      jsonBody(joinWithInvitation),
      async (c) => {
        refuseOtherSites(runtime, c)
        const { invitation, name } = c.req.valid('json')
        const { tokenId, token } = await acceptInvitation(runtime, invitation, name)
        const principal = await principalOfToken(runtime, token)
        if (!principal) throw new ApiError('unauthorized', 'This invitation was just taken back.')
        c.set('principal', principal)
        const sessionId = await signIn(runtime, c, tokenId)
        c.header('Cache-Control', 'no-store')
        return c.json({ ...presentSession({ ...principal, sessionId }), token }, 201)
      },
    )
    .get(
      '/',
      describe('Read who is signed in, or whose token this is; all null where nobody is', 200, sessionSchema),
      async (c) => {
        const header = c.req.header('authorization')
        const cookie = readSessionCookie(c)
        const principal =
          header !== undefined
            ? await principalOfToken(runtime, bearerToken(header) ?? '')
            : cookie !== undefined
              ? await principalOfSession(runtime, cookie)
              : undefined
        // Who is asked for with a credential that is nobody's is counted as one who tries.
        if (principal) c.set('principal', principal)
        return c.json(presentSession(principal))
      },
    )
    .delete('/', describe('Sign out', 204), async (c) => {
      refuseOtherSites(runtime, c)
      const cookie = readSessionCookie(c)
      const principal = cookie === undefined ? undefined : await principalOfSession(runtime, cookie)
      if (cookie !== undefined) await closeSession(runtime, cookie)
      // For the audit log, which has no line of a sign-out by nobody.
      if (principal) c.set('principal', principal)
      dropSessionCookie(c)
      return c.body(null, 204)
    })

/** Opens a session of a token and puts its cookie into the answer; gives the session's id. */
async function signIn(runtime: Runtime, c: Context, tokenId: string): Promise<string> {
  const { id, secret } = await openSession(runtime, tokenId, c.req.header('user-agent'))
  writeSessionCookie(c, secret)
  return id
}

/** Nobody is signed in or out by a page elsewhere (login CSRF). Programs, which name no origin, may. */
export function refuseOtherSites({ config }: Runtime, c: Context): void {
  if (cameFrom(config, c.req.raw) !== 'elsewhere') return
  throw new ApiError('forbidden', 'This request came from another site. Sign in on our own page.')
}

/** A principal as the API answers it. */
export const presentSession = (principal: Principal | undefined): SessionAnswer => ({
  token_id: principal?.tokenId ?? null,
  user_id: principal?.userId ?? null,
  name: principal?.name ?? null,
  role: principal?.role ?? null,
  scopes: [...(principal?.scopes ?? [])],
  live_stream_id: principal?.liveStreamId ?? null,
  session_id: principal?.sessionId ?? null,
})
