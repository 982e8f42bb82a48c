import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Input, inputSchema } from '#schema/contracts/input.ts'
import { type LiveStream, liveStreamSchema } from '#schema/contracts/live-stream.ts'
import { openSecret } from '#schema/job-signature.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import { reportOf } from '../support/fake-worker.ts'
import { addStream, addWorker, claimed, jobIn, polled, publishTo, readStream } from '../support/jobs.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())

const inputsOf = ({ id }: { id: string }) => `/v1/live-streams/${id}/inputs`

async function call<Answer = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await control.call(method, path, body)
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (answer.status === 204 ? undefined : await answer.json()) as Answer
}

const addInput = (stream: LiveStream, body: unknown) => call<Input>('POST', inputsOf(stream), body)
const events = async (stream: LiveStream) =>
  (await call<{ data: { type: string }[] }>('GET', `/v1/live-streams/${stream.id}/events`)).data.map(({ type }) => type)

const pull = { type: 'pull', url: 'https://user:secret@media.example/a.m3u8?token=secret' } as const
const channel = { type: 'channel', url: 'https://www.twitch.tv/name', oauth_token: 'secret' } as const

describe('the inputs of a new live stream', () => {
  it('are one encoder where nothing is said', async () => {
    const stream = v.parse(liveStreamSchema, await addStream(control))
    expect(stream.inputs).toMatchObject([{ type: 'push', priority: 1, pinned: false, state: 'idle', urls: null }])
    expect(stream.source).toEqual({ type: 'push', now: null })
  })

  it('are the one that `source` names', async () => {
    const stream = v.parse(liveStreamSchema, await addStream(control, { source: { ...channel, name: 'Her channel' } }))
    expect(stream.inputs).toMatchObject([
      {
        id: expect.stringMatching(/^in_\w{20}$/),
        type: 'channel',
        name: 'Her channel',
        urls: ['https://www.twitch.tv/name'],
        quality: 'best',
        loop: null,
        has_oauth_token: true,
      },
    ])
    expect(stream).toMatchObject({ source: { type: 'channel' }, status_reason: 'no_capacity' })
  })

  it('are in the order of the list, unless priorities say otherwise; of equals the first named is first', async () => {
    const types = async (inputs: Parameters<typeof addStream>[1]) =>
      (await addStream(control, inputs)).inputs.map(({ type, priority }) => [type, priority])
    expect(await types({ inputs: [{ type: 'push' }, pull, { type: 'test' }] })).toEqual([
      ['push', 1],
      ['pull', 2],
      ['test', 3],
    ])
    expect(await types({ inputs: [{ type: 'push', priority: 9 }, { type: 'test', priority: 2 }, pull] })).toEqual([
      ['test', 2],
      ['pull', 3],
      ['push', 9],
    ])
    const names = [...'abcdefgh']
    const equals = await addStream(control, {
      inputs: names.map((name) => ({ type: 'test' as const, name, priority: 5 })),
    })
    expect(equals.inputs.map(({ name }) => name)).toEqual(names)
  })
})

