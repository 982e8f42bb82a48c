import { html, nothing, type TemplateResult } from 'lit'
import type { Input } from '#schema/contracts/input.ts'
import { type InputType, inputTypes } from '#schema/enums.ts'
import { inputChange, newInput } from '../input-request.ts'
import { Requests } from '../request-event.ts'
import { inputKinds, inputName } from '../words/input-words.ts'
import { choice } from './choices.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from './field.ts'
import { inputFields, inputPointers } from './input-fields.ts'
import { LightElement } from './light-element.ts'

/** Adds an input, or changes one. Fires `done` when it is saved or given up. */
class InputForm extends LightElement {
  static override properties = { streamId: {}, input: { attribute: false }, type: { state: true } }
  declare streamId: string
  /** The one to change; null adds one. */
  declare input: Input | null
  declare type: InputType
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.streamId = ''
    this.input = null
    this.type = 'push'
  }

  protected override willUpdate(): void {
    if (this.input) this.type = this.input.type
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>(this.input ? 'input, textarea' : 'input:checked')?.focus()
  }

  protected override render(): TemplateResult {
    const { input, type } = this
    const { problem, busy } = this.#requests
    const at = input?.id ?? this.streamId
    const nameId = `input-name-${at}`
    const wrongName = problem?.fields.get('/name')
    return html`
      <form class="box" novalidate aria-label=${input ? `Change ${inputName(input)}` : 'Add an input'}
        @submit=${this.#submit} @keydown=${this.#onKey}>
        ${
          input
            ? nothing
            : html`
              <fieldset @change=${this.#onType}>
                <legend>Where does the picture come from?</legend>
                <div class="choices">${inputTypes.map((each) => choice('type', each, inputKinds[each], each === type))}</div>
              </fieldset>`
        }
        ${inputFields({ type, at, problem, input })}
        <div class="field">
          <label for=${nameId}>Name <span class="quiet">if you like</span></label>
          <input id=${nameId} name="name" autocomplete="off" maxlength="120" placeholder=${placeholders[type]}
            .defaultValue=${input?.name ?? ''} aria-invalid=${wrongName !== undefined} aria-describedby=${errorId(nameId)}>
          ${fieldError(nameId, wrongName)}
        </div>
        ${formProblem(problem, ['/name', ...inputPointers(problem)])}
        <div class="buttons">
          <button type="button" @click=${this.#done}>Cancel</button>
          <button class="primary" aria-busy=${busy !== null}>${input ? 'Save' : 'Add'}</button>
        </div>
      </form>`
  }

  #onType(event: Event): void {
    this.type = (event.target as HTMLInputElement).value as InputType
    this.#requests.forget()
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#done()
  }

  #done(): void {
    this.dispatchEvent(new Event('done'))
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const fields = new FormData(form)
    const name = String(fields.get('name')).trim() || null
    const { streamId, input, type } = this
    const sent = await this.#requests.send<unknown>(
      'save',
      (api) =>
        input
          ? api.changeInput(streamId, input.id, inputChange(input, fields, name))
          : api.addInput(streamId, newInput(type, fields, name)),
      streamId,
    )
    if (sent) return this.#done()
    await this.updateComplete
    focusFirstInvalid(form)
  }
}
customElements.define('input-form', InputForm)

const placeholders: Readonly<Record<InputType, string>> = {
  push: 'OBS at home',
  pull: 'Camera in the hall',
  channel: 'Her channel',
  test: 'Test picture',
}
