import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureOf, QoeController, type QoeHost } from '#player/controllers/qoe.ts'
import { type Beacon, beacon } from '#schema/contracts/beacon.ts'

const sent: { url: string; init: RequestInit; beacon: Beacon }[] = []
const page = new EventTarget()
let video: EventTarget & Partial<HTMLVideoElement>
let host: { -readonly [Key in keyof QoeHost]: QoeHost[Key] }
let qoe: QoeController

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  sent.length = 0
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    sent.push({ url: url.href, init, beacon: v.parse(beacon, JSON.parse(String(init.body))) })
    return new Response(null, { status: 204 })
  })
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  video = Object.assign(new EventTarget(), {
    seeking: false,
    getVideoPlaybackQuality: () => ({ totalVideoFrames: 500, droppedVideoFrames: 5 }) as VideoPlaybackQuality,
  })
  host = {
    ...{ playbackId: 'pb_1~token', base: 'https://weir.example', noStatistics: false, latencySeconds: 2.4 },
    ...{ bitrateKbps: 2_800, video: video as HTMLVideoElement, updateComplete: Promise.resolve(true) },
    ...{ addController() {}, removeController() {}, requestUpdate() {} },
  }
  qoe = new QoeController(host)
})
afterEach(() => {
  qoe.hostDisconnected()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const on = (type: string) => video.dispatchEvent(new Event(type))
const pass = (ms: number) => vi.advanceTimersByTime(ms)
const begin = () => {
  qoe.starting('hls', true)
  pass(800)
  on('playing')
}

describe('the beacons of a page', () => {
  it('come 15 s after the first picture, and each 10 s from then on', () => {
    begin()
    pass(14_900)
    expect(sent).toHaveLength(0)
    pass(200)
    expect(sent[0]?.beacon).toMatchObject({
      ...{ playback_id: 'pb_1', protocol: 'hls', age_s: 15, played_s: 15, stalled_s: 0, stalls: 0 },
      ...{ startup_ms: 800, latency_ms: 2_400, bitrate_kbps: 2_800, frames: 500, dropped_frames: 5 },
    })
    pass(20_000)
    expect(sent.map(({ beacon: { age_s } }) => age_s)).toEqual([15, 25, 35])
    expect(sent[1]?.beacon).toMatchObject({ played_s: 10, frames: 0 })
    expect(sent[1]?.beacon).not.toHaveProperty('startup_ms')
  })

  it('go to the own server as text, without cookies, and under one random name', () => {
    begin()
    pass(25_000)
    const [first, second] = sent
    expect(first?.url).toBe('https://weir.example/v1/beacons')
    expect(first?.init).toMatchObject({ method: 'POST', credentials: 'omit', keepalive: true })
    expect(first?.init.headers).toBeUndefined()
    expect(second?.beacon.page_id).toBe(first?.beacon.page_id)
    expect(JSON.stringify(first?.beacon)).not.toContain('token')
  })

  it('tell of stalls, and not of what the viewer did', () => {
    begin()
    pass(5_000)
    on('waiting')
    pass(2_000)
    on('playing')
    pass(1_000)
    Object.assign(video, { seeking: true })
    on('seeking')
    on('waiting')
    pass(1_000)
    Object.assign(video, { seeking: false })
    on('playing')
    pass(1_000)
    on('pause')
    pass(5_000)
    expect(sent[0]?.beacon).toMatchObject({ stalls: 1, stalled_s: 2, played_s: 7 })
    pass(30_000)
    // Who pauses tells nothing, and leaves a minute later.
    expect(sent).toHaveLength(1)
  })

  it('tell of failures, and that it stood still until it went on', () => {
    begin()
    pass(3_000)
    qoe.lost('manifestLoadError')
    qoe.lost('ladderChanged')
    pass(4_000)
    qoe.starting('hls', false)
    on('playing')
    pass(8_100)
    expect(sent[0]?.beacon).toMatchObject({ failures: ['network'], stalls: 1, stalled_s: 4, startup_ms: 800 })
  })

  it('end with the page, the broadcast, and the element', () => {
    begin()
    pass(4_000)
    page.dispatchEvent(new Event('pagehide'))
    expect(sent[0]?.beacon).toMatchObject({ age_s: 4, played_s: 4 })
    pass(1_000)
    qoe.stateChanged('ended')
    expect(sent[1]?.beacon).toMatchObject({ played_s: 1 })
    pass(60_000)
    expect(sent).toHaveLength(2)
    qoe.starting('dash', true)
    pass(100)
    on('playing')
    pass(1_000)
    qoe.hostDisconnected()
    expect(sent[2]?.beacon).toMatchObject({ protocol: 'dash', startup_ms: 100, age_s: 66 })
  })

  it('are not sent where the page does not want it', () => {
    host.noStatistics = true
    begin()
    pass(60_000)
    page.dispatchEvent(new Event('pagehide'))
    expect(sent).toHaveLength(0)
  })
})

it.each([
  ['manifestLoadTimeOut', 'network'],
  ['download', 'network'],
  ['bufferAppendError', 'media'],
  ['native: 3', 'media'],
  ['stalled', 'stalled'],
  ['unsupported', 'unsupported'],
  ['internalException', 'other'],
])('an engine that ends with %s failed by %s', (reason, failure) => {
  expect(failureOf(reason)).toBe(failure)
})
