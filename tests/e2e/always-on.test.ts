import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { KeptLogLine } from '#schema/contracts/log.ts'
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
  const created = (await weir.events(id)).find(({ type }) => type === 'stream.created')
  const ofSession = await weir.api<{ data: KeptLogLine[] }>('GET', `${log}&session=${session_id}`)
  expect(ofSession.data.at(-1)).toMatchObject({
    ...{ part: 'worker', msg: 'a session begins', request_id: created?.request_id },
  })
}

/** `npm run backup`, `npm run restore`. */
async function runScript(name: 'backup' | 'restore', said: string, ...args: string[]): Promise<void> {
  const script = join(import.meta.dirname, `../../scripts/${name}.ts`)
  const run = startProcess(process.execPath, [script, ...args], { env: { WEIR_DATA_DIR: weir.dataDir } })
  await eventually('it has ended', () => run.hasEnded(), { timeoutMs: 60_000 })
  expect([run.child.exitCode, run.stderr()]).toEqual([0, expect.stringContaining(said)])
}

/** A backup by the command, of an install that is on air: the session goes on. Gives the file. */
async function backUpMeanwhile({ id }: LiveStream): Promise<string> {
  const { session_id } = await weir.stream(id)
  const file = join(weir.dataDir, 'backups', 'weir.db')
  await runScript('backup', 'holds the secret key', file, '--with-keys')
  for (const each of [file, `${file}.secret-key`]) expect((await stat(each)).mode & 0o777).toBe(0o600)
  expect(await weir.stream(id)).toMatchObject({ session_id, status: 'active' })
  return file
}

/** The worker goes on while control is away; what it runs afterwards is what the backup knows. */
async function restoreMeanwhile(stream: LiveStream, file: string): Promise<void> {
  const { session_id } = await weir.stream(stream.id)
  const later = await weir.createStream({ name: 'After the backup', ladder })
  await weir.control?.end('SIGTERM')
  await runScript('restore', 'The secret key that lay beside the backup is in place too.', file)
  await weir.startControl()
  await eventually(
    'it is on air in a new session',
    async () => {
      const now = await weir.stream(stream.id)
      return now.status === 'active' && now.session_id !== session_id
    },
    { timeoutMs: 60_000 },
  )
  await weir.playable(stream)
  await expect(weir.stream(later.id)).rejects.toThrow('404')
}

describe('an always-on stream', () => {
  it('with a test picture goes live, though its source is there before its slate', async () => {
    const stream = await weir.createStream({ name: 'Test picture', always_on: true, source: { type: 'test' }, ladder })
    await weir.status(stream.id, 'active')
    await weir.playable(stream)
    await followOneRequest(stream)
    await restoreMeanwhile(stream, await backUpMeanwhile(stream))
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
    const { session_id } = await weir.stream(stream.id)
    await eventually('the log says from where it came', async () => {
      const log = `/v1/live-streams/${stream.id}/logs?session=${session_id}&text=an encoder publishes`
      const { data } = await weir.api<{ data: KeptLogLine[] }>('GET', log)
      return data.some(({ input, remoteAddress }) => input === stream.inputs[0]?.id && remoteAddress === '127.0.0.1')
    })
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    await weir.api('PATCH', `/v1/live-streams/${stream.id}`, { always_on: false })
    const over = await weir.status(stream.id, 'idle')
    expect(over.status_detail).toMatch(/did not come back|encoder/i)
  })
})
