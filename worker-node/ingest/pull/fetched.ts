import type { FfmpegBinary } from '../../transcode/ffmpeg-binary.ts'
import { copiedStreams, needsAudioEncode, pictureFault } from './codecs.ts'
import { explainNothing } from './explain-exit.ts'
import { type Reader, type ReaderExit, startReader } from './reader.ts'
import type { OutputOptions, ReaderCommand } from './reader-command.ts'
import type { Pacing } from './reader-source.ts'

/** Something that is being fetched: a reader that has begun to give media. */
export interface Fetched {
  readonly reader: Reader
  /** What it gave first; the reader is held back since. */
  readonly first: Buffer
  /** As a description names it: `hls`, `dash`, `http`, `rtsp`, `srt`. */
  readonly protocol: string
  readonly pacing: Pacing
  /** What is wrong with how it ended, after the exit; null: a file that is over. */
  explain(exit: ReaderExit): Error | null
  /** Gives back what stands beside the reader. The reader has ended. */
  close(): void
}

/** A way to the media that is open for one reader. */
export interface Approach {
  readonly command: ReaderCommand
  readonly explain: Fetched['explain']
  readonly close: () => void
}

export interface FirstMediaOptions {
  readonly ffmpeg: FfmpegBinary
  readonly silenceMs: number
  readonly signal: AbortSignal
  readonly approach: (output: OutputOptions) => Promise<Approach>
}

/**
 * Starts a reader and waits for its first media; once more where the sound must be encoded to fit. Throws what `explain`
 * says, or a PullError for a codec that does not fit.
 */
export async function firstMedia(options: FirstMediaOptions): Promise<Omit<Fetched, 'protocol' | 'pacing'>> {
  for (let encodeAudio = false; ; encodeAudio = true) {
    const { command, explain, close } = await options.approach({ encodeAudio })
    const reader = startReader({ ...options, command })
    const first = await reader.first
    const streams = copiedStreams(reader.stderrSoFar())
    const fault = first === null ? explain(await reader.exited) : pictureFault(streams)
    if (first !== null && fault === null && (encodeAudio || !needsAudioEncode(streams)))
      return { reader, first, explain, close }
    await reader.stop()
    close()
    options.signal.throwIfAborted()
    if (fault) throw fault
    if (first === null || encodeAudio) throw explainNothing(reader.stderrSoFar())
  }
}
