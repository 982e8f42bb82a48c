import { BitReader } from '../../media/bit-reader.ts'
import type { VideoHeader } from './video-header.ts'

const maxDimension = 16_384
/** ISO/IEC 23008-2 Annex A. */
const profiles: Readonly<Record<number, string>> = { 1: 'Main', 2: 'Main 10', 3: 'Main Still Picture', 4: 'RExt' }

/**
 * Reads an HEVC sequence parameter set NAL unit (ISO/IEC 23008-2 §7.3.2.2) up to the size of the picture. The frame
 * rate stands far behind and is measured instead. Undefined when it can't be read.
 */
export function readHevcSps(nalUnit: Uint8Array): VideoHeader | undefined {
  try {
    return parse(new BitReader(withoutEmulationPrevention(nalUnit.subarray(2, 128))))
  } catch (error) {
    if (error instanceof RangeError) return
    throw error
  }
}

function parse(bits: BitReader): VideoHeader | undefined {
  bits.bits(4) // sps_video_parameter_set_id
  const subLayers = bits.bits(3) // sps_max_sub_layers_minus1
  bits.flag() // sps_temporal_id_nesting_flag
  const profile = profileTierLevel(bits, subLayers)
  bits.unsignedGolomb() // sps_seq_parameter_set_id
  const chromaFormat = bits.unsignedGolomb()
  if (chromaFormat === 3) bits.flag() // separate_colour_plane_flag
  const codedWidth = bits.unsignedGolomb()
  const codedHeight = bits.unsignedGolomb()
  const crop = bits.flag() ? Array.from({ length: 4 }, () => bits.unsignedGolomb()) : [0, 0, 0, 0]
  const [left = 0, right = 0, top = 0, bottom = 0] = crop
  const width = codedWidth - (chromaFormat === 1 || chromaFormat === 2 ? 2 : 1) * (left + right)
  const height = codedHeight - (chromaFormat === 1 ? 2 : 1) * (top + bottom)
  if (width < 1 || height < 1 || width > maxDimension || height > maxDimension) return
  return { profile: profiles[profile] ?? null, width, height, fps: null }
}

/** §7.3.3; gives `general_profile_idc`. */
function profileTierLevel(bits: BitReader, subLayers: number): number {
  bits.bits(3) // general_profile_space, general_tier_flag
  const profile = bits.bits(5)
  skip(bits, 32 + 48 + 8)
  const present = Array.from({ length: subLayers }, () => ({ profile: bits.flag(), level: bits.flag() }))
  if (subLayers > 0) skip(bits, 2 * (8 - subLayers))
  for (const layer of present) skip(bits, (layer.profile ? 88 : 0) + (layer.level ? 8 : 0))
  return profile
}

function skip(bits: BitReader, count: number): void {
  for (let left = count; left > 0; left -= 32) bits.bits(Math.min(left, 32))
}

/** Takes out the 0x03 of each 0x000003 (ISO/IEC 23008-2 §7.4.2). */
function withoutEmulationPrevention(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, index) => !(byte === 3 && index >= 2 && bytes[index - 1] === 0 && bytes[index - 2] === 0))
}
