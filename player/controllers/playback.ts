import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Playback } from '#schema/contracts/playback.ts'
import {
  browserAbilities,
  chooseEngine,
  type Engine,
  type EngineName,
  loadEngine,
  type Quality,
} from '../engine/engine.ts'
import { isAtLiveEdge, latencySeconds } from '../live-edge.ts'
import { renewalDelayMs, type TokenNeed, tokenNeeds, withNameIn } from '../playback-token.ts'
import { nextPlayerState, type PlayerEvent, type PlayerState } from '../player-state.ts'
import { retryDelayMs, Watchdog } from '../recovery.ts'
import { askStatus, type StatusAnswer, StatusPoll } from '../status-poll.ts'

/** What the element gives its controller, and hears from it. */
export interface PlaybackHost extends ReactiveControllerHost {
  /** With the token of signed playback behind it. */
  readonly playbackName: string
  readonly base: string
  readonly engine: string | null
  readonly autoplay: boolean
  readonly video: HTMLVideoElement
  stateChanged(state: PlayerState, previous: PlayerState): void
  playbackChanged(playback: Playback): void
  /** An engine begins; `isFirst`: to show the first picture of a broadcast. */
  engineStarting(name: EngineName, isFirst: boolean): void
  /** The page should set another token. */
  tokenNeeded(need: TokenNeed): void
  /** Playback can't go on like this. */
  engineLost(reason: string): void
}

/** Why nothing can be played. */
export type PlaybackFailure = 'unknown_id' | 'unsupported' | 'needs_token' | 'not_allowed'

/** An ended broadcast may be reported as playable for this long still (heartbeat, caches). */
const endedGraceMs = 15_000
/** Played this long without a fault, an engine has proved itself: the next retry is quick again. */
const provenMs = 10_000

/** Waits for the stream, runs an engine while it is there, and brings it back when it is lost. */
export class PlaybackController implements ReactiveController {
  state: PlayerState = 'waiting'
  /** Why `state` is `failed`. */
  failure: PlaybackFailure | null = null
  playback: Playback | null = null
  qualities: readonly Quality[] = []
  quality = 'auto'
  latency: number | null = null
  /** The browser wants a tap before it plays at all. */
  needsGesture = false
  /** The browser let it play without sound only. */
  mutedByBrowser = false

  #host: PlaybackHost
  #poll: StatusPoll
  #watchdog = new Watchdog(() => performance.now())
  #engine: Engine | null = null
  /** Ends with the engine that it was made for. */
  #run: AbortController | null = null
  #attempt = 0
  #startedAtMs = 0
  #endedAtMs = 0
  #lastTime = 0
  #serverOffsetMs = Number.NEGATIVE_INFINITY
  #playRequested = false
  #renewal: ReturnType<typeof setTimeout> | undefined

