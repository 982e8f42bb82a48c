import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { PlaybackController } from '#player/controllers/playback.ts'
import type { PlaybackHost } from '#player/controllers/playback-host.ts'
import type { EngineOptions } from '#player/engine/engine.ts'

let options: EngineOptions
let behindSeconds: number
let playback: object
const seekToLive = vi.fn()
vi.mock('#player/engine/engine.ts', () => ({
  browserAbilities: () => ({ mediaSource: true, nativeHls: false }),
  chooseEngine: () => 'hls',
  loadEngine: async () => ({
    start: (given: EngineOptions) => {
      options = given
      return { name: 'hls', behindSeconds: () => behindSeconds, shownAtMs: () => null, seekToLive, destroy() {} }
    },
  }),
}))

class FakeVideo extends EventTarget {
  currentTime = 0
  paused = false
  play = async () => {}
  /** As a real one tells of it. */
  tell(event: string, currentTime = this.currentTime + 1): void {
    this.currentTime = currentTime
    this.dispatchEvent(new Event(event))
  }
}

let video: FakeVideo
let controller: PlaybackController
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  vi.stubGlobal('document', { hidden: false })
  playback = {
    status: 'active',
    playable: true,
    hls_url: 'https://cdn.example/live/pb_1/index.m3u8',
    dash_url: 'https://cdn.example/live/pb_1/manifest.mpd',
  }
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) => {
    if (String(url).includes('cdn.example')) throw new TypeError('Failed to fetch')
    return Response.json(playback)
  })
  behindSeconds = 0
  video = new FakeVideo()
  controller = new PlaybackController({
    ...{ addController() {}, requestUpdate() {}, stateChanged() {}, playbackChanged() {}, engineStarting() {} },
    ...{ engineLost() {}, tokenNeeded() {}, playbackName: 'pb_1', base: 'https://weir.example', autoplay: true },
    video: video as unknown as HTMLVideoElement,
  } as unknown as PlaybackHost)
  controller.restart()
  await vi.advanceTimersByTimeAsync(0)
  video.tell('timeupdate')
})
afterEach(() => {
  controller.stop()
  seekToLive.mockClear()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('goes back to the live edge by itself where pictures stood still for long', () => {
  expect(controller.state).toBe('live')
  behindSeconds = 8
  video.tell('timeupdate')
  expect(seekToLive).toHaveBeenCalledTimes(1)
  // Once: a line that bears no more is left in peace.
  video.tell('timeupdate')
  expect([seekToLive.mock.calls.length, controller.state]).toEqual([1, 'behind'])
})

it('leaves a viewer where he is who paused, or went back, until he asks for the live edge', () => {
  video.paused = true
  video.tell('pause')
  behindSeconds = 8
  video.paused = false
  video.tell('timeupdate')
  controller.seekToLive()
  behindSeconds = 0
  video.tell('seeked')
  expect([seekToLive.mock.calls.length, controller.state]).toEqual([1, 'live'])
  behindSeconds = 8
  video.tell('seeking', 0.5)
  video.tell('seeked', 0.5)
  expect([seekToLive.mock.calls.length, controller.state]).toEqual([1, 'behind'])
})

it('plays from control once it was lost at a CDN that is down', async () => {
  expect(options.hlsUrl).toBe('https://cdn.example/live/pb_1/index.m3u8')
  options.onLost('manifestLoadError')
  await vi.advanceTimersByTimeAsync(1_000)
  expect([options.hlsUrl, options.timeUrl]).toEqual([
    'https://weir.example/live/pb_1/index.m3u8',
    'https://weir.example/live/pb_1/time',
  ])
})

it('waits for the next worker while the broadcast is to go on, and says that it is over when it is not', async () => {
  playback = { ...playback, playable: false, status: 'reconnecting' }
  options.onLost('stalled')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(controller.state).toBe('reconnecting')
  playback = { ...playback, status: 'connecting' }
  await vi.advanceTimersByTimeAsync(10_000)
  expect(controller.state).toBe('reconnecting')
  playback = { ...playback, status: 'idle' }
  await vi.advanceTimersByTimeAsync(10_000)
  expect(controller.state).toBe('ended')
})
