import type { MediaAddresses } from '../media-addresses.ts'

/** What turns playlists into pictures in a `<video>`. */
export type EngineName = 'hls' | 'dash' | 'native'

/** One choice of picture quality; `auto` is every engine's first one. */
export interface Quality {
  readonly id: string
  /** `720p`. */
  readonly label: string
}

export interface EngineOptions extends MediaAddresses {
  readonly video: HTMLVideoElement
  /** The address to fetch in the place of one that was made before: with the token that holds now. */
  readonly address: (url: string) => string
  /** Playback can't go on with this engine instance: build another. */
  readonly onLost: (reason: string) => void
  readonly onQualities: (qualities: readonly Quality[]) => void
  /** The video element may be played from now on. */
  readonly onReady: () => void
}

/** A running engine; made by the `start` function of its module, which is loaded on demand. */
export interface Engine {
  readonly name: EngineName
  /** How far back the picture is from where a viewer at the live edge would be, seconds; 0 at the edge. */
  behindSeconds(): number
  /** When the source gave the picture that is shown, Unix ms by the server's clock; null where unknown. */
  shownAtMs(): number | null
  /** What the rendition that plays is listed with, kbit/s; null where that is not known. */
  bitrateKbps(): number | null
  seekToLive(): void
  /** `auto` or an id from `onQualities`. */
  setQuality(id: string): void
  /** Leaves the video element empty, for the next engine. */
  destroy(): void
}

export interface EngineModule {
  start(options: EngineOptions): Engine
}

/** What this browser offers. */
export interface BrowserAbilities {
  readonly mediaSource: boolean
  readonly nativeHls: boolean
}

/**
 * The engine to take, or null where none can play. MediaSource is tested first: Chromium answers `canPlayType` for
 * HLS too, but its own player knows nothing of low latency.
 */
export function chooseEngine(wanted: string | null, abilities: BrowserAbilities): EngineName | null {
  if (abilities.mediaSource) return wanted === 'dash' ? 'dash' : 'hls'
  return abilities.nativeHls ? 'native' : null
}

export const browserAbilities = (): BrowserAbilities => ({
  mediaSource: 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis,
  nativeHls: document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== '',
})

/** Loads an engine's code; a chunk of its own each. */
export function loadEngine(name: EngineName): Promise<EngineModule> {
  switch (name) {
    case 'hls':
      return import('./hls.ts')
    case 'dash':
      return import('./dash.ts')
    case 'native':
      return import('./native.ts')
  }
}
