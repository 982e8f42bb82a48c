import type { CopyrightProfile } from '#schema/contracts/settings.ts'
import { copyrightLine } from '#schema/copyright.ts'
import { parameterSetsOf, withParameterSets } from '../media/parameter-sets.ts'
import type { AudioTrack, Sample, VideoTrack } from '../media/sample.ts'
import { Amf0EcmaArray, encodeAmf0 } from '../rtmp/amf0.ts'

/**
 * Bodies of RTMP's audio, video and data messages, which are the bodies of FLV tags
 * (Adobe Flash Video File Format 10.1, annex E.4). Of media they are pieces: the payload stays where it is.
 */

const keyframeAvc = 0x17
const interframeAvc = 0x27
/** AAC; the rate, size and type bits are fixed for it (E.4.2.1), the AudioSpecificConfig tells the truth. */
const aac = 0xaf
const sequenceHeader = 0
const mediaPacket = 1

/** Ticks of a track that begins at `beginsAtMs` as RTMP's whole milliseconds. Rounding keeps the order of times. */
export function ticksToTimestamp(ticks: number, timescale: number, beginsAtMs = 0): number {
  return Math.max(0, Math.round((ticks * 1000) / timescale + beginsAtMs))
}

/**
 * One AVC access unit: its composition offset is such that the presentation time is rounded, not the offset. Keyframes bear
 * the configuration too: it may change within a session, and some who read RTMP look at the first sequence header only.
 */
export function videoBody(sample: Sample, track: VideoTrack): readonly Uint8Array[] {
  const dts = ticksToTimestamp(sample.dts, track.timescale)
  const pts = ticksToTimestamp(sample.dts + sample.compositionOffset, track.timescale)
  const pieces = sample.keyframe
    ? withParameterSets(sample.payload, parameterSetsOf(track.decoderConfig))
    : [sample.payload]
  const head = Buffer.of(sample.keyframe ? keyframeAvc : interframeAvc, mediaPacket, 0, 0, 0)
  head.writeIntBE(pts - dts, 2, 3)
  return [head, ...pieces]
}

const audioHead = Buffer.of(aac, mediaPacket)

/** One AAC frame. */
export function audioBody(sample: Sample): readonly Uint8Array[] {
  return [audioHead, sample.payload]
}

/** The AVCDecoderConfigurationRecord, which must come before any picture. */
export function videoHeaderBody(track: VideoTrack): Buffer {
  return Buffer.concat([Buffer.of(keyframeAvc, sequenceHeader, 0, 0, 0), track.decoderConfig])
}

/** The AudioSpecificConfig, which must come before any sound. */
export function audioHeaderBody(track: AudioTrack): Buffer {
  return Buffer.concat([Buffer.of(aac, sequenceHeader), track.decoderConfig])
}

/** `@setDataFrame onMetaData`: what the platform's dashboard shows about the feed. Bit rates in kbit/s. */
export function metadataBody(
  video: VideoTrack,
  audio: AudioTrack,
  title: string,
  copyright?: CopyrightProfile,
): Buffer {
  const words = copyright ? copyrightLine(copyright) : null
  const properties = new Amf0EcmaArray({
    title,
    ...(words !== null && { copyright: words }),
    ...(copyright?.url && { copyrighturl: copyright.url }),
    encoder: 'Weir',
    width: video.width,
    height: video.height,
    framerate: video.timescale / video.frameDuration,
    videocodecid: 7,
    videodatarate: Math.round(video.bitrate / 1000),
    audiocodecid: 10,
    audiodatarate: Math.round(audio.bitrate / 1000),
    audiosamplerate: audio.sampleRate,
    audiosamplesize: 16,
    audiochannels: audio.channels,
    stereo: audio.channels === 2,
  })
  return encodeAmf0('@setDataFrame', 'onMetaData', properties)
}
