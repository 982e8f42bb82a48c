import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { inspectFlv } from '#tests/support/flv-recording.ts'
import { makeProgramme, type TestProgramme } from '#tests/support/flv-samples.ts'
import { playLive } from '#tests/support/live-feed.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { startTcpTap } from '#tests/support/tcp-tap.ts'
import { Fanout } from '#worker/fanout/fanout.ts'

let programme: TestProgramme
let platform: NginxRtmp

beforeAll(async () => {
  programme = await makeProgramme()
  platform = await startNginxRtmp()
})
afterAll(() => platform.close())

function startFanout(media = programme, fromSeconds = 0): Fanout {
  const fanout = new Fanout(media.video, media.audio, { title: 'Lecture 1' })
  const stopFeed = playLive(media, fanout.onSample, fromSeconds)
  onTestFinished(async () => {
    await fanout.stop()
    stopFeed()
  })
  return fanout
}
const to = (key: string, url = platform.url) => ({ id: key, url, streamKey: key, enabled: true })
const isBroadcasting = (fanout: Fanout, id: string, sessions = 1) => {
  const status = fanout.statuses().get(id)
  return status?.state === 'broadcasting' && status.sessions === sessions
}
const recordingOf = async (key: string) => (await platform.recordings()).filter((path) => path.includes(`/${key}-`))

describe('a broadcast at nginx-rtmp', () => {
  it.each([0, 2])('decodes without a complaint and has no gap, with %i B-frames', async (bFrames) => {
    const media = await makeProgramme({ bFrames })
    const key = `clean${bFrames}`
    const fanout = startFanout(media)
    fanout.add(to(key))
    await eventually('three seconds are out', () => (fanout.statuses().get(key)?.bytes_sent ?? 0) > 330_000)
    await fanout.stop()
    const [path, ...others] = await recordingOf(key)
    expect(others).toEqual([])
    const report = await inspectFlv(path ?? '')
    expect(report).toMatchObject({ width: 320, height: 180, backwardSteps: 0, complaints: '' })
    expect(report.videoPackets).toBeGreaterThan(60)
    expect(report.largestVideoGapMs).toBe(40)
    expect(report.largestAudioGapMs).toBeLessThanOrEqual(22)
  })

  it('keeps the times of a session past 4.6 hours, where they need more than 24 bits', async () => {
    const seconds = 0xffffff / 1000
    const fanout = startFanout(programme, seconds - 2)
    fanout.add(to('long'))
    await eventually('four seconds are out', () => (fanout.statuses().get('long')?.bytes_sent ?? 0) > 440_000)
    await fanout.stop()
    const [path] = await recordingOf('long')
    const report = await inspectFlv(path ?? '')
    expect(report).toMatchObject({ backwardSteps: 0, complaints: '' })
    expect(report.videoPackets).toBeGreaterThan(75)
    expect(report.largestVideoGapMs).toBeLessThanOrEqual(41)
  })

  it('ends with deleteStream, so that the platform sees a clean end', async () => {
    const fanout = startFanout()
    fanout.add(to('ending'))
    await eventually('it is live', () => isBroadcasting(fanout, 'ending'))
    const before = await platform.log()
    await fanout.stop()
    const ending = await eventually('nginx has noticed', async () => {
      const lines = (await platform.log()).slice(before.length)
      return lines.includes('disconnect') && lines
    })
    expect(ending.indexOf('deleteStream')).toBeLessThan(ending.indexOf('disconnect'))
  })

  it('hands on the query string of a stream key', async () => {
    const fanout = startFanout()
    fanout.add({ ...to('query'), streamKey: 'query?backup=1' })
    await eventually('it is live', () => isBroadcasting(fanout, 'query'))
    expect(await platform.log()).toContain("publish: name='query' args='backup=1'")
  })

  it('is taken up again when the platform was killed and is back', async () => {
    const other = await startNginxRtmp({ record: false })
    onTestFinished(() => other.close())
    const fanout = startFanout()
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
    const fanout = startFanout()
    fanout.add(to('cut', `rtmp://127.0.0.1:${tap.port}/live`))
    await eventually('some media is out', () => tap.bytes > 100_000)
    tap.cut()
    await eventually('it is live again', () => isBroadcasting(fanout, 'cut', 2))
    await eventually('more media is out', () => tap.bytes > 300_000)
    await fanout.stop()
    for (const path of await recordingOf('cut'))
      expect(await inspectFlv(path)).toMatchObject({ largestVideoGapMs: 40, backwardSteps: 0 })
  })
})
