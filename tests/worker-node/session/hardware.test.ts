import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import { eventually } from '#tests/support/eventually.ts'
import { type FakeNvenc, fakeNvenc } from '#tests/support/fake-nvenc.ts'
import { ProgramFolder } from '#tests/support/programs.ts'
import { type TestRtmpServer, testRtmpServer } from '#tests/support/rtmp-server.ts'
import type { OpenInput } from '#worker/session/options.ts'
import { Session } from '#worker/session/session.ts'
import { jobDestination, jobOf, noUploads, recordedLog, startDriver } from '../agent/registry-under-test.ts'

let programs: ProgramFolder
let nvenc: FakeNvenc
let platform: TestRtmpServer
const open: Session[] = []
beforeAll(async () => {
  programs = await ProgramFolder.create()
  platform = await testRtmpServer({
    // Whoever takes no media holds its sender back.
    onPublication: (publication) => publication.openFlv().resume(),
  })
})
afterEach(() => Promise.all(open.splice(0).map((session) => session.end('completed'))))
afterAll(async () => {
  await platform.close()
  await programs.remove()
})

/** A session of a test pattern, on a machine that thinks it has NVENC. */
function createSession(more: Partial<Job> = {}) {
  const failed: string[] = []
  const events: string[] = []
  const { log, lines } = recordedLog()
  const destination = { ...jobDestination(''), url: `rtmp://127.0.0.1:${platform.port}/live` }
  const inputs = [{ id: 'in_1', type: 'test', priority: 1 }] as const
  const job = jobOf({
    encoder: 'auto',
    latency_mode: 'low_latency',
    inputs: [...inputs],
    destinations: [destination],
    ...more,
  })
  const { id, url, enabled } = destination
  const session = new Session({
    open: {
      ...{ job, inputs: job.inputs as OpenInput[], srtPassphrase: '' },
      destinations: [{ id, url, enabled, streamKey: 'platform-key', changedAt: '', rules: destination }],
    },
    host: {
      ...{ ffmpeg: nvenc.ffmpeg, slateDir: `${programs.path}/slates`, fetchAsset: noUploads, startDriver },
      log,
      freeEncodeUnits: () => 2,
      freeHardware: () => [{ name: 'h264_nvenc', encodeUnits: 20 }],
      onEncoderFailed: (encoder) => failed.push(encoder),
    },
    onEvent: (type, detail) => events.push(`${type}: ${detail}`),
    onOver: () => {},
  })
  open.push(session)
  const now = () => {
    const { status, renditions, issues, slate, destinations } = session.report()
    const encoder = renditions[0]?.encoder
    return { status, encoder, issues: issues.map(({ code }) => code), slate, destination: destinations[0] }
  }
  const runsEnded = () => lines.filter((line) => line.includes('FFmpeg stopped')).length
  return { session, now, failed, events, runsEnded }
}

/** One that is on air, by NVENC. */
async function startSession(more: Partial<Job> = {}) {
  nvenc = await fakeNvenc(programs)
  const started = createSession(more)
  await eventually('it is on air, and its slate is made', () => {
    const { status, slate, destination } = started.now()
    return status === 'active' && slate.during?.state === 'ready' && destination?.state === 'broadcasting'
  })
  return started
}

/** Init segments of the playlist, in its order, and how often what is listed does not go on from what was before. */
function listed(session: Session) {
  const media = session.package
  const playlist = media?.playlist(media.track('180p')!, false).toString() ?? ''
  const maps = [...playlist.matchAll(/EXT-X-MAP:URI="([^"]+)"/g)].map(([, uri]) => uri)
  // Each broadcast begins with one.
  return { maps, splices: (playlist.match(/EXT-X-DISCONTINUITY\n/g)?.length ?? 0) - 1 }
}

describe('a hardware encoder that fails on air', () => {
  it('is followed by x264, under the slate, in the same broadcast and the same publish session', async () => {
    const { session, now, failed, events } = await startSession()
    expect(now()).toMatchObject({ encoder: 'h264_nvenc', issues: [] })
    const { package: before } = session
    await nvenc.fail()
    await eventually('x264 is on air', () => now().status === 'active' && now().encoder === 'software')
    expect(now()).toMatchObject({ issues: ['encoder_fell_back'], destination: { state: 'broadcasting', sessions: 1 } })
    expect(failed).toEqual(['h264_nvenc'])
    expect(events.filter((event) => event.startsWith('encoder.fell_back'))).toHaveLength(1)
    expect(events.some((event) => event.startsWith('stream.reconnecting'))).toBe(true)
    expect(session.package).toBe(before)
    await eventually('what x264 makes is in the playlist, with its own parameter sets', () => {
      const { maps, splices } = listed(session)
      return new Set(maps).size === 2 && splices > 0
    })
    expect(platform.publications).toHaveLength(1)
  })

  it('is tried again and again where x264 may not take its place, and comes back by itself', async () => {
    const { session, now, events, runsEnded } = await startSession({
      encoder: 'h264_nvenc',
      no_software_fallback: true,
    })
    await nvenc.fail()
    await eventually('it was tried twice', () => runsEnded() > 2)
    expect(events.filter((event) => event.startsWith('encoder.failed'))).toHaveLength(1)
    expect(now()).toMatchObject({ status: 'reconnecting', issues: ['encoder_failed_no_fallback'] })
    expect(now().destination).toMatchObject({ state: 'broadcasting', sessions: 1 })
    // Nobody is sent to look after a source that is there.
    expect(events.find((event) => event.startsWith('stream.reconnecting'))).toMatch(/could not be encoded.*slate/)
    await nvenc.mend()
    await eventually('it is on air again', () => now().status === 'active')
    expect(now()).toMatchObject({ encoder: 'h264_nvenc', issues: [] })
    expect(session.report().status_reason).toBe('on_air')
  })

  it('already at the slate of an always-on stream leaves that to x264', async () => {
    nvenc = await fakeNvenc(programs)
    await nvenc.fail()
    const inputs = [{ id: 'in_1', type: 'push', priority: 1 }] as const
    const { session, now } = createSession({ always_on: true, inputs: [...inputs], name: 'Another lecture' })
    void session.startWithSlate()
    await eventually('the slate of x264 is on air', () => now().encoder === 'software' && session.package !== undefined)
    expect(now()).toMatchObject({ status: 'reconnecting', issues: ['encoder_fell_back'] })
  })
})
