import type { Sample, Track } from '../media/sample.ts'

/** Placeholder content, encoded with exactly the live settings: one loop of pictures per rendition, one silent frame. */
export interface SlateSamples {
  /** Their configurations. Equal to the live ones where Weir encodes both. */
  readonly tracks: readonly Track[]
  /** By track id: one or more whole groups of pictures, dts from 0, constant frame rate, the first a keyframe. */
  readonly video: ReadonlyMap<string, readonly Sample[]>
  /** One silent AAC frame. */
  readonly silence: Sample
}

/** Reads the slate of all renditions frame by frame, in step. */
export class SlateLoop {
  readonly #slate: SlateSamples
  /** Pictures played since the slate went on air, by track id. */
  readonly #played = new Map<string, number>()

  constructor(slate: SlateSamples) {
    this.#slate = slate
  }

  /** The slate begins anew, with a keyframe. */
  restart(): void {
    this.#played.clear()
  }

  /** The configuration of a track's slate. */
  configOf(trackId: string): Track {
    const track = this.#slate.tracks.find(({ id }) => id === trackId)
    if (!track) throw new Error(`The slate has no track ${trackId}.`)
    return track
  }

  /** The next picture of a rendition, placed at `dts`. */
  nextPicture(trackId: string, dts: number): Sample {
    const loop = this.#slate.video.get(trackId)
    if (!loop || loop.length === 0) throw new Error(`The slate has no pictures for rendition ${trackId}.`)
    const played = this.#played.get(trackId) ?? 0
    this.#played.set(trackId, played + 1)
    return { ...loop[played % loop.length]!, dts }
  }

  /** One frame of silence at `dts`. */
  silence(dts: number): Sample {
    return { ...this.#slate.silence, dts }
  }

  /** Whether the slate may be left here: every picture that is shown before the next keyframe has been sent. */
  get mayEnd(): boolean {
    const [first] = this.#slate.video
    if (!first) return true
    const [trackId, loop] = first
    const sent = (this.#played.get(trackId) ?? 0) % loop.length
    if (sent === 0) return true
    const delay = loop[0]!.compositionOffset
    const last = loop[sent - 1]!
    return loop.slice(0, sent).every((sample) => sample.dts + sample.compositionOffset <= last.dts + delay)
  }
}
