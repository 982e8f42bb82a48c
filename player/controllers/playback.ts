import type { ReactiveController } from 'lit'
import type { Playback } from '#schema/contracts/playback.ts'
import { playOrMute } from '../autoplay.ts'
import { browserAbilities, chooseEngine, type Engine, loadEngine, type Quality } from '../engine/engine.ts'
import { isAtLiveEdge, LiveEdgeKeeper, latencySeconds } from '../live-edge.ts'
import { mediaAddresses } from '../media-addresses.ts'
import { TokenRenewal, tokenNeeds, withNameIn } from '../playback-token.ts'
import { goesOn, nextPlayerState, type PlayerEvent, type PlayerState } from '../player-state.ts'
import { retryDelayMs, Watchdog } from '../recovery.ts'
import { askStatus, type StatusAnswer, StatusPoll } from '../status-poll.ts'
import type { PlaybackFailure, PlaybackHost } from './playback-host.ts'

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
  #edge = new LiveEdgeKeeper()
  #engine: Engine | null = null
  /** Ends with the engine that it was made for. */
  #run: AbortController | null = null
  #attempt = 0
  #startedAtMs = 0
  #endedAtMs = 0
  #lastTime = 0
  #serverOffsetMs = Number.NEGATIVE_INFINITY
  #playRequested = false
  #renewal = new TokenRenewal(() => this.#host.tokenNeeded('expiring'))

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
    this.#renewal.plan(this.#host.playbackName)
    this.#poll.start()
  }

  /** Another token was set: what plays goes on with it, and what could not begins. */
  tokenChanged(): void {
    if (this.#run === null) this.restart()
    else this.#renewal.plan(this.#host.playbackName)
  }

  stop(): void {
    this.#poll.stop()
    this.#renewal.stop()
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
    this.#edge.reached()
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
      if (this.state !== 'reconnecting' || !goesOn(answer.playback)) this.#apply('offline')
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
    const [module, addresses] = await Promise.all([
      loadEngine(name).catch(() => null),
      mediaAddresses(playback, this.#host.base, this.#attempt > 0, signal),
    ])
    if (signal.aborted) return
    if (!module) return this.#lost('download')
    this.#engine = module.start({
      video: this.#host.video,
      ...addresses,
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
    video.addEventListener('seeking', () => this.#isShown && video.currentTime < this.#lastTime && this.#edge.left(), {
      signal,
    })
    video.addEventListener('seeked', () => this.#judgeEdge(), { signal })
    video.addEventListener('ended', () => this.#over(), { signal })
  }

  /** The viewer has seen a picture of this run. */
  get #isShown(): boolean {
    return this.state === 'live' || this.state === 'behind'
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
    if (paused && !this.#isShown) return
    const atEdge = isAtLiveEdge(this.state !== 'behind', this.#engine.behindSeconds(), paused)
    if (atEdge) this.#edge.reached()
    else if (paused) this.#edge.left()
    else if (this.#edge.mayJump(performance.now())) {
      this.#engine.seekToLive()
      return
    }
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
    const outcome = await playOrMute(this.#host.video)
    if (outcome === 'muted') this.mutedByBrowser = true
    if (outcome === 'needs_gesture') this.needsGesture = true
    this.#host.requestUpdate()
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
