import { readSps } from '../../media/h264-header.ts'
import { h264Profile } from '../../media/h264-profile.ts'
import { readHevcSps } from './hevc-header.ts'
import type { VideoCodec } from './program.ts'

/** What a sequence header says of the picture. */
export interface VideoHeader {
  readonly profile: string | null
  readonly width: number
  readonly height: number
  /** Frames per second where it is told. */
  readonly fps: number | null
}

/** Reads a sequence header as `inspectAccessUnit` gives it. Undefined when it can't be read. */
export function readVideoHeader(codec: VideoCodec, sequenceHeader: Uint8Array): VideoHeader | undefined {
  if (codec === 'hevc') return readHevcSps(sequenceHeader)
  if (codec === 'mpeg2video') return readMpeg2SequenceHeader(sequenceHeader)
  const sps = readSps(sequenceHeader)
  return sps && { profile: h264Profile(sps.codec), width: sps.width, height: sps.height, fps: sps.fps }
}

/** ISO/IEC 13818-2 Table 6-4. */
const frameRates = [null, 24_000 / 1_001, 24, 25, 30_000 / 1_001, 30, 50, 60_000 / 1_001, 60]

/** ISO/IEC 13818-2 §6.2.2.1, after the start code's own byte 0xb3. */
function readMpeg2SequenceHeader(bytes: Uint8Array): VideoHeader | undefined {
  const [, first, second, third, rates] = bytes
  if (first === undefined || second === undefined || third === undefined || rates === undefined) return
  const width = (first << 4) | (second >> 4)
  const height = ((second & 0x0f) << 8) | third
  if (width === 0 || height === 0) return
  return { profile: null, width, height, fps: frameRates[rates & 0x0f] ?? null }
}
