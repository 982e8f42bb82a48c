import type { BroadcastReport, BroadcastSummary } from '#schema/contracts/broadcast.ts'
import { noAnswer, readProblem } from '../problem.ts'

/** Throws a `RequestProblem` where it fails. */
export const readReport = (id: string): Promise<BroadcastReport> =>
  read<BroadcastReport>(`broadcasts/${encodeURIComponent(id)}/report`)

/** The newest broadcasts of a live stream. Throws a `RequestProblem` where it fails. */
export const readBroadcasts = async (streamId: string, limit: number): Promise<BroadcastSummary[]> =>
  (await read<{ data: BroadcastSummary[] }>(`live-streams/${encodeURIComponent(streamId)}/broadcasts?limit=${limit}`))
    .data

async function read<Answer>(path: string): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(`/v1/${path}`, { cache: 'no-store', signal: AbortSignal.timeout(15_000) })
  } catch (error) {
    throw noAnswer(error)
  }
  if (!response.ok) throw await readProblem(response)
  return response.json()
}
