import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programIn, TransportStamps } from '#worker/ingest/pull/transport-stamps.ts'
import { type MediaFolder, segmentedFixture } from './segments.ts'

let media: MediaFolder
let whole: Buffer
beforeAll(async () => {
  media = await segmentedFixture({ seconds: 2 })
  whole = await asRead()
})
afterAll(() => media.remove())

/** As a reader gives it: one frame in each PES packet. */
async function asRead(...options: readonly string[]): Promise<Buffer> {
  const muxer = ['-c', 'copy', '-f', 'mpegts', '-muxdelay', '0', '-muxpreload', '0', '-pes_payload_size', '0']
  const input = ['-v', 'error', '-i', `${media.path}/whole.mp4`]
  const { stdout } = await execa('ffmpeg', [...input, ...muxer, ...options, 'pipe:1'], { encoding: 'buffer' })
  return Buffer.from(stdout)
}

const copy = () => Buffer.from(whole)

/** What ffprobe makes of it, and what it complains of. */
async function probe(bytes: Buffer) {
  const entries = ['-show_entries', 'packet=codec_type,pts_time,dts_time', '-of', 'csv=p=0']
  const { stdout, stderr } = await execa('ffprobe', ['-v', 'warning', '-f', 'mpegts', ...entries, 'pipe:0'], {
    input: bytes,
  })
  const packets = stdout.split('\n').map((line) => line.split(','))
  const times = (kind: string) => packets.filter(([type]) => type === kind).map(([, , dts]) => Number(dts))
  return { video: times('video'), audio: times('audio'), stderr }
}

const largestStep = (times: readonly number[]) => Math.max(...times.slice(1).map((time, index) => time - times[index]!))
const smallestStep = (times: readonly number[]) =>
  Math.min(...times.slice(1).map((time, index) => time - times[index]!))

describe('items one after the other', () => {
  it('go on where the last one ended, as a demuxer sees it', async () => {
    const stamps = new TransportStamps()
    const rounds = [0, 1, 2].flatMap(() => {
      stamps.beginItem()
      return stamps.push(copy())
    })
    const { video, audio, stderr } = await probe(Buffer.concat(rounds.map(({ bytes }) => bytes)))
    expect(stderr).toBe('')
    expect(video).toHaveLength(3 * 50)
    expect([largestStep(video), largestStep(audio)].every((step) => step < 0.09)).toBe(true)
    expect([smallestStep(video), smallestStep(audio)].every((step) => step > 0.015)).toBe(true)
    expect(rounds.at(-1)?.dueMs).toBeGreaterThan(5_900)
  })

  it.each([1, 188, 1000, 65_536])(
    'give the same whatever the pieces: %d',
    (size) => {
      const inOne = new TransportStamps()
      const inPieces = new TransportStamps()
      const pieces: Buffer[] = []
      const bytes = copy()
      for (let at = 0; at < bytes.length; at += size)
        pieces.push(...inPieces.push(Buffer.from(bytes.subarray(at, at + size))).map((run) => run.bytes))
      expect(Buffer.concat(pieces)).toEqual(Buffer.concat(inOne.push(copy()).map((run) => run.bytes)))
    },
    30_000,
  )

  it('are due in the order in which they come', () => {
    const due = new TransportStamps().push(copy()).map(({ dueMs }) => dueMs)
    expect(due).toEqual(due.toSorted((a, b) => a - b))
    expect(due.at(-1)).toBeGreaterThan(1_900)
  })

  it('survive the wrap of the 33-bit clock', async () => {
    const stamps = new TransportStamps()
    // 26.5 hours of items of 2 s would take a while: the clock is set forward by one item that says it is that long.
    const runs = stamps.push(await asRead('-output_ts_offset', '95442.7'))
    stamps.beginItem()
    runs.push(...stamps.push(copy()))
    const due = runs.map(({ dueMs }) => dueMs)
    expect(due.at(-1)).toBeGreaterThan(3_900)
    expect(due.at(-1)).toBeLessThan(4_200)
  })
})

it('programIn finds what the streams are', () => {
  expect(programIn(whole)).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } })
  expect(programIn(Buffer.from('nothing'))).toBeUndefined()
  expect(programIn(Buffer.alloc(1880, 0x47))).toBeUndefined()
})
