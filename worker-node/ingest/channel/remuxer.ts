import type { FfmpegBinary } from '../../transcode/ffmpeg-binary.ts'
import { startFfmpeg } from '../../transcode/ffmpeg-process.ts'
import type { OtherFormat } from './media-format.ts'

/** An FFmpeg that puts media into a transport stream as it is. */
export interface Remuxer {
  /** False: it does not read, wait for `onDrained`. */
  write(bytes: Buffer): boolean
  /** No more comes: it gives the rest, then leaves. */
  end(): void
  /** It is gone; everything it had has been handed on. */
  readonly exited: Promise<unknown>
}

/** How long FFmpeg may take to give the rest, milliseconds. */
const flushMs = 3_000

interface RemuxOptions {
  readonly ffmpeg: FfmpegBinary
  readonly format: OtherFormat
  readonly onBytes: (bytes: Buffer) => void
  readonly onDrained: () => void
  readonly signal: AbortSignal
}

export function startRemuxer({ ffmpeg, format, onBytes, onDrained, signal }: RemuxOptions): Remuxer {
  const args = [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', '-analyzeduration', '1000000', '-probesize', '1000000'],
    ...['-protocol_whitelist', 'pipe', '-f', format, '-i', 'pipe:0', '-map', '0:v:0?', '-map', '0:a:0?', '-c', 'copy'],
    ...['-f', 'mpegts', '-flush_packets', '1', '-muxdelay', '0', '-muxpreload', '0', 'pipe:3'],
  ]
  const { stdin, exited, stop } = startFfmpeg({ ffmpeg, args, stdin: true, sinks: [onBytes], signal })
  stdin?.on('drain', onDrained)
  let flushTimer: NodeJS.Timeout | undefined
  return {
    write: (bytes) => stdin?.write(bytes) ?? true,
    end: () => {
      stdin?.end()
      flushTimer = setTimeout(stop, flushMs)
    },
    exited: exited.finally(() => clearTimeout(flushTimer)),
  }
}
