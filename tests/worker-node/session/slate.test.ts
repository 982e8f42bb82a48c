import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { JobSlate, JobSlates } from '#schema/contracts/slate.ts'
import type { SlateMoment } from '#schema/enums.ts'
import { eventually } from '#tests/support/eventually.ts'
import { mp4Fixture } from '#tests/support/media.ts'
import { described, ffmpeg, smallPlan } from '#tests/support/transcode-run.ts'
import type { SessionHost } from '#worker/session/options.ts'
import { SessionSlate } from '#worker/session/slate.ts'
import type { SlateSet } from '#worker/transcode/slate.ts'
import { recordedLog } from '../agent/registry-under-test.ts'

let folder: string
let clip: string
let slates: JobSlates
let title: string
let shown: SlateSet[]
let abort: AbortController
let logged: string[]
const plan = smallPlan(described(), { heights: [180] })
const words = (text: string | null = null): JobSlate => ({ type: 'card', text })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-session-slate-'))
  clip = await mp4Fixture({ width: 320, height: 180, seconds: 2.2, pattern: 'flash', videoBitrateKbps: 300 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => {
  vi.useRealTimers()
  abort.abort()
})

async function video(path = clip): Promise<JobSlate> {
  const content = await readFile(path)
  const sha256 = createHash('sha256').update(content).digest('hex')
  const asset = {
    id: 'ast_1',
    name: 'Opening',
    content_type: 'video/mp4',
    size_bytes: content.byteLength,
    sha256,
  } as const
  return { type: 'video', asset }
}

async function sessionSlate(
  wanted: Partial<JobSlates>,
  { moment = 'during' as SlateMoment, fetchAsset = (async () => clip) as SessionHost['fetchAsset'] } = {},
) {
  slates = { before: words(), during: words(), after: words(), after_seconds: 0, ...wanted }
  title = 'Lecture 1'
  shown = []
  abort = new AbortController()
  const { log, lines } = recordedLog()
  logged = lines
  const slateDir = await mkdtemp(join(folder, 'cache-'))
  const slate = new SessionSlate({
    host: { ffmpeg: await ffmpeg, slateDir, fetchAsset },
    ...{ log, signal: abort.signal },
    title: () => title,
    slates: () => slates,
    onReady: (ready) => shown.push(ready),
  })
  await slate.show(moment)
  return slate
}
const frames = (slate: SlateSet | undefined) => slate?.video.get('180p')?.length
const cardFrames = plan.gopFrames
const clipFrames = 55
const isReady = (slate: SessionSlate, moment: SlateMoment = 'during') =>
  eventually(`${moment} is ready`, () => slate.status()[moment]?.state === 'ready')

describe('the slates of a session', () => {
  it('are only those that may be needed', async () => {
    const slate = await sessionSlate({})
    await slate.make(plan)
    await isReady(slate)
    expect(slate.status()).toMatchObject({ before: null, during: { percent: 100, detail: null }, after: null })
    slates = { ...slates, after_seconds: 5 }
    await slate.make(plan)
    await isReady(slate, 'after')
    const early = await sessionSlate({}, { moment: 'before' })
    await early.make(plan)
    await isReady(early, 'before')
    await isReady(early)
    await early.show('during')
    expect(early.status().before).toBeNull()
  })

  it('show the card until the video is ready, and then the video', async () => {
    const fetched = Promise.withResolvers<string>()
    const slate = await sessionSlate({ during: await video() }, { fetchAsset: () => fetched.promise })
    expect(frames(await slate.make(plan))).toBe(cardFrames)
    await eventually('it is under way', () => slate.status().during?.state === 'encoding')
    expect(shown.map(frames)).toEqual([cardFrames])
    fetched.resolve(clip)
    await isReady(slate)
    await eventually('it is shown', () => shown.length === 2)
    expect(shown.map(frames)).toEqual([cardFrames, clipFrames])
    expect(slate.ready?.sound).not.toBeNull()
  })

  it('keep what is shown while its successor is made, and show another name at once', async () => {
    const slate = await sessionSlate({ during: await video() })
    await slate.make(plan)
    await eventually('the video is shown', () => frames(slate.ready) === clipFrames)
    const other = await mp4Fixture({ width: 320, height: 180, seconds: 3, videoBitrateKbps: 300 })
    const before = shown.length
    slates = { ...slates, during: await video(other) }
    expect(frames(await slate.make(plan))).toBe(clipFrames)
    await isReady(slate)
    slates = { ...slates, during: words('Pause') }
    await slate.make(plan)
    await eventually('the card is shown', () => frames(slate.ready) === cardFrames)
    expect(shown.slice(before).map(frames)).not.toContain(undefined)
    const named = shown.length
    title = 'Another name'
    await slate.make(plan)
    expect(shown).toHaveLength(named + 1)
  })

  it('are made anew for a plan of another size', async () => {
    const slate = await sessionSlate({ during: await video() })
    await slate.make(plan)
    await eventually('the video is shown', () => frames(slate.ready) === clipFrames)
    await slate.make(smallPlan(described(), { heights: [120] }))
    await eventually('the other is shown', () => slate.ready?.video.get('120p')?.length === clipFrames)
  })

  it('hold one in memory at a time: that of the moment', async () => {
    const slate = await sessionSlate(
      { before: words('Soon'), during: await video(), after: await video(), after_seconds: 3 },
      { moment: 'before' },
    )
    await slate.make(plan)
    for (const moment of ['before', 'during', 'after'] as const) await isReady(slate, moment)
    expect(shown.map(frames)).toEqual([cardFrames])
    expect(frames(await slate.show('during'))).toBe(clipFrames)
    expect(frames(await slate.show('after'))).toBe(clipFrames)
    expect(slate.status()).toMatchObject({ before: null, during: null, after: { state: 'ready' } })
  })
})

describe('an upload that can not be shown', () => {
  it('is an issue in words, the card is shown, and nothing is tried again and again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true })
    const nonsense = join(folder, 'nonsense.mp4')
    await writeFile(nonsense, 'nonsense')
    let asked = 0
    const fetchAsset = async () => {
      asked++
      return nonsense
    }
    const slate = await sessionSlate({ during: await video(nonsense) }, { fetchAsset })
    expect(frames(await slate.make(plan))).toBe(cardFrames)
    await eventually('it has failed', () => slate.status().during?.state === 'failed')
    expect(slate.status().during?.detail).toMatch(/^The video can't be read/)
    expect(logged.map((line) => JSON.parse(line))).toMatchObject([{ level: 'warn', msg: 'a slate failed' }])
    expect(slate.issues).toEqual([
      {
        ...{ code: 'slate_upload_failed', severity: 'warning', fix: expect.stringMatching(/Upload another file/) },
        detail: expect.stringMatching(/the card is shown instead\. The video can't be read/),
      },
    ])
    expect(shown.map(frames)).toEqual([cardFrames])
    await vi.advanceTimersByTimeAsync(120_000)
    expect([asked, slate.status().during?.state]).toEqual([1, 'failed'])
    slates = { ...slates, during: await video() }
    await slate.make(plan)
    await eventually(
      'it is under way again',
      () => slate.status().during?.state !== 'ready' && slate.issues.length === 0,
    )
  })

  it('does not leave another upload on air that was chosen before', async () => {
    const nonsense = join(folder, 'more-nonsense.mp4')
    await writeFile(nonsense, 'more nonsense')
    const wrong = await video(nonsense)
    const fetchAsset: SessionHost['fetchAsset'] = async ({ size_bytes }) => (size_bytes === 13 ? nonsense : clip)
    const slate = await sessionSlate({ during: await video() }, { fetchAsset })
    await slate.make(plan)
    await eventually('the video is shown', () => frames(slate.ready) === clipFrames)
    slates = { ...slates, during: wrong }
    await slate.make(plan)
    await eventually('the card is shown', () => frames(slate.ready) === cardFrames)
    expect(slate.status().during).toMatchObject({ state: 'failed' })
  })

  it('because control was away is tried again by itself', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'], shouldAdvanceTime: true })
    let isAway = true
    const fetchAsset = async () => {
      if (isAway) throw new Error('The control plane does not answer.')
      return clip
    }
    const slate = await sessionSlate({ during: await video() }, { fetchAsset })
    await slate.make(plan)
    await vi.waitUntil(() => slate.status().during?.state === 'failed', { timeout: 25_000 })
    expect(slate.issues[0]?.detail).toMatch(/does not answer/)
    isAway = false
    await vi.advanceTimersByTimeAsync(30_000)
    await vi.waitUntil(() => frames(slate.ready) === clipFrames, { timeout: 25_000 })
    expect(slate.issues).toEqual([])
  })
})
