import type { Alert } from '#schema/contracts/alert.ts'
import type { Issue, LiveStream } from '#schema/contracts/live-stream.ts'
import { canRetry, destinationName } from './destination-words.ts'
import { inputName } from './input-words.ts'
import { streamAdvice, streamState } from './stream-words.ts'

/** Something that wants an eye, with the card to go to. */
export interface ShownProblem {
  /** The same problem keeps its key. */
  readonly key: string
  /** Where to look: the card of a stream, or the alerts. */
  readonly href: string
  readonly severity: 'warning' | 'error'
  /** Where it is: the stream's or the destination's name. */
  readonly subject: string
  readonly words: string
}

/** Everything that wants an eye, the worst first. */
export const problemsOf = (streams: readonly LiveStream[], alerts: readonly Alert[] = []): ShownProblem[] =>
  [...alerts.flatMap(problemOfAlert), ...streams.flatMap(problemsOfStream)].sort((a, b) => rank(a) - rank(b))

/** What a stream itself shows as soon as it is so. */
const shownByStreams = new Set<Alert['kind']>(['source_down', 'destination_failing', 'encode_slow'])

function problemOfAlert({ id, kind, severity, subject, detail }: Alert): ShownProblem[] {
  if (shownByStreams.has(kind) || severity === 'info') return []
  return [{ key: id, href: '/admin#alerts', severity, subject: subject.name, words: detail }]
}

function problemsOfStream(stream: LiveStream): ShownProblem[] {
  const { id: streamId, name, health, destinations } = stream
  const href = `#${streamId}`
  const problems: ShownProblem[] = []
  if (stream.status === 'reconnecting')
    problems.push({
      key: `${streamId} status`,
      href,
      severity: 'warning',
      subject: name,
      words: streamAdvice(stream) ?? streamState(stream).label,
    })
  for (const issue of health.issues) {
    const { code, severity, detail, input_id } = issue
    const input = issueSubject(stream, issue)
    const subject = input === null ? name : `${input} (${name})`
    if (severity !== 'info')
      problems.push({ key: `${streamId} ${input_id} ${code}`, href, severity, subject, words: detail })
  }
  for (const destination of destinations) {
    const { id: key, enabled, held, state, last_error } = destination
    const about = { key, href, subject: `${destinationName(destination)} (${name})` }
    if (enabled && held?.reason === 'not_taken') problems.push({ ...about, severity: 'error', words: held.detail })
    if (canRetry(destination))
      problems.push({
        ...about,
        severity: state === 'errored' ? 'error' : 'warning',
        words: last_error?.detail ?? 'The connection was lost.',
      })
  }
  return problems
}

/** The input that an issue is about; null where that goes without saying. */
export function issueSubject({ inputs }: Pick<LiveStream, 'inputs'>, { input_id }: Issue): string | null {
  const input = inputs.length > 1 ? inputs.find(({ id }) => id === input_id) : undefined
  return input ? inputName(input) : null
}

const rank = ({ severity }: ShownProblem) => (severity === 'error' ? 0 : 1)
