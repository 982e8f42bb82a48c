import { html, type TemplateResult } from 'lit'
import { type QuietTime, weekdays } from '#schema/contracts/alert.ts'
import { LightElement } from '../../components/light-element.ts'

/** Parts of the week in which nothing is sent. */
class QuietTimes extends LightElement {
  static override properties = { times: { attribute: false }, save: { attribute: false }, adding: { state: true } }
  declare times: readonly QuietTime[]
  /** Gives whether it worked. */
  declare save: (times: QuietTime[]) => Promise<boolean>
  declare adding: boolean

  constructor() {
    super()
    this.times = []
    this.adding = false
  }

  protected override render(): TemplateResult {
    return html`
      <h3>Quiet times</h3>
      <p class="quiet">Alerts are shown here then and not sent; after it one message tells of all.</p>
      <ul class="quiet-times">
        ${this.times.map(
          (time, index) => html`
            <li>
              <span>${quietWords(time)}</span>
              <button type="button" class="quiet-danger" aria-label=${`Remove ${quietWords(time)}`}
                @click=${() => this.save(this.times.filter((_, each) => each !== index))}>Remove</button>
            </li>`,
        )}
      </ul>
      ${
        this.adding
          ? this.#form()
          : html`<button type="button" @click=${() => {
              this.adding = true
            }}>Add a quiet time</button>`
      }`
  }

  #form(): TemplateResult {
    return html`
      <form class="panel" @submit=${this.#add}>
        <fieldset class="days">
          <legend>It begins on</legend>
          ${weekdays.map(
            (day) =>
              html`<label><input type="checkbox" name="days" value=${day} ?checked=${day !== 'sat' && day !== 'sun'}> ${dayWords[day]}</label>`,
          )}
        </fieldset>
        <div class="field inline">
          <label for="quiet-from">from</label>
          <input id="quiet-from" name="from" type="time" required value="22:00">
          <label for="quiet-to">to</label>
          <input id="quiet-to" name="to" type="time" required value="07:00">
        </div>
        <div class="field">
          <label for="quiet-zone">Time zone</label>
          <input id="quiet-zone" name="time_zone" required value=${Intl.DateTimeFormat().resolvedOptions().timeZone} list="quiet-zones">
          <datalist id="quiet-zones">${Intl.supportedValuesOf('timeZone').map((zone) => html`<option value=${zone}></option>`)}</datalist>
        </div>
        <div class="buttons">
          <button type="button" @click=${() => {
            this.adding = false
          }}>Cancel</button>
          <button class="primary">Add</button>
        </div>
      </form>`
  }

  async #add(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    const days = fields.getAll('days') as QuietTime['days']
    const first = form.querySelector<HTMLInputElement>('[name=days]')
    first?.setCustomValidity(days.length === 0 ? 'Choose at least one day.' : '')
    if (!form.reportValidity()) return first?.setCustomValidity('')
    const text = (name: string) => String(fields.get(name))
    const time = { days, from: text('from'), to: text('to'), time_zone: text('time_zone'), kinds: null }
    if (await this.save([...this.times, time])) this.adding = false
  }
}
customElements.define('quiet-times', QuietTimes)

const dayWords = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' } as const

/** `Mon, Tue from 22:00 to 07:00 (Europe/Zurich)` */
const quietWords = ({ days, from, to, time_zone, kinds }: QuietTime): string =>
  `${
    days.length === 7
      ? 'Every day'
      : weekdays
          .filter((day) => days.includes(day))
          .map((day) => dayWords[day])
          .join(', ')
  } from ${from} to ${to} (${time_zone})${kinds === null ? '' : `, ${kinds.length} of the rules`}`
