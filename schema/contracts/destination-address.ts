import * as v from 'valibot'
import { platformOf } from '../platforms.ts'
import { publishProtocols } from './platform.ts'

const withoutCredentials = v.check<string, string>((text) => {
  const url = URL.parse(text)
  return url === null || (url.username === '' && url.password === '' && url.hash === '')
}, 'Leave user, password and # out of the address; the secret goes into stream_key.')

/** Where an RTMP server takes encoders: an `rtmp://` or `rtmps://` URL without the stream key. */
export const rtmpUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(1_000),
  v.check((text) => hasProtocol(text, 'rtmp:', 'rtmps:'), 'Use an address like rtmp://host/app or rtmps://host/app.'),
  withoutCredentials,
)

/** RTMP's stream name, or SRT's stream id. */
export const streamKey = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'Paste the stream key that the platform shows you.'),
  v.maxLength(1_000),
  v.check((text) => !/[\s\p{Cc}]/u.test(text), 'A stream key has no spaces or line breaks; paste it again.'),
)

/** Certificates that are trusted beside the public ones, for `rtmps://`. They are shown: no private key may be among them. */
export const caPem = v.pipe(
  v.string(),
  v.maxLength(65_536),
  v.check((text) => holdsCertificate(text), 'Paste a certificate: text that begins with -----BEGIN CERTIFICATE-----.'),
  v.check((text) => !text.includes('PRIVATE KEY-----'), 'Leave out the private key: only certificates belong here.'),
)

/** No one pattern: it would try each of thousands of beginnings up to the end of the text. */
function holdsCertificate(text: string): boolean {
  const begin = text.indexOf('-----BEGIN CERTIFICATE-----')
  return begin >= 0 && text.includes('-----END CERTIFICATE-----', begin)
}

/** What SRT encrypts with. Write-only. */
export const srtPassphrase = v.pipe(
  v.string(),
  v.minLength(10, 'SRT wants at least 10 characters.'),
  v.maxLength(79, 'SRT takes at most 79 characters.'),
  v.check((text) => !/\p{Cc}/u.test(text), 'A passphrase has no line breaks; paste it again.'),
)

/**
 * Where a destination is: `rtmp://host/app`, `rtmps://host/app` or `srt://host:port?latency=200` (milliseconds, 120 where it
 * is left out). The stream key is not part of it, nor are user and password; of a whole `srt://` address stream id and
 * passphrase are put where they belong: see {@link splitSrtAddress}.
 */
export const destinationUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(2_000),
  v.check(
    (text) => hasProtocol(text, 'rtmp:', 'rtmps:', 'srt:'),
    'Use an address like rtmps://host/app, rtmp://host/app or srt://host:port.',
  ),
  withoutCredentials,
  v.check(
    (text) => !isSrt(text) || URL.parse(text)?.port !== '',
    'An srt:// address needs its port, as in srt://host:9000.',
  ),
  v.check(
    (text) => !isSrt(text) || isCall(text),
    'Of an srt:// address only latency (milliseconds), streamid and passphrase (10 to 79 characters) are taken, as in srt://host:9000?latency=200: Weir is the one who calls.',
  ),
)

/** What is known of a destination in a request. */
interface SrtRequest {
  readonly url?: string | undefined
  readonly stream_key?: string | null | undefined
  readonly srt_passphrase?: string | null | undefined
}

/** Takes stream id and passphrase out of a whole `srt://` address, as Weir and others show it; given ones go before them. */
export function splitSrtAddress<Request extends SrtRequest>(request: Request): Request {
  const url = request.url === undefined ? null : URL.parse(request.url)
  if (url?.protocol !== 'srt:') return request
  const [latency, streamId, passphrase] = ['latency', 'streamid', 'passphrase'].map((name) =>
    url.searchParams.get(name),
  )
  return {
    ...request,
    url: `srt://${url.host}${latency ? `?latency=${latency}` : ''}`,
    ...(streamId && !request.stream_key && { stream_key: streamId }),
    ...(passphrase && !request.srt_passphrase && { srt_passphrase: passphrase }),
  }
}

/** Everything that a connection to a destination needs, as far as it is given. */
interface Address {
  readonly platform: string
  /** Undefined: the platform's own. */
  readonly url: string | undefined
  readonly hasKey: boolean
  readonly hasPassphrase: boolean
}

/** What does not fit together in it, by field; the first one found. */
export function misfitOf({ platform, url, hasKey, hasPassphrase }: Address): Misfit | undefined {
  if (!takes(platform, url)) {
    const name = platformOf(platform)?.name ?? 'This platform'
    return { field: 'url', detail: `${name} takes only ${listed(protocolsOf(platform))} addresses.` }
  }
  const goesBySrt = url !== undefined && isSrt(url)
  if (!goesBySrt && !hasKey) return { field: 'stream_key', detail: 'Paste the stream key that the platform shows you.' }
  if (!goesBySrt && hasPassphrase)
    return { field: 'srt_passphrase', detail: 'Only srt:// addresses have a passphrase; leave it out.' }
  return undefined
}
export interface Misfit {
  readonly field: 'url' | 'stream_key' | 'srt_passphrase'
  readonly detail: string
}

export const isSrt = (url: string): boolean => hasProtocol(url, 'srt:')

/** Whether a platform takes what goes to such an address; one that nobody takes is told of elsewhere. */
function takes(platform: string, url: string | undefined): boolean {
  const protocol = url === undefined ? undefined : URL.parse(url)?.protocol.slice(0, -1)
  const known = publishProtocols.find((each) => each === protocol)
  return known === undefined || protocolsOf(platform).includes(known)
}

/** What a platform takes; one that we have forgotten takes everything. */
const protocolsOf = (platform: string) => platformOf(platform)?.protocols ?? publishProtocols

const listed = (protocols: readonly string[]) => protocols.map((each) => `${each}://`).join(' and ')

function hasProtocol(text: string, ...protocols: readonly string[]): boolean {
  const url = URL.parse(text)
  return url !== null && protocols.includes(url.protocol) && url.hostname !== ''
}

const srtOptions: Readonly<Record<string, (value: string) => boolean>> = {
  mode: (value) => value === 'caller',
  latency: (value) => /^\d{1,8}$/.test(value),
  streamid: (value) => v.is(streamKey, value),
  passphrase: (value) => v.is(srtPassphrase, value),
}

/** Whether an `srt://` address is that of a listener, without anything that we could not keep to. */
function isCall(text: string): boolean {
  const url = URL.parse(text)
  if (!url || !/^\/?$/.test(url.pathname)) return false
  return [...url.searchParams].every(([name, value]) => srtOptions[name]?.(value) === true)
}
