import type { CopyrightProfile } from '#schema/contracts/settings.ts'
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
import type { PictureTimes } from './picture-times.ts'
import type { Queued } from './queue.ts'
import { type MediaMessage, SharedChunks } from './shared-chunks.ts'
import { type AccessUnit, transportStream } from './transport-stream.ts'

/** What is sent in one write: a picture with the sound that came since the last, by time. It halves the cost of writing. */
export interface MediaBatch extends Queued {
  /** Who encoded it: batches of one encoder follow on each other. */
  readonly encoder: object
  /** Undefined where it has none. */
  readonly picture: PictureTimes | undefined
  /** Where its sound begins and ends, milliseconds; undefined where it has none. */
  readonly sound: { readonly beginsMs: number; readonly endsMs: number } | undefined
  readonly media: SharedChunks
  /** The same with metadata and decoder configurations before it: what a new publish session begins with. */
  opening(): SharedChunks
  /** The same as packets of a transport stream, which bear their configuration themselves. */
  transportStream(): Buffer
  /** Changes of decoder configuration before this batch, and with those in it: one who missed some needs `opening`. */
  readonly changesBefore: number
  readonly changesAfter: number
  /** Its frames of sound. */
  readonly sounds: readonly BatchSound[]
  /** The same without sound that begins earlier; undefined where nothing is left. */
  withoutSoundBefore(ms: number): MediaBatch | undefined
  /** The same with the sound of what came before it, for who got none of that. */
  withSoundOf(before: readonly MediaBatch[]): MediaBatch
}

/** The tracks that a fan-out carries, and what it names to the platforms. */
export interface Programme {
  readonly video: VideoTrack
  readonly audio: AudioTrack
  readonly title: string
  readonly copyright?: () => CopyrightProfile
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
    const sounds = sound.map((sample) => this.#soundOf(sample))
    if (picture) this.#follow(picture)
    const hasHeaders = this.#headersDue && (picture?.keyframe ?? false)
    if (hasHeaders) {
      this.#headersDue = false
      this.#changes += 1
    }
    const { programme } = this
    const changesAfter = this.#changes
    return batchOf({ encoder: this, programme, sounds, picture, hasHeaders, changesBefore, changesAfter })
  }

  /** What nobody takes need not be encoded; what it changes counts. */
  skip(sound: readonly Sample[], picture: Sample | undefined): void {
    for (const sample of sound) this.#follow(sample)
    if (picture) this.#follow(picture)
  }

  #soundOf(sample: Sample): BatchSound {
    const changes = this.#follow(sample)
    const message = audioMessage(sample, this.#programme)
    const { audio } = this.#programme
    const messages = changes ? [audioHeader(audio, message.timestamp), message] : [message]
    return { unit: { sample, track: audio }, messages, beginsMs: message.timestamp, changesAfter: this.#changes }
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

/** A frame of sound, in the configuration that it has. */
export interface BatchSound {
  readonly unit: { readonly sample: Sample; readonly track: AudioTrack }
  /** Itself, after the configuration that it begins. */
  readonly messages: readonly MediaMessage[]
  readonly beginsMs: number
  readonly changesAfter: number
}

interface BatchParts extends Pick<MediaBatch, 'encoder' | 'changesBefore' | 'changesAfter'> {
  /** As it is for the picture. */
  readonly programme: Programme
  readonly sounds: readonly BatchSound[]
  readonly picture: Sample | undefined
  /** Whether configurations go before the picture. */
  readonly hasHeaders: boolean
}

function batchOf(parts: BatchParts): MediaBatch {
  const { encoder, programme, sounds, picture, hasHeaders, changesBefore, changesAfter } = parts
  const media = picture ? [videoMessage(picture, programme)] : []
  const decodedMs = media[0]?.timestamp
  // The first message of a session is where platforms let its time begin: none may be earlier.
  const isBefore = ({ beginsMs }: BatchSound) => decodedMs === undefined || beginsMs <= decodedMs
  const messagesOf = (some: readonly BatchSound[]) => some.flatMap(({ messages }) => messages)
  const before = messagesOf(sounds.filter(isBefore))
  const after = messagesOf(sounds.filter((sound) => !isBefore(sound)))
  const [first, last] = [sounds[0], sounds.at(-1)]
  const timestampMs = Math.min(...[first?.beginsMs, decodedMs].filter((ms) => ms !== undefined))
  const headers = hasHeaders ? headerMessages(programme, decodedMs ?? timestampMs) : []
  const shared = new SharedChunks([...before, ...headers, ...media, ...after])
  let opening: SharedChunks | undefined = hasHeaders && before.length === 0 ? shared : undefined
  let packets: Buffer | undefined
  return {
    ...{ encoder, timestampMs, sounds, changesBefore, changesAfter },
    picture: picture && timesOf(picture, programme),
    sound: first && last && { beginsMs: first.beginsMs, endsMs: last.beginsMs + durationMs(last.unit) },
    keyframe: picture?.keyframe ?? false,
    durationMs: picture
      ? durationMs({ sample: picture, track: programme.video })
      : sounds.reduce((sum, { unit }) => sum + durationMs(unit), 0),
    media: shared,
    opening: () => {
      opening ??= new SharedChunks([
        // The sound before a change of it has the old configuration.
        ...headerMessages({ ...programme, audio: first?.unit.track ?? programme.audio }, timestampMs),
        ...before,
        ...media,
        ...after,
      ])
      return opening
    },
    transportStream: () => {
      const units: AccessUnit[] = sounds.map(({ unit }) => unit)
      if (picture) units.push({ sample: picture, track: programme.video })
      packets ??= transportStream(units, programme.beginsAtMs)
      return packets
    },
    withoutSoundBefore: (ms) => {
      const kept = sounds.filter(({ beginsMs }) => beginsMs >= ms)
      if (kept.length === 0 && !picture) return undefined
      const lost = sounds[sounds.length - kept.length - 1]
      return batchOf({ ...parts, sounds: kept, changesBefore: lost?.changesAfter ?? changesBefore })
    },
    withSoundOf: (earlier) =>
      batchOf({
        ...parts,
        sounds: [...earlier.flatMap((batch) => batch.sounds), ...sounds],
        changesBefore: earlier[0]?.changesBefore ?? changesBefore,
      }),
  }
}

function headerMessages({ video, audio, title, copyright }: Programme, timestamp: number): MediaMessage[] {
  return [
    {
      type: messageType.dataAmf0,
      chunkStreamId: chunkStreamId.data,
      timestamp,
      body: [metadataBody(video, audio, title, copyright?.())],
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

function timesOf({ dts, compositionOffset }: Sample, { video: { timescale }, beginsAtMs }: Programme) {
  const decodedMs = ticksToTimestamp(dts, timescale, beginsAtMs)
  return { decodedMs, shownMs: ticksToTimestamp(dts + compositionOffset, timescale, beginsAtMs) }
}

function durationMs({ sample, track }: AccessUnit): number {
  return (sample.duration * 1000) / track.timescale
}
