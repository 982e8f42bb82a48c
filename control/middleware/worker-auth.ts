import { eq } from 'drizzle-orm'
import { createMiddleware } from 'hono/factory'
import { decodeJwt, errors, importJWK, type JWK, jwtVerify } from 'jose'
import { signatureAlgorithm } from '#schema/job-signature.ts'
import { type WorkerRow, workers } from '#schema/tables/workers.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { bearerToken } from './auth.ts'

/** A worker signs each request with a token that lives this long at most, seconds. */
const tokenSecondsMax = 60
/** Clocks may differ by so much, seconds. */
const clockToleranceSeconds = 30

/** Lets only a worker that has joined through: `Authorization: Bearer` with a JWT that its own key signed. */
export const requireWorker = (runtime: Runtime) =>
  createMiddleware<{ Variables: { worker: WorkerRow } }>(async (c, next) => {
    const worker = await workerOf(runtime, bearerToken(c.req.header('authorization')) ?? '')
    if (!worker)
      throw new ApiError(
        'unauthorized',
        "The worker's token is not valid: it must be a fresh JWT signed with the key that the worker joined with. Check the clock, or join again.",
      )
    c.set('worker', worker)
    return next()
  })

async function workerOf({ db, now }: Runtime, token: string): Promise<WorkerRow | undefined> {
  try {
    const { iss } = decodeJwt(token)
    if (!iss) return undefined
    const [worker] = await db.select().from(workers).where(eq(workers.id, iss))
    if (!worker) return undefined
    const { payload } = await jwtVerify(token, await importJWK({ ...worker.signingKey } as JWK, signatureAlgorithm), {
      algorithms: [signatureAlgorithm],
      issuer: worker.id,
      audience: 'weir-control',
      currentDate: now(),
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: tokenSecondsMax,
      requiredClaims: ['exp', 'iat'],
    })
    const { exp = Infinity, iat = 0 } = payload
    return exp - iat <= tokenSecondsMax ? worker : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined
    throw error
  }
}
