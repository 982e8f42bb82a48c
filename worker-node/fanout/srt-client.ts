import type { FfmpegBinary } from '../transcode/ffmpeg-binary.ts'
import type { Publication, PublicationOptions } from './publication.ts'
import { SrtCall } from './srt-call.ts'
import type { SrtTarget } from './target.ts'
import { Continuity } from './transport-stream.ts'

const closeLimitMs = 2_000

/** Calls an SRT listener and sends it a transport stream. Throws a PublishFailure; after one nothing is left running. */
export async function openSrtPublication(
  target: SrtTarget,
  { clock, signal, onAcknowledged, onLost }: PublicationOptions,
  ffmpeg: FfmpegBinary,
): Promise<Publication> {
  const call = await SrtCall.open(target, { ffmpeg, clock, signal, onAcknowledged, onLost })
  const continuity = new Continuity()
  return {
    ends: undefined,
    acknowledgesAll: true,
    get roundTripMs() {
      return call.roundTripMs
    },
    encode: (batch) => continuity.numbered(batch.transportStream()),
    write: (bytes, flushed) => call.write(bytes, flushed),
    unpublish: () => call.end(closeLimitMs),
    fail: (failure) => call.fail(failure),
  }
}
