import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { pollResponse } from '#schema/contracts/worker.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { ControlClient, ControlRefusal, ControlUnreachable } from '#worker/agent/control-client.ts'
import { type Identity, loadIdentity } from '#worker/agent/identity.ts'
import { join } from '#worker/agent/join.ts'
import { ControlFront } from './control-front.ts'
import { introduction, newJoinToken, workerConfig } from './joined-agent.ts'

let control: TestControl
let stateDir: string
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())
beforeEach(async () => {
  stateDir = await mkdtemp(joinPath(tmpdir(), 'weir-join-'))
})
afterEach(() => rm(stateDir, { recursive: true, force: true }))

const file = () => joinPath(stateDir, 'identity.json')
const config = (more = {}) => workerConfig(stateDir, { controlUrl: control.url, ...more })
const workersKnown = async () =>
  ((await (await control.call('GET', '/v1/workers')).json()) as { data: unknown[] }).data.length

describe('a worker that joins', () => {
  it('keeps who it is in a file that only its user reads, and is let in with it', async () => {
    const identity = await join(config({ joinToken: await newJoinToken(control) }), introduction)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    expect(await loadIdentity(stateDir)).toEqual(identity)
    const answer = await new ControlClient(control.url, identity).post('/worker/v1/poll', { slots: 0 }, pollResponse)
    expect(answer).toEqual({ jobs: [] })
  })

  it('never tells control its private keys', async () => {
    const front = await ControlFront.start(control.url)
    const joinToken = await newJoinToken(control)
    const { signingKey, sealingKey } = await join(config({ joinToken, controlUrl: front.url }), introduction)
    await front.close()
    const told = JSON.stringify(front.seen)
    expect(told).toContain(signingKey.x)
    expect(told).not.toContain(signingKey.d)
    expect(told).not.toContain(sealingKey.d)
  })

  it('says so when control is older and does not understand it', async () => {
    const front = await ControlFront.start(control.url)
    front.mode = 422
    const joining = join(config({ joinToken: await newJoinToken(control), controlUrl: front.url }), introduction)
    await expect(joining).rejects.toThrow(/Upgrade the control plane/)
    await expect(joining).rejects.toMatchObject({ code: 'version_skew' })
    await front.close()
  })

  it('takes the token from the file that control left on this host', async () => {
    await writeFile(joinPath(stateDir, 'join-token'), `${await newJoinToken(control)}\n`)
    await expect(join(config(), introduction)).resolves.toMatchObject({ workerId: expect.stringMatching(/^wrk_/) })
  })

  it('is the same worker after a restart, without a token and without control', async () => {
    const identity = await join(config({ joinToken: await newJoinToken(control) }), introduction)
    const before = await workersKnown()
    await expect(join(config({ controlUrl: 'http://127.0.0.1:9' }), introduction)).resolves.toEqual(identity)
    await expect(join(config({ joinToken: 'spent' }), introduction)).resolves.toEqual(identity)
    expect(await workersKnown()).toBe(before)
  })

  it('cannot spend a token twice, and leaves no identity behind', async () => {
    const joinToken = await newJoinToken(control)
    await join(config({ joinToken }), introduction)
    const before = await workersKnown()
    const other = await mkdtemp(joinPath(tmpdir(), 'weir-join-'))
    const second = join(workerConfig(other, { controlUrl: control.url, joinToken }), introduction)
    await expect(second).rejects.toThrow(ControlRefusal)
    await expect(second).rejects.toThrow(/unknown, used or over.*POST \/v1\/join-tokens/)
    expect(await loadIdentity(other)).toBeUndefined()
    expect(await workersKnown()).toBe(before)
    await rm(other, { recursive: true })
  })

  it('says what to do where there is no token', async () => {
    await expect(join(config(), introduction)).rejects.toThrow(/Make a join token.*weir-worker join/)
  })

  it('asks again with the same keys when its join was not answered in time, and is the same worker', async () => {
    const once = config({ joinToken: await newJoinToken(control) })
    const first = await join(once, introduction)
    await rm(file())
    expect(await join(once, introduction)).toEqual(first)
  })

  it('keeps its token while control is away', async () => {
    const joinToken = await newJoinToken(control)
    const away = join(config({ joinToken, controlUrl: 'http://127.0.0.1:9' }), introduction)
    await expect(away).rejects.toThrow(ControlUnreachable)
    await expect(away).rejects.toThrow('The control plane at http://127.0.0.1:9 does not answer.')
    await expect(join(config({ joinToken }), introduction)).resolves.toBeDefined()
  })

  it.each([
    ['half written', '{"workerId":"wrk_1","signingKey"'],
    ['empty', ''],
    ['JSON, but no identity', '{}'],
    ['null', 'null'],
  ])('says what to do with an identity that is %s, and does not join anew by itself', async (_, text) => {
    await writeFile(file(), text)
    const joinToken = await newJoinToken(control)
    await expect(join(config({ joinToken }), introduction)).rejects.toThrow(
      `${file()} is damaged. Remove it and join this worker again with a new join token.`,
    )
    expect(await readFile(file(), 'utf8')).toBe(text)
  })

  it('says what to do with an identity that it may not read', async () => {
    await mkdir(file())
    await expect(join(config(), introduction)).rejects.toThrow(/Can't read .*identity\.json/)
  })
})

describe('what a worker sends with each request', () => {
  it('is a token that only its own key signs', async () => {
    const mine = await join(config({ joinToken: await newJoinToken(control) }), introduction)
    await rm(file())
    const other = await join(config({ joinToken: await newJoinToken(control) }), introduction)
    const forged: Identity = { ...mine, signingKey: other.signingKey }
    const asked = new ControlClient(control.url, forged).post('/worker/v1/poll', { slots: 1 }, pollResponse)
    await expect(asked).rejects.toMatchObject({ name: 'ControlRefusal', status: 401, code: 'unauthorized' })
  })
})
