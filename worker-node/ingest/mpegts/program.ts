/** Codecs that Weir can describe; FFmpeg's names. */
export type VideoCodec = 'h264' | 'hevc' | 'mpeg2video'
export type AudioCodec = 'aac' | 'aac_latm' | 'mp2' | 'ac3' | 'eac3' | 'opus'

/** One elementary stream of a program. */
export interface ElementaryStream<Codec> {
  readonly pid: number
  readonly codec: Codec
}

/** What a program map says: its first picture and its first sound. */
export interface Program {
  readonly video: ElementaryStream<VideoCodec> | null
  readonly audio: ElementaryStream<AudioCodec> | null
}

/** The PID of the first program's map, from a program association section (ISO/IEC 13818-1 §2.4.4.3). */
export function readAssociation(section: Buffer): number | undefined {
  if (section[0] !== 0x00 || !isCurrent(section)) return
  for (let at = 8; at + 4 <= section.length - crcBytes; at += 4)
    if (section.readUInt16BE(at) !== 0) return section.readUInt16BE(at + 2) & 0x1fff // Number 0 names the network PID.
  return
}

/** A program map section (ISO/IEC 13818-1 §2.4.4.8). Undefined when it is none or is not in force yet. */
export function readProgramMap(section: Buffer): Program | undefined {
  if (section[0] !== 0x02 || !isCurrent(section) || section.length < 12 + crcBytes) return
  const end = section.length - crcBytes
  let video: Program['video'] = null
  let audio: Program['audio'] = null
  let at = 12 + (section.readUInt16BE(10) & 0x0fff)
  while (at + 5 <= end) {
    const pid = section.readUInt16BE(at + 1) & 0x1fff
    const next = at + 5 + (section.readUInt16BE(at + 3) & 0x0fff)
    const type = streamType(section[at]!, section.subarray(at + 5, Math.min(next, end)))
    if (type?.kind === 'video') video ??= { pid, codec: type.codec }
    if (type?.kind === 'audio') audio ??= { pid, codec: type.codec }
    at = next
  }
  return { video, audio }
}

type StreamType =
  | { readonly kind: 'video'; readonly codec: VideoCodec }
  | { readonly kind: 'audio'; readonly codec: AudioCodec }

const crcBytes = 4
const video = (codec: VideoCodec): StreamType => ({ kind: 'video', codec })
const audio = (codec: AudioCodec): StreamType => ({ kind: 'audio', codec })

/** ISO/IEC 13818-1 Table 2-34, and ATSC A/52 Annex A from 0x80 on. */
const byStreamType: Readonly<Record<number, StreamType>> = {
  1: video('mpeg2video'),
  2: video('mpeg2video'),
  3: audio('mp2'),
  4: audio('mp2'),
  15: audio('aac'),
  17: audio('aac_latm'),
  27: video('h264'),
  36: video('hevc'),
  129: audio('ac3'),
  135: audio('eac3'),
}
const privateData = 6
const registrationTag = 0x05
/** ETSI EN 300 468 §6.1. */
const byDescriptorTag: Readonly<Record<number, StreamType>> = {
  106: audio('ac3'),
  122: audio('eac3'),
  124: audio('aac'),
}
const byRegistration: Readonly<Record<string, StreamType>> = {
  'AC-3': audio('ac3'),
  EAC3: audio('eac3'),
  Opus: audio('opus'),
  HEVC: video('hevc'),
}

function streamType(type: number, descriptors: Buffer): StreamType | undefined {
  if (type !== privateData) return byStreamType[type]
  for (let at = 0; at + 2 <= descriptors.length; at += 2 + descriptors[at + 1]!) {
    const tag = descriptors[at]!
    const found =
      tag === registrationTag ? byRegistration[descriptors.toString('latin1', at + 2, at + 6)] : byDescriptorTag[tag]
    if (found) return found
  }
  return
}

/** `current_next_indicator`. */
function isCurrent(section: Buffer): boolean {
  return section.length >= 8 + crcBytes && (section[5]! & 1) === 1
}
