/** The beginning of a PES packet (ISO/IEC 13818-1 §2.4.3.7). */
export interface PesHeader {
  /** 90 kHz, 33 bits; null where it is not given. */
  readonly pts: number | null
  /** As `pts` where it is not given. */
  readonly dts: number | null
  /** Bytes before the elementary stream's own. */
  readonly length: number
}

/** Reads the header of a PES packet with video or audio. Undefined when `bytes` is none, or not all of it. */
export function readPesHeader(bytes: Uint8Array): PesHeader | undefined {
  const [zero, alsoZero, one, , , , mark, flags, headerDataLength] = bytes
  if (zero !== 0 || alsoZero !== 0 || one !== 1) return
  if (mark === undefined || flags === undefined || headerDataLength === undefined || mark >> 6 !== 2) return
  const length = 9 + headerDataLength
  if (bytes.length < length) return
  const pts = (flags & 0x80) !== 0 && headerDataLength >= 5 ? timestamp(bytes, 9) : null
  const dts = (flags & 0xc0) === 0xc0 && headerDataLength >= 10 ? timestamp(bytes, 14) : pts
  return { pts, dts, length }
}

/** One turn of the 33-bit clock, 90 kHz. */
export const clockTurn = 2 ** 33

/** How far `later` is after `earlier` on a clock that turns over; negative: before it. */
export function clockDistance(earlier: number, later: number): number {
  const distance = (later - earlier + clockTurn) % clockTurn
  return distance > clockTurn / 2 ? distance - clockTurn : distance
}

function timestamp(bytes: Uint8Array, at: number): number {
  const high = (bytes[at]! >> 1) & 0x07
  const middle = ((bytes[at + 1]! << 8) | bytes[at + 2]!) >> 1
  const low = ((bytes[at + 3]! << 8) | bytes[at + 4]!) >> 1
  return high * 2 ** 30 + middle * 2 ** 15 + low
}
