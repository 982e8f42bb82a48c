import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Audience, Metrics } from '#schema/contracts/metrics.ts'
import { noAnswer, readProblem } from '../problem.ts'
import type { TimeRange } from './ranges.ts'

/** A read that takes longer has failed, milliseconds. */
const timeoutMs = 15_000

/** What is shown: all of a live stream, a destination or a rendition of it, or a worker. */
export type Part =
  | { readonly kind: 'stream' }
  | { readonly kind: 'destination'; readonly id: string }
  | { readonly kind: 'rendition'; readonly name: string }
  | { readonly kind: 'worker' }

/** What the page shows. */
export interface Figures {
  /** Of the live stream or worker. */
  readonly name: string
  /** Null: they are a worker's. */
  readonly stream: LiveStream | null
  readonly metrics: Metrics
  /** Only of the whole stream. */
  readonly audience: Audience | null
}

/** What there is to show of an id, at first. */
export const partOfId = (id: string): Part => (id.startsWith('wrk_') ? { kind: 'worker' } : { kind: 'stream' })

/** Reads all of it. Throws a `RequestProblem` where it fails. */
export async function readFigures(id: string, range: TimeRange, part: Part, signal: AbortSignal): Promise<Figures> {
  const metrics = read<Metrics>(metricsPath(id, range, part), signal)
  if (part.kind === 'worker') {
    const workers = read<{ data: { id: string; name: string }[] }>('/v1/workers', signal)
    const [known, { data }] = await Promise.all([metrics, workers])
    return { name: data.find((each) => each.id === id)?.name ?? id, stream: null, metrics: known, audience: null }
  }
  const path = `/v1/live-streams/${encodeURIComponent(id)}`
  const audience = part.kind === 'stream' ? read<Audience>(`${path}/audience?${rangeQuery(range)}`, signal) : null
  const [stream, known, told] = await Promise.all([read<LiveStream>(path, signal), metrics, audience])
  return { name: stream.name, stream, metrics: known, audience: told }
}

/** The address of the figures, which as a table has `&format=csv` behind it. */
export function metricsPath(id: string, range: TimeRange, part: Part): string {
  const query = rangeQuery(range)
  if (part.kind === 'destination') query.set('destination_id', part.id)
  if (part.kind === 'rendition') query.set('rendition', part.name)
  return `/v1/${part.kind === 'worker' ? 'workers' : 'live-streams'}/${encodeURIComponent(id)}/metrics?${query}`
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
