import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtureTags } from '#tests/support/odd-sources.ts'
import { decodeErrors } from '#tests/support/recording.ts'
import { readParameterSets } from '#worker/media/avc-config.ts'
import type { Sample, VideoTrack } from '#worker/media/sample.ts'
import { TrackQueue } from '#worker/splice/track-queue.ts'
import { FlvSamples } from '#worker/transcode/flv-samples.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-open-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What x264 makes with open groups of 24 pictures, of which two before each keyframe are decoded after it. */
async function openGroups(): Promise<{ track: VideoTrack; pictures: Sample[] }> {
  const pictures: Sample[] = []
  let track: VideoTrack | undefined
  const samples = new FlvSamples({
    ...{ videoId: 'source', audioId: 'audio', videoBitrate: 1, audioBitrate: 1, frameDuration: 3_600 },
    onTrack: (found) => {
      if (found.kind === 'video') track = found
    },
    onSample: (_, sample) => pictures.push(sample),
  })
  const tags = await fixtureTags({ bFrames: 2, openGop: true, gopSeconds: 0.96, seconds: 3, audio: false })
  for (const { timestampMs, payload } of tags) samples.take({ type: 9, timestampMs, payload })
  samples.end()
  if (!track) throw new Error('There is no picture.')
  return { track, pictures }
}

/** The pictures as a byte stream (ISO/IEC 14496-10 Annex B): how many of them FFmpeg shows, and what it complains about. */
async function decoded(track: VideoTrack, pictures: readonly Sample[]) {
  const { sps, pps } = readParameterSets(track.decoderConfig)!
  const units = pictures.flatMap(({ payload }) => {
    const view = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
    const found: Buffer[] = []
    for (let at = 0; at < view.length; at += 4 + view.readUInt32BE(at))
      found.push(view.subarray(at + 4, at + 4 + view.readUInt32BE(at)))
    return found
  })
  const file = join(folder, `${pictures.length}.h264`)
  await writeFile(file, Buffer.concat([sps, ...pps, ...units].flatMap((unit) => [Uint8Array.of(0, 0, 0, 1), unit])))
  const { stdout } = await execa('ffprobe', [
    ...['-v', 'quiet', '-count_frames', '-show_entries', 'stream=nb_read_frames', '-of', 'csv=p=0', file],
  ])
  return { shown: Number(stdout), errors: await decodeErrors(file) }
}

describe('open groups of pictures', () => {
  it('that are entered at a keyframe decode whole, and are shown from there on without a gap', async () => {
    const { track, pictures } = await openGroups()
    const [, entry, next] = pictures.flatMap(({ keyframe }, index) => (keyframe ? [index] : []))
    const asTheyCome = pictures.slice(entry, next)
    // Who takes them as they come can't show two of them.
    expect((await decoded(track, asTheyCome)).shown).toBe(asTheyCome.length - 2)

    const queue = new TrackQueue(track)
    for (const picture of pictures.slice(0, next)) queue.push(picture)
    const { dts, duration, compositionOffset } = asTheyCome[0]!
    expect(queue.newestKeyframe(() => true)).toBe(dts)
    expect(queue.beginAt(dts)).toBe(dts + 2 * duration)
    const entered: Sample[] = []
    for (let each = queue.shift(); each; each = queue.shift()) entered.push(each)
    expect(await decoded(track, entered)).toEqual({ shown: asTheyCome.length - 2, errors: [] })
    expect(entered[0]).toMatchObject({ keyframe: true, dts: dts + 2 * duration })
    expect(entered[0]!.dts + entered[0]!.compositionOffset).toBe(dts + compositionOffset)
    for (const [index, each] of entered.slice(1).entries())
      expect(each.dts).toBe(entered[index]!.dts + entered[index]!.duration)
  })
})
