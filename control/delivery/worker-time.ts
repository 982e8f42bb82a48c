import type { Runtime } from '../runtime.ts'

/** What a worker's clock differs from ours is asked again after this long, milliseconds. */
const freshMs = 30_000
/** An answer that took longer says too little, and is not remembered, milliseconds. */
const longestRoundTripMs = 1_000
/** Workers remembered at most. */
const rememberedMax = 1_000

/**
 * The time by a worker's clock, which the times in its manifests are of (UTCTiming, ISO/IEC 23009-1 §5.8.4.11). Every DASH
 * player asks for it again and again: the worker is asked twice a minute, whatever their number.
 */
export function createWorkerTime({ now }: Pick<Runtime, 'now'>) {
  const remembered = new Map<string, { readonly aheadMs: number; readonly atMs: number }>()

  /** `ask` fetches the worker's own answer. */
  return async (workerId: string, ask: () => Promise<Response>): Promise<Response> => {
    const sentMs = now().getTime()
    const known = remembered.get(workerId)
    if (known && Math.abs(sentMs - known.atMs) < freshMs) return timeAnswer(sentMs + known.aheadMs)
    const answer = await ask()
    if (!answer.ok) return answer
    const workerMs = Date.parse(await answer.text())
    const nowMs = now().getTime()
    if (Number.isNaN(workerMs)) return timeAnswer(nowMs)
    const aheadMs = workerMs - (sentMs + nowMs) / 2
    if (nowMs - sentMs <= longestRoundTripMs) {
      remembered.delete(workerId)
      const [oldest] = remembered.keys()
      if (remembered.size >= rememberedMax && oldest !== undefined) remembered.delete(oldest)
      remembered.set(workerId, { aheadMs, atMs: nowMs })
    }
    return timeAnswer(nowMs + aheadMs)
  }
}

const timeAnswer = (unixMs: number): Response =>
  new Response(new Date(unixMs).toISOString(), {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })
