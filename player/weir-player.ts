import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { Playback } from '#schema/contracts/playback.ts'
import { IdleController } from './controllers/idle.ts'
import { type KeyAction, KeyboardController } from './controllers/keyboard.ts'
import { PlaybackController } from './controllers/playback.ts'
import type { PlaybackHost } from './controllers/playback-host.ts'
import { QoeController, type QoeHost } from './controllers/qoe.ts'
import type { EngineName } from './engine/engine.ts'
import { wordsFor } from './locales/locale.ts'
import { playbackName, type TokenNeed } from './playback-token.ts'
import type { PlayerState } from './player-state.ts'
import { type ControlsRequests, controls } from './ui/controls.ts'
import { mutedIcon, playIcon } from './ui/icons.ts'
import { informationPanel } from './ui/information.ts'
import { messageFor, messageOverlay } from './ui/message.ts'
import { toggleFullscreen, togglePictureInPicture } from './ui/presentation.ts'
import { playerStyles } from './ui/styles.ts'

const seekStepSeconds = 5
const volumeStep = 0.1

/**
 * Plays a live stream: waits for it, follows it, survives its gaps, and never needs a reload.
 *
 * @attr playback-id - The public name of the stream, `pb_…`.
 * @attr playback-token - For signed playback; another one may be set at any time, and playback goes on.
 * @attr base - Where the control plane lives; by default the origin that this script came from.
 * @attr autoplay - Starts by itself as soon as the stream does; without sound where the browser wants a tap for it.
 * @attr muted - Starts without sound.
 * @attr engine - `dash` takes DASH instead of HLS.
 * @attr no-statistics - Tells the server nothing of how it plays; the page is not counted as a viewer.
 * @attr state - (read only) `waiting`, `starting`, `live`, `behind`, `reconnecting`, `ended` or `failed`.
 * @attr idle - (read only) The viewer has left pointer and keys alone.
 * @fires weir-statechange - `detail: {state, previous}`.
 * @fires weir-token-needed - Signed playback needs another token: set `playback-token`. `detail: {reason}`: `expiring` a minute
 *   before it is over, `expired`, `missing` or `refused`.
 * @fires weir-playback - The status endpoint answered; `detail` is its answer: title, status, playable, URLs.
 * @slot waiting - What to show while nothing is on air, instead of our words.
 * @csspart video - The `<video>`.
 * @csspart controls - The bar; in it `play-button`, `mute-button`, `volume`, `live-button`, `latency`, `quality`,
 *   `information-button`, `pip-button`, `fullscreen-button`.
 * @csspart info - What is played, whose it is and how, over the picture.
 * @csspart message - Headline and hint over the picture.
 * @csspart big-play-button - Shown while playback waits for the viewer.
 * @csspart sound-button - "Tap for sound".
 * @cssprop --weir-background - Behind the picture; #0b0d10.
 * @cssprop --weir-accent - Focus rings and the waiting sign; #5eb1ff.
 * @cssprop --weir-live - The dot of the live button; #ff4d4f.
 * @cssprop --weir-font - Font family; the system's.
 */
export class WeirPlayer extends LitElement implements PlaybackHost, QoeHost {
  static override styles = playerStyles
  static override properties = {
    playbackId: { attribute: 'playback-id' },
    playbackToken: { attribute: 'playback-token' },
    base: {},
    autoplay: { type: Boolean },
    muted: { type: Boolean },
    engine: {},
    noStatistics: { type: Boolean, attribute: 'no-statistics' },
    information: { state: true },
  }

  declare playbackId: string
  declare playbackToken: string | null
  declare base: string
  declare autoplay: boolean
  declare muted: boolean
  declare engine: string | null
  declare noStatistics: boolean
  /** Whether the panel of information is open. */
  declare protected information: boolean

  #playback = new PlaybackController(this)
  #idle = new IdleController(this)
  #qoe = new QoeController(this)

  constructor() {
    super()
    this.playbackId = ''
    this.playbackToken = null
    this.base = new URL(import.meta.url).origin
    this.autoplay = false
    this.muted = false
    this.engine = null
    this.noStatistics = false
    this.information = false
    new KeyboardController(this, (action) => this.#act(action))
  }

  /** The media element, for those who measure or mix. */
  get video(): HTMLVideoElement {
    return this.renderRoot.querySelector('video') as HTMLVideoElement
  }

  get state(): PlayerState {
    return this.#playback.state
  }

  /** Plays, or will as soon as the stream is there. */
  play(): void {
    this.#playback.play()
  }

  pause(): void {
    this.#playback.pause()
  }

  /** Jumps to the live edge. */
  seekToLive(): void {
    this.#playback.seekToLive()
  }

  stateChanged(state: PlayerState, previous: PlayerState): void {
    this.#qoe.stateChanged(state)
    this.#send('weir-statechange', { state, previous })
  }

  engineStarting(name: EngineName, isFirst: boolean): void {
    this.#qoe.starting(name, isFirst)
  }

  engineLost(reason: string): void {
    this.#qoe.lost(reason)
  }

  get latencySeconds(): number | null {
    return this.#playback.latency
  }

  get bitrateKbps(): number | null {
    return this.#playback.bitrateKbps
  }

  /** How addresses name what is played. */
  get playbackName(): string {
    return playbackName(this.playbackId, this.playbackToken)
  }

  tokenNeeded(reason: TokenNeed): void {
    this.#send('weir-token-needed', { reason })
  }

  playbackChanged(playback: Playback): void {
    this.#send('weir-playback', playback)
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('fullscreenchange', this.#refresh)
    if (this.hasUpdated) this.#playback.restart()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('fullscreenchange', this.#refresh)
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('muted')) this.video.muted = this.muted
    if (['playbackId', 'base', 'engine'].some((name) => changed.has(name))) this.#playback.restart()
    else if (changed.has('playbackToken')) this.#playback.tokenChanged()
    this.setAttribute('state', this.state)
    this.toggleAttribute('idle', this.#idle.idle)
  }

  protected override render(): TemplateResult {
    const { state, playback, failure, running, needsGesture, mutedByBrowser } = this.#playback
    const words = wordsFor(this.closest('[lang]')?.getAttribute('lang') ?? navigator.language)
    const video = this.hasUpdated ? this.video : null
    const wantsPlay = needsGesture || (state === 'starting' && !running)
    const message = wantsPlay ? null : messageFor(state, failure, words)
    return html`
      <div class="frame" role="region" tabindex="0" aria-label=${playback?.title || words.player} @keydown=${this.#onKey}>
        <video part="video" playsinline disableremoteplayback
          poster=${state === 'starting' && playback ? new URL(playback.snapshot_url, this.base).href : nothing}
          @click=${this.#onPictureClick} @dblclick=${this.#requests.toggleFullscreen}
          @play=${this.#refresh} @pause=${this.#refresh} @volumechange=${this.#onVolumeChange}></video>
        ${message ? (state === 'waiting' ? html`<slot name="waiting">${messageOverlay(message)}</slot>` : messageOverlay(message)) : nothing}
        ${
          wantsPlay
            ? html`<button class="big" part="big-play-button" type="button" aria-label=${words.play} @click=${() => this.#once(() => this.play())}>${playIcon}</button>`
            : nothing
        }
        ${
          mutedByBrowser && video?.muted && running
            ? html`<button class="sound" part="sound-button" type="button" @click=${() => this.#once(this.#requests.toggleMute)}>${mutedIcon}${words.tapToUnmute}</button>`
            : nothing
        }
        ${
          this.information && playback && video
            ? informationPanel({ words, playback, video, latency: this.#playback.latency }, () =>
                this.#once(this.#requests.toggleInformation),
              )
            : nothing
        }
        ${
          running && video
            ? controls(
                {
                  words,
                  state,
                  paused: video.paused,
                  muted: video.muted,
                  volume: video.volume,
                  latency: this.#playback.latency,
                  qualities: this.#playback.qualities,
                  quality: this.#playback.quality,
                  fullscreen: document.fullscreenElement === this,
                  pictureInPicture: document.pictureInPictureEnabled === true,
                  information: this.information,
                },
                this.#requests,
              )
            : nothing
        }
        <p class="announcer" role="status">${message?.headline}</p>
      </div>
    `
  }

  #requests: ControlsRequests = {
    togglePlay: () => (this.video.paused ? this.play() : this.pause()),
    toggleMute: () => {
      const { video } = this
      video.muted = !video.muted
      if (!video.muted && video.volume === 0) video.volume = 0.5
    },
    setVolume: (volume) => {
      this.video.volume = volume
      this.video.muted = volume === 0
    },
    goLive: () => this.seekToLive(),
    setQuality: (id) => this.#playback.setQuality(id),
    toggleFullscreen: () => void toggleFullscreen(this, this.video),
    togglePictureInPicture: () => void togglePictureInPicture(this.video),
    toggleInformation: () => {
      this.information = !this.information
    },
  }

  #act(action: KeyAction): void {
    const { video } = this
    const acts: Record<KeyAction, () => void> = {
      toggle_play: this.#requests.togglePlay,
      toggle_mute: this.#requests.toggleMute,
      toggle_fullscreen: this.#requests.toggleFullscreen,
      toggle_information: this.#requests.toggleInformation,
      back: () => {
        video.currentTime -= seekStepSeconds
      },
      forward: () => {
        video.currentTime += seekStepSeconds
      },
      louder: () => this.#requests.setVolume(Math.min(1, video.volume + volumeStep)),
      softer: () => this.#requests.setVolume(Math.max(0, video.volume - volumeStep)),
    }
    acts[action]()
  }

  /** What a button does that goes away with it: the focus stays in the player, so that the keys do. */
  #once(act: () => void): void {
    this.renderRoot.querySelector<HTMLElement>('.frame')?.focus()
    act()
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.information) return
    event.preventDefault()
    this.information = false
  }

  /** With a mouse a click plays and pauses; with a finger a tap only shows the controls. */
  #onPictureClick(event: PointerEvent): void {
    if (this.#playback.running && event.pointerType !== 'touch') this.#requests.togglePlay()
  }

  #onVolumeChange(): void {
    if (!this.video.muted) this.#playback.mutedByBrowser = false
    this.requestUpdate()
  }

  #refresh = (): void => this.requestUpdate()

  #send(type: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true }))
  }
}

if (!customElements.get('weir-player')) customElements.define('weir-player', WeirPlayer)
