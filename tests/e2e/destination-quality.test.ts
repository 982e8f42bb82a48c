import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import type { TestProcess } from '#tests/support/processes.ts'
import { analyseRecording, flashesAndBeeps } from '#tests/support/recording.ts'
import { TestWeir } from '#tests/support/weir.ts'

// One source of 480x270 at 50 frames per second; every destination gets it in its own quality, from one decode.
const fixture = { width: 480, height: 270, fps: 50, pattern: 'flash', videoBitrateKbps: 600 } as const
const profiles = {
  viewers: 'auto',
  shared: 'auto',
  untouched: 'source',
  quick: { height: 240, fps: 50, video_bitrate_kbps: 500, audio_bitrate_kbps: 96, keyframe_interval_s: 1 },
  tall: { height: 120, orientation: 'vertical', framing: 'crop', video_bitrate_kbps: 200 },
} as const
let weir: TestWeir
let platform: NginxRtmp
let encoder: TestProcess
let stream: LiveStream & { stream_key: string }
const ids = new Map<string, string>()

beforeAll(async () => {
  weir = await TestWeir.start()
  platform = await startNginxRtmp()
  stream = await weir.createStream({ encoder_preset: 'ultrafast' })
  for (const [key, profile] of Object.entries(profiles)) await add(key, profile)
})
afterAll(async () => {
  await encoder?.end('SIGKILL')
  await weir?.close()
  await platform?.close()
})

async function add(key: string, profile: unknown): Promise<void> {
  const body = { url: platform.url, stream_key: key, profile }
  const { id } = await weir.api<Destination>('POST', `/v1/live-streams/${stream.id}/destinations`, body)
  ids.set(key, id)
}
const named = async (key: string) => (await weir.stream(stream.id)).destinations.find(({ id }) => id === ids.get(key))!
const areBroadcasting = (...keys: string[]) =>
  eventually(
    `${keys} broadcast`,
    async () => {
      for (const key of keys) expect(await named(key)).toMatchObject({ state: 'broadcasting', sessions: 1 })
      return true
    },
    { timeoutMs: 30_000, intervalMs: 200 },
  )
/** Some seconds more have gone out. */
async function sendsOn(key: string, kilobytes: number): Promise<void> {
  const before = (await named(key)).bytes_sent
  await eventually(`${key} goes on`, async () => (await named(key)).bytes_sent > before + kilobytes * 1_000, {
    timeoutMs: 30_000,
    intervalMs: 200,
  })
}

/** Each size that a recording has, one after the other, and its rate at the end. */
async function pictures(file: string): Promise<string[]> {
  const { stdout } = await execa('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'frame=width,height', '-of', 'csv=p=0', file],
  ])
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/,$/, '').replace(',', 'x'))
    .filter((size) => size !== '')
    .filter((size, index, sizes) => size !== sizes[index - 1])
}

