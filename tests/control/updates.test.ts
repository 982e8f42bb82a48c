import { afterEach, beforeEach, expect, it } from 'vitest'
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

async function watch(lastEventId?: string): Promise<ReadableStreamDefaultReader<string>> {
  const answer = await fetch(`${control.url}/v1/stream`, {
    headers: { authorization: `Bearer ${control.token}`, ...(lastEventId && { 'last-event-id': lastEventId }) },
    signal: watching.signal,
  })
  return textReader(answer)
}

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
  expect(await readUntil(await watch(), '\n\n')).toMatch(/^retry: 2000\nid: \d+-\d+\n\n$/)
})

it('ends within 3 seconds when control closes', async () => {
  const reader = await watch()
  await readUntil(reader, '\n\n')
  const start = performance.now()
  await control.stop()
  expect(performance.now() - start).toBeLessThan(8_000)
  await reader.read().catch(() => undefined)
})
