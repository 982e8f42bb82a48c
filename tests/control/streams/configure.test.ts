import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { latestPosition } from '#control/streams/updates.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream, addWorker, polled, readStream } from '../../support/jobs.ts'

let control: TestControl
let stream: LiveStream
beforeEach(async () => {
  control = await startTestControl()
  stream = await addStream(control)
})
afterEach(() => control.stop())

const path = () => `/v1/live-streams/${stream.id}`
const rename = (from: string, to: string) => control.runtime.db.run(sql.raw(`ALTER TABLE ${from} RENAME TO ${to}`))

it.each(['jobs', 'changes', 'events'])('a change that cannot be written to %s changes nothing', async (table) => {
  await rename(table, 'away')
  expect((await control.call('PATCH', path(), { always_on: true })).status).toBe(500)
  await rename('away', table)
  expect(await readStream(control, stream)).toMatchObject({ always_on: false, revision: stream.revision })
})

it.each(['changes', 'events'])('a new key that cannot be written to %s leaves the old one', async (table) => {
  await rename(table, 'away')
  expect((await control.call('POST', `${path()}/reset-stream-key`)).status).toBe(500)
  await rename('away', table)
  const { stream_key } = (await (await control.call('POST', `${path()}/reveal`)).json()) as LiveStream
  expect(stream_key).toBe(stream.stream_key)
})

it('a change takes effect on the job, and one of another revision on nothing', async () => {
  const worker = await addWorker(control)
  const before = await latestPosition(control.runtime.db)
  const refused = await fetch(`${control.url}${path()}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json', 'if-match': '"99"' },
    body: JSON.stringify({ always_on: true }),
  })
  expect(refused.status).toBe(412)
  expect(await latestPosition(control.runtime.db)).toEqual(before)
  expect(await polled(worker)).toEqual([])

  expect((await control.call('PATCH', path(), { always_on: true })).status).toBe(200)
  expect(await latestPosition(control.runtime.db)).toEqual({ change: before.change + 1, event: before.event + 1 })
  expect(await polled(worker)).toMatchObject([{ live_stream_id: stream.id, always_on: true }])
})

it('a change of something else leaves who may claim the job', async () => {
  const worker = await addWorker(control)
  await control.call('PATCH', path(), { always_on: true })
  await control.call('PATCH', path(), { name: 'Lecture 2' })
  expect(await polled(worker)).toMatchObject([{ live_stream_id: stream.id, name: 'Lecture 2' }])
})

it('a new key is announced once', async () => {
  const before = await latestPosition(control.runtime.db)
  expect((await control.call('POST', `${path()}/reset-stream-key`)).status).toBe(200)
  expect(await latestPosition(control.runtime.db)).toEqual({ change: before.change + 1, event: before.event + 1 })
})
