import type { Issue } from '#schema/contracts/live-stream.ts'
import type { DurationLimit } from '#schema/duration-limit.ts'
import { platformOf } from '#schema/platforms.ts'
import { lengthInWords, timeInWords } from '#schema/time-words.ts'
import type { DestinationRules } from './destination-rules.ts'

/** A destination whose publish session has nearly lasted as long as it may. */
export interface NearLimit {
  readonly rules: DestinationRules
  /** What people call it. */
  readonly name: string
  readonly limit: DurationLimit
  /** When it ends, Unix milliseconds. */
  readonly endsAtMs: number
}

/** What is about to happen, and what to do where one wants something else. */
export function durationIssue({ rules, name, limit, endsAtMs }: NearLimit): Issue {
  const code = 'duration_limit_near'
  const [length, time] = [lengthInWords(limit.ms), timeInWords(endsAtMs)]
  if (rules.roll_over)
    return {
      code,
      severity: 'info',
      detail: `The broadcast to ${name} has nearly lasted ${length}. At ${time} it ends, and a new one begins at once.`,
      fix: `${newBroadcastWords(rules)}Switch roll_over off if it is to end there for good.`,
    }
  if (limit.by === 'user')
    return {
      code,
      severity: 'info',
      detail: `The broadcast to ${name} has nearly lasted ${length}, as long as you let it. It ends at ${time}.`,
      fix: 'To let it go on, raise max_duration_s, or switch roll_over on for a new broadcast right after this one.',
    }
  return {
    code,
    severity: 'warning',
    detail: `The platform of ${name} ends a broadcast after ${length}, which is at ${time}.`,
    fix: 'Switch roll_over on, and a new broadcast begins in time. Or stop and start this destination at a moment that suits.',
  }
}

/** What people read when a session has been ended for the next. */
export const rolledOverWords = (name: string, limit: DurationLimit): string =>
  `${name}: the broadcast had lasted ${lengthInWords(limit.ms)}, as long as it may, so it was ended and a new one begins.`

/** What a person has to do on the platform. */
function newBroadcastWords({ platform }: DestinationRules): string {
  const known = platformOf(platform)
  if (known?.key_help.lasts === 'one_broadcast')
    return `A key of ${known.name} is good for one broadcast: make the next one there, and give its key here as soon as this one ends. `
  if (known?.starts_on_platform?.value) return `The new one must be started on ${known.name}. `
  return ''
}
