import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { startProcess } from '#tests/support/processes.ts'
import { TestWeir } from '#tests/support/weir.ts'

let weir: TestWeir
const ladder = { preset: 'custom', renditions: [{ height: 180 }] } as const

beforeAll(async () => {
  weir = await TestWeir.start()
})
afterAll(() => weir?.close())

/** One request is found in the logs of control and of the worker, in the event, and in the stream's own log. */
async function followOneRequest({ id }: LiveStream): Promise<void> {
  const headers = {
    authorization: `Bearer ${weir.token}`,
    'content-type': 'application/json',
    'x-request-id': 'case-42',
  }
  const body = '{"name":"Renamed"}'
  const { session_id } = await weir.stream(id)
  expect((await fetch(`${weir.url}/v1/live-streams/${id}`, { method: 'PATCH', headers, body })).status).toBe(200)
  const partsOf = (log: string) =>
    new Set(
      log
        .split('\n')
        .filter((line) => line.includes('"request_id":"case-42"') && line.includes(id))
        .map((line) => (JSON.parse(line) as { part: string }).part),
    )
  await eventually('both have logged it', () => {
    const logged = partsOf(`${weir.control?.stderr()}\n${weir.worker?.stderr()}`)
    return logged.has('control') && logged.has('worker')
  })
  expect((await weir.events(id)).find(({ request_id }) => request_id === 'case-42')).toMatchObject({
    ...{ type: 'stream.changed', session_id },
  })
  expect((await weir.events(id)).find(({ type }) => type === 'stream.active')).toMatchObject({ session_id })
  const log = `/v1/live-streams/${id}/logs?limit=200`
  await eventually('the log of the stream has both', async () => {
    const { data } = await weir.api<{ data: object[] }>('GET', `${log}&text=case-42`)
    const kept = partsOf(data.map((line) => JSON.stringify(line)).join('\n'))
    return kept.has('control') && kept.has('worker')
  })
  const all = JSON.stringify(await weir.api('GET', log))
  for (const part of ['stream.active', '"worker":"wrk_']) expect(all).toContain(part)
  const ofSession = await weir.api<{ data: { part: string }[] }>('GET', `${log}&session=${session_id}`)
  expect(new Set(ofSession.data.map(({ part }) => part))).toContain('worker')
}

/** A backup by the command, of an install that is on air: the session goes on. */
async function backUpMeanwhile({ id }: LiveStream): Promise<void> {
  const { session_id } = await weir.stream(id)
  const file = join(weir.dataDir, 'backups', 'weir.db')
  const run = startProcess(
    process.execPath,
    [join(import.meta.dirname, '../../scripts/backup.ts'), file, '--with-keys'],
    {
      env: { WEIR_DATA_DIR: weir.dataDir },
    },
  )
  await eventually('it is made', () => run.hasEnded())
  expect([run.child.exitCode, run.stderr()]).toEqual([0, expect.stringContaining('holds the secret key')])
  for (const each of [file, `${file}.secret-key`]) expect((await stat(each)).mode & 0o777).toBe(0o600)
  expect(await weir.stream(id)).toMatchObject({ session_id, status: 'active' })
}

describe('an always-on stream', () => {
  it('with a test picture goes live, though its source is there before its slate', async () => {
    const stream = await weir.createStream({ name: 'Test picture', always_on: true, source: { type: 'test' }, ladder })
    await weir.status(stream.id, 'active')
    await weir.playable(stream)
    await followOneRequest(stream)
    await backUpMeanwhile(stream)
    await weir.api('DELETE', `/v1/live-streams/${stream.id}`)
  })

  it('takes an encoder that comes while it starts, holds the slate after it, and ends once it is no longer always on', async () => {
    const stream = await weir.createStream({ name: 'Channel 1', always_on: true, reconnect_window: 0, ladder })
    const encoder = await eventually(
      'the encoder is let in',
      async () => {
        const next = await startEncoder(weir.rtmpUrl, stream.stream_key, { width: 320, height: 180 })
        await eventually(
          'it is refused or on air',
          async () => next.hasEnded() || (await weir.stream(stream.id)).status === 'active',
        )
        return next.hasEnded() ? undefined : next
      },
      { timeoutMs: 30_000 },
    )
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    await weir.api('PATCH', `/v1/live-streams/${stream.id}`, { always_on: false })
    const over = await weir.status(stream.id, 'idle')
    expect(over.status_detail).toMatch(/did not come back|encoder/i)
  })
})
