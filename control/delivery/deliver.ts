import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { isForAll } from './admit.ts'
import type { FindPlayback, FoundPlayback } from './find-playback.ts'
import { createMediaAccess } from './media-access.ts'
import type { MediaAsked } from './media-cache.ts'
import { within } from './within.ts'
import { createWorkerTime } from './worker-time.ts'

/** What one viewer asks for. */
export interface Viewing {
  readonly method: 'GET' | 'HEAD'
  /** Without the token, with the HLS directives. */
  readonly path: string
  readonly cacheable: boolean
  /** Fires when he has gone. */
  readonly signal: AbortSignal
  /** The cache node he came to, where there are several. */
  readonly place: string | undefined
}

/** Who waits longer for a worker is led to the one that has the stream by then, milliseconds. */
const lookAgainMs = 2_000

/** Serves the media of a playback id from the worker that has it, through the cache near the viewer. */
export function createDelivery(runtime: Runtime, find: FindPlayback) {
  const accessTo = createMediaAccess(runtime)
  const timeOf = createWorkerTime(runtime)

  async function deliver(playback: FoundPlayback, viewing: Viewing): Promise<Response> {
    const { worker } = playback
    if (worker === null) throw new ApiError('not_found', 'This stream has not been on air yet. Try again once it is.')
    const { method, path, cacheable, place } = viewing
    const authorization = isForAll(playback) ? undefined : await accessTo(worker.id)
    const asked: MediaAsked = { method, worker, path, cacheable, authorization }
    const waiting = new AbortController()
    const signal = AbortSignal.any([viewing.signal, waiting.signal])
    const serve = () => runtime.mediaCache.serve(asked, signal, place)
    const answer = path.endsWith('/time') && method === 'GET' ? timeOf(worker.id, serve) : serve()
    const moved = await movedBefore(answer, playback, viewing.signal)
    if (!moved) return answer
    waiting.abort()
    return deliver(moved, viewing)
  }

  /** What the playback id stands for now, if another worker has taken it over before `answer` has come. */
  async function movedBefore(
    answer: Promise<Response>,
    { playbackId, worker }: FoundPlayback,
    viewer: AbortSignal,
  ): Promise<FoundPlayback | undefined> {
    const settled = answer.then(
      () => undefined,
      () => undefined,
    )
    while ((await within(lookAgainMs, settled)) === 'late' && !viewer.aborted) {
      const found = await find(playbackId).catch(() => undefined)
      if (found?.worker && found.worker.id !== worker?.id) return found
    }
    return undefined
  }

  return deliver
}
