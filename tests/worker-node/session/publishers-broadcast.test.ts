import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { encodedMedia, LiveFeed, type LoopingMedia } from '#tests/support/live-samples.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { systemClock } from '#worker/fanout/clock.ts'
import type { DestinationRules } from '#worker/session/destination-rules.ts'
import { SessionPublishers } from '#worker/session/publishers.ts'

let media: LoopingMedia
let platform: NginxRtmp
beforeAll(async () => {
  media = await encodedMedia({ heights: [180] })
  platform = await startNginxRtmp()
})
afterAll(() => platform.close())

const rules: DestinationRules = {
  ...{ platform: 'custom', enabled: true, start: 'manually', ordered: null, ordered_at: null },
  ...{ stop_at: null, max_duration_s: null, roll_over: false },
}
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()

it('a platform sees a destination start by hand, roll over and stop, each cleanly', async () => {
  const told: string[] = []
  const publishers = new SessionPublishers({
    ...{ title: 'Lecture 1', clock: systemClock },
    onEvent: (type) => {
      told.push(type)
      // Once is enough, however slow this machine is.
      if (type === 'destination.rolled_over') queueMicrotask(() => add(started))
    },
  })
  const [video] = media.video
  publishers.fanout.setFeed('main', { video: video!.track, audio: media.audio.track, beginsAtMs: 0 })
  const ending = new AbortController()
  void new LiveFeed(media, publishers.fanout.onSample).run(ending.signal)
  onTestFinished(async () => {
    await publishers.stop()
    ending.abort()
  })
  const add = (more: Partial<DestinationRules>) =>
    publishers.add({
      ...{ id: 'dst_1', url: platform.url, streamKey: 'ruled', feedId: 'main', enabled: true },
      rules: { ...rules, ...more },
    })
  const status = () => publishers.statuses().get('dst_1')
  const isOn = (sessions: number) => status()?.state === 'broadcasting' && status()?.sessions === sessions
  const started = { ordered: 'start', ordered_at: inMs(0) } as const

  add({})
  expect(status()).toMatchObject({ state: 'idle', held: { reason: 'waits_for_start' } })
  add({ ...started, max_duration_s: 1, roll_over: true })
  await eventually('it has rolled over', () => isOn(2))
  const { bytes_sent: before } = status() ?? expect.fail('It is gone.')
  await eventually('more is out', () => (status()?.bytes_sent ?? 0) > before + 20_000)
  add({ ...started, stop_at: inMs(100) })
  await eventually('its time has come', () => status()?.held?.reason === 'stop_time_reached')

  await eventually('the platform has seen both sessions end cleanly', async () => {
    // nginx says it once more after each disconnect, whoever ended the session.
    const clean = (await platform.log()).match(/(\*\d+) deleteStream,.*\n(?:.*\n)*?.*\1 disconnect/g)
    return clean?.length === 2
  })
  expect(told).toEqual([
    ...['destination.starting', 'destination.broadcasting', 'destination.duration_warning', 'destination.rolled_over'],
    ...['destination.starting', 'destination.broadcasting', 'destination.idle'],
  ])
  const recordings = await platform.recordings()
  expect(recordings).toHaveLength(2)
  for (const path of recordings)
    expect(await analyseRecording(path)).toMatchObject({ nonMonotonic: 0, decodeErrors: [] })
})
