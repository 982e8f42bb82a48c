import * as v from 'valibot'
import { alertRuleDefaults, highestThresholds } from '../alert-rules.ts'
import { type AlertKind, alertKinds, alertStates, severities } from '../enums.ts'

/** Something that is or was wrong for long enough to tell. */
export const alertSchema = v.strictObject({
  id: v.string(),
  kind: v.picklist(alertKinds),
  severity: v.picklist(severities),
  state: v.picklist(alertStates),
  /** What it is about: a live stream, a destination, a worker, a webhook, or `install`. */
  subject: v.strictObject({ id: v.string(), name: v.string() }),
  live_stream_id: v.nullable(v.string()),
  /** A sentence. */
  detail: v.string(),
  /** What to do. */
  fix: v.string(),
  /** Since when it is so, as control saw it. */
  since: v.string(),
  raised_at: v.nullable(v.string()),
  resolved_at: v.nullable(v.string()),
  /** How often it came back soon after it was resolved; it is still this alert then. */
  returns: v.number(),
  acknowledged_at: v.nullable(v.string()),
  acknowledged_by: v.nullable(v.string()),
})
export type Alert = v.InferOutput<typeof alertSchema>

/** A rule as the API answers it. */
export const alertRule = v.strictObject({
  kind: v.picklist(alertKinds),
  title: v.string(),
  about: v.string(),
  enabled: v.boolean(),
  severity: v.picklist(severities),
  /** In `unit`: how long it must last (seconds), or where it begins. */
  threshold: v.number(),
  unit: v.picklist(['seconds', 'percent', 'days']),
})
export type AlertRule = v.InferOutput<typeof alertRule>

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

const timeOfDay = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Use a time like 22:30.'))

/** A part of the week in which alerts are raised and not sent. What was held back comes as one `alert.digest` after it. */
export const quietTime = v.strictObject({
  /** On which it begins. */
  days: v.pipe(v.array(v.picklist(weekdays)), v.minLength(1, 'Name at least one day.'), v.maxLength(7)),
  from: timeOfDay,
  /** Not later than `from`: on the next day. */
  to: timeOfDay,
  /** As in the IANA database: `Europe/Zurich`. */
  time_zone: v.pipe(
    v.string(),
    v.maxLength(60),
    v.check((zone) => isTimeZone(zone), 'Use a time zone like Europe/Zurich or UTC.'),
  ),
  /** Only of these rules; null: of all. */
  kinds: v.optional(v.nullable(v.pipe(v.array(v.picklist(alertKinds)), v.minLength(1))), null),
})
export type QuietTime = v.InferOutput<typeof quietTime>

/** Answer of `GET /v1/alert-rules`. */
export const alertSettings = v.strictObject({
  rules: v.array(alertRule),
  quiet_times: v.array(quietTime),
  /** What lasts and nobody has acknowledged is told again so often, hours; 0: never. */
  reminder_hours: v.number(),
})
export type AlertSettings = v.InferOutput<typeof alertSettings>

const unitOf = (kind: AlertKind) => alertRuleDefaults.find((rule) => rule.kind === kind)?.unit ?? 'seconds'

/** Body of `PATCH /v1/alert-rules`; what is left out stays. */
export const patchAlertSettings = v.strictObject({
  rules: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.strictObject({
            kind: v.picklist(alertKinds),
            enabled: v.optional(v.boolean()),
            severity: v.optional(v.picklist(severities)),
            /** In the unit of the rule: up to 86,400 seconds, 100 percent, 3,650 days. */
            threshold: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
          }),
          v.forward(
            v.check(
              ({ kind, threshold = 0 }) => threshold <= highestThresholds[unitOf(kind)],
              ({ input }) => `Use at most ${highestThresholds[unitOf(input.kind)]} ${unitOf(input.kind)}.`,
            ),
            ['threshold'],
          ),
        ),
      ),
      v.maxLength(alertKinds.length),
    ),
  ),
  /** All of them. */
  quiet_times: v.optional(v.pipe(v.array(quietTime), v.maxLength(20))),
  reminder_hours: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(168))),
})
export type PatchAlertSettings = v.InferOutput<typeof patchAlertSettings>

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}
