import { readFile } from 'node:fs/promises'
import { generateKeyPair } from 'jose'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { contractNumber, isCompatible, readContract } from '#schema/contract-version.ts'
import { jobSchema } from '#schema/contracts/job.ts'
import { heartbeatRequest, heartbeatResponse } from '#schema/contracts/worker.ts'
import { signJob, verifyJob } from '#schema/job-signature.ts'
import { tolerant } from '#schema/tolerant.ts'

const recorded = async (name: string) =>
  JSON.parse(await readFile(`${import.meta.dirname}/../fixtures/contract-1/${name}.json`, 'utf8'))

/** The same with a field that nobody knows in each object. */
function withUnknown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnknown)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inside]) => [key, withUnknown(inside)])
  return { ...Object.fromEntries(entries), of_a_later_version: { more: true } }
}

describe('the number of the contract', () => {
  it('is 1 where nobody says one, and none where it is nonsense', () => {
    expect(readContract(undefined)).toBe(1)
    expect(readContract(null)).toBe(1)
    expect(readContract('7')).toBe(7)
    expect(readContract('newest')).toBeNaN()
  })

  it.each([
    [contractNumber - 2, false],
    [contractNumber - 1, true],
    [contractNumber, true],
    [contractNumber + 1, true],
    [contractNumber + 2, false],
    [Number.NaN, false],
  ])('%s works together with ours: %s', (contract, works) => {
    expect(isCompatible(contract)).toBe(works)
  })
})

describe('a message of another version', () => {
  it('of the one before is taken: a job', async () => {
    const job = await recorded('job')
    expect(v.parse(tolerant(jobSchema), job)).toMatchObject(job)
  })

  it('of the one before is taken: a heartbeat', async () => {
    const beat = await recorded('heartbeat')
    expect(v.parse(tolerant(heartbeatRequest), beat)).toMatchObject(beat)
  })

  it('of the one after is taken without what is not known, at every depth', async () => {
    for (const [schema, name] of [
      [jobSchema, 'job'],
      [heartbeatRequest, 'heartbeat'],
    ] as const) {
      const known = v.parse(schema, await recorded(name))
      expect(v.safeParse(schema, withUnknown(known)).success).toBe(false)
      expect(v.parse(tolerant(schema), withUnknown(known))).toEqual(known)
    }
    const answer = { jobs: [], stops: [], lost: [], later: 1 }
    expect(v.parse(tolerant(heartbeatResponse), answer)).not.toHaveProperty('later')
  })

  it('is refused all the same where a known field is wrong', async () => {
    const job = await recorded('job')
    for (const wrong of [{ fence: 'four' }, { inputs: [{ type: 'carrier_pigeon' }] }, { destinations: [{ id: 1 }] }])
      expect(v.safeParse(tolerant(jobSchema), { ...job, ...wrong }).success).toBe(false)
  })

  it('is a job that a worker verifies and runs', async () => {
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    const job = withUnknown(await recorded('job')) as v.InferOutput<typeof jobSchema>
    const token = await signJob(job, 'wrk_1', { kid: 'sgn_1', privateKey }, new Date())
    const read = await verifyJob(token, 'wrk_1', async () => publicKey, new Date())
    expect(read).toMatchObject({ live_stream_id: job.live_stream_id, fence: job.fence })
    expect(read).not.toHaveProperty('of_a_later_version')
  })
})
