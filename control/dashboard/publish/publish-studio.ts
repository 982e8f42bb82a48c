import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { playIcon, stopIcon } from '../components/icons.ts'
import { LightElement } from '../components/light-element.ts'
import { brandName } from '../components/weir-brand.ts'
import { Broadcast, type BroadcastView, idle } from './broadcast.ts'
import { captureProblem, type Device, listDevices } from './capture.ts'
import {
  durationWords,
  FigureReader,
  figuresEachMs,
  figureWords,
  limitedForMs,
  limitWords,
  type SentFigures,
} from './figures.ts'
import { microphoneIcon, mutedIcon } from './icons.ts'
import { type Content, type Quality, qualities, usualQuality } from './quality.ts'
import { captureWordsOf, StudioMedia } from './studio-media.ts'
import { invitation, nextStepWords, select, stateLooks, stateWords, watchLink } from './studio-parts.ts'
import { pictureSettings, soundSettings } from './studio-settings.ts'
import type { PublishTarget } from './target.ts'
import { WakeLock } from './wake-lock.ts'

/** Picks picture and sound, shows them, and sends them. */
class PublishStudio extends LightElement {
  static override properties = {
    target: { attribute: false },
    live: { type: Boolean, reflect: true },
    problem: { state: true },
    view: { state: true },
    figures: { state: true },
    cameras: { state: true },
    microphones: { state: true },
    content: { state: true },
    quality: { state: true },
    muted: { state: true },
    isOver: { state: true },
  }
  declare target: PublishTarget
  /** While it sends, or tries to. */
  declare live: boolean
  /** What could not be captured, in words. */
  declare problem: string | null
  declare view: BroadcastView
  declare figures: SentFigures | null
  declare cameras: readonly Device[]
  declare microphones: readonly Device[]
  declare content: Content
  declare quality: Quality
  declare muted: boolean
  /** The worker heard that the broadcast is to end. */
  declare isOver: boolean
  readonly #media = new StudioMedia(() => this.#onMediaChange())
  readonly #unsupported = captureProblem(navigator)
  #broadcast: Broadcast | undefined
  #figureReader = new FigureReader()
  /** When the browser last sent as well as it was asked to. */
  #unlimitedMs = 0
  #timer: ReturnType<typeof setInterval> | undefined
  readonly #gone = new AbortController()
  readonly #wakeLock = new WakeLock()

