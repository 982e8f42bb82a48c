import { PullError } from './pull-error.ts'

/** One reader's command line; everything secret stands in `env` or `script`. */
export interface ReaderCommand {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What FFmpeg reads on stdin; null: nothing. */
  readonly script: string | null
}

export interface OutputOptions {
  /** Encodes the sound to AAC where its codec does not fit a transport stream. */
  readonly encodeAudio: boolean
}

/** What a programme over HTTP is. */
export type HttpFormat = 'hls' | 'dash' | 'file'

/**
 * Reads over our egress proxy. `startUrl` is the proxy's stand-in for the address. Only `http` is let through: `file:`,
 * `data:`, `concat:`, `subfile:` and the rest are refused wherever they stand, and so is `https:`, which the proxy takes out.
 */
export function httpReader(
  startUrl: string,
  proxyUrl: string,
  { format, live }: { readonly format: HttpFormat; readonly live: boolean },
  output: OutputOptions,
): ReaderCommand {
  const file = live ? optionsOf(probing) : reconnecting
  return {
    args: [
      ...talkative,
      ...['-protocol_whitelist', 'http,tcp,crypto', '-format_whitelist', httpFormats],
      ...['-rw_timeout', String(rwTimeoutUs), ...(format === 'file' ? file : formatOptions[format]), '-i', startUrl],
      ...transportStream(output),
    ],
    env: { http_proxy: proxyUrl, no_proxy: '' },
    script: null,
  }
}

/** Reads RTSP from a relay on loopback, media interleaved in its one TCP connection. */
export function rtspReader(url: string, output: OutputOptions): ReaderCommand {
  return scripted('rtsp', 'rtsp,tcp', url, { ...probing, rtsp_transport: 'tcp', timeout: String(rwTimeoutUs) }, output)
}

/** Reads SRT from a relay on loopback. `options` are those of FFmpeg's srt protocol. */
export function srtReader(
  url: string,
  options: Readonly<Record<string, string>>,
  output: OutputOptions,
): ReaderCommand {
  return scripted('mpegts', 'srt,udp', url, { ...probing, ...options, timeout: String(rwTimeoutUs) }, output)
}

/** `level+info` names the streams that are copied, see codecs.ts. */
const talkative = ['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'level+info'] as const
/** A last resort: the reader's own watch is shorter, and says what happened. */
const rwTimeoutUs = 30_000_000
const httpFormats = 'hls,dash,mpegts,mov,matroska,flv,live_flv,aac,mp3,ac3,eac3,ogg,avi,mpeg,h264,hevc,webvtt'

/** µs and bytes: what has no header is looked at for so long, and no frame is awaited to tell the rate. */
const probing = { analyzeduration: '1500000', probesize: '5000000', fpsprobesize: '0' } as const

const reconnecting = [
  ...['-reconnect', '1', '-reconnect_on_network_error', '1', '-reconnect_on_http_error', '5xx'],
  ...['-reconnect_delay_max', '4'],
]
const formatOptions: Readonly<Record<Exclude<HttpFormat, 'file'>, readonly string[]>> = {
  hls: ['-m3u8_hold_counters', '8', '-live_start_index', '-3', '-fpsprobesize', '0'],
  dash: ['-fpsprobesize', '0'],
}

function optionsOf(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [`-${name}`, value])
}

/**
 * The address through the concat demuxer on stdin, so that it does not stand in the command line. It opens just this one
 * entry, in a format that is fixed.
 */
function scripted(
  format: string,
  protocols: string,
  url: string,
  options: Readonly<Record<string, string>>,
  output: OutputOptions,
): ReaderCommand {
  const lines = Object.entries(options).map(([name, value]) => `option ${name} ${quoted(value)}\n`)
  return {
    args: [
      ...talkative,
      ...['-protocol_whitelist', `pipe,${protocols}`, '-format_whitelist', `concat,${format}`],
      ...['-fpsprobesize', '0', '-f', 'concat', '-safe', '0', '-i', 'pipe:0'],
      ...transportStream(output),
    ],
    env: {},
    script: `ffconcat version 1.0\nfile ${quoted(url)}\n${lines.join('')}`,
  }
}

/**
 * FFmpeg's quoting: nothing means anything between single quotes, and a quote stands outside. A line's end would end the
 * directive all the same, and begin another.
 */
function quoted(text: string): string {
  if (/\p{Cc}/u.test(text))
    throw new PullError('address_unsupported', 'The address has a control character in it.', 'Take it out.')
  return `'${text.replaceAll("'", "'\\''")}'`
}

function transportStream({ encodeAudio }: OutputOptions): string[] {
  return [
    ...['-sn', '-dn', '-c', 'copy', ...(encodeAudio ? ['-c:a', 'aac', '-b:a', '128k'] : [])],
    ...[
      '-f',
      'mpegts',
      '-muxdelay',
      '0',
      '-muxpreload',
      '0',
      '-pes_payload_size',
      '0',
      '-flush_packets',
      '1',
      'pipe:3',
    ],
  ]
}
