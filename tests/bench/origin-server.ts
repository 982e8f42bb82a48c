/**
 * The origin of origin.bench.ts, in a process of its own so that its CPU is measured alone: a 720p track of 2.8 Mbit/s
 * and sound, `tutorial` or the mode that is told, and a report each time it is asked.
 */
import { latencyModes } from '#schema/enums.ts'
import { originOf, packageOf } from '../support/live-origin.ts'
import { syntheticMedia } from '../support/live-samples.ts'

export interface OriginReport {
  readonly url: string
  readonly cpuSeconds: number
  readonly rssMib: number
}

const mode = latencyModes.find((name) => name === process.argv[2]) ?? 'tutorial'
const thin = syntheticMedia({ fps: 30, gopSeconds: 2, heights: [720] })
/** A keyframe is eight times as large as another picture. */
const interBytes = Math.round(2_800_000 / 8 / 30 / (67 / 60))
const payloads = {
  key: Buffer.alloc(interBytes * 8, 0x65),
  inter: Buffer.alloc(interBytes, 0x41),
  sound: Buffer.alloc(341),
}
const media = {
  video: thin.video.map(({ track, samples }) => ({
    track,
    samples: samples.map((sample) => ({ ...sample, payload: sample.keyframe ? payloads.key : payloads.inter })),
  })),
  audio: { ...thin.audio, samples: thin.audio.samples.map((sample) => ({ ...sample, payload: payloads.sound })) },
}
const { package: live, feed } = packageOf(media, mode)
feed.advance(30)
const origin = await originOf(new Map([['pb_bench', live]]))
const stopping = new AbortController()
void feed.run(stopping.signal)
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  const report: OriginReport = {
    url: `${origin.url}/pb_bench`,
    cpuSeconds: (user + system) / 1e6,
    rssMib: process.memoryUsage.rss() / 2 ** 20,
  }
  process.send?.(report)
})
process.on('disconnect', () => process.exit())
