import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import type { HeartbeatResponse } from '#schema/contracts/worker.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { type FakeWorker, reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, polled, publishTo, readStream } from '../../support/jobs.ts'

let clock: Date
let control: TestControl
let worker: FakeWorker
beforeEach(async () => {
  clock = new Date()
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
  worker = await addWorker(control)
})
afterEach(() => control.stop())

const change = async (body: object) =>
  (await (await control.call('PATCH', `/v1/workers/${worker.id}`, body)).json()) as Record<string, unknown>
const beat = async (jobs: readonly Job[], more: Parameters<FakeWorker['beat']>[1] = {}) =>
  (await (
    await worker.beat(
      jobs.map((job) => reportOf(job)),
      more,
    )
  ).json()) as HeartbeatResponse
const ended = (job: Job) => reportOf(job, { ended: true, status: 'idle', status_reason: 'worker_draining' })
const runs = async (count: number, more = {}) => {
  const streams = []
  for (let made = 0; made < count; made++) streams.push(await addStream(control, { source: { type: 'test' }, ...more }))
  return { streams, jobs: await polled(worker, count) }
}

describe('a worker that is to be emptied', () => {
  it('takes no more work, and hands its streams over two at a time, each once it has let go of it', async () => {
    const { streams, jobs } = await runs(3)
    const other = await addWorker(control)
    expect(await change({ draining: true })).toMatchObject({
      state: 'draining',
      drain: { mode: 'hand_over', until: null },
    })
    const first = await beat(jobs)
    expect(first.draining).toBe(true)
    expect(first.stops.map(({ reason }) => reason)).toEqual(['worker_draining', 'worker_draining'])
    expect(await polled(other)).toEqual([])

    const [gone] = jobs.filter(({ live_stream_id }) => live_stream_id === first.stops[0]?.live_stream_id)
    const left = jobs.filter((job) => job !== gone)
    await worker.beat([...(gone ? [ended(gone)] : []), ...left.map((job) => reportOf(job))])
    expect((await readStream(control, { id: gone?.live_stream_id ?? '' })).status_reason).toBe('worker_draining')
    expect(await polled(worker)).toEqual([])
    const [taken] = await polled(other)
    expect(taken?.live_stream_id).toBe(gone?.live_stream_id)
    expect(taken?.fence).toBeGreaterThan(gone?.fence ?? Infinity)

    const second = await beat(left)
    expect(second.stops).toHaveLength(2)
    await worker.beat(left.map(ended))
    expect((await polled(other)).length).toBe(2)
    expect(await change({})).toMatchObject({ live_streams: 0, streams: [] })
    for (const stream of streams) expect((await readStream(control, stream)).worker_id).toBe(other.id)
  })

  it('keeps what no other worker may take', async () => {
    const { jobs } = await runs(1, { placement: { labels: [] } })
    const labelled = await addStream(control, { source: { type: 'test' }, placement: { labels: ['rack=a'] } })
    await change({ labels: ['rack=a'] })
    jobs.push(...(await polled(worker)))
    await addWorker(control)
    await change({ draining: true })
    const { stops } = await beat(jobs)
    expect(stops.map(({ live_stream_id }) => live_stream_id)).toEqual([jobs[0]?.live_stream_id])
    expect((await readStream(control, labelled)).worker_id).toBe(worker.id)
  })

  it('may let its streams end by themselves, for as long as it was told', async () => {
    const { jobs } = await runs(1)
    await addWorker(control)
    await change({ draining: true, drain_mode: 'finish', drain_within_s: 5 })
    expect((await beat(jobs)).stops).toEqual([])
    clock = new Date(clock.getTime() + 4_000)
    expect((await beat(jobs)).stops).toEqual([])
    clock = new Date(clock.getTime() + 1_000)
    expect((await beat(jobs)).stops.map(({ reason }) => reason)).toEqual(['worker_draining'])
  })

  it('sends encoders on, and those that it has when it lets go of them', async () => {
    const stream = await addStream(control)
    const job = await claimed(await publishTo(worker, stream))
    const other = await addWorker(control, { rtmpUrl: 'rtmp://other/live' })
    await change({ draining: true })
    expect((await beat([job])).stops).toMatchObject([{ live_stream_id: stream.id, reason: 'worker_draining' }])
    await worker.beat([ended(job)])
    const sent = await publishTo(worker, stream)
    expect(await sent.json()).toMatchObject({ code: 'place_elsewhere', worker: { id: other.id } })
    expect((await claimed(await publishTo(other, stream))).fence).toBeGreaterThan(job.fence)
  })

  it('does so as well when it says itself that it is being stopped', async () => {
    const { jobs } = await runs(1)
    await addWorker(control)
    expect((await beat(jobs, { state: 'draining' })).stops).toHaveLength(1)
    expect(await polled(worker)).toEqual([])
  })

  it('keeps the orders for destinations: the broadcast goes on elsewhere', async () => {
    const { streams, jobs } = await runs(1)
    const path = `/v1/live-streams/${streams[0]?.id}/destinations`
    const added = await control.call('POST', path, { url: 'rtmp://host/app', stream_key: 'k' })
    const { id } = (await added.json()) as { id: string }
    await control.call('POST', `${path}/${id}/stop`)
    const other = await addWorker(control)
    await change({ draining: true })
    await beat(jobs)
    await worker.beat(jobs.map(ended))
    expect((await polled(other))[0]?.destinations).toMatchObject([{ id, ordered: 'stop' }])
  })

  it('keeps its streams when it is to take work again after all', async () => {
    const { jobs } = await runs(1)
    await addWorker(control)
    await change({ draining: true })
    await beat(jobs)
    expect(await change({ draining: false })).toMatchObject({ state: 'online', drain: null })
    const { stops, draining } = await beat(jobs)
    expect({ stops, draining }).toEqual({ stops: [], draining: false })
  })
})
