import type { BroadcastReport } from '#schema/contracts/broadcast.ts'
import { noAnswer, readProblem } from '../problem.ts'

/** A read that takes longer has failed, milliseconds. */
const timeoutMs = 15_000

/** What is known of a broadcast. Throws a `RequestProblem` where it fails. */
export async function readReport(id: string): Promise<BroadcastReport> {
  try {
    const response = await fetch(`/v1/broadcasts/${encodeURIComponent(id)}/report`, {
      cache: 'no-store',
      signal: AbortSignal.timeout(timeoutMs),
    })
    if (!response.ok) throw await readProblem(response)
    return await response.json()
  } catch (error) {
    if (error instanceof Error && error.name === 'RequestProblem') throw error
    throw noAnswer(error)
  }
}
