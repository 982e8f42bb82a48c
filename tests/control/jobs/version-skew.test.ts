import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contractNumber } from '#schema/contract-version.ts'
import type { HeartbeatRequest, HeartbeatResponse } from '#schema/contracts/worker.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, polled, readStream } from '../../support/jobs.ts'

let control: TestControl
beforeEach(async () => {
  control = await startTestControl({ choresEveryMs: 3_600_000 })
})
afterEach(() => control.stop())

const recorded = async <Message>(name: string): Promise<Message> =>
  JSON.parse(await readFile(`${import.meta.dirname}/../../fixtures/contract-1/${name}.json`, 'utf8'))

/** The names of all fields, by their paths. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => fieldsOf(each, `${path}/*`))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inside]) => [`${path}/${key}`, ...fieldsOf(inside, `${path}/${key}`)])
}

/** A worker of the version before ours, which refuses what it does not know and says of itself neither contract nor instance. */
const oldWorker = () => addWorker(control, { headers: {} })

describe('a worker of the version before', () => {
  it('gets jobs with the fields that it knows, and no others', async () => {
    const worker = await oldWorker()
    const stream = await addStream(control, {
      inputs: [
        { type: 'push' },
        { type: 'pull', url: 'https://source.example/live.m3u8' },
        { type: 'channel', url: 'https://www.twitch.tv/somebody' },
        { type: 'test' },
      ],
    })
    const add = (body: object) => control.call('POST', `/v1/live-streams/${stream.id}/destinations`, body)
    await add({ platform: 'youtube', url: 'rtmps://a.rtmps.youtube.com/live2', stream_key: 'k', name: 'Channel' })
    await add({
      url: 'rtmp://platform.example/app',
      stream_key: 'k',
      profile: { height: 480, video_bitrate_kbps: 900 },
    })
    const [job] = await polled(worker)
    expect(new Set(fieldsOf(job))).toEqual(new Set(fieldsOf(await recorded('job'))))
  })

  it('is understood, and gets answers that it understands', async () => {
    const worker = await oldWorker()
    const stream = await addStream(control, { source: { type: 'test' } })
    const [job] = await polled(worker)
    const { sessions, events, ...beat } = await recorded<HeartbeatRequest>('heartbeat')
    const body = {
      ...beat,
      sessions: sessions.map((each) => ({
        ...each,
        live_stream_id: stream.id,
        fence: job?.fence,
        revision: job?.revision,
      })),
      events: events.map((each) => ({ ...each, live_stream_id: stream.id })),
    }
    const answer = await worker.post('heartbeat', body)
    expect(answer.status).toBe(200)
    expect(Object.keys((await answer.json()) as object).sort()).toEqual(['checks', 'jobs', 'lost', 'now', 'stops'])
    expect(await readStream(control, stream)).toMatchObject({ status: 'active', worker_id: worker.id })
    expect(Object.keys((await (await worker.post('poll', { slots: 1 })).json()) as object)).toEqual(['jobs'])
  })

  it('is told of nothing in words that it does not know', async () => {
    const worker = await oldWorker()
    await addStream(control, { source: { type: 'test' } })
    const [job] = await polled(worker)
    await addWorker(control)
    await control.call('PATCH', `/v1/workers/${worker.id}`, { draining: true })
    const { stops } = (await (await worker.beat(job ? [reportOf(job)] : [])).json()) as HeartbeatResponse
    expect(stops.map(({ reason }) => reason)).toEqual(['worker_stopping'])
  })
})

describe('a worker of the version after', () => {
  it('may say more than we know', async () => {
    const worker = await addWorker(control, { headers: { 'weir-contract': String(contractNumber + 1) } })
    const stream = await addStream(control, { source: { type: 'test' } })
    const poll = await worker.post('poll', { slots: 1, mood: 'good' })
    expect(((await poll.json()) as { jobs: string[] }).jobs).toHaveLength(1)
    const report = { ...reportOf({ live_stream_id: stream.id, fence: 1, revision: 1 }), colour: 'blue' }
    const beat = await worker.beat([report], { weather: 'fine' } as object)
    expect(beat.status).toBe(200)
    expect(beat.headers.get('weir-contract')).toBe(String(contractNumber))
    expect((await readStream(control, stream)).status).toBe('active')
  })
})

describe('a worker of two versions apart', () => {
  const refused = { status: 409, code: 'version_skew', detail: expect.stringContaining('up to one apart') }
  const told = async (answer: Response) => ({ status: answer.status, ...((await answer.json()) as object) })

  it.each([String(contractNumber + 2), '0', 'newest'])(
    '(%s) is refused with words, and its streams stay its own',
    async (number) => {
      const worker = await addWorker(control)
      const stream = await addStream(control, { source: { type: 'test' } })
      await polled(worker)
      const headers = { 'weir-contract': number }
      expect(await told(await worker.post('poll', { slots: 1 }, headers))).toMatchObject(refused)
      expect(await told(await worker.beat([], {}, headers))).toMatchObject(refused)
      await expect(addWorker(control, { headers })).rejects.toThrow('409')
      expect((await readStream(control, stream)).worker_id).toBe(worker.id)
    },
  )
})
