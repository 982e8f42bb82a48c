import { html, nothing, type TemplateResult } from 'lit'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Platform } from '#schema/contracts/platform.ts'
import { QuestionEvent } from '../components/confirm-dialog.ts'
import { Requests } from '../request-event.ts'
import { canRetry, deliveryWords, destinationName, destinationState, hostOf } from '../words/destination-words.ts'
import { adjustmentWords, mediaWords, originWords, profileWords } from '../words/quality-words.ts'
import { isOnAir } from '../words/stream-words.ts'
import './destination-form.ts'
import { formProblem } from '../components/field.ts'
import { pauseIcon, playIcon, removeIcon, retryIcon } from '../components/icons.ts'
import { LightElement } from '../components/light-element.ts'
import '../components/time-words.ts'

/** One destination: how it does, and what can be done. */
class DestinationRow extends LightElement {
  static override properties = {
    stream: { attribute: false },
    destination: { attribute: false },
    platforms: { attribute: false },
    editing: { state: true },
  }
  declare stream: LiveStream
  declare destination: Destination
  declare platforms: readonly Platform[] | null
  declare editing: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.platforms = null
    this.editing = false
  }

  protected override render(): TemplateResult {
    const { destination, stream } = this
    const { enabled } = destination
    const { label, tone } = destinationState(destination, isOnAir(stream))
    const title = destinationName(destination)
    const busy = this.#requests.busy
    return html`
      <div class="row">
        <div class="row-words">
          <p class="row-title">
            <b>${title}</b> <span class="quiet">${this.#place(title)}</span>
          </p>
          <p class="state ${tone}">${label}${this.#since()}</p>
          ${this.#sends()}
          <p class="quiet">${this.#details()}</p>
        </div>
        <div class="row-buttons">
          ${
            canRetry(destination)
              ? html`<button type="button" class="plain" aria-busy=${busy === 'retry'} aria-label=${`Try ${title} now`}
                  title="Try now" @click=${this.#retry}>${retryIcon}</button>`
              : nothing
          }
          <button type="button" class="plain" aria-busy=${busy === 'enabled'} title=${enabled ? 'Pause' : 'Resume'}
            aria-label=${`${enabled ? 'Pause' : 'Resume'} ${title}`} @click=${this.#toggle}>
            ${enabled ? pauseIcon : playIcon}
          </button>
          <button type="button" class="plain text" aria-expanded=${this.editing} aria-label=${`Edit ${title}`}
            @click=${() => this.#edit(!this.editing)}>Edit</button>
          <button type="button" class="plain" title="Remove" aria-label=${`Remove ${title}`} @click=${this.#askToRemove}>
            ${removeIcon}
          </button>
        </div>
        ${this.#requests.problem ? formProblem(this.#requests.problem) : nothing}
        ${
          this.editing && this.platforms
            ? html`<destination-form .stream=${stream} .platforms=${this.platforms} .destination=${destination}
                @done=${() => this.#edit(false)}></destination-form>`
            : nothing
        }
      </div>`
  }

  /** The platform, where the title does not say it, else the host. */
  #place(title: string): string {
    const { platform, url } = this.destination
    const known = platform === 'custom' ? undefined : this.platforms?.find(({ id }) => id === platform)?.name
    const place = known === undefined || known === title ? hostOf(url) : known
    return place === title ? '' : place
  }

  /** What it gets: now, or while nothing runs, what was chosen. */
  #sends(): TemplateResult {
    const { sends, adjustments, profile } = this.destination
    return html`
      <p class="sends">${
        sends
          ? html`${mediaWords(sends)} <span class="mark-word">${originWords[sends.from]}</span>`
          : `Quality: ${profileWords(profile)}`
      }</p>
      ${adjustments.map((each) => html`<p class="adjusted">${adjustmentWords(each)}</p>`)}`
  }

  #since(): TemplateResult | typeof nothing {
    const { enabled, state, connected_at, next_retry_at } = this.destination
    if (enabled && state === 'broadcasting' && connected_at)
      return html` <time-words form="for" .at=${connected_at}></time-words>`
    if (canRetry(this.destination) && next_retry_at)
      return html`, next try <time-words form="until" .at=${next_retry_at}></time-words>`
    return nothing
  }

  #details(): TemplateResult | string {
    const { enabled, last_error, retries } = this.destination
    const delivery = deliveryWords(this.destination)
    if (!enabled || !last_error) return delivery ?? ''
    const attempts = retries > 1 ? ` (${retries} attempts so far)` : ''
    return html`<span class=${last_error.severity === 'error' ? 'error' : 'warning'}>${last_error.detail}${attempts}</span> ${delivery ?? ''}`
  }

  #retry(): void {
    const { destination } = this
    const streamId = this.stream.id
    void this.#requests.send('retry', (api) => api.retryDestination(streamId, destination.id), streamId)
  }

  #toggle(): void {
    const { destination } = this
    const streamId = this.stream.id
    const enabled = !destination.enabled
    void this.#requests.send('enabled', (api) => api.changeDestination(streamId, destination.id, { enabled }), streamId)
  }

  #edit(editing: boolean): void {
    this.editing = editing
    if (!editing) this.querySelector<HTMLElement>('[aria-expanded]')?.focus()
  }

  #askToRemove(): void {
    const { destination } = this
    const streamId = this.stream.id
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Remove “${destinationName(destination)}”?`,
        words: 'The stream no longer goes there. Its address and key are forgotten.',
        confirm: 'Remove',
        dangerous: true,
        streamId,
        run: (api) => api.removeDestination(streamId, destination.id),
      }),
    )
  }
}
customElements.define('destination-row', DestinationRow)
