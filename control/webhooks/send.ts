import type { Runtime } from '../runtime.ts'
import { attempt } from './attempt.ts'
import { type Claimed, claimDue } from './claim.ts'
import { type Statements, settle } from './settle.ts'

/**
 * Sends what was claimed, writes down what came of it, and gives whether it was taken. Never rejects: what goes wrong on our side
 * is sent again after the lease.
 */
export async function sendClaimed(
  runtime: Runtime,
  { webhook, delivery }: Claimed,
  write: (statements: Statements) => Promise<unknown>,
  stopping?: AbortSignal,
): Promise<boolean> {
  try {
    const outcome = await attempt(runtime, webhook, delivery)
    await write(settle(runtime, delivery, outcome))
    return outcome.fault === null
  } catch (error) {
    if (!stopping?.aborted)
      runtime.log.error({ err: error, webhook: webhook.id }, 'could not send to a webhook; it is tried again')
    return false
  }
}

/** What an edge runtime lets a request or a cron have under way, and how long after the answer, milliseconds. */
const edgeRoom = { inAll: 6, perWebhook: 2, forMs: 20_000 }

/** Sends what is due now, and what becomes due meanwhile: for a runtime where nothing runs on its own. */
export async function sendDue(runtime: Runtime): Promise<void> {
  const endMs = performance.now() + edgeRoom.forMs
  while (performance.now() < endMs) {
    const room = { free: edgeRoom.inAll, perWebhook: edgeRoom.perWebhook, underWay: new Map() }
    const claimed = await claimDue(runtime.db, runtime.now(), room)
    if (claimed.length === 0) return
    await Promise.all(
      claimed.map((each) => sendClaimed(runtime, each, (statements) => runtime.db.batch([...statements]))),
    )
  }
}
