import {
  createLocalJWKSet,
  decodeProtectedHeader,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { JOSEError, JWTExpired } from 'jose/errors'
import { signatureAlgorithm } from '#schema/job-signature.ts'
import type { Runtime } from '../runtime.ts'
import type { FoundPlayback } from './find-playback.ts'

/** Marks a token of ours; one that the operator signs with a key of his own needs no mark. */
const type = 'weir-playback+jwt'
const issuer = 'weir-control'
/** Clocks of the operator's machines may differ by this much, seconds. */
const toleranceSeconds = 5
/** Longer ones are not looked at, characters. */
const longestToken = 2_048
/** Tokens remembered at most (2 MiB or so), for a minute: a signature is not checked anew with each segment. */
const rememberedMax = 2_000
const rememberedMs = 60_000
/** Our public keys are read again after this long, milliseconds; for a key that is not among them, after the shorter time. */
const keysFreshMs = 60_000
const keysRetryMs = 2_000

/** A token that lets whoever has it watch `playbackId` until `expiresAt`. */
export async function signPlaybackToken(
  { signingKeys, now }: Pick<Runtime, 'signingKeys' | 'now'>,
  playbackId: string,
  expiresAt: Date,
): Promise<string> {
  const key = await signingKeys.current()
  return new SignJWT()
    .setProtectedHeader({ alg: signatureAlgorithm, kid: key.kid, typ: type })
    .setIssuer(issuer)
    .setAudience(playbackId)
    .setIssuedAt(now())
    .setExpirationTime(Math.floor(expiresAt.getTime() / 1000))
    .sign(key.privateKey)
}

export type TokenState = 'valid' | 'expired' | 'invalid'
export type CheckToken = (playback: FoundPlayback, token: string) => Promise<TokenState>

/** Checks tokens of signed playback: signed by a key of ours or of this playback id, for this id, and not over. */
export function createTokenCheck({ signingKeys, now }: Pick<Runtime, 'signingKeys' | 'now'>): CheckToken {
  // Values, never pending promises: at the edge a request must not wait for the I/O of another.
  const remembered = new Map<
    string,
    { playbackId: string; ownKey: string | undefined; atMs: number; expiresMs: number }
  >()
  let published: { atMs: number; keys: JSONWebKeySet } | undefined

  async function publishedWith(kid: string): Promise<JSONWebKeySet> {
    const nowMs = now().getTime()
    const knows = published?.keys.keys.some((key) => key.kid === kid)
    if (!published || nowMs - published.atMs > (knows ? keysFreshMs : keysRetryMs))
      published = { atMs: nowMs, keys: { keys: [...(await signingKeys.published())] as JWK[] } }
    return published.keys
  }

  async function verify({ playbackId, tokenKeys }: FoundPlayback, token: string): Promise<TokenState> {
    const { kid = '' } = decodeProtectedHeader(token)
    const own = tokenKeys.find((key) => key.kid === kid)
    const options = {
      algorithms: [signatureAlgorithm],
      audience: playbackId,
      currentDate: now(),
      clockTolerance: toleranceSeconds,
      requiredClaims: ['exp'],
    }
    const { payload } = own
      ? await jwtVerify(token, await importJWK({ ...own }, signatureAlgorithm), options)
      : await jwtVerify(token, createLocalJWKSet(await publishedWith(kid)), { ...options, typ: type, issuer })
    const [oldest] = remembered.keys()
    if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
    const expiresMs = ((payload.exp as number) + toleranceSeconds) * 1000
    remembered.delete(token)
    remembered.set(token, { playbackId, ownKey: own?.x, atMs: now().getTime(), expiresMs })
    return 'valid'
  }

  return async (playback, token) => {
    if (token.length > longestToken) return 'invalid'
    const nowMs = now().getTime()
    const known = remembered.get(token)
    if (known && known.expiresMs <= nowMs) return 'expired'
    if (known?.playbackId === playback.playbackId && nowMs - known.atMs < rememberedMs) {
      // A key that the operator takes away makes its tokens worthless at once.
      if (known.ownKey === undefined || playback.tokenKeys.some(({ x }) => x === known.ownKey)) return 'valid'
    }
    try {
      return await verify(playback, token)
    } catch (error) {
      if (error instanceof JWTExpired) return 'expired'
      if (error instanceof JOSEError || error instanceof TypeError) return 'invalid'
      throw error
    }
  }
}
