import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import { startEncoder } from '#tests/support/encoder.ts'
import { eventually } from '#tests/support/eventually.ts'
import type { TestProcess } from '#tests/support/processes.ts'
import { type TestRtmpServer, testRtmpServer } from '#tests/support/rtmp-server.ts'
import { createRtmpSource } from '#worker/ingest/rtmp-source.ts'
import type { Source } from '#worker/ingest/source.ts'
import { createTestSource } from '#worker/ingest/test-source.ts'
import { Pace } from '#worker/observe/pace.ts'
import type { OpenInput, SessionHost } from '#worker/session/options.ts'
import { Session } from '#worker/session/session.ts'
import { Splicer } from '#worker/splice/splicer.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import {
  bothTracks,
  FakeSource,
  jobOf,
  missingFfmpeg,
  noUploads,
  recordedLog,
  startDriver,
} from '../agent/registry-under-test.ts'

let ffmpeg: FfmpegBinary
let folder: string
let server: TestRtmpServer
const encoders: TestProcess[] = []
const open: Session[] = []
beforeAll(async () => {
  ffmpeg = await findFfmpeg()
  folder = await mkdtemp(join(tmpdir(), 'weir-session-'))
  server = await testRtmpServer()
})
afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await Promise.all(open.splice(0).map((session) => session.end('completed')))
  await Promise.all(encoders.splice(0).map((process) => process.end('SIGKILL')))
})

function startSession(more: Partial<Job> = {}, host: Partial<SessionHost> = {}) {
  const events: string[] = []
  const { log, lines } = recordedLog()
  const job = jobOf(more)
  const session: Session = new Session({
    open: { job, inputs: job.inputs as OpenInput[], srtPassphrase: 'srt-passphrase', destinations: [] },
    host: {
      ffmpeg,
      freeEncodeUnits: () => 2,
      slateDir: join(folder, 'slates'),
      fetchAsset: noUploads,
      log,
      startDriver,
      ...host,
    },
    onEvent: (type, detail) => events.push(`${type}: ${detail}`),
    onOver: () => events.push('over'),
  })
  open.push(session)
  return { session, events, lines }
}

/** A real encoder, connected over RTMP, that has been let in. */
async function encoder(streamKey: string): Promise<{ source: Source; process: TestProcess }> {
  const process = await startEncoder(`rtmp://127.0.0.1:${server.port}/live`, streamKey, { width: 320, height: 180 })
  encoders.push(process)
  return { source: createRtmpSource(await server.publication(streamKey)), process }
}
const hasStatus = (session: Session, status: string) =>
  eventually(`it is ${status}`, () => session.report().status === status)
const issues = (session: Session) => session.report().issues.map(({ code }) => code)

describe('a second source', () => {
  it('replaces one that has sent nothing, is refused beside one that sends, and follows it on the same broadcast', async () => {
    const { session } = startSession()
    const silent = new FakeSource()
    void session.door.attach(silent, null)
    const first = await encoder('first')
    const firstGone = session.door.attach(first.source, null)
    expect(silent.closedWith).toBe('Another source has taken over.')
    await hasStatus(session, 'active')
    const { package: before } = session
    const rival = new FakeSource()
    await session.door.attach(rival, null)
    expect(rival.closedWith).toMatch(/Another encoder has begun/)
    expect(first.process.hasEnded()).toBe(false)
    await first.process.end('SIGKILL')
    await firstGone
    const second = await encoder('second')
    void session.door.attach(second.source, null)
    await eventually('the second one is read', () => session.report().source !== null)
    await hasStatus(session, 'active')
    expect(session.package).toBe(before)
    await session.end('completed')
    await eventually('the second is let go', () => second.process.hasEnded())
  })
})

describe('FFmpeg that cannot be started', () => {
  it.each([
    ['by itself', missingFfmpeg],
    ['by its launcher', { ...missingFfmpeg, launcher: ['setpriv', '--pdeathsig', 'KILL', '--'] }],
  ])('(%s) is an issue of the stream, and ends nothing', async (_, missing) => {
    const { session, events } = startSession({}, { ffmpeg: missing })
    const source = new FakeSource(bothTracks)
    void session.door.attach(source, null)
    await eventually(
      'it was tried twice',
      () => events.filter((event) => event.startsWith('encoder.failed')).length > 1,
    )
    expect(session.report()).toMatchObject({ status: 'connecting', status_reason: 'encoder_failed', ended: false })
    expect(issues(session)).toContain('encoder_failed')
    expect(source.closedWith).toBeUndefined()
    await session.end('completed')
    expect(session.report()).toMatchObject({ status: 'idle', ended: true })
  })
})

