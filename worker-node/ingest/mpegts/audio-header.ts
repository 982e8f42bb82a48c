import { readAudioSpecificConfig } from '../../media/aac-header.ts'
import type { AudioCodec } from './program.ts'

/** What a frame's header says of the sound. */
export interface AudioHeader {
  /** Hz, as coded: HE-AAC that does not announce itself plays at twice as many. */
  readonly sampleRate: number
  readonly channels: number
  /** Where the program map leaves it open which of a family it is: `mp1`, `mp2`, `mp3`. */
  readonly codec?: string
}

/** Reads the first frame header in a PES packet's payload. Undefined when none is found. */
export function readAudioHeader(codec: AudioCodec, bytes: Uint8Array): AudioHeader | undefined {
  if (codec === 'opus') return { sampleRate: 48_000, channels: 2 } // Whatever is coded, it decodes to that.
  const read = readers[codec]
  for (let at = 0; at + 7 <= bytes.length; at++) {
    const header = read(bytes.subarray(at))
    if (header) return header
  }
  return
}

type Reader = (bytes: Uint8Array) => AudioHeader | undefined

const readers: Readonly<Record<Exclude<AudioCodec, 'opus'>, Reader>> = {
  aac: readAdts,
  aac_latm: readLatm,
  mp2: readMpegAudio,
  ac3: readAc3,
  eac3: readAc3,
}

const aacRates = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350]

/** ISO/IEC 14496-3 §1.A.2.2. */
function readAdts(bytes: Uint8Array): AudioHeader | undefined {
  const [first, second, third, fourth] = bytes as unknown as [number, number, number, number]
  if (first !== 0xff || (second & 0xf6) !== 0xf0) return
  const sampleRate = aacRates[(third >> 2) & 0x0f]
  const configuration = ((third & 1) << 2) | (fourth >> 6)
  if (sampleRate === undefined) return
  return { sampleRate, channels: configuration === 7 ? 8 : configuration || 2 }
}

/** ISO/IEC 14496-3 §1.7.2, §1.7.3: LOAS whose multiplex config is of version 0 has its AudioSpecificConfig on a byte. */
function readLatm(bytes: Uint8Array): AudioHeader | undefined {
  const [first, second, , config] = bytes as unknown as [number, number, number, number]
  if (first !== 0x56 || (second & 0xe0) !== 0xe0 || (config & 0xc0) !== 0) return
  const header = readAudioSpecificConfig(bytes.subarray(5))
  return header && { sampleRate: header.sampleRate, channels: header.channels ?? 2 }
}

const mpeg1Rates = [44_100, 48_000, 32_000]
const monophonic = 3

/** ISO/IEC 11172-3 §2.4.2.3 and 13818-3 §2.4.2.3. */
function readMpegAudio(bytes: Uint8Array): AudioHeader | undefined {
  const [first, second, third, fourth] = bytes as unknown as [number, number, number, number]
  const [version, layer, bitrate, rate] = [(second >> 3) & 3, (second >> 1) & 3, third >> 4, (third >> 2) & 3]
  if (first !== 0xff || second < 0xe0 || version === 1 || layer === 0 || bitrate === 15 || rate === 3) return
  const divisor = version === 3 ? 1 : version === 2 ? 2 : 4
  // Layer I is 3, layer III is 1.
  const codec = `mp${4 - layer}`
  return { sampleRate: mpeg1Rates[rate]! / divisor, channels: fourth >> 6 === monophonic ? 1 : 2, codec }
}

const ac3Rates = [48_000, 44_100, 32_000]
const ac3Channels = [2, 1, 2, 3, 3, 4, 4, 5]

/** ETSI TS 102 366 §4.3, §4.4.1.3, §E.1.2. */
function readAc3(bytes: Uint8Array): AudioHeader | undefined {
  if (bytes[0] !== 0x0b || bytes[1] !== 0x77) return
  const bits = bytes[4]! * 0x1_0000 + bytes[5]! * 0x100 + bytes[6]!
  const isEnhanced = bytes[5]! >> 3 > 10
  const rate = bytes[4]! >> 6
  if (isEnhanced) {
    const halved = ac3Rates[(bytes[4]! >> 4) & 3]
    const sampleRate = rate === 3 ? halved && halved / 2 : ac3Rates[rate]
    if (sampleRate === undefined) return
    return { sampleRate, channels: ac3Channels[(bytes[4]! >> 1) & 7]! + (bytes[4]! & 1) }
  }
  const sampleRate = ac3Rates[rate]
  if (sampleRate === undefined) return
  const mode = bytes[6]! >> 5
  // Mixing levels stand between the mode and the bit that tells of a low frequency channel.
  const mixing = ((mode & 1) !== 0 && mode !== 1 ? 2 : 0) + ((mode & 4) !== 0 ? 2 : 0) + (mode === 2 ? 2 : 0)
  return { sampleRate, channels: ac3Channels[mode]! + ((bits >> (4 - mixing)) & 1) }
}
