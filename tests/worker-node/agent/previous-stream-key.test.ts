import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { addStream } from '#tests/support/jobs.ts'
import { decidePublish } from '#worker/agent/publish-gate.ts'
import { type JoinedAgent, joinedAgent } from './joined-agent.ts'

/** Control's clock runs ahead by this. */
let aheadMs = 0
let control: TestControl
let agent: JoinedAgent
beforeAll(async () => {
  control = await startTestControl({ now: () => new Date(Date.now() + aheadMs), choresEveryMs: 3_600_000 })
})
afterAll(() => control.stop())
beforeEach(async () => {
  aheadMs = 0
  agent = await joinedAgent(control)
})
afterEach(() => agent.close())

const reset = async (stream: LiveStream, graceS: number) =>
  (await (
    await control.call('POST', `/v1/live-streams/${stream.id}/reset-stream-key`, { grace_s: graceS })
  ).json()) as LiveStream
const decide = ({ stream_key: streamKey = '' }: LiveStream) => decidePublish({ streamKey, inputId: null }, agent)

describe('a worker that runs a stream whose key is reset with a grace period', () => {
  it('takes encoders with either key, each with its passphrase, also while control is away, until that is over', async () => {
    const old = await addStream(control)
    await expect(decide(old)).resolves.toMatchObject({
      ...{ accept: true, slot: old.inputs[0]?.id },
      about: { stream: old.id, session: expect.stringMatching(/^ses_/), input: old.inputs[0]?.id },
    })
    const fresh = await reset(old, 40)
    await agent.heartbeat.beat()
    agent.front.mode = 'cut'
    await expect(decide(old)).resolves.toMatchObject({ accept: true, srtPassphrase: old.ingest.srt.passphrase })
    await expect(decide(fresh)).resolves.toMatchObject({ accept: true, srtPassphrase: fresh.ingest.srt.passphrase })
    agent.registry.controlTime.heard(new Date(Date.now() + 41_000).toISOString(), performance.now())
    await expect(decide(old)).resolves.toMatchObject({ accept: false })
    await expect(decide(fresh)).resolves.toMatchObject({ accept: true })
  })

  it('takes none with the old key once it was reset without one', async () => {
    const old = await addStream(control)
    await decide(old)
    await reset(old, 40)
    await agent.heartbeat.beat()
    const third = await reset(old, 0)
    await agent.heartbeat.beat()
    await expect(decide(old)).resolves.toMatchObject({ accept: false, reason: 'unknown_key' })
    await expect(decide(third)).resolves.toMatchObject({ accept: true })
  })

  it('claims a stream that nobody runs yet by the old key, as long as that is good', async () => {
    const [old, late] = [await addStream(control), await addStream(control)]
    await reset(old, 40)
    await reset(late, 40)
    await expect(decide(old)).resolves.toMatchObject({ accept: true })
    aheadMs = 41_000
    await expect(decide(late)).resolves.toMatchObject({ accept: false, reason: 'unknown_key' })
  })
})
