import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { drawnOnCard } from '../words/slate-words.ts'
import { LightElement } from './light-element.ts'

/** The words of a card: a field to write them, and the card as viewers will see it. */
class CardWords extends LightElement {
  static override properties = {
    fieldId: { attribute: false },
    text: { attribute: false },
    usual: { attribute: false },
    streamName: { attribute: false },
    save: { attribute: false },
    typed: { state: true },
    isSaved: { state: true },
  }
  declare fieldId: string
  /** What is saved; null: the usual words. */
  declare text: string | null
  declare usual: string
  declare streamName: string
  /** Gives whether it was saved. */
  declare save: (text: string | null) => Promise<boolean>
  declare typed: string
  declare isSaved: boolean

  constructor() {
    super()
    this.text = null
    this.typed = ''
    this.isSaved = false
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('text')) this.typed = this.text ?? ''
  }

  protected override render(): TemplateResult {
    const heading = drawnOnCard(this.typed) || this.usual
    return html`
      <form novalidate @submit=${this.#onSubmit}>
        <label for=${this.fieldId}>Words</label>
        <div class="with-button">
          <input id=${this.fieldId} name="text" maxlength="160" autocomplete="off" placeholder=${this.usual}
            .defaultValue=${this.text ?? ''} @input=${this.#onInput}>
          <button>Save</button>
        </div>
      </form>
      <div role="status">${this.isSaved ? html`<p class="state live">Saved</p>` : nothing}</div>
      <div class="card-preview" role="img" aria-label=${`Preview: ${heading}`}>
        <p class="heading">${heading}</p>
        <p class="name">${drawnOnCard(this.streamName)}</p>
      </div>`
  }

  protected override updated(): void {
    const heading = this.querySelector<HTMLElement>('.heading')
    heading?.style.setProperty('--size', `${headingSize(heading.textContent.length)}cqh`)
  }

  #onInput = (event: Event): void => {
    this.typed = (event.target as HTMLInputElement).value
    this.isSaved = false
  }

  #onSubmit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    this.isSaved = false
    this.isSaved = await this.save(this.typed.trim() || null)
  }
}
customElements.define('card-words', CardWords)

/** Percent of the card's height: a heading shrinks to stay on one line, and a long one gets several. */
function headingSize(characters: number): number {
  const oneLine = Math.min(11.5, 205 / characters)
  return oneLine >= 7.5 ? oneLine : 8.5
}
