import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { beaconBox } from '#control/statistics/beacons.ts'
import { keepAudience } from '#control/statistics/keep-audience.ts'
import { rollUpSamples } from '#control/statistics/roll-up.ts'
import { noteListening } from '#control/statistics/unheard.ts'
import type { Beacon } from '#schema/contracts/beacon.ts'
import type { BroadcastReport } from '#schema/contracts/broadcast.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Audience, Metrics } from '#schema/contracts/metrics.ts'
import { Sketch } from '#schema/samples/sketch.ts'
import { tally } from '../../support/broadcast-record.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { reportOf } from '../../support/fake-worker.ts'
import { addStream, addWorker, polled, readStream } from '../../support/jobs.ts'

/** A slot of ten seconds begins here; what comes in its last moment is counted a moment later. */
const slotAt = Math.floor(Date.now() / 10_000) * 10_000
let nowMs = slotAt
let control: TestControl
let stream: LiveStream
let playbackId: string

const pageId = (page: number) => page.toString(16).padStart(36, '0')
const beacon = (page: number, more: Partial<Beacon> = {}): Beacon => ({
  ...{ playback_id: playbackId, page_id: pageId(page), protocol: 'hls', age_s: 30 },
  ...{ played_s: 10, stalled_s: 0, stalls: 0, ...more },
})
const send = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${control.url}/v1/beacons`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
  })
const viewers = async () => (await readStream(control, stream)).viewers
/** The last moments of the slot that is so many after the first. */
const inSlot = (slot: number) => {
  nowMs = slotAt + slot * 10_000 + 9_700
}
const pages = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

beforeAll(async () => {
  control = await startTestControl({ now: () => new Date(nowMs), choresEveryMs: 3_600_000 })
  const worker = await addWorker(control)
  stream = await addStream(control, { inputs: [{ type: 'test' }] })
  playbackId = stream.playback_ids[0]?.id ?? ''
  const [job] = await polled(worker)
  if (!job) throw new Error('The stream was not claimed.')
  await worker.beat([reportOf(job, { session_id: 'ses_1', broadcast: tally() })])
})
afterAll(() => control?.stop())

describe('beacons', () => {
  it('count pages that have played for 15 s, each once', async () => {
    inSlot(0)
    const answers = await Promise.all([
      ...pages(0, 8).map((page) => send(beacon(page))),
      ...pages(0, 3).map((page) => send(beacon(page))),
      send(beacon(100, { age_s: 14 })),
    ])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204))
    await eventually('they are counted', async () => (await viewers()).now === 8)
    expect(await viewers()).toEqual({ now: 8, peak: 8, pages: 8 })
  })

  it('make a viewer for a minute', async () => {
    inSlot(3)
    await send(beacon(50))
    await eventually('a ninth is counted', async () => (await viewers()).now === 9)
    const range = `from=${new Date(slotAt).toISOString()}&to=${new Date(slotAt + 40_000).toISOString()}&step=10`
    nowMs = slotAt + 40_000
    const metrics = (await (
      await control.call('GET', `/v1/live-streams/${stream.id}/metrics?${range}`)
    ).json()) as Metrics
    // In the second and third slot nobody told of himself.
    expect(metrics.series.find(({ name }) => name === 'viewers')?.values).toEqual([8, 8, 8, 9])
    inSlot(6)
    await send(beacon(51))
    await eventually('the first have left', async () => (await viewers()).now === 2)
    expect(await viewers()).toEqual({ now: 2, peak: 9, pages: 10 })
    inSlot(14)
    expect((await viewers()).now).toBe(0)
  })

  it('are not missed while control is away: then it is not known who watched', async () => {
    const { db } = control.runtime
    const before = Math.floor(slotAt / 1_000) - 1_200
    const at = (seconds: number) => new Date((before + seconds) * 1_000)
    const ran = (from: number) =>
      db.run(`INSERT INTO samples (block, subject, at, text)
        VALUES (${Math.floor((before + from) / 600)}, '${stream.id}', ${before + from}, 's=1')`)
    for (const seconds of [0, 60, 120, 200, 300, 350, 500]) await ran(seconds)
    for (const seconds of [0, 60, 120, 320, 380, 440, 500]) await noteListening(db, at(seconds))
    const range = `from=${at(0).toISOString()}&to=${at(510).toISOString()}&step=10`
    const answer = await control.call('GET', `/v1/live-streams/${stream.id}/metrics?${range}`)
    const { series, times } = (await answer.json()) as Metrics
    const viewersAt = (seconds: number) =>
      series.find(({ name }) => name === 'viewers')?.values[times.indexOf(before + seconds)]
    expect([0, 60, 120, 200, 300, 350, 500].map(viewersAt)).toEqual([0, 0, null, null, null, 0, 0])
  })

  it('come out right whichever process hears of whom', async () => {
    inSlot(20)
    const boxes = [beaconBox(control.runtime), beaconBox(control.runtime), beaconBox(control.runtime)]
    for (const page of pages(0, 300)) {
      await boxes[page % 3]?.take(beacon(page), page % 2 ? 'DE' : 'FR')
      if (page % 10 === 0) await boxes[(page + 1) % 3]?.take(beacon(page), undefined)
    }
    await eventually('all are counted', async () => Math.abs((await viewers()).now - 300) < 20)
  })

  it('come out right where one process has counted and another one writes before it does', async () => {
    const { db, now } = control.runtime
    const at = slotAt / 1_000 + 270
    inSlot(28)
    const heard = (page: number) => {
      const sketch = new Sketch()
      sketch.add(pageId(page))
      return [{ liveStreamId: stream.id, sketch: sketch.text, text: '' }]
    }
    const isCounted = Promise.withResolvers<void>()
    const mayWrite = Promise.withResolvers<void>()
    let batches = 0
    const batch = async (...statements: Parameters<typeof db.batch>) => {
      if (++batches === 2) {
        isCounted.resolve()
        await mayWrite.promise
      }
      return db.batch(...statements)
    }
    const slow = new Proxy(db, { get: (...of) => (of[1] === 'batch' ? batch : Reflect.get(...of)) })
    const first = keepAudience({ db: slow, now }, 'first', at, heard(1))
    await isCounted.promise
    await keepAudience({ db, now }, 'other', at, heard(2))
    mayWrite.resolve()
    await first
    expect((await viewers()).now).toBe(2)
    const kept = await db.all<[string]>(`SELECT text FROM samples WHERE at = ${at} AND subject LIKE '%~viewers'`)
    expect(kept).toEqual([['v=10*20,2']])
  })

  it('tell how it plays by protocol, and where, as far as the edge says so', async () => {
    inSlot(30)
    const box = beaconBox(control.runtime)
    for (const page of pages(0, 20))
      await box.take(
        beacon(page, { startup_ms: page < 18 ? 700 : 4_000, latency_ms: 2_200, bitrate_kbps: 2_000, frames: 250 }),
        'DE',
      )
    await box.take(
      beacon(30, { protocol: 'dash', played_s: 8, stalled_s: 2, stalls: 1, failures: ['network', 'network'] }),
      '<script>',
    )
    const range = new URLSearchParams({
      from: new Date(slotAt + 300_000).toISOString(),
      to: new Date(slotAt + 310_000).toISOString(),
    })
    const read = async () => {
      const answer = await control.call('GET', `/v1/live-streams/${stream.id}/audience?${range}`)
      return (await answer.json()) as Audience
    }
    nowMs = slotAt + 310_000
    const { quality, countries, viewers } = await eventually('it is kept', async () => {
      const audience = await read()
      return audience.quality.length === 2 ? audience : undefined
    })
    expect(viewers).toMatchObject({ peak: 21, mean: 21 })
    const [hls, dash] = quality
    expect(hls).toMatchObject({ protocol: 'hls', plays: 20, watched_s: 200, stalls: 0, stalled_share: 0 })
    expect(hls?.startup_ms.p50).toBeGreaterThan(500)
    expect(hls?.startup_ms.p50).toBeLessThan(1_000)
    expect(hls?.startup_ms.p95).toBeGreaterThan(3_000)
    expect(hls?.latency_s.p50).toBeCloseTo(2.25, 2)
    expect(hls?.dropped_share).toBe(0)
    expect(dash).toMatchObject({ protocol: 'dash', stalls: 1, stalled_share: 0.2, bitrate_kbps: { p50: null } })
    expect(dash?.failures).toEqual([{ code: 'network', times: 2 }])
    expect(countries).toEqual([{ country: 'DE', watched_s: 200 }])
    await rollUpSamples(control.runtime.db, new Date(slotAt + 1_300_000))
    expect((await read()).quality).toEqual(quality)
    const metrics = (await (
      await control.call('GET', `/v1/live-streams/${stream.id}/metrics?${range}&step=10`)
    ).json()) as Metrics
    expect(metrics.series.find(({ name }) => name === 'viewers')?.values).toEqual([21])
    expect(metrics.series.find(({ name }) => name === 'latency_p50_ms')?.values).toEqual([2_250])
  })

  it('fill the report of the broadcast', async () => {
    const answer = await control.call('GET', '/v1/broadcasts/brd_1/report')
    const report = (await answer.json()) as BroadcastReport
    expect(report.viewers.peak).toBeGreaterThan(280)
    expect(report.viewers.pages).toBeGreaterThan(280)
  })

  it('are taken from any site, without a credential, and set no cookie', async () => {
    inSlot(40)
    const answer = await send(beacon(1), { origin: 'https://elsewhere.example' })
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('set-cookie')).toBeNull()
    const asJson = await send(beacon(1), { 'content-type': 'application/json' })
    expect(asJson.status).toBe(204)
    const asked = await fetch(`${control.url}/v1/beacons`, {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
    })
    expect(asked.headers.get('access-control-allow-methods')).toBe('POST')
  })

  it('leave nothing by which somebody could be known again, nor a country that only a header says', async () => {
    inSlot(48)
    const headers = { 'x-forwarded-for': '203.0.113.77', 'user-agent': 'odd-browser/7', 'cf-ipcountry': 'QA' }
    await send(beacon(0xabcdef), headers)
    await eventually('it is counted', async () => (await viewers()).now === 1)
    const { db } = control.runtime
    const tables = await db.all<[string]>(`SELECT name FROM sqlite_master WHERE type = 'table'`)
    const rows = await Promise.all(tables.map(([name]) => db.all(`SELECT * FROM "${name}"`)))
    const kept = JSON.stringify(rows)
    expect(kept).toContain('p.hls=')
    for (const personal of [pageId(0xabcdef), '203.0.113.77', 'odd-browser', 'c.QA'])
      expect(kept).not.toContain(personal)
  })

  it('that are none are refused, and those of nobody’s stream are dropped', async () => {
    expect((await send('hello')).status).toBe(400)
    expect((await send({ ...beacon(1), extra: 1 })).status).toBe(422)
    expect((await send({ ...beacon(1), page_id: 'me' })).status).toBe(422)
    expect((await send({ ...beacon(1), played_s: 1e9 })).status).toBe(422)
    expect((await send('x'.repeat(2_000))).status).toBe(413)
    expect((await send({ ...beacon(1), playback_id: 'pb_00000000000000000000' })).status).toBe(204)
  })

  it('of a flood take no more room, and are refused from some number on', async () => {
    inSlot(50)
    // However slow this machine is, all of it comes within the slot.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const box = beaconBox(control.runtime)
    let counted = 0
    for (let page = 0; page < 41_000; page++) if (await box.take(beacon(page), undefined)) counted++
    expect(counted).toBe(40_000)
    let known = 0
    for (let id = 0; id < 600; id++) if (await box.take({ ...beacon(1), playback_id: `pb_${id}` }, undefined)) known++
    expect(known).toBeLessThanOrEqual(500)
  })
})
