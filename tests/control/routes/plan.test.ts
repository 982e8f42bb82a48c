import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { type PlanAnswer, planAnswer } from '#schema/contracts/plan.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, publishTo, readStream } from '../../support/jobs.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())

async function plan(body: unknown): Promise<PlanAnswer> {
  const answer = await control.call('POST', '/v1/plan', body)
  expect(answer.status).toBe(200)
  return v.parse(planAnswer, await answer.json())
}

describe('a plan', () => {
  it('of nothing is that of a new stream of 1080p, and says what it assumed', async () => {
    const { source, worker, encodes, encode_units, destinations } = await plan({})
    expect(source).toEqual({ width: 1920, height: 1080, fps: 30, bitrate_kbps: null, is_assumed: true })
    expect(worker).toBeNull()
    expect(encodes.map(({ id, used_by }) => [id, used_by])).toEqual([
      ['720p', ['viewers']],
      ['480p', ['viewers']],
      ['240p', ['viewers']],
    ])
    expect(encode_units).toMatchObject({ needed: expect.any(Number), available: null })
    expect(destinations).toEqual([])
  })

  it('says which encodes serve whom, what each costs, and what a platform does not take', async () => {
    const { encodes, destinations } = await plan({
      source: { width: 1920, height: 1080, fps: 60, bitrate_kbps: 9_000 },
      destinations: [
        { id: 'a', platform: 'twitch', profile: 'source' },
        { id: 'b', platform: 'custom', profile: 'source' },
        { id: 'c', platform: 'custom', profile: { height: 1080, fps: 30 } },
        { platform: 'custom', profile: { height: 1080, fps: 30 } },
      ],
    })
    const byId = new Map(encodes.map((encode) => [encode.id, encode]))
    const [twitch, untouched, own, same] = destinations
    expect(twitch!.adjustments[0]).toMatchObject({
      field: 'quality',
      asked: 'source',
      reason: expect.stringMatching(/^Twitch takes /),
    })
    expect(byId.get(twitch!.encode_id)).toMatchObject({
      height: 1080,
      from: 'own',
      video_bitrate_kbps: expect.any(Number),
    })
    expect(byId.get(twitch!.encode_id)!.video_bitrate_kbps).toBeLessThanOrEqual(6_000)
    expect(byId.get(untouched!.encode_id)).toMatchObject({ from: 'source', encode_units: 0, used_by: ['b'] })
    expect(same!.encode_id).toBe(own!.encode_id)
    expect(byId.get(own!.encode_id)).toMatchObject({ fps: 30, used_by: ['c', '3'] })
    expect(byId.get(own!.encode_id)!.encode_units).toBeCloseTo(0.87, 1)
  })

  it('of a live stream takes its configuration, and changes nothing', async () => {
    const stream = await addStream(control, { ladder: { preset: 'custom', renditions: [{ height: 360 }] } })
    const body = { platform: 'youtube', stream_key: 'k', profile: '1080p' }
    const answer = await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, body)
    const { id } = (await answer.json()) as { id: string }
    const { encodes, destinations } = await plan({ live_stream_id: stream.id })
    expect(destinations).toMatchObject([{ id, platform: 'youtube', profile: '1080p', adjustments: [] }])
    expect(encodes.map(({ height, used_by }) => [height, used_by])).toEqual([
      [360, ['viewers']],
      [1080, [id]],
    ])
    expect((await plan({ live_stream_id: stream.id, destinations: [] })).destinations).toEqual([])
    await control.call('PATCH', `/v1/live-streams/${stream.id}/destinations/${id}`, { enabled: false })
    const paused = await plan({ live_stream_id: stream.id })
    expect(paused.encodes.map(({ used_by }) => used_by)).toEqual([['viewers']])
    expect(paused.destinations).toMatchObject([{ id, encode_id: '', refusal: null }])
  })

  it('tells what is saved by sharing, and what a platform recommends instead of what it gets', async () => {
    const platforms = ['youtube', 'twitch', 'facebook', 'kick', 'x', 'custom']
    const { destinations, encodes_saved, without_sharing, encode_units } = await plan({
      destinations: platforms.map((platform) => ({ id: platform, platform })),
    })
    expect(encodes_saved).toBe(6)
    expect(without_sharing.encodes).toBe(9)
    expect(without_sharing.encode_units).toBeGreaterThan(2 * encode_units.needed)
    const advice = new Map(destinations.map(({ id, advice: texts }) => [id, texts]))
    expect(advice.get('youtube')).toEqual([
      'YouTube recommends 8000 kbit/s for 720p at 30 frames per second; this has 2450.',
    ])
    expect(advice.get('custom')).toEqual([])
  })

  it('refuses what can not be sent at all, and plans the rest', async () => {
    const { destinations, encodes } = await plan({
      destinations: [
        { id: 'plain', platform: 'facebook', url: 'rtmp://live.example/app' },
        { id: 'right', platform: 'facebook', url: 'rtmps://live.example/app' },
        { id: 'page', platform: 'custom', url: 'http://x' },
      ],
    })
    expect(destinations).toMatchObject([
      { id: 'plain', encode_id: '', refusal: 'Facebook takes only rtmps:// addresses.', advice: [] },
      { id: 'right', encode_id: '720p', refusal: null },
      { id: 'page', encode_id: '', refusal: expect.stringMatching(/^Use an address like rtmps:/) },
    ])
    expect(encodes[0]!.used_by).toEqual(['viewers', 'right'])
  })

  it('makes a small source larger where that is asked for', async () => {
    const source = { width: 1280, height: 720, fps: 30 }
    const sizes = async (more: object) => (await plan({ source, ...more })).encodes.map(({ height }) => height)
    const ladder = { preset: '1080p' }
    expect(await sizes({ ladder })).toEqual([720, 480, 240])
    expect(await sizes({ ladder, upscale: 'lanczos' })).toEqual([1080, 720, 480, 240])
    expect(await sizes({ ladder, upscale: 'lanczos', upscale_height: 900 })).toEqual([900, 720, 480, 240])
  })

  it('gives the lengths that viewers would get, and refuses those that break a rule', async () => {
    const { packaging } = await plan({ latency_mode: 'low_latency', packaging: { segment_s: 3, window_segments: 5 } })
    expect(packaging).toEqual({ part_s: 0.2, segment_s: 3, window_segments: 5, keyframe_interval_s: 1 })
    const answer = await control.call('POST', '/v1/plan', { packaging: { segment_s: 3 } })
    expect(answer.status).toBe(422)
    expect(await answer.json()).toMatchObject({
      errors: [{ pointer: '/packaging/segment_s', detail: expect.stringContaining('multiple of 2 s') }],
    })
  })

  it('of a stream that there is not, or of nonsense, is refused by name', async () => {
    expect((await control.call('POST', '/v1/plan', { live_stream_id: 'ls_none' })).status).toBe(404)
    const answer = await control.call('POST', '/v1/plan', {
      destinations: [{ platform: 'nowhere', profile: 'best' }],
      fps: 5,
    })
    expect(answer.status).toBe(422)
    const { errors } = (await answer.json()) as { errors: { pointer: string; detail: string }[] }
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual([
      '/destinations/0/platform',
      '/destinations/0/profile',
      '/fps',
    ])
    expect(errors.every(({ detail }) => /\.$/.test(detail))).toBe(true)
    const list = await control.call('POST', '/v1/plan', [])
    expect([list.status, await list.json()]).toMatchObject([422, { errors: [{ detail: 'Must be an object.' }] }])
    for (const destinations of [
      [{ id: 'a' }, { id: 'a' }],
      [{}, { id: '0' }],
    ]) {
      const twice = await control.call('POST', '/v1/plan', { destinations })
      expect(await twice.json()).toMatchObject({ errors: [{ pointer: '/destinations' }] })
    }
  })
})

