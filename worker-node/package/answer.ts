import type { IncomingMessage, ServerResponse } from 'node:http'

/** Kinds of bytes that the origin serves. */
export const contentTypes = {
  playlist: 'application/vnd.apple.mpegurl',
  manifest: 'application/dash+xml',
  video: 'video/mp4',
  audio: 'audio/mp4',
  jpeg: 'image/jpeg',
  text: 'text/plain; charset=utf-8',
} as const

/** Any site may play a public stream, and measure how it arrives. */
const openToAll = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Date, Age, Content-Length',
  'Timing-Allow-Origin': '*',
  'X-Content-Type-Options': 'nosniff',
} as const

/** How long caches may keep an answer (field-notes §4 "Cache"). */
export const cacheFor = {
  ever: 'public, max-age=31536000, immutable',
  never: 'no-store',
  seconds: (seconds: number) => `public, max-age=${Math.max(1, Math.floor(seconds))}`,
} as const

/** Answers with these buffers, one after the other in one write, or with their headers only for HEAD. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  contentType: string,
  cacheControl: string,
  buffers: readonly Uint8Array[],
): void {
  response.writeHead(200, {
    ...openToAll,
    'Content-Type': contentType,
    'Content-Length': buffers.reduce((total, buffer) => total + buffer.byteLength, 0),
    'Cache-Control': cacheControl,
  })
  if (request.method !== 'HEAD') {
    response.cork()
    for (const buffer of buffers) response.write(buffer)
    response.uncork()
  }
  response.end()
}

/** Starts an answer whose length is not known yet: chunked transfer coding. */
export function beginAnswer(response: ServerResponse, contentType: string, cacheControl: string): void {
  response.writeHead(200, { ...openToAll, 'Content-Type': contentType, 'Cache-Control': cacheControl })
}

/** Refuses with one line of everyday words. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: 400 | 403 | 404 | 405 | 503,
  words: string,
): void {
  const body = Buffer.from(`${words}\n`)
  response.writeHead(status, {
    ...openToAll,
    'Content-Type': contentTypes.text,
    'Content-Length': body.byteLength,
    'Cache-Control': status === 404 ? cacheFor.seconds(1) : cacheFor.never,
    ...(status === 405 ? { Allow: 'GET, HEAD, OPTIONS' } : {}),
    ...(status === 503 ? { 'Retry-After': '1' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Answers a CORS preflight. */
export function allowAll(response: ServerResponse): void {
  response.writeHead(204, {
    ...openToAll,
    'Access-Control-Allow-Methods': 'GET, HEAD, OPTIONS',
    'Access-Control-Allow-Headers': '*',
    'Access-Control-Max-Age': '86400',
  })
  response.end()
}
