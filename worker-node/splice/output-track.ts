import type { Sample, SampleSink, Track } from '../media/sample.ts'
import { convertTicks, toVideoTicks } from './timeline.ts'

/** One track on the way out: where it stands on the session's clock, and which configuration its samples have. */
export class OutputTrack {
  readonly id: string
  readonly #output: SampleSink
  #config: Track
  #cursor = 0

  constructor(track: Track, output: SampleSink) {
    this.id = track.id
    this.#config = track
    this.#output = output
  }

  /** The configuration of the last sample sent. */
  get config(): Track {
    return this.#config
  }

  /** Where the next sample goes, ticks of its timescale. */
  get cursor(): number {
    return this.#cursor
  }

  /** The same in video ticks, with its fraction. */
  get cursorVideoTicks(): number {
    return toVideoTicks(this.#cursor, this.#config.timescale)
  }

  /** The cursor as a track of that timescale would have it: within half a tick. */
  cursorIn(timescale: number): number {
    return convertTicks(this.#cursor, this.#config.timescale, timescale)
  }

  /** Sends whole frames of this configuration, which `frameAt` gives, until `end` (video ticks) or a frame before. */
  fill(end: number, config: Track, frameAt: (dts: number) => Sample): void {
    for (;;) {
      const dts = this.cursorIn(config.timescale)
      // Half a tick of rounding between two timescales is not a frame.
      if (toVideoTicks(dts + config.frameDuration, config.timescale) > end + 1) return
      this.send(frameAt(dts), config)
    }
  }

  /** Sends a sample of this configuration; one that differs from what went before says so to those downstream. */
  send(sample: Sample, config: Track): void {
    const changes = config !== this.#config && !isAlike(config, this.#config)
    this.#config = config
    this.#cursor = sample.dts + sample.duration
    // What the run says is of the run's order; out here it may begin elsewhere.
    if (changes) this.#output(this.id, { ...sample, begins: config })
    else if (sample.begins) {
      const { begins: _, ...same } = sample
      this.#output(this.id, same)
    } else this.#output(this.id, sample)
  }
}

/** Whether a decoder that was made for the one takes the other. */
function isAlike(a: Track, b: Track): boolean {
  if (a.kind === 'audio' && b.kind === 'audio')
    return a.sampleRate === b.sampleRate && a.channels === b.channels && a.codec === b.codec
  return Buffer.compare(a.decoderConfig, b.decoderConfig) === 0
}
