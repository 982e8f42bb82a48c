import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { eventually } from '#tests/support/eventually.ts'
import { giveToOwner } from '#worker/fault-scope.ts'
import { SessionInput } from '#worker/session/input.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { bothTracks, FakeSource, jobOf, registryUnderTest } from './registry-under-test.ts'

let under: Awaited<ReturnType<typeof registryUnderTest>>
beforeEach(async () => {
  under = await registryUnderTest()
})
afterEach(async () => {
  vi.useRealTimers()
  await under.registry.close('worker_stopping')
})

describe('the sessions of a worker', () => {
  it('are one per stream, however often its job comes in', async () => {
    const token = await under.token()
    await Promise.all([under.registry.accept(token), under.registry.accept(token)])
    await under.registry.accept(await under.token({ fence: 2 }))
    expect(under.registry.sessions.map(({ job }) => job.fence)).toEqual([2])
  })

  it('are not set back by a job of an older fence', async () => {
    await under.registry.accept(await under.token({ fence: 2, name: 'New' }))
    await under.registry.accept(await under.token({ fence: 1, name: 'Old' }))
    expect(under.registry.sessions[0]!.job).toMatchObject({ fence: 2, name: 'New' })
  })

  it('are renewed only under their own fence, and never started by it', async () => {
    await under.registry.renew(await under.token())
    expect(under.registry.sessions).toEqual([])
    await under.registry.accept(await under.token({ fence: 2 }))
    for (const fence of [1, 3]) await under.registry.renew(await under.token({ fence, name: 'Other' }))
    expect(under.registry.sessions[0]!.job).toMatchObject({ fence: 2, name: 'Lecture 1' })
    await under.registry.renew(await under.token({ fence: 2, name: 'Renamed' }))
    expect(under.registry.sessions[0]!.job.name).toBe('Renamed')
  })

  it('end under their own fence only', async () => {
    await under.registry.accept(await under.token({ fence: 2 }))
    const [session] = under.registry.sessions
    for (const fence of [1, 3]) {
      await under.registry.stop('ls_1', fence, 'completed')
      await under.registry.lose('ls_1', fence)
    }
    await under.registry.stop('ls_unknown', 2, 'completed')
    expect(session!.isOver).toBe(false)
    await under.registry.stop('ls_1', 2, 'completed')
    expect(session!.isOver).toBe(true)
  })

  it('begin anew under the next claim while the one before is still ending', async () => {
    await under.registry.accept(await under.token())
    const [first] = under.registry.sessions
    const inputGone = Promise.withResolvers<void>()
    vi.spyOn(SessionInput.prototype, 'close').mockReturnValueOnce(inputGone.promise)
    const ending = under.registry.stop('ls_1', 1, 'completed')
    await under.registry.accept(await under.token({ fence: 2 }))
    inputGone.resolve()
    await ending
    const [second] = under.registry.sessions
    expect(second).not.toBe(first)
    expect(second!.isOver).toBe(false)
    expect(under.registry.reports().map(({ report }) => report.fence)).toEqual([1, 2])
  })

  it('have their faults to themselves: one that fails in a timer of its own, or in its report, ends, and no other', async () => {
    const faulty = await registryUnderTest({
      drive: ({ id }) => {
        if (id === 'in_bad') setTimeout(() => giveToOwner(new Error('What nobody has caught.')))
        return { stop: async () => {} }
      },
    })
    const { registry } = faulty
    const test = (id: string) => [{ id, type: 'test' as const, name: 'Test', priority: 1 }]
    for (const [id, input] of [
      ['ls_1', 'in_1'],
      ['ls_2', 'in_bad'],
      ['ls_3', 'in_3'],
    ] as const)
      await registry.accept(await faulty.token({ live_stream_id: id, inputs: test(input) }))
    const runs = () => registry.sessions.map(({ job }) => job.live_stream_id)
    await eventually('the one that failed is over', () => !runs().includes('ls_2'))
    expect(faulty.lines.join('')).toContain('What nobody has caught.')
    expect(registry.setbacks.current()).toMatchObject([{ live_stream_id: 'ls_2' }])
    vi.spyOn(registry.sessions.at(-1)!, 'report').mockImplementation(() => {
      throw new Error('There is nothing to report.')
    })
    expect(registry.reports().map(({ report }) => report.live_stream_id)).toEqual(['ls_2', 'ls_1'])
    await eventually('that one is over', () => runs().join() === 'ls_1')
    expect(giveToOwner(new Error('Nobody owns this.'))).toBe(false)
    await registry.close('worker_stopping')
  })

  it('are no more taken in once the worker stops', async () => {
    await under.registry.accept(await under.token())
    const [session] = under.registry.sessions
    await under.registry.close('worker_stopping')
    expect(session!.report()).toMatchObject({ status_reason: 'worker_stopping', ended: true })
    await expect(under.registry.accept(await under.token({ live_stream_id: 'ls_2' }))).rejects.toThrow(
      'This worker is stopping and takes no more streams.',
    )
    expect(under.registry.sessions).toEqual([])
  })

  it('are found by the digest of their key for as long as they run', async () => {
    await under.registry.accept(await under.token())
    const digest = jobOf().stream_key_digest
    expect(under.registry.byKeyDigest(digest)).toBe(under.registry.sessions[0])
    expect(under.registry.byKeyDigest('cd'.repeat(32))).toBeUndefined()
    const ending = under.registry.stop('ls_1', 1, 'completed')
    expect(under.registry.byKeyDigest(digest)).toBeUndefined()
    await ending
  })

  it('take their share of the machine as soon as they plan, and give it back', async () => {
    const digests = ['01', '02', '03'].map((byte) => byte.repeat(32))
    const free = [under.registry.freeEncodeUnits()]
    for (const [index, digest] of digests.entries()) {
      const token = await under.token({
        live_stream_id: `ls_${index}`,
        stream_key_digest: digest,
        ladder: { preset: 'custom', renditions: [{ height: 720 }] },
        encoder_preset: 'medium',
      })
      await under.registry.accept(token)
      expect(under.registry.freeEncodeUnits()).toBe(free.at(-1))
      const source = new FakeSource({
        ...bothTracks,
        video: { ...bothTracks.video!, width: 1280, height: 720, fps: 30 },
      })
      void under.registry.attach(digest, null, source)
      await eventually('it has planned', () => under.registry.sessions[index]!.unitsOf('software') > 0)
      free.push(under.registry.freeEncodeUnits())
    }
    expect(free[0]).toBe(2)
    expect(free.toSorted((a, b) => b - a)).toEqual(free)
    expect(free.at(-1)).toBeLessThan(free[1]!)
    expect(Math.min(...free)).toBeGreaterThanOrEqual(0)
    await under.registry.stopAll('completed')
    expect(under.registry.freeEncodeUnits()).toBe(2)
  })

  it('share a hardware encoder, and the CPU that feeds it; one that fails is told of', async () => {
    const failed: string[] = []
    const encoders = {
      encoders: [
        { name: 'h264_nvenc' as const, encode_units: 0.8 },
        { name: 'software' as const, encode_units: 2 },
      ],
      failed: (encoder: string) => failed.push(encoder),
    }
    const { registry, token } = await registryUnderTest({ encoders })
    const sessions = ['01', '02'].map((byte) => ({ live_stream_id: `ls_${byte}`, stream_key_digest: byte.repeat(32) }))
    const ladder = { preset: 'custom' as const, renditions: [{ height: 720 }, { height: 360 }] }
    for (const [index, job] of sessions.entries()) {
      await registry.accept(await token({ ...job, ladder, encoder: 'h264_nvenc', no_software_fallback: true }))
      const video = { ...bothTracks.video!, width: 1280, height: 720, fps: 30 }
      void registry.attach(job.stream_key_digest, null, new FakeSource({ ...bothTracks, video }))
      await eventually('it has planned', () => registry.sessions[index]!.unitsOf('h264_nvenc') > 0)
    }
    const [first, second] = registry.sessions.map((session) => session.unitsOf('h264_nvenc'))
    // 720p and 360p; the second has room for 360p alone.
    expect([first, second]).toEqual([expect.closeTo(0.61, 1), expect.closeTo(0.15, 1)])
    expect(registry.freeEncodeUnits()).toBeLessThan(2)
    // There is no FFmpeg here at all.
    await eventually('it failed', () => failed.includes('h264_nvenc'))
    await registry.stopAll('completed')
    expect(registry.freeEncodeUnits()).toBe(2)
  })

  it('that fail through a fault of ours end, so that their lease is given back', async () => {
    await under.registry.accept(await under.token())
    const [session] = under.registry.sessions
    await under.registry.attach(jobOf().stream_key_digest, null, new FakeSource(Promise.reject(new Error('a fault'))))
    expect(session!.report()).toMatchObject({ status_reason: 'source_failed', ended: true })
    expect(under.lines.join('')).toContain('the session failed')
    await eventually('it is avoided', () => under.registry.setbacks.current().length > 0)
    expect(under.registry.setbacks.current()).toEqual([{ live_stream_id: 'ls_1', revision: 1 }])
    await under.registry.accept(await under.token({ revision: 2 }))
    await under.registry.stopAll('completed')
    expect(under.registry.setbacks.current()).toEqual([])
  })
})

