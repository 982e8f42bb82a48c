import { packetBytes, readPacket, syncByte } from '../mpegts/packet.ts'
import { type Program, readProgramMap } from '../mpegts/program.ts'
import type { TimedBytes } from '../pacer.ts'

const wrap = 2 ** 33
const ticksPerMs = 90
const noPayloadPid = 0x1fff

/**
 * Puts transport streams that FFmpeg wrote one after the other onto one clock: each `beginItem` goes on where the item
 * before ended. Timestamps, clock references and continuity counters are rewritten in place (ISO/IEC 13818-1 §2.4.3). Gives the
 * packets in runs of one PES packet, in order.
 */
export class TransportStamps {
  /** 90 kHz, added to every timestamp of the item; undefined until its first one is seen. */
  #offset: number | undefined
  /** Where the item before ended, and the newest end of this one; 90 kHz, not wrapped. */
  #end = 0
  #last = new Map<number, { dts: number; duration: number }>()
  readonly #counters = new Map<number, number>()
  #rest: Buffer = Buffer.alloc(0)
  #dueMs = 0

  beginItem(): void {
    this.#offset = undefined
    this.#last = new Map()
    this.#rest = Buffer.alloc(0)
  }

  /** Takes bytes as they come, which are ours from then on. */
  push(chunk: Buffer): TimedBytes[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const runs: TimedBytes[] = []
    let from = 0
    let at = 0
    const flush = () => {
      if (at > from) runs.push({ dueMs: this.#dueMs, bytes: bytes.subarray(from, at) })
      from = at
    }
    while (at + packetBytes <= bytes.length) {
      if (bytes[at] === syncByte) {
        const dts = this.#restamp(bytes, at)
        if (dts !== undefined) {
          flush()
          this.#dueMs = dueAfter(this.#dueMs, dts / ticksPerMs)
        }
        at += packetBytes
      } else {
        flush()
        const next = bytes.indexOf(syncByte, at)
        at = from = next < 0 ? bytes.length : next
      }
    }
    flush()
    this.#rest = bytes.subarray(at)
    return runs
  }

  /** Rewrites one packet; gives the decoding time (90 kHz, not wrapped) if a PES packet begins in it. */
  #restamp(bytes: Buffer, at: number): number | undefined {
    const { pid, unitStart, payload } = readPacket(bytes, at)
    if (pid === noPayloadPid) return
    if (payload.length > 0) this.#count(bytes, at, pid)
    const start = unitStart && isPesStart(payload) ? readStamps(payload) : undefined
    if (start) this.#offset ??= this.#end - start.dts
    const offset = this.#offset ?? 0
    moveClockReference(bytes, at, offset)
    if (!start) return
    if (start.pts !== undefined) writeStamp(payload, 9, start.pts + offset)
    if (start.hasDts) writeStamp(payload, 14, start.dts + offset)
    return this.#note(pid, start.dts + offset)
  }

  #count(bytes: Buffer, at: number, pid: number): void {
    const counter = this.#counters.get(pid) ?? 0
    this.#counters.set(pid, (counter + 1) & 0x0f)
    bytes[at + 3] = (bytes[at + 3]! & 0xf0) | counter
  }

  #note(pid: number, stamp: number): number {
    const last = this.#last.get(pid)
    const dts = unwrapped(stamp, last?.dts ?? this.#end)
    const step = last === undefined ? 0 : dts - last.dts
    const duration = step > 0 && step < ticksPerMs * 1_000 ? step : (last?.duration ?? 0)
    this.#last.set(pid, { dts, duration })
    this.#end = Math.max(this.#end, dts + duration)
    return dts
  }
}

/** The program of the first map in these packets; undefined: there is none. */
export function programIn(bytes: Buffer): Program | undefined {
  for (let at = 0; at + packetBytes <= bytes.length && bytes[at] === syncByte; at += packetBytes) {
    const { unitStart, payload } = readPacket(bytes, at)
    if (!unitStart || payload.length < 4 || isPesStart(payload)) continue
    const section = payload.subarray(1 + payload[0]!)
    const map =
      section.length < 3 ? undefined : readProgramMap(section.subarray(0, 3 + (section.readUInt16BE(1) & 0x0fff)))
    if (map) return map
  }
  return
}

/** Sound and picture are not in one order to the millisecond; what lies further back is a jump. */
const disorderMs = 1_000
const dueAfter = (dueMs: number, nextMs: number) => (nextMs < dueMs - disorderMs ? nextMs : Math.max(nextMs, dueMs))

const isPesStart = (payload: Buffer) => payload.length >= 19 && payload.readUIntBE(0, 3) === 1

/** PTS and DTS of a PES header (§2.4.3.6). */
function readStamps(pes: Buffer): { pts: number; dts: number; hasDts: boolean } | undefined {
  const flags = pes[7]! >> 6
  if (flags < 2) return
  const pts = readStamp(pes, 9)
  return { pts, dts: flags === 3 ? readStamp(pes, 14) : pts, hasDts: flags === 3 }
}

function readStamp(bytes: Buffer, at: number): number {
  return (
    ((bytes[at]! >> 1) & 7) * 2 ** 30 + (bytes.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (bytes.readUInt16BE(at + 3) >> 1)
  )
}

function writeStamp(bytes: Buffer, at: number, ticks: number): void {
  const value = modulo(ticks)
  bytes[at] = (bytes[at]! & 0xf1) | (Math.floor(value / 2 ** 30) << 1)
  bytes.writeUInt16BE((Math.floor(value / 2 ** 15) % 2 ** 15) * 2 + 1, at + 1)
  bytes.writeUInt16BE((value % 2 ** 15) * 2 + 1, at + 3)
}

/** The base of the PCR is 33 bits at 90 kHz; the extension stays. */
function moveClockReference(bytes: Buffer, at: number, offset: number): void {
  const hasAdaptation = (bytes[at + 3]! & 0x20) !== 0
  if (!hasAdaptation || bytes[at + 4]! < 7 || (bytes[at + 5]! & 0x10) === 0) return
  const base = modulo(bytes.readUInt32BE(at + 6) * 2 + (bytes[at + 10]! >> 7) + offset)
  bytes.writeUInt32BE(Math.floor(base / 2), at + 6)
  bytes[at + 10] = (bytes[at + 10]! & 0x7f) | ((base % 2) << 7)
}

const modulo = (ticks: number) => ((ticks % wrap) + wrap) % wrap

/** The value nearest to `near` that `ticks` may stand for. */
function unwrapped(ticks: number, near: number): number {
  return ticks + Math.round((near - ticks) / wrap) * wrap
}
