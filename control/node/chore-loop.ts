import { type Chore, chores, runChore } from '../chores.ts'
import type { Runtime } from '../runtime.ts'

/** A chore is done for the first time so soon after the start, milliseconds. */
const firstMs = 1_000

/**
 * Does each chore every `everyMs` of its own, or of the one given, once `ready`. Runs never overlap or pile up: while one lasts,
 * the next is left out.
 */
export function startChores(
  runtime: Runtime,
  everyMs?: number,
  all: readonly Chore[] = chores,
  ready: () => Promise<unknown> = async () => {},
): {
  /** No more runs; waits for those that last, `graceMs` at most. */
  stop(graceMs: number): Promise<void>
} {
  const running = new Set<Promise<void>>()
  const loops = all.map((chore) => {
    const periodMs = everyMs ?? chore.everyMs
    let isRunning = false
    const due = () => {
      if (isRunning) return
      isRunning = true
      const run = ready()
        .then(() => runChore(chore, runtime))
        .finally(() => {
          isRunning = false
          running.delete(run)
        })
      running.add(run)
    }
    const first = setTimeout(due, everyMs ?? Math.min(firstMs, periodMs))
    const again = setInterval(due, periodMs)
    return () => {
      clearTimeout(first)
      clearInterval(again)
    }
  })
  return {
    async stop(graceMs) {
      for (const stopLoop of loops) stopLoop()
      let grace: ReturnType<typeof setTimeout> | undefined
      const over = new Promise<void>((resolve) => {
        grace = setTimeout(resolve, graceMs)
      })
      await Promise.race([Promise.all(running), over])
      clearTimeout(grace)
    },
  }
}
