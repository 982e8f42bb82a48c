import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { HeartbeatRequest, StreamEventRecord } from '#schema/contracts/worker.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { addStream, addWorker, publishTo, readStream } from '#tests/support/jobs.ts'
import { decidePublish } from '#worker/agent/publish-gate.ts'
import { type JoinedAgent, joinedAgent } from './joined-agent.ts'

const path = '/worker/v1/heartbeat'
const named = (streamKey: string) => ({ streamKey, inputId: null })
let controlAheadMs = 0
let control: TestControl
let agent: JoinedAgent
beforeAll(async () => {
  control = await startTestControl({ now: () => new Date(Date.now() + controlAheadMs), choresEveryMs: 3_600_000 })
})
afterAll(() => control.stop())
beforeEach(async () => {
  controlAheadMs = 0
  agent = await joinedAgent(control)
})
afterEach(async () => {
  vi.useRealTimers()
  await agent.close()
})

/** A push stream that this worker has claimed for its encoder. */
async function claimedStream(): Promise<LiveStream> {
  const stream = await addStream(control)
  await expect(decidePublish(named(stream.stream_key!), agent)).resolves.toMatchObject({ accept: true })
  return stream
}

const session = (stream: LiveStream) => agent.registry.sessions.find(({ job }) => job.live_stream_id === stream.id)
const beats = () => agent.front.bodies<HeartbeatRequest>(path)
const order = (stream: LiveStream, what: 'disable' | 'enable' | 'complete') =>
  control.call('POST', `/v1/live-streams/${stream.id}/${what}`)

