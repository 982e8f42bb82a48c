import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isResumable, latestPosition, printPosition } from '#control/streams/updates.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import { addStream, readStream } from '../support/jobs.ts'
import { readUntil, textReader } from '../support/sse.ts'

let control: TestControl
let watching: AbortController
beforeEach(async () => {
  control = await startTestControl()
  watching = new AbortController()
})
afterEach(async () => {
  watching.abort()
  await control.stop()
})

const open = (lastEventId?: string, { query = '', token = control.token } = {}) =>
  fetch(`${control.url}/v1/stream${query}`, {
    headers: { authorization: `Bearer ${token}`, ...(lastEventId && { 'last-event-id': lastEventId }) },
    signal: watching.signal,
  })
const watch = async (...how: Parameters<typeof open>) => textReader(await open(...how))

/** The messages in the text of an event stream. */
const messages = (text: string) =>
  text.split('\n\n').flatMap((block) => {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
    const [event, data, id] = [field('event'), field('data'), field('id')]
    return event && data ? [{ event, data: JSON.parse(data) as Record<string, unknown>, id }] : []
  })

it('sends a changed live stream as GET answers it, and what happened', async () => {
  const stream = await addStream(control)
  const reader = await watch()
  await readUntil(reader, '\n\n')
  await control.call('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Lecture 2' })
  const [changed, event] = messages(await readUntil(reader, 'stream.changed'))
  expect(changed).toMatchObject({ event: 'live_stream', data: await readStream(control, stream) })
  expect(event).toMatchObject({ event: 'event', data: { live_stream_id: stream.id, type: 'stream.changed' } })
  expect(JSON.stringify(changed)).not.toContain(stream.stream_key)
})

it('goes on after the last message that a watcher has seen', async () => {
  const reader = await watch()
  await readUntil(reader, '\n\n')
  const first = await addStream(control, { name: 'First' })
  const id = messages(await readUntil(reader, 'stream.created')).at(-1)?.id
  await reader.cancel()
  const second = await addStream(control, { name: 'Second' })
  await control.call('DELETE', `/v1/live-streams/${first.id}`)
  const seen = messages(await readUntil(await watch(id), 'event: event'))
  expect(seen.map(({ event, data }) => [event, data.id])).toEqual([
    ['live_stream', second.id],
    ['live_stream_deleted', first.id],
    ['event', expect.any(String)],
  ])
})

it('starts a new watcher at the end, and gives it an id to resume from', async () => {
  await addStream(control)
  expect(await readUntil(await watch(), '\n\n')).toMatch(/^retry: 2000\nid: \d+-\d+-\d+\n\n$/)
})

it('says that everything is to be listed again where an id is too old, of another database, or none of ours', async () => {
  const start = await readUntil(await watch(), '\n\n')
  const [change, event, writtenAt] = (/id: (.*)/.exec(start)?.[1] ?? '').split('-').map(Number) as [
    number,
    number,
    number,
  ]
  for (const id of ['x', `${change + 1}-${event}-${writtenAt}`, `${change}-${event}-${writtenAt - 86_400}`]) {
    const [reset] = messages(await readUntil(await watch(id), '\n\n'))
    expect(reset).toMatchObject({ event: 'reset', data: { detail: expect.stringContaining('List everything again') } })
    expect(reset?.id).toMatch(new RegExp(`^${change}-${event}-`))
  }
})

it('resumes after fewer events than are kept of a stream, and says so where some may be gone', async () => {
  const { id } = await addStream(control)
  const { runtime } = control
  const position = await latestPosition(runtime.db)
  const add = (from: number, count: number) =>
    runtime.db.run(sql`INSERT INTO events (id, live_stream_id, type, detail, at)
      SELECT 'evt_' || value, ${id}, 'stream.changed', 'Changed.', '2026-11-22T12:00:00Z' FROM generate_series(${from}, ${from + count - 1})`)
  await add(1, 499)
  const from = { ...position, writtenAt: runtime.now().getTime() / 1000 }
  expect(await isResumable(runtime, from)).toBe(true)
  const seen = messages(await readUntil(await watch(printPosition(position, runtime.now())), 'evt_499'))
  expect(seen.map(({ data }) => data.id)).toEqual(Array.from({ length: 499 }, (_, index) => `evt_${index + 1}`))
  await add(500, 1)
  expect(await isResumable(runtime, from)).toBe(false)
})

it('tells only of the live stream that is asked for, or that the token is for', async () => {
  const [first, second] = [await addStream(control, { name: 'First' }), await addStream(control, { name: 'Second' })]
  const made = await control.call('POST', '/v1/tokens', { name: 'One', scopes: ['read'], live_stream_id: second.id })
  const { token } = (await made.json()) as { token: string }
  const readers = [await watch('', { query: `?live_stream_id=${second.id}` }), await watch('', { token })]
  for (const reader of readers) await readUntil(reader, '\n\n')
  for (const { id } of [first, second]) await control.call('PATCH', `/v1/live-streams/${id}`, { name: 'Changed' })
  for (const reader of readers) {
    const seen = messages(await readUntil(reader, 'stream.changed'))
    expect(seen.map(({ event, data }) => [event, data.live_stream_id ?? data.id])).toEqual([
      ['live_stream', second.id],
      ['event', second.id],
    ])
  }
  expect((await open('', { query: `?live_stream_id=${first.id}`, token })).status).toBe(404)
  expect((await open('', { query: '?live_stream_id=ls_none' })).status).toBe(404)
})

it('ends within 3 seconds when control closes', async () => {
  const reader = await watch()
  await readUntil(reader, '\n\n')
  const start = performance.now()
  await control.stop()
  expect(performance.now() - start).toBeLessThan(8_000)
  await reader.read().catch(() => undefined)
})
