import { type Box, box, fullBox, u8, u16, u32, u64, writeBoxes } from './box-writer.ts'
import type { AudioTrack, Track, VideoTrack } from './sample.ts'

/** The one track of each init segment. */
export const onlyTrackId = 1
/** `sample_depends_on` 2, sync (ISO/IEC 14496-12 §8.8.3.1). */
export const syncSampleFlags = 0x02000000
/** `sample_depends_on` 1, `sample_is_non_sync_sample` (ISO/IEC 14496-12 §8.8.3.1). */
export const nonSyncSampleFlags = 0x01010000

/** Flags of a sample that a fragment does not speak of (`trex`): most video frames are not sync, all AAC frames are. */
export const defaultSampleFlags = (track: Track): number =>
  track.kind === 'video' ? nonSyncSampleFlags : syncSampleFlags

/** Where the parameter sets of H.264 are: in the init segment alone, or in the samples too (ISO/IEC 14496-15 §5.4.2). */
export type AvcSampleEntry = 'avc1' | 'avc3'

/**
 * `ftyp` + `moov` of a track: a CMAF header (ISO/IEC 23000-19 §7.3.1) without samples and without edit list, so media
 * time is presentation time. `sampleEntry` is for video only.
 */
export function initSegment(track: Track, sampleEntry: AvcSampleEntry = 'avc1'): Buffer {
  return writeBoxes(
    box('ftyp', 'iso6', u32(0), 'iso6', 'cmfc', 'dash', 'mp41'),
    box('moov', movieHeader(), trackBox(track, sampleEntry), movieExtends(track)),
  )
}

/** Unity matrix of `mvhd` and `tkhd` (ISO/IEC 14496-12 §8.2.2.2). */
const unityMatrix = u32(0x00010000, 0, 0, 0, 0x00010000, 0, 0, 0, 0x40000000)

const movieHeader = (): Box =>
  fullBox(
    'mvhd',
    0,
    0,
    u32(0, 0, 1000, 0),
    u32(0x00010000),
    u16(0x0100, 0),
    u32(0, 0),
    unityMatrix,
    u32(0, 0, 0, 0, 0, 0),
    u32(onlyTrackId + 1),
  )

const trackBox = (track: Track, sampleEntry: AvcSampleEntry): Box =>
  box(
    'trak',
    trackHeader(track),
    box(
      'mdia',
      fullBox('mdhd', 1, 0, u64(0, 0), u32(track.timescale), u64(0), u16(0x55c4 /* "und" */, 0)),
      track.kind === 'video' ? handler('vide', 'Weir video') : handler('soun', 'Weir audio'),
      box(
        'minf',
        track.kind === 'video' ? fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)) : fullBox('smhd', 0, 0, u16(0, 0)),
        box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1))),
        sampleTable(track, sampleEntry),
      ),
    ),
  )

const trackHeader = (track: Track): Box =>
  fullBox(
    'tkhd',
    0,
    0x000003, // enabled, in movie
    u32(0, 0, onlyTrackId, 0, 0),
    u32(0, 0),
    u16(0, 0, track.kind === 'audio' ? 0x0100 : 0, 0),
    unityMatrix,
    track.kind === 'video' ? u32(track.width << 16, track.height << 16) : u32(0, 0),
  )

const handler = (type: string, name: string): Box => fullBox('hdlr', 0, 0, u32(0), type, u32(0, 0, 0), name, u8(0))

const sampleTable = (track: Track, sampleEntry: AvcSampleEntry): Box =>
  box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), track.kind === 'video' ? avcEntry(track, sampleEntry) : aacEntry(track)),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0, 0)),
    fullBox('stco', 0, 0, u32(0)),
  )

/** ISO/IEC 14496-15 §5.4.2.1; what is somebody else's encode tells its colour and the shape of its pixels itself. */
const avcEntry = (track: VideoTrack, sampleEntry: AvcSampleEntry): Box =>
  box(
    sampleEntry,
    u8(0, 0, 0, 0, 0, 0),
    u16(1),
    u32(0, 0, 0, 0),
    u16(track.width, track.height),
    u32(0x00480000, 0x00480000, 0), // 72 dpi
    u16(1),
    new Uint8Array(32),
    u16(0x0018, 0xffff),
    box('avcC', track.decoderConfig),
    ...(track.changing ? [] : weirPicture),
    bitRate(track),
  )

/** As every Weir encode is: BT.709 in limited range, square pixels. */
const weirPicture: readonly Box[] = [box('colr', 'nclx', u16(1, 1, 1), u8(0)), box('pasp', u32(1, 1))]

/** ISO/IEC 14496-14 §5.6. */
const aacEntry = (track: AudioTrack): Box =>
  box(
    'mp4a',
    u8(0, 0, 0, 0, 0, 0),
    u16(1),
    u32(0, 0),
    u16(track.channels, 16, 0, 0),
    u32(track.sampleRate * 0x10000),
    elementaryStreamDescriptor(track),
    bitRate(track),
  )

const bitRate = (track: Track): Box => box('btrt', u32(0, track.bitrate, track.bitrate))

/** `esds`: ES_Descriptor › DecoderConfigDescriptor › DecoderSpecificInfo (ISO/IEC 14496-1 §7.2.6). */
function elementaryStreamDescriptor(track: AudioTrack): Box {
  const specific = descriptor(0x05, track.decoderConfig)
  const config = descriptor(
    0x04,
    writeBoxes(u8(0x40 /* AAC */, 0x15 /* audio */, 0, 0, 0), u32(track.bitrate, track.bitrate), specific),
  )
  const syncLayer = descriptor(0x06, Uint8Array.of(2))
  return fullBox('esds', 0, 0, descriptor(0x03, writeBoxes(u16(0), u8(0), config, syncLayer)))
}

/** One descriptor with its length in a single byte: all of ours are shorter than 128 bytes. */
function descriptor(tag: number, body: Uint8Array): Buffer {
  if (body.length > 127) throw new RangeError('The AAC decoder configuration is too long to be one.')
  return writeBoxes(u8(tag, body.length), body)
}

/** Defaults that fragments leave unsaid (ISO/IEC 14496-12 §8.8.3). */
const movieExtends = (track: Track): Box =>
  box('mvex', fullBox('trex', 0, 0, u32(onlyTrackId, 1, track.frameDuration, 0, defaultSampleFlags(track))))
