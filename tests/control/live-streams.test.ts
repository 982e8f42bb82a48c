import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { liveStreamSchema } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import { addStream, addWorker, claimed, publishTo, readStream } from '../support/jobs.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())

const json = async (answer: Response | Promise<Response>) => (await (await answer).json()) as Record<string, unknown>
const path = (stream: { id: string }) => `/v1/live-streams/${stream.id}`

describe('a live stream', () => {
  it('answers its contract, with its key at creation, reset and reveal only', async () => {
    const stream = await addStream(control)
    expect(v.parse(liveStreamSchema, stream)).toMatchObject({
      enabled: true,
      status: 'idle',
      latency_mode: 'tutorial',
      reconnect_window: 60,
      stream_key: expect.stringMatching(/^\w{32}$/),
      ingest: { rtmp: { url: 'rtmp://127.0.0.1:1935/live', stream_key: stream.stream_key } },
      playback_ids: [{ policy: 'public' }],
    })
    const read = v.parse(liveStreamSchema, await json(control.call('GET', path(stream))))
    expect(JSON.stringify(read)).not.toContain(stream.stream_key)
    expect(await json(control.call('POST', `${path(stream)}/reveal`))).toMatchObject({ stream_key: stream.stream_key })
    const reset = await json(control.call('POST', `${path(stream)}/reset-stream-key`))
    expect(reset.stream_key).not.toBe(stream.stream_key)
    expect(await json(control.call('POST', `${path(stream)}/reveal`))).toMatchObject({ stream_key: reset.stream_key })
  })

  it('changes only if it is still as it was read, where If-Match asks for that', async () => {
    const stream = await addStream(control)
    const etag = (await control.call('GET', path(stream))).headers.get('etag') ?? ''
    const patch = (name: string) =>
      fetch(`${control.url}${path(stream)}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json', 'if-match': etag },
        body: JSON.stringify({ name }),
      })
    expect((await patch('Lecture 2')).status).toBe(200)
    expect((await patch('Lecture 3')).status).toBe(412)
    expect((await readStream(control, stream)).name).toBe('Lecture 2')
  })

  it('that becomes always-on is claimed by polling, and waits for an encoder again when it no longer is', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control)
    const poll = async () => ((await json(worker.post('poll', { slots: 1 }))).jobs as string[]).length
    await control.call('PATCH', path(stream), { always_on: true })
    await control.call('PATCH', path(stream), { always_on: false })
    expect(await poll()).toBe(0)
    await control.call('PATCH', path(stream), { always_on: true })
    expect(await poll()).toBe(1)
  })

  it('tells encoders the worker that runs it', async () => {
    const stream = await addStream(control)
    const worker = await addWorker(control, { rtmpUrl: 'rtmp://special/live' })
    await claimed(await publishTo(worker, stream))
    expect((await readStream(control, stream)).ingest.rtmp.url).toBe('rtmp://special/live')
  })

  it('lists newest first, page by page, each once', async () => {
    const own = await startTestControl()
    try {
      const made: string[] = []
      for (let count = 0; count < 5; count++) made.unshift((await addStream(own, { name: `Stream ${count}` })).id)
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const answer = await own.call('GET', `/v1/live-streams?limit=2${cursor && `&cursor=${cursor}`}`)
        const page = (await answer.json()) as { data: LiveStream[]; next_cursor: string | null }
        seen.push(...page.data.map((stream) => stream.id))
        cursor = page.next_cursor
      }
      expect(seen.sort()).toEqual(made.sort())
    } finally {
      await own.stop()
    }
  })

  it('can be enabled and disabled twice without another event', async () => {
    const stream = await addStream(control)
    for (const verb of ['disable', 'disable', 'enable', 'enable'])
      expect((await control.call('POST', `${path(stream)}/${verb}`)).status).toBe(200)
    const { data } = (await json(control.call('GET', `${path(stream)}/events`))) as { data: { type: string }[] }
    expect(data.map((event) => event.type)).toEqual(['stream.enabled', 'stream.disabled', 'stream.created'])
    expect(await readStream(control, stream)).toMatchObject({ enabled: true, status: 'idle' })
  })
})

describe('a destination', () => {
  it('is added, read, paused, retried and removed, and raises the revision each time', async () => {
    const stream = await addStream(control)
    const list = `${path(stream)}/destinations`
    const created = await json(
      control.call('POST', list, { name: 'Club', url: 'rtmp://h/a', stream_key: 'hidden-key' }),
    )
    const one = `${list}/${created.id}`
    expect(await json(control.call('GET', one))).toEqual(created)
    expect(await json(control.call('GET', list))).toEqual({ data: [created], next_cursor: null })
    expect((await control.call('POST', `${one}/retry`)).status).toBe(200)
    expect(await json(control.call('PATCH', one, { enabled: false, name: null }))).toMatchObject({
      enabled: false,
      name: null,
    })
    expect((await control.call('POST', `${one}/retry`)).status).toBe(409)
    expect((await control.call('DELETE', one)).status).toBe(204)
    expect((await control.call('GET', one)).status).toBe(404)
    expect((await readStream(control, stream)).revision).toBe(5)
  })
})

describe('playback ids', () => {
  it('are added and deleted, and a deleted one plays no more', async () => {
    const stream = await addStream(control)
    const added = await json(control.call('POST', `${path(stream)}/playback-ids`, {}))
    expect((await fetch(`${control.url}/v1/playback/${added.id}`)).status).toBe(200)
    expect((await control.call('DELETE', `${path(stream)}/playback-ids/${added.id}`)).status).toBe(204)
    expect((await fetch(`${control.url}/v1/playback/${added.id}`)).status).toBe(404)
    expect((await json(control.call('GET', `${path(stream)}/playback-ids`))).data).toEqual(stream.playback_ids)
  })
})

it('the API describes itself with the schemas that it checks', async () => {
  const document = (await json(fetch(`${control.url}/openapi.json`))) as {
    paths: Record<string, Record<string, unknown>>
  }
  expect(Object.keys(document.paths)).toContain('/v1/live-streams/{id}')
  expect(document.paths['/v1/live-streams']?.post).toMatchObject({
    requestBody: { content: { 'application/json': { schema: expect.anything() } } },
    responses: { 201: { content: { 'application/json': { schema: expect.anything() } } } },
  })
})
