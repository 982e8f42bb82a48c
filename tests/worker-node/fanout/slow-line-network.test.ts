import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { liveFanout } from '#tests/support/fanout-feed.ts'
import { encodedMedia, type LoopingMedia } from '#tests/support/live-samples.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { startTcpTap } from '#tests/support/tcp-tap.ts'

// nginx-rtmp behind a wire that takes only so much; the kernel that is asked is this machine's.
let media: LoopingMedia
let platform: NginxRtmp
beforeAll(async () => {
  media = await encodedMedia({ heights: [180], seconds: 1 })
  platform = await startNginxRtmp({ record: false })
  return () => platform.close()
})

/** The same programme with pictures of another weight; a keyframe weighs as much as eight others. */
function weighing(kbps: number): LoopingMedia {
  const frames = media.video[0]?.samples.length ?? 1
  const pictureBytes = Math.round((kbps * 125) / (frames + 7))
  const video = media.video.map(({ track, samples }) => ({
    track: { ...track, bitrate: kbps * 1_000 },
    samples: samples.map((sample) => ({ ...sample, payload: Buffer.alloc(pictureBytes * (sample.keyframe ? 8 : 1)) })),
  }))
  return { ...media, video }
}

/** Broadcasts so many kbit/s of picture over a line of so many. */
async function broadcast({ feedKbps, lineKbps }: { feedKbps: number; lineKbps: number }) {
  const line = await startTcpTap(platform.port)
  onTestFinished(() => line.close())
  const fanout = liveFanout(weighing(feedKbps))
  const streamKey = `${feedKbps}-over-${lineKbps}`
  fanout.add({ id: 'd', url: `rtmp://127.0.0.1:${line.port}/live`, streamKey, enabled: true, feedId: 'main' })
  const status = () => fanout.statuses().get('d')
  await eventually('it is live', () => status()?.state === 'broadcasting')
  line.throttle(lineKbps * 125)
  return { line, status }
}

describe('a healthy platform', () => {
  it('on a line that is too narrow loses parts soon and with a warning, and keeps its session', async () => {
    const { line, status } = await broadcast({ feedKbps: 2_400, lineKbps: 1_250 })
    await eventually('it has lost parts', () => (status()?.dropped_ms ?? 0) > 1_000, {
      timeoutMs: 45_000,
    })
    expect(status()).toMatchObject({ state: 'broadcasting', sessions: 1, retries: 0, last_error: { code: 'too_slow' } })
    // Two seconds of it, and what the wire's own buffers hold.
    expect((status()?.bytes_sent ?? 0) - line.bytes).toBeLessThan(2.5 * 2_500 * 125 + 400_000)
  })

  it('on a line that is barely broad enough for 6 Mbit/s with large keyframes loses nothing', async () => {
    const { line, status } = await broadcast({ feedKbps: 6_000, lineKbps: 7_200 })
    await eventually('eight seconds are through', () => line.bytes > 8 * 6_000 * 125, { timeoutMs: 15_000 })
    expect(status()).toMatchObject({ state: 'broadcasting', sessions: 1, retries: 0, dropped_ms: 0, last_error: null })
  })
})
