import { type Box, BoxReader, MediaFormatError } from '../media/box-reader.ts'
import { readFragment, type SampleDefaults } from '../media/fragment.ts'
import { readInitSegment } from '../media/init-segment-reader.ts'
import type { SampleSink, Track } from '../media/sample.ts'

/** What is known of a track before its `moov` comes. */
export interface PlannedTrack {
  readonly id: string
  /** bit/s. */
  readonly bitrate: number
  /** Ticks. */
  readonly frameDuration: number
  /** Somebody else's encode: see VideoTrack. */
  readonly changing?: boolean
}

/** Reads the fragmented MP4 of one track from a pipe: its `moov` as a track, then each fragment's samples. */
export class TrackReader {
  readonly #boxes = new BoxReader((box) => this.#read(box))
  readonly #planned: PlannedTrack
  readonly #onTrack: (track: Track) => void
  readonly #onSample: SampleSink
  #defaults: SampleDefaults | undefined
  #moof: Box | undefined

  constructor(planned: PlannedTrack, onTrack: (track: Track) => void, onSample: SampleSink) {
    this.#planned = planned
    this.#onTrack = onTrack
    this.#onSample = onSample
  }

  /** Throws MediaFormatError. */
  push(chunk: Uint8Array): void {
    this.#boxes.push(chunk)
  }

  #read(box: Box): void {
    if (box.type === 'moof') this.#moof = box
    else if (box.type === 'mdat') this.#readSamples(box)
    else if (box.type === 'moov') {
      if (this.#defaults) throw new MediaFormatError('A second movie header came in the same stream.')
      const { defaults, ...description } = readInitSegment(box.body)
      this.#defaults = defaults
      this.#onTrack({ ...this.#planned, ...description })
    }
  }

  #readSamples(mdat: Box): void {
    if (!this.#moof || !this.#defaults) throw new MediaFormatError('Media came before its header.')
    for (const sample of readFragment(this.#moof, mdat, this.#defaults)) this.#onSample(this.#planned.id, sample)
    this.#moof = undefined
  }
}
