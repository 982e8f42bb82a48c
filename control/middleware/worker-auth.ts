import { eq } from 'drizzle-orm'
import { createMiddleware } from 'hono/factory'
import { decodeJwt, errors, importJWK, type JWK, jwtVerify } from 'jose'
import { contractHeaders, contractNumber, isCompatible, readContract } from '#schema/contract-version.ts'
import { signatureAlgorithm } from '#schema/job-signature.ts'
import { type WorkerRow, workers } from '#schema/tables/workers.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { bearerToken } from './auth.ts'

/** A worker signs each request with a token that lives this long at most, seconds. */
const tokenSecondsMax = 60
/** Clocks may differ by so much, seconds. */
const clockToleranceSeconds = 30

/** What routes of workers know of who calls. */
export interface WorkerVariables {
  worker: WorkerRow
  /** The start of its process; null: it does not say. */
  instance: string | null
  /** What it speaks: schema/contract-version.ts. */
  contract: number
  version: string
}

/** Random text of a worker's choice. */
const instanceShape = /^[\w-]{8,64}$/

/** Says which contract control speaks and what time it has, and refuses workers that are too many versions apart from it. */
export const sameContract = ({ now }: Pick<Runtime, 'now'>) =>
  createMiddleware<{ Variables: Pick<WorkerVariables, 'contract'> }>(async (c, next) => {
    c.header(contractHeaders.contract, String(contractNumber))
    const contract = readContract(c.req.header(contractHeaders.contract))
    if (!isCompatible(contract))
      throw new ApiError(
        'version_skew',
        `This control plane speaks version ${contractNumber} of the contract with workers, and this worker ${Number.isNaN(contract) ? 'another one' : `version ${contract}`}: they work together up to one apart. Bring the older one to the version of the newer.`,
      )
    c.set('contract', contract)
    await next()
    c.header(contractHeaders.time, now().toISOString())
  })

/** Lets only a worker that has joined through: `Authorization: Bearer` with a JWT that its own key signed. */
export const requireWorker = (runtime: Runtime) =>
  createMiddleware<{ Variables: WorkerVariables }>(async (c, next) => {
    const worker = await workerOf(runtime, bearerToken(c.req.header('authorization')) ?? '')
    if (!worker)
      throw new ApiError(
        'unauthorized',
        "The worker's token is not valid: it must be a fresh JWT signed with the key that the worker joined with. Check the clock, or join again.",
      )
    const instance = c.req.header(contractHeaders.instance)
    if (instance !== undefined && worker.retiredInstances.includes(instance))
      throw new ApiError(
        'instance_retired',
        'This worker was started again since, on this host or on another: whatever this start of it held is not its own any more. End this process.',
      )
    c.set('worker', worker)
    c.set('instance', instance !== undefined && instanceShape.test(instance) ? instance : null)
    c.set('version', c.req.header(contractHeaders.version)?.slice(0, 60) || worker.version)
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
