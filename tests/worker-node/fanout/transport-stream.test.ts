import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { encodedMedia, LiveFeed } from '#tests/support/live-samples.ts'
import { decodeErrors } from '#tests/support/recording.ts'
import { otherVideo, picture, sound, testAudio, testVideo } from '#tests/support/tracks.ts'
import { type AccessUnit, Continuity, packetBytes, transportStream } from '#worker/fanout/transport-stream.ts'
import { TransportStreamIntake } from '#worker/ingest/mpegts/transport-stream-intake.ts'

const video = (index: number, track = testVideo): AccessUnit => ({ sample: picture(index), track })
const audio = (index: number): AccessUnit => ({ sample: sound(index), track: testAudio })
const pids = (bytes: Buffer) =>
  Array.from({ length: bytes.length / packetBytes }, (_, index) => bytes.readUInt16BE(index * packetBytes + 1) & 0x1fff)

describe('transportStream', () => {
  it('begins every keyframe with the tables, and repeats them twice a second', () => {
    expect(pids(transportStream([video(25)])).slice(0, 3)).toEqual([0, 0x1000, 0x100])
    const others = Array.from({ length: 24 }, (_, index) => pids(transportStream([video(index + 26)])))
    expect(others.filter((ids) => ids.includes(0))).toHaveLength(2)
  })

  it('keeps the order of arrival and puts everything in whole packets', () => {
    const bytes = transportStream([audio(1), audio(2), video(2)])
    expect(pids(bytes)).toEqual([0x101, 0x101, 0x100])
    expect(bytes.length % packetBytes).toBe(0)
    for (let at = 0; at < bytes.length; at += packetBytes) expect(bytes[at]).toBe(0x47)
  })

  it('gives a keyframe the configuration that holds for it', () => {
    expect(transportStream([video(25)]).includes('newconfig')).toBe(false)
    expect(transportStream([video(25, otherVideo)]).includes('newconfig')).toBe(true)
  })

  it('fits payloads of every size', () => {
    for (let sizeBytes = 1; sizeBytes < 400; sizeBytes++) {
      const bytes = transportStream([{ sample: picture(1, { sizeBytes }), track: testVideo }])
      expect(bytes.length % packetBytes).toBe(0)
    }
  })

  it('numbers the packets of each connection by themselves', () => {
    const shared = transportStream([video(25)])
    const [one, other] = [new Continuity(), new Continuity()]
    const counters = (bytes: Buffer) => pids(bytes).map((_, index) => bytes[index * packetBytes + 3]! & 0x0f)
    for (let round = 0; round < 17; round++) expect(counters(one.numbered(shared))[0]).toBe(round % 16)
    expect(counters(other.numbered(shared))[0]).toBe(0)
    expect(counters(shared).every((counter) => counter === 0)).toBe(true)
  })

  it.each([0, 26.5 * 3_600 - 1])(
    'is read by FFmpeg and by ourselves without a complaint, %i s after the beginning',
    async (fromSeconds) => {
      const media = await encodedMedia({ heights: [180], seconds: 2 })
      const continuity = new Continuity()
      const tracks = new Map([media.video[0]!.track, media.audio.track].map((track) => [track.id, track]))
      const written: Buffer[] = []
      const feed = new LiveFeed(media, (id, sample) =>
        written.push(continuity.numbered(transportStream([{ sample, track: tracks.get(id)! }], fromSeconds * 1_000))),
      )
      feed.advance(4)
      const folder = await mkdtemp(join(tmpdir(), 'weir-ts-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      const file = join(folder, 'out.ts')
      await writeFile(file, Buffer.concat(written))
      expect(await decodeErrors(file, ['-xerror'])).toEqual([])
      const { stdout } = await execa('ffprobe', [
        ...[
          '-v',
          'error',
          '-count_packets',
          '-show_entries',
          'stream=codec_name,nb_read_packets',
          '-of',
          'csv=p=0',
          file,
        ],
      ])
      expect(
        stdout
          .split('\n')
          .map((line) => line.split(',').slice(0, 2))
          .slice(0, 2),
      ).toEqual([
        ['h264', '100'],
        ['aac', '188'],
      ])
      const intake = new TransportStreamIntake({ protocol: 'srt' })
      for (const bytes of written) intake.push(bytes)
      expect(await intake.ready).toMatchObject({
        video: { codec: 'h264', height: 180, fps: 25 },
        audio: { codec: 'aac' },
      })
    },
  )
})
