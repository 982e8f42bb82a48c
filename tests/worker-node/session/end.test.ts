import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { isAlive } from '#tests/support/processes.ts'
import { testRtmpServer } from '#tests/support/rtmp-server.ts'
import { createRtmpSource } from '#worker/ingest/rtmp-source.ts'
import type { OpenInput, SessionHost } from '#worker/session/options.ts'
import { Session } from '#worker/session/session.ts'
import { findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { jobOf, noUploads, recordedLog, startDriver } from '../agent/registry-under-test.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-end-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => {
  vi.useRealTimers()
})

const opened = (job: Job) => ({
  ...{ job, inputs: job.inputs as OpenInput[], srtPassphrase: '', destinations: [] },
})

/** A session whose processes write their ids down. */
async function watchedSession(job: Job, host: Partial<SessionHost> = {}) {
  const home = await mkdtemp(join(folder, 'session-'))
  const pids = join(home, 'pids')
  const slateDir = join(home, 'slates')
  const ffmpeg = await findFfmpeg()
  const launcher = [...ffmpeg.launcher, 'sh', '-c', `echo $$ >> '${pids}'; exec "$@"`, 'sh']
  const session = new Session({
    open: opened(job),
    host: {
      ...{ ffmpeg: { ...ffmpeg, launcher }, freeEncodeUnits: () => 2, log: recordedLog().log },
      ...{ slateDir, startDriver, fetchAsset: noUploads, ...host },
    },
    onEvent: () => {},
    onOver: () => {},
  })
  const started = async () => (await readFile(pids, 'utf8')).trim().split('\n').map(Number)
  return {
    session,
    started,
    running: async () => (await started()).filter((pid) => isAlive(pid)),
    drafts: async () => (await readdir(slateDir)).filter((name) => name.startsWith('draft-')),
  }
}

describe('when the end of a session has resolved', () => {
  it('no process of it is left, of an input that was removed a moment ago neither', async () => {
    const both = jobOf({
      inputs: [
        { id: 'in_1', type: 'push', priority: 1 },
        { id: 'in_2', type: 'test', priority: 2 },
      ],
    })
    const { session, started, running } = await watchedSession(both)
    await eventually('it is on air', () => session.report().status === 'active')
    expect(await running()).not.toEqual([])
    session.update(opened({ ...both, revision: 2, inputs: [both.inputs[0]!] }))
    await session.end('completed')
    expect((await started()).length).toBeGreaterThan(1)
    expect(await running()).toEqual([])
  })

  it('neither is one of an input that has lost the encoder to another', async () => {
    const both = jobOf({
      inputs: [
        { id: 'in_1', type: 'test', priority: 1 },
        { id: 'in_2', type: 'test', priority: 2 },
      ],
    })
    const { session, running } = await watchedSession(both)
    const isOnAir = (id: string) => () => session.report().inputs.find((input) => input.id === id)?.state === 'on_air'
    await eventually('the first is on air', isOnAir('in_1'))
    session.update(opened({ ...both, revision: 2, pinned_input_id: 'in_2' }))
    await eventually('the second is on air', isOnAir('in_2'))
    await session.end('completed')
    expect(await running()).toEqual([])
  })

  it('neither is one that listens to a stream which goes out untouched, or makes its preview', async () => {
    const job = jobOf({ ladder: { preset: 'source' } })
    const { session, started, running } = await watchedSession(job, { listensToPassthrough: true })
    const server = await testRtmpServer()
    const encoder = await startEncoder(`rtmp://127.0.0.1:${server.port}/live`, 'key', { width: 320, height: 180 })
    void session.door.attach(createRtmpSource(await server.publication('key')), null)
    await eventually('it is on air', () => session.report().status === 'active')
    await eventually('it is listened to', async () => (await started()).length >= 2)
    await session.end('completed')
    expect(await running()).toEqual([])
    await Promise.all([encoder.end('SIGKILL'), server.close()])
  })

  it('no slate is being made any more, and nothing half done is left of it', async () => {
    const { session, started, running, drafts } = await watchedSession(jobOf({ always_on: true }))
    void session.startWithSlate()
    await eventually('it is being made', () => started().catch(() => null))
    await session.end('completed')
    expect(await running()).toEqual([])
    expect(await drafts()).toEqual([])
  })

  it('no timer of it is left', async () => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
      shouldAdvanceTime: true,
    })
    const upload = { id: 'ast_1', name: 'Card', content_type: 'image/png', size_bytes: 9, sha256: 'ab'.repeat(32) }
    const during = { type: 'image', asset: upload } as const
    const job = jobOf({
      inputs: [{ id: 'in_1', type: 'test', priority: 1 }],
      slate: { ...jobOf().slate, during } as Job['slate'],
    })
    const { session } = await watchedSession(job)
    await vi.waitUntil(() => session.report().status === 'active', { timeout: 30_000 })
    await vi.waitUntil(() => session.report().slate.during?.state === 'failed', { timeout: 30_000 })
    await session.end('completed')
    expect(vi.getTimerCount()).toBe(0)
  })
})
