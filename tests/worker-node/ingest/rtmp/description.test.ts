import { describe, expect, it } from 'vitest'
import { avcHeader } from '#tests/support/rtmp-peer.ts'
import { SourceDescriber } from '#worker/ingest/rtmp/description.ts'

const avcConfig = avcHeader.subarray(5)
/** The same without timing in its VUI. */
const avcConfigWithoutFps = Buffer.from('0142c00cffe1000a6742c00cda05067e7c0401000468ce0fc8', 'hex')

describe('SourceDescriber', () => {
  it('knows nothing at first', () => {
    expect(new SourceDescriber().describe()).toEqual({ protocol: 'rtmp', video: null, audio: null, encoder: null })
  })

  it('takes the frame rate from the metadata before that of the VUI', () => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfig)
    expect(describer.describe().video).toEqual({ codec: 'avc1.42c00c', width: 320, height: 180, fps: 25 })
    describer.metadata({ framerate: 29.97, encoder: 'obs\n-output' })
    expect(describer.describe().video?.fps).toBe(29.97)
    expect(describer.describe().encoder).toBe('obs-output')
  })

  it.each([0, 1_000, Number.NaN, 'fast', null])('does not believe a frame rate of %s', (framerate) => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfig)
    describer.metadata({ framerate })
    expect(describer.describe().video?.fps).toBe(25)
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
    for (let frame = 0; frame < 20; frame++) {
      expect(describer.complete).toBe(frame >= 15)
      describer.videoFrame(5_000 + Math.round((frame * 1_000) / fps))
    }
    expect(describer.describe().video?.fps).toBe(expected)
  })

  it('measures nothing from timestamps that stand still', () => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfigWithoutFps)
    for (let frame = 0; frame < 20; frame++) describer.videoFrame(7)
    expect(describer.describe().video?.fps).toBeNull()
  })

  it('asks the metadata for channels that the AAC header leaves open', () => {
    const describer = new SourceDescriber()
    describer.audioHeader(Buffer.from('1200', 'hex'))
    describer.metadata({ audiochannels: 6 })
    expect(describer.describe().audio).toEqual({ codec: 'mp4a.40.2', sample_rate: 44_100, channels: 6 })
  })

  it('keeps what it knew when a header is garbage', () => {
    const describer = new SourceDescriber()
    describer.videoHeader(avcConfig)
    expect(describer.videoHeader(Buffer.from('garbage'))).toBe(false)
    expect(describer.describe().video?.width).toBe(320)
  })
})
