import type { AudioTrack, Sample, VideoTrack } from '#worker/media/sample.ts'

/** Tracks of 25 pictures and 46.9 sounds a second, for tests that decode nothing. */
export const testVideo: VideoTrack = {
  kind: 'video',
  id: '720p',
  timescale: 90_000,
  codec: 'avc1.4d401f',
  bitrate: 3_000_000,
  width: 1280,
  height: 720,
  frameDuration: 3_600,
  decoderConfig: Buffer.from('014d401fffe10004674d401f01000468ee3c80', 'hex'),
}
/** The same encoded otherwise: its picture parameter set is these nine letters. */
export const otherVideo: VideoTrack = {
  ...testVideo,
  decoderConfig: Buffer.from(`014d401fffe10004674d401f010009${Buffer.from('newconfig').toString('hex')}`, 'hex'),
}
export const testAudio: AudioTrack = {
  kind: 'audio',
  id: 'audio',
  timescale: 48_000,
  codec: 'mp4a.40.2',
  bitrate: 128_000,
  sampleRate: 48_000,
  channels: 2,
  frameDuration: 1_024,
  decoderConfig: Buffer.from('1190', 'hex'),
}

/** The n-th picture; one in `gop` is a keyframe. */
export function picture(index: number, { gop = 25, sizeBytes = 100 } = {}): Sample {
  const payload = Buffer.alloc(sizeBytes, index)
  return { dts: index * 3_600, compositionOffset: 0, duration: 3_600, keyframe: index % gop === 0, payload }
}

/** The n-th frame of sound. */
export function sound(index: number): Sample {
  return { dts: index * 1_024, compositionOffset: 0, duration: 1_024, keyframe: true, payload: Buffer.alloc(20, index) }
}
