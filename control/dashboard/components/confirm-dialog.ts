import { html, nothing, type TemplateResult } from 'lit'
import type { Api } from '../api.ts'
import { Requests } from '../request-event.ts'
import { formProblem } from './field.ts'
import { LightElement } from './light-element.ts'

/** Something that is asked about before it is done. */
export interface Question {
  readonly heading: string
  /** What will happen. */
  readonly words: string
  /** What the button says that does it. */
  readonly confirm: string
  readonly dangerous?: boolean
  /** Something to choose with it, the first one if nobody does: what it is about, and each value with its words. */
  readonly choice?: { readonly label: string; readonly choices: readonly (readonly [value: string, words: string])[] }
  /** `chosen` is a value of `choice`. */
  readonly run: (api: Api, chosen?: string) => Promise<unknown>
  readonly streamId?: string
}

/** Asks the page to ask. */
export class QuestionEvent extends Event {
  static readonly type = 'weir-question'
  readonly question: Question

  constructor(question: Question) {
    super(QuestionEvent.type, { bubbles: true })
    this.question = question
  }
}

/** The one dialog that asks. It stays open until what was asked is done, and says there if that fails. */
export class ConfirmDialog extends LightElement {
  static override properties = { question: { state: true } }
  declare question: Question | null
  readonly #requests = new Requests(this)
  #opener: Element | null = null

  constructor() {
    super()
    this.question = null
  }

  async ask(question: Question): Promise<void> {
    this.question = question
    this.#requests.forget()
    this.#opener = document.activeElement
    await this.updateComplete
    this.#dialog.showModal()
  }

  get #dialog(): HTMLDialogElement {
    return this.querySelector('dialog') as HTMLDialogElement
  }

  protected override render(): TemplateResult {
    const { heading, words, confirm, dangerous, choice }: Partial<Question> = this.question ?? {}
    return html`
      <dialog class="small" aria-labelledby="question" aria-describedby="question-words" @close=${this.#onClose}>
        <form method="dialog" @submit=${this.#confirm}>
          <h2 id="question">${heading}</h2>
          <p id="question-words">${words}</p>
          ${
            choice
              ? html`<div class="field"><label for="question-choice">${choice.label}</label>
                <select id="question-choice">${choice.choices.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select></div>`
              : nothing
          }
          ${formProblem(this.#requests.problem)}
          <div class="buttons">
            <button type="button" autofocus @click=${() => this.#dialog.close()}>Cancel</button>
            <button class=${dangerous ? 'danger' : 'primary'} aria-busy=${this.#requests.busy !== null}>${confirm}</button>
          </div>
        </form>
      </dialog>`
  }

  async #confirm(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    if (!this.question) return
    const { run, streamId } = this.question
    const chosen = this.querySelector('select')?.value
    if (await this.#requests.send('confirm', (api) => run(api, chosen), streamId)) this.#dialog.close()
  }

  /** The browser gives the focus back to what opened the dialog, unless that is gone with what was removed. */
  async #onClose(): Promise<void> {
    await new Promise(requestAnimationFrame)
    if (!this.#opener?.isConnected) document.querySelector('main')?.focus()
    this.#opener = null
  }
}
customElements.define('confirm-dialog', ConfirmDialog)
