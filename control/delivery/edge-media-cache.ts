import { cacheSeconds, type MediaCache } from './media-cache.ts'

/**
 * Media answers in the Cache API of an edge location. What may not be kept is passed through. `waitUntil` lets the
 * write go on after the answer.
 */
export const edgeMediaCache = (waitUntil: (promise: Promise<unknown>) => void): MediaCache => ({
  async serve(key, load, client) {
    const cache = await caches.open('media')
    // Only our own entries: the host is ours to choose, and `.invalid` never is anybody's (RFC 2606).
    const request = new Request(new URL(key, 'https://media.invalid'))
    const known = await cache.match(request)
    if (known) return new Response(known.body, known)
    const response = await load(client)
    if (cacheSeconds(response) > 0) waitUntil(cache.put(request, response.clone()))
    return response
  },
})
