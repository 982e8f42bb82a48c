import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream, addWorker, claimed, publishTo, readStream } from '../../support/jobs.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())

/** What is refused, by pointer. */
async function refused(method: string, path: string, body: unknown): Promise<Record<string, string>> {
  const answer = await control.call(method, path, body)
  expect(answer.status).toBe(422)
  const { errors } = (await answer.json()) as { errors: { pointer: string; detail: string }[] }
  return Object.fromEntries(errors.map(({ pointer, detail }) => [pointer, detail]))
}

describe('lengths of parts, segments and playlists', () => {
  it('are kept as they were given, and go to the worker', async () => {
    const packaging = { part_s: 0.5, segment_s: 2, window_segments: 20 }
    const stream = await addStream(control, { packaging })
    expect(stream.packaging).toEqual(packaging)
    const worker = await addWorker(control)
    expect((await claimed(await publishTo(worker, stream))).packaging).toEqual(packaging)
    const answer = await control.call('PATCH', `/v1/live-streams/${stream.id}`, { packaging: { segment_s: 6 } })
    expect(await answer.json()).toMatchObject({ packaging: { part_s: null, segment_s: 6, window_segments: null } })
  })

  it('are refused at creation with the rule that breaks, each at its field', async () => {
    const packaging = { part_s: 0.05, segment_s: 3, window_segments: 2 }
    const errors = await refused('POST', '/v1/live-streams', { name: 'x', packaging })
    expect(Object.keys(errors).toSorted()).toEqual([
      '/packaging/part_s',
      '/packaging/segment_s',
      '/packaging/window_segments',
    ])
    expect(Object.values(errors).every((detail) => /(rfc8216bis|ISO\/IEC 23009-1) §[\d.]+/.test(detail))).toBe(true)
    expect(await refused('POST', '/v1/live-streams', { name: 'x', packaging: { segment_s: '4' } })).toEqual({
      '/packaging/segment_s': 'Must be a number, without quotes.',
    })
  })

  it('must go with the latency mode that is kept, whichever of the two is changed', async () => {
    const stream = await addStream(control, { latency_mode: 'low_latency', packaging: { segment_s: 3 } })
    const path = `/v1/live-streams/${stream.id}`
    const modeRefused = await refused('PATCH', path, { latency_mode: 'tutorial' })
    expect(modeRefused['/latency_mode']).toMatch(/packaging\.segment_s does not go with it\..*multiple of 2 s/)
    const lengthRefused = await refused('PATCH', path, { packaging: { part_s: 2 } })
    expect(lengthRefused['/packaging/part_s']).toMatch(/use 1 s at most/)
    expect(await refused('PATCH', path, { latency_mode: 'tutorial', packaging: { segment_s: 5 } })).toHaveProperty([
      '/packaging/segment_s',
    ])
    expect(await readStream(control, stream)).toMatchObject({
      ...{ latency_mode: 'low_latency', revision: stream.revision },
      packaging: { segment_s: 3 },
    })
    const both = { latency_mode: 'tutorial', packaging: { segment_s: 6 } }
    expect((await control.call('PATCH', path, both)).status).toBe(200)
    expect((await control.call('PATCH', '/v1/live-streams/ls_none', { latency_mode: 'tutorial' })).status).toBe(404)
  })
})

describe('a ladder of one’s own', () => {
  it('is refused where its bit rates make no sense, at the rendition', async () => {
    const renditions = [
      { height: 1080, video_bitrate_kbps: 900 },
      { height: 720 },
      { height: 360, video_bitrate_kbps: 50 },
    ]
    const errors = await refused('POST', '/v1/live-streams', { name: 'x', ladder: { preset: 'custom', renditions } })
    expect(errors).toEqual({
      '/ladder/renditions/0/video_bitrate_kbps': expect.stringMatching(/^1080p must not have less than 720p/),
      '/ladder/renditions/2/video_bitrate_kbps': expect.stringMatching(/^Too little for 360p/),
    })
    const stream = await addStream(control)
    const change = { ladder: { preset: 'custom', fps: 5, renditions: [{ height: 360 }] } }
    expect(await refused('PATCH', `/v1/live-streams/${stream.id}`, change)).toEqual({
      '/ladder/fps': 'Must be at least 10.',
    })
  })
})
