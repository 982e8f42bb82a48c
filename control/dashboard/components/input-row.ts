import { html, nothing, type TemplateResult } from 'lit'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { Requests } from '../request-event.ts'
import { channelWords, inputName, inputOrigin, inputState, prioritiesAfterMove } from '../words/input-words.ts'
import { sourceWords } from '../words/stream-words.ts'
import { QuestionEvent } from './confirm-dialog.ts'
import { formProblem } from './field.ts'
import { downIcon, removeIcon, upIcon } from './icons.ts'
import './input-form.ts'
import { LightElement } from './light-element.ts'
import './time-words.ts'

/** One input: what it sends, and what can be done. */
class InputRow extends LightElement {
  static override properties = { stream: { attribute: false }, index: { type: Number }, editing: { state: true } }
  declare stream: LiveStream
  /** Its place in `stream.inputs`. */
  declare index: number
  declare editing: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.index = 0
    this.editing = false
  }

  get #input() {
    return this.stream.inputs[this.index]
  }

  protected override render(): TemplateResult | typeof nothing {
    const input = this.#input
    if (!input) return nothing
    const { label, tone } = inputState(input, this.stream.enabled)
    const origin = inputOrigin(input)
    return html`
      <div class="row">
        <div class="row-words">
          <p class="row-title">
            <b>${inputName(input)}</b>
            ${origin === null ? nothing : html`<span class="quiet">${origin}</span>`}
            ${input.pinned ? html`<span class="mark-word">Chosen by you</span>` : nothing}
          </p>
          <p class="state ${tone}">${label}${
            input.state === 'on_air' ? html` <time-words form="for" .at=${input.state_since}></time-words>` : nothing
          }</p>
          ${this.#details()}
        </div>
        ${this.#buttons()} ${this.#requests.problem ? formProblem(this.#requests.problem) : nothing}
        ${
          this.editing
            ? html`<input-form .streamId=${this.stream.id} .input=${input} @done=${() => this.#edit(false)}></input-form>`
            : nothing
        }
      </div>`
  }

  #details(): TemplateResult | typeof nothing {
    const input = this.#input
    if (!input) return nothing
    const channel = channelWords(input)
    const now = input.now ?? (input.state === 'on_air' ? this.stream.source.now : null)
    // What goes well needs no words beside what it sends, and nothing is said twice.
    const isWell = now !== null && (input.state === 'on_air' || input.state === 'standby')
    const says =
      input.state !== 'idle' && !isWell && input.state_detail !== `${inputState(input, this.stream.enabled).label}.`
    return html`
      ${channel === null ? nothing : html`<p>${channel}</p>`}
      ${now ? html`<p class="quiet">${sourceWords(now)}</p>` : nothing}
      ${says ? html`<p class=${input.state === 'failed' ? 'warning-words' : 'quiet'}>${input.state_detail}</p>` : nothing}`
  }

  #buttons(): TemplateResult | typeof nothing {
    const input = this.#input
    if (!input) return nothing
    const { inputs } = this.stream
    const name = inputName(input)
    const busy = this.#requests.busy
    const last = inputs.length - 1
    const [pin, onAir] = input.pinned ? ['Release', ''] : [input.state === 'on_air' ? 'Keep' : 'Put', ' on air']
    return html`
      <div class="row-buttons">
        ${
          last > 0
            ? html`
              <button type="button" data-needs="write" class="plain move" title="Earlier choice" aria-label=${`Move ${name} up`}
                ?disabled=${this.index === 0} @click=${() => this.#move(-1)}>${upIcon}</button>
              <button type="button" data-needs="write" class="plain move" title="Later choice" aria-label=${`Move ${name} down`}
                ?disabled=${this.index === last} @click=${() => this.#move(1)}>${downIcon}</button>
              <button type="button" data-needs="write" class="plain text" aria-busy=${busy === 'pin'} aria-label=${`${pin}${onAir}: ${name}`}
                title=${input.pinned ? 'The best that sends is on air again' : nothing} @click=${this.#pinOrRelease}>${pin}${onAir}</button>`
            : nothing
        }
        <button type="button" data-needs="write" class="plain text" aria-expanded=${this.editing} aria-label=${`Edit ${name}`}
          @click=${() => this.#edit(!this.editing)}>Edit</button>
        ${
          last > 0
            ? html`<button type="button" data-needs="write" class="plain" title="Remove" aria-label=${`Remove ${name}`} @click=${this.#askToRemove}>
                ${removeIcon}</button>`
            : nothing
        }
      </div>`
  }

  async #move(by: -1 | 1): Promise<void> {
    const { id, inputs } = this.stream
    const changes = prioritiesAfterMove(inputs, this.index, by)
    await this.#requests.send(
      'move',
      async (api) => {
        for (const change of changes) await api.changeInput(id, change.id, { priority: change.priority })
      },
      id,
    )
    // What is put at another place of the page loses the focus.
    requestAnimationFrame(() => {
      if (document.activeElement !== document.body) return
      const buttons = [...this.querySelectorAll<HTMLButtonElement>('.move:not(:disabled)')]
      buttons.at(by === -1 ? 0 : -1)?.focus()
    })
  }

  #pinOrRelease(): void {
    const { id } = this.stream
    const input = this.#input
    if (!input) return
    void this.#requests.send('pin', (api) => (input.pinned ? api.releaseInput(id) : api.pinInput(id, input.id)), id)
  }

  #edit(editing: boolean): void {
    this.editing = editing
    if (!editing) this.querySelector<HTMLElement>('[aria-expanded]')?.focus()
  }

  #askToRemove(): void {
    const input = this.#input
    if (!input) return
    const { id } = this.stream
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Remove “${inputName(input)}”?`,
        words: 'The stream no longer takes its picture from there. If it is on air, the next one takes over.',
        confirm: 'Remove',
        dangerous: true,
        streamId: id,
        run: (api) => api.removeInput(id, input.id),
      }),
    )
  }
}
customElements.define('input-row', InputRow)
