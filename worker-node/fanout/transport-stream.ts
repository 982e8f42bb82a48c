import { parameterSetsOf, withParameterSets } from '../media/parameter-sets.ts'
import type { AudioTrack, Sample, Track, VideoTrack } from '../media/sample.ts'
import { sectionCrc } from '../media/section-crc.ts'

/** Bytes of a transport packet (ISO/IEC 13818-1 §2.4.3.2), and what of it is payload at most. */
export const packetBytes = 188
const payloadBytes = 184

const pid = { pat: 0, pmt: 0x1000, video: 0x100, audio: 0x101 } as const
const streamType = { h264: 0x1b, aac: 0x0f } as const
const streamId = { video: 0xe0, audio: 0xc0 } as const

/** Time 0 of a session stands here, so that no time is negative. Ticks of 90 kHz. */
const originTicks = 90_000
/** The clock runs so far behind decode times: what receivers hold of a picture before its time. Ticks of 90 kHz. */
const clockDelayTicks = 27_000
/** Tables come with each keyframe, and at least so often. Ticks of 90 kHz. */
const tablesEachTicks = 45_000

/** A packet that means nothing, and that receivers pass over (§2.4.3.3). */
export const nullPacket = Buffer.from([0x47, 0x1f, 0xff, 0x10, ...new Uint8Array(payloadBytes).fill(0xff)])

/** A picture or a sound, with the track that it belongs to. */
export interface AccessUnit {
  readonly sample: Sample
  readonly track: Track
}

/**
 * A transport stream (ISO/IEC 13818-1) of one program in H.264 and AAC. Each keyframe has the tables and its parameter sets
 * before it, and each frame of sound its header, so that a receiver can begin at any keyframe and a change of configuration
 * is none of the stream's. Continuity counters are 0: those are each connection's own, see {@link Continuity}.
 */
export function transportStream(units: readonly AccessUnit[], beginsAtMs = 0): Buffer {
  return Buffer.concat(
    units.flatMap(({ sample, track }) => {
      const dts = ticksOf(sample.dts, track, beginsAtMs)
      return track.kind === 'video' ? picturePackets(sample, track, dts) : soundPackets(sample, track, dts)
    }),
  )
}

/** Numbers the packets of one connection (§2.4.3.3), so that a receiver knows of a loss. */
export class Continuity {
  readonly #next = new Map<number, number>()

  /** The same packets with this connection's counters, in memory of their own. */
  numbered(packets: Buffer): Buffer {
    const numbered = Buffer.from(packets)
    for (let at = 0; at < numbered.length; at += packetBytes) {
      const id = numbered.readUInt16BE(at + 1) & 0x1fff
      const counter = this.#next.get(id) ?? 0
      numbered[at + 3]! |= counter
      this.#next.set(id, (counter + 1) & 0x0f)
    }
    return numbered
  }
}

function ticksOf(ticks: number, { timescale }: Track, beginsAtMs: number): number {
  return Math.round((ticks * 90_000) / timescale + beginsAtMs * 90) + originTicks
}

function picturePackets(sample: Sample, track: VideoTrack, dts: number): Buffer[] {
  const pts = dts + Math.round((sample.compositionOffset * 90_000) / track.timescale)
  const pes = withByteStream(pesHeader(streamId.video, 0, pts, dts), sample, track)
  const picture = packets(pid.video, pes, { ticks: dts - clockDelayTicks, startsHere: sample.keyframe })
  const durationTicks = (sample.duration * 90_000) / track.timescale
  const areTablesDue = Math.floor(dts / tablesEachTicks) !== Math.floor((dts + durationTicks) / tablesEachTicks)
  return sample.keyframe || areTablesDue ? [tables, picture] : [picture]
}

function soundPackets({ payload }: Sample, track: AudioTrack, dts: number): Buffer {
  const frame = [adtsHeader(track.decoderConfig, payload.length), payload]
  const bytes = payload.length + 7
  return packets(pid.audio, Buffer.concat([pesHeader(streamId.audio, bytes, dts), ...frame]))
}

const startCode = Buffer.of(0, 0, 0, 1)
/** Behind its length, as the other NAL units are. */
const delimiter = Buffer.of(0, 0, 0, 2, 9, 0xf0)
const delimiterType = 9

/** `head`, then a picture as a byte stream (ISO/IEC 14496-10 Annex B), delimited as §2.14.1 wants it. */
function withByteStream(head: Buffer, { payload, keyframe }: Sample, track: VideoTrack): Buffer {
  const pieces = keyframe ? withParameterSets(payload, parameterSetsOf(track.decoderConfig)) : [payload]
  const isDelimited = payload.length > 4 && (payload[4]! & 0x1f) === delimiterType
  const bytes = Buffer.concat([head, ...(isDelimited ? [] : [delimiter]), ...pieces])
  for (let at = head.length; at + 4 <= bytes.length; ) {
    const size = bytes.readUInt32BE(at)
    startCode.copy(bytes, at)
    at += 4 + size
  }
  return bytes
}

