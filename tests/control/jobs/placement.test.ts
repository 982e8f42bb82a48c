import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WorkerCapacity } from '#schema/contracts/worker.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, claimed, polled, publishTo, readStream } from '../../support/jobs.ts'

let clock: Date
let control: TestControl
const pass = (seconds: number) => {
  clock = new Date(clock.getTime() + seconds * 1000)
}
beforeEach(async () => {
  clock = new Date()
  control = await startTestControl({ now: () => clock, choresEveryMs: 3_600_000 })
})
afterEach(() => control.stop())

const capacity = (units: number, nvenc?: number): WorkerCapacity => ({
  ...{ encode_units: units, cpu_cores: 4, ffmpeg_version: '5.1' },
  ...(nvenc !== undefined && {
    encoders: [
      { name: 'h264_nvenc' as const, encode_units: nvenc },
      { name: 'software' as const, encode_units: units },
    ],
  }),
})
const testSource = { source: { type: 'test' as const } }
const ids = (jobs: readonly { live_stream_id: string }[]) => jobs.map(({ live_stream_id }) => live_stream_id)

describe('who gets a live stream', () => {
  it('is the worker that would be least full, and another only once that one has let it lie for three seconds', async () => {
    const small = await addWorker(control, { capacity: capacity(4) })
    const large = await addWorker(control, { capacity: capacity(40) })
    const stream = await addStream(control, testSource)
    expect(await polled(small)).toEqual([])
    expect(ids(await polled(large))).toEqual([stream.id])
    const second = await addStream(control, testSource)
    expect(await polled(small)).toEqual([])
    pass(3)
    expect(ids(await polled(small))).toEqual([second.id])
  })

  it('is not waited for where the better worker was silent for two heartbeats', async () => {
    await addWorker(control, { capacity: capacity(40) })
    pass(7)
    const small = await addWorker(control, { capacity: capacity(4) })
    const stream = await addStream(control, testSource)
    expect(ids(await polled(small))).toEqual([stream.id])
  })

  it('has all of the labels that it asks for', async () => {
    const here = await addWorker(control, { labels: ['region=eu'] })
    const there = await addWorker(control, {}, { labels: ['region=us', 'disk=fast'] })
    const stream = await addStream(control, { ...testSource, placement: { labels: ['disk=fast', 'region=us'] } })
    pass(5)
    expect(await polled(here)).toEqual([])
    expect(ids(await polled(there))).toEqual([stream.id])
  })

  it('has the encoder that it names, if it can be had; else any other, unless software may not take its place', async () => {
    const plain = await addWorker(control, { capacity: capacity(40) })
    const strict = await addStream(control, { ...testSource, encoder: 'h264_nvenc', no_software_fallback: true })
    const lenient = await addStream(control, { ...testSource, encoder: 'h264_nvenc' })
    const hardware = await addWorker(control, { capacity: capacity(4, 10) })
    expect(await polled(plain)).toEqual([])
    expect(ids(await polled(hardware, 1))).toEqual([strict.id])
    pass(5)
    expect(ids(await polled(plain))).toEqual([lenient.id])
  })

  it('may be too small for all that it asks for, while there is room for one rendition', async () => {
    const worker = await addWorker(control, { capacity: capacity(2) })
    const [first, second] = [await addStream(control, testSource), await addStream(control, testSource)]
    await addStream(control, testSource)
    expect(ids(await polled(worker, 10))).toEqual([first.id, second.id])
  })

  it('is known to be fuller by what it says itself', async () => {
    const worker = await addWorker(control, { capacity: capacity(40) })
    const other = await addWorker(control, { capacity: capacity(40) })
    await worker.beat([], { capacity: capacity(40), room: [{ name: 'software', encode_units: 10 }] })
    const stream = await addStream(control, testSource)
    expect(await polled(worker)).toEqual([])
    expect(ids(await polled(other))).toEqual([stream.id])
  })

  it('spreads many over equal workers', async () => {
    const workers = await Promise.all([1, 2, 3].map(() => addWorker(control, { capacity: capacity(60) })))
    for (let made = 0; made < 9; made++) await addStream(control, testSource)
    const counts = new Map<string, number>()
    for (let round = 0; round < 9; round++)
      for (const worker of workers)
        counts.set(worker.id, (counts.get(worker.id) ?? 0) + (await polled(worker, 1)).length)
    expect([...counts.values()].sort()).toEqual([3, 3, 3])
  })
})

