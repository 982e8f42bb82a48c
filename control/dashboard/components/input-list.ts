import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { Requests } from '../request-event.ts'
import { formProblem } from './field.ts'
import { addIcon } from './icons.ts'
import './input-form.ts'
import './input-row.ts'
import { LightElement } from './light-element.ts'

/** Where a stream's picture comes from, first choice first, and the form that adds a backup. */
class InputList extends LightElement {
  static override properties = { stream: { attribute: false }, adding: { state: true } }
  declare stream: LiveStream
  declare adding: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.adding = false
  }

  protected override render(): TemplateResult {
    const { id, inputs } = this.stream
    const headingId = `inputs-${id}`
    return html`
      <section class="rows" aria-labelledby=${`${headingId} name-${id}`}>
        <div class="section-head">
          <h3 id=${headingId}>${inputs.length > 1 ? 'Inputs' : 'Input'}</h3>
          <button type="button" class="link add" data-needs="write" aria-expanded=${this.adding} @click=${() => this.#show(!this.adding)}>
            ${addIcon} Add a backup
          </button>
        </div>
        ${this.#rule()} ${formProblem(this.#requests.problem)}
        ${this.adding ? html`<input-form .streamId=${id} @done=${() => this.#show(false)}></input-form>` : nothing}
        <ol>
          ${repeat(
            inputs,
            (input) => input.id,
            (_, index) => html`<li><input-row .stream=${this.stream} .index=${index}></input-row></li>`,
          )}
        </ol>
      </section>`
  }

  #rule(): TemplateResult | typeof nothing {
    const { inputs } = this.stream
    if (inputs.length < 2) return nothing
    if (!inputs.some(({ pinned }) => pinned))
      return html`<p class="quiet">The first that sends is on air. When it goes away the next takes over, and gives back when it has returned.</p>`
    return html`
      <p class="quiet">
        You chose which one is on air; the others wait.
        <button type="button" class="link" data-needs="write" aria-busy=${this.#requests.busy !== null} @click=${this.#release}>Back to automatic</button>
      </p>`
  }

  async #release(): Promise<void> {
    const { id } = this.stream
    await this.#requests.send('release', (api) => api.releaseInput(id), id)
    // The button goes away when it has done its work.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) this.querySelector<HTMLElement>('.add')?.focus()
    })
  }

  #show(adding: boolean): void {
    this.adding = adding
    if (!adding) this.querySelector<HTMLElement>('.add')?.focus()
  }
}
customElements.define('input-list', InputList)
