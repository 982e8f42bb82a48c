import { expect, it } from 'vitest'
import { eventually } from '../../../support/eventually.ts'
import { withRecording } from '../../../support/flash-and-beep.ts'
import { type LossyNetwork, startLossyNetwork } from '../../../support/lossy-network.ts'
import { SeededRandom } from '../../../support/random.ts'
import { analyseRecording } from '../../../support/recording.ts'
import { startWhip } from '../../../support/whip.ts'
import { startWhipPublisher } from '../../../support/whip-file-publisher.ts'

const asRelay = (network: LossyNetwork) => ({ ...network, aim: () => {}, blackhole: () => {}, heal: () => {} })

/** What arrives of ten seconds over a line like that, 25 frames a second with a keyframe each second. */
async function received(line: { loss: number; jitterMs: number }) {
  const whip = await startWhip({ authorize: async () => ({ accept: true, slot: 'main' }) })
  const network = await startLossyNetwork({ targetPort: whip.udpPort, random: new SeededRandom(25), ...line })
  const fixture = { width: 640, height: 360, videoBitrateKbps: 1_500, bFrames: 0 }
  const publisher = await startWhipPublisher(whip.endpointUrl, 'key', fixture, asRelay(network))
  try {
    const { source } = await eventually('it is connected', () => whip.publications[0], { timeoutMs: 30_000 })
    await source.ready
    const feed = source.open()
    if (!feed) throw new Error('nothing to read')
    const looked = withRecording(feed, analyseRecording)
    const untilMs = performance.now() + 10_000
    await eventually('ten seconds have passed', () => performance.now() > untilMs)
    feed.push(null)
    return { ...(await looked), counts: network.counts }
  } finally {
    await publisher.end('SIGKILL')
    network.close()
    await whip.stop()
  }
}

it('mends a line that loses 2 % and delays by up to 50 ms: no error, no gap, no frame missing', async () => {
  const seen = await received({ loss: 0.02, jitterMs: 50 })
  expect(seen.counts.lost).toBeGreaterThan(20)
  expect(seen.decodeErrors).toEqual([])
  expect(seen.nonMonotonic).toBe(0)
  expect(seen.videoPackets).toBeGreaterThan(230)
  expect(seen.largestVideoGapMs).toBeLessThan(130)
})

it('shows nothing broken over a line that loses 15 %: whole frames from a keyframe on, or none', async () => {
  const seen = await received({ loss: 0.15, jitterMs: 80 })
  expect(seen.decodeErrors).toEqual([])
  expect(seen.nonMonotonic).toBe(0)
  expect(seen.videoPackets).toBeGreaterThan(60)
})
