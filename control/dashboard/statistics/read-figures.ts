import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Audience, Metrics } from '#schema/contracts/metrics.ts'
import { noAnswer, readProblem } from '../problem.ts'
import type { TimeRange } from './ranges.ts'

/** A read that takes longer has failed, milliseconds. */
const timeoutMs = 15_000

/** What of a live stream is shown: all of it, a destination or a rendition. */
export type Part =
  | { readonly kind: 'stream' }
  | { readonly kind: 'destination'; readonly id: string }
  | { readonly kind: 'rendition'; readonly name: string }

/** What the page shows. */
export interface Figures {
  readonly stream: LiveStream
  readonly metrics: Metrics
  /** Only of the whole stream. */
  readonly audience: Audience | null
}

/** Reads all of it. Throws a `RequestProblem` where it fails. */
export async function readFigures(id: string, range: TimeRange, part: Part, signal: AbortSignal): Promise<Figures> {
  const query = rangeQuery(range)
  const path = `/v1/live-streams/${encodeURIComponent(id)}`
  const [stream, metrics, audience] = await Promise.all([
    read<LiveStream>(path, signal),
    read<Metrics>(metricsPath(id, range, part), signal),
    part.kind === 'stream' ? read<Audience>(`${path}/audience?${query}`, signal) : null,
  ])
  return { stream, metrics, audience }
}

/** The address of the figures, which as a table has `&format=csv` behind it. */
export function metricsPath(id: string, range: TimeRange, part: Part): string {
  const query = rangeQuery(range)
  if (part.kind === 'destination') query.set('destination_id', part.id)
  if (part.kind === 'rendition') query.set('rendition', part.name)
  return `/v1/live-streams/${encodeURIComponent(id)}/metrics?${query}`
}

const rangeQuery = ({ seconds }: TimeRange): URLSearchParams =>
  new URLSearchParams({ from: new Date(Date.now() - seconds * 1_000).toISOString() })

async function read<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(path, {
      cache: 'no-store',
      headers: { accept: 'application/json' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    })
    if (!response.ok) throw await readProblem(response)
    return await response.json()
  } catch (error) {
    if (error instanceof Error && error.name === 'RequestProblem') throw error
    throw noAnswer(error)
  }
}