describe('a heartbeat', () => {
  it('reports each session and holds its lease', async () => {
    const stream = await claimedStream()
    controlAheadMs = 10_000
    await agent.heartbeat.beat()
    controlAheadMs = 20_000
    expect((await publishTo(await addWorker(control), stream)).status).toBe(409)
    expect(beats()[0]!.sessions).toMatchObject([{ live_stream_id: stream.id, status: 'idle', ended: false }])
  })

  it('brings the time of control, which the machine may not have', async () => {
    controlAheadMs = 40_000
    await agent.heartbeat.beat()
    expect(agent.registry.controlTime.unixMs() - Date.now()).toBeGreaterThan(30_000)
  })

  it.each([3_600_000, -3_600_000])(
    'gets through when the clock of control is set by %i ms, behind a proxy with another one',
    async (aheadMs) => {
      expect(await agent.heartbeat.beat()).toBe(true)
      controlAheadMs = aheadMs
      expect(await agent.heartbeat.beat()).toBe(true)
      expect(agent.lines.join('')).not.toContain('unauthorized')
    },
  )

  it('ends a session at once when its lease is lost, and says no more of it', async () => {
    const stream = await claimedStream()
    const lost = session(stream)!
    controlAheadMs = 20_000
    expect((await publishTo(await addWorker(control), stream)).status).toBe(200)
    await agent.heartbeat.beat()
    expect(lost.isOver).toBe(true)
    expect(lost.report().status_reason).toBe('worker_lost')
    expect(agent.registry.reports()).toEqual([])
    expect((await readStream(control, stream)).worker_id).not.toBe(agent.identity.workerId)
  })

  it('ends what an operator orders to end, and control hears that it is over', async () => {
    const stream = await claimedStream()
    const ending = session(stream)!
    await order(stream, 'complete')
    await agent.heartbeat.beat()
    expect(ending.report()).toMatchObject({ status: 'idle', status_reason: 'completed', ended: true })
    await agent.heartbeat.beat()
    expect(beats().at(-1)!.sessions).toMatchObject([{ live_stream_id: stream.id, ended: true }])
    await agent.heartbeat.beat()
    expect(beats().at(-1)!.sessions).toEqual([])
    expect((await readStream(control, stream)).worker_id).toBeNull()
  })

  it('that brings a stop or a loss of an old fence ends nothing', async () => {
    const stream = await claimedStream()
    const before = session(stream)!.job.fence
    const answer = agent.front.hold(path)
    await order(stream, 'disable')
    const beating = agent.heartbeat.beat()
    await answer.arrived()
    await agent.registry.stop(stream.id, before, 'source_ended')
    await order(stream, 'enable')
    await decidePublish(named(stream.stream_key!), agent)
    answer.release()
    await beating
    expect(session(stream)!.job.fence).toBeGreaterThan(before)
    expect(session(stream)!.isOver).toBe(false)
  })

  it('repeats the end of a session until control has heard of it', async () => {
    const stream = await claimedStream()
    await agent.registry.stop(stream.id, session(stream)!.job.fence, 'source_ended')
    for (const mode of ['cut', 'swallow', 500] as const) {
      agent.front.mode = mode
      await agent.heartbeat.beat()
      expect(beats().at(-1)!.sessions).toMatchObject([{ live_stream_id: stream.id, ended: true }])
    }
    agent.front.mode = 'pass'
    await agent.heartbeat.beat()
    expect(agent.registry.reports()).toEqual([])
  })

  it('goes out each three seconds, and early each time that something happens, even during one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const beat = vi.spyOn(agent.heartbeat, 'beat').mockResolvedValue(true)
    const stop = new AbortController()
    const running = agent.heartbeat.run(stop.signal)
    const countAfter = async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms)
      return beat.mock.calls.length
    }
    expect(await countAfter(2_900)).toBe(1)
    expect(await countAfter(200)).toBe(2)
    for (const before of [2, 4]) {
      agent.heartbeat.soon()
      expect(await countAfter(200)).toBe(before + 1)
      expect(await countAfter(2_900)).toBe(before + 1)
      expect(await countAfter(200)).toBe(before + 2)
    }
    beat.mockImplementationOnce(async () => {
      agent.heartbeat.soon()
      return true
    })
    expect(await countAfter(3_000)).toBe(7)
    expect(await countAfter(200)).toBe(8)
    stop.abort()
    await running
  })

  it('is given up for another one when its answer may never come', async () => {
    const stop = new AbortController()
    agent.front.mode = 'hang'
    const running = agent.heartbeat.run(stop.signal)
    await eventually('the first heartbeat is out', () => beats().length === 1)
    agent.front.mode = 'pass'
    agent.heartbeat.again()
    await eventually('the next one is answered', () => agent.heartbeat.orders !== undefined, { timeoutMs: 5_000 })
    expect(agent.lines).toEqual([])
    stop.abort()
    await running
  })

  it('brings what has just happened at once', async () => {
    const stop = new AbortController()
    const running = agent.heartbeat.run(stop.signal)
    await eventually('the first heartbeat is out', () => beats().length === 1)
    agent.events.onAdded = () => agent.heartbeat.soon()
    agent.events.add('ls_1', 'test', 'Something happened.', new Date())
    await eventually('the next one follows at once', () => beats().length === 2)
    expect(beats()[1]!.events).toHaveLength(1)
    stop.abort()
    await running
  })
})

describe('a changed configuration', () => {
  it('comes with the heartbeat and updates the session that runs', async () => {
    const stream = await claimedStream()
    const { id, fence } = { id: session(stream)!.id, fence: session(stream)!.job.fence }
    await control.call('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Lecture 2', reconnect_window: 5 })
    await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, {
      url: 'rtmp://127.0.0.1:9/live',
      stream_key: 'of-the-platform',
    })
    await agent.heartbeat.beat()
    const updated = session(stream)!
    expect(updated).toMatchObject({ id, job: { name: 'Lecture 2', reconnect_window: 5, fence } })
    expect(updated.job.destinations).toMatchObject([{ url: 'rtmp://127.0.0.1:9/live' }])
    expect(JSON.stringify(updated.job)).not.toContain('of-the-platform')
    await agent.heartbeat.beat()
    expect(beats().at(-1)!.sessions[0]!.revision).toBe((await readStream(control, stream)).revision)
  })

  it('that arrives after the session has ended starts nothing', async () => {
    const stream = await claimedStream()
    await control.call('PATCH', `/v1/live-streams/${stream.id}`, { name: 'Lecture 2' })
    const answer = agent.front.hold(path)
    const beating = agent.heartbeat.beat()
    await answer.arrived()
    await agent.registry.stop(stream.id, session(stream)!.job.fence, 'source_ended')
    answer.release()
    await beating
    expect(agent.registry.sessions).toEqual([])
    await agent.heartbeat.beat()
    expect(beats().at(-1)!.sessions).toMatchObject([{ live_stream_id: stream.id, ended: true }])
  })
})

