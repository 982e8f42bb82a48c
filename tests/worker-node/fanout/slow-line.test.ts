import { beforeEach, describe, expect, it } from 'vitest'
import type { PublisherStatus } from '#schema/contracts/destination.ts'
import { FakePlatform } from '#tests/support/fake-platform.ts'
import { ManualClock, settled } from '#tests/support/manual-clock.ts'
import { picture, testAudio, testVideo } from '#tests/support/tracks.ts'
import { rowKey } from '#worker/fanout/kernel-queue.ts'
import { KernelWatch } from '#worker/fanout/kernel-watch.ts'
import { BatchEncoder } from '#worker/fanout/media-batch.ts'
import { Publisher } from '#worker/fanout/publisher.ts'

// A kernel without a bottom: whatever is written leaves us at once, and waits there for a line that we set.
const ends = { localAddress: '10.0.0.1', localPort: 40_000, remoteAddress: '10.0.0.2', remotePort: 1935 }
const fps = 25
const frameMs = 1_000 / fps

let clock: ManualClock
let platform: FakePlatform
let seen: PublisherStatus[]
let publisher: Publisher
let encoder: BatchEncoder
let pictures: number
/** What the kernel holds, and from when it may be confirmed. */
let held: { bytes: number; readonly atMs: number; readonly dts: number }[]
let takenWrites: number
let confirmedBytes: number
let worstLatenessMs: number
let isReadable: boolean
let readings: number

beforeEach(async () => {
  clock = new ManualClock()
  platform = new FakePlatform()
  platform.ends = ends
  encoder = new BatchEncoder({ video: testVideo, audio: testAudio, title: '' })
  seen = []
  pictures = 0
  held = []
  takenWrites = 0
  confirmedBytes = 0
  worstLatenessMs = 0
  isReadable = true
  readings = 0
  const kernelWatch = new KernelWatch(clock, () => {
    readings++
    if (!isReadable) throw new Error('There is no /proc here')
    return `   1: ${rowKey(ends)} 01 ${heldBytes().toString(16).toUpperCase().padStart(8, '0')}:00000000\n`
  })
  publisher = new Publisher({
    ...{ url: 'rtmp://platform.example/app', streamKey: 'key', clock, open: platform.open, kernelWatch },
    ...{ acknowledgeEachBytes: 100_000, random: () => 0.5, onStatus: (status) => seen.push(status) },
  })
  publisher.start()
  await settled()
})

interface Line {
  /** Of 8 kB pictures, but for `keyframeBytes`. */
  readonly bytesPerSecond: number
  readonly roundTripMs?: number
  readonly keyframeBytes?: number
  readonly acknowledges?: boolean
}
const pictureBytes = 8_000

