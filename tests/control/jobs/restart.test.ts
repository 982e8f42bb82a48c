import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { type FakeWorker, reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, jobIn, publishTo, readStream } from '../../support/jobs.ts'

let control: TestControl
let worker: FakeWorker
beforeEach(async () => {
  control = await startTestControl({ choresEveryMs: 3_600_000 })
  worker = await addWorker(control)
})
afterEach(() => control.stop())

const start = (name: string) => ({ 'weir-instance': `start-${name}` })
const poll = async (headers: Record<string, string>) =>
  ((await (await worker.post('poll', { slots: 5 }, headers)).json()) as { jobs: string[] }).jobs.map(jobIn)
const testSource = { source: { type: 'test' as const } }

describe('a worker that was started again', () => {
  it('gives back what its former start held with its first heartbeat, long before the lease is over', async () => {
    const stream = await addStream(control, testSource)
    await worker.beat([], {}, start('one'))
    const [job] = await poll(start('one'))
    await worker.beat(job ? [reportOf(job)] : [], {}, start('one'))
    await worker.beat([], {}, start('two'))
    expect(await readStream(control, stream)).toMatchObject({
      ...{ status: 'idle', status_reason: 'worker_lost', worker_id: null },
      status_detail: expect.stringContaining('started again'),
    })
    const [again] = await poll(start('two'))
    expect(again?.live_stream_id).toBe(stream.id)
    expect(again?.fence).toBeGreaterThan(job?.fence ?? Infinity)
    const events = await (await control.call('GET', `/v1/live-streams/${stream.id}/events`)).text()
    expect(events).toContain('The worker that ran this stream was started again.')
  })

  it('keeps what this start of it has claimed before its first heartbeat got through', async () => {
    await worker.beat([], {}, start('one'))
    const stream = await addStream(control, testSource)
    const [job] = await poll(start('two'))
    await worker.beat([], {}, start('two'))
    expect(await readStream(control, stream)).toMatchObject({ worker_id: worker.id })
    await worker.beat(job ? [reportOf(job)] : [], {}, start('two'))
    expect((await readStream(control, stream)).status).toBe('active')
  })

  it('has what still comes from its former start refused, so that two processes of one identity are told apart', async () => {
    await addStream(control, testSource)
    await worker.beat([], {}, start('one'))
    await worker.beat([], {}, start('two'))
    for (const answer of [
      await worker.beat([], {}, start('one')),
      await worker.post('poll', { slots: 1 }, start('one')),
    ])
      expect(await answer.json()).toMatchObject({ code: 'instance_retired', status: 409 })
    expect(await poll(start('two'))).toHaveLength(1)
  })

  it('lets an encoder that comes back have its stream at once', async () => {
    const stream = await addStream(control)
    await worker.beat([], {}, start('one'))
    const before = await claimed(await publishTo(worker, stream))
    await worker.beat([], {}, start('two'))
    expect((await claimed(await publishTo(worker, stream))).fence).toBeGreaterThan(before.fence)
  })

  it('that does not say so gives nothing back: its leases run out', async () => {
    const stream = await addStream(control, testSource)
    await poll({})
    await worker.beat([])
    expect((await readStream(control, stream)).worker_id).toBe(worker.id)
  })
})
