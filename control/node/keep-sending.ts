import { processPulse } from '../pulse.ts'
import type { Runtime } from '../runtime.ts'
import { type Claimed, claimDue } from '../webhooks/claim.ts'
import { webhooksMax } from '../webhooks/limits.ts'
import { sendClaimed } from '../webhooks/send.ts'

/** Under way at once to one webhook, from one process; to all of them. */
const perWebhook = 4
const inAll = perWebhook * webhooksMax
/** What nothing wakes us for (times to try again, other processes) is looked for so often, milliseconds. */
const lookEveryMs = 1_000

/**
 * Sends what is due for as long as the process runs: at once after what has put it down (the pulse), else within a second.
 * Bound: 4 at once to a webhook, 200 in all.
 */
export function keepSending(runtime: Runtime): {
  /** Takes up nothing more; waits for what is under way, `graceMs` at most. What is cut off is sent again after its lease. */
  stop(graceMs: number): Promise<void>
} {
  const stopping = new AbortController()
  const { signal } = stopping
  const wake = processPulse()
  const sends = new Set<Promise<void>>()
  const underWay = new Map<string, number>()
  const begin = (claimed: Claimed) => {
    const { id } = claimed.webhook
    underWay.set(id, (underWay.get(id) ?? 0) + 1)
    const send = sendClaimed(runtime, claimed, signal).finally(() => {
      const left = (underWay.get(id) ?? 1) - 1
      if (left > 0) underWay.set(id, left)
      else underWay.delete(id)
      sends.delete(send)
      wake.fire()
    })
    sends.add(send)
  }
  const listen = async () => {
    while (!signal.aborted) {
      await runtime.pulse.wait(lookEveryMs, signal)
      wake.fire()
    }
  }
  const look = async () => {
    while (!signal.aborted) {
      const woken = wake.wait(lookEveryMs, signal)
      try {
        const room = { free: inAll - sends.size, perWebhook, underWay }
        for (const claimed of await claimDue(runtime.db, runtime.now(), room)) begin(claimed)
      } catch (error) {
        if (!signal.aborted) runtime.log.error({ err: error }, 'could not look for webhooks to send; tried again')
      }
      await woken
    }
  }
  const loops = Promise.all([listen(), look()])
  return {
    async stop(graceMs) {
      stopping.abort()
      let grace: ReturnType<typeof setTimeout> | undefined
      const over = new Promise<void>((resolve) => {
        grace = setTimeout(resolve, graceMs)
      })
      await Promise.race([loops.then(() => Promise.all(sends)), over])
      clearTimeout(grace)
    },
  }
}
