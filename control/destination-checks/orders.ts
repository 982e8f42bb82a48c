import { and, eq, gte, isNull } from 'drizzle-orm'
import type { DestinationCheckResult } from '#schema/contracts/destination-check.ts'
import { signCheck } from '#schema/job-signature.ts'
import { destinationChecks } from '#schema/tables/destination-checks.ts'
import type { WorkerRow } from '#schema/tables/workers.ts'
import type { Runtime } from '../runtime.ts'

/** Nobody waits for what is older, milliseconds. */
export const staleMs = 20_000
const handedOutMax = 20

/** The signed orders that this worker has not answered yet. */
export async function checkOrders({ db, signingKeys, now }: Runtime, worker: WorkerRow): Promise<string[]> {
  const open = await db
    .select()
    .from(destinationChecks)
    .where(
      and(
        eq(destinationChecks.workerId, worker.id),
        gte(destinationChecks.createdAt, new Date(now().getTime() - staleMs)),
        isNull(destinationChecks.result),
      ),
    )
    .limit(handedOutMax)
  if (open.length === 0) return []
  const key = await signingKeys.current()
  return Promise.all(
    open.map(({ id, url, caPem, secretsSealed }) =>
      signCheck({ id, url, ca_pem: caPem, sealed_secrets: secretsSealed }, worker.id, key, now()),
    ),
  )
}

/** What came of an order of this worker's. One that nobody waits for any more changes nothing. */
export async function takeCheckResult(
  { db }: Runtime,
  worker: WorkerRow,
  id: string,
  result: DestinationCheckResult,
): Promise<void> {
  await db
    .update(destinationChecks)
    .set({ result })
    .where(and(eq(destinationChecks.id, id), eq(destinationChecks.workerId, worker.id)))
}
