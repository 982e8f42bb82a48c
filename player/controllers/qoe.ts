import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Beacon } from '#schema/contracts/beacon.ts'
import type { PlaybackFailure } from '#schema/samples/figures.ts'
import type { EngineName } from '../engine/engine.ts'
import type { PlayerState } from '../player-state.ts'

/** What the element gives. */
export interface QoeHost extends ReactiveControllerHost {
  readonly playbackId: string
  readonly base: string
  readonly noStatistics: boolean
  readonly video: HTMLVideoElement
  /** As they are now; null where that is not known. */
  readonly latencySeconds: number | null
  readonly bitrateKbps: number | null
}

/** The server takes a page for a viewer from this age on; the first beacon tells it so. Milliseconds. */
const firstBeaconMs = 15_000
const beaconMs = 10_000

/**
 * Measures how it plays, and tells the own server: without a cookie, under a random name that goes with the page. Sent every ten
 * seconds while it plays, and when the page goes. `no-statistics` keeps it silent.
 */
export class QoeController implements ReactiveController {
  #host: QoeHost
  #pageId = Array.from(crypto.getRandomValues(new Uint8Array(18)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
  #protocol: EngineName = 'hls'
  #mode: 'idle' | 'playing' | 'stalled' = 'idle'
  #sinceMs = 0
  /** Since when a picture is awaited for the first time. */
  #wishedMs: number | undefined
  #firstPictureMs: number | undefined
  #told = nothing()
  #frames = { all: 0, dropped: 0 }
  #timer: ReturnType<typeof setTimeout> | undefined
  #listening: AbortController | undefined

  constructor(host: QoeHost) {
    this.#host = host
    host.addController(this)
  }

  hostDisconnected(): void {
    this.#leave()
    this.#listening?.abort()
    this.#listening = undefined
  }

  /** An engine begins; `isFirst`: nothing was shown before. */
  starting(protocol: EngineName, isFirst: boolean): void {
    this.#protocol = protocol
    this.#frames = { all: 0, dropped: 0 }
    if (isFirst) this.#wishedMs = performance.now()
    this.#listen()
  }

  /** It can't play on like this. */
  lost(reason: string): void {
    if (reason === 'ladderChanged') return
    if (this.#told.failures.length < 10) this.#told.failures.push(failureOf(reason))
    if (this.#mode === 'playing') this.#stall()
  }

  stateChanged(state: PlayerState): void {
    if (state === 'ended' || state === 'waiting' || state === 'failed') this.#leave()
  }

  #listen(): void {
    if (this.#listening) return
    this.#listening = new AbortController()
    const { signal } = this.#listening
    const { video } = this.#host
    const on = (type: string, act: () => void) => video.addEventListener(type, act, { signal })
    on('playing', () => this.#playing())
    on('waiting', () => this.#mode === 'playing' && !video.seeking && this.#stall())
    on('seeking', () => this.#change('idle'))
    on('pause', () => this.#mode === 'playing' && this.#change('idle'))
    addEventListener('pagehide', () => this.#send(), { signal })
  }

  #playing(): void {
    const nowMs = performance.now()
    if (this.#wishedMs !== undefined) this.#told.startup_ms = Math.round(nowMs - this.#wishedMs)
    this.#wishedMs = undefined
    this.#firstPictureMs ??= nowMs
    this.#change('playing')
    this.#timer ??= setTimeout(() => this.#tick(), firstBeaconMs)
  }

  #stall(): void {
    this.#told.stalls++
    this.#change('stalled')
  }

  /** What has passed counts as what it was. */
  #change(mode: 'idle' | 'playing' | 'stalled'): void {
    const nowMs = performance.now()
    if (this.#mode === 'playing') this.#told.played_s += (nowMs - this.#sinceMs) / 1_000
    if (this.#mode === 'stalled') this.#told.stalled_s += (nowMs - this.#sinceMs) / 1_000
    this.#mode = mode
    this.#sinceMs = nowMs
  }

  #tick(): void {
    this.#send()
    this.#timer = setTimeout(() => this.#tick(), beaconMs)
  }

  #leave(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#wishedMs = undefined
    this.#change('idle')
    this.#send()
  }

  #send(): void {
    this.#change(this.#mode)
    const told = this.#told
    this.#told = nothing()
    const { playbackId, base, noStatistics, video, latencySeconds, bitrateKbps } = this.#host
    if (noStatistics || (told.played_s + told.stalled_s === 0 && told.failures.length === 0)) return
    const { totalVideoFrames: all = 0, droppedVideoFrames: dropped = 0 } = video.getVideoPlaybackQuality?.() ?? {}
    const isPlaying = this.#mode === 'playing'
    const beacon: Beacon = {
      playback_id: playbackId.split('~', 1)[0] ?? '',
      page_id: this.#pageId,
      protocol: this.#protocol,
      age_s: Math.round((performance.now() - (this.#firstPictureMs ?? performance.now())) / 1_000),
      ...told,
      played_s: tenths(told.played_s),
      stalled_s: tenths(told.stalled_s),
      frames: Math.max(0, all - this.#frames.all),
      dropped_frames: Math.max(0, dropped - this.#frames.dropped),
      ...(isPlaying && latencySeconds !== null && { latency_ms: Math.round(latencySeconds * 1_000) }),
      ...(isPlaying && bitrateKbps !== null && { bitrate_kbps: Math.round(bitrateKbps) }),
    }
    this.#frames = { all, dropped }
    // Text needs no leave of the server's beforehand; `keepalive` outlives the page.
    const request = { method: 'POST', body: JSON.stringify(beacon), keepalive: true, credentials: 'omit' } as const
    fetch(new URL('/v1/beacons', base), request).catch(() => {})
  }
}

interface Told {
  played_s: number
  stalled_s: number
  stalls: number
  startup_ms?: number
  failures: PlaybackFailure[]
}
const nothing = (): Told => ({ played_s: 0, stalled_s: 0, stalls: 0, failures: [] })

/** A page that slept tells no more than the server takes. */
const tenths = (seconds: number): number => Math.min(120, Math.round(seconds * 10) / 10)

/** Of what engines say. */
export function failureOf(reason: string): PlaybackFailure {
  if (reason === 'stalled' || reason === 'unsupported') return reason
  if (/load|network|timeout|download/i.test(reason)) return 'network'
  return /buffer|media|codec|decod|append|native|frag/i.test(reason) ? 'media' : 'other'
}