/** The header of an ADTS frame (ISO/IEC 14496-3 §1.A.2.2); SBR and PS are signalled within the frame then. */
function adtsHeader(config: Uint8Array, frameBytes: number): Buffer {
  const bits = ((config[0] ?? 0) << 8) | (config[1] ?? 0)
  const objectType = bits >> 11
  const profile = objectType >= 1 && objectType <= 4 ? objectType - 1 : 1
  const rate = (bits >> 7) & 0x0f
  const channels = (bits >> 3) & 0x07
  const size = frameBytes + 7
  return Buffer.of(
    0xff,
    0xf1,
    (profile << 6) | (rate << 2) | (channels >> 2),
    ((channels & 3) << 6) | (size >> 11),
    (size >> 3) & 0xff,
    ((size & 7) << 5) | 0x1f,
    0xfc,
  )
}

/** The head of a PES packet (§2.4.3.6); `payloadSize` 0: as long as it is, which only pictures may be. */
function pesHeader(id: number, payloadSize: number, pts: number, dts?: number): Buffer {
  const times = dts === undefined || dts === pts ? [timestamp(2, pts)] : [timestamp(3, pts), timestamp(1, dts)]
  const flags = times.length === 1 ? 0x80 : 0xc0
  const timesBytes = times.length * 5
  const size = payloadSize === 0 ? 0 : payloadSize + 3 + timesBytes
  return Buffer.concat([Buffer.of(0, 0, 1, id, size >> 8, size & 0xff, 0x84, flags, timesBytes), ...times])
}

/** 33 bits with their marker bits; they wrap after 26.5 hours, as they may. */
function timestamp(prefix: number, ticks: number): Buffer {
  const wrapped = ticks % 2 ** 33
  const high = Math.floor(wrapped / 2 ** 30)
  const middle = Math.floor(wrapped / 2 ** 15) & 0x7fff
  const bytes = Buffer.alloc(5)
  bytes[0] = (prefix << 4) | (high << 1) | 1
  bytes.writeUInt16BE((middle << 1) | 1, 1)
  bytes.writeUInt16BE(((wrapped & 0x7fff) << 1) | 1, 3)
  return bytes
}

/** The program's clock as a packet tells it, and whether a decoder may start with that packet. */
interface ClockReference {
  readonly ticks: number
  readonly startsHere: boolean
}

/** Cuts a PES packet or a section into transport packets; the last is stuffed in its adaptation field (§2.4.3.5). */
function packets(id: number, unit: Buffer, clock?: ClockReference): Buffer {
  const clockBytes = clock ? 8 : 0
  const out = Buffer.alloc(Math.ceil((unit.length + clockBytes) / payloadBytes) * packetBytes, 0xff)
  for (let head = 0, at = 0; head < out.length; head += packetBytes) {
    const isFirst = head === 0
    const size = Math.min(unit.length - at, payloadBytes - (isFirst ? clockBytes : 0))
    const adaptationBytes = payloadBytes - size
    out[head] = 0x47
    out.writeUInt16BE((isFirst ? 0x4000 : 0) | id, head + 1)
    out[head + 3] = adaptationBytes > 0 ? 0x30 : 0x10
    if (adaptationBytes > 0) out[head + 4] = adaptationBytes - 1
    if (adaptationBytes > 1) out[head + 5] = 0
    if (isFirst && clock) writeClock(out, head + 5, clock)
    unit.copy(out, head + 4 + adaptationBytes, at, at + size)
    at += size
  }
  return out
}

function writeClock(out: Buffer, at: number, { ticks, startsHere }: ClockReference): void {
  const wrapped = ticks % 2 ** 33
  out[at] = startsHere ? 0x50 : 0x10
  out.writeUInt32BE(Math.floor(wrapped / 2), at + 1)
  out.writeUInt16BE(((wrapped & 1) << 15) | 0x7e00, at + 5)
}

/** A section in a packet of its own (§2.4.4). */
function section(id: number, body: readonly number[]): Buffer {
  const withoutCrc = Buffer.of(...body.slice(0, 1), 0xb0, body.length + 3, ...body.slice(1))
  const whole = Buffer.alloc(payloadBytes, 0xff)
  whole[0] = 0
  withoutCrc.copy(whole, 1)
  whole.writeUInt32BE(sectionCrc(withoutCrc), 1 + withoutCrc.length)
  return packets(id, whole)
}

const word = (reserved: number, value: number) => [(reserved << 5) | (value >> 8), value & 0xff]
const stream = (type: number, id: number) => [type, ...word(7, id), 0xf0, 0]
/** Program association and program map (§2.4.4.3, §2.4.4.8): they never change. */
const tables = Buffer.concat([
  section(pid.pat, [0, 0, 1, 0xc1, 0, 0, 0, 1, ...word(7, pid.pmt)]),
  section(pid.pmt, [
    ...[2, 0, 1, 0xc1, 0, 0, ...word(7, pid.video), 0xf0, 0],
    ...[...stream(streamType.h264, pid.video), ...stream(streamType.aac, pid.audio)],
  ]),
])