  constructor() {
    super()
    this.live = false
    this.problem = null
    this.view = idle
    this.figures = null
    this.cameras = []
    this.microphones = []
    this.content = 'text'
    this.quality = usualQuality
    this.muted = false
    this.isOver = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    const { signal } = this.#gone
    addEventListener('beforeunload', (event) => this.live && event.preventDefault(), { signal })
    addEventListener('pagehide', () => void this.#broadcast?.stop({ endsBroadcast: false }), { signal })
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.#list(), { signal })
    if (!this.#unsupported) void this.#list()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#gone.abort()
    void this.#broadcast?.stop({ endsBroadcast: false })
    clearInterval(this.#timer)
    this.#media.close()
  }

  protected override updated(changed: PropertyValues): void {
    const video = this.querySelector('video')
    const { picture } = this.#media
    const shown = (video?.srcObject as MediaStream | null)?.getVideoTracks()[0] ?? null
    if (video && shown !== picture) video.srcObject = picture ? new MediaStream([picture]) : null
    if (changed.has('view'))
      document.title = `${this.live ? `● ${stateWords[this.view.state]}` : 'Go live'} · ${brandName()}`
  }

  protected override render(): TemplateResult {
    if (this.#unsupported) return html`<p class="problem" role="alert">${this.#unsupported}</p>`
    return html`
      <div class="studio">
        <section class="stage" aria-label="Preview">${this.#stage()}</section>
        <section class="settings" aria-label="Settings">${this.#pictureSettings()}${this.#soundSettings()}${this.#qualitySettings()}</section>
      </div>`
  }

  #stage(): TemplateResult {
    const { state, problem, liveSinceMs } = this.view
    const { picture, source } = this.#media
    const isSlow = state === 'live' && performance.now() - this.#unlimitedMs > limitedForMs
    const limit = this.figures && isSlow ? limitWords(this.figures) : null
    return html`
      <div class="preview">
        <video muted playsinline autoplay ?data-mirrored=${source === 'camera'} ?hidden=${picture === null}></video>
        ${picture ? nothing : invitation(this.live, this.#useScreen, () => this.#useCamera(null))}
        <p class="state ${stateLooks[state]}" role="status">
          ${stateWords[state]}${liveSinceMs === null ? nothing : html` <span aria-hidden="true">${durationWords(performance.now() - liveSinceMs)}</span>`}
        </p>
      </div>
      <div class="deck">
        <button type="button" class=${this.live ? 'danger stop' : 'primary start'} ?disabled=${!this.live && !this.#canStart}
          @click=${this.#startOrStop}>${this.live ? html`${stopIcon} Stop` : html`${playIcon} Go live`}</button>
        ${
          this.#media.hasMicrophone
            ? html`<button type="button" class="mute" aria-pressed=${this.muted} @click=${this.#toggleMute}>
                ${this.muted ? mutedIcon : microphoneIcon} ${this.muted ? 'Muted' : 'Mute'}
              </button>`
            : nothing
        }
        <p class="quiet figures">${this.figures && this.live ? figureWords(this.figures) : nothing}</p>
      </div>
      <div role="alert">
        ${(problem ?? this.problem) ? html`<p class="problem">${problem ?? this.problem}</p>` : nothing}
      </div>
      <p class="hint">${limit ?? nextStepWords({ state, canStart: this.#canStart, wasLive: this.figures !== null, isOver: this.isOver })}</p>
      ${watchLink(this.target.playbackId)}`
  }

  #pictureSettings(): TemplateResult {
    const { cameras, content } = this
    const asks = { useScreen: this.#useScreen, useCamera: this.#useCamera, chooseContent: this.#chooseContent }
    return pictureSettings(this.#media, { cameras, content, ...asks })
  }

  #soundSettings(): TemplateResult {
    return soundSettings(this.#media, this.microphones, this.#useMicrophone)
  }

  #qualitySettings(): TemplateResult {
    return html`<fieldset><legend>Quality</legend>${select('Size of the picture', 'quality', qualities, this.quality.id, (id) => this.#onQuality(id))}</fieldset>`
  }

  get #canStart(): boolean {
    return this.#media.picture !== null || this.#media.hasMicrophone
  }

  #useCamera = (id: string | null): Promise<void> => this.#show(() => this.#media.useCamera(id, this.quality))

  #useScreen = (): Promise<void> => this.#show(() => this.#media.useScreen(this.content))

  async #show(open: () => Promise<void>): Promise<void> {
    const wasInvited = this.querySelector('.invitation')?.contains(document.activeElement)
    await this.#capture(open)
    await this.#offerMicrophone()
    await this.updateComplete
    // The button that had the focus is gone: what comes next gets it.
    if (wasInvited && this.#media.picture) this.querySelector<HTMLElement>('.deck button')?.focus()
  }

  #useMicrophone = (id: string | null | undefined): Promise<boolean> =>
    this.#capture(() => this.#media.useMicrophone(id))

  /** With the first picture comes the voice, unless it was left out already. */
  async #offerMicrophone(): Promise<void> {
    if (this.#media.picture === null || this.#wasOffered) return
    this.#wasOffered = true
    if (!this.#media.hasMicrophone) await this.#useMicrophone(null)
  }
  #wasOffered = false

  async #capture(open: () => Promise<void>): Promise<boolean> {
    this.problem = null
    try {
      await open()
      return true
    } catch (error) {
      this.problem = captureWordsOf(error)
      return false
    } finally {
      await this.#list()
    }
  }

  async #list(): Promise<void> {
    const { cameras, microphones } = await listDevices()
    this.cameras = cameras
    this.microphones = microphones
  }

  #onMediaChange(): void {
    this.#media.mixer.mute('microphone', this.muted)
    this.#broadcast?.show(this.#sent)
    this.requestUpdate()
  }

  #chooseContent = (content: Content): void => {
    this.content = content
    this.#media.setContent(this.content)
    this.#broadcast?.show(this.#sent)
  }

  #onQuality(id: string): void {
    this.quality = qualities.find((quality) => quality.id === id) ?? usualQuality
    this.#broadcast?.show(this.#sent)
  }

  #toggleMute = (): void => {
    this.muted = !this.muted
    this.#media.mixer.mute('microphone', this.muted)
  }

  get #sent() {
    const content: Content = this.#media.source === 'screen' ? this.content : 'motion'
    return { track: this.#media.sentPicture, content, quality: this.quality }
  }

  /** One button, so that the focus stays. The second click of a double click is none. */
  #startOrStop = (event: MouseEvent): void => {
    if (event.detail > 1) return
    if (this.live) void this.#endBroadcast()
    else this.#start()
  }

  async #endBroadcast(): Promise<void> {
    this.isOver = (await this.#broadcast?.stop({ endsBroadcast: true })) ?? false
  }

  #start(): void {
    void this.#media.mixer.resume()
    this.problem = null
    this.isOver = false
    this.figures = null
    this.#figureReader = new FigureReader()
    this.#broadcast = new Broadcast(this.target, this.#sent, this.#media.mixer.track, (view) => this.#onView(view))
    this.#timer = setInterval(() => void this.#measure(), figuresEachMs)
  }

  #onView(view: BroadcastView): void {
    this.view = view
    this.live = view.state !== 'idle'
    this.#wakeLock.hold(this.live)
    if (this.live) return
    clearInterval(this.#timer)
    this.#broadcast = undefined
    this.#media.rest()
  }

  async #measure(): Promise<void> {
    const peer = this.#broadcast?.peer
    if (peer && this.view.state === 'live') this.figures = (await this.#figureReader.read(peer)) ?? this.figures
    if (!this.figures || limitWords(this.figures) === null) this.#unlimitedMs = performance.now()
    this.requestUpdate()
  }
}
customElements.define('publish-studio', PublishStudio)
