import { packetBytes, syncByte } from '../mpegts/packet.ts'
import type { TimedBytes } from '../pacer.ts'

/** A clock that steps further, or back, has jumped: what follows is not held up by that. Milliseconds. */
const stepMs = 1_000
/** Packets belong together for at least so long, milliseconds of media. */
const groupMs = 20
const clockTicks = 2 ** 33

/**
 * Times a transport stream by its own clock (the PCR, ISO/IEC 13818-1 §2.4.3.5), which counts on where it jumps: gives its
 * packets in groups, each due when the clock of its end is. Nothing is changed, and only what is less than a packet kept.
 */
export class ClockGroups {
  #rest: Buffer = Buffer.alloc(0)
  #lastTicks: number | undefined
  #mediaMs = 0
  #groupedMs = Number.NEGATIVE_INFINITY

  /** Takes bytes as they come. */
  push(bytes: Buffer): TimedBytes[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const groups: TimedBytes[] = []
    let from = 0
    let at = 0
    const group = (dueMs: number) => {
      if (at > from) groups.push({ dueMs, bytes: all.subarray(from, at) })
      from = at
    }
    for (; at + packetBytes <= all.length; at += packetBytes) {
      const ticks = clockOf(all, at)
      if (ticks === null) continue
      const beforeMs = this.#mediaMs
      this.#advance(ticks)
      if (this.#mediaMs - this.#groupedMs < groupMs) continue
      group(beforeMs)
      this.#groupedMs = this.#mediaMs
    }
    group(this.#mediaMs)
    this.#rest = Buffer.from(all.subarray(at))
    return groups
  }

  #advance(ticks: number): void {
    if (this.#lastTicks !== undefined) {
      const steppedMs = ((ticks - this.#lastTicks + clockTicks) % clockTicks) / 90
      if (steppedMs <= stepMs) this.#mediaMs += steppedMs
    }
    this.#lastTicks = ticks
  }
}

/** The PCR base of the packet at `at`, in 90 kHz ticks; null: it has none. */
function clockOf(bytes: Buffer, at: number): number | null {
  if (bytes[at] !== syncByte || (bytes[at + 3]! & 0x20) === 0) return null
  if (bytes[at + 4]! < 7 || (bytes[at + 5]! & 0x10) === 0) return null
  return bytes.readUInt32BE(at + 6) * 2 + (bytes[at + 10]! >> 7)
}
