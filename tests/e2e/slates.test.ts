import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Asset } from '#schema/contracts/asset.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { loudnessOf } from '#tests/support/loudness.ts'
import { mp4Fixture } from '#tests/support/media.ts'
import { type NginxRtmp, startNginxRtmp } from '#tests/support/nginx-rtmp.ts'
import { analyseRecording, flashesAndBeeps } from '#tests/support/recording.ts'
import { TestWeir } from '#tests/support/weir.ts'

let weir: TestWeir
let platform: NginxRtmp
const ladder = { preset: 'custom', renditions: [{ height: 180 }] } as const
/** No whole number of seconds, of GOPs or of AAC frames: flashes come at 0, 1, 2 and 3 s of a lap. */
const lapSeconds = 3.5

beforeAll(async () => {
  ;[weir, platform] = await Promise.all([TestWeir.start(), startNginxRtmp()])
})
afterAll(async () => {
  await weir?.close()
  await platform?.close()
})

async function upload(file: string, type: string): Promise<Asset> {
  const response = await fetch(`${weir.url}/v1/assets?name=Loop`, {
    method: 'POST',
    headers: { authorization: `Bearer ${weir.token}`, 'content-type': type },
    body: await readFile(file),
  })
  if (response.status !== 201) throw new Error(await response.text())
  return (await response.json()) as Asset
}

const slateIs = (id: string, moment: 'before' | 'during' | 'after', state: string) =>
  eventually(
    `the slate ${moment} is ${state}`,
    async () => (await weir.stream(id)).slate_status?.[moment]?.state === state,
    { timeoutMs: 30_000, intervalMs: 200 },
  )

const pass = (seconds: number) => {
  const until = performance.now() + seconds * 1_000
  return eventually(`${seconds} s have passed`, () => performance.now() >= until, {
    timeoutMs: seconds * 1_000 + 5_000,
  })
}

describe('an uploaded video as a slate', () => {
  it('is seen and heard at a destination before, during and after the source, lap after lap, on one connection', async () => {
    const clip = await upload(
      await mp4Fixture({ pattern: 'flash', seconds: lapSeconds, width: 320, height: 180, fps: 30 }),
      'video/mp4',
    )
    const video = { type: 'video', asset_id: clip.id }
    const slate = { before: video, during: video, after: { ...video, seconds: 4 } }
    const stream = await weir.createStream({ name: 'Looped', always_on: true, ladder, slate })
    await weir.api('POST', `/v1/live-streams/${stream.id}/destinations`, {
      ...{ platform: 'custom', url: platform.url, stream_key: 'looped' },
    })
    await slateIs(stream.id, 'before', 'ready')
    await pass(5 * lapSeconds)
    const encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, { width: 320, height: 180 })
    await weir.status(stream.id, 'active')
    await pass(3)
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    await pass(3 * lapSeconds)
    await weir.api('POST', `/v1/live-streams/${stream.id}/complete`)
    const ended = await weir.status(stream.id, 'disabled', 20_000)
    expect(ended).toMatchObject({ status_reason: 'completed', slate_status: null })

    const recordings = await platform.recordings()
    expect(recordings).toHaveLength(1)
    const [recording = ''] = recordings
    const report = await analyseRecording(recording)
    expect(report.decodeErrors).toEqual([])
    expect(report.nonMonotonic).toBe(0)
    expect(report.largestVideoGapMs).toBeLessThanOrEqual(40)
    expect(report.largestAudioGapMs).toBeLessThanOrEqual(23)
    const { flashes, beeps } = await flashesAndBeeps(recording, 30)
    console.log(flashes.map((f) => f.toFixed(2)).join(' '), '\n', beeps.map((f) => f.toFixed(2)).join(' '))
    const paired = flashes.flatMap((flash) => {
      const nearest = beeps.toSorted((a, b) => Math.abs(a - flash) - Math.abs(b - flash))[0] ?? Number.NaN
      return Math.abs(nearest - flash) < 0.3 ? [Math.abs(nearest - flash)] : []
    })
    console.log(Math.max(...paired), paired.length, report, await loudnessOf(recording))
    expect(paired.length).toBeGreaterThan(25)
    expect(Math.max(...paired)).toBeLessThanOrEqual(0.04)
  })
})
