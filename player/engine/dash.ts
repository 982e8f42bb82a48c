import { MediaPlayer, type MediaPlayerSettingClass } from 'dashjs'
import type { Engine, EngineOptions } from './engine.ts'

/** DASH through dash.js; the target latency comes from the MPD's ServiceDescription. */
export function start({ video, dashUrl, timeUrl, address, onLost, onQualities, onReady }: EngineOptions): Engine {
  const dash = MediaPlayer().create()
  dash.updateSettings(settings(timeUrl))
  dash.addRequestInterceptor((request) => {
    request.url = address(request.url)
    return Promise.resolve(request)
  })
  dash.on(MediaPlayer.events.STREAM_INITIALIZED, () => {
    const rungs = dash.getRepresentationsByType('video').map(({ id, height }) => ({ id, label: `${height}p`, height }))
    onQualities(rungs.toSorted((a, b) => b.height - a.height))
  })
  // Not before: dash.js refreshes its manifest only once it has seen the element begin to play.
  const onInitialized = () => {
    dash.off(MediaPlayer.events.STREAM_INITIALIZED, onInitialized)
    onReady()
  }
  dash.on(MediaPlayer.events.STREAM_INITIALIZED, onInitialized)
  dash.on(MediaPlayer.events.ERROR, (event) => onLost(`dash: ${JSON.stringify(event.error)}`))
  dash.initialize(video, dashUrl, false)

  const latency = () => dash.getCurrentLiveLatency()
  return {
    name: 'dash',
    behindSeconds: () => Math.max(0, (latency() || 0) - (dash.getTargetLiveDelay() || 0)),
    shownAtMs: () => {
      const seconds = latency()
      return seconds > 0 ? Date.now() - seconds * 1000 : null
    },
    bitrateKbps: () => dash.getCurrentRepresentationForType('video')?.bitrateInKbit ?? null,
    seekToLive: () => dash.seekToOriginalLive(),
    setQuality(id) {
      dash.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: id === 'auto' } } } })
      if (id !== 'auto') dash.setRepresentationForTypeById('video', id, true)
    },
    destroy: () => dash.destroy(),
  }
}

/** dash.js by itself asks a third party for the time, remembers bit rates in the browser, and catches up by ± 50 %. */
const settings = (timeUrl: string): MediaPlayerSettingClass => ({
  debug: { logLevel: 0 },
  streaming: {
    liveCatchup: { enabled: true, playbackRate: { min: -0.1, max: 0.1 } },
    utcSynchronization: {
      useManifestDateHeaderTimeSource: false,
      defaultTimingSource: { scheme: 'urn:mpeg:dash:utc:http-xsdate:2014', value: timeUrl },
    },
    lastBitrateCachingInfo: { enabled: false },
    lastMediaSettingsCachingInfo: { enabled: false },
  },
})
