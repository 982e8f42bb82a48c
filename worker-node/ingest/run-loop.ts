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
/** How long FFmpeg may take to give the rest once its source has ended. */
const flushMs = 3_000

export interface RunLoopOptions {
  readonly source: Source
  /** Starts one FFmpeg; it calls `onMedia` with each sample, so that silence is noticed. */
  readonly start: (onMedia: () => void) => Transcode
  readonly onRunBegin: () => void
  /** The run is over; `sourceEnd` is null while the source lives and FFmpeg is started again. */
  readonly onRunEnd: (exit: FfmpegExit, sourceEnd: SourceEnd | null) => void
  /** Aborting ends the loop; FFmpeg is stopped by whoever aborts. */
  readonly signal: AbortSignal
}

/**
 * Keeps an FFmpeg on a source for as long as the source is there: starts it again when it dies or goes silent.
 * Resolves with how the source ended, after the last FFmpeg has given everything it had.
 */
export async function runWhileSourceLives(options: RunLoopOptions): Promise<SourceEnd> {
  const { source, signal } = options
  const over = new AbortController()
  let sourceEnd: SourceEnd | null = null
  source.ended.then((end) => {
    sourceEnd = end
    over.abort()
  })
  const either = AbortSignal.any([over.signal, signal])
  for (let backoffMs = firstBackoffMs; !either.aborted; ) {
    const startedMs = performance.now()
    const exit = await oneRun(options, over.signal)
    options.onRunEnd(exit, sourceEnd)
    backoffMs = performance.now() - startedMs > goodRunMs ? firstBackoffMs : Math.min(backoffMs * 2, longestBackoffMs)
    await delay(backoffMs, either)
  }
  return sourceEnd ?? { reason: 'ended', detail: 'The stream was stopped.' }
}

async function oneRun({ source, start, onRunBegin }: RunLoopOptions, sourceOver: AbortSignal): Promise<FfmpegExit> {
  let lastMediaMs = performance.now()
  onRunBegin()
  const transcode = start(() => {
    lastMediaMs = performance.now()
  })
  const feed = source.open()
  if (feed && transcode.stdin) feed.pipe(transcode.stdin)
  let flushTimer: NodeJS.Timeout | undefined
  const onSourceOver = () => {
    // Generated and pulled sources end by an order to FFmpeg; pushed ones by the end of their feed.
    flushTimer = setTimeout(() => void transcode.stop(), feed ? flushMs : 0)
  }
  sourceOver.addEventListener('abort', onSourceOver, { once: true })
  let lastBytes = source.bytesReceived
  let isSilenced = false
  const watch = setInterval(() => {
    // A source that is held back would send: it is FFmpeg that does not read.
    const sends = feed === null || source.heldBack || source.bytesReceived > lastBytes
    lastBytes = source.bytesReceived
    if (!sends) lastMediaMs = Math.max(lastMediaMs, performance.now() - silenceMs / 2)
    isSilenced = performance.now() - lastMediaMs > silenceMs
    if (isSilenced) void transcode.stop()
  }, watchEachMs)
  try {
    const exit = await transcode.exited
    return isSilenced ? { ...exit, reason: 'failed', fault: noOutput } : exit
  } finally {
    clearInterval(watch)
    clearTimeout(flushTimer)
    sourceOver.removeEventListener('abort', onSourceOver)
    feed?.destroy()
  }
}

const noOutput = {
  code: 'no_output',
  detail:
    'FFmpeg made nothing of what the source sends. Check that the encoder sends both the picture and the sound that it announces.',
} as const
