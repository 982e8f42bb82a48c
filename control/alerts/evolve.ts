import { alertRuleDefaults } from '#schema/alert-rules.ts'
import type { AlertRule, AlertSettings } from '#schema/contracts/alert.ts'
import type { AlertKind } from '#schema/enums.ts'
import type { AlertRow } from '#schema/tables/alerts.ts'
import { leaseSeconds } from '../config.ts'
import type { Condition } from './conditions.ts'
import { lastingMax, longestClearMs, returnWithinMs } from './limits.ts'
import { quietNow } from './quiet.ts'

/** What webhooks are told of one alert. */
export type Notice = 'raised' | 'reminder' | 'resolved'

/** What becomes of the alerts from one look to the next. */
export interface Evolution {
  /** Seen for the first time: new rows, `pending` until it has lasted long enough. */
  readonly begun: readonly { readonly condition: Condition; readonly rule: AlertRule }[]
  /** Rows with other values than before, and what is told of them. */
  readonly changed: readonly { readonly row: AlertRow; readonly notice: Notice | null }[]
  /** Pending rows that came to nothing, or are an earlier alert that has come back. */
  readonly dropped: readonly AlertRow[]
  /** Held back in a quiet time that is over: told together. */
  readonly digest: readonly AlertRow[]
  /** Conditions that found no room. */
  readonly passedOver: number
}

/**
 * The step from `rows` (all that last, those resolved a short while ago, and those of which webhooks have still to hear) to what
 * is so now. There is one alert for each rule and subject, however long it lasts. What flaps counts as lasting, joins its alert,
 * and must be well for longer each time before it counts as resolved. `endWords` tells of one that ends without being mended.
 */
export function evolve(
  rows: readonly AlertRow[],
  conditions: readonly Condition[],
  { rules, quiet_times, reminder_hours }: AlertSettings,
  now: Date,
  endWords: (row: AlertRow) => string | undefined = () => undefined,
): Evolution {
  const nowMs = now.getTime()
  const ruleOf = new Map(rules.map((rule) => [rule.kind, rule]))
  const holding = new Map(conditions.map((condition) => [keyOf(condition), condition]))
  const steps = rows.map((row) => ({
    row,
    after: next(row, holding.get(row.openKey ?? ''), ruleOf.get(row.kind), nowMs, endWords),
  }))
  joinReturned(steps, nowMs)
  const isQuiet = quietNow(quiet_times, now)
  const changed: Evolution['changed'][number][] = []
  const digest: AlertRow[] = []
  for (const { row, after } of steps) {
    if (after === null) continue
    const notice = isQuiet(after.kind) ? null : noticeOf(row, after, reminder_hours, nowMs)
    if (notice === 'held back') digest.push(told(after, nowMs))
    else if (notice !== null) changed.push({ row: told(after, nowMs), notice })
    else if (after !== row) changed.push({ row: after, notice })
  }
  const known = new Set(rows.map(({ openKey }) => openKey))
  const started = conditions.flatMap((condition) => {
    const rule = ruleOf.get(condition.kind)
    return rule?.enabled && condition.level === 'on' && !known.has(keyOf(condition)) ? [{ condition, rule }] : []
  })
  const room = Math.max(0, lastingMax - rows.filter(({ openKey }) => openKey !== null).length)
  return {
    begun: started.slice(0, room),
    changed,
    dropped: steps.filter(({ after }) => after === null).map(({ row }) => row),
    digest,
    passedOver: Math.max(0, started.length - room),
  }
}

/** What there is at most one lasting alert for. */
export const keyOf = ({ kind, subjectId }: { readonly kind: AlertKind; readonly subjectId: string }): string =>
  `${kind} ${subjectId}`

/** The row one step on; null: it is dropped. The same object where nothing changes. */
function next(
  row: AlertRow,
  condition: Condition | undefined,
  rule: AlertRule | undefined,
  nowMs: number,
  endWords: (row: AlertRow) => string | undefined,
): AlertRow | null {
  if (row.state === 'resolved') return row
  if (rule?.enabled && condition) {
    const seen = asSeen(row, condition, rule)
    const isRaised = row.state === 'pending' && condition.level === 'on' && nowMs - row.since >= holdMs(rule)
    return isRaised ? { ...seen, state: 'open', raisedAt: nowMs } : seen
  }
  const clearSince = row.clearSince ?? nowMs
  const isOver = !rule?.enabled || nowMs - clearSince >= clearMs(row)
  if (!isOver) return row.clearSince === null ? { ...row, clearSince } : row
  if (row.state === 'pending') return null
  const detail = endWords(row) ?? row.detail
  return { ...row, detail, state: 'resolved', openKey: null, clearSince: null, resolvedAt: nowMs }
}

/** How long something must last before it is an alert. */
function holdMs({ kind, threshold, unit }: AlertRule): number {
  // It counts as silent only after a lease.
  if (kind === 'worker_lost') return Math.max(0, threshold - leaseSeconds) * 1_000
  return { seconds: threshold, percent: 30, days: 0 }[unit] * 1_000
}

function clearMs({ kind, returns }: AlertRow): number {
  const seconds = alertRuleDefaults.find((rule) => rule.kind === kind)?.clearSeconds ?? 0
  return Math.min(longestClearMs, seconds * 1_000 * 2 ** returns)
}

function asSeen(row: AlertRow, { subject, detail, fix }: Condition, { severity }: AlertRule): AlertRow {
  const seen = { subject, detail, fix, severity, clearSince: null }
  const isSame = Object.entries(seen).every(([name, value]) => row[name as keyof typeof seen] === value)
  return isSame ? row : { ...row, ...seen }
}

/** An alert that opens a short while after one of the same kind and subject was resolved is that one, come back. */
function joinReturned(steps: { readonly row: AlertRow; after: AlertRow | null }[], nowMs: number): void {
  const lately = new Map(
    steps
      .filter(({ row }) => row.state === 'resolved' && nowMs - (row.resolvedAt ?? 0) <= returnWithinMs)
      .map((step) => [keyOf(step.row), step]),
  )
  for (const step of steps) {
    const earlier = lately.get(keyOf(step.row))
    if (step.row.state !== 'pending' || step.after?.state !== 'open' || !earlier) continue
    const { openKey, since, subject, detail, fix, severity } = step.after
    earlier.after = {
      ...earlier.row,
      ...{ openKey, since, subject, detail, fix, severity },
      state: 'open',
      resolvedAt: null,
      returns: earlier.row.returns + 1,
    }
    step.after = null
  }
}

/** What is to be told; `held back`: it happened in a quiet time, or there was another reason to keep silent. */
function noticeOf(row: AlertRow, after: AlertRow, reminderHours: number, nowMs: number): Notice | 'held back' | null {
  const isNews = row.state !== after.state
  if (after.state === 'pending') return null
  if (after.state === 'resolved') {
    if (after.toldState === 'resolved') return null
    return isNews && after.toldState === 'open' ? 'resolved' : 'held back'
  }
  if (after.acknowledgedAt !== null) return null
  if (after.toldState !== 'open') return isNews ? 'raised' : 'held back'
  const isDue = reminderHours > 0 && nowMs - (after.toldAt ?? 0) >= reminderHours * 3_600_000
  return isDue ? 'reminder' : null
}

const told = (row: AlertRow, nowMs: number): AlertRow => ({
  ...row,
  toldState: row.state === 'open' ? 'open' : 'resolved',
  toldAt: nowMs,
  told: row.told + 1,
})
