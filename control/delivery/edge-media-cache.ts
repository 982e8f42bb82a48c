import { fingerprint } from '../requests/fingerprint.ts'
import { cacheKey, cacheSeconds, type FetchMedia, type MediaAsked, type MediaCache } from './media-cache.ts'
import { unreachable } from './origin.ts'

/** A Durable Object namespace of media nodes (edge-media-node.ts). */
export interface MediaNodes {
  getByName(name: string): { fetch(url: string, init: RequestInit): Promise<Response> }
}

interface EdgeMediaCacheOptions {
  readonly fetchMedia: FetchMedia
  /** Lets a write go on after the answer. */
  readonly waitUntil: (promise: Promise<unknown>) => void
  /** Undefined where the deployment has none: then each request that the cache can't answer goes to the worker. */
  readonly nodes: MediaNodes | undefined
}

/** What a cache node is asked in, and how it says that the worker does not answer. */
const askedHeader = 'weir-asked'
export const workerUnreachableStatus = 599

/**
 * Media answers at an edge location. Its Cache API keeps them, but collapses nothing, and requests there must not wait for each
 * other: so what it has not goes through a media node (a Durable Object) of the location, the same one for all of a track, which
 * asks the worker once for all of them, also while an answer still grows.
 */
export const edgeMediaCache = ({ fetchMedia, waitUntil, nodes }: EdgeMediaCacheOptions): MediaCache => ({
  async serve(asked, viewer, place) {
    if (!asked.cacheable) return fetchMedia(asked, viewer)
    const cache = await caches.open('media')
    // Only our own entries: the host is ours to choose, and `.invalid` never is anybody's (RFC 2606).
    const request = new Request(new URL(cacheKey(asked), 'https://media.invalid'))
    const known = asked.method === 'GET' ? await cache.match(request) : undefined
    if (known) return new Response(known.body, known)
    const response = await (nodes ? askNode(nodes, asked, viewer, place) : fetchMedia(asked, viewer))
    if (asked.method === 'GET' && cacheSeconds(response) > 0) waitUntil(cache.put(request, response.clone()))
    return response
  },
})

async function askNode(
  nodes: MediaNodes,
  asked: MediaAsked,
  viewer: AbortSignal,
  place = 'anywhere',
): Promise<Response> {
  const node = nodes.getByName(nodeName(asked, place))
  const headers = { [askedHeader]: encodeURIComponent(JSON.stringify(asked)) }
  const response = await node.fetch('https://node.invalid/', { headers, signal: viewer })
  if (response.status === workerUnreachableStatus) throw unreachable('as its media node says')
  return response
}

/** Nodes of one playback id at one location: one bears some 1,000 requests a second. Names that somebody makes up open no more. */
const nodesMax = 32

/** The node for a playlist, or for the media of one rendition, of one playback id. */
export function nodeName({ worker, path }: Pick<MediaAsked, 'worker' | 'path'>, place: string): string {
  const [, , playbackId, ...rest] = (path.split('?', 1)[0] ?? '').split('/')
  const track = rest.length > 1 ? rest.slice(0, -1).join('/') : (rest[0] ?? '')
  return `${place} ${worker.id} ${playbackId} ${fingerprint(track, 0) % nodesMax}`
}

/** What a node was asked. */
export const readAsked = (request: Request): MediaAsked =>
  JSON.parse(decodeURIComponent(request.headers.get(askedHeader) ?? '')) as MediaAsked
