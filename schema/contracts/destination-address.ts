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

/**
 * Where a destination is: `rtmp://host/app`, `rtmps://host/app` or `srt://host:port?latency=200` (milliseconds, 120 where it
 * is left out), without the stream key. Credentials in it are refused: they belong in `stream_key` and `srt_passphrase`.
 */
export const destinationUrl = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(1_000),
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
    (text) =>
      !isSrt(text) || /^\/?(\?(mode=caller|latency=\d{1,4})(&(mode=caller|latency=\d{1,4}))?)?$/.test(pathOf(text)),
    'Of an srt:// address only latency may be told, as in ?latency=200: the stream id goes into stream_key, the passphrase into srt_passphrase.',
  ),
)

/** RTMP's stream name, or SRT's stream id. */
export const streamKey = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1, 'Paste the stream key that the platform shows you.'),
  v.maxLength(1_000),
  v.check((text) => !/[\s\p{Cc}]/u.test(text), 'A stream key has no spaces or line breaks; paste it again.'),
)

/** Certificates that are trusted beside the public ones, for `rtmps://`. */
export const caPem = v.pipe(
  v.string(),
  v.maxLength(65_536),
  v.check(
    (text) => /-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/.test(text),
    'Paste a certificate: text that begins with -----BEGIN CERTIFICATE-----.',
  ),
)

/** What SRT encrypts with. Write-only. */
export const srtPassphrase = v.pipe(
  v.string(),
  v.minLength(10, 'SRT wants at least 10 characters.'),
  v.maxLength(79, 'SRT takes at most 79 characters.'),
  v.check((text) => !/\p{Cc}/u.test(text), 'A passphrase has no line breaks; paste it again.'),
)

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
  if (!takes(platform, url))
    return { field: 'url', detail: `This platform takes only ${listed(protocolsOf(platform))} addresses.` }
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

/** What stands behind host and port. */
function pathOf(text: string): string {
  const { pathname = '', search = '' } = URL.parse(text) ?? {}
  return pathname + search
}