describe('the plan in the answer of a live stream', () => {
  it('says what each destination would get, and what would be wrong, before anything runs', async () => {
    const stream = await addStream(control, { ladder: { preset: '2160p' } })
    const add = async (platform: string, profile: unknown) => {
      const body = {
        platform,
        stream_key: 'k',
        profile,
        ...(platform === 'linkedin' && { url: 'rtmps://l.example/live' }),
      }
      return (await (
        await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, body)
      ).json()) as Destination
    }
    const linkedin = await add('linkedin', { height: 1080, fps: 60, video_bitrate_kbps: 9_000 })
    const youtube = await add('youtube', 'auto')
    const { plan: planned } = await readStream(control, stream)
    expect(planned.destinations).toMatchObject([
      {
        ...{ id: linkedin.id, refusal: null, advice: [] },
        adjustments: [
          { field: 'fps', asked: 60, given: 30, reason: 'LinkedIn takes 30 frames per second at most.' },
          {
            field: 'video_bitrate_kbps',
            asked: 9_000,
            given: 6_000,
            reason: expect.stringContaining('LinkedIn takes'),
          },
        ],
      },
      { id: youtube.id, encode_id: '1080p', adjustments: [], advice: [expect.stringContaining('14000 kbit/s')] },
    ])
    expect(planned.issues).toMatchObject([{ code: 'rendition_above_source' }])
  })

  it('is what would be made while nothing runs, and what its worker says once it runs', async () => {
    const worker = await addWorker(control, { capacity: { encode_units: 2, cpu_cores: 2, ffmpeg_version: '5.1.9' } })
    const stream = await addStream(control, { ladder: { preset: '240p' } })
    expect(stream.plan).toMatchObject({
      ...{ is_running: false, encoder: 'software' },
      encodes: [{ id: '240p', used_by: ['viewers'], from: 'shared' }],
      ...{ destinations: [], encode_units: { needed: 0.31, available: 1.8 }, issues: [] },
    })

    const job = await claimed(await publishTo(worker, stream))
    const encodes = [{ ...stream.plan.encodes[0]!, id: '360p', height: 360, width: 640 }]
    const running = { encoder: 'software' as const, encodes, encode_units: 0.7, cpu_units: 0 }
    await worker.beat([reportOf(job, { plan: running })])
    expect((await readStream(control, stream)).plan).toEqual({
      ...{ is_running: true, encoder: 'software', encodes, destinations: [], issues: [] },
      // Its own part is free for it.
      encode_units: { needed: 0.7, available: 1.8 },
    })
    const other = await addStream(control)
    expect(other.plan.encode_units.available).toBe(1.17)
    expect((await plan({})).encode_units.available).toBe(1.17)
    expect((await plan({ live_stream_id: stream.id })).encode_units.available).toBe(1.8)

    await worker.beat([reportOf(job, { plan: running, ended: true })])
    expect((await readStream(control, stream)).plan).toMatchObject({ is_running: false, encodes: [{ id: '240p' }] })
    const list = await control.call('GET', '/v1/live-streams')
    const { data } = (await list.json()) as { data: LiveStream[] }
    expect(data.find(({ id }) => id === stream.id)!.plan.encodes).toHaveLength(1)
  })

  it('is for the source that was known last, while the slate is shown and after the broadcast', async () => {
    const worker = await addWorker(control, { capacity: { encode_units: 2, cpu_cores: 2, ffmpeg_version: '5.1.9' } })
    const stream = await addStream(control, { ladder: { preset: '720p' } })
    const job = await claimed(await publishTo(worker, stream))
    await worker.beat([reportOf(job)])
    const seen = { width: 640, height: 360, fps: 25, is_assumed: false }
    for (const report of [
      { source: null, status: 'reconnecting' as const },
      { source: null, ended: true },
    ]) {
      await worker.beat([reportOf(job, report)])
      expect((await plan({ live_stream_id: stream.id })).source).toMatchObject(seen)
    }
    expect((await readStream(control, stream)).plan.encodes[0]).toMatchObject({ height: 360, fps: 25 })
  })
})
