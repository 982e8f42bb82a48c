import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { canRetry, destinationName } from './destination-words.ts'
import { streamAdvice, streamState } from './stream-words.ts'

/** Something that wants an eye, with the card to go to. */
export interface ShownProblem {
  /** The same problem keeps its key. */
  readonly key: string
  readonly streamId: string
  readonly severity: 'warning' | 'error'
  /** Where it is: the stream's or the destination's name. */
  readonly subject: string
  readonly words: string
}

/** Everything that wants an eye, the worst first. */
export const problemsOf = (streams: readonly LiveStream[]): ShownProblem[] =>
  streams.flatMap(problemsOfStream).sort((a, b) => rank(a) - rank(b))

function problemsOfStream(stream: LiveStream): ShownProblem[] {
  const { id: streamId, name, health, destinations } = stream
  const problems: ShownProblem[] = []
  if (stream.status === 'reconnecting')
    problems.push({
      key: `${streamId} status`,
      streamId,
      severity: 'warning',
      subject: name,
      words: streamAdvice(stream) ?? streamState(stream).label,
    })
  for (const { code, severity, detail } of health.issues)
    if (severity !== 'info')
      problems.push({ key: `${streamId} ${code}`, streamId, severity, subject: name, words: detail })
  for (const destination of destinations)
    if (canRetry(destination))
      problems.push({
        key: destination.id,
        streamId,
        severity: destination.state === 'errored' ? 'error' : 'warning',
        subject: `${destinationName(destination)} (${name})`,
        words: destination.last_error?.detail ?? 'The connection was lost.',
      })
  return problems
}

const rank = ({ severity }: ShownProblem) => (severity === 'error' ? 0 : 1)
