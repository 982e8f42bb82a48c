import type { VideoCodec } from './program.ts'

/** What the beginning of a coded picture tells. */
export interface AccessUnit {
  /** A decoder can begin with it. */
  readonly keyframe: boolean
  /** Its sequence header: a parameter set (H.264, HEVC) without start code, or from the MPEG-2 sequence header on. */
  readonly sequenceHeader: Uint8Array | undefined
}

/**
 * Looks into the first bytes of a coded picture (byte stream format, ISO/IEC 14496-10 Annex B, 23008-2 Annex B,
 * 13818-2 §6.2). `randomAccess` is what the packet claims of it: it is believed where a sequence header confirms it.
 * Undefined: the picture's own data is not there yet.
 */
export function inspectAccessUnit(codec: VideoCodec, bytes: Uint8Array, randomAccess: boolean): AccessUnit | undefined {
  let sequenceHeader: Uint8Array | undefined
  for (let at = nextUnit(bytes, 0); at < bytes.length; ) {
    const end = nextUnit(bytes, at)
    const type = unitType(codec, bytes[at]!)
    if (type === 'picture' || type === 'keyframe')
      return { keyframe: type === 'keyframe' || (randomAccess && sequenceHeader !== undefined), sequenceHeader }
    if (type === 'sequence') sequenceHeader ??= bytes.subarray(at, end < bytes.length ? end - 3 : end)
    // An MPEG-2 sequence header says it all: an intra picture follows.
    if (codec === 'mpeg2video' && sequenceHeader && sequenceHeader.length >= 12)
      return { keyframe: true, sequenceHeader }
    at = end
  }
  return
}

type UnitType = 'keyframe' | 'picture' | 'sequence' | 'other'

function unitType(codec: VideoCodec, header: number): UnitType {
  if (codec === 'h264') return h264UnitType(header & 0x1f)
  if (codec === 'hevc') return hevcUnitType((header >> 1) & 0x3f)
  return header === 0xb3 ? 'sequence' : header === 0 ? 'picture' : 'other'
}

/** ISO/IEC 14496-10 Table 7-1. */
function h264UnitType(type: number): UnitType {
  if (type === 5) return 'keyframe'
  if (type === 7) return 'sequence'
  return type >= 1 && type <= 4 ? 'picture' : 'other'
}

/** ISO/IEC 23008-2 Table 7-1: 16 to 23 are the intra random access pictures. */
function hevcUnitType(type: number): UnitType {
  if (type >= 16 && type <= 23) return 'keyframe'
  if (type === 33) return 'sequence'
  return type < 16 ? 'picture' : 'other'
}

/** The first byte after the next start code 00 00 01; the end where there is none. */
function nextUnit(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(1, from + 2); at !== -1; at = bytes.indexOf(1, at + 1))
    if (bytes[at - 1] === 0 && bytes[at - 2] === 0) return at + 1
  return bytes.length
}
