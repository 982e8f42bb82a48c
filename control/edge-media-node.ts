import { DurableObject } from 'cloudflare:workers'
import { readAsked, workerUnreachableStatus } from './delivery/edge-media-cache.ts'
import { memoryMediaCache } from './delivery/memory-media-cache.ts'
import { fetchFromOrigin } from './delivery/origin.ts'
import { ApiError } from './errors.ts'

/**
 * One cache node of an edge location: all requests there for one track come to it, and in it they may wait for each other,
 * which requests at the edge may not. It keeps 32 MiB at most in memory, and nothing else: an isolate has 128.
 */
export class MediaNode extends DurableObject {
  readonly #cache = memoryMediaCache({ fetchMedia: fetchFromOrigin, maxBytes: 32 * 1024 * 1024 })

  override async fetch(request: Request): Promise<Response> {
    try {
      return await this.#cache.serve(readAsked(request), request.signal, undefined)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return new Response(null, { status: workerUnreachableStatus })
    }
  }
}
