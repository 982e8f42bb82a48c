import type { Quality } from './quality.ts'

/** The servers of a `Link` header (RFC 9725 §4.6, RFC 8288): STUN and TURN with their credentials. */
export function iceServersOf(link: string | null): RTCIceServer[] {
  return [
    ...(link ?? '').matchAll(/<((?:stuns?|turns?):[^>]+)>((?:\s*;\s*[\w-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))*)/g),
  ]
    .map(([, urls = '', parameters = '']) => ({ urls, parameters: readParameters(parameters) }))
    .filter(({ parameters }) => parameters.get('rel') === 'ice-server')
    .map(({ urls, parameters }) => {
      const [username, credential] = [parameters.get('username'), parameters.get('credential')]
      return { urls, ...(username !== undefined && { username }), ...(credential !== undefined && { credential }) }
    })
}

function readParameters(text: string): Map<string, string> {
  const found = [...text.matchAll(/;\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+))/g)]
  return new Map(
    found.map(([, name = '', quoted, plain = '']) => [name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain]),
  )
}

/** Share of the wanted bit rate to begin with: Chromium alone begins at 300 kbit/s, and blurs for ten seconds. */
const startShare = 0.6

/** The answer with a hint for Chromium, in the format parameters of its picture. Other browsers don't know it. */
export function withStartBitrate(sdp: string, { maxKbps }: Quality): string {
  const hint = `x-google-start-bitrate=${Math.round(maxKbps * startShare)};x-google-max-bitrate=${maxKbps}`
  const at = sdp.indexOf('m=video')
  if (at < 0) return sdp
  const video = sdp.slice(at)
  const type = /^m=video \d+ \S+ (\d+)/.exec(video)?.[1]
  const withHint = video.includes(`a=fmtp:${type} `)
    ? video.replace(new RegExp(`(a=fmtp:${type} [^\\r\\n]*)`), `$1;${hint}`)
    : video.replace(new RegExp(`(a=rtpmap:${type} [^\\r\\n]*)`), `$1\r\na=fmtp:${type} ${hint}`)
  return sdp.slice(0, at) + withHint
}
