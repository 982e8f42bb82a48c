import { BitReader } from './bit-reader.ts'

export interface H264Header {
  /** RFC 6381, e.g. `avc1.4d401f`. */
  readonly codec: string
  /** Pixels after cropping. */
  readonly width: number
  readonly height: number
  /** Frames per second by the VUI's timing, or null. */
  readonly fps: number | null
}

/** Profiles whose parameter set has the chroma and bit depth fields (ISO/IEC 14496-10 §7.3.2.1.1). */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135])
const maxDimension = 16_384

/**
 * Reads an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1): its first sequence parameter set.
 * Undefined when it can't be read or makes no sense.
 */
export function readAvcConfig(config: Uint8Array): H264Header | undefined {
  const [version, , , , , setCount, lengthHigh, lengthLow] = config
  if (version !== 1 || setCount === undefined || lengthHigh === undefined || lengthLow === undefined) return
  if ((setCount & 0x1f) === 0) return
  return readSps(config.subarray(8, 8 + lengthHigh * 256 + lengthLow))
}

/** Reads a sequence parameter set NAL unit (ISO/IEC 14496-10 §7.3.2.1.1, §E.1.1). Undefined when it can't be read. */
export function readSps(nalUnit: Uint8Array): H264Header | undefined {
  if (nalUnit.length < 4 || ((nalUnit[0] ?? 0) & 0x1f) !== 7) return
  try {
    return parse(withoutEmulationPrevention(nalUnit.subarray(1)))
  } catch (error) {
    if (error instanceof RangeError) return
    throw error
  }
}

function parse(rbsp: Uint8Array): H264Header | undefined {
  const codec = `avc1.${Buffer.from(rbsp.subarray(0, 3)).toString('hex')}`
  const bits = new BitReader(rbsp)
  const profile = bits.bits(8)
  bits.bits(16) // constraint flags, level
  bits.unsignedGolomb() // seq_parameter_set_id
  const chroma = highProfiles.has(profile) ? chromaFormat(bits) : { formatIdc: 1, separatePlanes: false }
  bits.unsignedGolomb() // log2_max_frame_num_minus4
  skipPictureOrderCount(bits)
  bits.unsignedGolomb() // max_num_ref_frames
  bits.flag() // gaps_in_frame_num_value_allowed_flag
  const widthInMbs = bits.unsignedGolomb() + 1
  const heightInMapUnits = bits.unsignedGolomb() + 1
  const framesOnly = bits.flag()
  if (!framesOnly) bits.flag() // mb_adaptive_frame_field_flag
  bits.flag() // direct_8x8_inference_flag
  const crop = bits.flag() ? Array.from({ length: 4 }, () => bits.unsignedGolomb()) : [0, 0, 0, 0]
  const [left = 0, right = 0, top = 0, bottom = 0] = crop

  const fieldFactor = framesOnly ? 1 : 2
  const chromaArrayType = chroma.separatePlanes ? 0 : chroma.formatIdc
  const cropUnitX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1
  const cropUnitY = (chromaArrayType === 1 ? 2 : 1) * fieldFactor
  const width = widthInMbs * 16 - cropUnitX * (left + right)
  const height = heightInMapUnits * 16 * fieldFactor - cropUnitY * (top + bottom)
  if (width < 1 || height < 1 || width > maxDimension || height > maxDimension) return
  return { codec, width, height, fps: bits.flag() ? vuiFps(bits) : null }
}

function chromaFormat(bits: BitReader): { formatIdc: number; separatePlanes: boolean } {
  const formatIdc = bits.unsignedGolomb()
  const separatePlanes = formatIdc === 3 && bits.flag()
  bits.unsignedGolomb() // bit_depth_luma_minus8
  bits.unsignedGolomb() // bit_depth_chroma_minus8
  bits.flag() // qpprime_y_zero_transform_bypass_flag
  if (bits.flag()) {
    const lists = formatIdc === 3 ? 12 : 8
    for (let list = 0; list < lists; list++) if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64)
  }
  return { formatIdc, separatePlanes }
}

function skipScalingList(bits: BitReader, size: number): void {
  let last = 8
  let next = 8
  for (let index = 0; index < size; index++) {
    if (next !== 0) next = (last + bits.signedGolomb() + 256) % 256
    last = next === 0 ? last : next
  }
}

function skipPictureOrderCount(bits: BitReader): void {
  const type = bits.unsignedGolomb()
  if (type === 0) bits.unsignedGolomb()
  if (type !== 1) return
  bits.flag()
  bits.signedGolomb()
  bits.signedGolomb()
  const cycle = bits.unsignedGolomb()
  if (cycle > 255) throw new RangeError('num_ref_frames_in_pic_order_cnt_cycle is at most 255')
  for (let index = 0; index < cycle; index++) bits.signedGolomb()
}

/** §E.1.1 up to the timing. Many encoders leave the timing out, or cut the parameter set short: then null. */
function vuiFps(bits: BitReader): number | null {
  try {
    if (bits.flag() && bits.bits(8) === 255) bits.bits(32) // sample aspect ratio
    if (bits.flag()) bits.flag() // overscan
    if (bits.flag()) {
      bits.bits(4) // video format, range
      if (bits.flag()) bits.bits(24) // colours
    }
    if (bits.flag()) {
      bits.unsignedGolomb() // chroma sample location
      bits.unsignedGolomb()
    }
    if (!bits.flag()) return null
    const unitsInTick = bits.bits(32)
    const timeScale = bits.bits(32)
    return unitsInTick > 0 && timeScale > 0 ? timeScale / unitsInTick / 2 : null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** Takes out the 0x03 of each 0x000003 (ISO/IEC 14496-10 §7.4.1.1). */
function withoutEmulationPrevention(bytes: Uint8Array): Uint8Array {
  return bytes.filter((byte, index) => !(byte === 3 && index >= 2 && bytes[index - 1] === 0 && bytes[index - 2] === 0))
}
