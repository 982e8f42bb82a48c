import { packetBytes, syncByte } from '../mpegts/packet.ts'

/** Times of the pacing, milliseconds of media. */
export const pacerTimes = {
  /** So much goes out at once at the start, so that a decoder has something to begin with. */
  leadMs: 1_000,
  /** A clock that steps further, or back, has jumped: what follows is not held up by that. */
  stepMs: 1_000,
  /** When at least `excessMs` more than needed has waited for `watchMs`, all but `reserveMs` goes out at once. */
  excessMs: 4_000,
  reserveMs: 1_500,
  watchMs: 10_000,
  /** Packets are released in groups of at least so long. */
  groupMs: 20,
} as const

const clockTicks = 2 ** 33

interface Group {
  readonly mediaMs: number
  readonly bytes: Buffer
}

/**
 * Lets a transport stream that comes in lumps, segment by segment, flow at the pace of its own clock (the PCR, ISO/IEC
 * 13818-1 §2.4.3.5): so a pause of the site is seen when it happens, and a decoder is not flooded. It waits no longer
 * than the lumps demand: whenever something comes too late, everything after it moves back by as much. Pure: the caller
 * has the clock. Unbounded: the caller stops pushing while `heldBytes` is too much.
 */
export class Pacer {
  #rest: Buffer = Buffer.alloc(0)
  #groups: Group[] = []
  #heldBytes = 0
  #lastTicks: number | undefined
  #mediaMs = 0
  #groupedMs = Number.NEGATIVE_INFINITY
  /** Wall time at which the media of time 0 is due. */
  #startMs: number | undefined
  #leastReserveMs = Number.POSITIVE_INFINITY
  #watchedSinceMs = 0

  get heldBytes(): number {
    return this.#heldBytes
  }

  /** When something is due next; null: nothing is held. */
  get nextDueMs(): number | null {
    const first = this.#groups[0]
    return first === undefined ? null : this.#dueMs(first)
  }

  push(bytes: Buffer, nowMs: number): void {
    if (this.#startMs === undefined) {
      this.#startMs = nowMs - pacerTimes.leadMs
      this.#watchedSinceMs = nowMs
    }
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    let begin = 0
    let at = 0
    for (; at + packetBytes <= all.length; at += packetBytes) {
      const ticks = clockOf(all, at)
      if (ticks === null) continue
      const beforeMs = this.#mediaMs
      this.#advance(ticks)
      if (this.#mediaMs - this.#groupedMs < pacerTimes.groupMs) continue
      this.#hold(all.subarray(begin, at), beforeMs, nowMs)
      begin = at
      this.#groupedMs = this.#mediaMs
    }
    this.#hold(all.subarray(begin, at), this.#mediaMs, nowMs)
    this.#rest = Buffer.from(all.subarray(at))
  }

  /** What is due by now. */
  take(nowMs: number): Buffer[] {
    this.#shedExcess(nowMs)
    const due: Buffer[] = []
    for (let first = this.#groups[0]; first !== undefined && this.#dueMs(first) <= nowMs; first = this.#groups[0]) {
      this.#groups.shift()
      this.#heldBytes -= first.bytes.length
      due.push(first.bytes)
    }
    return due
  }

  #hold(bytes: Buffer, mediaMs: number, nowMs: number): void {
    if (bytes.length === 0) return
    const group = { mediaMs, bytes }
    const isLate = this.#groups.length === 0 && this.#dueMs(group) < nowMs
    if (isLate && mediaMs > pacerTimes.leadMs) this.#startMs = nowMs - mediaMs
    this.#groups.push(group)
    this.#heldBytes += bytes.length
  }

  #dueMs({ mediaMs }: Group): number {
    return (this.#startMs ?? 0) + mediaMs
  }

  #advance(ticks: number): void {
    if (this.#lastTicks !== undefined) {
      const stepMs = ((ticks - this.#lastTicks + clockTicks) % clockTicks) / 90
      if (stepMs <= pacerTimes.stepMs) this.#mediaMs += stepMs
    }
    this.#lastTicks = ticks
  }

  #shedExcess(nowMs: number): void {
    const last = this.#groups.at(-1)
    const reserveMs = last === undefined ? 0 : this.#dueMs(last) - nowMs
    this.#leastReserveMs = Math.min(this.#leastReserveMs, reserveMs)
    if (nowMs - this.#watchedSinceMs < pacerTimes.watchMs) return
    if (this.#leastReserveMs > pacerTimes.excessMs && this.#startMs !== undefined)
      this.#startMs -= this.#leastReserveMs - pacerTimes.reserveMs
    this.#leastReserveMs = Number.POSITIVE_INFINITY
    this.#watchedSinceMs = nowMs
  }
}

/** The PCR base of the packet at `at`, in 90 kHz ticks; null: it has none. */
function clockOf(bytes: Buffer, at: number): number | null {
  if (bytes[at] !== syncByte || (bytes[at + 3]! & 0x20) === 0) return null
  if (bytes[at + 4]! < 7 || (bytes[at + 5]! & 0x10) === 0) return null
  return bytes.readUInt32BE(at + 6) * 2 + (bytes[at + 10]! >> 7)
}
