import { processPulse } from '../pulse.ts'
import type { Runtime } from '../runtime.ts'
import { type Claimed, claimDue, release } from '../webhooks/claim.ts'
import { joinedWrites } from '../webhooks/joined-writes.ts'
import { atOnce, takenAtOnce, webhooksMax } from '../webhooks/limits.ts'
import { sendClaimed } from '../webhooks/send.ts'
import { giveUpOfDisabled } from '../webhooks/settle.ts'

/** What nothing wakes us for (times to try again, other processes) is looked for so often, milliseconds. */
const lookEveryMs = 1_000

/** What is taken for one webhook: what waits its turn here, and how many are being sent. */
interface Lane {
  readonly waiting: Claimed[]
  sending: number
}

/**
 * Sends what is due for as long as the process runs: at once after what has put it down (the pulse), else within a second.
 * Bound: of each webhook 16 in memory and 4 on their way, of all 800 and 200.
 */
export function keepSending(runtime: Runtime): {
  /** Takes up nothing more; waits for what is on its way, `graceMs` at most. What is cut off is sent again after its lease. */
  stop(graceMs: number): Promise<void>
} {
  const stopping = new AbortController()
  const { signal } = stopping
  const wake = processPulse()
  const write = joinedWrites(runtime.db)
  const sends = new Set<Promise<void>>()
  const lanes = new Map<string, Lane>()

  const sendNext = (id: string, lane: Lane): void => {
    while (lane.sending < atOnce && lane.waiting.length > 0 && !signal.aborted) {
      const claimed = lane.waiting.shift() as Claimed
      lane.sending++
      const send = sendClaimed(runtime, claimed, write, signal).then(async (wasTaken) => {
        // What fails gets one at a time, and what was switched off nothing more.
        if (!wasTaken) await giveBack(id, lane)
        lane.sending--
        sends.delete(send)
        sendNext(id, lane)
        if (lane.sending + lane.waiting.length === 0) lanes.delete(id)
        if (lane.waiting.length === 0) wake.fire()
      })
      sends.add(send)
    }
  }
  const giveBack = async (id: string, { waiting }: Lane) => {
    if (waiting.length === 0) return
    const left = waiting.splice(0).map(({ delivery }) => delivery)
    await write([release(runtime.db, left), giveUpOfDisabled(runtime, id)]).catch((error: unknown) =>
      runtime.log.warn({ err: error }, 'webhooks that waited are sent after their lease'),
    )
  }
  const take = async () => {
    const underWay = new Map(Array.from(lanes, ([id, { waiting, sending }]) => [id, waiting.length + sending]))
    const room = { free: takenAtOnce * webhooksMax, perWebhook: takenAtOnce, underWay }
    const claimed = await claimDue(runtime.db, runtime.now(), room)
    for (const [id, all] of Map.groupBy(claimed, ({ webhook }) => webhook.id)) {
      const lane = lanes.get(id) ?? { waiting: [], sending: 0 }
      lanes.set(id, lane)
      lane.waiting.push(...all)
      sendNext(id, lane)
    }
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
        await take()
      } catch (error) {
        if (!signal.aborted) runtime.log.error({ err: error }, 'could not look for webhooks to send; tried again')
      }
      await woken
    }
  }
  const loops = Promise.all([listen(), look()])
  const end = async () => {
    await loops
    await Promise.all(Array.from(lanes, ([id, lane]) => giveBack(id, lane)))
    await Promise.all(sends)
  }
  return {
    async stop(graceMs) {
      stopping.abort()
      let grace: ReturnType<typeof setTimeout> | undefined
      const over = new Promise<void>((resolve) => {
        grace = setTimeout(resolve, graceMs)
      })
      const ended = end().catch((error: unknown) => runtime.log.warn({ err: error }, 'webhooks were cut off'))
      await Promise.race([ended, over])
      clearTimeout(grace)
    },
  }
}
