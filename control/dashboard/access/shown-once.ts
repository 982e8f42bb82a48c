import { html, type TemplateResult } from 'lit'
import '../components/copy-button.ts'

/** A secret that is never shown again, with a button that copies it. */
export const shownOnce = ({
  id,
  label,
  text,
  words,
}: {
  readonly id: string
  readonly label: string
  readonly text: string
  readonly words: string
}): TemplateResult => html`
  <div class="shown-once" role="status">
    <label for=${id}>${label}</label>
    <div class="with-button">
      <input id=${id} class="code" readonly .value=${text} aria-describedby=${`${id}-hint`}
        @focus=${(event: Event) => (event.target as HTMLInputElement).select()}>
      <copy-button .text=${text} .label=${label}></copy-button>
    </div>
    <p class="hint" id=${`${id}-hint`}>${words}</p>
  </div>`