/** Plays so much of a programme in the clock's time over such a line. */
async function play(ms: number, { bytesPerSecond, roundTripMs = 0, keyframeBytes, acknowledges }: Line): Promise<void> {
  for (let elapsed = 0; elapsed < ms; elapsed += frameMs) {
    const isKeyframe = pictures % fps === 0
    const sizeBytes = isKeyframe ? (keyframeBytes ?? pictureBytes) : pictureBytes
    const batch = encoder.encode([], picture(pictures++, { sizeBytes }))
    if (publisher.wants(batch.keyframe)) publisher.push(batch)
    if (elapsed % 480 === 0) publisher.tick()
    await clock.advance(frameMs)
    take()
    let credit = (bytesPerSecond * frameMs) / 1_000
    for (let first = held[0]; first && credit > 0 && first.atMs + roundTripMs <= clock.nowMs(); first = held[0]) {
      const bytes = Math.min(credit, first.bytes)
      credit -= bytes
      first.bytes -= bytes
      confirmedBytes += bytes
      if (first.bytes > 0) break
      worstLatenessMs = Math.max(worstLatenessMs, clock.nowMs() - first.dts)
      held.shift()
    }
    if (acknowledges && elapsed % 200 === 0) platform.session.options.onAcknowledged(Math.floor(confirmedBytes))
  }
}
/** The kernel takes what was written since. */
function take(): void {
  const { written } = platform.session
  if (written.length < takenWrites) takenWrites = 0
  for (const bytes of written.slice(takenWrites))
    held.push({ bytes: bytes.length, atMs: clock.nowMs(), dts: bytes.readUIntBE(1, 3) })
  takenWrites = written.length
}
function heldBytes(): number {
  take()
  return held.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Of 25 pictures of 8 kB. */
const feedBytesPerSecond = fps * pictureBytes

describe('a destination on a line', () => {
  it('that is a fifth slower than the stream loses a fifth, is warned about, and keeps its session', async () => {
    await play(120_000, { bytesPerSecond: 0.8 * feedBytesPerSecond })
    const { state, sessions, last_error, dropped_ms } = publisher.status()
    expect({ state, sessions, code: last_error?.code }).toEqual({
      state: 'broadcasting',
      sessions: 1,
      code: 'too_slow',
    })
    expect(dropped_ms).toBeGreaterThan(0.15 * 120_000)
    expect(dropped_ms).toBeLessThan(0.25 * 120_000)
    expect(worstLatenessMs).toBeGreaterThan(2_000)
    expect(worstLatenessMs).toBeLessThan(5_000)
  })

  it('that takes a hundredth of it keeps its session, with two seconds on their way at most', async () => {
    await play(120_000, { bytesPerSecond: 0.01 * feedBytesPerSecond })
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', sessions: 1, last_error: { code: 'too_slow' } })
    expect(heldBytes()).toBeLessThan(2.2 * feedBytesPerSecond)
  })

  it('that stops is found to be stalled within three seconds, though all bytes leave us', async () => {
    await play(10_000, { bytesPerSecond: 2 * feedBytesPerSecond })
    await play(3_040, { bytesPerSecond: 0 })
    expect(platform.sessions[0]?.ended).toMatchObject({ error: { code: 'stalled' } })
    expect(seen.find(({ last_error }) => last_error?.code === 'stalled')).toMatchObject({ state: 'retrying' })
  })

  it('that stops for two seconds at a time loses nothing', async () => {
    for (let round = 0; round < 10; round++) {
      await play(8_000, { bytesPerSecond: 2 * feedBytesPerSecond })
      await play(2_000, { bytesPerSecond: 0 })
    }
    await play(8_000, { bytesPerSecond: 2 * feedBytesPerSecond })
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', sessions: 1, dropped_ms: 0, last_error: null })
    expect(platform.session.written).toHaveLength(pictures)
  })

  it('that is long, and barely broad enough for large keyframes, loses nothing', async () => {
    const keyframeBytes = 20 * pictureBytes
    const bytesPerSecond = 1.2 * (24 * pictureBytes + keyframeBytes)
    await play(120_000, { bytesPerSecond, roundTripMs: 400, keyframeBytes })
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', sessions: 1, dropped_ms: 0, last_error: null })
    expect(platform.session.written).toHaveLength(pictures)
    expect(worstLatenessMs).toBeLessThan(1_500)
  })

  it('is hardly looked at while the peer acknowledges in time', async () => {
    await play(60_000, { bytesPerSecond: 2 * feedBytesPerSecond, acknowledges: true })
    expect(readings).toBe(1)
  })

  it('is not looked at twice where the kernel does not tell, and then all that leaves us is gone', async () => {
    isReadable = false
    await play(20_000, { bytesPerSecond: 0 })
    expect(readings).toBe(1)
    expect(publisher.status()).toMatchObject({ state: 'broadcasting', sessions: 1, dropped_ms: 0 })
    expect(platform.session.written).toHaveLength(pictures)
  })

  it('is looked at no more once it is stopped', async () => {
    await play(2_000, { bytesPerSecond: 2 * feedBytesPerSecond })
    await publisher.stop()
    expect(clock.pending).toBe(0)
  })
})
