import { eq } from 'drizzle-orm'
import { jwtVerify, SignJWT } from 'jose'
import { signatureAlgorithm } from '#schema/job-signature.ts'
import { apiTokens } from '#schema/tables/credentials.ts'
import type { Runtime } from '../runtime.ts'
import { tokenDigest } from './token-digest.ts'

/** Name of the dashboard's cookie. */
export const sessionCookie = 'weir_session'
/** A session lasts a week, seconds. */
export const sessionSeconds = 7 * 24 * 3600

const type = 'weir-session+jwt'
const issuer = 'weir-control'

/**
 * A signed session of the holder of an API token. It names the token by its digest, so it ends when the token is gone
 * or replaced, or after a week.
 */
export async function signSession({ signingKeys, now }: Runtime, token: string): Promise<string> {
  const key = await signingKeys.current()
  return new SignJWT()
    .setProtectedHeader({ alg: signatureAlgorithm, kid: key.kid, typ: type })
    .setIssuer(issuer)
    .setAudience(issuer)
    .setSubject(await tokenDigest(token))
    .setIssuedAt(now())
    .setExpirationTime(Math.floor(now().getTime() / 1000) + sessionSeconds)
    .sign(key.privateKey)
}

/** Whose session this is; undefined if it is forged, over, or its token is gone or replaced. */
export async function readSession(
  { db, signingKeys, now }: Runtime,
  session: string,
): Promise<{ tokenId: string } | undefined> {
  const { publicKey } = await signingKeys.current()
  const verified = await jwtVerify(session, publicKey, {
    algorithms: [signatureAlgorithm],
    typ: type,
    issuer,
    audience: issuer,
    currentDate: now(),
    requiredClaims: ['exp', 'sub'],
  }).catch(() => undefined)
  const digest = verified?.payload.sub
  if (digest === undefined) return undefined
  const [row] = await db.select({ tokenId: apiTokens.id }).from(apiTokens).where(eq(apiTokens.digest, digest))
  return row
}
