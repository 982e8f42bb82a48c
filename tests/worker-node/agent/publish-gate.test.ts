import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { streamKeyDigest } from '#schema/stream-key.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { addStream, addWorker, publishTo, readInputEvents, readStream } from '#tests/support/jobs.ts'
import { decidePublish } from '#worker/agent/publish-gate.ts'
import { type JoinedAgent, joinedAgent } from './joined-agent.ts'
import { FakeSource, registryUnderTest } from './registry-under-test.ts'

const named = (streamKey: string) => ({ streamKey, inputId: null })
let control: TestControl
let agent: JoinedAgent
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())
beforeEach(async () => {
  agent = await joinedAgent(control)
})
afterEach(() => agent.close())

const runs = () => agent.registry.sessions.map(({ job }) => job.live_stream_id)

describe('an encoder that names a stream key', () => {
  it('is let in, and its stream runs here', async () => {
    const stream = await addStream(control)
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toMatchObject({ accept: true })
    expect(runs()).toEqual([stream.id])
  })

  it('is never named to control: only the digest of its key goes over the wire', async () => {
    const stream = await addStream(control)
    await decidePublish(named(stream.stream_key!), agent)
    await agent.heartbeat.beat()
    const claim = { stream_key_digest: await streamKeyDigest(stream.stream_key!) }
    expect(agent.front.bodies('/worker/v1/publish-claims')).toEqual([claim])
    expect(JSON.stringify(agent.front.seen)).not.toContain(stream.stream_key)
    expect(agent.lines.join('')).not.toContain(stream.stream_key)
  })

  it('is told of as handed on by another worker, so that control does not send it to a third', async () => {
    const stream = await addStream(control)
    await decidePublish({ ...named(stream.stream_key!), isRelayed: true }, agent)
    expect(agent.front.bodies('/worker/v1/publish-claims')).toMatchObject([{ relayed: true }])
  })

  it('is told to wait while the closing slate of the broadcast before is shown', async () => {
    const stream = await addStream(control)
    await decidePublish(named(stream.stream_key!), agent)
    vi.spyOn(agent.registry.sessions[0]!, 'isEnding', 'get').mockReturnValue(true)
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toMatchObject({
      ...{ accept: false, reason: 'denied' },
      detail: expect.stringMatching(/closing slate is still shown/),
    })
  })

  it('is to be handed on to the worker that has what its stream needs, where this one has not', async () => {
    const other = await addWorker(control, { rtmpUrl: 'rtmp://other/live', labels: ['rack=a'] })
    const stream = await addStream(control, { placement: { labels: ['rack=a'] } })
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toMatchObject({
      ...{ accept: false, reason: 'elsewhere' },
      holder: { id: other.id, rtmp_url: 'rtmp://other/live' },
    })
    expect(runs()).toEqual([])
  })

  it('is told when no stream has the key', async () => {
    await expect(decidePublish(named('no-such-key'), agent)).resolves.toEqual({
      accept: false,
      reason: 'unknown_key',
      detail: 'No live stream has this stream key. Copy the key again from the dashboard.',
    })
    expect(runs()).toEqual([])
  })

  it('is told when the stream is switched off', async () => {
    const stream = await addStream(control, { enabled: false })
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toEqual({
      accept: false,
      reason: 'denied',
      detail: 'This live stream is switched off. Enable it, then publish again.',
    })
    expect(runs()).toEqual([])
  })

  it.each([
    [
      'names an input that is not there',
      { inputId: 'in_gone' },
      { reason: 'denied', detail: expect.stringMatching(/no such input/) },
      /^input\.refused: .* no such input/,
    ],
    [
      'comes to the address of another stream',
      { liveStreamId: 'ls_other' },
      { reason: 'unknown_key', detail: expect.stringMatching(/belongs to another/) },
      /^input\.refused: .* to the address of another one/,
    ],
  ])('and %s holds its stream no longer, and the operator reads why', async (_, wanted, answer, words) => {
    const stream = await addStream(control)
    const request = { ...named(stream.stream_key!), ...wanted }
    await expect(decidePublish(request, agent)).resolves.toEqual({ accept: false, ...answer })
    await agent.heartbeat.beat()
    expect(await readInputEvents(control, stream)).toEqual([expect.stringMatching(words)])
    expect(await readStream(control, stream)).toMatchObject({ status: 'idle', status_reason: 'encoder_refused' })
    expect((await publishTo(await addWorker(control), stream)).status).toBe(200)
  })

  it('is to be handed on when another worker runs the stream', async () => {
    const stream = await addStream(control)
    const listens = {
      originUrl: 'http://10.0.0.7:8788',
      rtmpUrl: 'rtmp://10.0.0.7/live',
      srtUrl: 'srt://10.0.0.7:8890',
    }
    const holder = await addWorker(control, listens)
    expect((await publishTo(holder, stream)).status).toBe(200)
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toEqual({
      accept: false,
      reason: 'elsewhere',
      detail: expect.stringMatching(/could not be handed on/),
      holder: { id: holder.id, origin_url: listens.originUrl, rtmp_url: listens.rtmpUrl, srt_url: listens.srtUrl },
    })
    expect(runs()).toEqual([])
  })

  it('is told to try again when its stream runs nowhere and control is away', async () => {
    const stream = await addStream(control)
    for (const mode of ['cut', 'swallow'] as const) {
      agent.front.mode = mode
      await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toEqual({
        accept: false,
        reason: 'unavailable',
        detail: 'The control plane does not answer, so the stream key cannot be checked. Try again in a moment.',
      })
      expect(runs()).toEqual([])
    }
    agent.front.mode = 'pass'
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toMatchObject({ accept: true })
  })

  it('is taken back without control when its stream runs here, for as long as it does', async () => {
    const stream = await addStream(control)
    await decidePublish(named(stream.stream_key!), agent)
    agent.front.mode = 'cut'
    const asked = agent.front.seen.length
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toMatchObject({ accept: true })
    expect(agent.front.seen).toHaveLength(asked)
    await agent.registry.stop(stream.id, agent.registry.sessions[0]!.job.fence, 'completed')
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toMatchObject({ reason: 'unavailable' })
  })

  it('is refused when the job comes from a control plane that this worker did not join', async () => {
    const stream = await addStream(control)
    const { registry } = await registryUnderTest()
    await expect(decidePublish(named(stream.stream_key!), { ...agent, registry })).resolves.toEqual({
      accept: false,
      reason: 'unavailable',
      detail: 'The control plane is not the one that this worker joined.',
    })
    expect(registry.sessions).toEqual([])
  })

  it('is refused once the worker is stopping, with no stream started', async () => {
    const stream = await addStream(control)
    await agent.registry.close('worker_stopping')
    await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toMatchObject({ reason: 'unavailable' })
    expect(runs()).toEqual([])
  })
})

describe('an encoder that was let in', () => {
  it('is closed when its stream was stopped before it began', async () => {
    const stream = await addStream(control)
    await decidePublish(named(stream.stream_key!), agent)
    await agent.registry.stop(stream.id, agent.registry.sessions[0]!.job.fence, 'disabled_by_operator')
    const source = new FakeSource()
    await agent.registry.attach(await streamKeyDigest(stream.stream_key!), null, source)
    expect(source.closedWith).toBe('The stream was stopped in the meantime.')
  })
})