describe('control that is away', () => {
  it.each(['cut', 'swallow', 401, 500] as const)(
    '(%s) ends nothing within the offline grace, and all after it',
    async (mode) => {
      vi.useFakeTimers({ toFake: ['performance'] })
      const [first, second] = [await claimedStream(), await claimedStream()]
      await agent.heartbeat.beat()
      agent.front.mode = mode
      vi.advanceTimersByTime(59_000)
      await agent.heartbeat.beat()
      const sessions = [session(first)!, session(second)!]
      expect(sessions.map(({ isOver }) => isOver)).toEqual([false, false])
      vi.advanceTimersByTime(2_000)
      await agent.heartbeat.beat()
      expect(sessions.map((each) => each.report().status_reason)).toEqual(['control_away', 'control_away'])
      expect(agent.registry.sessions).toEqual([])
    },
  )

  it('counts the grace anew from each answer', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const stream = await claimedStream()
    for (let round = 0; round < 3; round++) {
      agent.front.mode = 'pass'
      await agent.heartbeat.beat()
      agent.front.mode = 'cut'
      vi.advanceTimersByTime(40_000)
      await agent.heartbeat.beat()
    }
    expect(session(stream)!.isOver).toBe(false)
  })

  it('is said once, and that it is back as well', async () => {
    agent.front.mode = 'cut'
    for (let beat = 0; beat < 3; beat++) await agent.heartbeat.beat()
    agent.front.mode = 'pass'
    for (let beat = 0; beat < 2; beat++) await agent.heartbeat.beat()
    const said = agent.lines.map((line) => JSON.parse(line) as object)
    expect(said).toMatchObject([
      {
        level: 'warn',
        msg: 'Control does not answer; streams go on.',
        reason: expect.stringMatching(/does not answer\. /),
      },
      { msg: 'control is back' },
    ])
    expect(agent.lines.join('')).not.toContain('stack')
  })

  it('or does not know this worker any more is told apart, and again each minute', async () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    agent.front.mode = 401
    for (let beat = 0; beat < 3; beat++) {
      await agent.heartbeat.beat()
      vi.advanceTimersByTime(40_000)
    }
    const said = agent.lines.map((line) => JSON.parse(line) as object)
    const words = expect.stringContaining('Remove worker/identity.json in its data folder, then join again')
    expect(said.filter((line) => 'code' in line)).toMatchObject([
      { level: 'error', msg: words },
      { level: 'error', msg: words },
    ])
  })

  it('hears of every event once and in order when it is back', async () => {
    const stream = await claimedStream()
    await agent.heartbeat.beat()
    const tell = (detail: string) => agent.events.add(stream.id, 'test', detail, new Date())
    for (const [index, mode] of (['cut', 500, 'swallow', 'swallow', 'pass', 'pass'] as const).entries()) {
      agent.front.mode = mode
      tell(`${index} a`)
      tell(`${index} b`)
      await agent.heartbeat.beat()
    }
    const answer = await control.call('GET', `/v1/live-streams/${stream.id}/events?limit=100`)
    const { data } = (await answer.json()) as { data: StreamEventRecord[] }
    const heard = data.filter(({ type }) => type === 'test').map(({ detail }) => detail)
    expect(heard.toReversed()).toEqual([0, 1, 2, 3, 4, 5].flatMap((index) => [`${index} a`, `${index} b`]))
    expect(agent.events.batch()).toEqual([])
  })
})
