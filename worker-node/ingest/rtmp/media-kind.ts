/** What a media message is to a decoder. `end` closes an H.264 sequence. */
export type MediaKind = 'metadata' | 'video_header' | 'audio_header' | 'keyframe' | 'frame' | 'audio' | 'end'

/** The source sends media that Weir can't take. The message tells its owner what to change. */
export class UnsupportedMediaError extends Error {
  override readonly name = 'UnsupportedMediaError'
}

const videoCodecs: Readonly<Record<number, string>> = {
  2: 'Sorenson H.263',
  3: 'Screen video',
  4: 'VP6',
  5: 'VP6 with alpha',
  6: 'Screen video 2',
  8: 'H.263',
  9: 'MPEG-4 part 2',
  12: 'HEVC',
  13: 'AV1',
}
const audioCodecs: Readonly<Record<number, string>> = {
  0: 'PCM',
  1: 'ADPCM',
  2: 'MP3',
  3: 'PCM',
  4: 'Nellymoser',
  5: 'Nellymoser',
  6: 'Nellymoser',
  7: 'G.711',
  8: 'G.711',
  9: 'Enhanced RTMP audio',
  11: 'Speex',
  14: 'MP3',
}
const avc = 7
const aac = 10

/**
 * What a video message holds (Adobe FLV 10.1 Annex E.4.3.1); undefined for one that holds nothing.
 * Throws UnsupportedMediaError for anything but H.264.
 */
export function videoKind(payload: Buffer): MediaKind | undefined {
  const [first, packetType] = payload
  if (first === undefined) return
  // Enhanced RTMP: the top bit says that a FourCC follows.
  if ((first & 0x80) !== 0) throw unsupportedVideo(fourCc(payload) ?? 'Enhanced RTMP video')
  const codec = first & 0x0f
  if (codec !== avc) throw unsupportedVideo(videoCodecs[codec] ?? 'An unknown video codec')
  if (payload.length < 5) return
  if (packetType === 0) return 'video_header'
  if (packetType === 2) return 'end'
  return first >> 4 === 1 ? 'keyframe' : 'frame'
}

/** What an audio message holds (Annex E.4.2.1). Throws UnsupportedMediaError for anything but AAC. */
export function audioKind(payload: Buffer): MediaKind | undefined {
  const [first, packetType] = payload
  if (first === undefined) return
  const codec = first >> 4
  if (codec !== aac) throw unsupportedAudio(audioCodecs[codec] ?? 'An unknown audio codec')
  if (packetType === undefined || payload.length < 3) return
  return packetType === 0 ? 'audio_header' : 'audio'
}

function fourCc(payload: Buffer): string | undefined {
  const code = payload.toString('latin1', 1, 5)
  return { hvc1: 'HEVC', av01: 'AV1', vp09: 'VP9', avc1: 'Enhanced RTMP' }[code]
}

function unsupportedVideo(codec: string): UnsupportedMediaError {
  return new UnsupportedMediaError(`${codec} is not taken over RTMP. Set the encoder's video to H.264.`)
}

function unsupportedAudio(codec: string): UnsupportedMediaError {
  return new UnsupportedMediaError(`${codec} is not taken over RTMP. Set the encoder's audio to AAC.`)
}
