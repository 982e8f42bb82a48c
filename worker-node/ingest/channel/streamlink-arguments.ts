import { isIP } from 'node:net'

/** What every command line has. */
export interface StreamlinkCall {
  /** Of the streamlink that is called. */
  readonly version: string
  /** As {@link channelAddress} gives it. */
  readonly url: string
  readonly configPath: string
  /** Streamlink starts one where a site has sound and picture apart. */
  readonly ffmpegPath: string
}

/** Without a byte for so long streamlink gives a stream up, seconds; a pause for ads does not count. */
const streamTimeoutSeconds = 10

/**
 * Waits until the channel is live, asking every `retrySeconds`, then writes its media to stdout. Ads are left out, not
 * written: the output pauses. The playlist is asked for as often as it has a new segment, since Twitch's own figure
 * (6 s) makes a stream lumpy.
 */
export function watchArguments(call: StreamlinkCall, quality: string, retrySeconds: number): string[] {
  return [
    ...[...common(call), '--loglevel', 'debug', '--stdout'],
    ...['--retry-streams', retrySeconds.toFixed(1), '--stream-timeout', String(streamTimeoutSeconds)],
    ...['--hls-live-edge', '2', '--hls-playlist-reload-time', 'segment', '--twitch-disable-ads'],
    ...['--ffmpeg-ffmpeg', call.ffmpegPath, '--ffmpeg-fout', 'mpegts'],
    ...['--', call.url, withFallback(quality)],
  ]
}

/** Asks once what is on and what the channel says of itself; the answer is JSON on stdout. */
export function describeArguments(call: StreamlinkCall): string[] {
  return [...common(call), '--json', '--', call.url]
}

/** Whether streamlink knows the site, without asking anybody. */
export function canHandleArguments(url: string): string[] {
  return [`--can-handle-url-no-redirect=${url}`]
}

/** The configuration file: what nobody may see in a list of processes. */
export function configText(oauthToken: string | null): string {
  if (oauthToken === null) return ''
  if (!/^[\w-]{1,200}$/.test(oauthToken)) throw new Error('The OAuth token has characters that no such token has.')
  return `twitch-api-header=Authorization=OAuth ${oauthToken}\n`
}

/** The words of a quality setting, best first. */
export const qualityWords = (quality: string): string[] => quality.toLowerCase().split(',').filter(Boolean)

/** From 6.0 on streamlink starts a browser where a site is hard to read; Weir does without. */
function common({ version, configPath }: StreamlinkCall): string[] {
  return ['--config', configPath, ...(Number.parseInt(version, 10) >= 6 ? ['--webbrowser', 'no'] : [])]
}

function withFallback(quality: string): string {
  const words = qualityWords(quality)
  return [...words, ...(words.includes('best') ? [] : ['best'])].join(',')
}

/**
 * The address of a channel's page as streamlink gets it, or null where it is none: another scheme, a user name, no
 * name of a site (an IP address, `localhost`).
 */
export function channelAddress(text: string): string | null {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  if (url.username !== '' || url.password !== '') return null
  const isName = url.hostname.includes('.') && !url.hostname.startsWith('[') && isIP(url.hostname) === 0
  return isName ? url.href : null
}
