import {
  CompactEncrypt,
  compactDecrypt,
  importJWK,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose'
import * as v from 'valibot'
import { type DestinationCheckOrder, destinationCheckOrder } from './contracts/destination-check.ts'
import { type Job, jobSchema } from './contracts/job.ts'
import { tolerant } from './tolerant.ts'

/** JWS algorithm of jobs and worker tokens (RFC 8037). Nothing else is accepted. */
export const signatureAlgorithm = 'EdDSA'
const issuer = 'weir-control'
const jobLifetimeSeconds = 120
const mediaAccessType = 'weir-media+jwt'
/** How long {@link signMediaAccess} lasts. */
export const mediaAccessSeconds = 600

/** A key that signs jobs, with the id under which control publishes its public half. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

/** Thrown when a token of control is not to be trusted or not for this worker; the worker runs nothing of it. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused'
}

/** Signs `job` for one worker. The token must be accepted within two minutes; the lease governs after that. */
export function signJob(job: Job, workerId: string, key: SigningKey, now: Date): Promise<string> {
  return sign('weir-job+jwt', { job }, workerId, key, now)
}

/** Signs the order to try a connection, in the same way. */
export function signCheck(check: DestinationCheckOrder, workerId: string, key: SigningKey, now: Date): Promise<string> {
  return sign('weir-check+jwt', { check }, workerId, key, now)
}

function sign(typ: string, claims: JWTPayload, workerId: string, key: SigningKey, now: Date): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: signatureAlgorithm, kid: key.kid, typ })
    .setIssuer(issuer)
    .setAudience(workerId)
    .setIssuedAt(now)
    .setExpirationTime(Math.floor(now.getTime() / 1000) + jobLifetimeSeconds)
    .sign(key.privateKey)
}

/** Lets control fetch the media of signed playback from one worker, for ten minutes. */
export function signMediaAccess(workerId: string, { kid, privateKey }: SigningKey, now: Date): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: signatureAlgorithm, kid, typ: mediaAccessType })
    .setIssuer(issuer)
    .setAudience(workerId)
    .setIssuedAt(now)
    .setExpirationTime(Math.floor(now.getTime() / 1000) + mediaAccessSeconds)
    .sign(privateKey)
}

/** Throws {@link JobRefused} unless control made `token` for this worker, and lately. */
export async function verifyMediaAccess(
  token: string,
  workerId: string,
  keys: JWTVerifyGetKey,
  now: Date,
): Promise<void> {
  await verify(mediaAccessType, token, workerId, keys, now, () => undefined)
}

/** The job inside `token`, if it is signed by a pinned key, for this worker, in time and well formed; else {@link JobRefused}. */
export async function verifyJob(token: string, workerId: string, keys: JWTVerifyGetKey, now: Date): Promise<Job> {
  return verify('weir-job+jwt', token, workerId, keys, now, (claims) => v.parse(tolerant(jobSchema), claims.job))
}

/** The order inside `token`, likewise. */
export async function verifyCheck(
  token: string,
  workerId: string,
  keys: JWTVerifyGetKey,
  now: Date,
): Promise<DestinationCheckOrder> {
  return verify('weir-check+jwt', token, workerId, keys, now, (claims) =>
    v.parse(tolerant(destinationCheckOrder), claims.check),
  )
}

async function verify<Content>(
  typ: string,
  token: string,
  workerId: string,
  keys: JWTVerifyGetKey,
  now: Date,
  read: (claims: JWTPayload) => Content,
): Promise<Content> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: [signatureAlgorithm],
      typ,
      issuer,
      audience: workerId,
      currentDate: now,
      clockTolerance: 60,
      requiredClaims: ['exp', 'iat'],
    })
    return read(payload)
  } catch (cause) {
    throw new JobRefused('The order is not signed for this worker by a control plane that it trusts.', { cause })
  }
}

/** Seals a secret so that only the worker with the private half of `sealingKey` (X25519) reads it: a compact JWE. */
export async function sealSecret(secret: string, sealingKey: JWK): Promise<string> {
  const key = await importJWK(sealingKey, 'ECDH-ES')
  return new CompactEncrypt(new TextEncoder().encode(secret))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM' })
    .encrypt(key)
}

/** Opens what {@link sealSecret} made. */
export async function openSecret(sealed: string, privateKey: CryptoKey): Promise<string> {
  const { plaintext } = await compactDecrypt(sealed, privateKey, {
    keyManagementAlgorithms: ['ECDH-ES'],
    contentEncryptionAlgorithms: ['A256GCM'],
  })
  return new TextDecoder().decode(plaintext)
}
