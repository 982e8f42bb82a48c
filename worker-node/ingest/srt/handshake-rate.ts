const slots = 4_096
const periodMs = 1_000

/**
 * Bounds the handshakes per second from one address. Addresses that were not shown to be true share 4,096 counters, so that
 * a flood of invented ones costs no memory.
 */
export class HandshakeRate {
  readonly #counts = new Uint16Array(slots)
  readonly #perSecond: number
  readonly #nowMs: () => number
  #periodEndMs = 0

  constructor(perSecond: number, nowMs: () => number) {
    this.#perSecond = perSecond
    this.#nowMs = nowMs
  }

  /** Counts one; false when it is one too many. */
  admits(address: string): boolean {
    const now = this.#nowMs()
    if (now >= this.#periodEndMs) {
      this.#counts.fill(0)
      this.#periodEndMs = now + periodMs
    }
    const slot = slotOf(address)
    if (this.#counts[slot]! >= this.#perSecond) return false
    this.#counts[slot]!++
    return true
  }
}

function slotOf(address: string): number {
  let hash = 0
  for (let index = 0; index < address.length; index++) hash = (hash * 31 + address.charCodeAt(index)) | 0
  return (hash >>> 0) % slots
}
