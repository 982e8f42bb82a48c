import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DatagramRelay, startDatagramRelay } from '#tests/support/datagram-relay.ts'
import { eventually } from '#tests/support/eventually.ts'
import { ffmpegCaller, type SrtCaller, type TestSrtServer, testSrtServer } from '#tests/support/srt.ts'
import { avFixture, decoded, decodedUntilCut } from '#tests/support/transport-stream.ts'
import type { SrtAuthorization } from '#worker/ingest/srt/callers.ts'

let file: string
let frames: string[]
const servers: TestSrtServer[] = []
const callers: SrtCaller[] = []
const relays: DatagramRelay[] = []
const patient = { timeoutMs: 40_000 }

beforeAll(async () => {
  file = await avFixture({ seconds: 8 })
  frames = await decoded(file, 'v')
})
afterAll(async () => {
  for (const caller of callers.splice(0)) caller.kill()
  await Promise.all(servers.splice(0).map((server) => server.close()))
  for (const relay of relays.splice(0)) relay.close()
})

const elsewhere = (port: number): SrtAuthorization => ({
  ...{ accept: false, rejection: 2_409, detail: 'Another worker runs it' },
  holder: { srt_url: `srt://127.0.0.1:${port}` },
})
/** A worker that says this of every caller. */
async function serverThat(says?: () => SrtAuthorization): Promise<TestSrtServer> {
  const server = await testSrtServer(says && { authorize: async () => says() })
  servers.push(server)
  return server
}
function call(server: TestSrtServer, query: Record<string, string | number> = {}): SrtCaller {
  const caller = ffmpegCaller(file, server.url('publish:good?input=in_2', { latency: 3_000_000, ...query }))
  callers.push(caller)
  return caller
}

describe.concurrent('an SRT caller whose stream another worker runs', () => {
  it('publishes there with its own stream id and keys, and every frame comes through', async () => {
    const holder = await serverThat()
    const near = await serverThat(() => elsewhere(holder.port))
    const caller = call(near)
    const { source, file: received, written, input } = await holder.source('good')
    await eventually('some media came', () => source.bytesReceived > 130_000, patient)
    expect([input, near.sources, holder.asked]).toEqual(['in_2', [], ['good in_2 handed on']])
    source.close('That was enough.')
    await written
    const seen = await decodedUntilCut(await readFile(received))
    expect(seen.length).toBeGreaterThan(20)
    expect(seen).toEqual(frames.slice(0, seen.length))
    await caller.exit
  })

  it('is refused in the words of the holder: a wrong passphrase, a worker that is no holder either', async () => {
    const holder = await serverThat()
    const near = await serverThat(() => elsewhere(holder.port))
    const wrong = await call(near, { passphrase: 'wrong wrong wrong' }).exit
    expect(wrong.output).toMatch(/Incorrect passphrase/)

    const first: TestSrtServer = await serverThat(() => elsewhere(second.port))
    const second = await serverThat(() => elsewhere(first.port))
    const refused = await call(first).exit
    expect(refused.output).toMatch(/rejection reason/)
    expect(second.logged).toMatchObject([{ rejection: 2_409 }])
    expect(first.sources.concat(second.sources)).toEqual([])
  })

  it('is told to go, so that it calls again, when the holder falls silent', async () => {
    const holder = await serverThat()
    const way = await startDatagramRelay(holder.port)
    relays.push(way)
    const near = await serverThat(() => elsewhere(way.port))
    const caller = call(near)
    const { source } = await holder.source('good')
    await eventually('some media came', () => source.bytesReceived > 10_000, patient)
    way.blackhole()
    await caller.exit
    await eventually('it is gone', () => JSON.stringify(near.logged).includes('does not answer any more'), patient)
  })
})
