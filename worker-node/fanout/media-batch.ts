import type { AudioTrack, Sample, VideoTrack } from '../media/sample.ts'
import { chunkStreamId, messageType } from '../rtmp/messages.ts'
import {
  audioBody,
  audioHeaderBody,
  metadataBody,
  ticksToTimestamp,
  videoBody,
  videoHeaderBody,
} from './flv-message.ts'
import type { Queued } from './queue.ts'
import { type MediaMessage, SharedChunks } from './shared-chunks.ts'

/** What is sent in one write: a picture with the sound that came before it. One write per picture halves the cost. */
export interface MediaBatch extends Queued {
  readonly media: SharedChunks
  /** The same with metadata and decoder configurations before it: what a new publish session begins with. */
  opening(): SharedChunks
}

/** The tracks that a fan-out carries, and the title that it names to the platforms. */
export interface Programme {
  readonly video: VideoTrack
  readonly audio: AudioTrack
  readonly title: string
}

/** Encodes samples to batches. After {@link setProgramme} the next keyframe bears the new decoder configurations. */
export class BatchEncoder {
  #programme: Programme
  #headersDue = false

  constructor(programme: Programme) {
    this.#programme = programme
  }

  get programme(): Programme {
    return this.#programme
  }

  setProgramme(programme: Programme): void {
    this.#programme = programme
    this.#headersDue = true
  }

  /** A batch of this sound and, after it, this picture; times in RTMP's milliseconds of the session's clock. */
  encode(sound: readonly Sample[], picture: Sample | undefined): MediaBatch {
    const programme = this.#programme
    const messages = sound.map((sample) => audioMessage(sample, programme.audio))
    if (picture) messages.push(videoMessage(picture, programme.video))
    const timestampMs = messages[0]?.timestamp ?? 0
    let opening: SharedChunks | undefined
    const open = () => {
      opening ??= new SharedChunks([...headerMessages(programme, timestampMs), ...messages])
      return opening
    }
    const keyframe = picture?.keyframe ?? false
    const withHeaders = keyframe && this.#headersDue
    if (withHeaders) this.#headersDue = false
    return {
      keyframe,
      timestampMs,
      durationMs: picture ? durationMs([picture], programme.video) : durationMs(sound, programme.audio),
      media: withHeaders ? open() : new SharedChunks(messages),
      opening: open,
    }
  }
}

function headerMessages({ video, audio, title }: Programme, timestamp: number): MediaMessage[] {
  return [
    {
      type: messageType.dataAmf0,
      chunkStreamId: chunkStreamId.data,
      timestamp,
      payload: metadataBody(video, audio, title),
    },
    { type: messageType.video, chunkStreamId: chunkStreamId.video, timestamp, payload: videoHeaderBody(video) },
    { type: messageType.audio, chunkStreamId: chunkStreamId.audio, timestamp, payload: audioHeaderBody(audio) },
  ]
}

function videoMessage(sample: Sample, track: VideoTrack): MediaMessage {
  return {
    type: messageType.video,
    chunkStreamId: chunkStreamId.video,
    timestamp: ticksToTimestamp(sample.dts, track.timescale),
    payload: videoBody(sample, track),
  }
}

function audioMessage(sample: Sample, { timescale }: AudioTrack): MediaMessage {
  return {
    type: messageType.audio,
    chunkStreamId: chunkStreamId.audio,
    timestamp: ticksToTimestamp(sample.dts, timescale),
    payload: audioBody(sample),
  }
}

function durationMs(samples: readonly Sample[], { timescale }: VideoTrack | AudioTrack): number {
  return (samples.reduce((sum, sample) => sum + sample.duration, 0) * 1000) / timescale
}
