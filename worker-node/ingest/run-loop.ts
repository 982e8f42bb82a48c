import { delay } from '../delay.ts'
import type { FfmpegExit } from '../transcode/ffmpeg-process.ts'
import type { Transcode } from '../transcode/transcoder.ts'
import type { Source, SourceEnd } from './source.ts'

/** Waits between two runs, milliseconds: short at first, since the slate plays meanwhile. */
const firstBackoffMs = 200
const longestBackoffMs = 10_000
/** A run that lasted this long counts as good: the next failure begins with the short wait again. */
const goodRunMs = 30_000
/** FFmpeg that gives nothing for this long although the source sends is put out of its misery. */
const silenceMs = 8_000
const watchEachMs = 1_000

export interface RunLoopOptions {
  readonly source: Source
  /** Starts one FFmpeg; `onSample` is called with each sample so that silence is noticed. */
  readonly start: (onMedia: () => void) => Transcode
  readonly onRunBegin: () => void
  /** The run is over; null while the source lives and FFmpeg is started again. */
  readonly onRunEnd: (exit: FfmpegExit, sourceEnd: SourceEnd | null) => void
  readonly signal: AbortSignal
}

/**
 * Keeps an FFmpeg on a source for as long as the source is there: starts it again when it dies or goes silent.
 * Resolves with how the source ended, after the last FFmpeg has given everything it had.
 */
export async function runWhileSourceLives(options: RunLoopOptions): Promise<SourceEnd> {
  const { source, signal } = options
  let sourceEnd: SourceEnd | null = null
  source.ended.then((end) => {
    sourceEnd = end
  })
  let backoffMs = firstBackoffMs
  for (;;) {
    const startedMs = performance.now()
    const exit = await oneRun(options)
    options.onRunEnd(exit, sourceEnd)
    if (sourceEnd || signal.aborted) return sourceEnd ?? { reason: 'ended', detail: 'The session was ended.' }
    backoffMs = performance.now() - startedMs > goodRunMs ? firstBackoffMs : Math.min(backoffMs * 2, longestBackoffMs)
    await waitOrEnd(backoffMs, source, signal)
  }
}

/** Waits, but no longer than the source lives. */
async function waitOrEnd(ms: number, source: Source, signal: AbortSignal): Promise<void> {
  const over = new AbortController()
  source.ended.then(() => over.abort())
  await delay(ms, AbortSignal.any([over.signal, signal]))
}

async function oneRun({ source, start, onRunBegin, signal }: RunLoopOptions): Promise<FfmpegExit> {
  let lastMediaMs = performance.now()
  let lastBytes = source.bytesReceived
  onRunBegin()
  const transcode = start(() => {
    lastMediaMs = performance.now()
  })
  const feed = source.open()
  if (feed && transcode.stdin) feed.pipe(transcode.stdin)
  // Generated and pulled sources end by an order to FFmpeg; pushed ones by the end of their feed.
  else source.ended.then(() => transcode.stop())
  const watch = setInterval(() => {
    const sends = feed === null || source.bytesReceived > lastBytes
    lastBytes = source.bytesReceived
    if (!sends) lastMediaMs = Math.max(lastMediaMs, performance.now() - silenceMs / 2)
    else if (performance.now() - lastMediaMs > silenceMs) void transcode.stop()
  }, watchEachMs)
  try {
    return await transcode.exited
  } finally {
    clearInterval(watch)
    feed?.destroy()
    if (signal.aborted) source.close('The stream was stopped.')
  }
}
