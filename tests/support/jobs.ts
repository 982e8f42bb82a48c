import { decodeJwt } from 'jose'
import type * as v from 'valibot'
import type { Job } from '#schema/contracts/job.ts'
import type { createLiveStream, LiveStream } from '#schema/contracts/live-stream.ts'
import type { StreamEventRecord } from '#schema/contracts/worker.ts'
import { streamKeyDigest } from '#schema/stream-key.ts'
import type { TestControl } from './control-server.ts'
import { type FakeWorker, type FakeWorkerOptions, joinFakeWorker } from './fake-worker.ts'

/** What these need of a control plane, on any runtime. */
type Called = Pick<TestControl, 'url' | 'call'> & Partial<Pick<TestControl, 'runtime'>>

/** A worker that has joined with a token of its own. */
export async function addWorker(
  control: Called,
  options?: FakeWorkerOptions,
  invitation?: { name?: string; labels?: string[] },
) {
  const { token } = (await (await control.call('POST', '/v1/join-tokens', invitation)).json()) as { token: string }
  // As a real one, it goes by control's clock, whatever a test makes of that.
  const now = control.runtime?.now
  return joinFakeWorker((path, init) => fetch(`${control.url}${path}`, init), token, {
    ...(now && { now }),
    ...options,
  })
}

/** A live stream as its creation answers it, with the stream key. */
export async function addStream(
  control: Called,
  more: Partial<v.InferInput<typeof createLiveStream>> = {},
): Promise<LiveStream> {
  const created = await control.call('POST', '/v1/live-streams', { name: 'Lecture 1', ...more })
  if (created.status !== 201) throw new Error(await created.text())
  return (await created.json()) as LiveStream
}

export async function readStream(control: Called, { id }: { id: string }): Promise<LiveStream> {
  return (await (await control.call('GET', `/v1/live-streams/${id}`)).json()) as LiveStream
}

/** What happened to its inputs, newest first, in the words that people read. */
export async function readInputEvents(control: Called, { id }: { id: string }): Promise<string[]> {
  const answer = await control.call('GET', `/v1/live-streams/${id}/events`)
  const { data } = (await answer.json()) as { data: StreamEventRecord[] }
  return data.filter(({ type }) => type.startsWith('input.')).map(({ type, detail }) => `${type}: ${detail}`)
}

/** What a worker answers when an encoder publishes with the stream's key. */
export const publishTo = async (worker: FakeWorker, stream: LiveStream): Promise<Response> =>
  worker.post('publish-claims', { stream_key_digest: await streamKeyDigest(stream.stream_key ?? '') })

/** The job inside a token, unchecked. */
export const jobIn = (token: string): Job => decodeJwt<{ job: Job }>(token).job

/** The job of a publish claim that is granted. */
export async function claimed(answer: Response): Promise<Job> {
  if (answer.status !== 200) throw new Error(`The claim was refused: ${await answer.text()}`)
  return jobIn(((await answer.json()) as { job: string }).job)
}

/** The jobs that a poll gives. */
export async function polled(worker: FakeWorker, slots = 10): Promise<Job[]> {
  return ((await (await worker.post('poll', { slots })).json()) as { jobs: string[] }).jobs.map(jobIn)
}
