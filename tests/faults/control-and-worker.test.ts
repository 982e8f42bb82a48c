import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BroadcastReport } from '#schema/contracts/broadcast.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Metrics } from '#schema/contracts/metrics.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { isAlive, type TestProcess } from '#tests/support/processes.ts'
import { analyseRecording } from '#tests/support/recording.ts'
import { TestWeir } from '#tests/support/weir.ts'

// Control and worker themselves go away; streams and platforms must not care about the one, and get over the other.
let weir: TestWeir
let platform: NginxRtmp
let channel: LiveStream
let lecture: LiveStream & { stream_key: string }
let encoder: TestProcess
let goneMs: number

/** The newest media sequence and part that the worker's own origin lists. */
async function newestPart(stream: LiveStream): Promise<string> {
  const text = await (await fetch(`${weir.originUrl}/live/${stream.playback_ids[0]!.id}/180p.m3u8`)).text()
  return /PRELOAD-HINT.*URI="([^"]+)"/.exec(text)?.[1] ?? ''
}

/** The number of the newest segment, 4 s each. */
const mediaSequence = async (stream: LiveStream) => Number(/\/(\d+)\.\d+\.m4s$/.exec(await newestPart(stream))?.[1])

const advances = async (stream: LiveStream) => {
  const before = await newestPart(stream)
  await eventually('the playlist moves on', async () => {
    const now = await newestPart(stream)
    return now !== '' && now !== before
  })
}

beforeAll(async () => {
  weir = await TestWeir.start()
  platform = await startNginxRtmp()
  const ladder = { preset: 'custom', renditions: [{ height: 180 }] }
  channel = await weir.createStream({ name: 'Channel', always_on: true, ladder })
  lecture = await weir.createStream({ ladder })
  await weir.api('POST', `/v1/live-streams/${lecture.id}/destinations`, { url: platform.url, stream_key: 'lecture' })
  encoder = await startEncoder(weir.rtmpUrl, lecture.stream_key, { width: 320, height: 180 })
  await weir.status(lecture.id, 'active')
})

afterAll(async () => {
  await encoder?.end('SIGKILL')
  await weir?.close()
  await platform?.close()
})

describe('an always-on stream', () => {
  it('is on air with the slate from the start, source or none', async () => {
    const running = await weir.status(channel.id, 'reconnecting')
    expect(running.status_reason).toBe('waiting_for_source')
    await weir.playable(channel)
    await advances(channel)
  })
})

describe('control that goes away', () => {
  it('stops nothing: viewers and platforms go on, and an encoder is even taken back', async () => {
    await weir.control!.end('SIGKILL')
    goneMs = Date.now()
    await advances(lecture)
    await encoder.end('SIGKILL')
    await advances(lecture)
    encoder = await startEncoder(weir.rtmpUrl, lecture.stream_key, { width: 320, height: 180 })
    await advances(lecture)
    const from = await mediaSequence(channel)
    await eventually(
      'the channel plays on for longer than a lease lasts',
      async () => (await mediaSequence(channel)) >= from + 5,
      { timeoutMs: 40_000 },
    )
    await advances(lecture)
    expect(encoder.hasEnded()).toBe(false)
  })

  it('hears of everything in between when it is back', async () => {
    const backMs = Date.now()
    await weir.startControl()
    await weir.status(lecture.id, 'active')
    const missed = await eventually('the events of the time between are there', async () => {
      const events = await weir.events(lecture.id)
      const during = events.filter((event) => Date.parse(event.at) < backMs).map((event) => event.type)
      return during.includes('stream.reconnecting') && during
    })
    expect(missed).toContain('stream.active')
    const statesOf = ({ programme }: BroadcastReport) => programme.spans.map(({ state }) => state)
    // A busy machine may show the slate once more.
    const broadcast = await eventually('its report says that it is live', async () => {
      const [newest, ...more] = await weir.reports(lecture.id)
      expect(more).toEqual([])
      return newest && statesOf(newest).at(-1) === 'live' && newest
    })
    const states = statesOf(broadcast)
    expect([states.at(0), states.includes('slate')]).toEqual(['live', true])
    expect(broadcast.delivery).toMatchObject([{ losses: 0, sessions: 1 }])
    const { points } = broadcast.source
    const ends = points.map(({ at, seconds }) => Date.parse(at) + seconds * 1_000)
    for (const [index, { at }] of points.slice(1).entries())
      expect(Math.abs(Date.parse(at) - ends[index]!)).toBeLessThanOrEqual(100)
    expect(encoder.hasEnded()).toBe(false)
    const [recording, ...others] = await platform.recordings()
    expect(others).toEqual([])
    const report = await analyseRecording(recording!)
    expect(report.nonMonotonic).toBe(0)
    expect(report.largestVideoGapMs).toBeLessThanOrEqual(50)
  })

  it('has every ten seconds of the figures of that time', async () => {
    const range = `from=${new Date(goneMs).toISOString()}&to=${new Date().toISOString()}&step=10`
    const sent = await eventually('the worker has told of all of it', async () => {
      const { series } = await weir.api<Metrics>('GET', `/v1/live-streams/${channel.id}/metrics?${range}`)
      const values = series.find(({ name }) => name === 'output_bitrate_kbps')?.values ?? []
      return values.length >= 2 && !values.includes(null) && values
    })
    expect(Math.min(...sent.map(Number))).toBeGreaterThan(0)
  })
})

