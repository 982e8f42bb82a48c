import { eq } from 'drizzle-orm'
import * as v from 'valibot'
import type { LogOrder } from '#schema/contracts/log.ts'
import { type LogLevelSettings, logLevelSettings, type PatchLogLevels } from '#schema/contracts/log-levels.ts'
import { debuggedStreamsMax, type LogThreshold } from '#schema/log/threshold.ts'
import { installSettings } from '#schema/tables/install-settings.ts'
import type { Database } from '../db/database.ts'
import { requireAsRead } from '../requests/as-read.ts'
import { changeSetting } from '../settings/change-setting.ts'

/** What was read holds for so long, milliseconds: other processes of control are followed that late. */
const freshMs = 3_000
const settingName = 'log_levels'
const nothingOrdered: LogLevelSettings = { control: null, workers: null, worker: {}, debug: [] }

/** How much is logged, by an operator's order: kept with the install's settings, and followed while everything runs. */
export class LogLevels {
  readonly #db: Database
  readonly #now: () => Date
  readonly #threshold: LogThreshold
  #known: { readonly settings: LogLevelSettings; readonly atMs: number } | undefined

  /** `threshold` is that of this process. */
  constructor(db: Database, threshold: LogThreshold, now: () => Date) {
    this.#db = db
    this.#threshold = threshold
    this.#now = now
  }

  /** What is ordered now, without what is over, whichever process was told of it. */
  async read(): Promise<LogLevelSettings> {
    return unexpired(await this.#read(), this.#now().getTime())
  }

  /** The same, as it was {@link freshMs} ago at most. */
  async current(): Promise<LogLevelSettings> {
    const nowMs = this.#now().getTime()
    const known = this.#known
    const isFresh = known !== undefined && Math.abs(nowMs - known.atMs) < freshMs
    return unexpired(isFresh ? known.settings : await this.#read(), nowMs)
  }

  async change(change: PatchLogLevels): Promise<LogLevelSettings> {
    const nowMs = this.#now().getTime()
    const changed = await changeSetting(this.#db, settingName, (stored) => {
      const before = unexpired(readStored(stored), nowMs)
      requireAsRead(before)
      return withChange(before, change, nowMs)
    })
    return this.#follow(changed)
  }

  /** What a worker is told; undefined where nothing is ordered, which is what it began with. */
  async orderFor(workerId: string): Promise<LogOrder | undefined> {
    const { workers, worker, debug } = await this.current()
    const level = worker[workerId] ?? workers
    return level === null && debug.length === 0 ? undefined : { level, debug }
  }

  async #read(): Promise<LogLevelSettings> {
    const [row] = await this.#db
      .select({ value: installSettings.value })
      .from(installSettings)
      .where(eq(installSettings.name, settingName))
    return this.#follow(readStored(row?.value))
  }

  #follow(settings: LogLevelSettings): LogLevelSettings {
    this.#known = { settings, atMs: this.#now().getTime() }
    this.#threshold.set(
      settings.control,
      new Map(settings.debug.map(({ live_stream_id, until }) => [live_stream_id, Date.parse(until)])),
    )
    return settings
  }
}

function readStored(value: unknown): LogLevelSettings {
  const parsed = v.safeParse(logLevelSettings, value)
  return parsed.success ? parsed.output : nothingOrdered
}

const unexpired = (settings: LogLevelSettings, nowMs: number): LogLevelSettings => ({
  ...settings,
  debug: settings.debug.filter(({ until }) => Date.parse(until) > nowMs),
})

function withChange(settings: LogLevelSettings, change: PatchLogLevels, nowMs: number): LogLevelSettings {
  const workers = Object.entries({ ...settings.worker, ...change.worker })
  const asked = new Map((change.debug ?? []).map((each) => [each.live_stream_id, each.minutes]))
  return {
    control: change.control === undefined ? settings.control : change.control,
    workers: change.workers === undefined ? settings.workers : change.workers,
    worker: Object.fromEntries(workers.flatMap(([id, level]) => (level === null ? [] : [[id, level]]))),
    debug: [
      ...[...asked]
        .filter(([, minutes]) => minutes > 0)
        .map(([live_stream_id, minutes]) => ({
          live_stream_id,
          until: new Date(nowMs + minutes * 60_000).toISOString(),
        })),
      ...settings.debug.filter(({ live_stream_id }) => !asked.has(live_stream_id)),
    ].slice(0, debuggedStreamsMax),
  }
}
