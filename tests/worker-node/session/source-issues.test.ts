import { describe, expect, it } from 'vitest'
import type { SourceDescription } from '#schema/contracts/source.ts'
import { type SourceUse, sourceIssues, sourceTooSlow } from '#worker/session/source-issues.ts'

const video: NonNullable<SourceDescription['video']> = {
  ...{ codec: 'h264', profile: 'High', width: 1280, height: 720, fps: 30 },
  ...{ keyframe_interval_s: 2, b_frames: false, frame_rate_varies: false },
}
const good: SourceDescription = {
  protocol: 'rtmp',
  video,
  audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
  bitrate_kbps: 3_000,
  encoder: 'OBS',
}
const encoded: SourceUse = { type: 'push', latencyMode: 'tutorial', passesThrough: false }
const passed: SourceUse = { ...encoded, passesThrough: true }
const fast: SourceUse = { ...encoded, latencyMode: 'low_latency' }
const found = (source: SourceDescription | null, use: SourceUse) =>
  sourceIssues(source, use).map(({ code, severity }) => `${code} ${severity}`)

describe('the issues of a source', () => {
  it.each<[string, Partial<SourceDescription> | null, SourceUse, string[]]>([
    ['that is good', {}, encoded, []],
    ['that is not there', null, encoded, []],
    [
      'of which little is known',
      { video: { ...video, keyframe_interval_s: null, b_frames: null, fps: null }, bitrate_kbps: null },
      fast,
      [],
    ],
    ['of one channel and 44.1 kHz', { audio: { codec: 'aac', sample_rate: 44_100, channels: 1 } }, passed, []],
    ['without sound', { audio: null }, encoded, ['audio_missing warning']],
    ['without a picture', { video: null }, encoded, ['video_missing warning']],
    ['with a keyframe every 4 s', { video: { ...video, keyframe_interval_s: 4 } }, encoded, []],
    ['with a keyframe every 10 s', { video: { ...video, keyframe_interval_s: 10 } }, encoded, ['gop_too_long warning']],
    [
      'from a browser, with keyframes on demand',
      { protocol: 'whip', video: { ...video, keyframe_interval_s: 20 } },
      encoded,
      [],
    ],
    [
      'of an uneven frame rate',
      { video: { ...video, frame_rate_varies: true } },
      encoded,
      ['frame_rate_unsteady info'],
    ],
    ['with B-frames', { video: { ...video, b_frames: true } }, encoded, []],
    ['with B-frames where each moment counts', { video: { ...video, b_frames: true } }, fast, ['b_frames info']],
    ['of 20 Mbit/s that is encoded', { bitrate_kbps: 20_000 }, encoded, []],
    ['of 20 Mbit/s that goes out as it is', { bitrate_kbps: 20_000 }, passed, ['bitrate_too_high warning']],
    ['of 150 kbit/s', { bitrate_kbps: 150 }, encoded, ['bitrate_too_low info']],
    ['that is silent on the wire', { bitrate_kbps: 0 }, encoded, []],
    [
      'with many faults',
      { audio: null, bitrate_kbps: 100, video: { ...video, keyframe_interval_s: 8.4, b_frames: true } },
      fast,
      ['audio_missing warning', 'gop_too_long warning', 'b_frames info', 'bitrate_too_low info'],
    ],
  ])('%s', (_, more, use, expected) => {
    expect(found(more && { ...good, ...more }, use)).toEqual(expected)
  })

  it('say what to do in the words of the encoder, and what it does to viewers', () => {
    const slow = { ...good, video: { ...video, keyframe_interval_s: 9.96 } }
    const [asIs] = sourceIssues(slow, passed)
    const [anew] = sourceIssues(slow, encoded)
    expect(sourceIssues({ ...good, bitrate_kbps: 30 }, encoded)[0]?.detail).toContain('sends 30 kbit/s for')
    expect(asIs!.fix).toContain('Keyframe Interval, 2 s')
    expect(asIs!.detail).toContain('every 10 seconds: viewers wait')
    expect(anew!.detail).toContain('after an interruption')
  })

  it.each(['pull', 'channel'] as const)('speak of no encoder that nobody has before them: %s', (type) => {
    const faults = { ...good, bitrate_kbps: 100, video: { ...video, keyframe_interval_s: 8, frame_rate_varies: true } }
    const all = (use: SourceUse) => [
      ...sourceIssues({ ...faults, audio: null, video: { ...faults.video, b_frames: true } }, use),
      ...sourceIssues({ ...faults, bitrate_kbps: 20_000, video: null }, use),
      ...sourceIssues({ ...faults, bitrate_kbps: 20_000 }, { ...use, passesThrough: true }),
      sourceTooSlow(0.8, use),
    ]
    expect(new Set(all({ ...fast, type }).map(({ code }) => code)).size).toBe(8)
    for (const { detail, fix } of all({ ...fast, type })) expect(detail + fix).not.toMatch(/encoder|OBS/)
    for (const { fix } of all(fast)) expect(fix).toMatch(/encoder/)
  })

  it('tell how much of real time a slow source sends', () => {
    expect(sourceTooSlow(0.7996, encoded)).toMatchObject({
      ...{ code: 'source_too_slow', severity: 'warning' },
      detail: expect.stringContaining('only 80 % of real time'),
    })
    expect(sourceTooSlow(0.999, encoded).detail).toContain('only 99 %')
  })
})
