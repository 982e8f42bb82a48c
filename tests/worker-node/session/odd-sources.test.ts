import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ladder } from '#schema/contracts/ladder.ts'
import { fixtureTags, followedBy, jumping, sendTags, type TimedTag } from '#tests/support/odd-sources.ts'
import { beepTimes, continuity, flashTimes, packagedTrack } from '#tests/support/packaged-media.ts'
import { bearSlowMachine } from '#tests/support/patient-gate.ts'
import { decodeErrors } from '#tests/support/recording.ts'
import { RtmpPeer } from '#tests/support/rtmp-peer.ts'
import { type TestRtmpServer, testRtmpServer } from '#tests/support/rtmp-server.ts'
import { createRtmpSource } from '#worker/ingest/rtmp-source.ts'
import { type Origin, startOrigin } from '#worker/package/origin.ts'
import { Session } from '#worker/session/session.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { jobOf, noUploads, recordedLog } from '../agent/registry-under-test.ts'

const hourMs = 3_600_000

interface OddSource {
  readonly name: string
  readonly tags: () => Promise<readonly TimedTag[]>
  /** Codes of the issues at the end. */
  readonly issues?: readonly string[]
  /** Its picture or sound is not there, so nothing can be compared. */
  readonly lacks?: 'audio' | 'video'
  /** Distance of pictures that go out as they came, milliseconds. */
  readonly gapMs?: number
  /** Seconds of slate that a new run may cost. */
  readonly slateSeconds?: Partial<Record<Mode, number>>
  readonly normalize?: boolean
  /** Sound that goes out as it came is measured. */
  readonly listens?: boolean
  /** Flashes that must be there, of about ten. */
  readonly flashes?: number
}

const sources: readonly OddSource[] = [
  { name: 'that is normalised', tags: () => fixtureTags(), normalize: true },
  { name: 'with B-frames', tags: () => fixtureTags({ bFrames: 2 }) },
  { name: 'with open groups of pictures', tags: () => fixtureTags({ bFrames: 2, openGop: true, gopSeconds: 0.96 }) },
  { name: 'with sound of 44.1 kHz', tags: () => fixtureTags({ sampleRate: 44_100 }), listens: true },
  { name: 'with sound of one channel', tags: () => fixtureTags({ channels: 1 }), listens: true },
  { name: 'with sound of 5.1 channels', tags: () => fixtureTags({ channels: 6 }) },
  {
    name: 'of a variable frame rate',
    tags: async () => (await fixtureTags()).map(unsteady),
    issues: ['frame_rate_unsteady'],
  },
  { name: 'without sound', tags: () => fixtureTags({ audio: false }), lacks: 'audio', issues: ['audio_missing'] },
  { name: 'without a picture', tags: () => fixtureTags({ video: false }), lacks: 'video', issues: ['video_missing'] },
  {
    name: 'whose sound begins 5 s late',
    tags: async () => (await fixtureTags()).flatMap(lateSound).toSorted((a, b) => a.atMs - b.atMs),
    slateSeconds: { encoded: 2, source: 2 },
    flashes: 3,
  },
  {
    name: 'whose sound is announced and begins 5 s late',
    tags: async () => (await fixtureTags()).filter((tag) => tag.kind === 'video' || isHeader(tag) || tag.atMs >= 5_000),
    slateSeconds: { encoded: 2, source: 2 },
    flashes: 3,
  },
  {
    name: 'with a keyframe every 10 s',
    tags: () => fixtureTags({ gopSeconds: 10, seconds: 12 }),
    issues: ['gop_too_long'],
  },
  { name: 'whose clock jumps an hour ahead', tags: async () => jumping(await fixtureTags(), 4, hourMs) },
  {
    name: 'whose clock jumps an hour back',
    tags: async () => jumping(jumping(await fixtureTags(), 0, 2 * hourMs), 4, -hourMs),
  },
  { name: 'whose clock goes back 2 s', tags: async () => jumping(jumping(await fixtureTags(), 0, 9_000), 4, -2_000) },
  { name: 'whose clock wraps', tags: async () => jumping(await fixtureTags(), 0, 2 ** 32 - 4_000) },
  {
    name: 'whose picture changes size',
    tags: async () => followedBy(await fixtureTags(), await fixtureTags({ seconds: 6, width: 426, height: 240 }), 4),
  },
  {
    name: 'whose sound changes its sample rate',
    tags: async () => followedBy(await fixtureTags(), await fixtureTags({ seconds: 6, sampleRate: 44_100 }), 4),
    slateSeconds: { source: 2 },
    flashes: 5,
  },
]

