import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '#tests/support/control-server.ts'
import { eventually } from '#tests/support/eventually.ts'
import { addStream, addWorker, publishTo, readInputEvents, readStream } from '#tests/support/jobs.ts'
import { knowCapacity } from '#tests/support/measured-capacity.ts'
import { offerOf } from '#tests/support/sdp.ts'
import { conclusion, SrtPeer } from '#tests/support/srt-handshake.ts'
import { extensionType } from '#worker/srt/packet.ts'
import { startWorker, type Worker } from '#worker/worker.ts'
import { newJoinToken, workerConfig } from '../agent/joined-agent.ts'
import { recordedLog } from '../agent/registry-under-test.ts'

let control: TestControl
let stateDir: string
let worker: Worker
let lines: string[]
beforeAll(async () => {
  control = await startTestControl()
  stateDir = await mkdtemp(join(tmpdir(), 'weir-refused-'))
  await knowCapacity(stateDir)
  const recorded = recordedLog()
  lines = recorded.lines
  const config = workerConfig(stateDir, { controlUrl: control.url, joinToken: await newJoinToken(control) })
  worker = await startWorker(config, recorded.log)
})
afterAll(async () => {
  await worker?.stop()
  await control?.stop()
  await rm(stateDir, { recursive: true, force: true })
})

/** Calls over SRT; gives the code of the answer. */
async function call(streamKey: string, { hasPassphrase = true } = {}): Promise<number> {
  const peer = await SrtPeer.open(Number(new URL(worker.srtUrl).port))
  const whole = conclusion(`publish:${streamKey}`)
  const extensions = whole.extensions.filter(({ type }) => hasPassphrase || type !== extensionType.keyRequest)
  const { type } = await peer.ask(await peer.withCookie({ ...whole, extensions }))
  peer.close()
  return type
}

/** The stream is free, as if nobody had come: another worker may have it. */
async function isFree(stream: LiveStream): Promise<void> {
  await eventually('the claim is given back', async () => (await publishTo(await addWorker(control), stream)).ok)
}

describe('an SRT encoder with the right key', () => {
  it.each([
    ['a wrong passphrase', true, 1_010, /^input\.refused: .* a wrong passphrase\. Copy /],
    ['no passphrase', false, 1_011, /^input\.refused: .* no passphrase\. Copy /],
  ])('and %s is told of in the API, and its stream is free again at once', async (_, hasPassphrase, code, words) => {
    const stream = await addStream(control)
    expect(await call(stream.stream_key!, { hasPassphrase })).toBe(code)
    expect(await call(stream.stream_key!, { hasPassphrase })).toBe(code)
    // The worker takes the stream for each of them: what is told of the first may come while it has it for the second.
    await eventually('it is told', async () => {
      expect(await readStream(control, stream)).toMatchObject({
        ...{ status: 'idle', status_reason: 'encoder_refused', session_id: null },
        status_detail: 'An encoder came and was refused. The events of this live stream say why.',
      })
      return true
    })
    expect(await readInputEvents(control, stream)).toEqual([expect.stringMatching(words)])
    await isFree(stream)
    expect(lines.join('')).not.toContain(stream.stream_key)
  })
})

describe('a stranger', () => {
  it('causes nothing at all, with or without a passphrase', async () => {
    const stream = await addStream(control)
    for (const hasPassphrase of [true, false]) expect(await call('nobodys-key', { hasPassphrase })).toBe(2_404)
    await isFree(stream)
    expect(await readInputEvents(control, stream)).toEqual([])
  })
})

describe('a publisher over WHIP', () => {
  it('that leaves before it is connected sets its stream free at once', async () => {
    const stream = await addStream(control)
    const headers = { authorization: `Bearer ${stream.stream_key}`, 'content-type': 'application/sdp' }
    const url = `${worker.originUrl}/live/${stream.id}/whip`
    const answer = await fetch(url, { method: 'POST', body: offerOf(), headers })
    expect(answer.status).toBe(201)
    expect((await publishTo(await addWorker(control), stream)).status).toBe(409)
    await fetch(new URL(answer.headers.get('location') ?? '', url), { method: 'DELETE', headers })
    await isFree(stream)
    expect(await readInputEvents(control, stream)).toEqual([])
  })
})
