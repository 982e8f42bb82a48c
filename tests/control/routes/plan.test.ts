import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PlanAnswer, planAnswer } from '#schema/contracts/plan.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream } from '../../support/jobs.ts'

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
  })
})