describe('what viewers fetch', () => {
  let ffmpeg: FfmpegBinary
  let folder: string
  beforeAll(async () => {
    ffmpeg = await findFfmpeg()
    folder = await mkdtemp(join(tmpdir(), 'weir-registry-'))
    return () => rm(folder, { recursive: true, force: true })
  })

  /** An always-on stream on air with its slate; its name makes it no new slate. */
  async function onAir(playbackIds: readonly string[], fence = 1) {
    const playback_ids = playbackIds.map((id) => ({ id, policy: 'public' as const }))
    await under.registry.accept(await under.token({ always_on: true, playback_ids, fence }))
    await eventually('the slate is on air', () => under.registry.packageOf(playbackIds[0]!)?.isClosed === false)
  }

  it('is the running broadcast, and its end for two minutes after it', async () => {
    under = await registryUnderTest({ ffmpeg, slateDir: folder })
    await onAir(['pb_1', 'pb_2'])
    const running = under.registry.packageOf('pb_1')
    expect(running).toBeDefined()
    expect(under.registry.packageOf('pb_2')).toBe(running)
    expect(under.registry.packageOf('pb_3')).toBeUndefined()
    expect(await under.registry.admits('pb_1', undefined)).toBe(true)
    expect(await under.registry.admits('pb_3', undefined)).toBe(false)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await under.registry.stop('ls_1', 1, 'completed')
    expect(running!.isClosed).toBe(true)
    await vi.advanceTimersByTimeAsync(119_000)
    expect(under.registry.packageOf('pb_1')).toBe(running)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(under.registry.packageOf('pb_1')).toBeUndefined()
    expect(under.registry.packageOf('pb_2')).toBeUndefined()
  })

  it('is the next broadcast as soon as it has a picture, and its end is not forgotten with the former one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    under = await registryUnderTest({ ffmpeg, slateDir: folder })
    await onAir(['pb_1'])
    const first = under.registry.packageOf('pb_1')
    await under.registry.stop('ls_1', 1, 'completed')
    await vi.advanceTimersByTimeAsync(60_000)
    await onAir(['pb_1'], 2)
    const second = under.registry.packageOf('pb_1')
    expect(second).not.toBe(first)
    await under.registry.stop('ls_1', 2, 'completed')
    await vi.advanceTimersByTimeAsync(90_000)
    expect(under.registry.packageOf('pb_1')).toBe(second)
  })

  it('is kept for the twenty playback ids that ended last', async () => {
    under = await registryUnderTest({ ffmpeg, slateDir: folder })
    const ids = Array.from({ length: 25 }, (_, index) => `pb_${index}`)
    for (const [index, ended] of [ids.slice(0, 10), ids.slice(0, 1), ids.slice(10)].entries()) {
      await onAir(ended, index + 1)
      await under.registry.stop('ls_1', index + 1, 'completed')
    }
    expect(ids.filter((id) => under.registry.packageOf(id))).toEqual(['pb_0', ...ids.slice(6)])
  })
})
