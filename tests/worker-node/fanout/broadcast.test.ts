import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { liveFanout } from '#tests/support/fanout-feed.ts'
import { encodedMedia, type LoopingMedia } from '#tests/support/live-samples.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { startTcpTap } from '#tests/support/tcp-tap.ts'
import type { Fanout } from '#worker/fanout/fanout.ts'

let media: LoopingMedia
let platform: NginxRtmp
beforeAll(async () => {
  media = await encodedMedia({ heights: [180] })
  platform = await startNginxRtmp()
})
afterAll(() => platform.close())

const to = (key: string, url = platform.url) => ({ id: key, url, streamKey: key, enabled: true, feedId: 'main' })
const isBroadcasting = (fanout: Fanout, id: string, sessions = 1) => {
  const status = fanout.statuses().get(id)
  return status?.state === 'broadcasting' && status.sessions === sessions
}
/** Some three seconds. */
const enough = (fanout: Fanout, id: string) =>
  eventually('enough is out', () => (fanout.statuses().get(id)?.bytes_sent ?? 0) > 120_000)
const recordingsOf = async (key: string) => (await platform.recordings()).filter((path) => path.includes(`/${key}-`))
const clean = { nonMonotonic: 0, decodeErrors: [] }

describe('a broadcast at nginx-rtmp', () => {
  it.each([0, 2])('decodes without a complaint and has no gap, with %i B-frames', async (bFrames) => {
    const key = `clean${bFrames}`
    const fanout = liveFanout(await encodedMedia({ heights: [180], bFrames }))
    fanout.add(to(key))
    await enough(fanout, key)
    await fanout.stop()
    const [path, ...others] = await recordingsOf(key)
    expect(others).toEqual([])
    const report = await analyseRecording(path ?? '')
    expect(report).toMatchObject(clean)
    expect(report.videoPackets).toBeGreaterThan(40)
    expect(report.largestVideoGapMs).toBeCloseTo(40)
    expect(report.largestAudioGapMs).toBeLessThan(22.5)
  })

  it('keeps the times of a session past 4.6 hours, where they need more than 24 bits', async () => {
    const fanout = liveFanout(media, { fromSeconds: 0xffffff / 1000 - 2 })
    fanout.add(to('long'))
    await enough(fanout, 'long')
    await fanout.stop()
    const [path] = await recordingsOf('long')
    const report = await analyseRecording(path ?? '')
    expect(report).toMatchObject(clean)
    expect(report.videoPackets).toBeGreaterThan(40)
    expect(report.largestVideoGapMs).toBeLessThan(41.5)
  })

  it('ends with deleteStream, so that the platform sees a clean end', async () => {
    const fanout = liveFanout(media)
    fanout.add(to('ending'))
    await eventually('it is live', () => isBroadcasting(fanout, 'ending'))
    const before = await platform.log()
    await fanout.stop()
    const ending = await eventually('nginx has noticed', async () => {
      const lines = (await platform.log()).slice(before.length)
      return lines.includes('disconnect') && lines
    })
    expect(ending.indexOf('deleteStream')).toBeGreaterThan(-1)
    expect(ending.indexOf('deleteStream')).toBeLessThan(ending.indexOf('disconnect'))
  })

  it('hands on the query string of a stream key', async () => {
    const fanout = liveFanout(media)
    fanout.add({ ...to('query'), streamKey: 'query?backup=1' })
    await eventually('it is live', () => isBroadcasting(fanout, 'query'))
    expect(await platform.log()).toContain("publish: name='query' args='backup=1'")
  })

  it('is taken up again when the platform was killed and is back', async () => {
    const other = await startNginxRtmp({ record: false })
    onTestFinished(() => other.close())
    const fanout = liveFanout(media)
    fanout.add(to('phoenix', other.url))
    await eventually('it is live', () => isBroadcasting(fanout, 'phoenix'))
    await other.kill()
    const lost = await eventually('the loss is seen', () => {
      const status = fanout.statuses().get('phoenix')
      return status?.state === 'retrying' && status
    })
    expect(lost.last_error?.code).toMatch(/closed_by_platform|unreachable/)
    await other.restart()
    await eventually('it is live again', () => isBroadcasting(fanout, 'phoenix', 2))
    expect(fanout.statuses().get('phoenix')).toMatchObject({ retries: 0, last_error: null, next_retry_at: null })
  })

  it('goes on in a new session at a keyframe when the line is cut', async () => {
    const tap = await startTcpTap(platform.port)
    onTestFinished(() => tap.close())
    const fanout = liveFanout(media)
    fanout.add(to('cut', `rtmp://127.0.0.1:${tap.port}/live`))
    await eventually('some media is out', () => tap.bytes > 60_000)
    tap.cut()
    await eventually('it is live again', () => isBroadcasting(fanout, 'cut', 2))
    await eventually('more media is out', () => tap.bytes > 150_000)
    await fanout.stop()
    const recordings = await recordingsOf('cut')
    expect(recordings).toHaveLength(2)
    for (const path of recordings) expect(await analyseRecording(path)).toMatchObject(clean)
  })
})
