import type { IncomingMessage } from 'node:http'
import { EgressError } from '../egress/egress-error.ts'
import { basicCredentials, type HttpClient } from '../egress/http-client.ts'
import { readBody } from '../egress/playlist-body.ts'
import { PullError, statusError } from './pull-error.ts'
import type { HttpFormat } from './reader-command.ts'

/** What stands behind an `http:` or `https:` address. */
export interface Sight {
  readonly format: HttpFormat
  /** It goes on for as long as it is sent; else it has an end. */
  readonly live: boolean
}

const mostRedirects = 8

/**
 * Looks at an address with one GET of its beginning, by the egress rules: what it is, and whether it is live. Throws a
 * PullError or an EgressError that says why there is nothing to fetch.
 */
export async function lookAt(address: string, client: HttpClient, signal: AbortSignal): Promise<Sight> {
  const { url, answer } = await follow(new URL(address), client, signal)
  try {
    const body = await readBody(answer)
    const hasEnd = answer.headers['content-length'] !== undefined
    if (body.kind === 'media') return { format: 'file', live: isEndless(body.head, hasEnd, url.hostname) }
    if (
      !body.text
        .trimStart()
        .replace(/^\uFEFF/, '')
        .startsWith('#EXTM3U')
    )
      return { format: 'dash', live: /<(?:\w+:)?MPD[^>]*\stype\s*=\s*["']dynamic["']/.test(body.text) }
    const variant = /^#EXT-X-STREAM-INF:.*[\r\n]+(?:#.*[\r\n]+)*([^#\s].*)$/m.exec(body.text)?.[1]
    if (variant === undefined) return { format: 'hls', live: isLivePlaylist(body.text) }
    return { format: 'hls', live: await isLiveVariant(new URL(variant.trim(), url), client, signal) }
  } finally {
    answer.destroy()
  }
}

async function isLiveVariant(address: URL, client: HttpClient, signal: AbortSignal): Promise<boolean> {
  const { answer } = await follow(address, client, signal)
  try {
    const body = await readBody(answer)
    return body.kind !== 'playlist' || isLivePlaylist(body.text)
  } finally {
    answer.destroy()
  }
}

/** RFC 8216 §4.3.3.4: without the tag more segments may follow. */
const isLivePlaylist = (text: string) => !/^#EXT-X-ENDLIST\s*$/m.test(text)

async function follow(
  start: URL,
  client: HttpClient,
  signal: AbortSignal,
): Promise<{ url: URL; answer: IncomingMessage }> {
  const { origin, authorization } = basicCredentials(start)
  let url = start
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new PullError(
        'address_unsupported',
        `${start.hostname} redirects to ${url.protocol}//.`,
        'Use the address it leads to, if it is one for media.',
      )
    const own = authorization !== undefined && url.origin === origin ? { authorization } : {}
    const headers = { 'user-agent': 'Weir', accept: '*/*', 'accept-encoding': 'identity', ...own }
    const answer = await client.send({ url, method: 'GET', headers, signal })
    const status = answer.statusCode ?? 502
    if (status < 300 && status !== 204) return { url, answer }
    answer.destroy()
    const next = status < 400 ? URL.parse(answer.headers.location ?? '', url) : null
    if (next === null) throw statusError(status, url.hostname)
    url = next
  }
  throw new EgressError('too_many_redirects', `${start.hostname} redirects in a circle.`, 'Check the address.')
}

/** Whether media of unknown length goes on for ever. Throws a PullError for what is clearly no media. */
function isEndless(head: Buffer, hasEnd: boolean, host: string): boolean {
  const text = head.subarray(0, 256).toString('latin1').trimStart()
  if (head.length === 0)
    throw new PullError('not_media', `${host} gives nothing at this address.`, 'Check the address.')
  if (/^<(!doctype html|html|head|body)/i.test(text))
    throw new PullError(
      'not_media',
      `The address leads to a web page, not to media.`,
      'Use the address of the media itself. For a page of Twitch and the like, add the input as a channel.',
    )
  // A table of samples (ISO/IEC 14496-12) belongs to a file, whatever the server says of its length.
  return !hasEnd && text.slice(4, 8) !== 'ftyp'
}