describe('destinations with a quality of their own', () => {
  it('all broadcast, from one FFmpeg', async () => {
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, fixture)
    await weir.status(stream.id, 'active')
    await areBroadcasting('viewers', 'untouched', 'quick', 'tall')
    expect(weir.ffmpegPids()).toHaveLength(1)
    // The plan that runs is in the stream's answer: everybody gets something, and nothing is made for nobody.
    const { plan } = await weir.stream(stream.id)
    expect(plan.is_running).toBe(true)
    expect(new Set(plan.encodes.flatMap(({ used_by }) => used_by))).toEqual(new Set(['viewers', ...ids.values()]))
    expect(plan.encodes.every(({ used_by }) => used_by.length > 0)).toBe(true)
    expect(plan.encode_units.available).toBeGreaterThan(0)
  })

  it('keep their session while the source is away and comes back', async () => {
    await eventually('the slate is at hand', async () => {
      return (await weir.stream(stream.id)).slate_status?.during?.state === 'ready'
    })
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    await sendsOn('quick', 10)
    encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, fixture)
    await weir.status(stream.id, 'active')
    await sendsOn('quick', 50)
    await areBroadcasting('viewers', 'untouched', 'quick', 'tall')
  })

  it('may be changed on air: one gets another quality in the same session, and the others notice nothing', async () => {
    const since = (await weir.events(stream.id))[0]!.id
    await weir.api('PATCH', `/v1/live-streams/${stream.id}/destinations/${ids.get('viewers')}`, {
      profile: { height: 150, fps: 25, video_bitrate_kbps: 300 },
    })
    await add('late', profiles.quick)
    await areBroadcasting('late')
    await eventually('it gets the other quality', async () => (await named('viewers')).sends?.height === 150, {
      timeoutMs: 30_000,
      intervalMs: 200,
    })
    await eventually('one FFmpeg is left', () => weir.ffmpegPids().length === 1)
    await sendsOn('viewers', 40)
    await areBroadcasting('viewers', 'untouched', 'quick', 'tall')
    const events = await weir.events(stream.id)
    const later = events.slice(
      0,
      events.findIndex(({ id }) => id === since),
    )
    expect(later.map(({ type }) => type)).not.toContain('stream.reconnecting')
  })

  it('keep their session when viewers are given another ladder, which they go over to without a break', async () => {
    const url = await weir.playable(stream)
    const master = async () => (await fetch(url)).text()
    await weir.api('PATCH', `/v1/live-streams/${stream.id}`, {
      ladder: { preset: 'custom', renditions: [{ height: 120, video_bitrate_kbps: 200 }] },
      latency_mode: 'low_latency',
    })
    await eventually(
      'viewers get the other ladder',
      async () => {
        const text = await master()
        expect(text, 'there is always something to play').toContain('#EXT-X-STREAM-INF')
        return text.includes('120p') && !text.includes('180p')
      },
      { timeoutMs: 40_000, intervalMs: 100 },
    )
    await eventually('it gets the other picture', async () => (await named('shared')).sends?.height === 120)
    await eventually('one FFmpeg is left', () => weir.ffmpegPids().length === 1)
    await sendsOn('shared', 40)
    await areBroadcasting('viewers', 'untouched', 'quick', 'late', 'tall', 'shared')
    expect((await weir.stream(stream.id)).renditions).toMatchObject([{ name: '120p' }])
  })

  it('reached the platform whole, each in one session, in its own size, in sync', async () => {
    await weir.api('POST', `/v1/live-streams/${stream.id}/complete`)
    await weir.status(stream.id, 'idle')
    const recordings = await platform.recordings()
    expect(recordings).toHaveLength(6)
    const sizes = {
      viewers: ['320x180', '266x150'],
      shared: ['320x180', '214x120'],
      untouched: ['480x270'],
      quick: ['426x240'],
      late: ['426x240'],
      tall: ['120x214'],
    }
    for (const [key, wanted] of Object.entries(sizes)) {
      const file = recordings.find((each) => each.includes(`/${key}-`))!
      const report = await analyseRecording(file)
      // Its rate doubles with the latency mode: FFmpeg, which numbers pictures at the rate of the first, wants two at once.
      const errors = report.decodeErrors.filter((line) => key !== 'shared' || !line.includes('non monotonically'))
      expect({ key, errors, wrong: report.nonMonotonic }).toEqual({ key, errors: [], wrong: 0 })
      expect(await pictures(file), key).toEqual(wanted)
      const goesOver = key === 'viewers' || key === 'shared'
      // The feeds of one that goes over differ in time by a picture or so, and by more on a busy machine.
      expect(report.largestVideoGapMs, key).toBeLessThanOrEqual(goesOver ? 250 : 50)
      expect(report.largestAudioGapMs, key).toBeLessThanOrEqual(goesOver ? 250 : 50)
      if (goesOver) continue
      const { flashes, beeps } = await flashesAndBeeps(file, 50)
      expect(flashes.length).toBeGreaterThan(2)
      const offsets = flashes.map((flash) => Math.min(...beeps.map((beep) => Math.abs(beep - flash))))
      // A splice may fall into a flash, or into its beep.
      const off = offsets.filter((seconds) => seconds > 0.05)
      expect(off.length, `${key}: ${off}`).toBeLessThanOrEqual(3)
    }
  })
})
