import { readFile } from 'node:fs/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { type LossyNetwork, startLossyNetwork } from '#tests/support/lossy-network.ts'
import { SeededRandom } from '#tests/support/random.ts'
import { ffmpegCaller, type SrtCaller, srtUrl, type TestSrtServer, testSrtServer } from '#tests/support/srt.ts'
import { avFixture, decoded, decodedUntilCut } from '#tests/support/transport-stream.ts'

let server: TestSrtServer | undefined
let network: LossyNetwork | undefined
let caller: SrtCaller | undefined

afterEach(async () => {
  caller?.kill()
  network?.close()
  await server?.close()
})

describe('a network that loses 2 % and is up to 50 ms late each way', () => {
  it.each([1, 2])('costs not one frame at a latency of 200 ms, round %d', async (seed) => {
    const file = await avFixture({ seconds: 10, kbps: 1_500 })
    const frames = await decoded(file, 'v')
    server = await testSrtServer()
    network = await startLossyNetwork({
      targetPort: server.port,
      random: new SeededRandom(seed),
      loss: 0.02,
      jitterMs: 50,
    })
    // FFmpeg counts in microseconds.
    caller = ffmpegCaller(file, srtUrl(network.port, 'publish:good', { latency: 200_000 }))
    const { source, file: received, written } = await server.source('good')
    await eventually('five seconds came', () => source.bytesReceived > 900_000)
    source.close('That was enough.')
    await written
    const seen = await decodedUntilCut(await readFile(received))
    expect(network.counts.lost).toBeGreaterThan(5)
    expect(seen.length).toBeGreaterThan(80)
    expect(seen).toEqual(frames.slice(0, seen.length))
  })
})
