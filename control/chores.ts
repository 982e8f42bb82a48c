import { forgetAccess } from './access/forget.ts'
import { evaluateAlerts } from './alerts/evaluate.ts'
import { explainAllWaiting } from './jobs/explain-waiting.ts'
import { noticeDead } from './jobs/notice-dead.ts'
import { forgetDeleted, reapExpired } from './jobs/reap.ts'
import { keepOwnLines } from './logs/keep.ts'
import { trimLogs } from './logs/trim.ts'
import { tellOfControl } from './presence.ts'
import { forgetOldBroadcasts } from './reports/forget.ts'
import { forgetOldKeys } from './requests/idempotency-store.ts'
import type { Runtime } from './runtime.ts'
import { forgetOldSamples, rollUpSamples } from './statistics/roll-up.ts'
import { noteListening } from './statistics/unheard.ts'
import { trimDeliveries } from './webhooks/trim.ts'
import { forgetOldJoinTokens } from './workers/join-tokens.ts'

/** Work that no request asks for, done again and again: on Node by a timer, at the edge by the cron of each minute. */
export interface Chore {
  readonly name: string
  /** Distance of its runs, milliseconds; at the edge a minute at least. Runs never overlap. */
  readonly everyMs: number
  run(runtime: Runtime): Promise<void>
}

/** All of it. Each is on its own: one that fails or takes long holds no other up. */
export const chores: readonly Chore[] = [
  {
    name: 'keep-logs',
    everyMs: 1_000,
    async run(runtime) {
      await keepOwnLines(runtime)
      // Other processes of control may have been told how much to log.
      await runtime.logs.levels.current()
    },
  },
  { name: 'tell-of-control', everyMs: 20_000, run: ({ db, now }) => tellOfControl(db, now()) },
  { name: 'note-listening', everyMs: 20_000, run: ({ db, now }) => noteListening(db, now()) },
  { name: 'trim-logs', everyMs: 60_000, run: ({ db, now }) => trimLogs(db, now()) },
  {
    name: 'reap',
    everyMs: 1_000,
    async run({ db, log, now, pulse }) {
      const reaped = await reapExpired(db, now())
      if (reaped === 0) return
      log.warn({ reaped }, 'took back leases of silent workers')
      pulse.fire()
    },
  },
  {
    name: 'notice-dead',
    everyMs: 1_000,
    async run(runtime) {
      if ((await noticeDead(runtime)) > 0) runtime.pulse.fire()
    },
  },
  { name: 'alerts', everyMs: 5_000, run: evaluateAlerts },
  { name: 'trim webhook deliveries', everyMs: 60_000, run: ({ db }) => trimDeliveries(db) },
  { name: 'forget access', everyMs: 3_600_000, run: forgetAccess },
  {
    name: 'samples',
    everyMs: 30_000,
    run: async ({ db, now }) => void (await rollUpSamples(db, now())),
  },
  {
    name: 'explain-waiting',
    everyMs: 2_000,
    async run({ db, now, pulse }) {
      if (await explainAllWaiting(db, now())) pulse.fire()
    },
  },
  {
    name: 'forget',
    everyMs: 3_600_000,
    async run(runtime) {
      const { db, now } = runtime
      await forgetOldJoinTokens(runtime)
      await forgetDeleted(db, now())
      await forgetOldBroadcasts(db)
      await forgetOldSamples(db, now())
      await forgetOldKeys(db, now())
    },
  },
]

/** The chores that are due in the minute of `now`, for a cron that comes once a minute. */
export function dueChores(now: Date, all: readonly Chore[] = chores): readonly Chore[] {
  const minute = Math.floor(now.getTime() / 60_000)
  return all.filter(({ everyMs }) => minute % Math.max(1, Math.round(everyMs / 60_000)) === 0)
}

/** Runs one; a failure is logged. */
export async function runChore(chore: Chore, runtime: Runtime): Promise<void> {
  try {
    await chore.run(runtime)
  } catch (error) {
    runtime.log.error({ err: error, chore: chore.name }, 'a chore failed; it is tried again')
  }
}
