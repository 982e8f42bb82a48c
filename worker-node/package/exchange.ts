import type { IncomingMessage, ServerResponse } from 'node:http'
import { refuse } from './answer.ts'
import type { WaitResult } from './blocking.ts'
import type { Package } from './package.ts'
import type { TrackPackager } from './track-packager.ts'

/** One request with what it asks for. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal
}

/** Says that there is nothing to play yet. */
export const notYet = ({ request, response }: Exchange): void =>
  refuse(request, response, 404, 'The stream is about to start; try again in a moment.')

/** Waits at most three target durations (rfc8216bis §6.2.5.2); `full` if too many wait already. */
export async function waitFor(
  live: Package,
  packager: TrackPackager,
  ready: () => boolean,
  { gone }: Exchange,
): Promise<WaitResult | 'full'> {
  return (await packager.waiters.wait(ready, 3000 * live.figures.targetDuration, gone)) ?? 'full'
}

/** Says why what a request waited for did not come. */
export const busy = ({ request, response }: Exchange, why: 'late' | 'full'): void =>
  refuse(
    request,
    response,
    503,
    why === 'late' ? 'The media did not come in time; try again.' : 'Too many requests wait already; try again.',
  )
