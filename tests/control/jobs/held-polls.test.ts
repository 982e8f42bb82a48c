import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { HeartbeatResponse, PollResponse } from '#schema/contracts/worker.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { type FakeWorker, reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, jobIn, polled } from '../../support/jobs.ts'

let control: TestControl
let worker: FakeWorker
beforeEach(async () => {
  // Stands still: work is kept for who fits best, however slow this machine is.
  const now = new Date()
  control = await startTestControl({ now: () => now, choresEveryMs: 3_600_000 })
  worker = await addWorker(control)
})
afterEach(() => control.stop())

const beat = async (who = worker, ...sessions: Parameters<typeof reportOf>[0][]) =>
  (await (await who.beat(sessions.map((job) => reportOf(job)))).json()) as HeartbeatResponse
const held = async (who: FakeWorker, more: object = {}): Promise<PollResponse> =>
  (await (await who.post('poll', { slots: 1, wait_s: 20, ...more })).json()) as PollResponse
const testSource = { source: { type: 'test' as const } }

describe('a poll that is held back', () => {
  it('is answered as soon as there is work, without any: who is awake asks again', async () => {
    const { orders } = await beat()
    const answer = held(worker, { orders })
    const stream = await addStream(control, testSource)
    const { jobs, again } = await answer
    // Where the poll was overtaken there was work already: then it brings it along.
    if (jobs.length === 0) expect(again).toBe('work')
    const taken = jobs.length === 0 ? await polled(worker) : jobs.map(jobIn)
    expect(taken.map(({ live_stream_id }) => live_stream_id)).toEqual([stream.id])
  })

  it('brings work at once where there is some', async () => {
    await addStream(control, testSource)
    expect((await held(worker)).jobs).toHaveLength(1)
  })

  it('is answered for the worker that fits best, and not for the others', async () => {
    const small = await addWorker(control, { capacity: { encode_units: 3, cpu_cores: 2, ffmpeg_version: '5.1' } })
    const answers: string[] = []
    const waiting = [
      held(small).then(
        () => answers.push('small'),
        () => {},
      ),
      held(worker).then(() => answers.push('large')),
    ]
    await addStream(control, testSource)
    await Promise.race(waiting)
    expect(answers).toEqual(['large'])
    await polled(worker)
    await control.stop()
    await Promise.allSettled(waiting)
  })

  it.each([
    ['a change', (id: string) => control.call('PATCH', `/v1/live-streams/${id}`, { name: 'Another' })],
    ['a stop', (id: string) => control.call('POST', `/v1/live-streams/${id}/disable`)],
    ['a deletion', (id: string) => control.call('DELETE', `/v1/live-streams/${id}`)],
    ['its being emptied', () => control.call('PATCH', `/v1/workers/${worker.id}`, { draining: true })],
  ])('is answered for %s, which a heartbeat brings then', async (_, order) => {
    const stream = await addStream(control, testSource)
    const [job] = await polled(worker)
    const { orders } = await beat(worker, ...(job ? [job] : []))
    const answer = held(worker, { slots: 0, orders })
    await order(stream.id)
    expect(await answer).toEqual({ jobs: [], again: 'orders' })
    const after = await beat(worker, ...(job ? [job] : []))
    expect(after.orders).not.toBe(orders)
    expect(after.jobs.length + after.stops.length + (after.draining ? 1 : 0)).toBeGreaterThan(0)
  })

  it('ends with nothing when its time is over, or control closes', async () => {
    const { orders } = await beat()
    expect(await held(worker, { wait_s: 0.05, orders })).toEqual({ jobs: [] })
    const answer = held(worker, { orders }).catch(() => ({ jobs: [] }))
    await control.call('GET', '/v1/workers')
    await control.stop()
    expect(await answer).toEqual({ jobs: [] })
  })
})
