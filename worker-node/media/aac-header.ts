import { BitReader } from './bit-reader.ts'

export interface AacHeader {
  /** RFC 6381, e.g. `mp4a.40.2`. */
  readonly codec: string
  /** Hz, of what a decoder puts out. */
  readonly sampleRate: number
  /** Undefined where a program config element tells it. */
  readonly channels: number | undefined
}

const sampleRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
]
const spectralBandReplication = 5
const parametricStereo = 29

/** Reads an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1). Undefined when it can't be read or makes no sense. */
export function readAudioSpecificConfig(config: Uint8Array): AacHeader | undefined {
  try {
    const bits = new BitReader(config)
    const objectType = audioObjectType(bits)
    let sampleRate = samplingFrequency(bits)
    const channelConfiguration = bits.bits(4)
    if (objectType === spectralBandReplication || objectType === parametricStereo) sampleRate = samplingFrequency(bits)
    if (sampleRate === undefined || sampleRate < 1 || objectType === 0 || channelConfiguration > 7) return
    const coded = channelConfiguration === 7 ? 8 : channelConfiguration
    const channels = objectType === parametricStereo && coded === 1 ? 2 : coded
    return { codec: `mp4a.40.${objectType}`, sampleRate, channels: channels === 0 ? undefined : channels }
  } catch (error) {
    if (error instanceof RangeError) return
    throw error
  }
}

function audioObjectType(bits: BitReader): number {
  const type = bits.bits(5)
  return type === 31 ? 32 + bits.bits(6) : type
}

function samplingFrequency(bits: BitReader): number | undefined {
  const index = bits.bits(4)
  return index === 15 ? bits.bits(24) : sampleRates[index]
}
