/** Size of the small grey pictures that a picture is judged by, pixels; whatever the source's shape. */
export const glanceSize = { width: 160, height: 90 } as const
/** So many a second. */
export const glancesPerSecond = 2

/** What a small grey copy of the picture tells. */
export interface Glance {
  /** All of it is black, but for a logo's corner or noise. */
  readonly isBlack: boolean
  /** It is the same as at the last change, but for the noise of encoding. */
  readonly isStill: boolean
}

const glanceBytes = glanceSize.width * glanceSize.height
/** Brightest level that counts as black; video black is 16 or, in full range, 0. */
const blackLevel = 32
/** So many of a thousand pixels may be brighter in a black picture. */
const brightPerMille = 20
/** A pixel differs when its level does by more than what a keyframe alters. */
const sameWithin = 12
/** So many of a thousand pixels may differ in a still picture. */
const changedPerMille = 1

/** Cuts a stream of small grey pictures (8 bit, {@link glanceSize}) and judges each. Holds two. */
export class GlanceReader {
  readonly #onGlance: (glance: Glance) => void
  readonly #picture = new Uint8Array(glanceBytes)
  readonly #reference = new Uint8Array(glanceBytes)
  #filled = 0

  constructor(onGlance: (glance: Glance) => void) {
    this.#onGlance = onGlance
  }

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(chunk.length - at, glanceBytes - this.#filled)
      this.#picture.set(chunk.subarray(at, at + taken), this.#filled)
      this.#filled += taken
      at += taken
      if (this.#filled === glanceBytes) this.#judge()
    }
  }

  #judge(): void {
    this.#filled = 0
    let bright = 0
    let changed = 0
    for (let index = 0; index < glanceBytes; index++) {
      const level = this.#picture[index]!
      if (level > blackLevel) bright++
      if (Math.abs(level - this.#reference[index]!) > sameWithin) changed++
    }
    const isStill = changed * 1_000 <= glanceBytes * changedPerMille
    if (!isStill) this.#reference.set(this.#picture)
    this.#onGlance({ isBlack: bright * 1_000 <= glanceBytes * brightPerMille, isStill })
  }
}
