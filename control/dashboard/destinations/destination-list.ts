import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { Platform } from '#schema/contracts/platform.ts'
import './destination-form.ts'
import './destination-row.ts'
import { addIcon } from '../components/icons.ts'
import { LightElement } from '../components/light-element.ts'

/** Where a stream goes, and the form that adds one more place. */
class DestinationList extends LightElement {
  static override properties = {
    stream: { attribute: false },
    platforms: { attribute: false },
    adding: { state: true },
  }
  declare stream: LiveStream
  declare platforms: readonly Platform[] | null
  declare adding: boolean

  constructor() {
    super()
    this.platforms = null
    this.adding = false
  }

  protected override render(): TemplateResult {
    const { stream, platforms } = this
    const { id, destinations } = stream
    return html`
      <section class="rows" aria-labelledby=${`destinations-${id} name-${id}`}>
        <div class="section-head">
          <h3 id=${`destinations-${id}`}>Destinations</h3>
          <button type="button" class="link add" data-needs="write" aria-expanded=${this.adding} @click=${() => this.#show(!this.adding)}>
            ${addIcon} Add a destination
          </button>
        </div>
        ${
          this.adding && platforms
            ? html`<destination-form .stream=${stream} .platforms=${platforms} @done=${() => this.#show(false)}></destination-form>`
            : nothing
        }
        ${
          destinations.length === 0 && !this.adding
            ? html`<p class="quiet">None yet. Viewers on your own pages can watch without one.</p>`
            : nothing
        }
        <ul>
          ${repeat(
            destinations,
            (destination) => destination.id,
            (destination) => html`
              <li><destination-row .stream=${stream} .destination=${destination} .platforms=${platforms}></destination-row></li>`,
          )}
        </ul>
      </section>`
  }

  #show(adding: boolean): void {
    this.adding = adding
    if (!adding) this.querySelector<HTMLElement>('.add')?.focus()
  }
}
customElements.define('destination-list', DestinationList)
