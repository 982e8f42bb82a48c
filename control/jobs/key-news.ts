import { signKeySet } from '#schema/key-set.ts'
import type { Runtime } from '../runtime.ts'

/**
 * What a worker that trusts the keys `known` must hear: the set to trust from now on, signed with one of those. Undefined: it
 * has them already, does not say, or knows none that still signs, and must join again then.
 */
export async function keyNewsFor(
  { signingKeys, log, now }: Runtime,
  workerId: string,
  known: readonly string[] | undefined,
): Promise<string | undefined> {
  if (known === undefined) return undefined
  const keys = await signingKeys.published()
  if (keys.length === known.length && keys.every(({ kid }) => known.includes(kid))) return undefined
  const key = await signingKeys.knownAs(known)
  if (key) return signKeySet([...keys], workerId, key, now())
  log.warn(
    { worker: workerId },
    'the worker trusts none of our signing keys: remove its identity.json and join it again',
  )
  return undefined
}
