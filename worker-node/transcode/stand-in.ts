import { audioTimescale, type Sample, videoTimescale } from '../media/sample.ts'

/** More than any encoder holds back while it looks ahead, seconds. */
const runAwaySeconds = 5

/**
 * Knows when a source is over whose sound or picture FFmpeg makes up, for what is made up never ends by itself. FFmpeg
 * works on what is latest, so a stand-in stays beside the source's own media and runs away from it after its end.
 */
export class StandIn {
  readonly #isMadeUp: (kind: 'audio' | 'video') => boolean
  #ownSeconds: number | undefined
  #firstSeconds: number | undefined
  #isOver = false

  constructor(source: { readonly audio: unknown; readonly video: unknown }) {
    this.#isMadeUp = (kind) => source[kind] === null
  }

  /**
   * Whether nobody needs this sample: it is made up, and the source is over. `inputEnded` says that FFmpeg was given
   * the last byte; what it was given it may still be working on.
   */
  isSurplus(kind: 'audio' | 'video', { dts }: Sample, inputEnded: boolean): boolean {
    const seconds = dts / (kind === 'audio' ? audioTimescale : videoTimescale)
    if (!this.#isMadeUp(kind)) {
      this.#ownSeconds = seconds
      return false
    }
    this.#firstSeconds ??= seconds
    this.#isOver ||= inputEnded && seconds > (this.#ownSeconds ?? this.#firstSeconds) + runAwaySeconds
    return this.#isOver
  }
}
