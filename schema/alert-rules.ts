import type { AlertKind, severities } from './enums.ts'

type Severity = (typeof severities)[number]

/** What a threshold is measured in. */
export type ThresholdUnit = 'seconds' | 'percent' | 'days'

/** The most that a threshold may be. */
export const highestThresholds: Readonly<Record<ThresholdUnit, number>> = { seconds: 86_400, percent: 100, days: 3_650 }

/** A rule as it is where nobody has changed it. */
export interface AlertRuleDefault {
  readonly kind: AlertKind
  readonly title: string
  /** What it watches for; the threshold stands behind it. */
  readonly about: string
  readonly enabled: boolean
  readonly severity: Severity
  readonly threshold: number
  readonly unit: ThresholdUnit
  /** It must be well for so long before it counts as resolved, seconds. */
  readonly clearSeconds: number
}

/** Every rule, in the order in which they are shown. */
export const alertRuleDefaults: readonly AlertRuleDefault[] = [
  {
    kind: 'source_down',
    title: 'Source down',
    about: 'A live stream is on air and its source is away, so viewers see the slate; or it can’t be fetched.',
    enabled: true,
    severity: 'error',
    threshold: 30,
    unit: 'seconds',
    clearSeconds: 15,
  },
  {
    kind: 'destination_failing',
    title: 'Destination failing',
    about: 'A platform does not take the broadcast.',
    enabled: true,
    severity: 'error',
    threshold: 60,
    unit: 'seconds',
    clearSeconds: 15,
  },
  {
    kind: 'encode_slow',
    title: 'Encoding too slow',
    about: 'A worker encodes a live stream slower than real time.',
    enabled: true,
    severity: 'error',
    threshold: 30,
    unit: 'seconds',
    clearSeconds: 30,
  },
  {
    kind: 'no_capacity',
    title: 'No worker has room',
    about: 'A live stream waits, because no worker can take it.',
    enabled: true,
    severity: 'error',
    threshold: 30,
    unit: 'seconds',
    clearSeconds: 5,
  },
  {
    kind: 'worker_lost',
    title: 'Worker lost',
    about: 'A worker has gone silent without saying goodbye.',
    enabled: true,
    severity: 'error',
    threshold: 30,
    unit: 'seconds',
    clearSeconds: 10,
  },
  {
    kind: 'disk_low',
    title: 'Disk nearly full',
    about: 'The disk of a worker, or of control, has less room than this share of it.',
    enabled: true,
    severity: 'warning',
    threshold: 10,
    unit: 'percent',
    clearSeconds: 60,
  },
  {
    kind: 'webhook_disabled',
    title: 'Webhook switched off',
    about: 'Weir has switched a webhook off, because it answered 410 or every attempt of a day failed.',
    enabled: true,
    severity: 'warning',
    threshold: 0,
    unit: 'seconds',
    clearSeconds: 0,
  },
  {
    kind: 'signing_key_old',
    title: 'Signing key old',
    about: 'The key that signs jobs and sessions has not been changed for this long.',
    enabled: true,
    severity: 'info',
    threshold: 365,
    unit: 'days',
    clearSeconds: 0,
  },
]