  constructor(host: PlaybackHost) {
    this.#host = host
    host.addController(this)
    this.#poll = new StatusPoll(
      (signal) => askStatus(host.base, host.playbackName, signal),
      (answer) => this.#onStatus(answer),
    )
  }

  /** Begins from nothing: another playback id, base or engine was set. */
  restart(): void {
    this.stop()
    if (!this.#host.playbackName) return
    this.#change('waiting')
    this.#planRenewal()
    this.#poll.start()
  }

  /** Another token was set: what plays goes on with it, and what could not begins. */
  tokenChanged(): void {
    if (this.#run === null) this.restart()
    else this.#planRenewal()
  }

  #planRenewal(): void {
    clearTimeout(this.#renewal)
    const delayMs = renewalDelayMs(this.#host.playbackName, Date.now())
    if (delayMs === null) return
    // A timer takes 24 days at most.
    this.#renewal = setTimeout(() => this.#host.tokenNeeded('expiring'), Math.min(delayMs, 2 ** 31 - 1))
  }

  stop(): void {
    this.#poll.stop()
    clearTimeout(this.#renewal)
    this.#dropEngine()
  }

  hostDisconnected(): void {
    this.stop()
  }

  /** What the play button asks for. */
  play(): void {
    this.#playRequested = true
    this.needsGesture = false
    if (this.#engine) void this.#tryToPlay()
    else if (this.state === 'starting') void this.#startEngine()
    this.#host.requestUpdate()
  }

  pause(): void {
    this.#host.video.pause()
  }

  seekToLive(): void {
    this.#engine?.seekToLive()
    if (this.#host.video.paused) this.play()
  }

  setQuality(id: string): void {
    this.quality = id
    this.#engine?.setQuality(id)
    this.#host.requestUpdate()
  }

  /** Of the rendition that plays, kbit/s; null where the engine does not know. */
  get bitrateKbps(): number | null {
    return this.#engine?.bitrateKbps() ?? null
  }

  get running(): boolean {
    return this.#run !== null
  }

  #onStatus(answer: StatusAnswer): void {
    if (answer.kind === 'unreachable') return
    if (answer.kind === 'unknown_id') {
      this.failure = 'unknown_id'
      this.#apply('unknown_id')
      return
    }
    if (answer.kind === 'refused') {
      const need = tokenNeeds[answer.code]
      this.failure = need ? 'needs_token' : 'not_allowed'
      this.#apply('unknown_id')
      this.#host.requestUpdate()
      if (need) this.#host.tokenNeeded(need)
      return
    }
    // Cached answers only make the server look earlier than it is, so the greatest offset is the truest.
    this.#serverOffsetMs = Math.max(this.#serverOffsetMs, answer.serverOffsetMs)
    this.playback = answer.playback
    this.#host.playbackChanged(answer.playback)
    if (!answer.playback.playable) {
      this.#endedAtMs = 0
      this.#apply('offline')
    } else if (this.state !== 'ended' || performance.now() - this.#endedAtMs > endedGraceMs) {
      this.#apply('playable')
      if (this.state === 'starting' || this.state === 'reconnecting') void this.#startEngine()
    }
    this.#host.requestUpdate()
  }

  async #startEngine(): Promise<void> {
    const { playback } = this
    if (this.#run || !playback || !(this.#host.autoplay || this.#playRequested)) return
    const name = chooseEngine(this.#host.engine, browserAbilities())
    if (!name) {
      this.failure = 'unsupported'
      this.#poll.stop()
      this.#host.engineLost('unsupported')
      this.#apply('unsupported')
      return
    }
    this.#poll.stop()
    this.#watchdog.started()
    this.#run = new AbortController()
    const { signal } = this.#run
    this.#watch(signal)
    this.#host.engineStarting(name, this.state === 'starting')
    const module = await loadEngine(name).catch(() => null)
    if (signal.aborted) return
    if (!module) return this.#lost('download')
    const absolute = (url: string) => new URL(url, this.#host.base).href
    const hlsUrl = absolute(playback.hls_url)
    this.#engine = module.start({
      video: this.#host.video,
      hlsUrl,
      dashUrl: absolute(playback.dash_url),
      timeUrl: new URL('time', hlsUrl).href,
      address: (url) => withNameIn(url, this.#host.playbackName),
      onLost: (reason) => !signal.aborted && this.#lost(reason),
      onQualities: (qualities) => {
        this.qualities = qualities
        if (this.quality !== 'auto')
          this.setQuality(qualities.some(({ id }) => id === this.quality) ? this.quality : 'auto')
        this.#host.requestUpdate()
      },
      onReady: () => void this.#tryToPlay(),
    })
    this.#startedAtMs = performance.now()
  }

  /** Listens to the video for as long as this run lasts, and looks after it once a second. */
  #watch(signal: AbortSignal): void {
    const { video } = this.#host
    this.#lastTime = video.currentTime
    const timer = setInterval(() => this.#lookAfter(), 1_000)
    signal.addEventListener('abort', () => clearInterval(timer))
    video.addEventListener('timeupdate', () => this.#progress(), { signal })
    video.addEventListener('pause', () => this.#judgeEdge(), { signal })
    video.addEventListener('seeked', () => this.#judgeEdge(), { signal })
    video.addEventListener('ended', () => this.#over(), { signal })
  }

  #progress(): void {
    const { video } = this.#host
    if (video.seeking || video.currentTime === this.#lastTime) return
    this.#lastTime = video.currentTime
    this.#watchdog.progressed()
    if (performance.now() - this.#startedAtMs > provenMs) this.#attempt = 0
    if (!video.paused) this.#judgeEdge()
  }

  #lookAfter(): void {
    const { video } = this.#host
    if (video.paused || document.hidden || this.needsGesture) this.#watchdog.excused()
    else if (this.#watchdog.stalled) this.#lost('stalled')
    const latency = latencySeconds(this.#engine?.shownAtMs() ?? null, Date.now() + this.#serverOffsetMs)
    if (latency === this.latency) return
    this.latency = latency
    this.#host.requestUpdate()
  }

  #judgeEdge(): void {
    if (!this.#engine || this.#host.video.ended) return
    const { paused } = this.#host.video
    // Before the first picture a pause is the browser's, not the viewer's.
    if (paused && this.state !== 'live' && this.state !== 'behind') return
    const atEdge = isAtLiveEdge(this.state !== 'behind', this.#engine.behindSeconds(), paused)
    this.#apply(atEdge ? 'at_edge' : 'fell_behind')
  }

  #over(): void {
    this.#endedAtMs = performance.now()
    this.#dropEngine()
    this.#apply('broadcast_over')
    this.#poll.start(2_000)
  }

  #lost(reason: string): void {
    this.#host.engineLost(reason)
    this.#dropEngine()
    this.#apply('lost')
    this.#poll.start(retryDelayMs(this.#attempt++, Math.random))
  }

  #dropEngine(): void {
    this.#run?.abort()
    this.#run = null
    this.#engine?.destroy()
    this.#engine = null
    this.latency = null
  }

  async #tryToPlay(): Promise<void> {
    const { video } = this.#host
    try {
      await video.play()
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotAllowedError') return
      if (video.muted) this.needsGesture = true
      else {
        video.muted = true
        this.mutedByBrowser = true
        await this.#tryToPlay()
      }
      this.#host.requestUpdate()
    }
  }

  #apply(event: PlayerEvent): void {
    this.#change(nextPlayerState(this.state, event))
  }

  #change(state: PlayerState): void {
    const previous = this.state
    if (state === previous) return
    this.state = state
    this.#host.requestUpdate()
    this.#host.stateChanged(state, previous)
  }
}
