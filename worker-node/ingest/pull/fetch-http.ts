import type { FfmpegBinary } from '../../transcode/ffmpeg-binary.ts'
import type { Egress, ProxyPass } from '../egress/egress.ts'
import { explainExit } from './explain-exit.ts'
import { type Fetched, firstMedia } from './fetched.ts'
import { lookAt, type Sight } from './look.ts'
import { lost } from './pull-error.ts'
import type { ReaderExit } from './reader.ts'
import { type HttpFormat, httpReader } from './reader-command.ts'

export interface FetchOptions {
  readonly ffmpeg: FfmpegBinary
  readonly egress: Egress
  readonly signal: AbortSignal
}

/** A playlist may bring nothing for as long as a segment lasts, and that twice over; a file or endless stream always sends. */
const silenceMs: Readonly<Record<HttpFormat, number>> = { hls: 20_000, dash: 20_000, file: 10_000 }
/** Longer than any segment. */
const liveDashPatienceMs = 12_000
const startNames: Readonly<Record<HttpFormat, string>> = { hls: 'index.m3u8', dash: 'manifest.mpd', file: 'media' }

/** Fetches HLS, DASH, a file or an endless stream over HTTP(S). Throws a PullError or an EgressError. */
export async function fetchHttp(address: string, { ffmpeg, egress, signal }: FetchOptions): Promise<Fetched> {
  const sight = await lookAt(address, egress.client, signal)
  const { format, live } = sight
  const { hostname: host } = new URL(address)
  const media = await firstMedia({
    ffmpeg,
    signal,
    silenceMs: silenceMs[format],
    approach: async (output) => {
      const pass = egress.admit(format === 'dash' && live ? { awaitSegmentsMs: liveDashPatienceMs } : {})
      const startUrl = pass.startUrl(address, startNames[format])
      return {
        command: httpReader(startUrl, pass.proxyUrl, sight, output),
        explain: (exit) => explainHttp(exit, pass, sight, host),
        close: () => pass.close(),
      }
    },
  })
  return {
    ...media,
    protocol: format === 'file' ? 'http' : format,
    pacing: !live ? 'file' : format === 'file' ? 'arrival' : 'live',
  }
}

function explainHttp(exit: ReaderExit, pass: ProxyPass, { live }: Sight, host: string): Error | null {
  const failed = exit.reason !== 'ended' || exit.silent
  if (pass.failure && (failed || live || pass.failure.code === 'connection_lost')) return pass.failure
  if (!failed && !live) return null
  if (!failed && !pass.status) return lost(host)
  return explainExit(exit, host, pass.status?.code)
}
