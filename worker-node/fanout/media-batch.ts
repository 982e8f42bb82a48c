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
import { type AccessUnit, transportStream } from './transport-stream.ts'

/** What is sent in one write: a picture with the sound that came since the last, by time. It halves the cost of writing. */
export interface MediaBatch extends Queued {
  /** Who encoded it: batches of one encoder follow on each other. */
  readonly encoder: object
  /** Times of its earliest and latest message, milliseconds. */
  readonly earliestMs: number
  readonly latestMs: number
  readonly media: SharedChunks
  /** The same with metadata and decoder configurations before it: what a new publish session begins with. */
  opening(): SharedChunks
  /** The same as packets of a transport stream, which bear their configuration themselves. */
  transportStream(): Buffer
  /** Changes of decoder configuration before this batch, and with those in it: one who missed some needs `opening`. */
  readonly changesBefore: number
  readonly changesAfter: number
}

/** The tracks that a fan-out carries, and the title that it names to the platforms. */
export interface Programme {
  readonly video: VideoTrack
  readonly audio: AudioTrack
  readonly title: string
  /** Is added to all times, milliseconds. */
  readonly beginsAtMs?: number
}

/**
 * Encodes samples to batches. A sample that begins another decoder configuration has it before it, in order; after
 * {@link setProgramme} the next keyframe has.
 */
export class BatchEncoder {
  #programme: Programme
  #headersDue = false
  #changes = 0

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
    const changesBefore = this.#changes
    const { audio } = this.#programme
    const audioBefore = sound[0] ? this.#audioOf(sound[0]) : audio
    const units: AccessUnit[] = []
    const sounds = sound.flatMap((sample) => {
      const messages = this.#soundMessages(sample)
      units.push({ sample, track: this.#programme.audio })
      return messages
    })
    if (picture) this.#follow(picture)
    const programme = this.#programme
    if (picture) units.push({ sample: picture, track: programme.video })
    let packets: Buffer | undefined
    const media = picture ? [videoMessage(picture, programme)] : []
    // The first message of a session is where platforms let its time begin: none may be earlier.
    const before = sounds.filter(({ timestamp }) => !media[0] || timestamp <= media[0].timestamp)
    const after = sounds.slice(before.length)
    const times = [...sounds, ...media].map(({ timestamp }) => timestamp)
    const timestampMs = Math.min(...times)
    const keyframe = picture?.keyframe ?? false
    const withHeaders = keyframe && this.#headersDue
    if (withHeaders) this.#headersDue = false
    if (withHeaders) this.#changes += 1
    const headers = withHeaders ? headerMessages(programme, media[0]!.timestamp) : []
    const shared = new SharedChunks([...before, ...headers, ...media, ...after])
    let opening: SharedChunks | undefined = withHeaders && before.length === 0 ? shared : undefined
    return {
      encoder: this,
      earliestMs: timestampMs,
      latestMs: Math.max(...times),
      keyframe,
      timestampMs,
      durationMs: picture ? durationMs([picture], programme.video) : durationMs(sound, programme.audio),
      media: shared,
      opening: () => {
        opening ??= new SharedChunks([
          ...headerMessages({ ...programme, audio: audioBefore }, timestampMs),
          ...before,
          ...media,
          ...after,
        ])
        return opening
      },
      transportStream: () => {
        packets ??= transportStream(units, programme.beginsAtMs)
        return packets
      },
      changesBefore,
      changesAfter: this.#changes,
    }
  }

  /** What nobody takes need not be encoded; what it changes counts. */
  skip(sound: readonly Sample[], picture: Sample | undefined): void {
    for (const sample of sound) this.#follow(sample)
    if (picture) this.#follow(picture)
  }

  /** The sound before a change of it has the old configuration, the sound that begins it has the new one. */
  #audioOf({ begins }: Sample): AudioTrack {
    return begins?.kind === 'audio' ? begins : this.#programme.audio
  }

  #soundMessages(sample: Sample): MediaMessage[] {
    const changes = this.#follow(sample)
    const { audio } = this.#programme
    const message = audioMessage(sample, this.#programme)
    return changes ? [audioHeader(audio, message.timestamp), message] : [message]
  }

  /** Takes over what a sample begins; true if it does. */
  #follow({ begins }: Sample): boolean {
    if (begins?.kind === 'video') {
      this.#programme = { ...this.#programme, video: begins }
      this.#headersDue = true
    } else if (begins?.kind === 'audio') {
      this.#programme = { ...this.#programme, audio: begins }
      this.#changes += 1
    }
    return begins !== undefined
  }
}

function headerMessages({ video, audio, title }: Programme, timestamp: number): MediaMessage[] {
  return [
    {
      type: messageType.dataAmf0,
      chunkStreamId: chunkStreamId.data,
      timestamp,
      body: [metadataBody(video, audio, title)],
    },
    { type: messageType.video, chunkStreamId: chunkStreamId.video, timestamp, body: [videoHeaderBody(video)] },
    audioHeader(audio, timestamp),
  ]
}

const audioHeader = (audio: AudioTrack, timestamp: number): MediaMessage => ({
  type: messageType.audio,
  chunkStreamId: chunkStreamId.audio,
  timestamp,
  body: [audioHeaderBody(audio)],
})

function videoMessage(sample: Sample, { video: track, beginsAtMs = 0 }: Programme): MediaMessage {
  return {
    type: messageType.video,
    chunkStreamId: chunkStreamId.video,
    timestamp: ticksToTimestamp(sample.dts, track.timescale, beginsAtMs),
    body: videoBody(sample, track),
  }
}

function audioMessage(sample: Sample, { audio, beginsAtMs = 0 }: Programme): MediaMessage {
  return {
    type: messageType.audio,
    chunkStreamId: chunkStreamId.audio,
    timestamp: ticksToTimestamp(sample.dts, audio.timescale, beginsAtMs),
    body: audioBody(sample),
  }
}

function durationMs(samples: readonly Sample[], { timescale }: VideoTrack | AudioTrack): number {
  return (samples.reduce((sum, sample) => sum + sample.duration, 0) * 1000) / timescale
}
