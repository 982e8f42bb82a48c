import type { FfmpegBinary } from '../../transcode/ffmpeg-binary.ts'
import { type FfmpegExit, startFfmpeg } from '../../transcode/ffmpeg-process.ts'
import type { ReaderCommand } from './reader-command.ts'

export interface ReaderOptions {
  readonly ffmpeg: FfmpegBinary
  readonly command: ReaderCommand
  readonly signal: AbortSignal
  /** Without a byte for so long, although we take them, it is killed. Milliseconds; the first byte may take longer. */
  readonly silenceMs: number
  readonly firstByteMs?: number
}

/** How a reader ended. */
export interface ReaderExit extends FfmpegExit {
  /** It was silent for too long and was killed for that. */
  readonly silent: boolean
}

/** An FFmpeg that fetches something and gives it as a transport stream, unchanged. */
export interface Reader {
  readonly pid: number | undefined
  /** Its first bytes, after which it is held back until `flow`; null: it ended without any. */
  readonly first: Promise<Buffer | null>
  /** Takes what comes after `first`. */
  flow(sink: (bytes: Buffer) => void): void
  pause(): void
  resume(): void
  stderrSoFar(): string
  /** Everything was given and the process is gone. Never rejects. */
  readonly exited: Promise<ReaderExit>
  stop(): Promise<FfmpegExit>
}

const defaultFirstByteMs = 20_000
const watchEachMs = 250

/** Starts a reader. It holds what a pipe holds: 64 KiB, and one read. */
export function startReader(options: ReaderOptions): Reader {
  const { command, silenceMs, firstByteMs = defaultFirstByteMs } = options
  const first = Promise.withResolvers<Buffer | null>()
  let sink: ((bytes: Buffer) => void) | undefined
  /** What came after the first bytes: Node reads on, paused or not, once a process has exited. */
  const early: Buffer[] = []
  let hasGiven = false
  let paused = false
  let silent = false
  let lastByteMs = performance.now()
  const ffmpeg = startFfmpeg({
    ffmpeg: options.ffmpeg,
    args: command.args,
    env: command.env,
    stdin: command.script !== null,
    sinks: [
      (bytes) => {
        lastByteMs = performance.now()
        if (sink) return sink(bytes)
        if (hasGiven) early.push(bytes)
        hasGiven = true
        pause()
        first.resolve(bytes)
      },
    ],
    signal: options.signal,
  })
  const [output] = ffmpeg.outputs
  const watch = setInterval(() => {
    if (paused) lastByteMs = performance.now()
    if (performance.now() - lastByteMs < (hasGiven ? silenceMs : firstByteMs)) return
    silent = true
    void stop()
  }, watchEachMs)
  const pause = () => {
    paused = true
    output?.pause()
  }
  const resume = () => {
    paused = false
    output?.resume()
  }
  // What a stopped process has left in its pipe must be read, or the pipe stays open.
  const stop = () => {
    sink ??= () => {}
    resume()
    return ffmpeg.stop()
  }
  options.signal.addEventListener('abort', stop, { once: true })
  ffmpeg.stdin?.end(command.script ?? '')
  const exited = ffmpeg.exited.then((exit): ReaderExit => {
    clearInterval(watch)
    options.signal.removeEventListener('abort', stop)
    first.resolve(null)
    return { ...exit, silent }
  })
  return {
    pid: ffmpeg.pid,
    first: first.promise,
    flow: (next) => {
      sink = next
      for (const bytes of early.splice(0)) next(bytes)
      resume()
    },
    pause,
    resume,
    stderrSoFar: () => ffmpeg.stderrSoFar(),
    exited,
    stop,
  }
}
