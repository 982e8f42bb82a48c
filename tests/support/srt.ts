import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import type { Source } from '#worker/ingest/source.ts'
import type { SrtAuthorization } from '#worker/ingest/srt/callers.ts'
import { type SrtServer, type SrtServerOptions, startSrtServer } from '#worker/ingest/srt/server.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { eventually } from './eventually.ts'

export const passphrase = 'correct horse battery'

/** What a test server was handed. */
export interface ReceivedSource {
  readonly streamKey: string
  readonly input: string | null
  readonly source: Source
  /** Where its media goes. */
  readonly file: string
  /** All of it is in the file. */
  readonly written: Promise<void>
}

export interface TestSrtServer extends SrtServer {
  readonly sources: ReceivedSource[]
  /** Stream keys and inputs that it was asked about. */
  readonly asked: string[]
  readonly logged: object[]
  /** Whom it let in and did not connect, and why. */
  readonly notComing: string[]
  url(streamId: string, query?: Record<string, string | number>): string
  /** The nth source with this key. */
  source(streamKey: string, index?: number): Promise<ReceivedSource>
}

let ffmpeg: Promise<FfmpegBinary> | undefined

/** An SRT server that takes every key but those that begin with `refused`, and writes what comes into files. */
export async function testSrtServer(
  options: Partial<SrtServerOptions> & { folder?: string; rejection?: number } = {},
): Promise<TestSrtServer> {
  ffmpeg ??= findFfmpeg()
  const folder = await mkdtemp(join(tmpdir(), 'weir-srt-'))
  const sources: ReceivedSource[] = []
  const asked: string[] = []
  const logged: object[] = []
  const notComing: string[] = []
  const accepted: SrtAuthorization = { accept: true, passphrase }
  const server = await startSrtServer({
    host: '127.0.0.1',
    port: 0,
    ffmpeg: await ffmpeg,
    log: { info: (fields: object) => logged.push(fields) } as unknown as SrtServerOptions['log'],
    authorize: async (streamKey, input, _remoteAddress, isRelayed) => {
      asked.push([streamKey, input ?? [], isRelayed ? 'handed on' : []].flat().join(' '))
      if (!streamKey.startsWith('refused')) return accepted
      return { accept: false, rejection: options.rejection ?? 2_404, detail: 'No live stream has this stream key.' }
    },
    onNotComing: (streamKey, { reason, detail }) => notComing.push(`${streamKey} ${reason}: ${detail}`),
    onSource: (streamKey, input, source) => {
      const file = join(folder, `${sources.length}.ts`)
      const written = pipeline(source.open()!, createWriteStream(file))
      written.catch(() => {})
      sources.push({ streamKey, input, source, file, written })
    },
    ...options,
  })
  return {
    port: server.port,
    sources,
    asked,
    logged,
    notComing,
    url: (streamId, query = {}) => srtUrl(server.port, streamId, query),
    source: (streamKey, index = 0) =>
      eventually(`${streamKey} publishes`, () => sources.filter((source) => source.streamKey === streamKey)[index], {
        timeoutMs: 40_000,
      }),
    close: async () => {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The address of a caller, with the right passphrase unless another is given; an empty one is left out. */
export function srtUrl(port: number, streamId: string, query: Record<string, string | number> = {}): string {
  const words = { passphrase, streamid: streamId, ...query }
  const pairs = Object.entries(words).filter(([, value]) => value !== '')
  return `srt://127.0.0.1:${port}?${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`
}

/** How a caller ended, and what it told its user. */
export interface CallerExit {
  readonly exitCode: number | undefined
  readonly output: string
}

export interface SrtCaller {
  readonly exit: Promise<CallerExit>
  kill(signal?: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void
}

export interface FfmpegCallerOptions {
  /** Repeats the file for ever. */
  readonly loop?: boolean
  /** Given as an option: it may hold whatever would have to be escaped in an address. */
  readonly streamId?: string
  readonly format?: string
  /** Which streams of the file. */
  readonly map?: string
}

/** FFmpeg sends a file in real time. */
export function ffmpegCaller(file: string, url: string, options: FfmpegCallerOptions = {}): SrtCaller {
  const { loop = false, streamId, format = 'mpegts', map = '0' } = options
  const input = ['-re', ...(loop ? ['-stream_loop', '-1'] : []), '-i', file]
  // SRT's own three seconds are too few for a machine that does much else.
  const patience = ['-connect_timeout', '15000']
  const named = streamId ? ['-srt_streamid', streamId] : []
  const output = ['-map', map, '-c', 'copy', '-f', format, ...patience, ...named, url]
  const args = ['-hide_banner', '-v', 'error', '-nostdin', ...input, ...output]
  return caller(execa('ffmpeg', args, { reject: false, all: true, stdin: 'ignore' }))
}

/** srt-live-transmit, fed by an FFmpeg that reads `file` in real time; not before it is connected, for it drops that. */
export function transmitCaller(file: string, url: string): SrtCaller {
  const args = ['-hide_banner', '-v', 'error', '-nostdin', '-re', '-i', file, '-map', '0', '-c', 'copy']
  const transmit = execa('srt-live-transmit', ['-chunk:1316', '-autoreconnect:no', 'file://con', url], {
    ...{ reject: false, all: true, stdin: 'pipe' },
  })
  // It is killed while it is being fed.
  transmit.stdin.on('error', () => {})
  const feed = (words: Buffer) => {
    if (!words.includes('SRT target connected')) return
    transmit.all.off('data', feed)
    const feeder = execa('ffmpeg', [...args, '-flush_packets', '1', '-f', 'mpegts', 'pipe:1'], {
      ...{ reject: false, buffer: false, stdin: 'ignore' },
    })
    feeder.stdout.pipe(transmit.stdin)
    void transmit.then(() => feeder.kill('SIGKILL'))
  }
  transmit.all.on('data', feed)
  return caller(transmit)
}

type Child = PromiseLike<{ exitCode?: number | undefined; all: string }> & { kill(signal: NodeJS.Signals): unknown }

function caller(child: Child): SrtCaller {
  return {
    exit: Promise.resolve(child.then(({ exitCode, all }) => ({ exitCode, output: all }))),
    kill: (signal = 'SIGKILL') => void child.kill(signal),
  }
}
