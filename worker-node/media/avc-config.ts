import { type H264Header, readSps } from './h264-header.ts'
import { avcCodecString } from './init-segment-reader.ts'

/** The parameter sets of one H.264 configuration, each a NAL unit without a start code. */
export interface ParameterSets {
  readonly sps: Uint8Array
  readonly pps: readonly Uint8Array[]
}

const nalType = { sps: 7, pps: 8 } as const

/**
 * The parameter sets that stand inside an access unit in AVCC form with 4-byte lengths; undefined where it has no
 * sequence parameter set or no picture parameter set. Only keyframes need be asked. Stops at the first slice.
 */
export function parameterSetsIn(payload: Uint8Array): ParameterSets | undefined {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  let sps: Uint8Array | undefined
  const pps: Uint8Array[] = []
  for (let at = 0; at + 5 <= payload.length; ) {
    const end = at + 4 + view.getUint32(at)
    const type = payload[at + 4]! & 0x1f
    if (type >= 1 && type <= 5) break
    if (end > payload.length) return
    if (type === nalType.sps) sps ??= payload.subarray(at + 4, end)
    if (type === nalType.pps) pps.push(payload.subarray(at + 4, end))
    at = end
  }
  return sps && pps.length > 0 ? { sps, pps } : undefined
}

/** The parameter sets of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1). Undefined when it is broken. */
export function readParameterSets(config: Uint8Array): ParameterSets | undefined {
  let at = 5
  const sets = (count: number): Uint8Array[] | undefined => {
    const found: Uint8Array[] = []
    for (let index = 0; index < count; index++) {
      const length = (config[at] ?? 0) * 256 + (config[at + 1] ?? 0)
      if (length === 0 || at + 2 + length > config.length) return
      found.push(config.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
    return found
  }
  const sps = sets((config[at++] ?? 0) & 0x1f)?.[0]
  const pps = sps && sets(config[at++] ?? 0)
  return sps && pps && pps.length > 0 ? { sps, pps } : undefined
}

/** The AVCDecoderConfigurationRecord of these sets, with 4-byte lengths; without the extension for chroma and depth. */
export function avcConfig({ sps, pps }: ParameterSets): Uint8Array {
  const counted = (set: Uint8Array) => [Uint8Array.of(set.length >> 8, set.length & 0xff), set]
  return Buffer.concat([
    Uint8Array.of(1, sps[1]!, sps[2]!, sps[3]!, 0xff, 0xe1),
    ...counted(sps),
    Uint8Array.of(pps.length),
    ...pps.flatMap(counted),
  ])
}

/** What a track says of a configuration; undefined when its sequence parameter set can't be read. */
export function describeAvcConfig(
  config: Uint8Array,
): (Pick<H264Header, 'width' | 'height' | 'fps'> & { readonly codec: string }) | undefined {
  const sets = readParameterSets(config)
  const header = sets && readSps(sets.sps)
  return (
    header && { codec: avcCodecString('avc1', config), width: header.width, height: header.height, fps: header.fps }
  )
}
