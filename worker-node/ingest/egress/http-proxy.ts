import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type EgressError, toEgressError } from './egress-error.ts'
import type { HttpClient } from './http-client.ts'
import { withAbsoluteBase } from './mpd-base.ts'
import type { OriginAliases } from './origin-aliases.ts'
import { type Body, readBody } from './playlist-body.ts'
import type { SegmentOrder } from './segment-order.ts'

/** Whose requests the proxy answers. */
export interface ProxyUser {
  readonly aliases: OriginAliases
  /** The address behind a path of `http://start.weir.invalid`, or undefined. */
  startAddress(path: string): string | undefined
  /** The `authorization` for the server that the address with user and password names; of others nothing. */
  credentials(url: URL): { readonly authorization?: string }
  /** How this user's requests for segments are put in order; null: they are as they should be. */
  readonly segments: SegmentOrder | null
  /** What could not be fetched, and why. */
  onFailure(error: EgressError): void
  /** A server answered with this status. */
  onStatus(status: number, url: URL): void
}

/** The name under which FFmpeg asks for the address that it was started for: it stands in the command line. */
export const startHost = 'start.weir.invalid'

/**
 * Answers one request in absolute form (RFC 9112 §3.2.2): fetches it from a checked address, and hands on the answer with
 * its redirect, and its playlist, so that whatever they name comes through here again.
 */
export async function forward(
  user: ProxyUser,
  client: HttpClient,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const closed = new AbortController()
  response.once('close', () => closed.abort())
  const asked = URL.parse(request.url ?? '')
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405)
  if (asked?.protocol !== 'http:') return refuse(response, 400)
  if (asked.hostname === startHost) {
    const address = user.startAddress(asked.pathname)
    if (address === undefined) return refuse(response, 404)
    response.writeHead(302, { location: user.aliases.conceal(address), 'content-length': 0 }).end()
    return
  }
  try {
    const url = user.aliases.reveal(asked.href)
    const key = `${url.href} ${request.headers.range ?? ''}`
    if (user.segments?.wasGiven(key)) return refuse(response, 404)
    const { method } = request
    const headers = { ...user.credentials(url), ...endToEnd(request.headers), 'accept-encoding': 'identity' }
    const wanted = { url, method, headers, signal: closed.signal } as const
    const answer = await (user.segments ? user.segments.send(wanted, client) : client.send(wanted))
    const given = await handOn(user, url, method, answer, response)
    if (given === 'media') user.segments?.given(key)
  } catch (error) {
    if (closed.signal.aborted) return
    const failure = toEgressError(error, asked.hostname)
    user.onFailure(failure)
    if (response.headersSent) response.destroy()
    else refuse(response, /refused$/.test(failure.code) ? 403 : 502)
  }
}

/** An answer of ours, without a body. */
export function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-length': 0, ...headers }).end()
}

/** Gives what was handed on; null: no whole body. */
async function handOn(
  user: ProxyUser,
  url: URL,
  method: 'GET' | 'HEAD',
  answer: IncomingMessage,
  response: ServerResponse,
): Promise<Body['kind'] | null> {
  const status = answer.statusCode ?? 502
  const headers = endToEnd(answer.headers)
  if (headers.location !== undefined) {
    const location = URL.parse(headers.location, url)
    headers.location = location ? user.aliases.conceal(location.href) : ''
  }
  user.onStatus(status, url)
  if (!isWhole(status, headers) || method === 'HEAD') {
    response.writeHead(status, headers)
    await pipeline(answer, response)
    return null
  }
  const body = await readBody(answer).catch((error: unknown) => {
    answer.destroy()
    throw error
  })
  if (headers['content-encoding'] === 'gzip' || body.kind === 'playlist') {
    for (const name of ['content-encoding', 'content-length', 'content-range', 'accept-ranges']) delete headers[name]
  }
  response.writeHead(body.kind === 'playlist' ? 200 : status, headers)
  await pipeline(bytesOf(body, user.aliases, url), response)
  return body.kind
}

/** Whether the answer begins with the first byte: FFmpeg asks for `bytes=0-`, and gets a 206 from many servers. */
function isWhole(status: number, headers: IncomingHttpHeaders): boolean {
  return status === 200 || (status === 206 && /^bytes 0-/.test(headers['content-range'] ?? ''))
}

async function* bytesOf(body: Body, aliases: OriginAliases, url: URL): AsyncGenerator<Buffer> {
  if (body.kind === 'playlist') {
    const text = body.text.startsWith('#') ? body.text : withAbsoluteBase(body.text, url)
    yield Buffer.from(aliases.concealIn(text, { overTls: url.protocol === 'https:' }))
    return
  }
  if (body.head.length > 0) yield body.head
  yield* body.rest as Readable & AsyncIterable<Buffer>
}

/** Headers that are not for one hop only (RFC 9110 §7.6.1), nor between FFmpeg and this proxy. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  const hop = new Set([...hopByHop, ...named])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hop.has(name)))
}

const hopByHop = [
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'host', 'expect', 'http2-settings'],
]
