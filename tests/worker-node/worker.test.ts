import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CreateLiveStream } from '#schema/contracts/live-stream.ts'
import type { HeartbeatRequest, WorkerCapacity } from '#schema/contracts/worker.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { addStream, readStream } from '#tests/support/jobs.ts'
import { knowCapacity } from '#tests/support/measured-capacity.ts'
import { RtmpPeer } from '#tests/support/rtmp-peer.ts'
import { testRtmpServer } from '#tests/support/rtmp-server.ts'
import { startWorker, type Worker } from '#worker/worker.ts'
import { ControlFront } from './agent/control-front.ts'
import { newJoinToken, workerConfig } from './agent/joined-agent.ts'
import { recordedLog } from './agent/registry-under-test.ts'

const small: Partial<CreateLiveStream> = {
  ladder: { preset: 'custom', renditions: [{ height: 180 }] },
  encoder_preset: 'ultrafast',
}
let control: TestControl
let front: ControlFront
let stateDir: string
let worker: Worker | undefined
beforeEach(async () => {
  control = await startTestControl()
  front = await ControlFront.start(control.url)
  stateDir = await mkdtemp(join(tmpdir(), 'weir-worker-'))
  await knowCapacity(stateDir)
})
afterEach(async () => {
  front.mode = 'cut'
  await worker?.stop()
  worker = undefined
  await front.close()
  await control.stop()
  await rm(stateDir, { recursive: true, force: true })
})

async function start() {
  const { log, lines } = recordedLog()
  const config = workerConfig(stateDir, { controlUrl: front.url, joinToken: await newJoinToken(control) })
  const starting = startWorker(config, log).then((started) => {
    worker = started
    return started
  })
  return { starting, lines }
}

const beats = () => front.bodies<HeartbeatRequest>('/worker/v1/heartbeat')
const rtmpPort = ({ rtmpUrl }: Worker) => Number(new URL(rtmpUrl).port)
const refusesConnections = (url: string) =>
  fetch(url).then(
    () => false,
    () => true,
  )
const knownWorkers = async () =>
  (
    (await (await control.call('GET', '/v1/workers')).json()) as {
      data: { id: string; state: string; capacity: WorkerCapacity }[]
    }
  ).data

describe('a worker whose control plane is not there yet', () => {
  it.each(['cut', 500] as const)('(%s) waits for it, then joins and spends its token once', async (mode) => {
    front.mode = mode
    const { starting, lines } = await start()
    await eventually('it has tried', () => front.seen.length > 0)
    expect(await knownWorkers()).toEqual([])
    front.mode = 'pass'
    const { workerId } = await starting
    const known = await knownWorkers()
    expect(known.map(({ id }) => id)).toEqual([workerId])
    // Whatever hardware there is: software is the last choice of all.
    const { encoders = [], encode_units } = known[0]!.capacity
    expect(encoders.at(-1)).toEqual({ name: 'software', encode_units })
    expect(lines.filter((line) => line.includes('Waiting for it.'))).toHaveLength(1)
  })
})

describe('a worker that control refuses', () => {
  it('says why, and asks only once', async () => {
    const config = workerConfig(stateDir, { controlUrl: front.url, joinToken: 'spent' })
    await expect(startWorker(config, recordedLog().log)).rejects.toThrow(/Make a new one with POST/)
    expect(front.seen).toHaveLength(1)
  })
})

describe('a worker that stops', () => {
  it('unpublishes everywhere, tells control that all is over, and lets its ports go', async () => {
    const platform = await testRtmpServer()
    const stream = await addStream(control, { source: { type: 'test' }, ...small })
    await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, {
      url: platform.url('').slice(0, -1),
      stream_key: 'lecture',
    })
    const running = await (await start()).starting
    const publication = await platform.publication('lecture')
    await eventually('it is on air', async () => (await readStream(control, stream)).status === 'active')
    await running.stop()
    worker = undefined
    expect((await publication.closed).reason).toBe('unpublished')
    const last = beats().at(-1)!
    expect(last.state).toBe('offline')
    expect(last.sessions).toMatchObject([
      { live_stream_id: stream.id, status: 'idle', status_reason: 'worker_stopping', ended: true },
    ])
    expect((await knownWorkers())[0]!.state).toBe('offline')
    expect((await readStream(control, stream)).worker_id).toBeNull()
    expect(await refusesConnections(running.originUrl)).toBe(true)
    expect(await refusesConnections(`http://127.0.0.1:${rtmpPort(running)}`)).toBe(true)
    await platform.close()
  })

  it('starts nothing from a poll that control is just answering', async () => {
    const stream = await addStream(control, { source: { type: 'test' }, ...small })
    const answer = front.hold('/worker/v1/poll')
    const running = await (await start()).starting
    await answer.arrived()
    const stopping = running.stop()
    answer.release()
    await stopping
    worker = undefined
    expect(beats().flatMap(({ sessions }) => sessions)).toEqual([])
    expect((await readStream(control, stream)).session_id).toBeNull()
  })

  it('is gone within five seconds although control hangs, lets its encoders go and takes no more', async () => {
    const stream = await addStream(control)
    const running = await (await start()).starting
    const encoder = await RtmpPeer.publish(rtmpPort(running), stream.stream_key!)
    expect(encoder.status?.code).toBe('NetStream.Publish.Start')
    front.mode = 'hang'
    const asked = beats().length
    await eventually('a heartbeat hangs', () => beats().length > asked)
    const startedMs = performance.now()
    const stopping = running.stop()
    const late = await RtmpPeer.publish(rtmpPort(running), stream.stream_key!)
    expect(late.status).toMatchObject({
      code: 'NetStream.Publish.Denied',
      description: 'This worker is starting or stopping. Try again in a moment.',
    })
    await stopping
    worker = undefined
    expect(performance.now() - startedMs).toBeLessThan(9_000)
    await eventually('the encoders are let go', () => encoder.closed && late.closed)
    expect(beats().at(-1)!.sessions).toMatchObject([{ live_stream_id: stream.id, ended: true }])
  })
})
