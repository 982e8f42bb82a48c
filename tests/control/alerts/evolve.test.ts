import { describe, expect, it } from 'vitest'
import type { Condition } from '#control/alerts/conditions.ts'
import { evolve, keyOf } from '#control/alerts/evolve.ts'
import { lastingMax } from '#control/alerts/limits.ts'
import { readAlertSettings } from '#control/alerts/rules.ts'
import type { PatchAlertSettings, QuietTime } from '#schema/contracts/alert.ts'
import type { AlertRow } from '#schema/tables/alerts.ts'

const down: Condition = {
  kind: 'source_down',
  subjectId: 'ls_1',
  subject: 'Talk',
  liveStreamId: 'ls_1',
  detail: 'Away.',
  fix: 'Look.',
  level: 'on',
}
const startMs = Date.UTC(2026, 10, 2, 12)
const allDay: QuietTime = { days: ['mon'], from: '00:00', to: '13:00', time_zone: 'UTC', kinds: null }

/** Looks each few seconds, and keeps the rows as the database would. */
class Watch {
  rows: AlertRow[] = []
  seconds = 0
  /** `<second> <what was told> <subject>` */
  readonly told: string[] = []
  readonly settings: PatchAlertSettings
  endWords: string | undefined
  #seq = 0

  constructor(settings: PatchAlertSettings = {}) {
    this.settings = settings
  }

