import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { cameOverTls } from '../public-url.ts'

/** Pages load nothing from elsewhere and hold no inline script or style (CSP level 3). */
const policy = (frameAncestors: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    `frame-ancestors ${frameAncestors}`,
  ].join('; ')

/** Headers of every answer. */
export const securityHeaders = createMiddleware(async (c, next) => {
  await next()
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Referrer-Policy', 'strict-origin-when-cross-origin')
  if (new URL(c.req.url).protocol === 'https:') c.header('Strict-Transport-Security', 'max-age=31536000')
})

/** What a page may use of the visitor's machine. `capture`: camera, microphone and screen, after the browser asked. */
const permissions = {
  none: 'camera=(), microphone=(), display-capture=(), geolocation=()',
  capture: 'camera=(self), microphone=(self), display-capture=(self), geolocation=()',
} as const

/** Headers of an HTML page. Only `framing: 'self'` may stand in a frame, and only on our own pages. */
export const pageHeaders = (framing: 'none' | 'self', permission: keyof typeof permissions = 'none') =>
  createMiddleware(async (c, next) => {
    await next()
    setPageHeaders(c, `'${framing}'`, permission)
  })

/** Headers of a page that may stand in frames of `frameAncestors`, as CSP writes them: `'none'`, `'self'`, `*` or origins. */
export function setPageHeaders(
  c: Context,
  frameAncestors: string,
  permission: keyof typeof permissions = 'none',
): void {
  c.header('Content-Security-Policy', policy(frameAncestors))
  if (frameAncestors === "'none'") c.header('X-Frame-Options', 'DENY')
  // Elsewhere browsers ignore it, and log an error.
  if (isTrustworthy(c.req.raw)) c.header('Cross-Origin-Opener-Policy', 'same-origin')
  c.header('Permissions-Policy', permissions[permission])
  c.header('Cache-Control', 'no-cache')
}

/** Whether browsers trust the way to us (Secure Contexts §3.1). */
const isTrustworthy = (request: Request): boolean =>
  cameOverTls(request) || /^(.+\.)?localhost$|^127\.|^\[::1\]$/.test(new URL(request.url).hostname)

/** Headers of what comes from a worker: opened as a page it runs nothing and loads nothing (CSP level 3). */
export const mediaHeaders = createMiddleware(async (c, next) => {
  await next()
  c.header('Content-Security-Policy', "sandbox; default-src 'none'")
})

/** Headers of what any site may load: the player and media. */
export const publicResource = createMiddleware(async (c, next) => {
  await next()
  c.header('Cross-Origin-Resource-Policy', 'cross-origin')
})
