import { readAudioSpecificConfig } from './aac-header.ts'
import { childBoxes, descend, findChild, guardReads, MediaFormatError, viewOf } from './box-reader.ts'
import type { SampleDefaults } from './fragment.ts'

/** What a `moov` says about its one video track. */
export interface VideoDescription {
  readonly kind: 'video'
  /** Ticks per second. */
  readonly timescale: number
  /** RFC 6381 §3.3, e.g. `avc1.4d401f`. */
  readonly codec: string
  readonly width: number
  readonly height: number
  /** Body of `avcC`. */
  readonly decoderConfig: Uint8Array
  readonly defaults: SampleDefaults
}

/** What a `moov` says about its one audio track. */
export interface AudioDescription {
  readonly kind: 'audio'
  readonly timescale: number
  /** RFC 6381 §3.3, e.g. `mp4a.40.2`. */
  readonly codec: string
  readonly sampleRate: number
  readonly channels: number
  /** AudioSpecificConfig. */
  readonly decoderConfig: Uint8Array
  readonly defaults: SampleDefaults
}

/**
 * Reads the body of a `moov` box that describes one H.264 (`avc1`, `avc3`) or one AAC (`mp4a`) track of a fragmented
 * movie: ISO/IEC 14496-12 §8.2–8.5 and §8.8.3, 14496-15 §5.4.2, 14496-14 §5.6. Throws {@link MediaFormatError}.
 */
export function readInitSegment(moov: Uint8Array): VideoDescription | AudioDescription {
  return guardReads('A movie header', () => {
    const trak = descend(moov, 'trak')
    const timescale = readTimescale(descend(trak, 'mdia', 'mdhd'))
    const defaults = readDefaults(descend(moov, 'mvex', 'trex'))
    const stsd = descend(trak, 'mdia', 'minf', 'stbl', 'stsd')
    const entry = childBoxes(stsd.subarray(8))[0]
    if (entry?.type === 'avc1' || entry?.type === 'avc3') {
      return { ...readVisualEntry(entry.type, entry.body), timescale, defaults }
    }
    if (entry?.type === 'mp4a') return { ...readAudioEntry(entry.body), timescale, defaults }
    throw new MediaFormatError(`The sample entry ${entry?.type ?? '(none)'} is neither H.264 nor AAC.`)
  })
}

/** The RFC 6381 name of H.264 with this AVCDecoderConfigurationRecord: profile, constraints and level in hex. */
export function avcCodecString(sampleEntry: 'avc1' | 'avc3', avcC: Uint8Array): string {
  if (avcC.length < 7) throw new MediaFormatError('The avcC box is too short.')
  return `${sampleEntry}.${Buffer.from(avcC.subarray(1, 4)).toString('hex')}`
}

/** `mdhd`, §8.4.2. */
function readTimescale(body: Uint8Array): number {
  const view = viewOf(body)
  const timescale = view.getUint32(view.getUint8(0) === 1 ? 20 : 12)
  if (timescale === 0) throw new MediaFormatError('A track has a timescale of 0.')
  return timescale
}

/** `trex`, §8.8.3. */
function readDefaults(body: Uint8Array): SampleDefaults {
  const view = viewOf(body)
  return {
    trackId: view.getUint32(4),
    duration: view.getUint32(12),
    size: view.getUint32(16),
    flags: view.getUint32(20),
  }
}

/** VisualSampleEntry, §12.1.3: 78 bytes, then boxes. */
function readVisualEntry(type: 'avc1' | 'avc3', body: Uint8Array) {
  const view = viewOf(body)
  const avcC = descend(body.subarray(78), 'avcC')
  return {
    kind: 'video' as const,
    codec: avcCodecString(type, avcC),
    width: view.getUint16(24),
    height: view.getUint16(26),
    decoderConfig: avcC,
  }
}

/** AudioSampleEntry, §12.2.3: 28 bytes, then boxes. Rate and channels are the AudioSpecificConfig's. */
function readAudioEntry(body: Uint8Array) {
  const esds = findChild(body.subarray(28), 'esds')
  if (!esds) throw new MediaFormatError('The box esds is missing.')
  const decoderConfig = readDecoderSpecificInfo(esds.body.subarray(4))
  return { kind: 'audio' as const, ...readSoundConfig(decoderConfig), decoderConfig }
}

/** Finds DecoderSpecificInfo in an ES_Descriptor: ISO/IEC 14496-1 §7.2.6.5–7.2.6.7. */
function readDecoderSpecificInfo(descriptors: Uint8Array): Uint8Array {
  const elementaryStream = readDescriptor(descriptors, 0x03)
  const flags = viewOf(elementaryStream).getUint8(2)
  if (flags & 0xe0) throw new MediaFormatError('An ES_Descriptor with optional fields is not supported.')
  const decoderConfig = readDescriptor(elementaryStream.subarray(3), 0x04)
  return readDescriptor(decoderConfig.subarray(13), 0x05)
}

/** Body of the descriptor at the start of `bytes`; its length takes 7 bits of each of at most four bytes (§8.3.3). */
function readDescriptor(bytes: Uint8Array, tag: number): Uint8Array {
  const view = viewOf(bytes)
  if (view.getUint8(0) !== tag) throw new MediaFormatError(`The descriptor ${tag} is missing.`)
  let length = 0
  for (let offset = 1; offset <= 4; offset++) {
    const byte = view.getUint8(offset)
    length = (length << 7) | (byte & 0x7f)
    if (byte & 0x80) continue
    if (offset + 1 + length > bytes.length) break
    return bytes.subarray(offset + 1, offset + 1 + length)
  }
  throw new MediaFormatError('A descriptor is longer than the box around it.')
}

/** AudioSpecificConfig, as far as a track needs it. Throws {@link MediaFormatError}. */
export function readSoundConfig(config: Uint8Array): { codec: string; sampleRate: number; channels: number } {
  const header = readAudioSpecificConfig(config)
  if (!header) throw new MediaFormatError('This AudioSpecificConfig is not of AAC.')
  return { ...header, channels: header.channels ?? 2 }
}
