import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { SeededRandom } from '#tests/support/random.ts'
import { aac, avFixture, decoded, decodedBytes, tsFixture, tsInputs, x264 } from '#tests/support/transport-stream.ts'
import {
  TransportStreamIntake,
  type TransportStreamIntakeOptions,
} from '#worker/ingest/mpegts/transport-stream-intake.ts'
import { sectionCrc } from '#worker/media/section-crc.ts'

let file: string
let stream: Buffer

beforeAll(async () => {
  file = await avFixture()
  stream = await readFile(file)
})

const intakeOf = (options: Partial<TransportStreamIntakeOptions> = {}) =>
  new TransportStreamIntake({ protocol: 'srt', ...options })

/** Feeds all of it in pieces of `size` bytes. */
function feed(intake: TransportStreamIntake, bytes: Buffer, size = 1_316): void {
  for (let at = 0; at < bytes.length; at += size) intake.push(bytes.subarray(at, at + size))
}

/** What a reader has got by now. */
async function readNow(reader: Readable): Promise<Buffer> {
  await setImmediate()
  const chunks: Buffer[] = []
  for (let chunk = reader.read(); chunk !== null; chunk = reader.read()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What a reader gives of a source that ends. */
async function through(bytes: Buffer, size?: number): Promise<Buffer> {
  const intake = intakeOf({ maxBehindBytes: 64 * 1024 * 1024 })
  const reader = intake.open()
  feed(intake, bytes, size)
  intake.end()
  return Buffer.concat(await reader.toArray())
}

describe('a reader from the start', () => {
  it.each([188, 1_316, 1_000, 65_536, 7])('gets every frame, in pieces of %d bytes', async (size) => {
    const bytes = await through(stream, size)
    expect(await decodedBytes(bytes, 'v')).toEqual(await decoded(file, 'v'))
    expect(await decodedBytes(bytes, 'a')).toEqual(await decoded(file, 'a'))
  })
})

describe('a reader that comes in the middle of a GOP', () => {
  it.each([
    ['without B-frames', false],
    ['with B-frames', true],
  ])('decodes from the newest keyframe on without an error, %s', async (_, bFrames) => {
    const source = await avFixture({ bFrames })
    const bytes = await readFile(source)
    const intake = intakeOf()
    const middle = Math.floor(bytes.length * 0.6)
    feed(intake, bytes.subarray(0, middle))
    const reader = intake.open()
    feed(intake, bytes.subarray(middle))
    intake.end()
    const [late, all] = [await decodedBytes(Buffer.concat(await reader.toArray()), 'v'), await decoded(source, 'v')]
    expect(late).toEqual(all.slice(-late.length))
    expect([25, 50, 75]).toContain(late.length)
  })

  it('gets the same GOP again after a reader that died in it', async () => {
    const intake = intakeOf()
    feed(intake, stream.subarray(0, 100_000))
    const first = await readNow(intake.open())
    const second = intake.open()
    expect((await readNow(second)).equals(first)).toBe(true)
  })

  it('waits for a keyframe when the source itself was joined in mid GOP', async () => {
    const intake = intakeOf()
    const reader = intake.open()
    const half = Math.floor(stream.length / 2)
    feed(intake, stream.subarray(half - (half % 188)))
    intake.end()
    const late = await decodedBytes(Buffer.concat(await reader.toArray()), 'v')
    expect(late).toEqual((await decoded(file, 'v')).slice(-late.length))
    expect(late.length % 25).toBe(0)
    expect(late.length).toBeGreaterThan(0)
  })

  it('finds keyframes that the stream does not mark', async () => {
    const unmarked = Buffer.from(stream)
    for (let at = 0; at < unmarked.length; at += 188)
      if ((unmarked[at + 3]! & 0x20) !== 0 && unmarked[at + 4]! > 0) unmarked[at + 5]! &= ~0x40
    const intake = intakeOf()
    feed(intake, unmarked)
    const reader = intake.open()
    intake.end()
    expect(await decodedBytes(Buffer.concat(await reader.toArray()), 'v')).toHaveLength(25)
  })
})

describe('garbage', () => {
  it('between packets costs nothing', async () => {
    const random = new SeededRandom(1)
    const pieces: Buffer[] = [random.bytes(777)]
    for (let at = 0; at < stream.length; ) {
      const next = at + 188 * (100 + random.below(400))
      pieces.push(stream.subarray(at, next), random.bytes(1 + random.below(500)))
      at = next
    }
    const bytes = await through(Buffer.concat(pieces))
    const frames = await decodedBytes(bytes, 'v').catch(() => [])
    // Random bytes may look like a packet now and then; what was sent is all there.
    expect(frames.length).toBeGreaterThanOrEqual(95)
  })

  it('alone is no media, and never more than a few packets of memory', () => {
    const random = new SeededRandom(2)
    const intake = intakeOf()
    const garbage = random.bytes(100_000)
    for (let round = 0; round < 20; round++) feed(intake, garbage)
    expect(intake.received().bytes).toBe(0)
    expect(intake.describe()).toMatchObject({ video: null, audio: null, bitrate_kbps: null })
  })
})

describe('the description', () => {
  it('is ready as soon as everything announced is known', async () => {
    const intake = intakeOf()
    feed(intake, stream.subarray(0, 60_160))
    expect(await intake.ready).toEqual({
      protocol: 'srt',
      video: {
        codec: 'h264',
        profile: 'Constrained Baseline',
        width: 320,
        height: 180,
        fps: 25,
        keyframe_interval_s: null,
        b_frames: null,
      },
      audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
      bitrate_kbps: null,
      encoder: null,
    })
    feed(intake, stream.subarray(60_160))
    expect(intake.describe().video).toMatchObject({
      b_frames: false,
      keyframe_interval_s: 1,
      frame_rate_varies: false,
    })
  })

  it('tells B-frames, and measures bit rate and the distance of keyframes', async () => {
    let nowMs = 1_000
    const intake = intakeOf({ nowMs: () => nowMs })
    const bytes = await readFile(await avFixture({ bFrames: true }))
    for (let at = 0; at < bytes.length; at += 1_880) {
      nowMs = 1_000 + (4_000 * at) / bytes.length
      intake.push(bytes.subarray(at, at + 1_880))
    }
    const { video, bitrate_kbps } = intake.describe()
    expect(video).toMatchObject({ profile: 'High', b_frames: true, keyframe_interval_s: 1, fps: 25 })
    expect(bitrate_kbps! / ((bytes.length * 8) / 4_000)).toBeCloseTo(1, 0)
  })

  it('sees that pictures come at uneven distances', async () => {
    const uneven = ['-vf', "select='mod(n,5)+gt(mod(n,3),1)'", '-vsync', 'vfr', '-enc_time_base', '1/90000']
    const intake = intakeOf()
    feed(intake, await readFile(await tsFixture([...tsInputs(5).picture, ...uneven, ...x264, '-tune', 'zerolatency'])))
    expect(intake.describe().video).toMatchObject({ frame_rate_varies: true })
  })

  const { picture, tone } = tsInputs(2)
  it.each([
    [
      'HEVC',
      [...picture, '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none', '-g', '25'],
      {
        video: { codec: 'hevc', profile: 'Main', width: 320, height: 180, fps: 25 },
        audio: null,
      },
    ],
    [
      'MPEG-2 video',
      [...picture, '-c:v', 'mpeg2video', '-g', '25'],
      {
        video: { codec: 'mpeg2video', width: 320, height: 180, fps: 25 },
        audio: null,
      },
    ],
    [
      'H.264 High 4:4:4',
      [...picture, ...x264, '-pix_fmt', 'yuv444p'],
      {
        video: { codec: 'h264', profile: 'High 4:4:4 Predictive', width: 320, height: 180, fps: 25 },
      },
    ],
    [
      'AAC mono at 44.1 kHz',
      [...tone, '-c:a', 'aac', '-ac', '1', '-ar', '44100'],
      {
        video: null,
        audio: { codec: 'aac', sample_rate: 44_100, channels: 1 },
      },
    ],
    [
      'AAC in LATM',
      [...tone, '-c:a', 'aac', '-ac', '2', '-mpegts_flags', 'latm'],
      {
        audio: { codec: 'aac', sample_rate: 48_000, channels: 2 },
      },
    ],
    ['MP2', [...tone, '-c:a', 'mp2', '-ac', '2'], { audio: { codec: 'mp2', sample_rate: 48_000, channels: 2 } }],
    [
      'AC-3 5.1',
      [...tone, '-c:a', 'ac3', '-ac', '6'],
      {
        audio: { codec: 'ac3', sample_rate: 48_000, channels: 6 },
      },
    ],
    [
      'E-AC-3 stereo',
      [...tone, '-c:a', 'eac3', '-ac', '2', '-ar', '44100'],
      {
        audio: { codec: 'eac3', sample_rate: 44_100, channels: 2 },
      },
    ],
    ['Opus', [...tone, '-c:a', 'libopus'], { audio: { codec: 'opus', sample_rate: 48_000, channels: 2 } }],
  ])('knows %s', async (_, args, expected) => {
    const intake = intakeOf()
    feed(intake, await readFile(await tsFixture(args)))
    expect(await intake.ready).toMatchObject(expected)
  })

  it('does not wait for ever for sound that is announced and does not come', async () => {
    const intake = intakeOf()
    const silent = withoutPid(stream, 0x101)
    feed(intake, silent.subarray(0, 60_000))
    expect(await intake.ready).toMatchObject({ video: { width: 320 }, audio: null })
  })
})

describe('HEVC', () => {
  it('begins at a keyframe for a late reader', async () => {
    const { picture, tone } = tsInputs(4)
    const x265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:open-gop=0', '-g', '25']
    const source = await tsFixture([...picture, ...tone, ...x265, ...aac])
    const bytes = await readFile(source)
    const intake = intakeOf()
    feed(intake, bytes.subarray(0, Math.floor(bytes.length * 0.6)))
    const reader = intake.open()
    feed(intake, bytes.subarray(Math.floor(bytes.length * 0.6)))
    intake.end()
    const late = await decodedBytes(Buffer.concat(await reader.toArray()), 'v')
    expect(late.length % 25).toBe(0)
    expect(late).toEqual((await decoded(source, 'v')).slice(-late.length))
  })
})

describe('sound without a picture', () => {
  it('is kept and handed on', async () => {
    const { tone } = tsInputs(2)
    const source = await tsFixture([...tone, ...aac])
    const intake = intakeOf()
    const bytes = await readFile(source)
    feed(intake, bytes)
    const reader = intake.open()
    intake.end()
    const late = await decodedBytes(Buffer.concat(await reader.toArray()), 'a')
    expect(late).toEqual((await decoded(source, 'a')).slice(-late.length))
    expect(late.length).toBeGreaterThan(50)
  })
})

describe('a program that changes', () => {
  it('ends the reader; the next one begins with the new program', async () => {
    const { tone } = tsInputs(2)
    const onlySound = await readFile(await tsFixture([...tone, ...aac]))
    const intake = intakeOf()
    const first = intake.open()
    feed(intake, onlySound)
    expect(intake.describe().video).toBeNull()
    feed(intake, stream)
    expect(await decodedBytes(Buffer.concat(await first.toArray()), 'a')).not.toHaveLength(0)
    const second = intake.open()
    intake.end()
    expect(await decodedBytes(Buffer.concat(await second.toArray()), 'v')).toHaveLength(25)
    expect(intake.describe()).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } })
  })

  it('goes on when only the version of its map changes', async () => {
    const intake = intakeOf({ maxBehindBytes: 64 * 1024 * 1024 })
    const reader = intake.open()
    feed(intake, stream)
    feed(intake, withMapVersion(stream, 9))
    intake.end()
    const bytes = Buffer.concat(await reader.toArray())
    expect(bytes.length).toBeGreaterThan(2 * stream.length - 188 * 8)
  })

  it('takes a picture that comes later', async () => {
    const { picture, tone } = tsInputs(2)
    const intake = intakeOf()
    feed(intake, await readFile(await tsFixture([...tone, ...aac])))
    const reader = intake.open()
    feed(intake, await readFile(await tsFixture([...picture, ...x264, '-tune', 'zerolatency'])))
    await reader.toArray()
    expect(intake.describe()).toMatchObject({ video: { width: 320 }, audio: null })
  })
})

