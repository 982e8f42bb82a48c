import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import type { TestProcess } from '#tests/support/processes.ts'
import { analyseRecording, flashesAndBeeps } from '#tests/support/recording.ts'
import { type Relay, startRelay } from '#tests/support/relay.ts'
import { TestWeir } from '#tests/support/weir.ts'

// The source goes away in every way there is; one destination gets one unbroken publish session through all of it.
let weir: TestWeir
let platform: NginxRtmp
let relay: Relay
let stream: LiveStream & { stream_key: string }
let encoder: TestProcess

const flash = { pattern: 'flash', width: 320, height: 180, videoBitrateKbps: 200 } as const
const publish = (rtmpUrl = weir.rtmpUrl) => startEncoder(rtmpUrl, stream.stream_key, flash)

/** Milliseconds since `event` happened, by its own clock. */
const sinceMs = (stream: LiveStream, startMs: number) => Date.parse(stream.status_since) - startMs

beforeAll(async () => {
  weir = await TestWeir.start()
  platform = await startNginxRtmp()
  relay = await startRelay(Number(new URL(weir.rtmpUrl).port))
  stream = await weir.createStream({
    reconnect_window: 300,
    ladder: { preset: 'custom', renditions: [{ height: 180 }] },
  })
  await weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, { url: platform.url, stream_key: 'one' })
  encoder = await publish()
  await weir.status(stream.id, 'active')
})

afterAll(async () => {
  await encoder?.end('SIGKILL')
  await relay?.close()
  await weir?.close()
  await platform?.close()
})

describe('a source that goes away', () => {
  it('by being killed is replaced by the slate within a second, and comes back', async () => {
    const goneMs = Date.now()
    await encoder.end('SIGKILL')
    const away = await weir.status(stream.id, 'reconnecting')
    expect(sinceMs(away, goneMs)).toBeLessThan(5_000)
    // It never said goodbye, so it has not ended its stream.
    expect(away.status_reason).toMatch(/^source_(lost|stalled)$/)
    encoder = await publish()
    await weir.status(stream.id, 'active')
  })

  it('by freezing is replaced as well, and taken back when it thaws', async () => {
    const goneMs = Date.now()
    encoder.child.kill('SIGSTOP')
    const away = await weir.status(stream.id, 'reconnecting')
    // How fast it is without anything else on the machine, the splicer's own tests show.
    expect(sinceMs(away, goneMs)).toBeLessThan(5_000)
    expect(away.status_reason).toBe('source_stalled')
    encoder.child.kill('SIGCONT')
    await weir.status(stream.id, 'active')
  })

  it('by freezing for good yields to a new encoder with the same key', async () => {
    const frozen = encoder
    frozen.child.kill('SIGSTOP')
    await weir.status(stream.id, 'reconnecting')
    encoder = await eventually(
      'a new encoder is let in',
      async () => {
        const next = await publish()
        await eventually(
          'it is refused or on air',
          async () => next.hasEnded() || (await weir.stream(stream.id)).status === 'active',
        )
        return next.hasEnded() ? undefined : next
      },
      { timeoutMs: 30_000, intervalMs: 500 },
    )
    await frozen.end('SIGKILL')
    await weir.status(stream.id, 'active')
    expect(encoder.hasEnded()).toBe(false)
  })

  it('by a network that is cut without a word', async () => {
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    encoder = await publish(`rtmp://127.0.0.1:${relay.port}/live`)
    await weir.status(stream.id, 'active')
    relay.blackhole()
    await weir.status(stream.id, 'reconnecting')
    await encoder.end('SIGKILL')
    relay.heal()
    encoder = await eventually('the encoder is let in again', async () => {
      const next = await publish(`rtmp://127.0.0.1:${relay.port}/live`)
      await eventually(
        'it is refused or on air',
        async () => next.hasEnded() || (await weir.stream(stream.id)).status === 'active',
      )
      return next.hasEnded() ? undefined : next
    })
  })

  it('by its FFmpeg being killed on the worker comes back by itself', async () => {
    const [pid] = weir.ffmpegPids()
    process.kill(pid!, 'SIGKILL')
    await eventually('another FFmpeg runs', () => weir.ffmpegPids().some((other) => other !== pid))
    await eventually('the failure is told', async () =>
      (await weir.events(stream.id)).some((event) => event.type === 'encoder.failed'),
    )
    await weir.status(stream.id, 'active')
  })

  it('leaves the platform one session without a gap, an error or a jump, in sync', async () => {
    await eventually('some seconds of live picture follow', async () => {
      const { status, status_since } = await weir.stream(stream.id)
      return status === 'active' && Date.now() - Date.parse(status_since) > 4_000
    })
    await weir.api('POST', `/v1/live-streams/${stream.id}/complete`)
    await weir.status(stream.id, 'idle')
    const recordings = await platform.recordings()
    expect(recordings).toHaveLength(1)
    const report = await analyseRecording(recordings[0]!)
    expect(report.decodeErrors).toEqual([])
    expect(report.nonMonotonic).toBe(0)
    expect(report.largestVideoGapMs).toBeLessThanOrEqual(50)
    expect(report.largestAudioGapMs).toBeLessThanOrEqual(30)
    const { flashes, beeps } = await flashesAndBeeps(recordings[0]!)
    expect(flashes.length).toBeGreaterThan(5)
    const offsets = flashes.map((flash) => Math.min(...beeps.map((beep) => Math.abs(beep - flash))))
    // A flash or a beep alone stands only where a splice has cut its other half off.
    const paired = offsets.filter((offset) => offset < 0.4)
    expect(paired.length).toBeGreaterThan(flashes.length * 0.6)
    expect(Math.max(...paired)).toBeLessThanOrEqual(0.04)
  })
})
