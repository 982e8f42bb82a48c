import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type HealthFacts, SessionHealth } from '#worker/session/health.ts'
import type { FfmpegExit } from '#worker/transcode/ffmpeg-process.ts'
import { bothTracks } from '../agent/registry-under-test.ts'

const failed: FfmpegExit = {
  reason: 'failed',
  code: 1,
  fault: { code: 'input_unreadable', detail: 'It can’t be read.' },
  stderrTail: '',
}
const nothing: HealthFacts = { receivedBytes: 0, sentBytes: 0, latenessMs: 0, slateSeconds: 0, pace: undefined }

let facts: HealthFacts
let health: SessionHealth
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  facts = nothing
  health = new SessionHealth(() => facts)
})
afterEach(() => {
  health.close()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const codes = (source: typeof bothTracks | null = bothTracks) =>
  health.issues(source, { type: 'push', latencyMode: 'tutorial', passesThrough: false }).map(({ code }) => code)

describe('how a session does', () => {
  it('is measured each second', () => {
    expect(health.sample).toBeNull()
    facts = { ...nothing, receivedBytes: 125_000, sentBytes: 250_000, latenessMs: 12, slateSeconds: 3 }
    vi.advanceTimersByTime(1_000)
    expect(health.sample).toMatchObject({
      ...{ source_bitrate_kbps: 1_000, output_bitrate_kbps: 2_000, lateness_ms: 12, slate_seconds: 3 },
      loudness_integrated_lufs: null,
    })
  })

  it.each([
    ['an encode', true, 'encode_too_slow'],
    ['a source', false, 'source_too_slow'],
  ])('is told of %s that is too slow for ten seconds, for as long as it runs', (_, inputWaits, code) => {
    const run = { mediaSeconds: 0, beganSeconds: 0, pictures: 0, inputWaits }
    facts = { ...nothing, pace: run }
    const runFor = (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        run.mediaSeconds += 0.8
        vi.advanceTimersByTime(1_000)
      }
    }
    runFor(10)
    expect(codes()).toEqual([])
    runFor(1)
    expect(codes()).toEqual([code])
    facts = nothing
    vi.advanceTimersByTime(1_000)
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
