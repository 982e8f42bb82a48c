import { mediaAccessSeconds, signMediaAccess } from '#schema/job-signature.ts'
import type { Runtime } from '../runtime.ts'

/** Workers remembered at most. */
const rememberedMax = 1_000

/** Gives the `Authorization` by which a worker knows control when it serves what is not for everybody. */
export function createMediaAccess({
  signingKeys,
  now,
}: Pick<Runtime, 'signingKeys' | 'now'>): (workerId: string) => Promise<string> {
  const remembered = new Map<string, { readonly atMs: number; readonly authorization: string }>()
  return async (workerId) => {
    const nowMs = now().getTime()
    const known = remembered.get(workerId)
    // A signature costs more than a look: one is used for half its time.
    if (known && Math.abs(nowMs - known.atMs) < mediaAccessSeconds * 500) return known.authorization
    const authorization = `Bearer ${await signMediaAccess(workerId, await signingKeys.current(), now())}`
    remembered.delete(workerId)
    const [oldest] = remembered.keys()
    if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
    remembered.set(workerId, { atMs: nowMs, authorization })
    return authorization
  }
}
