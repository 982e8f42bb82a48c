import Hls, { type ErrorData, type HlsConfig, type LoadPolicy } from 'hls.js'
import { Allowance } from '../recovery.ts'
import type { Engine, EngineOptions } from './engine.ts'

/** LL-HLS and HLS through hls.js. */
export function start({ video, hlsUrl, address, onLost, onQualities, onReady }: EngineOptions): Engine {
  const hls = new Hls({ ...hlsSettings, xhrSetup: (xhr, url) => xhr.open('GET', address(url), true) })
  const cures = new Allowance(2, 30_000)
  const firstSequences = new Map<string, number>()

  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const rungs = hls.levels.map((level, index) => ({
      id: String(index),
      label: `${level.height}p`,
      height: level.height,
    }))
    onQualities(rungs.toSorted((a, b) => b.height - a.height))
  })
  const followLadder = ladderFollower(
    hls,
    () => address(hlsUrl),
    () => onLost('ladderChanged'),
  )
  // Sequences rise for ever at a Weir origin; behind another one a fall would freeze hls.js.
  hls.on(Hls.Events.LEVEL_LOADED, (_, { details }) => {
    followLadder(details.fragments.at(-1)?.relurl)
    const known = firstSequences.get(details.url)
    firstSequences.set(details.url, details.startSN)
    if (known !== undefined && details.startSN < known) {
      firstSequences.clear()
      hls.loadSource(hlsUrl)
    }
  })
  hls.on(Hls.Events.ERROR, (_, error: ErrorData) => {
    if (!error.fatal) return
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && cures.take(Date.now())) hls.recoverMediaError()
    else onLost(error.details)
  })
  hls.loadSource(hlsUrl)
  hls.attachMedia(video)
  onReady()

  return {
    name: 'hls',
    behindSeconds: () => Math.max(0, (hls.liveSyncPosition ?? video.currentTime) - video.currentTime),
    shownAtMs: () => hls.playingDate?.getTime() ?? null,
    bitrateKbps: () => (hls.levels[hls.currentLevel]?.bitrate ?? 0) / 1_000 || null,
    seekToLive() {
      if (hls.liveSyncPosition !== null) video.currentTime = hls.liveSyncPosition
    },
    setQuality(id) {
      hls.nextLevel = id === 'auto' ? -1 : Number(id)
    },
    destroy: () => hls.destroy(),
  }
}

/**
 * Another folder of media in a playlist may mean that the ladder is another. hls.js reads the list of renditions only once:
 * where it lists others by now, `onOther` is told.
 */
function ladderFollower(hls: Hls, hlsUrl: () => string, onOther: () => void): (segmentUrl: string | undefined) => void {
  let folder: string | undefined
  const sizes = () => hls.levels.map(({ width, height }) => `${width}x${height}`)
  return (segmentUrl) => {
    const before = folder
    folder = segmentUrl?.slice(0, segmentUrl.indexOf('/')) ?? folder
    if (before === undefined || before === folder) return
    fetch(hlsUrl())
      .then(async (answer) => {
        const offered = [...(await answer.text()).matchAll(/RESOLUTION=(\d+x\d+)/g)].map(([, size]) => size)
        if (answer.ok && offered.toSorted().join() !== sizes().toSorted().join()) onOther()
      })
      // What is there is played on; a stream that is gone the watchdog notices.
      .catch(() => {})
  }
}

/** A stream that starts just now may answer 404 for a moment; hls.js by itself would not ask again. */
const manifestLoadPolicy: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 10_000,
    maxLoadTimeMs: 20_000,
    timeoutRetry: { maxNumRetry: 2, retryDelayMs: 500, maxRetryDelayMs: 2_000 },
    errorRetry: {
      maxNumRetry: 5,
      retryDelayMs: 500,
      maxRetryDelayMs: 4_000,
      shouldRetry: (policy, count, _timeout, response, retry) =>
        retry || (response?.code === 404 && count < (policy?.maxNumRetry ?? 0)),
    },
  },
}

/** A short gap of the origin is bridged by what is buffered; a long one is the watchdog's affair. */
const playlistLoadPolicy: LoadPolicy = {
  default: {
    maxTimeToFirstByteMs: 10_000,
    maxLoadTimeMs: 20_000,
    timeoutRetry: { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 0 },
    errorRetry: { maxNumRetry: 20, retryDelayMs: 500, maxRetryDelayMs: 2_000 },
  },
}

/**
 * No `liveSyncDuration`: it would override the playlist's PART-HOLD-BACK, which is how a stream's latency mode reaches
 * the player. No worker: fMP4 needs no remuxing, and one from another origin throws. The playback rate may rise
 * a little to catch up; by default hls.js never does.
 */
const hlsSettings: Partial<HlsConfig> = {
  enableWorker: false,
  lowLatencyMode: true,
  maxLiveSyncPlaybackRate: 1.1,
  backBufferLength: 60,
  capLevelToPlayerSize: true,
  manifestLoadPolicy,
  playlistLoadPolicy,
}
