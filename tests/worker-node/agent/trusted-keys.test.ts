import { generateKeyPair } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signKeySet } from '#schema/key-set.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { addStream, addWorker } from '#tests/support/jobs.ts'
import { loadIdentity } from '#worker/agent/identity.ts'
import { type JoinedAgent, joinedAgent } from './joined-agent.ts'

/** Control's clock runs ahead by this; a worker's tokens are good for a little more than a minute. */
let aheadMs = 0
let control: TestControl
let agent: JoinedAgent
beforeEach(async () => {
  aheadMs = 0
  control = await startTestControl({ now: () => new Date(Date.now() + aheadMs), choresEveryMs: 3_600_000 })
  agent = await joinedAgent(control)
})
afterEach(async () => {
  await agent.close()
  await control.stop()
})

const rotate = () => control.call('POST', '/v1/keys/rotate-signing-key', { lead_s: 60, overlap_s: 300 })

describe("control's signing key changes, and a worker", () => {
  it('hears of the new one while the old one still signs, keeps it, and runs what it signs', async () => {
    const [old] = agent.keys.ids
    await rotate()
    await agent.heartbeat.beat()
    expect(agent.keys.ids).toHaveLength(2)
    expect((await loadIdentity(agent.stateDir))?.jwks.keys.map(({ kid }) => kid)).toEqual(agent.keys.ids)
    aheadMs = 61_000
    await agent.heartbeat.beat()
    const { kid } = await control.runtime.signingKeys.current()
    expect(kid).not.toBe(old)
    const stream = await addStream(control)
    const { decidePublish } = await import('#worker/agent/publish-gate.ts')
    const wanted = { streamKey: stream.stream_key ?? '', inputId: null }
    await expect(decidePublish(wanted, agent)).resolves.toMatchObject({ accept: true })
  })

  it('is sent the set only when it is another than it knows, and drops what has retired', async () => {
    await agent.heartbeat.beat()
    const answer = async (known_keys?: string[]) => {
      const worker = await addWorker(control)
      return ((await (await worker.beat([], known_keys ? { known_keys } : {})).json()) as { keys?: string }).keys
    }
    expect(await answer(agent.keys.ids)).toBeUndefined()
    await rotate()
    expect(await answer(agent.keys.ids)).toBeTypeOf('string')
    expect(await answer(undefined)).toBeUndefined()
    expect(await answer(['a key that nobody has'])).toBeUndefined()
    await agent.heartbeat.beat()
    const [retired, next] = agent.keys.ids
    aheadMs = 61_000
    await control.call('DELETE', `/v1/keys/${retired}`)
    await agent.heartbeat.beat()
    expect(agent.keys.ids).toEqual([next])
  })

  it('that missed it all hears of it from the old key, as long as that is good', async () => {
    await rotate()
    aheadMs = 61_000
    await agent.heartbeat.beat()
    expect(agent.keys.ids).toContain((await control.runtime.signingKeys.current()).kid)
  })

  it('takes keys from nobody else: not from a stranger, for another worker, or from long ago', async () => {
    const before = agent.keys.ids
    const keys = [...(await control.runtime.signingKeys.published())]
    const key = await control.runtime.signingKeys.current()
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    const { workerId } = agent.identity
    const now = new Date()
    const refused = [
      await signKeySet(keys, workerId, { kid: key.kid, privateKey }, now),
      await signKeySet(keys, 'wrk_other', key, now),
      await signKeySet(keys, workerId, key, new Date(now.getTime() - 600_000)),
      'no token',
    ]
    for (const token of refused)
      await expect(agent.keys.learn(token, now)).rejects.toThrow('not signed for this worker')
    expect(agent.keys.ids).toEqual(before)
    await expect(agent.keys.learn(await signKeySet(keys, workerId, key, now), now)).resolves.toBeUndefined()
  })
})
