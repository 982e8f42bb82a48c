import { type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose'
import * as v from 'valibot'
import { publicJwk } from './contracts/worker.ts'
import { JobRefused, type SigningKey, signatureAlgorithm } from './job-signature.ts'

const type = 'weir-keys+jwt'
const issuer = 'weir-control'
const lifetimeSeconds = 120

/** Public keys of control that a worker is to trust from now on, instead of those that it pinned before. */
const keySet = v.pipe(
  v.array(
    v.object({ ...publicJwk.entries, kid: v.string(), alg: v.optional(v.string()), use: v.optional(v.string()) }),
  ),
  v.minLength(1),
  v.maxLength(20),
)
export type KeySet = v.InferOutput<typeof keySet>

/** Signs a set of keys for one worker, with a key that it trusts already. It must be accepted within two minutes. */
export const signKeySet = (keys: KeySet, workerId: string, key: SigningKey, now: Date): Promise<string> =>
  new SignJWT({ keys })
    .setProtectedHeader({ alg: signatureAlgorithm, kid: key.kid, typ: type })
    .setIssuer(issuer)
    .setAudience(workerId)
    .setIssuedAt(now)
    .setExpirationTime(Math.floor(now.getTime() / 1000) + lifetimeSeconds)
    .sign(key.privateKey)

/** The set inside `token`, if one of the pinned `keys` signed it for this worker a moment ago; else {@link JobRefused}. */
export async function verifyKeySet(token: string, workerId: string, keys: JWTVerifyGetKey, now: Date): Promise<KeySet> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [signatureAlgorithm],
      typ: type,
      issuer,
      audience: workerId,
      currentDate: now,
      clockTolerance: 60,
      requiredClaims: ['exp', 'iat'],
    })
    return v.parse(keySet, payload.keys)
  } catch (cause) {
    throw new JobRefused('The new keys are not signed for this worker by a control plane that it trusts.', { cause })
  }
}
