import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { flvFixture } from '#tests/support/media.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { descendants, type TestProcess } from '#tests/support/processes.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { TestWeir } from '#tests/support/weir.ts'

// The source goes out as it came: with B-frames and mono sound at 44.1 kHz, which no encode of ours has.
const fixture = {
  width: 480,
  height: 270,
  fps: 30,
  bFrames: 2,
  sampleRate: 44_100,
  channels: 1,
  gopSeconds: 2,
} as const
let weir: TestWeir
let platform: NginxRtmp
let encoder: TestProcess
let stream: LiveStream & { stream_key: string }
let playlist: string

beforeAll(async () => {
  weir = await TestWeir.start()
  platform = await startNginxRtmp()
  stream = await weir.createStream({ ladder: { preset: 'source' } })
  await weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: 'passed' })
})
afterAll(async () => {
  await encoder?.end('SIGKILL')
  await weir?.close()
  await platform?.close()
})

/** A digest of each packet, in order. */
async function packets(file: string, stream: 'v' | 'a'): Promise<string[]> {
  const { stdout } = await execa('ffmpeg', [
    ...['-v', 'error', '-i', file, '-map', `0:${stream}:0`, '-c', 'copy', '-f', 'framemd5', '-'],
  ])
  return stdout
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)!.trim())
}

describe('a source that goes out untouched', () => {
  it('is the one rendition, and no FFmpeg works on it', async () => {
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, fixture)
    const active = await weir.status(stream.id, 'active')
    playlist = await weir.playable(stream)
    expect(active.renditions).toMatchObject([{ name: 'source', width: 480, height: 270, fps: 30 }])
    await eventually('all is known of it', async () => {
      expect((await weir.stream(stream.id)).source.now).toMatchObject({
        video: { codec: 'h264', profile: 'Main', keyframe_interval_s: 2, b_frames: true },
        audio: { codec: 'aac', sample_rate: 44_100, channels: 1 },
      })
      return true
    })
    await eventually('no FFmpeg is left', () => descendants(weir.worker!.pid).length === 0)
  })

  it('plays as HLS and as DASH in a reader that is not ours', async () => {
    for (const url of [playlist, playlist.replace('index.m3u8', 'manifest.mpd')]) {
      const { stderr, exitCode } = await execa(
        'ffmpeg',
        ['-hide_banner', '-nostdin', '-v', 'error', '-i', url, '-t', '4', '-f', 'null', '-'],
        { reject: false, timeout: 60_000 },
      )
      expect({ url, stderr, exitCode }).toEqual({ url, stderr: '', exitCode: 0 })
    }
  })

  it('has a picture of itself for previews', async () => {
    await eventually('a snapshot', async () => (await fetch(playlist.replace('index.m3u8', 'snapshot.jpg'))).ok)
  })

  it('gives way to a slate of its size when it is lost, and comes back, in one session at the destination', async () => {
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, fixture)
    await weir.status(stream.id, 'active')
    const { destinations } = await weir.stream(stream.id)
    expect(destinations[0]).toMatchObject({ state: 'broadcasting', sessions: 1, dropped_ms: 0 })
    const { stderr } = await execa('ffmpeg', ['-v', 'error', '-nostdin', '-i', playlist, '-t', '8', '-f', 'null', '-'])
    expect(stderr).toBe('')
  })

  it('reached the platform packet by packet as the encoder made it', async () => {
    const bytes = (await weir.stream(stream.id)).destinations[0]!.bytes_sent
    await eventually('more has gone out', async () => {
      return (await weir.stream(stream.id)).destinations[0]!.bytes_sent > bytes + 300_000
    })
    await weir.api('POST', `/v1/live-streams/${stream.id}/complete`)
    await weir.status(stream.id, 'idle')
    const [recording, ...others] = await platform.recordings()
    expect(others).toEqual([])
    const report = await analyseRecording(recording!)
    expect(report.decodeErrors).toEqual([])
    expect(report.nonMonotonic).toBe(0)
    expect(report.largestVideoGapMs).toBeLessThanOrEqual(70)
    const made = new Set(await packets(await flvFixture({ seconds: 20, ...fixture }), 'v'))
    const passed = (await packets(recording!, 'v')).filter((digest) => made.has(digest))
    expect(passed.length).toBeGreaterThan(30 * 6)
  })
})
