import { createLocalJWKSet } from 'jose'
import type { DestinationCheckOrder, DestinationCheckSecrets } from '#schema/contracts/destination-check.ts'
import type { HeartbeatResponse } from '#schema/contracts/worker.ts'
import { openSecret, verifyCheck } from '#schema/job-signature.ts'
import { eventually } from './eventually.ts'
import type { FakeWorker } from './fake-worker.ts'

/** What a worker is ordered to try, with its secrets opened: beats until there is an order. */
export async function orderedCheck(
  worker: FakeWorker,
): Promise<Omit<DestinationCheckOrder, 'sealed_secrets'> & { secrets: DestinationCheckSecrets }> {
  const token = await eventually('there is an order', async () => {
    const { checks } = (await (await worker.beat()).json()) as HeartbeatResponse
    return checks[0]
  })
  const { sealed_secrets, ...order } = await verifyCheck(token, worker.id, createLocalJWKSet(worker.jwks), new Date())
  return { ...order, secrets: JSON.parse(await openSecret(sealed_secrets, worker.sealingKey)) }
}
