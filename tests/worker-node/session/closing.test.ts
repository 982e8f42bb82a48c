import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Job } from '#schema/contracts/job.ts'
import { eventually } from '#tests/support/eventually.ts'
import type { OpenInput } from '#worker/session/options.ts'
import { Session } from '#worker/session/session.ts'
import { type FfmpegBinary, findFfmpeg } from '#worker/transcode/ffmpeg-binary.ts'
import { FakeSource, jobOf, noUploads, recordedLog, startDriver } from '../agent/registry-under-test.ts'

let ffmpeg: FfmpegBinary
let folder: string
const open: Session[] = []
beforeAll(async () => {
  ffmpeg = await findFfmpeg()
  folder = await mkdtemp(join(tmpdir(), 'weir-closing-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => Promise.all(open.splice(0).map((session) => session.end('disabled_by_operator'))))

const closingSlate = (seconds: number): Job['slate'] => ({ ...jobOf().slate, after_seconds: seconds })

function startSession(more: Partial<Job>) {
  const job = jobOf(more)
  const opened = (each: Job) => ({
    ...{ job: each, inputs: each.inputs as OpenInput[], srtPassphrase: '', destinations: [] },
  })
  const events: string[] = []
  const session: Session = new Session({
    open: opened(job),
    host: {
      ...{ ffmpeg, freeEncodeUnits: () => 2, slateDir: join(folder, 'slates'), log: recordedLog().log },
      ...{ startDriver, fetchAsset: noUploads },
    },
    onEvent: (type, detail) => events.push(`${type}: ${detail}`),
    onOver: () => events.push('over'),
  })
  open.push(session)
  return {
    session,
    events,
    update: (change: Partial<Job>) => session.update(opened({ ...job, revision: 2, ...change })),
  }
}

const testPicture = [{ id: 'in_1', type: 'test', priority: 1 }] as const satisfies Job['inputs']
const hasStatus = (session: Session, status: string) =>
  eventually(`it is ${status}`, () => session.report().status === status)
const over = (session: Session) => eventually('it is over', () => session.isOver)
const slateSeconds = (session: Session) => session.report().sample?.slate_seconds ?? 0

describe('the slate after a broadcast', () => {
  it('follows the live picture for as long as is wanted, on the same broadcast, and then all ends', async () => {
    const { session, events } = startSession({ inputs: [...testPicture], slate: closingSlate(3) })
    await hasStatus(session, 'active')
    const { package: media } = session
    await eventually('it can be watched', () => media?.playable)
    const sinceMs = performance.now()
    await session.finish('completed')
    expect([session.isEnding, session.isOver]).toEqual([true, false])
    await hasStatus(session, 'reconnecting')
    expect(session.report()).toMatchObject({
      ...{ status_reason: 'completed', ended: false, playable: true },
      status_detail: 'The broadcast was ended on purpose. Viewers see the closing slate now.',
    })
    expect(session.report().slate).toMatchObject({ during: null, after: { state: 'ready' } })
    await over(session)
    expect(performance.now() - sinceMs).toBeGreaterThan(2_900)
    expect(performance.now() - sinceMs).toBeLessThan(9_000)
    expect(slateSeconds(session)).toBeGreaterThan(1)
    expect(session.package).toBe(media)
    expect(session.report()).toMatchObject({ status: 'idle', status_reason: 'completed', ended: true })
    await eventually('it says so', () => events.includes('over'))
  })

  it('follows another slate as well, when the source has stayed away for too long', async () => {
    const { session, update } = startSession({ always_on: true, slate: closingSlate(1) })
    await session.startWithSlate()
    update({ always_on: false, reconnect_window: 0 })
    await eventually('it is ending', () => session.isEnding)
    const detail = () => session.report().status_detail
    await eventually('it says why', () => /did not come back in time.*closing slate/.test(detail()))
    await over(session)
    expect(session.report().status_reason).toBe('reconnect_window_over')
  })

  it('takes no source and starts none', async () => {
    const { session, update } = startSession({ inputs: [...testPicture], slate: closingSlate(5) })
    await hasStatus(session, 'active')
    await session.finish('completed')
    const late = new FakeSource()
    await session.door.attach(late, null)
    expect(late.closedWith).toBe('The broadcast has ended.')
    await hasStatus(session, 'reconnecting')
    update({ name: 'Another name' })
    await eventually('the source is gone', () => session.report().source === null)
    expect(session.report()).toMatchObject({ status: 'reconnecting', ended: false })
  })

  it('is cut short when the stream is switched off', async () => {
    const { session } = startSession({ inputs: [...testPicture], slate: closingSlate(600) })
    await hasStatus(session, 'active')
    await session.finish('completed')
    await session.end('disabled_by_operator')
    expect(session.report()).toMatchObject({ status: 'disabled', status_reason: 'disabled_by_operator', ended: true })
  })

  it('is not shown where nobody has seen anything, nor where none is wanted', async () => {
    const early = startSession({ slate: closingSlate(600) }).session
    await early.finish('completed')
    expect(early.report()).toMatchObject({ ended: true, status_reason: 'completed' })
    const plain = startSession({ inputs: [...testPicture] }).session
    await hasStatus(plain, 'active')
    await plain.finish('completed')
    expect(plain.report().ended).toBe(true)
    expect(String(plain.package!.manifest())).toContain('type="static"')
  })
})

describe('a session that others are to go on with', () => {
  it('leaves what viewers get open', async () => {
    const { session } = startSession({ inputs: [...testPicture], slate: closingSlate(600) })
    await eventually('viewers get it', () => session.package?.playable)
    await session.end('worker_draining')
    expect(session.package!.isClosed).toBe(true)
    expect(String(session.package!.manifest())).toContain('type="dynamic"')
  })
})

describe('the slate before a broadcast', () => {
  it('is that of a stream which has only just become one that is always on, until its first picture', async () => {
    const { session, update } = startSession({})
    update({ always_on: true })
    await hasStatus(session, 'reconnecting')
    expect(session.report().slate).toMatchObject({ before: { state: 'ready' }, after: null })
    update({ always_on: true, inputs: [...testPicture], revision: 3 })
    await hasStatus(session, 'active')
    expect(session.report().slate.before).toBeNull()
  })
})
