import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { cameOverTls } from '../public-url.ts'
import { sessionSeconds } from './sessions.ts'

/**
 * Names of the dashboard's cookie. Over TLS browsers take the second from this very host alone (RFC 6265bis §4.1.3.2): a page of
 * a host beside ours can't sign anybody in with its own session.
 */
export const sessionCookieNames = { plain: 'weir_session', tls: '__Host-weir_session' } as const

export const readSessionCookie = (c: Context): string | undefined => getCookie(c, nameFor(c))

export function writeSessionCookie(c: Context, secret: string): void {
  setCookie(c, nameFor(c), secret, { ...options(c), httpOnly: true, sameSite: 'Strict', maxAge: sessionSeconds })
}

export function dropSessionCookie(c: Context): void {
  deleteCookie(c, nameFor(c), options(c))
}

const nameFor = ({ req }: Context) => sessionCookieNames[cameOverTls(req.raw) ? 'tls' : 'plain']

/** A forged header only makes the cookie stricter, and only the cookie of the one who wrote it. */
const options = ({ req }: Context) => ({ path: '/', secure: cameOverTls(req.raw) })
