import type { Engine, EngineOptions } from './engine.ts'

/** The browser's own HLS player, where there is no MediaSource (older iPhones). It chooses the quality by itself. */
export function start({ video, hlsUrl, onLost, onQualities, onReady }: EngineOptions): Engine {
  const onError = () => onLost(`native: ${video.error?.code ?? 'unknown'}`)
  video.addEventListener('error', onError)
  // How far from the end of `seekable` this browser plays when it is live is its own affair: learn it at the start.
  let liveDistance = 0
  const onFirstPicture = () => {
    liveDistance = edge() - video.currentTime
  }
  video.addEventListener('playing', onFirstPicture, { once: true })
  video.src = hlsUrl
  onQualities([])
  onReady()

  const edge = () => (video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : video.currentTime)
  return {
    name: 'native',
    behindSeconds: () => Math.max(0, edge() - video.currentTime - liveDistance),
    shownAtMs: () => {
      const startedAtMs = (video as StartDated).getStartDate?.().getTime()
      return startedAtMs ? startedAtMs + video.currentTime * 1000 : null
    },
    bitrateKbps: () => null,
    seekToLive() {
      video.currentTime = edge() - liveDistance
    },
    setQuality() {},
    destroy() {
      video.removeEventListener('error', onError)
      video.removeEventListener('playing', onFirstPicture)
      video.removeAttribute('src')
      video.load()
    },
  }
}

/** WebKit tells the EXT-X-PROGRAM-DATE-TIME of the playlist's first picture here. */
interface StartDated extends HTMLVideoElement {
  getStartDate?(): Date
}
