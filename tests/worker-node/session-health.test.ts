import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SessionHealth } from '#worker/session-health.ts'
import type { FfmpegExit } from '#worker/transcode/ffmpeg-process.ts'
import { bothTracks } from './agent/registry-under-test.ts'

const failed: FfmpegExit = {
  reason: 'failed',
  code: 1,
  fault: { code: 'input_unreadable', detail: 'It can’t be read.' },
  stderrTail: '',
}
const progress = { frames: 25, fps: 25, speed: 0.5, droppedFrames: 0, duplicatedFrames: 0 }

let totals: { receivedBytes: number; sentBytes: number; latenessMs: number; slateSeconds: number }
let health: SessionHealth
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  totals = { receivedBytes: 0, sentBytes: 0, latenessMs: 0, slateSeconds: 0 }
  health = new SessionHealth(() => totals)
})
afterEach(() => {
  health.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const codes = (source: typeof bothTracks | null = bothTracks) =>
  health.issues(source, { latencyMode: 'tutorial', passesThrough: false }).map(({ code }) => code)

describe('how a session does', () => {
  it('is measured each second', () => {
    expect(health.sample).toBeNull()
    totals = { receivedBytes: 125_000, sentBytes: 250_000, latenessMs: 12, slateSeconds: 3 }
    vi.advanceTimersByTime(1_000)
    expect(health.sample).toMatchObject({
      ...{ source_bitrate_kbps: 1_000, output_bitrate_kbps: 2_000, lateness_ms: 12, slate_seconds: 3 },
      loudness_integrated_lufs: null,
    })
  })

  it('is told of an encode that is too slow for ten seconds, for as long as it runs', () => {
    health.progress(progress)
    vi.advanceTimersByTime(10_000)
    expect(codes()).toEqual([])
    vi.advanceTimersByTime(1_000)
    expect(codes()).toEqual(['encode_too_slow'])
    health.runEnded(failed, false)
    expect(codes()).toEqual([])
  })

  it('is told of an FFmpeg that fails on a source that is there, until pictures go out', () => {
    health.runEnded(failed, true)
    expect(codes()).toEqual(['encoder_failed'])
    health.onAir()
    expect(codes()).toEqual([])
  })

  it('is told of what a source lacks, and of nothing where there is none', () => {
    expect(codes({ ...bothTracks, audio: null })).toEqual(['audio_missing'])
    expect(codes(null)).toEqual([])
  })

  it('is told of silence, which is over with the source', () => {
    for (let tenth = 0; tenth < 100; tenth++) health.sound({ power: 0, peak: 0 })
    expect(codes()).toEqual(['audio_silent'])
    health.offAir()
    expect(codes()).toEqual([])
  })
})
