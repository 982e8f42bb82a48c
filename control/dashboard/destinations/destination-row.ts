import { html, nothing, type TemplateResult } from 'lit'
import type { Destination } from '#schema/contracts/destination.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Platform } from '#schema/contracts/platform.ts'
import type { DestinationOrder } from '#schema/enums.ts'
import { QuestionEvent } from '../components/confirm-dialog.ts'
import { Requests } from '../request-event.ts'
import {
  canRetry,
  deliveryFacts,
  destinationName,
  destinationState,
  hostOf,
  orderFor,
} from '../words/destination-words.ts'
import { mediaOf, sharedWith } from '../words/plan-words.ts'
import { adjustmentWords, holding, mediaWords, profileWords } from '../words/quality-words.ts'
import { isOnAir } from '../words/stream-words.ts'
import './destination-form.ts'
import { formProblem } from '../components/field.ts'
import { pauseIcon, playIcon, removeIcon, retryIcon } from '../components/icons.ts'
import { LightElement } from '../components/light-element.ts'
import { isOwnServer } from './own-server.ts'
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
    const { label, tone } = destinationState(destination, isOnAir(stream))
    const title = destinationName(destination)
    return html`
      <div class="row">
        <div class="row-words">
          <p class="row-title"><b>${title}</b> <span class="quiet">${this.#place(title)}</span></p>
          <p class="state ${tone}">${label}${this.#since()}</p>
        </div>
        ${this.#buttons(title)} ${this.#details()}
        ${this.#requests.problem ? formProblem(this.#requests.problem) : nothing}
        ${
          this.editing && this.platforms
            ? html`<destination-form .stream=${stream} .platforms=${this.platforms} .destination=${destination}
                @done=${() => this.#edit(false)}></destination-form>`
            : nothing
        }
      </div>`
  }

  #buttons(title: string): TemplateResult {
    const { destination, stream } = this
    const { enabled } = destination
    const order = orderFor(destination, isOnAir(stream))
    const busy = this.#requests.busy
    return html`
      <div class="row-buttons" data-needs="write">
        ${
          canRetry(destination)
            ? html`<button type="button" class="plain" aria-busy=${busy === 'retry'} aria-label=${`Try ${title} now`}
                title="Try now" @click=${this.#retry}>${retryIcon}</button>`
            : nothing
        }
        ${
          order === null
            ? nothing
            : html`<button type="button" class="plain text" aria-busy=${busy === order}
                aria-label=${`${orders[order].label} ${title}`} title=${orders[order].title}
                @click=${() => this.#order(order)}>${orders[order].label}</button>`
        }
        <button type="button" class="plain" aria-busy=${busy === 'enabled'}
          title=${enabled ? 'Pause, until you resume it' : 'Resume'}
          aria-label=${`${enabled ? 'Pause' : 'Resume'} ${title}`} @click=${this.#toggle}>
          ${enabled ? pauseIcon : playIcon}
        </button>
        <button type="button" class="plain text" aria-expanded=${this.editing} aria-label=${`Edit ${title}`}
          @click=${() => this.#edit(!this.editing)}>Edit</button>
        <button type="button" class="plain" title="Remove" aria-label=${`Remove ${title}`} @click=${this.#askToRemove}>
          ${removeIcon}
        </button>
      </div>`
  }

  /** The platform, of a server of one's own its host; empty where the title says it. */
  #place(title: string): string {
    const { platform: id, url } = this.destination
    const platform = this.platforms?.find((each) => each.id === id)
    const place = platform && !isOwnServer(platform) ? platform.name : hostOf(url)
    return place === title ? '' : place
  }

  /** What it gets, how that goes, and what is wrong. */
  #details(): TemplateResult {
    const { destination } = this
    const { sends, profile, last_error, retries } = destination
    const { plan } = this.stream
    const media = mediaOf(this.stream, destination)
    const planned = plan.destinations.find(({ id }) => id === destination.id)
    const adjustments = holding((sends ? destination.adjustments : planned?.adjustments) ?? [], media)
    const facts = deliveryFacts(destination)
    const error = canRetry(destination) || facts.length > 0 ? last_error : null
    return html`
      <div class="row-details">
        <p>
          <span class="quiet">${profileWords(profile)}${media ? ':' : ''}</span>
          ${media ? html`${mediaWords(media)} <span class="mark-word">${sharedWith(this.stream, destination)}</span>` : nothing}
        </p>
        ${
          facts.length > 0
            ? html`<dl class="delivery">${facts.map(([name, figure]) => html`<div><dt>${name}</dt><dd>${figure}</dd></div>`)}</dl>`
            : nothing
        }
        ${this.#startsThere()} ${this.#ends()}
        ${!destination.held && planned?.refusal ? html`<p class="plan-issue error">${planned.refusal}</p>` : nothing}
        ${adjustments.map((each) => html`<p class="adjusted">${adjustmentWords(each)}</p>`)}
        ${
          error
            ? html`<p class=${`plan-issue ${error.severity}`}>${error.detail}${retries > 1 ? ` (${retries} attempts so far)` : ''} <span>${error.fix}</span></p>`
            : nothing
        }
      </div>`
  }

  /** Some platforms wait for a person once media arrives. */
  #startsThere(): TemplateResult | typeof nothing {
    const { platform: id, state } = this.destination
    const platform = this.platforms?.find((each) => each.id === id)
    if (state !== 'broadcasting' || !platform?.starts_on_platform?.value) return nothing
    return html`<p class="quiet">${platform.name} shows it to viewers once you start the broadcast there.</p>`
  }

  /** When this broadcast ends there by itself, or why it did. */
  #ends(): TemplateResult | typeof nothing {
    const { enabled, held, session_ends_at, roll_over } = this.destination
    // That one waits to be started is said by its state.
    if (enabled && held && held.reason !== 'waits_for_start')
      return html`<p class=${held.reason === 'not_taken' ? 'plan-issue error' : 'quiet'}>${held.detail}</p>`
    if (!enabled || session_ends_at === null) return nothing
    const words = roll_over ? 'A new broadcast begins there' : 'This broadcast ends there'
    return html`<p class=${isSoon(session_ends_at) ? 'warning-words' : 'quiet'}>${words}
      <time-words form="until" .at=${session_ends_at}></time-words>.</p>`
  }

  #since(): TemplateResult | typeof nothing {
    const { enabled, held, state, connected_at, next_retry_at } = this.destination
    if (enabled && !held && state === 'broadcasting' && connected_at)
      return html` <time-words form="for" .at=${connected_at}></time-words>`
    if (canRetry(this.destination) && next_retry_at)
      return html`, next try <time-words form="until" .at=${next_retry_at}></time-words>`
    return nothing
  }

  #retry(): void {
    const { destination } = this
    const streamId = this.stream.id
    void this.#requests.send('retry', (api) => api.retryDestination(streamId, destination.id), streamId)
  }

  #order(order: DestinationOrder): void {
    const { id } = this.stream
    const destinationId = this.destination.id
    void this.#requests.send(order, (api) => api.orderDestination(id, destinationId, order), id)
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

const orders: Readonly<Record<DestinationOrder, { readonly label: string; readonly title: string }>> = {
  start: { label: 'Start', title: 'Start it for this broadcast' },
  stop: { label: 'Stop', title: 'Stop it for this broadcast; the next one begins as usual' },
}

/** As early as Weir warns of it, milliseconds. */
const soonMs = 15 * 60_000
const isSoon = (at: string): boolean => Date.parse(at) - Date.now() < soonMs
