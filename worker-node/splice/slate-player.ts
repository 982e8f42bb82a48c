import type { Track } from '../media/sample.ts'
import type { OutputTrack } from './output-track.ts'
import { SlateLoop, type SlateSamples } from './slate-loop.ts'
import { ticksToMs } from './timeline.ts'

/** Plays the slate into the tracks on the way out: pictures of all renditions in step, its sound, or silence. */
export class SlatePlayer {
  /**
   * From decoding to display, video ticks, for the whole session of somebody else's encode: slate and sources with fewer
   * B-frames wait as long, so that nothing is shown twice or missing where one gives way to another.
   */
  displayDelay = 0
  readonly #video: readonly OutputTrack[]
  readonly #audio: OutputTrack | undefined
  #loop: SlateLoop | undefined
  #newer: SlateLoop | undefined
  #playedTicks = 0

  constructor(video: readonly OutputTrack[], audio: OutputTrack | undefined) {
    this.#video = video
    this.#audio = audio
  }

  /** Whether there is a slate. */
  get isThere(): boolean {
    return this.#loop !== undefined
  }

  /** Seconds played so far. */
  get seconds(): number {
    return ticksToMs(this.#playedTicks) / 1000
  }

  /** Whether it may be left here: every picture that is shown before the next keyframe has been sent. */
  get mayEnd(): boolean {
    return this.#loop?.mayEnd ?? false
  }

  /** The first slate, or a newer one, which takes over at once or, `isOnAir`, where the one that plays may be cut. */
  provide(slate: SlateSamples, isOnAir: boolean): void {
    this.#newer = new SlateLoop(slate)
    if (!isOnAir) this.#takeNewer()
  }

  /** It begins anew, with a keyframe. */
  restart(): void {
    this.#loop?.restart()
  }

  /** Plays pictures and sound until past `position` (video ticks). */
  playPast(position: number): void {
    const [leader] = this.#video
    if (!leader || !this.#loop) return
    while (leader.cursor <= position) {
      if (this.mayEnd) this.#takeNewer()
      for (const track of this.#video) this.sendPicture(track, Number.POSITIVE_INFINITY)
      this.#playedTicks += leader.config.frameDuration
    }
    const loop = this.#loop
    if (this.#audio) this.#audio.fill(position, loop.configOf(this.#audio.id), (dts) => loop.sound(dts))
  }

  /** Sends the next picture of one rendition; it lasts until `end` (video ticks) at most. */
  sendPicture(track: OutputTrack, end: number): void {
    const loop = this.#loop
    if (!loop) return
    const config = loop.configOf(track.id)
    const picture = loop.nextPicture(track.id, track.cursor, isChanging(config) ? this.displayDelay : undefined)
    track.send({ ...picture, duration: Math.min(picture.duration, end - track.cursor) }, config)
  }

  /** Fills up with whole frames of silence until `end` (video ticks), or a frame before. */
  fillWithSilence(track: OutputTrack, end: number): void {
    const loop = this.#loop
    if (loop) track.fill(end, loop.configOf(track.id), (dts) => loop.silence(dts))
  }

  #takeNewer(): void {
    this.#loop = this.#newer ?? this.#loop
    this.#newer = undefined
  }
}

/** Somebody else's encode. */
export const isChanging = (config: Track): boolean => config.kind === 'video' && config.changing === true