  look(...conditions: Condition[]): void {
    const now = new Date(startMs + this.seconds * 1_000)
    const settings = readAlertSettings([{ value: this.settings }])
    const evolution = evolve(this.rows, conditions, settings, now, () => this.endWords)
    const gone = new Set(evolution.dropped.map(({ id }) => id))
    const after = new Map([...evolution.changed.map(({ row }) => row), ...evolution.digest].map((row) => [row.id, row]))
    this.rows = this.rows.filter(({ id }) => !gone.has(id)).map((row) => after.get(row.id) ?? row)
    for (const { condition, rule } of evolution.begun)
      this.rows.push(pending(condition, rule.severity, ++this.#seq, now.getTime()))
    for (const { row, notice } of evolution.changed)
      if (notice) this.told.push(`${this.seconds} ${notice} ${row.subjectId}`)
    if (evolution.digest.length > 0)
      this.told.push(
        `${this.seconds} digest ${evolution.digest.map(({ state, subjectId }) => `${subjectId}:${state}`)}`,
      )
    const open = this.rows.filter(({ openKey }) => openKey !== null).map(keyOf)
    expect(new Set(open).size).toBe(open.length)
  }

  /** Looks every 5 s for so long. */
  during(seconds: number, ...conditions: Condition[]): this {
    for (const end = this.seconds + seconds; this.seconds < end; this.seconds += 5) this.look(...conditions)
    return this
  }

  get states(): string[] {
    return this.rows.map(({ state }) => state)
  }
}

const pending = (condition: Condition, severity: AlertRow['severity'], seq: number, since: number): AlertRow => ({
  ...{ seq, id: `alr_${seq}`, severity, state: 'pending', since, openKey: keyOf(condition), version: 1 },
  ...{ kind: condition.kind, subjectId: condition.subjectId, subject: condition.subject },
  ...{ liveStreamId: condition.liveStreamId, detail: condition.detail, fix: condition.fix },
  ...{ clearSince: null, raisedAt: null, resolvedAt: null, returns: 0, acknowledgedAt: null, acknowledgedBy: null },
  ...{ toldState: null, toldAt: null, told: 0 },
})

describe('an alert', () => {
  it('is raised once what is wrong has lasted, told once, and resolved once it has been well for a while', () => {
    const watch = new Watch().during(25, down)
    expect([watch.states, watch.told]).toEqual([['pending'], []])
    watch.during(300, down)
    expect(watch.told).toEqual(['30 raised ls_1'])
    watch.during(60)
    expect(watch.told).toEqual(['30 raised ls_1', '340 resolved ls_1'])
    expect(watch.states).toEqual(['resolved'])
  })

  it('is not raised for what is over before that', () => {
    const watch = new Watch()
    for (let round = 0; round < 5; round++) watch.during(25, down).during(20)
    expect([watch.states, watch.told]).toEqual([[], []])
  })

  it('is raised once for what is never well for long, though it is never down for long', () => {
    const watch = new Watch()
    for (let round = 0; round < 60; round++) watch.during(20, down).during(10)
    expect(watch.told).toEqual(['30 raised ls_1'])
  })

  it('stays one while it flickers, and while it is neither bad nor well', () => {
    const watch = new Watch().during(60, down)
    for (let round = 0; round < 10; round++) watch.during(10).during(5, down)
    watch.during(120, { ...down, level: 'hold' })
    expect(watch.told).toEqual(['30 raised ls_1'])
    expect(new Watch().during(120, { ...down, level: 'hold' }).rows).toEqual([])
  })

  it('that comes back again and again is one alert, told ever more seldom', () => {
    const watch = new Watch()
    // A minute down, a minute up, for two hours.
    for (let round = 0; round < 60; round++) watch.during(60, down).during(60)
    expect(watch.rows).toHaveLength(1)
    expect(watch.rows[0]?.returns).toBeGreaterThanOrEqual(2)
    expect(watch.told.length).toBeLessThanOrEqual(8)
    // Well for long: the next is another one.
    watch.during(3_600)
    expect(watch.told.at(-1)).toContain('resolved')
    watch.during(60, down)
    expect(watch.rows.map(({ state, returns }) => [state, returns > 0])).toEqual([
      ['resolved', true],
      ['open', false],
    ])
  })

  it('is told again while nobody acknowledges it, and not once somebody has', () => {
    const watch = new Watch({ reminder_hours: 1 }).during(2.5 * 3_600, down)
    expect(watch.told).toEqual(['30 raised ls_1', '3630 reminder ls_1', '7230 reminder ls_1'])
    watch.rows = watch.rows.map((row) => ({ ...row, acknowledgedAt: 1, acknowledgedBy: 'Ada' }))
    watch.during(3 * 3_600, down)
    expect(watch.told).toHaveLength(3)
    expect(new Watch({ reminder_hours: 0 }).during(8 * 3_600, down).told).toEqual(['30 raised ls_1'])
  })

  it('ends at once where its rule is switched off, and goes by its own threshold', () => {
    const watch = new Watch({ rules: [{ kind: 'source_down', threshold: 5 }] }).during(10, down)
    expect(watch.told).toEqual(['5 raised ls_1'])
    watch.settings.rules = [{ kind: 'source_down', enabled: false }]
    watch.during(5, down)
    expect(watch.told.at(-1)).toBe('10 resolved ls_1')
    expect(watch.during(60, down).states).toEqual(['resolved'])
  })

  it('says how it ended where nobody has mended it', () => {
    const watch = new Watch().during(60, down)
    watch.endWords = 'It did not come back.'
    expect(watch.during(30).rows).toMatchObject([{ detail: 'It did not come back.', state: 'resolved' }])
  })

  it('has the words and the severity of the last look', () => {
    const watch = new Watch().during(60, down)
    watch.settings.rules = [{ kind: 'source_down', severity: 'info' }]
    watch.during(5, { ...down, detail: 'Still away.' })
    expect(watch.rows).toMatchObject([{ detail: 'Still away.', severity: 'info', state: 'open' }])
  })
})

describe('a quiet time', () => {
  const other = { ...down, subjectId: 'ls_2' }
  const third = { ...down, subjectId: 'ls_3' }

  it('holds back what is raised and resolved in it, and tells all of it once after', () => {
    const watch = new Watch().during(60, third)
    watch.settings.quiet_times = [allDay]
    watch.during(1_800, down, other).during(1_800 - 60, down)
    expect(watch.rows.map(({ state }) => state)).toEqual(['resolved', 'open', 'resolved'])
    expect(watch.told).toEqual(['30 raised ls_3'])
    watch.during(1_800, down)
    expect(watch.told).toEqual(['30 raised ls_3', '3600 digest ls_3:resolved,ls_1:open,ls_2:resolved'])
    watch.during(60)
    expect(watch.told.at(-1)).toMatch(/resolved ls_1$/)
  })

  it('of one rule lets the others through', () => {
    const watch = new Watch({ quiet_times: [{ ...allDay, kinds: ['disk_low'] }] }).during(60, down)
    expect(watch.told).toEqual(['30 raised ls_1'])
  })
})

it('keeps no more alerts than it may, and says how many found no room', () => {
  const many = Array.from({ length: lastingMax + 5 }, (_, index) => ({ ...down, subjectId: `ls_${index}` }))
  const { begun, passedOver } = evolve([], many, readAlertSettings([]), new Date(startMs))
  expect([begun.length, passedOver]).toEqual([lastingMax, 5])
})
