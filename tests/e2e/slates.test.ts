import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Asset } from '#schema/contracts/asset.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import { validateHls } from '#tests/support/hls-validator.ts'
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

async function upload(file: string | Uint8Array, type: string): Promise<Asset> {
  const response = await fetch(`${weir.url}/v1/assets?name=Loop`, {
    method: 'POST',
    headers: { authorization: `Bearer ${weir.token}`, 'content-type': type },
    body: typeof file === 'string' ? await readFile(file) : Buffer.from(file),
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
  it('is seen and heard before, during and after the source, lap after lap, on one connection and by the rules', async () => {
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
    // A lap ends in the middle of a group of pictures, and so of segments and parts.
    const { violations, seen } = await validateHls(await weir.playable(stream), { seconds: 12, jitterMs: 900 })
    expect(violations).toEqual([])
    expect(seen.parts).toBeGreaterThan(40)
    const encoder = await startEncoder(weir.rtmpUrl, stream.stream_key, { width: 320, height: 180 })
    await weir.status(stream.id, 'active')
    await encoder.end('SIGKILL')
    await weir.status(stream.id, 'reconnecting')
    await pass(2 * lapSeconds)
    await weir.api('POST', `/v1/live-streams/${stream.id}/complete`)
    const ended = await weir.status(stream.id, 'disabled')
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
    expect(flashes.length).toBeGreaterThan(20)
    const apart = flashes.map((flash) => Math.min(...beeps.map((beep) => Math.abs(beep - flash))))
    expect(Math.max(...apart)).toBeLessThanOrEqual(0.04)
    const early = await loudnessOf(recording, ['-t', '14'])
    expect(Math.abs(early.lufs + 16)).toBeLessThanOrEqual(1.5)
    expect(early.peakDb).toBeLessThan(-1.5)
    console.info(
      `sound beside the pictures within ${Math.round(Math.max(...apart) * 1_000)} ms over ${flashes.length} flashes;`,
      `largest gaps ${report.largestVideoGapMs.toFixed(0)} and ${report.largestAudioGapMs.toFixed(0)} ms;`,
      `${early.lufs} LUFS, ${early.peakDb} dBTP`,
    )
  })

  it('chosen for the whole install is taken up on air by a stream that chooses nothing, and one that is broken is not', async () => {
    const clip = await upload(await mp4Fixture({ seconds: 2, width: 320, height: 180 }), 'video/mp4')
    const stream = await weir.createStream({ name: 'Default', always_on: true, ladder })
    await slateIs(stream.id, 'before', 'ready')
    const { session_id } = await weir.stream(stream.id)
    await weir.api('PATCH', '/v1/settings', { slate: { before: { type: 'video', asset_id: clip.id } } })
    await eventually('it is being taken up', async () => (await weir.stream(stream.id)).revision > 1)
    await slateIs(stream.id, 'before', 'ready')
    const broken = await upload(await brokenVideo(), 'video/mp4')
    await weir.api('PATCH', `/v1/live-streams/${stream.id}`, {
      slate: { before: { type: 'video', asset_id: broken.id } },
    })
    await slateIs(stream.id, 'before', 'failed')
    const { health, ...now } = await weir.stream(stream.id)
    expect(now).toMatchObject({ session_id, status: 'reconnecting' })
    expect(health.issues).toContainEqual(expect.objectContaining({ code: 'slate_upload_failed' }))
    await weir.api('PATCH', '/v1/settings', { slate: { before: null } })
  })
})

/** A file that begins as a video does, and is none. */
async function brokenVideo(): Promise<Uint8Array> {
  const bytes = await readFile(await mp4Fixture({ seconds: 2, width: 320, height: 180 }))
  return bytes.fill(0x55, 40)
}
