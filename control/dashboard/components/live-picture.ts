import { html, type PropertyValues, type TemplateResult } from 'lit'
import { LightElement } from './light-element.ts'

/** The worker makes a new picture this often, milliseconds. */
const refreshMs = 5_000
/** Where there is no picture yet, milliseconds. */
const retryMs = 1_500

/**
 * The latest picture of a stream. A new one takes the old one's place only once it is decoded, so nothing flickers and
 * no broken picture is ever seen. While nobody looks at the page, nothing is fetched.
 */
class LivePicture extends LightElement {
  static override properties = {
    streamId: {},
    playbackId: {},
    onAir: { type: Boolean },
    words: {},
    picture: { state: true },
  }
  declare streamId: string
  /** One that is for everybody; empty: there is none, and the API gives the picture to whoever is signed in. */
  declare playbackId: string
  declare onAir: boolean
  /** What stands there while there is no picture. */
  declare words: string
  declare picture: HTMLImageElement | null
  #timer: ReturnType<typeof setTimeout> | undefined
  #running = false

  constructor() {
    super()
    this.streamId = ''
    this.playbackId = ''
    this.onAir = false
    this.words = ''
    this.picture = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    document.addEventListener('visibilitychange', this.#onVisibility)
    if (this.hasUpdated && this.onAir) this.#start()
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    document.removeEventListener('visibilitychange', this.#onVisibility)
    this.#stop()
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('onAir') && !this.onAir) this.picture = null
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('onAir') && !changed.has('playbackId') && !changed.has('streamId')) return
    this.#stop()
    if (this.onAir) this.#start()
  }

  protected override render(): TemplateResult {
    return html`<div class="picture">${this.picture ?? html`<span>${this.words}</span>`}</div>`
  }

  #start(): void {
    this.#running = true
    void this.#refresh()
  }

  #stop(): void {
    this.#running = false
    clearTimeout(this.#timer)
  }

  async #refresh(): Promise<void> {
    clearTimeout(this.#timer)
    if (document.visibilityState === 'hidden') return
    const next = new Image()
    next.alt = ''
    const decoded = await this.#load(next).then(
      () => true,
      () => false,
    )
    if (!this.#running) return
    if (decoded) this.picture = next
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#refresh(), decoded ? refreshMs : retryMs)
  }

  async #load(picture: HTMLImageElement): Promise<void> {
    if (this.playbackId) {
      picture.src = `/live/${encodeURIComponent(this.playbackId)}/snapshot.jpg?t=${Date.now()}`
      return picture.decode()
    }
    const answer = await fetch(`/v1/live-streams/${encodeURIComponent(this.streamId)}/snapshot.jpg`)
    if (!answer.ok) throw new Error('There is no picture.')
    picture.src = URL.createObjectURL(await answer.blob())
    await picture.decode().finally(() => URL.revokeObjectURL(picture.src))
  }

  #onVisibility = (): void => {
    if (document.visibilityState === 'visible' && this.#running) void this.#refresh()
  }
}
customElements.define('live-picture', LivePicture)