describe('a reader that does not read', () => {
  it('is told of, and is let go on when it has read', async () => {
    const told: string[] = []
    const intake = intakeOf({
      maxBehindBytes: 100_000,
      onFull: () => told.push('full'),
      onDrained: () => told.push('drained'),
    })
    const reader = intake.open()
    feed(intake, stream.subarray(0, 250_000))
    expect(intake.heldBack).toBe(true)
    expect(told).toEqual(['full'])
    await readNow(reader)
    expect(intake.heldBack).toBe(false)
    expect(told).toEqual(['full', 'drained'])
  })

  it('costs a bounded amount of memory and goes on at a keyframe', async () => {
    const intake = intakeOf({ maxBehindBytes: 50_000 })
    const reader = intake.open()
    for (let round = 0; round < 50; round++) feed(intake, stream)
    const rest = await readNow(reader)
    expect(rest.length).toBeLessThan(50_000 * 2 + 64 * 1024 + 10_000)
    expect(intake.heldBack).toBe(false)
    const more: Buffer[] = [stream.subarray(0, 188 * 3)]
    for (let at = 0; at < stream.length; at += 18_800) {
      feed(intake, stream.subarray(at, at + 18_800))
      more.push(await readNow(reader))
    }
    intake.end()
    more.push(await readNow(reader))
    expect(await decodedBytes(Buffer.concat(more), 'v')).toEqual(await decoded(file, 'v'))
  })
})

/** The stream without the packets of one PID. */
function withoutPid(bytes: Buffer, pid: number): Buffer {
  const packets = Array.from({ length: bytes.length / 188 }, (_, index) =>
    bytes.subarray(index * 188, index * 188 + 188),
  )
  return Buffer.concat(packets.filter((packet) => (packet.readUInt16BE(1) & 0x1fff) !== pid))
}

/** The stream with another version number in its program map, and the right CRC. */
function withMapVersion(bytes: Buffer, version: number): Buffer {
  const changed = Buffer.from(bytes)
  for (let at = 0; at < changed.length; at += 188) {
    if ((changed.readUInt16BE(at + 1) & 0x1fff) !== 0x1000) continue
    const section = changed.subarray(at + 5, at + 5 + 3 + (changed.readUInt16BE(at + 6) & 0x0fff))
    section[5] = 0xc1 | (version << 1)
    section.writeUInt32BE(sectionCrc(section.subarray(0, -4)), section.length - 4)
  }
  return changed
}
