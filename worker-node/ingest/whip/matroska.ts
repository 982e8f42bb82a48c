/** The picture of a live Matroska stream. */
export interface MatroskaVideo {
  readonly codec: 'h264' | 'vp8'
  readonly width: number
  readonly height: number
  /** AVCDecoderConfigurationRecord; null for VP8. */
  readonly configuration: Buffer | null
}

export const videoTrackNumber = 1
export const audioTrackNumber = 2

/** Element ids (RFC 8794 §11.3, RFC 9559 §5.1), as they stand in the stream. */
const id = {
  ebml: 0x1a45dfa3,
  ebmlVersion: 0x4286,
  ebmlReadVersion: 0x42f7,
  ebmlMaxIdLength: 0x42f2,
  ebmlMaxSizeLength: 0x42f3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  flagLacing: 0x9c,
  defaultDuration: 0x23e383,
  codecId: 0x86,
  codecPrivate: 0x63a2,
  seekPreRoll: 0x56bb,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  audio: 0xe1,
  samplingFrequency: 0xb5,
  channels: 0x9f,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
} as const

/** Nanoseconds of one tick: 0.1 ms, so that frame times are not rounded to whole milliseconds. */
const timestampScale = 100_000
const ticksPerMs = 1_000_000 / timestampScale
/** Only a hint: without one FFmpeg takes the ticks for the frame rate. */
const usualFrameNs = 33_333_333
/** A size that is not known: the segment goes on for ever (RFC 8794 §6.2). */
const unknownSize = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])

/** What stands before all media: the EBML header and an endless segment with its tracks. */
export function matroskaHeader(video: MatroskaVideo | null, hasAudio: boolean): Buffer {
  return Buffer.concat([
    element(id.ebml, [
      number(id.ebmlVersion, 1),
      number(id.ebmlReadVersion, 1),
      number(id.ebmlMaxIdLength, 4),
      number(id.ebmlMaxSizeLength, 8),
      element(id.docType, [Buffer.from('matroska')]),
      number(id.docTypeVersion, 4),
      number(id.docTypeReadVersion, 2),
    ]),
    bigEndian(id.segment),
    unknownSize,
    element(id.info, [
      number(id.timestampScale, timestampScale),
      element(id.muxingApp, [Buffer.from('weir')]),
      element(id.writingApp, [Buffer.from('weir')]),
    ]),
    element(id.tracks, [...(video ? [videoEntry(video)] : []), ...(hasAudio ? [audioEntry()] : [])]),
  ])
}

/** One frame as a cluster of its own, so that each can be handed on as soon as it is there. */
export function matroskaFrame(trackNumber: number, timeMs: number, isKeyframe: boolean, frame: Buffer): Buffer {
  // Track number as a one-byte vint, the time relative to the cluster, flags (RFC 9559 §10.2).
  const head = Buffer.from([0x80 | trackNumber, 0, 0, isKeyframe ? 0x80 : 0])
  return element(id.cluster, [
    number(id.timestamp, Math.max(0, Math.round(timeMs * ticksPerMs))),
    element(id.simpleBlock, [head, frame]),
  ])
}

/** An AVCDecoderConfigurationRecord of one parameter set each (ISO/IEC 14496-15 §5.3.3.1). */
export function avcConfiguration(sps: Buffer, pps: Buffer): Buffer {
  const [, profile = 0, compatibility = 0, level = 0] = sps
  const size = (unit: Buffer) => Buffer.from([unit.length >> 8, unit.length & 255])
  return Buffer.concat([
    Buffer.from([1, profile, compatibility, level, 0xff, 0xe1]),
    size(sps),
    sps,
    Buffer.from([1]),
    size(pps),
    pps,
  ])
}

function videoEntry({ codec, width, height, configuration }: MatroskaVideo): Buffer {
  return element(id.trackEntry, [
    number(id.trackNumber, videoTrackNumber),
    number(id.trackUid, videoTrackNumber),
    number(id.trackType, 1),
    number(id.flagLacing, 0),
    element(id.codecId, [Buffer.from(codec === 'h264' ? 'V_MPEG4/ISO/AVC' : 'V_VP8')]),
    number(id.defaultDuration, usualFrameNs),
    ...(configuration ? [element(id.codecPrivate, [configuration])] : []),
    element(id.video, [number(id.pixelWidth, width), number(id.pixelHeight, height)]),
  ])
}

function audioEntry(): Buffer {
  return element(id.trackEntry, [
    number(id.trackNumber, audioTrackNumber),
    number(id.trackUid, audioTrackNumber),
    number(id.trackType, 2),
    number(id.flagLacing, 0),
    element(id.codecId, [Buffer.from('A_OPUS')]),
    element(id.codecPrivate, [opusHead]),
    number(id.seekPreRoll, 80_000_000),
    element(id.audio, [element(id.samplingFrequency, [float(48_000)]), number(id.channels, 2)]),
  ])
}

/** Identification header of Opus (RFC 7845 §5.1): two channels, no pre-skip, 48 kHz, no gain. */
const opusHead = Buffer.concat([Buffer.from('OpusHead'), Buffer.from([1, 2, 0, 0, 0x80, 0xbb, 0, 0, 0, 0, 0])])

function element(elementId: number, content: readonly Buffer[]): Buffer {
  const size = content.reduce((sum, { length }) => sum + length, 0)
  return Buffer.concat([bigEndian(elementId), vint(size), ...content])
}

const number = (elementId: number, value: number): Buffer => element(elementId, [bigEndian(value)])

function float(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes
}

/** A size in as few bytes as hold it (RFC 8794 §4); up to 4 GiB. */
function vint(value: number): Buffer {
  for (let length = 1; ; length++) {
    if (value >= 2 ** (7 * length) - 1) continue
    const bytes = Buffer.alloc(length)
    bytes.writeUIntBE(value, 0, length)
    bytes[0] = (bytes[0] ?? 0) | (0x80 >> (length - 1))
    return bytes
  }
}

/** An unsigned number in as few bytes as hold it, at least one. */
function bigEndian(value: number): Buffer {
  let length = 1
  while (value >= 2 ** (8 * length)) length += 1
  const bytes = Buffer.alloc(length)
  bytes.writeUIntBE(value, 0, length)
  return bytes
}