describe('an encode that is too slow', () => {
  it('is what is at fault when it stalls, and not the source', async () => {
    // This is found out over ten seconds and more.
    vi.spyOn(Pace.prototype, 'slowness', 'get').mockReturnValue({ by: 'machine', rate: 0.5 })
    const pids = join(folder, 'pids')
    const launcher = ['sh', '-c', 'echo "$$ $*" >> "$0"; exec "$@"', pids]
    const { session } = startSession(
      { inputs: [{ id: 'in_1', type: 'test', priority: 1 }] },
      { ffmpeg: { ...ffmpeg, launcher } },
    )
    await hasStatus(session, 'active')
    await eventually('there is a slate', () => session.report().slate.during?.percent === 100)
    const run = (await readFile(pids, 'utf8')).split('\n').find((line) => line.includes('-stats_period 1 '))
    const pid = Number.parseInt(run ?? '', 10)
    process.kill(pid, 'SIGSTOP')
    await hasStatus(session, 'reconnecting')
    expect(session.report().status_reason).toBe('encoder_failed')
    expect(issues(session)).toEqual(['encode_too_slow'])
    process.kill(pid, 'SIGCONT')
  })
})

describe('a slate that cannot be made', () => {
  /** A folder below a file: not even root makes it. */
  const unwritable = async () => {
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    return join(file, 'slates')
  }

  it('is an issue, and the stream goes live without it', async () => {
    const { session } = startSession(
      { inputs: [{ id: 'in_1', type: 'test', priority: 1 }] },
      { slateDir: await unwritable() },
    )
    await hasStatus(session, 'active')
    await eventually('the issue is there', () => issues(session).includes('slate_failed'))
    expect(session.report().issues[0]).toMatchObject({ severity: 'warning' })
    await eventually('the picture comes', () => session.package)
  })

  it('is tried again for an always-on stream, which is on air as soon as it can be made', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    const host = { slateDir: await unwritable() }
    const { session } = startSession({ always_on: true }, host)
    void session.startWithSlate()
    await vi.waitUntil(() => issues(session).includes('slate_failed'), { timeout: 10_000 })
    expect(session.report()).toMatchObject({ status: 'idle', ended: false })
    await rm(join(folder, 'a-file'))
    await vi.advanceTimersByTimeAsync(1_000)
    await vi.waitUntil(() => session.report().status === 'reconnecting', { timeout: 10_000 })
    expect(issues(session)).toEqual([])
  })
})

describe('a session that shows the slate', () => {
  it('ends by its new configuration: no longer always on, and its window over', async () => {
    const { session, events } = startSession({ always_on: true })
    await session.startWithSlate()
    expect(session.report()).toMatchObject({ status: 'reconnecting', status_reason: 'waiting_for_source' })
    const job = jobOf({ always_on: false, reconnect_window: 0, revision: 2 })
    session.update({ job, inputs: job.inputs as OpenInput[], srtPassphrase: 'srt-passphrase', destinations: [] })
    await eventually('it is over', () => events.includes('over'))
    expect(session.report()).toMatchObject({ status_reason: 'reconnect_window_over', revision: 2, ended: true })
  })
})

describe('a stream that becomes always on', () => {
  it('shows the slate at once, without a source', async () => {
    const { session } = startSession()
    const job = jobOf({ always_on: true, revision: 2 })
    session.update({ job, inputs: job.inputs as OpenInput[], srtPassphrase: 'srt-passphrase', destinations: [] })
    await hasStatus(session, 'reconnecting')
    expect(session.report()).toMatchObject({ status_reason: 'waiting_for_source', slate: { before: { percent: 100 } } })
    await eventually('viewers can see it', () => session.package?.playable)
  })
})

describe('pictures that follow on others without a slate between them', () => {
  it('close the window that the end of the others had opened: the broadcast goes on', async () => {
    const beginRun = vi.spyOn(Splicer.prototype, 'beginRun')
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    const connect = new Map<string, (source: Source) => void>()
    const inputs = (['first', 'second'] as const).map(
      (id, index) => ({ id, type: 'test', priority: index + 1 }) as const,
    )
    // Without a slate only the splicer's word tells that the second one is on air.
    const slateDir = '/nonexistent'
    const { session } = startSession(
      { inputs },
      {
        slateDir,
        startDriver: ({ id }, { onSource }) => {
          connect.set(id, onSource)
          return { stop: async () => {} }
        },
      },
    )
    const first = createTestSource()
    connect.get('first')?.(first)
    await vi.waitUntil(() => session.report().status === 'active', { timeout: 20_000 })
    first.close('It ends.')
    await vi.waitUntil(() => session.report().inputs[0]?.now === null, { timeout: 20_000 })
    connect.get('second')?.(createTestSource())
    await vi.waitUntil(() => beginRun.mock.calls.length === 2, { timeout: 20_000 })
    beginRun.mock.calls[1]?.[1]?.()
    await vi.advanceTimersByTimeAsync(session.job.reconnect_window * 1_000)
    expect(session.isOver).toBe(false)
  })
})
