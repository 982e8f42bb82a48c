import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { streamEffects } from '#control/streams/effects.ts'
import type { Effect } from '#schema/contracts/effect.ts'
import type { LiveStream, PatchLiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { addStream, readStream } from '#tests/support/jobs.ts'

let control: TestControl
let stream: LiveStream
beforeAll(async () => {
  control = await startTestControl()
  stream = await addStream(control)
  const added = { url: 'rtmp://platform.example/live', stream_key: 'platform-key' }
  await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, added)
  stream = await readStream(control, stream)
})
afterAll(() => control.stop())

const kinds = (effects: readonly Effect[]) => effects.map(({ field, effect }) => [field, effect])

describe('the effects of a change', () => {
  it('on a stream that is on air are a new encode where the encoding changes, and else nothing that anybody notices', () => {
    const onAir = { ...stream, status: 'active' } as const
    const wanted: PatchLiveStream = {
      name: 'Lecture 2',
      latency_mode: 'low_latency',
      ladder: { preset: 'source' },
      slate: { after: { type: 'card', text: 'Thank you', seconds: 5 } },
      audio: { normalize: true },
    }
    expect(kinds(streamEffects(onAir, wanted))).toEqual([
      ['name', 'now'],
      ['latency_mode', 'new_encode'],
      ['ladder', 'new_encode'],
      ['slate', 'now'],
      ['audio', 'new_encode'],
    ])
  })

  it('are none of fields that are as they were', () => {
    const { name, latency_mode, ladder, packaging } = stream
    expect(streamEffects({ ...stream, status: 'active' }, { name, latency_mode, ladder, packaging })).toEqual([])
  })

  it('on a stream that is not on air show in its next broadcast', () => {
    expect(kinds(streamEffects(stream, { encoder_preset: 'fast' }))).toEqual([['encoder_preset', 'next_broadcast']])
  })

  it('know what is replaced from what is changed in part', () => {
    const active = { ...stream, status: 'active' } as const
    const ladder = { preset: 'custom', fps: 25, renditions: [{ height: 720, video_bitrate_kbps: 3_000 }] } as const
    const before = { ...active, ladder: { ...ladder, renditions: [...ladder.renditions] } }
    expect(streamEffects(before, { ladder: { ...ladder, renditions: [...ladder.renditions] } })).toEqual([])
    const withoutRates = { preset: 'custom' as const, fps: 25, renditions: [{ height: 720 }] }
    expect(kinds(streamEffects(before, { ladder: withoutRates }))).toEqual([['ladder', 'new_encode']])
    expect(streamEffects(active, { slate: { during: stream.slate.during } })).toEqual([])
  })

  it('are answered by a dry run, which checks the change and does not make it', async () => {
    const patch = async (body: unknown, query = '?dry_run=1') =>
      (await control.call('PATCH', `/v1/live-streams/${stream.id}${query}`, body)).json() as Promise<LiveStream>
    const before = await readStream(control, stream)
    expect(await patch({ name: 'Lecture 3' })).toEqual({
      ...before,
      effects: [{ field: 'name', effect: 'next_broadcast', detail: expect.any(String) }],
    })
    expect(await readStream(control, stream)).toEqual(before)
    expect(await patch({ latency_mode: 'quick' })).toMatchObject({ status: 422 })
    expect(await patch({ name: 'Lecture 3' }, '?dry_run=maybe')).toMatchObject({ status: 400 })
    const path = `/v1/live-streams/${stream.id}/destinations/${stream.destinations[0]!.id}`
    const tried = await (await control.call('PATCH', `${path}?dry_run=1`, { enabled: false })).json()
    expect(tried).toMatchObject({ enabled: true, effects: [{ field: 'enabled' }] })
    expect(await patch({ name: 'Lecture 3' }, '')).toMatchObject({ name: 'Lecture 3', effects: [{ field: 'name' }] })
  })
})
