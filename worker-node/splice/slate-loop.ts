import { type Sample, type Track, videoTimescale } from '../media/sample.ts'

/** Placeholder content, encoded with exactly the live settings: one loop of pictures per rendition, and of sound. */
export interface SlateSamples {
  /** Their configurations. Equal to the live ones where Weir encodes both. */
  readonly tracks: readonly Track[]
  /** By track id: one or more whole groups of pictures, dts from 0, constant frame rate, the first a keyframe. */
  readonly video: ReadonlyMap<string, readonly Sample[]>
  /** One silent AAC frame. */
  readonly silence: Sample
  /**
   * What is heard beside the pictures: AAC frames that follow on each other, the last one on the first. Null: silence.
   * They begin anew every `periodTicks` (of their track, maybe with a fraction), a whole number of the pictures' laps.
   */
  readonly sound: { readonly frames: readonly Sample[]; readonly periodTicks: number } | null
}

/** Reads the slate of all renditions frame by frame, in step. */
export class SlateLoop {
  readonly #slate: SlateSamples
  /** Pictures played since the slate went on air, by track id. */
  readonly #played = new Map<string, number>()
  /** Output time at which its first picture is shown, video ticks. */
  #beganAt: number | undefined

  constructor(slate: SlateSamples) {
    this.#slate = slate
  }

  /** The slate begins anew, with a keyframe. */
  restart(): void {
    this.#played.clear()
    this.#beganAt = undefined
  }

  /** The configuration of a track's slate. */
  configOf(trackId: string): Track {
    const track = this.#slate.tracks.find(({ id }) => id === trackId)
    if (!track) throw new Error(`The slate has no track ${trackId}.`)
    return track
  }

  /** The next picture of a rendition, placed at `dts`, to be shown `delay` after that; left out, as it was encoded. */
  nextPicture(trackId: string, dts: number, delay?: number): Sample {
    const loop = this.#slate.video.get(trackId)
    if (!loop || loop.length === 0) throw new Error(`The slate has no pictures for rendition ${trackId}.`)
    const played = this.#played.get(trackId) ?? 0
    this.#played.set(trackId, played + 1)
    const picture = loop[played % loop.length]!
    const placed = { ...picture, dts, compositionOffset: delay ?? picture.compositionOffset }
    this.#beganAt ??= dts + placed.compositionOffset
    return placed
  }

  /** One frame of silence at `dts`. */
  silence(dts: number): Sample {
    return { ...this.#slate.silence, dts }
  }

  /**
   * The sound at `dts` (ticks of the audio track). Which frame that is follows from the time since the first picture, so
   * sound never drifts from the pictures: where a period is not a whole number of frames, now and then one is left out.
   */
  sound(dts: number): Sample {
    const { sound, silence } = this.#slate
    const config = this.configOf(this.#audioId)
    if (!sound || this.#beganAt === undefined) return { ...silence, dts }
    const elapsed = dts - (this.#beganAt * config.timescale) / videoTimescale
    if (elapsed < -config.frameDuration / 2) return { ...silence, dts }
    const index = Math.round((Math.max(0, elapsed) % sound.periodTicks) / config.frameDuration)
    return { ...sound.frames[index % sound.frames.length]!, dts }
  }

  get #audioId(): string {
    return this.#slate.tracks.find(({ kind }) => kind === 'audio')?.id ?? ''
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
    const group = loop.findLastIndex((sample, index) => index < sent && sample.keyframe)
    return loop.slice(group, sent).every((sample) => sample.dts + sample.compositionOffset <= last.dts + delay)
  }
}