describe('a live stream that fits nowhere', () => {
  const detailOf = async (stream: { id: string }) => {
    const { status_reason, status_detail } = await readStream(control, stream)
    expect(status_reason).toBe('no_capacity')
    return status_detail
  }

  it('says what is missing, as things are', async () => {
    const stream = await addStream(control, {
      ...testSource,
      ...{ placement: { labels: ['region=eu'] }, encoder: 'h264_nvenc', no_software_fallback: true },
    })
    const { runChore, chores } = await import('#control/chores.ts')
    const look = () =>
      Promise.all(
        chores.filter(({ name }) => name === 'explain-waiting').map((chore) => runChore(chore, control.runtime)),
      )
    await look()
    expect(await detailOf(stream)).toContain('No worker is online.')
    const worker = await addWorker(control, { capacity: capacity(40) })
    await look()
    expect(await detailOf(stream)).toContain('has the label region=eu')
    await control.call('PATCH', `/v1/workers/${worker.id}`, { labels: ['region=eu'] })
    await look()
    expect(await detailOf(stream)).toContain('with region=eu that is online has the encoder h264_nvenc')
    await worker.beat([], { capacity: capacity(0.5, 0.4) })
    await polled(worker)
    expect((await readStream(control, stream)).worker_id).toBe(worker.id)
    const second = await addStream(control, testSource)
    await look()
    expect(await detailOf(second)).toMatch(/are full: it needs \d\S* encodes of 1080p30, the best has 0\S* left/)
    await control.call('PATCH', `/v1/workers/${worker.id}`, { draining: true })
    await look()
    expect(await detailOf(second)).toContain('is being emptied')
  })

  it('does not keep others from being taken, and is taken itself once a worker fits', async () => {
    const misfits = []
    for (let made = 0; made < 3; made++)
      misfits.push(await addStream(control, { ...testSource, placement: { labels: ['region=moon'] } }))
    const stream = await addStream(control, testSource)
    const worker = await addWorker(control)
    expect(ids(await polled(worker))).toEqual([stream.id])
    await control.call('PATCH', `/v1/live-streams/${misfits[0]?.id}`, { placement: { labels: [] } })
    expect(ids(await polled(worker))).toEqual([misfits[0]?.id])
    await control.call('PATCH', `/v1/workers/${worker.id}`, { labels: ['region=moon'] })
    expect(ids(await polled(worker)).sort()).toEqual([misfits[1]?.id, misfits[2]?.id].sort())
  })
})

describe('an encoder', () => {
  const answer = async (response: Response) => ({ status: response.status, ...((await response.json()) as object) })

  it('that comes to a worker which does not fit is sent on to one that does, once', async () => {
    const wrong = await addWorker(control)
    const right = await addWorker(control, {
      rtmpUrl: 'rtmp://right/live',
      srtUrl: 'srt://right:1',
      labels: ['site=a'],
    })
    const stream = await addStream(control, { placement: { labels: ['site=a'] } })
    expect(await answer(await publishTo(wrong, stream))).toMatchObject({
      ...{ status: 409, code: 'place_elsewhere' },
      worker: {
        id: right.id,
        rtmp_url: 'rtmp://right/live',
        srt_url: 'srt://right:1',
        origin_url: 'http://127.0.0.1:9',
      },
    })
    expect((await claimed(await publishTo(right, stream))).live_stream_id).toBe(stream.id)
    expect(await answer(await publishTo(wrong, stream))).toMatchObject({
      code: 'leased_elsewhere',
      worker: { id: right.id },
    })
  })

  it('is refused where no worker may take it, with what is missing', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control, { placement: { labels: ['site=b'] } })
    expect(await answer(await publishTo(worker, stream))).toMatchObject({
      ...{ status: 503, code: 'no_capacity' },
      detail: expect.stringContaining('has the label site=b'),
    })
  })

  it('is taken where it is when all are full, and goes to a worker with room when there is one', async () => {
    const full = await addWorker(control, { capacity: capacity(2) })
    const [first, second, third] = [await addStream(control), await addStream(control), await addStream(control)]
    const job = await claimed(await publishTo(full, first))
    expect((await claimed(await publishTo(full, second))).live_stream_id).toBe(second.id)
    await addWorker(control)
    expect(await answer(await publishTo(full, third))).toMatchObject({ code: 'place_elsewhere' })
    await full.beat([reportOf(job)], { capacity: capacity(2) })
    expect((await claimed(await publishTo(full, first))).fence).toBe(job.fence + 1)
  })
})