describe('an input', () => {
  it('is added as the last choice, read, changed and removed; each raises the revision and is an event', async () => {
    const stream = await addStream(control)
    const added = v.parse(inputSchema, await addInput(stream, { ...pull, loop: true }))
    expect(added).toMatchObject({ priority: 2, loop: true, urls: ['https://media.example/a.m3u8'] })
    const one = `${inputsOf(stream)}/${added.id}`
    expect(await call('GET', one)).toEqual(added)
    expect(await call('GET', inputsOf(stream))).toEqual({ data: [stream.inputs[0], added], next_cursor: null })
    const urls = ['http://media.example/1.mp4?t=secret', 'http://media.example/2.mp4']
    expect(await call('PATCH', one, { urls, priority: 1, name: 'Loop', loop: false })).toMatchObject({
      name: 'Loop',
      urls: ['http://media.example/1.mp4', 'http://media.example/2.mp4'],
      loop: false,
    })
    expect((await control.call('DELETE', one)).status).toBe(204)
    expect((await control.call('GET', one)).status).toBe(404)
    expect((await readStream(control, stream)).revision).toBe(4)
    expect(await events(stream)).toEqual(['input.removed', 'input.changed', 'input.added', 'stream.created'])
  })

  it('keeps what a patch does not name, and forgets a token that is set to null', async () => {
    const stream = await addStream(control, { source: channel })
    const one = `${inputsOf(stream)}/${stream.inputs[0]?.id}`
    const renamed = await call<Input>('PATCH', one, { quality: '720p,best' })
    expect(renamed).toMatchObject({ quality: '720p,best', has_oauth_token: true, urls: ['https://www.twitch.tv/name'] })
    expect(await call('PATCH', one, { oauth_token: null })).toMatchObject({ has_oauth_token: false })
  })

  it('can not be removed while it is the last one, and a ninth can not be added', async () => {
    const stream = await addStream(control)
    const last = await control.call('DELETE', `${inputsOf(stream)}/${stream.inputs[0]?.id}`)
    expect(last.status).toBe(409)
    expect(((await last.json()) as { detail: string }).detail).toContain('last input')
    expect((await readStream(control, stream)).revision).toBe(stream.revision)
    for (let count = 1; count < 8; count++) await addInput(stream, { type: 'test' })
    expect((await control.call('POST', inputsOf(stream), { type: 'test' })).status).toBe(409)
  })

  it('that are added at once are eight together at most, each with a place of its own, and the rest changes nothing', async () => {
    const stream = await addStream(control)
    const add = () => control.call('POST', inputsOf(stream), { type: 'test' })
    const statuses = (await Promise.all(Array.from({ length: 12 }, add))).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([...Array(7).fill(201), ...Array(5).fill(409)])
    const after = await readStream(control, stream)
    expect(after.inputs.map(({ priority }) => priority)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(after.revision).toBe(stream.revision + 7)
    expect((await events(stream)).filter((type) => type === 'input.added')).toHaveLength(7)
    expect((await control.call('POST', inputsOf({ id: 'ls_none' }), { type: 'test' })).status).toBe(404)
  })

  it('of two that are removed at once, one stays', async () => {
    const stream = await addStream(control, { inputs: [{ type: 'push' }, { type: 'test' }] })
    const answers = await Promise.all(
      stream.inputs.map(({ id }) => control.call('DELETE', `${inputsOf(stream)}/${id}`)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409])
    expect((await readStream(control, stream)).inputs).toHaveLength(1)
  })

  it('that is put on air stays pinned until it is released or removed', async () => {
    const stream = await addStream(control, { inputs: [{ type: 'push' }, { type: 'test' }] })
    const backup = `${inputsOf(stream)}/${stream.inputs[1]?.id}`
    const pinned = ({ inputs }: LiveStream) => inputs.map((input) => input.pinned)
    expect(pinned(await call<LiveStream>('POST', `${backup}/activate`))).toEqual([false, true])
    expect(pinned(await call<LiveStream>('POST', `${inputsOf(stream)}/release`))).toEqual([false, false])
    await call('POST', `${inputsOf(stream)}/release`)
    expect(await events(stream)).toEqual(['input.released', 'input.pinned', 'stream.created'])
    await call('POST', `${backup}/activate`)
    await call('DELETE', backup)
    const worker = await addWorker(control)
    expect(await claimed(await publishTo(worker, stream))).toMatchObject({ pinned_input_id: null })
  })
})

describe('who runs a live stream', () => {
  it('is the worker that an encoder comes to, while only encoders feed it', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control, { inputs: [{ type: 'push' }, { type: 'push' }] })
    expect(stream).toMatchObject({ status_reason: 'waiting_for_source' })
    expect(await polled(worker)).not.toContainEqual(expect.objectContaining({ live_stream_id: stream.id }))
    const backup = await addInput(stream, { type: 'test' })
    expect(await readStream(control, stream)).toMatchObject({ status: 'idle', status_reason: 'no_capacity' })
    await call('DELETE', `${inputsOf(stream)}/${backup.id}`)
    expect(await readStream(control, stream)).toMatchObject({ status: 'idle', status_reason: 'waiting_for_source' })
    await addInput(stream, { type: 'test' })
    expect(await polled(worker)).toContainEqual(expect.objectContaining({ live_stream_id: stream.id }))
  })

  it('hears of a change of the inputs with its next heartbeat, and goes on', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control)
    const job = await claimed(await publishTo(worker, stream))
    const added = await addInput(stream, { type: 'test', name: 'Bars' })
    const { jobs, stops, lost } = (await (await worker.beat([reportOf(job)])).json()) as Record<string, string[]>
    expect({ jobs: jobs?.length, stops, lost }).toEqual({ jobs: 1, stops: [], lost: [] })
    await worker.beat([reportOf({ ...job, revision: 9 }, { ended: true })])
    expect(await polled(worker)).toContainEqual(
      expect.objectContaining({
        live_stream_id: stream.id,
        inputs: [
          { id: stream.inputs[0]?.id, type: 'push', priority: 1 },
          { id: added.id, type: 'test', priority: 2, name: 'Bars' },
        ],
      }),
    )
  })

  it('refuses encoders where no input takes one', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control, { source: { type: 'test' } })
    const answer = await publishTo(worker, stream)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'unknown_stream_key', detail: expect.stringContaining('push') })
  })

  it('gets every secret sealed to it, and nothing else of them', async () => {
    const worker = await addWorker(control)
    const urls = ['http://user:secret@media.example/1.mp4', 'http://media.example/2.mp4']
    const stream = await addStream(control, {
      inputs: [pull, { type: 'pull', urls, loop: true }, channel, { type: 'push' }],
      audio: { normalize: true },
    })
    const job = (await polled(worker)).find(({ live_stream_id }) => live_stream_id === stream.id)
    const [single, playlist, twitch, push] = job?.inputs ?? []
    if (single?.type !== 'pull' || playlist?.type !== 'pull' || twitch?.type !== 'channel')
      throw new Error('The job has other inputs.')
    const open = (sealed: string | null) => openSecret(sealed ?? '', worker.sealingKey)
    expect(JSON.parse(await open(single.sealed_urls))).toEqual([pull.url])
    expect(single).toMatchObject({ loop: false, playlist: false })
    expect(JSON.parse(await open(playlist.sealed_urls))).toEqual(urls)
    expect(playlist).toMatchObject({ loop: true, playlist: true })
    expect(await open(twitch.sealed_oauth_token)).toBe('secret')
    expect(twitch).toMatchObject({ url: channel.url, quality: 'best' })
    expect(push).toEqual({ id: stream.inputs[3]?.id, type: 'push', priority: 4 })
    expect(await open(job?.sealed_srt_passphrase ?? '')).toBe(stream.ingest.srt.passphrase)
    expect(job?.audio).toEqual({ normalize: true })
    expect(JSON.stringify(job)).not.toContain('secret@')
  })
})

