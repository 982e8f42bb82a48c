import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { bearSlowMachine } from '#tests/support/patient-gate.ts'
import type { TestProcess } from '#tests/support/processes.ts'
import { type TestRtmpServer, testRtmpServer } from '#tests/support/rtmp-server.ts'
import { createRtmpSource } from '#worker/ingest/rtmp-source.ts'
import type { OpenInput } from '#worker/session/options.ts'
import { Session } from '#worker/session/session.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { FakeSource, jobOf, noUploads, recordedLog, startDriver } from '../agent/registry-under-test.ts'

let ffmpeg: FfmpegBinary
let folder: string
let server: TestRtmpServer
let session: Session
let events: { type: string; detail: string; atMs: number }[]
const encoders: TestProcess[] = []
let encoded = 0
beforeAll(async () => {
  bearSlowMachine()
  ffmpeg = await findFfmpeg()
  folder = await mkdtemp(join(tmpdir(), 'weir-inputs-'))
  server = await testRtmpServer()
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(async () => {
  await session.end('completed')
  await Promise.all(encoders.splice(0).map((process) => process.end('SIGKILL')))
})

function start(inputs: OpenInput[]): void {
  events = []
  const { log } = recordedLog()
  session = new Session({
    open: { job: jobOf({ inputs: inputs as never }), inputs, srtPassphrase: '', destinations: [] },
    host: {
      ...{ ffmpeg, freeEncodeUnits: () => 2, slateDir: join(folder, 'slates'), log, startDriver },
      fetchAsset: noUploads,
    },
    onEvent: (type, detail) => events.push({ type, detail, atMs: performance.now() }),
    onOver: () => {},
  })
}

/** A real encoder that publishes to this input. `isForGood`: it wants the broadcast to end when it does. */
async function publish(inputId: string, { isForGood = false } = {}): Promise<TestProcess> {
  const key = `${inputId}-${encoded++}`
  const process = await startEncoder(`rtmp://127.0.0.1:${server.port}/live`, key, { width: 320, height: 180 })
  encoders.push(process)
  const source = createRtmpSource(await server.publication(key))
  const ended = source.ended.then((end) => ({ ...end, isForGood }))
  void session.door.attach(Object.defineProperty(source, 'ended', { value: ended }), inputId)
  return process
}

const state = (inputId: string) => session.report().inputs.find(({ id }) => id === inputId)?.state
const reaches = (inputId: string, wanted: string) =>
  eventually(`${inputId} is ${wanted}`, () => state(inputId) === wanted, { timeoutMs: 30_000 })
const times = (type: string) => events.filter((event) => event.type === type)

describe('a broadcast whose encoder stops on purpose', () => {
  it('goes on while another encoder is connected, and ends with the last', async () => {
    start([
      { id: 'first', type: 'push', priority: 1 },
      { id: 'backup', type: 'push', priority: 2 },
    ])
    const first = await publish('first', { isForGood: true })
    await reaches('first', 'on_air')
    const backup = await publish('backup', { isForGood: true })
    await reaches('backup', 'standby')
    await first.end('SIGTERM')
    await reaches('backup', 'on_air')
    expect(session.report()).toMatchObject({ status: 'active', ended: false })
    await backup.end('SIGTERM')
    await eventually('it is over', () => session.isOver)
    expect(session.report()).toMatchObject({ status: 'idle', status_reason: 'completed' })
  })

  it('goes on when that encoder never was on air: the other may come back', async () => {
    start([
      { id: 'first', type: 'push', priority: 1 },
      { id: 'backup', type: 'push', priority: 2 },
    ])
    const first = await publish('first')
    await reaches('first', 'on_air')
    const backup = new FakeSource()
    void session.door.attach(backup, 'backup')
    await first.end('SIGKILL')
    await eventually('the slate is on air', () => session.report().status === 'reconnecting')
    backup.end({ reason: 'ended', detail: 'Stopped.', isForGood: true })
    await reaches('backup', 'waiting')
    expect(session.isEnding).toBe(false)
  })
})

describe('a stream with a backup', () => {
  it('goes over to it as soon as a stall is known, and back without a slate once the first is good again', async () => {
    start([
      { id: 'first', type: 'push', priority: 1 },
      { id: 'backup', type: 'push', priority: 2, name: 'Pause' },
    ])
    const first = await publish('first')
    await reaches('first', 'on_air')
    const backup = await publish('backup')
    await reaches('backup', 'standby')
    expect(session.door.admit(null)).toBe('taken')

    first.child.kill('SIGSTOP')
    await reaches('backup', 'on_air')
    expect(session.report()).toMatchObject({ status: 'active' })

    first.child.kill('SIGCONT')
    const resumedAtMs = performance.now()
    await reaches('first', 'on_air')
    expect(performance.now() - resumedAtMs).toBeGreaterThan(10_000)
    expect(times('stream.reconnecting')).toHaveLength(1)
    expect(times('input.switched').map(({ detail }) => detail)).toEqual([
      'Now on air: Pause, in the place of input 1 (push).',
      'Now on air: input 1 (push), in the place of Pause.',
    ])
    await reaches('backup', 'standby')

    // One that was good for long is left as soon as it stalls all the same, and where both do there is the slate.
    first.child.kill('SIGSTOP')
    await reaches('backup', 'on_air')
    expect(times('stream.reconnecting')).toHaveLength(2)
    backup.child.kill('SIGSTOP')
    await eventually('both fail', () => times('stream.reconnecting').length === 3, { timeoutMs: 30_000 })
    expect(session.report()).toMatchObject({ status: 'reconnecting', status_reason: 'source_stalled' })
    backup.child.kill('SIGCONT')
    await reaches('backup', 'on_air')
  })

  it('of another kind plays until the encoder comes, which must be good for a while first', async () => {
    start([
      { id: 'encoder', type: 'push', priority: 1 },
      { id: 'pattern', type: 'test', priority: 2 },
    ])
    await reaches('pattern', 'on_air')
    const encoder = await publish('encoder')
    await reaches('encoder', 'standby')
    await reaches('encoder', 'on_air')
    expect(times('stream.reconnecting')).toEqual([])
    await encoder.end('SIGKILL')
    await reaches('pattern', 'on_air')
    expect(session.report().inputs[0]).toMatchObject({ state: 'waiting', now: null })
  })

  it('shows the one that an operator pins, as long as it sends', async () => {
    const inputs: OpenInput[] = [
      { id: 'encoder', type: 'push', priority: 1 },
      { id: 'pattern', type: 'test', priority: 2 },
    ]
    start(inputs)
    await publish('encoder')
    await eventually('a picture', () => session.report().status === 'active')
    const job = jobOf({ inputs: inputs as never, pinned_input_id: 'pattern', revision: 2 })
    session.update({ job, inputs, srtPassphrase: '', destinations: [] })
    await reaches('pattern', 'on_air')
    session.update({
      job: { ...job, pinned_input_id: 'encoder', revision: 3 },
      inputs,
      srtPassphrase: '',
      destinations: [],
    })
    await reaches('encoder', 'on_air')
    expect(times('stream.reconnecting')).toEqual([])
  })
})
