import type { AudioTrack, Sample, VideoTrack } from '../media/sample.ts'
import { BatchEncoder } from './media-batch.ts'
import type { Publisher } from './publisher.ts'

/** Sound that waits for its picture, at most; past this it goes out alone. 24 frames of AAC are half a second. */
const maxWaitingSound = 24

/** What a feed carries. */
export interface FeedTracks {
  readonly video: VideoTrack
  readonly audio: AudioTrack
  /** Its own clock's beginning on the clock that all feeds of a fan-out share, milliseconds. */
  readonly beginsAtMs: number
}

/** One picture and one sound: every message is encoded once and shared by all publishers that take it. */
export class Feed {
  readonly publishers = new Set<Publisher>()
  readonly #encoder: BatchEncoder
  #waitingSound: Sample[] = []

  constructor(tracks: FeedTracks, title: string) {
    this.#encoder = new BatchEncoder({ ...tracks, title })
  }

  /** bit/s. */
  get bitrate(): number {
    const { video, audio } = this.#encoder.programme
    return video.bitrate + audio.bitrate
  }

  /** Whether a track is part of it. */
  carries(trackId: string): boolean {
    const { video, audio } = this.#encoder.programme
    return trackId === video.id || trackId === audio.id
  }

  /** Carries on with other tracks: their decoder configurations go out before the next keyframe. */
  setTracks(tracks: FeedTracks): void {
    this.#send(undefined)
    this.#encoder.setProgramme({ ...this.#encoder.programme, ...tracks })
  }

  onSample(trackId: string, sample: Sample): void {
    if (trackId === this.#encoder.programme.video.id) this.#send(sample)
    else {
      this.#waitingSound.push(sample)
      if (this.#waitingSound.length >= maxWaitingSound) this.#send(undefined)
    }
  }

  #send(picture: Sample | undefined): void {
    const sound = this.#waitingSound
    this.#waitingSound = []
    if (sound.length === 0 && !picture) return
    const keyframe = picture?.keyframe ?? false
    let batch: ReturnType<BatchEncoder['encode']> | undefined
    for (const publisher of this.publishers) {
      if (!publisher.wants(keyframe)) continue
      batch ??= this.#encoder.encode(sound, picture)
      publisher.push(batch)
    }
    if (!batch) this.#encoder.skip(sound, picture)
  }
}
