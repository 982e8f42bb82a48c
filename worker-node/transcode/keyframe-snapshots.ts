import { readParameterSets } from '../media/avc-config.ts'
import type { Sample, VideoTrack } from '../media/sample.ts'
import { snapshotScale } from './args.ts'
import { quiet } from './encoders.ts'
import type { FfmpegBinary } from './ffmpeg-binary.ts'
import { startFfmpeg } from './ffmpeg-process.ts'
import { JpegReader } from './thumbnails.ts'

/** One picture each so often: to decode it costs 60 to 100 ms of a core. Milliseconds. */
const snapshotEachMs = 30_000

export interface KeyframeSnapshotsOptions {
  readonly ffmpeg: FfmpegBinary
  readonly signal: AbortSignal
  readonly onSnapshot?: (jpeg: Buffer) => void
}

/** Makes previews of a stream that nobody decodes: now and then one keyframe becomes a JPEG, in an FFmpeg of its own. */
export class KeyframeSnapshots {
  readonly #options: KeyframeSnapshotsOptions
  #nextAtMs = 0
  #running: Promise<unknown> | undefined

  constructor(options: KeyframeSnapshotsOptions) {
    this.#options = options
  }

  /** A keyframe in AVCC form with 4-byte lengths. */
  keyframe(track: VideoTrack, sample: Sample): void {
    const { ffmpeg, signal, onSnapshot } = this.#options
    const nowMs = performance.now()
    if (!onSnapshot || this.#running || nowMs < this.#nextAtMs || signal.aborted) return
    this.#nextAtMs = nowMs + snapshotEachMs
    const jpegs = new JpegReader(onSnapshot)
    const { stdin, exited } = startFfmpeg({
      ffmpeg,
      args: [
        ...[...quiet, '-protocol_whitelist', 'pipe', '-f', 'h264', '-probesize', '10000000', '-i', 'pipe:0'],
        ...['-frames:v', '1', '-vf', snapshotScale, '-c:v', 'mjpeg', '-q:v', '5', '-threads', '1'],
        ...['-f', 'image2pipe', 'pipe:3'],
      ],
      stdin: true,
      sinks: [(chunk) => jpegs.push(chunk)],
      signal,
    })
    stdin?.end(annexB(track, sample))
    this.#running = exited.then(() => {
      this.#running = undefined
    })
  }

  /** Resolves when no picture is being made. */
  async idle(): Promise<void> {
    await this.#running
  }
}

const startCode = Uint8Array.of(0, 0, 0, 1)

/** The parameter sets and the access unit as a byte stream (ISO/IEC 14496-10 Annex B). */
function annexB(track: VideoTrack, { payload }: Sample): Buffer {
  const sets = readParameterSets(track.decoderConfig)
  const units: Uint8Array[] = sets ? [sets.sps, ...sets.pps] : []
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  for (let at = 0; at + 4 < payload.length; at += 4 + view.getUint32(at))
    units.push(payload.subarray(at + 4, at + 4 + view.getUint32(at)))
  return Buffer.concat(units.flatMap((unit) => [startCode, unit]))
}
