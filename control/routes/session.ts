import { Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as v from 'valibot'
import { ApiError } from '../errors.ts'
import { principalOfToken } from '../middleware/auth.ts'
import { describe } from '../middleware/describe.ts'
import { jsonBody } from '../middleware/validate.ts'
import { cameOverTls } from '../public-url.ts'
import type { Runtime } from '../runtime.ts'
import { readSession, sessionCookie, sessionSeconds, signSession } from '../secrets/session.ts'

const signIn = v.strictObject({ token: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(4_096)) })
const sessionSchema = v.strictObject({ token_id: v.string() })
/** Null: nobody is signed in. */
const sessionNow = v.strictObject({ token_id: v.nullable(v.string()) })

/** The dashboard's session: an API token is exchanged for a cookie that scripts can't read. */
export const sessionRoutes = (runtime: Runtime) =>
  new Hono()
    .post('/', describe('Sign in', 201, sessionSchema), jsonBody(signIn), async (c) => {
      const { token } = c.req.valid('json')
      const principal = await principalOfToken(runtime, token)
      if (!principal)
        throw new ApiError(
          'unauthorized',
          'This token is not known here. Paste the admin token that the first start printed.',
        )
      setCookie(c, sessionCookie, await signSession(runtime, token), {
        httpOnly: true,
        sameSite: 'Strict',
        // A forged header only makes the cookie stricter, and only the cookie of the one who wrote it.
        secure: cameOverTls(c.req.raw),
        path: '/',
        maxAge: sessionSeconds,
      })
      return c.json({ token_id: principal.tokenId }, 201)
    })
    .get('/', describe('Read the session; null where nobody is signed in', 200, sessionNow), async (c) => {
      const session = await readSession(runtime, getCookie(c, sessionCookie) ?? '')
      return c.json({ token_id: session?.tokenId ?? null })
    })
    .delete('/', describe('Sign out', 204), (c) => {
      deleteCookie(c, sessionCookie, { path: '/' })
      return c.body(null, 204)
    })
