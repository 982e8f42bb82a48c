const slotMs = 250
const slots = 16

/** The bit rate of what arrived in the last four seconds. Memory: 16 numbers. */
export class BitrateMeter {
  readonly #bytes = new Array<number>(slots).fill(0)
  #firstSlot: number | undefined
  #slot = 0

  add(bytes: number, nowMs: number): void {
    this.#advance(nowMs)
    this.#bytes[this.#slot % slots]! += bytes
  }

  /** Kilobits per second; null before a second has passed. */
  kbps(nowMs: number): number | null {
    if (this.#firstSlot === undefined) return null
    this.#advance(nowMs)
    // The slot of now is not full yet.
    const whole = Math.min(this.#slot - this.#firstSlot, slots - 1)
    if (whole * slotMs < 1_000) return null
    const sum = this.#bytes.reduce((total, bytes) => total + bytes, 0) - this.#bytes[this.#slot % slots]!
    return Math.round((sum * 8) / (whole * slotMs))
  }

  #advance(nowMs: number): void {
    const slot = Math.max(Math.floor(nowMs / slotMs), this.#slot)
    if (this.#firstSlot === undefined) {
      this.#firstSlot = slot
      this.#slot = slot
    }
    const passed = Math.min(slot - this.#slot, slots)
    for (let step = 0; step < passed; step++) this.#bytes[(slot - step) % slots] = 0
    this.#slot = slot
  }
}