describe('a worker that is killed', () => {
  it('takes its FFmpegs with it', async () => {
    const pids = weir.ffmpegPids()
    expect(pids.length).toBeGreaterThan(0)
    await weir.worker!.end('SIGKILL')
    await eventually('no FFmpeg is left', () => pids.every((pid) => !isAlive(pid)))
    await eventually('the encoder notices', () => encoder.hasEnded())
  })

  it('leaves leases that run out; streams that nobody runs are said to be so', async () => {
    const lost = await weir.status(lecture.id, 'idle', 30_000)
    expect(lost.status_reason).toBe('worker_lost')
    expect(lost.destinations[0]!.state).toBe('idle')
    const [broadcast] = await weir.reports(lecture.id)
    expect(broadcast).toMatchObject({ state: 'lost', end_reason: 'worker_lost', ended_at: broadcast!.known_until })
    const unready = await fetch(`${weir.url}/readyz`)
    expect(unready.status).toBe(503)
  })

  it('resumes always-on streams by itself once it is started again', async () => {
    await weir.startWorker()
    await weir.status(channel.id, 'reconnecting')
    await weir.playable(channel)
    await advances(channel)
    encoder = await startEncoder(weir.rtmpUrl, lecture.stream_key, { width: 320, height: 180 })
    await weir.status(lecture.id, 'active')
  })
})

describe('an operator', () => {
  it('disables a stream: the encoder is let go, viewers see the end, and it is refused until it is enabled again', async () => {
    await weir.api('POST', `/v1/live-streams/${lecture.id}/disable`)
    await eventually('the encoder is let go', () => encoder.hasEnded())
    await weir.status(lecture.id, 'disabled')
    const refused = await startEncoder(weir.rtmpUrl, lecture.stream_key)
    await eventually('it is refused', () => refused.hasEnded())
    await weir.api('POST', `/v1/live-streams/${lecture.id}/enable`)
    encoder = await startEncoder(weir.rtmpUrl, lecture.stream_key, { width: 320, height: 180 })
    await weir.status(lecture.id, 'active')
  })

  it('pauses and resumes a destination on air', async () => {
    const { destinations } = await weir.stream(lecture.id)
    const path = `/v1/live-streams/${lecture.id}/destinations/${destinations[0]!.id}`
    const reaches = (state: string) =>
      eventually(
        `the destination is ${state}`,
        async () => (await weir.stream(lecture.id)).destinations[0]!.state === state,
      )
    await reaches('broadcasting')
    await weir.api('PATCH', path, { enabled: false })
    await reaches('idle')
    await weir.api('PATCH', path, { enabled: true })
    await reaches('broadcasting')
  })

  it('deletes a stream, and everything of it is gone', async () => {
    await weir.api('DELETE', `/v1/live-streams/${lecture.id}`)
    await eventually('the encoder is let go', () => encoder.hasEnded())
    await expect(weir.stream(lecture.id)).rejects.toThrow('404')
    const playback = await fetch(`${weir.url}/v1/playback/${lecture.playback_ids[0]!.id}`)
    expect(playback.status).toBe(404)
  })
})
