import { html, type TemplateResult } from 'lit'

/** One of several answers, with what it means. */
export const choice = (
  name: string,
  value: string,
  { label, sentence }: { readonly label: string; readonly sentence: string },
  checked: boolean,
): TemplateResult => html`
  <label class="choice">
    <input type="radio" name=${name} value=${value} ?checked=${checked}>
    <span><b>${label}</b><span class="quiet">${sentence}</span></span>
  </label>`
