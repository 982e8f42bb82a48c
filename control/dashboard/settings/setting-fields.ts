import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'

export interface SettingChoice {
  /** Makes the id unique on the page. */
  readonly at: string
  readonly label: string
  readonly chosen: string
  readonly choices: readonly (readonly [value: string, words: string])[]
  /** What a value is called that the list lacks. */
  readonly otherwise?: string
  readonly hint?: string | TemplateResult | null
  readonly disabled?: boolean
  /** What stands below it: what the change would do. */
  readonly note?: TemplateResult | typeof nothing
  readonly choose: (value: string) => void
}

/** A list of which one holds. */
export function settingChoice(setting: SettingChoice): TemplateResult {
  const { at, label, chosen, choices, otherwise, hint = null, disabled = false, note = nothing, choose } = setting
  const id = `${label.replaceAll(/\W+/g, '-')}-${at}`
  const isListed = choices.some(([value]) => value === chosen)
  const all = isListed ? choices : [...choices, [chosen, otherwise ?? chosen] as const]
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <select id=${id} ?disabled=${disabled} aria-describedby=${`${id}-hint`}
        @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${all.map(([value, words]) => html`<option value=${value} .selected=${live(value === chosen)}>${words}</option>`)}
      </select>
      <p class="hint" id=${`${id}-hint`}>${hint}</p>
      ${note}
    </div>`
}

export interface SettingBox {
  readonly label: string
  readonly sentence: string
  readonly isOn: boolean
  readonly note?: TemplateResult | typeof nothing
  readonly choose: (isOn: boolean) => void
}

/** Something that holds or not. */
export const settingBox = ({ label, sentence, isOn, note = nothing, choose }: SettingBox): TemplateResult => html`
  <label class="choice">
    <input type="checkbox" .checked=${live(isOn)} @change=${(event: Event) => choose((event.target as HTMLInputElement).checked)}>
    <span><b>${label}</b><span class="quiet">${sentence}</span></span>
  </label>
  ${note}`
