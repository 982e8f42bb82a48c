import type { IncomingMessage, ServerResponse } from 'node:http'
import { newId } from '#schema/ids.ts'
import { type ProblemCode, problemCodes } from '#schema/problem.ts'

/** A request that is not done; `detail` says in everyday words why, and what to do. */
export class WhipRefusal extends Error {
  override readonly name = 'WhipRefusal'
  readonly code: ProblemCode
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.code = code
    this.status = problemCodes[code][0]
    this.headers = headers
  }
}

/** The publisher is to go to another worker (RFC 9725 §4.5): `location` is its address there. */
export class WhipRedirect extends Error {
  override readonly name = 'WhipRedirect'
  readonly location: string

  constructor(location: string) {
    super('Another worker takes this publisher.')
    this.location = location
  }
}

export const mediaTypes = {
  sdp: 'application/sdp',
  fragment: 'application/trickle-ice-sdpfrag',
  problem: 'application/problem+json',
} as const

/** Pages of any site may publish: what lets them in is the bearer that they hold, never a cookie. */
const openToAll = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const

/** Answers with a body or without. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | string[]>> = {},
  body = '',
): void {
  const bytes = Buffer.from(body)
  const length = status === 204 ? {} : { 'Content-Length': String(bytes.length) }
  response.writeHead(status, { ...openToAll, ...headers, ...length })
  response.end(bytes)
}

/** Answers a refusal as problem+json (RFC 9457). */
export function refuse(response: ServerResponse, { code, status, message, headers }: WhipRefusal): void {
  const problem = {
    type: 'about:blank',
    title: problemCodes[code][1],
    status,
    code,
    detail: message,
    request_id: newId('req'),
  }
  answer(response, status, { 'Content-Type': mediaTypes.problem, ...headers }, JSON.stringify(problem))
}

/** What a preflight and a curious client learn (RFC 9725 §4.2, Fetch §3.2). */
export function describeMethods(response: ServerResponse, kind: 'endpoint' | 'session'): void {
  answer(response, 204, {
    ...(kind === 'endpoint' ? { 'Accept-Post': mediaTypes.sdp } : { 'Accept-Patch': mediaTypes.fragment }),
    Allow: allowed[kind],
    'Access-Control-Allow-Methods': allowed[kind],
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, If-Match',
    'Access-Control-Max-Age': '86400',
  })
}

/** Methods of each kind of address. */
export const allowed = { endpoint: 'POST, OPTIONS', session: 'PATCH, DELETE, OPTIONS' } as const

/** Reads a body as text. Throws {@link WhipRefusal} for one that is too large. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const tooLarge = () =>
    new WhipRefusal('body_too_large', `The body may have ${maxBytes / 1024} KiB at most.`, { Connection: 'close' })
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The media type of a body, without parameters. */
export const contentType = (request: IncomingMessage): string =>
  (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** The token of an Authorization header (RFC 6750 §2.1), if it is one that a stream key can be. */
export function bearerOf(request: IncomingMessage): string {
  const token = /^Bearer +([\x21-\x7e]{1,256})$/i.exec(request.headers.authorization ?? '')?.[1]
  if (token === undefined)
    throw new WhipRefusal(
      'unauthorized',
      'The stream key is missing. Send it as Authorization: Bearer; in an encoder it belongs into the field “Bearer Token”.',
      { 'WWW-Authenticate': 'Bearer' },
    )
  return token
}
