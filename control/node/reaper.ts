import { forgetDeleted, reapExpired } from '../jobs/reap.ts'
import { forgetOldBroadcasts } from '../reports/forget.ts'
import type { Runtime } from '../runtime.ts'

/** Deleted streams and old broadcasts are forgotten once in so many looks. */
const looksPerForget = 3_600

/** Takes back expired leases every `everyMs`. Looks never overlap or pile up: while one runs, the next is left out. */
export function startReaper(
  { db, log, now }: Pick<Runtime, 'db' | 'log' | 'now'>,
  everyMs: number,
): {
  /** No more looks; waits for the one that runs, `graceMs` at most. */
  stop(graceMs: number): Promise<void>
} {
  let looking: Promise<void> | undefined
  let looks = 0

  async function look(): Promise<void> {
    try {
      const reaped = await reapExpired(db, now())
      if (reaped > 0) log.warn({ reaped }, 'took back leases of silent workers')
      if (looks++ % looksPerForget !== 0) return
      await forgetDeleted(db, now())
      await forgetOldBroadcasts(db)
    } catch (error) {
      log.error({ err: error }, 'could not look for expired leases')
    }
  }

  const timer = setInterval(() => {
    looking ??= look().finally(() => {
      looking = undefined
    })
  }, everyMs)
  return {
    async stop(graceMs) {
      clearInterval(timer)
      let grace: ReturnType<typeof setTimeout> | undefined
      const over = new Promise<void>((resolve) => {
        grace = setTimeout(resolve, graceMs)
      })
      await Promise.race([looking, over])
      clearTimeout(grace)
    },
  }
}
