/** Packets that may come late and are still told from replays. */
const windowPackets = 1_024
const half = 32_768

/** Which packets of one source came already (RFC 3711 §3.3.1, §3.3.2). Memory: 128 bytes. */
export class ReplayWindow {
  #highest = -1
  /** One bit per packet, at index modulo the window's size. */
  readonly #seen = new Uint8Array(windowPackets / 8)

  /** The 48-bit index of a 16-bit sequence number: the one nearest to the highest that came (RFC 3711 Appendix A). */
  estimate(sequence: number): number {
    if (this.#highest < 0) return sequence
    const rollover = Math.floor(this.#highest / 65_536)
    const distance = sequence - (this.#highest % 65_536)
    if (distance > half) return Math.max(0, rollover - 1) * 65_536 + sequence
    return (distance < -half ? rollover + 1 : rollover) * 65_536 + sequence
  }

  /** Whether it came already, or is too old to tell. */
  isReplay(index: number): boolean {
    if (index > this.#highest) return false
    return this.#highest - index >= windowPackets || this.#bit(index)
  }

  /** Notes a packet that proved to be genuine. */
  accept(index: number): void {
    const passed = Math.min(index - this.#highest, windowPackets)
    for (let step = 1; step < passed; step++) this.#setBit(index - step, false)
    this.#setBit(index, true)
    this.#highest = Math.max(this.#highest, index)
  }

  #bit(index: number): boolean {
    const at = index % windowPackets
    return ((this.#seen[at >> 3] ?? 0) & (1 << (at & 7))) !== 0
  }

  #setBit(index: number, seen: boolean): void {
    if (index < 0) return
    const at = index % windowPackets
    const mask = 1 << (at & 7)
    this.#seen[at >> 3] = seen ? (this.#seen[at >> 3] ?? 0) | mask : (this.#seen[at >> 3] ?? 0) & ~mask
  }
}
