import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Log } from '#control/runtime.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { newSecret } from '#schema/ids.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, polled } from '../../support/jobs.ts'
import { readUntil, textReader } from '../../support/sse.ts'

const logged: string[] = []
const line = (fields: object, message: string) => {
  logged.push(JSON.stringify([fields, message], (_, value: unknown) => (value instanceof Error ? value.stack : value)))
}
const log: Log = { info: line, warn: line, error: line }

let control: TestControl
beforeAll(async () => {
  control = await startTestControl({ log })
})
afterAll(() => control.stop())

const secrets = new Set<string>()
const secretLength = newSecret().length
/** A new secret that must never be seen again. */
const secret = () => {
  const made = newSecret()
  secrets.add(made)
  return made
}

/** Addresses with secrets wherever an address may have one. */
const address = () => [
  `https://${secret()}:${secret()}@media.example/live.m3u8?token=${secret()}#${secret()}`,
  `http://${secret()}@media.example?${secret()}`,
  `rtsp://${secret()}:${secret()}@camera.example/1`,
  `rtmp://media.example/app/${secret()}`,
  `rtmps://${secret()}@media.example:443/${secret()}?${secret()}`,
  `srt://media.example:9000?streamid=${secret()}&passphrase=${secret()}`,
]
const requests = () => [
  ...address().map((url) => ({ type: 'pull' as const, url })),
  { type: 'pull' as const, urls: address(), loop: true },
  { type: 'channel' as const, url: `https://twitch.example/name?${secret()}`, oauth_token: secret() },
]
/** The same, each wrong in one more way. */
const wrong = () => [
  ...address().map((url) => ({ type: 'pull', url: `${url} ${secret()}` })),
  ...address().map((url) => ({ type: 'pull', url, urls: address() })),
  ...address().map((url) => ({ type: 'channel', url, oauth_token: `${secret()} ${secret()}` })),
  { type: 'channel', url: `https://${secret()}@twitch.example/name` },
  { type: 'pull', url: { [secret()]: secret() } },
  { type: 'pull', urls: [[secret()], `ftp://h/${secret()}`] },
  { type: secret() },
  { type: 'test', oauth_token: secret() },
]

/** Of thousands of secrets; each is of letters and digits alone. */
function expectNone(text: string): void {
  const found = []
  for (const [run] of text.matchAll(/[A-Za-z\d]+/g))
    for (let at = 0; at + secretLength <= run.length; at++) {
      const part = run.slice(at, at + secretLength)
      if (secrets.has(part)) found.push(part)
    }
  expect(found).toEqual([])
}

it('no address with a secret and no token of an input is ever answered, pushed, logged or stored in the clear', async () => {
  const watching = new AbortController()
  const updates = textReader(
    await fetch(`${control.url}/v1/stream`, {
      headers: { authorization: `Bearer ${control.token}` },
      signal: watching.signal,
    }),
  )
  const send = async (method: string, path: string, body?: unknown, allowed = [200, 201, 204, 409, 422]) => {
    const answer = await control.call(method, path, body)
    expect(allowed).toContain(answer.status)
    const text = await answer.text()
    expectNone(text)
    return text
  }

  const streams: LiveStream[] = []
  for (const request of requests()) streams.push(await addStream(control, { source: request, inputs: undefined }))
  streams.push(await addStream(control, { inputs: requests() }))
  for (const body of wrong()) {
    await send('POST', '/v1/live-streams', { name: 'x', source: body }, [422])
    await send('POST', '/v1/live-streams', { name: 'x', inputs: [body] }, [422])
    await send('POST', `/v1/live-streams/${streams[0]?.id}/inputs`, body, [422])
  }
  // The last has one of each kind.
  for (const { id, inputs } of streams.slice(-1))
    for (const input of inputs) {
      const one = `/v1/live-streams/${id}/inputs/${input.id}`
      for (const request of [...requests(), ...wrong()]) await send('PATCH', one, { ...request, type: undefined })
      await send('GET', one)
      await send('POST', `${one}/activate`)
    }
  const worker = await addWorker(control)
  for (const job of await polled(worker, 20)) {
    // What is not a channel's page travels sealed.
    const { inputs, ...rest } = job
    expectNone(JSON.stringify([rest, inputs.filter(({ type }) => type === 'pull')]))
    expectNone(await (await worker.beat([reportOf(job)])).text())
  }
  for (const { id } of streams) {
    for (const path of ['', '/inputs', '/events?limit=200', '/destinations'])
      await send('GET', `/v1/live-streams/${id}${path}`)
    for (const verb of ['reveal', 'reset-stream-key', 'inputs/release', 'complete'])
      await send('POST', `/v1/live-streams/${id}/${verb}`)
    await send('DELETE', `/v1/live-streams/${id}/inputs/${streams[0]?.inputs[0]?.id}`, undefined, [404, 409])
  }
  await send('GET', '/v1/live-streams?limit=200')
  await send('GET', '/v1/workers')
  const [last] = streams
  await send('DELETE', `/v1/live-streams/${last?.id}`)
  expectNone(await readUntil(updates, `"id":"${last?.id}"}`))
  watching.abort()
  expect(logged.length).toBeGreaterThan(0)
  expectNone(logged.join('\n'))
  for (const file of await readdir(control.dataDir))
    if (file.startsWith('weir.db')) expectNone(await readFile(join(control.dataDir, file), 'latin1'))
})

it('the stream key and the passphrase are in no answer but those to creation, reset and reveal, and not in the database', async () => {
  const { stream_key = '', ingest, id } = await addStream(control)
  const { passphrase = '' } = ingest.srt
  const own = (text: string) => [stream_key, passphrase].filter((each) => text.includes(each))
  expect(own(JSON.stringify(ingest))).toEqual([stream_key, passphrase])
  for (const path of ['', `/${id}`, `/${id}/inputs`, `/${id}/events`])
    expect(own(await (await control.call('GET', `/v1/live-streams${path}`)).text())).toEqual([])
  for (const verb of ['disable', 'enable', 'inputs/release'])
    expect(own(await (await control.call('POST', `/v1/live-streams/${id}/${verb}`)).text())).toEqual([])
  expect(own(await (await control.call('PATCH', `/v1/live-streams/${id}`, { name: 'y' })).text())).toEqual([])
  expect(own(logged.join('\n'))).toEqual([])
  for (const file of await readdir(control.dataDir))
    if (file.startsWith('weir.db')) expect(own(await readFile(join(control.dataDir, file), 'latin1'))).toEqual([])
})
