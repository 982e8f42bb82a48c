import { describe, expect, it } from 'vitest'
import { avcHeader } from '#tests/support/rtmp-peer.ts'
import { SourceDescriber } from '#worker/ingest/rtmp/description.ts'

const avcConfig = avcHeader.subarray(5)
/** The same without timing in its VUI. */
const avcConfigWithoutFps = Buffer.from('0142c00cffe1000a6742c00cda05067e7c0401000468ce0fc8', 'hex')

describe('SourceDescriber', () => {
  it('knows nothing at first', () => {
    expect(new SourceDescriber().describe(0)).toEqual({
      protocol: 'rtmp',
      video: null,
      audio: null,
      bitrate_kbps: null,
      encoder: null,
    })
  })

  it('takes the frame rate from the metadata before that of the VUI', () => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfig)
    expect(describer.describe(0).video).toEqual({
      codec: 'h264',
      profile: 'Constrained Baseline',
      width: 320,
      height: 180,
      fps: 25,
      keyframe_interval_s: null,
      b_frames: false,
    })
    describer.metadata({ framerate: 29.97, encoder: 'obs\n-output' })
    expect(describer.describe(0).video?.fps).toBe(29.97)
    expect(describer.describe(0).encoder).toBe('obs-output')
  })

  it.each([0, 1_000, Number.NaN, 'fast', null])('does not believe a frame rate of %s', (framerate) => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfig)
    describer.metadata({ framerate })
    expect(describer.describe(0).video?.fps).toBe(25)
  })

  it.each([
    [24, 24],
    [25, 25],
    [30, 30],
    [60, 60],
    [12.5, 12.5],
  ])('measures %d fps from rounded timestamps when nothing else tells it', (fps, expected) => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfigWithoutFps)
    describer.audioHeader(Buffer.from('1210', 'hex'))
    describer.audioFrame()
    for (let frame = 0; frame < 20; frame++) {
      expect(describer.complete).toBe(frame >= 15)
      describer.videoFrame(5_000 + Math.round((frame * 1_000) / fps), frame === 0, 0)
    }
    expect(describer.describe(0).video?.fps).toBe(expected)
  })

  it('measures nothing from timestamps that stand still', () => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfigWithoutFps)
    for (let frame = 0; frame < 20; frame++) describer.videoFrame(7, frame === 0, 0)
    expect(describer.describe(0).video?.fps).toBeNull()
  })

  it('tells the longest distance of keyframes of late, B-frames and the bit rate', () => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfig)
    for (let frame = 0; frame < 250; frame++) {
      const timeMs = frame * 40
      const isKeyframe = frame % 50 === 0
      // A keyframe is shown two frames later; of the others every second is shown at once.
      describer.videoFrame(timeMs, isKeyframe, isKeyframe || frame % 2 === 1 ? 80 : 0)
      describer.media(5_000, timeMs)
    }
    const { video, bitrate_kbps } = describer.describe(10_000)
    expect(video).toMatchObject({ keyframe_interval_s: 2, b_frames: true })
    expect(bitrate_kbps).toBeGreaterThan(950)
    expect(bitrate_kbps).toBeLessThan(1_050)
  })

  it('does not wait for a second keyframe to say that none comes', () => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfigWithoutFps)
    const interval = () => describer.describe(0).video?.keyframe_interval_s
    for (let time = 0; time <= 10_000; time += 40) describer.videoFrame(time, time === 0, 0)
    expect(interval()).toBeNull()
    for (let time = 10_040; time <= 90_000; time += 40) describer.videoFrame(time, false, 0)
    expect(interval()).toBe(90)
  })

  it('asks the metadata for channels that the AAC header leaves open', () => {
    const describer = new SourceDescriber()
    describer.audioHeader(Buffer.from('1200', 'hex'))
    expect(describer.describe(0).audio, 'a promise').toBeNull()
    describer.audioFrame()
    describer.metadata({ audiochannels: 6 })
    expect(describer.describe(0).audio).toEqual({ codec: 'aac', sample_rate: 44_100, channels: 6 })
  })

  it('keeps what it knew when a header is garbage', () => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfig)
    expect(describer.videoHeader(Buffer.from('garbage'))).toBe(false)
    expect(describer.describe(0).video?.width).toBe(320)
  })
})
