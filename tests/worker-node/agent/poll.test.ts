import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { PollRequest } from '#schema/contracts/worker.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { addStream, readStream } from '#tests/support/jobs.ts'
import { pollForJobs } from '#worker/agent/poll.ts'
import { type JoinedAgent, joinedAgent } from './joined-agent.ts'

const path = '/worker/v1/poll'
let control: TestControl
let agent: JoinedAgent
let stop: AbortController
let polling: Promise<void> | undefined
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())
beforeEach(async () => {
  agent = await joinedAgent(control)
  stop = new AbortController()
})
afterEach(async () => {
  stop.abort()
  await polling
  await agent.close()
})

const begin = (slots: () => number) => {
  polling = pollForJobs({ ...agent, slots }, stop.signal)
}

describe('asking for work', () => {
  it('takes a stream that nobody runs', async () => {
    const stream = await addStream(control, { source: { type: 'test' } })
    begin(() => 1)
    await eventually('it runs', () => agent.registry.sessions.length === 1)
    expect(agent.registry.sessions[0]!.job.live_stream_id).toBe(stream.id)
    expect(agent.front.bodies(path)[0]).toEqual({ slots: 1, avoid: [] })
  })

  it('gets again what was claimed for it by an answer that never came', async () => {
    const stream = await addStream(control, { source: { type: 'test' } })
    await agent.heartbeat.beat()
    agent.front.mode = 'swallow'
    begin(() => 1)
    await eventually('it is claimed', async () => (await readStream(control, stream)).worker_id !== null)
    agent.front.mode = 'pass'
    await eventually('it runs', () => agent.registry.sessions.length === 1)
    expect(agent.registry.sessions[0]!.job.fence).toBe(1)
  })

  it('leaves what could not be started to others for a while, longer each time', async () => {
    const { id, revision } = await addStream(control, { source: { type: 'test' } })
    await agent.heartbeat.beat()
    vi.spyOn(agent.registry, 'accept').mockRejectedValue(new Error('Not here.'))
    begin(() => 1)
    const asked = () => agent.front.bodies<PollRequest>(path)
    await eventually('it is said', () => asked().some(({ avoid }) => avoid.length > 0))
    expect(asked().at(-1)!.avoid).toEqual([{ live_stream_id: id, revision }])
    expect(agent.lines.join('')).toContain('a claimed job could not be started')
  })

  it('is left while there is no room, and begins once there is', async () => {
    let asked = 0
    begin(() => (asked++ === 0 ? 0 : 1))
    await eventually('it asks control', () => agent.front.bodies(path).length === 1)
    expect(asked).toBeGreaterThan(1)
  })

  it('starts nothing from an answer that comes when the worker is stopping', async () => {
    await addStream(control, { source: { type: 'test' } })
    const answer = agent.front.hold(path)
    begin(() => 1)
    await answer.arrived()
    await agent.registry.close('worker_stopping')
    answer.release()
    await eventually('the answer was refused', () => agent.lines.some((line) => line.includes('could not be started')))
    expect(agent.registry.sessions).toEqual([])
    expect(agent.lines.join('')).toContain('This worker is stopping')
  })

  it('gives up waiting for an answer at once when the worker stops', async () => {
    agent.front.mode = 'hang'
    begin(() => 1)
    await eventually('it asks control', () => agent.front.bodies(path).length === 1)
    stop.abort()
    await polling
    expect(agent.registry.sessions).toEqual([])
  })
})