/** The fixture is black with flashes, and next to nothing to encode. */
const ofFixture = new Set(['bitrate_too_low', 'picture_black'])

const isHeader = ({ payload }: TimedTag) => payload[1] === 0

function lateSound(tag: TimedTag): TimedTag[] {
  if (tag.kind === 'video' || tag.atMs >= 5_000) return [tag]
  return isHeader(tag) ? [{ ...tag, atMs: 5_000, timestampMs: 5_000 }] : []
}

/** 40 ms each become 20, 80, 20, 30 and 50: pictures come when they like, but for the first of each second. */
function unsteady(tag: TimedTag): TimedTag {
  if (tag.kind === 'audio') return tag
  const index = Math.round(tag.timestampMs / 40)
  const timestampMs = Math.floor(index / 5) * 200 + [0, 20, 100, 120, 150][index % 5]!
  return { ...tag, timestampMs }
}

let ffmpeg: FfmpegBinary
let folder: string
let server: TestRtmpServer
let origin: Origin
const sessions = new Map<string, Session>()
beforeAll(async () => {
  bearSlowMachine()
  ffmpeg = await findFfmpeg()
  folder = await mkdtemp(join(tmpdir(), 'weir-odd-'))
  server = await testRtmpServer()
  origin = await startOrigin({
    ...{ host: '127.0.0.1', port: 0, log: () => {} },
    resolve: (id) => {
      const session = sessions.get(id)
      return session?.package && { package: session.package }
    },
  })
})
afterAll(async () => {
  await Promise.all([...sessions.values()].map((session) => session.end('completed')))
  await origin.close()
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

const ladders = {
  encoded: { preset: 'custom', renditions: [{ height: 180 }] },
  source: { preset: 'source' },
} satisfies Record<string, Ladder>
type Mode = keyof typeof ladders

/** Sends a source to a session of its own, to the end; gives how it went. */
async function broadcast(source: OddSource, mode: Mode, id: string) {
  const tags = await source.tags()
  const { log, lines } = recordedLog()
  const inputs = [{ id: 'in_1', type: 'push', priority: 1 }] as const
  const session = new Session({
    open: {
      job: jobOf({ ladder: ladders[mode], audio: { normalize: source.normalize ?? false } }),
      inputs,
      srtPassphrase: '',
      destinations: [],
    },
    host: {
      ...{ ffmpeg, freeEncodeUnits: () => 2, slateDir: join(folder, 'slates'), log, startDriver: () => null },
      listensToPassthrough: source.listens ?? false,
      fetchAsset: noUploads,
    },
    onEvent: () => {},
    onOver: () => {},
  })
  sessions.set(id, session)
  const streamKey = `${id}-${session.id}`
  const peer = await RtmpPeer.publish(server.port, streamKey)
  void session.door.attach(createRtmpSource(await server.publication(streamKey)), null)
  await sendTags(peer, tags)
  const report = session.report()
  peer.socket.destroy()
  await delay(500)
  await session.end('completed')
  return { report, lines }
}
type Outcome = Awaited<ReturnType<typeof broadcast>>

/**
 * What FFmpeg complains about as it decodes. That its own output has constant distances is its own affair; and whoever comes
 * to open groups of pictures in the middle misses pictures that the first ones refer to.
 */
const complaints = async (file: string) =>
  (await decodeErrors(file)).filter((line) => !/Application provided invalid|mmco|Last message repeated/.test(line))

/** So many at once, a little after each other: a stall of the machine is not what is tested. */
const atOnce = 9
const modes = ['encoded', 'source'] as const
const outcomes = new Map<string, Outcome>()
const idOf = (source: OddSource, mode: Mode) => `${mode}-${sources.indexOf(source)}`

beforeAll(async () => {
  for (let first = 0; first < sources.length; first += atOnce) {
    const running: Promise<void>[] = []
    for (const source of sources.slice(first, first + atOnce)) {
      for (const mode of modes) {
        const id = idOf(source, mode)
        running.push(broadcast(source, mode, id).then((outcome) => void outcomes.set(id, outcome)))
        await delay(200)
      }
    }
    await Promise.all(running)
  }
}, 120_000)

describe.each(modes)('ladder %s', (mode) => {
  it.each(sources)('a source $name', { retry: 1, timeout: 40_000 }, async (source) => {
    const id = idOf(source, mode)
    // On a machine that others use all of them may stall at once: what went wrong is tried again, alone.
    const { report, lines } = outcomes.get(id) ?? (await broadcast(source, mode, id))
    outcomes.delete(id)
    const isPassed = mode === 'source' && source.lacks !== 'video'
    const names = report.renditions.map(({ name }) => name)
    if (mode === 'encoded') expect(names).toEqual(['180p'])
    else if (isPassed) expect(names).toEqual(['source'])
    const base = `http://127.0.0.1:${origin.port}/live/${id}`
    const video = await packagedTrack(`${base}/${names[0]}.m3u8`, folder)
    const audio = await packagedTrack(`${base}/audio.m3u8`, folder)
    const told = () => `${lines.join('')}\n${JSON.stringify(report.issues)} slate ${report.sample?.slate_seconds}`

    for (const track of [video, audio]) {
      const { largestGapMs, largestOverlapMs } = continuity(track)
      expect(largestGapMs, told()).toBeLessThanOrEqual(source.gapMs ?? 100)
      expect(largestOverlapMs, told()).toBeLessThan(1)
      for (const file of track.files) expect(await complaints(file), told()).toEqual([])
    }
    expect(report.sample?.slate_seconds, told()).toBeLessThanOrEqual(source.slateSeconds?.[mode] ?? 0)
    const wanted = [...(mode === 'source' && !isPassed ? ['passthrough_not_possible'] : []), ...(source.issues ?? [])]
    expect(report.issues.map(({ code }) => code).filter((code) => !ofFixture.has(code))).toEqual(wanted)

    // Where the sound goes out as it came nobody hears it here.
    const isHeard =
      source.lacks !== 'audio' && (!isPassed || source.normalize || source.listens || source.name.includes('5.1'))
    const { loudness_integrated_lufs: lufs = null } = report.sample ?? {}
    if (isHeard) expect(lufs, told()).toBeGreaterThan(-40)
    else expect(lufs, told()).toBeNull()

    const flashes = source.lacks === 'video' ? [] : await flashTimes(video)
    const beeps = source.lacks === 'audio' ? [] : await beepTimes(audio)
    const least = source.flashes ?? 6
    if (source.lacks !== 'video') expect(flashes.length, told()).toBeGreaterThanOrEqual(least)
    if (source.lacks !== 'audio') expect(beeps.length, told()).toBeGreaterThanOrEqual(least - 1)
    if (source.lacks) return
    for (const beep of beeps.slice(-(least - 1))) {
      const offsetMs = Math.min(...flashes.map((flash) => Math.abs(flash - beep))) * 1_000
      expect(offsetMs, `sound at ${beep} s among ${flashes.join(' ')}\n${told()}`).toBeLessThan(41)
    }
  })
})