describe('a live stream that encoders alone do not feed', () => {
  it('is switched off when its broadcast is ended, as it would start again at once', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control, { inputs: [{ type: 'push' }, pull] })
    await polled(worker)
    const ended = await call<LiveStream>('POST', `/v1/live-streams/${stream.id}/complete`)
    expect(ended).toMatchObject({ enabled: false, status_detail: expect.stringContaining('switching off') })
    const { jobs } = (await (await worker.beat([])).json()) as { jobs: string[] }
    expect(jobs).toEqual([])
  })

  it('waits for a worker, not for an encoder, when it is switched on again', async () => {
    const stream = await addStream(control, { source: channel, enabled: false })
    expect(stream.status_reason).toBe('disabled_by_operator')
    const enabled = await call<LiveStream>('POST', `/v1/live-streams/${stream.id}/enable`)
    expect(enabled).toMatchObject({ status: 'idle', status_reason: 'no_capacity' })
  })
})

it('a change of how the sound is treated reaches the worker', async () => {
  const worker = await addWorker(control)
  const stream = await addStream(control)
  const job = await claimed(await publishTo(worker, stream))
  expect(job.audio).toEqual({ normalize: false })
  await call('PATCH', `/v1/live-streams/${stream.id}`, { audio: { normalize: true } })
  expect((await readStream(control, stream)).audio).toEqual({ normalize: true })
  const { jobs } = (await (await worker.beat([reportOf(job)])).json()) as { jobs: string[] }
  expect(jobs.map((token) => jobIn(token).audio)).toEqual([{ normalize: true }])
})

describe('what a worker reports of inputs', () => {
  const now = reportOf({ live_stream_id: '', fence: 0, revision: 0 }).source
  const status = (state: 'on_air' | 'waiting', detail: string) => ({
    state,
    state_detail: detail,
    state_since: '2026-11-01T00:00:00.000Z',
    now: state === 'on_air' ? now : null,
    channel: state === 'on_air' ? { title: 'Chess', author: 'Ann', category: null } : null,
  })

  it('is shown with each input, and the one on air is the source; it is gone with the session', async () => {
    const worker = await addWorker(control)
    const stream = await addStream(control, { inputs: [{ type: 'push' }, channel] })
    const [first, second] = stream.inputs.map(({ id }) => id)
    if (!first || !second) throw new Error('There are two inputs.')
    const job = (await polled(worker)).find(({ live_stream_id }) => live_stream_id === stream.id)
    if (!job) throw new Error('The stream was not claimed.')
    expect((await readStream(control, stream)).inputs[0]).toMatchObject({ state: 'waiting' })

    const inputs = [
      { id: first, ...status('waiting', 'Nobody publishes.') },
      { id: second, ...status('on_air', 'On air.') },
    ]
    await worker.beat([reportOf(job, { inputs })])
    const seen = v.parse(liveStreamSchema, await readStream(control, stream))
    expect(seen.inputs).toMatchObject([status('waiting', 'Nobody publishes.'), status('on_air', 'On air.')])
    expect(seen.source).toEqual({ type: 'channel', now })
    expect(await call('GET', `${inputsOf(stream)}/${second}`)).toEqual(seen.inputs[1])

    await worker.beat([reportOf(job, { inputs, ended: true })])
    const after = await readStream(control, stream)
    expect(after.inputs).toMatchObject([
      { state: 'idle', now: null },
      { state: 'idle', channel: null },
    ])
    expect(after.source).toEqual({ type: 'push', now: null })
  })
})
