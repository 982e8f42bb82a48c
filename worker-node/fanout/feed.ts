import type { AudioTrack, Sample, VideoTrack } from '../media/sample.ts'
import { BatchEncoder, type MediaBatch, type Programme } from './media-batch.ts'
import { furthest, type PictureTimes } from './picture-times.ts'

/** Sound that waits for its picture, at most; past this it goes out alone. 24 frames of AAC are half a second. */
const maxWaitingSound = 24

/** What a feed carries. */
export interface FeedTracks {
  readonly video: VideoTrack
  readonly audio: AudioTrack
  /** Its own clock's beginning on the clock that all feeds of a fan-out share, milliseconds. */
  readonly beginsAtMs: number
}

/** Takes what a feed gives: a publisher, or what brings one from a feed to another. */
export interface Taker {
  /** Whether {@link push} would take such a batch now. */
  wants(keyframe: boolean): boolean
  push(batch: MediaBatch): void
}

/** One picture and one sound: every message is encoded once and shared by all that take it. */
export class Feed {
  readonly takers = new Set<Taker>()
  readonly #encoder: BatchEncoder
  #waitingSound: Sample[] = []
  #sent: PictureTimes | undefined
  #heardUntilMs = Number.NEGATIVE_INFINITY

  constructor(tracks: FeedTracks, { title, copyright }: Pick<Programme, 'title' | 'copyright'>) {
    this.#encoder = new BatchEncoder({ ...tracks, title, ...(copyright && { copyright }) })
  }

  /** bit/s. */
  get bitrate(): number {
    const { video, audio } = this.#encoder.programme
    return video.bitrate + audio.bitrate
  }

  /** The furthest that anybody may have come with it; undefined before the first picture. */
  get sent(): PictureTimes | undefined {
    return this.#sent
  }

  /** Where the sound ends that was given out last. */
  get heardUntilMs(): number {
    return this.#heardUntilMs
  }

  /** Whether a batch is one of its. */
  encodes(batch: MediaBatch): boolean {
    return batch.encoder === this.#encoder
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
    let batch: MediaBatch | undefined
    // A taker may put another in its place, which has been given this batch already.
    for (const taker of [...this.takers]) {
      if (!taker.wants(keyframe)) continue
      batch ??= this.#encoder.encode(sound, picture)
      taker.push(batch)
    }
    if (!batch) this.#encoder.skip(sound, picture)
    if (batch?.picture) this.#sent = furthest(this.#sent, batch.picture)
    if (batch?.sound) this.#heardUntilMs = batch.sound.endsMs
  }
}
