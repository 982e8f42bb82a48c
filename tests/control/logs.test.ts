import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { trimLogs } from '#control/logs/trim.ts'
import { contractHeaders, contractNumber } from '#schema/contract-version.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { KeptLogLine, LogOrder } from '#schema/contracts/log.ts'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import type { LogLine } from '#schema/log/line.ts'
import { streamLogs } from '#schema/tables/stream-logs.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import { eventually } from '../support/eventually.ts'
import { type FakeWorker, joinFakeWorker, reportOf } from '../support/fake-worker.ts'
import { addWorker, jobIn, polled } from '../support/jobs.ts'
import { callAs, makeToken } from './access/credentials.ts'

const written: LogLine[] = []
// Stands still.
let now = new Date()
let control: TestControl
let worker: FakeWorker
let stream: LiveStream

/** A line as a worker tells it. */
const line = (n: number, more: object = {}) => ({
  ...{ id: `boot-${n}`, time: now.toISOString(), level: 'info', part: 'worker', msg: `line ${n}`, stream: stream.id },
  ...more,
})

const read = async (query = ''): Promise<{ data: KeptLogLine[]; next_cursor: string | null }> => {
  const answer = await control.call('GET', `/v1/live-streams/${stream.id}/logs${query}`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as { data: KeptLogLine[]; next_cursor: string | null }
}
const words = async (query: string) => (await read(query)).data.map(({ msg }) => msg)

beforeAll(async () => {
  control = await startTestControl({
    now: () => now,
    choresEveryMs: 3_600_000,
    writeLog: (each) => void written.push(each),
  })
  // What speaks an older contract hears nothing of levels and requests.
  const call = (path: string, { headers, ...init }: RequestInit = {}) =>
    fetch(`${control.url}${path}`, {
      ...init,
      headers: { ...(headers as Record<string, string>), [contractHeaders.contract]: String(contractNumber) },
    })
  worker = await joinFakeWorker(call, await control.joinToken(), { now: () => now })
  const made = await control.call('POST', '/v1/live-streams', { name: 'Logged', inputs: [{ type: 'test' }] })
  stream = (await made.json()) as LiveStream
  await worker.post('poll', { slots: 1 })
})
afterAll(() => control?.stop())

const report = () => reportOf({ live_stream_id: stream.id, fence: 1, revision: 1 })

describe('the log of a live stream', () => {
  it('has what its worker tells, once each, and what control says of it', async () => {
    const logs = [line(1), line(2, { level: 'error', part: 'ffmpeg', code: 'disk_full', session: 'ses_1' })]
    expect((await worker.beat([report()], { logs })).status).toBe(200)
    expect((await worker.beat([report()], { logs: [...logs, line(3, { stream: 'ls_other' })] })).status).toBe(200)
    await eventually('control has stored its own', async () => (await words('?part=control&text=took')).length > 0)
    expect((await words('')).filter((msg) => msg.startsWith('line'))).toEqual(['line 2', 'line 1'])
    const ofControl = await words('?part=control')
    expect(ofControl.toSorted()).toEqual(['POST /v1/live-streams 201', 'a worker took a live stream'])
  })

  it('is filtered by level, part, words, session and time', async () => {
    expect(await words('?level=error')).toEqual(['line 2'])
    expect(await words('?part=ffmpeg')).toEqual(['line 2'])
    expect(await words('?session=ses_1')).toEqual(['line 2'])
    expect(await words('?text=DISK_full')).toEqual(['line 2'])
    expect(await words('?text=disk%25full')).toEqual([])
    expect(await words('?since=2027-01-01T00:00:00Z')).toEqual([])
    expect((await control.call('GET', `/v1/live-streams/${stream.id}/logs?since=yesterday`)).status).toBe(400)
    expect((await control.call('GET', '/v1/live-streams/ls_none/logs')).status).toBe(404)
  })

  it('comes in pages, and as a file with the oldest first', async () => {
    const first = await read('?limit=1&part=ffmpeg,')
    expect(first).toEqual({ data: [], next_cursor: null })
    const newest = await read('?limit=1&text=line')
    const next = await read(`?limit=1&text=line&cursor=${newest.next_cursor}`)
    expect([...newest.data, ...next.data].map(({ msg }) => msg)).toEqual(['line 2', 'line 1'])
    const file = await fetch(`${control.url}/v1/live-streams/${stream.id}/logs?download=1&text=line`, {
      headers: { authorization: `Bearer ${control.token}` },
    })
    expect(file.headers.get('content-disposition')).toContain(`${stream.id}.ndjson`)
    const lines = (await file.text()).trim().split('\n')
    expect(lines.map((each) => (JSON.parse(each) as KeptLogLine).msg)).toEqual(['line 1', 'line 2'])
  })

  it.each([
    [
      'text/event-stream',
      (text: string) =>
        text
          .split('\n')
          .filter((each) => each.startsWith('data: '))
          .map((each) => each.slice(6)),
    ],
    ['application/x-ndjson', (text: string) => text.split('\n').filter((each) => each.startsWith('{'))],
  ])('is followed as %s, from where the client was', async (accept, linesOf) => {
    const abort = new AbortController()
    const following = await fetch(`${control.url}/v1/live-streams/${stream.id}/logs?follow=1&text=line&limit=1`, {
      headers: { authorization: `Bearer ${control.token}`, accept },
      signal: abort.signal,
    })
    expect(following.headers.get('content-type')).toContain(accept)
    let text = ''
    const reading = (async () => {
      for await (const chunk of following.body!.pipeThrough(new TextDecoderStream())) text += chunk
    })().catch(() => {})
    const said = () => linesOf(text).map((each) => (JSON.parse(each) as KeptLogLine).msg)
    await eventually('the newest is there', () => said().length > 0)
    const n = accept.length
    await worker.beat([report()], { logs: [line(n)] })
    await eventually('the next has come', () => said().includes(`line ${n}`))
    expect(said()).toHaveLength(2)
    abort.abort()
    await reading
  })

  it('is told no more to a token that was deleted meanwhile', async () => {
    const { id, token } = await makeToken(control, { scopes: ['read'] })
    const following = await callAs(control, token, 'GET', `/v1/live-streams/${stream.id}/logs?follow=1`)
    await control.call('DELETE', `/v1/tokens/${id}`)
    const before = now
    now = new Date(before.getTime() + 60_000)
    // Ends by itself.
    await following.text()
    now = before
  })

  it('keeps a heartbeat whose lines are not as they should be, without them', async () => {
    const wrong = [{ nothing: true }, 5, line(60, { level: 'loud' }), line(61, { msg: 'x'.repeat(5_000) }), line(62)]
    const answer = await worker.beat([report()], { logs: wrong })
    expect(answer.status).toBe(200)
    expect(((await answer.json()) as { lost: string[] }).lost).toEqual([])
    expect(await words('?text=line%206')).toEqual(['line 62'])
  })

  it('keeps the newest 5,000 lines of 7 days, and 2 MB', async () => {
    const { db } = control.runtime
    const many = (from: number, count: number, size: number) =>
      Array.from({ length: count }, (_, index) =>
        line(from + index, { msg: `kept ${from + index} ${'x'.repeat(size)}` }),
      )
    for (let from = 1_000; from < 7_000; from += 200) await worker.beat([report()], { logs: many(from, 200, 10) })
    await trimLogs(db, now)
    expect(await db.$count(streamLogs)).toBe(5_000)
    expect((await words('?limit=1'))[0]).toMatch(/^kept 6999 /)
    for (let from = 7_000; from < 9_000; from += 200) await worker.beat([report()], { logs: many(from, 200, 1_500) })
    await trimLogs(db, now)
    const rows = await db.select({ line: streamLogs.line }).from(streamLogs)
    expect(rows.reduce((sum, row) => sum + row.line.length, 0)).toBeLessThanOrEqual(2_000_000)
    expect(rows.length).toBeGreaterThan(1_000)
    const before = now
    now = new Date(before.getTime() + 8 * 24 * 3_600_000)
    await trimLogs(db, now)
    expect(await db.$count(streamLogs)).toBe(0)
    now = before
  })
})

describe('one request', () => {
  it('is found in the log of control, in the event and in the job that a worker gets', async () => {
    const changed = await fetch(`${control.url}/v1/live-streams/${stream.id}`, {
      method: 'PATCH',
      headers: {
        ...{ authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
        'x-request-id': 'case-42',
      },
      body: '{"name":"Followed"}',
    })
    expect(changed.headers.get('x-request-id')).toBe('case-42')
    await eventually('it is logged', () => written.some((each) => each.request_id === 'case-42'))
    expect(written.find((each) => each.request_id === 'case-42')).toMatchObject({
      ...{ level: 'info', part: 'control', stream: stream.id, method: 'PATCH', status: 200 },
    })
    const { data } = (await (await control.call('GET', `/v1/live-streams/${stream.id}/events`)).json()) as {
      data: { type: string; request_id?: string }[]
    }
    expect(data[0]).toMatchObject({ type: 'stream.changed', request_id: 'case-42' })
    const { jobs } = (await (await worker.beat([report()])).json()) as { jobs: string[] }
    expect(jobIn(jobs[0] ?? '')).toMatchObject({ name: 'Followed', request_id: 'case-42' })
  })
})

describe('one session', () => {
  it('is found in what its worker tells, in what is done to it, and in the log', async () => {
    const of = { live_stream_id: stream.id, session_id: 'ses_7' }
    const told = { id: 'evt_7', type: 'input.refused', detail: 'Refused.', at: now.toISOString() }
    await worker.beat([{ ...report(), ...of }], {
      events: [{ ...told, ...of, in_report: false }],
      logs: [line(10_000, { msg: 'said in the session', session: 'ses_7' })],
    })
    await control.call('POST', `/v1/live-streams/${stream.id}/complete`)
    await worker.beat([{ ...report(), ...of, ended: true, status: 'idle', status_reason: 'completed' }])
    await control.call('PATCH', `/v1/live-streams/${stream.id}`, { name: 'After it' })
    const { data } = (await (await control.call('GET', `/v1/live-streams/${stream.id}/events?limit=3`)).json()) as {
      data: StreamEventRecord[]
    }
    expect(data.map(({ type, session_id }) => [type, session_id])).toEqual([
      ['stream.changed', undefined],
      ['stream.completing', 'ses_7'],
      ['input.refused', 'ses_7'],
    ])
    expect(await words('?session=ses_7')).toEqual(['said in the session'])
    await worker.post('poll', { slots: 1 })
  })

  it('is told of late, too, when another worker has taken the stream; by one that never had it never', async () => {
    const made = await control.call('POST', '/v1/live-streams', { name: 'Handed on', inputs: [{ type: 'test' }] })
    const { id } = (await made.json()) as LiveStream
    const [job = ''] = ((await (await worker.post('poll', { slots: 1 })).json()) as { jobs: string[] }).jobs
    await worker.beat([
      reportOf(jobIn(job), { ended: true, status: 'idle', status_reason: 'worker_stopping' }),
      report(),
    ])
    const [other, stranger] = await Promise.all([addWorker(control), addWorker(control)])
    expect(await polled(other)).toMatchObject([{ live_stream_id: id }])
    for (const each of [worker, stranger])
      await each.beat([], { logs: [line(20_000, { id: `of-${each.id}`, stream: id, worker: each.id })] })
    const { data } = (await (await control.call('GET', `/v1/live-streams/${id}/logs?part=worker`)).json()) as {
      data: KeptLogLine[]
    }
    expect(data.map((each) => each.worker)).toEqual([worker.id])
  })
})

describe('how much is logged', () => {
  const change = (body: object) => control.call('PATCH', '/v1/log-levels', body)
  const order = async () => ((await (await worker.beat([report()])).json()) as { log?: LogOrder }).log

  it('is what the processes were started with, until somebody orders otherwise', async () => {
    expect(await order()).toBeUndefined()
    expect(await (await control.call('GET', '/v1/log-levels')).json()).toEqual({
      ...{ control: null, workers: null, worker: {}, debug: [] },
    })
  })

  it('changes for control at once', async () => {
    expect((await change({ control: 'debug' })).status).toBe(200)
    await control.call('GET', '/v1/platforms')
    expect(written.some(({ level, path }) => level === 'debug' && path === '/v1/platforms')).toBe(true)
    await change({ control: 'error' })
    const before = written.length
    await control.call('POST', `/v1/live-streams/${stream.id}/disable`)
    await control.call('POST', `/v1/live-streams/${stream.id}/enable`)
    expect(written.slice(before).filter(({ level }) => level !== 'error')).toEqual([])
    await change({ control: null })
  })

  it('is told to all workers or to one, and of one stream for a while', async () => {
    await change({ workers: 'warn' })
    expect(await order()).toEqual({ level: 'warn', debug: [] })
    await change({ worker: { [worker.id]: 'debug' } })
    expect(await order()).toEqual({ level: 'debug', debug: [] })
    await change({ workers: null, worker: { [worker.id]: null }, debug: [{ live_stream_id: stream.id, minutes: 5 }] })
    const until = new Date(now.getTime() + 300_000).toISOString()
    expect(await order()).toEqual({ level: null, debug: [{ live_stream_id: stream.id, until }] })
    now = new Date(now.getTime() + 301_000)
    expect(await control.runtime.logs.levels.orderFor(worker.id)).toBeUndefined()
  })

  it('is refused where it makes no sense', async () => {
    expect((await change({ control: 'loud' })).status).toBe(422)
    expect((await change({ debug: [{ live_stream_id: 'ls_none', minutes: 5 }] })).status).toBe(404)
  })
})
