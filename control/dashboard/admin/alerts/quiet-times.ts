import { html, type TemplateResult } from 'lit'
import { type AlertRule, type QuietTime, weekdays } from '#schema/contracts/alert.ts'
import { LightElement } from '../../components/light-element.ts'

/** Parts of the week in which nothing is sent. */
class QuietTimes extends LightElement {
  static override properties = {
    times: { attribute: false },
    rules: { attribute: false },
    save: { attribute: false },
    adding: { state: true },
  }
  declare times: readonly QuietTime[]
  declare rules: readonly AlertRule[]
  /** Gives whether it worked. */
  declare save: (times: QuietTime[]) => Promise<boolean>
  declare adding: boolean

  constructor() {
    super()
    this.times = []
    this.rules = []
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
              <span>${this.#words(time)}</span>
              <button type="button" class="quiet-danger" aria-label=${`Remove ${this.#words(time)}`}
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
        <div class="field">
          <label for="quiet-kinds">For</label>
          <select id="quiet-kinds" name="kinds">
            <option value="">all alerts</option>
            ${this.rules.map(({ kind, title }) => html`<option value=${kind}>${title}</option>`)}
          </select>
        </div>
        <div class="buttons">
          <button type="button" @click=${() => {
            this.adding = false
          }}>Cancel</button>
          <button class="primary">Add</button>
        </div>
      </form>`
  }

  /** `Mon, Tue from 22:00 to 07:00 (Europe/Zurich): Disk nearly full` */
  #words({ days, from, to, time_zone, kinds }: QuietTime): string {
    const named = weekdays.filter((day) => days.includes(day)).map((day) => dayWords[day])
    const titles = this.rules.filter(({ kind }) => kinds?.includes(kind)).map(({ title }) => title)
    const when = `${days.length === weekdays.length ? 'Every day' : named.join(', ')} from ${from} to ${to} (${time_zone})`
    return kinds === null ? when : `${when}: ${titles.join(', ')}`
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
    const kinds = text('kinds') === '' ? null : [text('kinds') as AlertRule['kind']]
    const time = { days, from: text('from'), to: text('to'), time_zone: text('time_zone'), kinds }
    if (await this.save([...this.times, time])) this.adding = false
  }
}
customElements.define('quiet-times', QuietTimes)

const dayWords = { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' } as const
