import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { Alert, AlertSettings, PatchAlertSettings } from '#schema/contracts/alert.ts'
import { may } from '../../access/may.ts'
import { formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { ReadAgain } from '../../read-again.ts'
import { Requests } from '../../request-event.ts'
import { spanWords } from '../../words/relative-time.ts'
import './quiet-times.ts'
import { ruleRow } from './rule-row.ts'

/** They are read again so often, milliseconds. */
const refreshMs = 5_000
const reminderHours = [0, 1, 4, 12, 24] as const

/** What is wrong now and what was, and when there is an alert. */
class AlertsArea extends LightElement {
  static override properties = {
    open: { state: true },
    past: { state: true },
    settings: { state: true },
    saved: { state: true },
  }
  declare open: readonly Alert[] | undefined
  declare past: readonly Alert[]
  declare settings: AlertSettings | undefined
  /** Something was saved last. */
  declare saved: boolean
  readonly #requests = new Requests(this)
  readonly #reading = new Requests(this)
  readonly #reader = new ReadAgain(this, refreshMs, () => this.#read())

  constructor() {
    super()
    this.past = []
    this.saved = false
  }

  protected override render(): TemplateResult {
    return html`
      <h2>Alerts</h2>
      <p class="lead">What is wrong for long enough that somebody should know. Webhooks are told of each once it begins and
        once it is over.</p>
      ${formProblem(this.#reading.problem)}
      ${this.#now()} ${this.#rules()} ${this.#past()}`
  }

  #now(): TemplateResult {
    if (!this.open) return html`<p class="quiet" aria-busy="true">One moment…</p>`
    if (this.open.length === 0) return html`<p class="state live">All is well.</p>`
    return html`
      <ul class="alerts">
        ${repeat(
          this.open,
          ({ id }) => id,
          (alert) => this.#alert(alert),
        )}
      </ul>`
  }

  #alert({
    id,
    severity,
    subject,
    detail,
    fix,
    since,
    returns,
    acknowledged_at,
    acknowledged_by,
  }: Alert): TemplateResult {
    return html`
      <li class="panel" id=${id} tabindex="-1">
        <h3>${subject.name}</h3>
        <p class="state ${looks[severity]}">${severityWords[severity]} <time-words at=${since} form="for"></time-words></p>
        <p><b>${detail}</b></p>
        <p>${fix}</p>
        ${returns === 0 ? nothing : html`<p class="quiet">It came back ${returns === 1 ? 'once' : `${returns} times`}.</p>`}
        ${
          acknowledged_at === null
            ? html`
              <div class="buttons">
                <button type="button" data-needs="write" aria-busy=${this.#requests.busy === id} @click=${() => this.#acknowledge(id)}>I know of it</button>
              </div>`
            : html`<p class="quiet">${acknowledged_by ?? 'Somebody'} knows of it since <time-words at=${acknowledged_at}></time-words>.</p>`
        }
      </li>`
  }

  #rules(): TemplateResult {
    const { settings } = this
    if (!settings) return html``
    const change = (body: PatchAlertSettings) => void this.#change(body)
    return html`
      <fieldset class="alert-rules" ?disabled=${!may('admin')} aria-busy=${this.#requests.busy !== null}>
        <h3>When there is an alert</h3>
        ${may('admin') ? nothing : html`<p class="quiet">An owner may change these.</p>`}
        ${formProblem(this.#requests.problem)}
        <div class="table stacked">
          <table>
            <thead>
              <tr><th scope="col">What</th><th scope="col">From when</th><th scope="col">How bad</th></tr>
            </thead>
            <tbody>${settings.rules.map((rule) => ruleRow(rule, (changed) => change({ rules: [{ kind: rule.kind, ...changed }] })))}</tbody>
          </table>
        </div>
        <div class="field inline">
          <label for="alert-reminder">What lasts and nobody has taken note of is told again</label>
          <select id="alert-reminder" @change=${(event: Event) => change({ reminder_hours: Number((event.target as HTMLSelectElement).value) })}>
            ${[...new Set([...reminderHours, settings.reminder_hours])].map(
              (hours) =>
                html`<option value=${hours} ?selected=${hours === settings.reminder_hours}>${
                  hours === 0 ? 'never' : hours === 1 ? 'every hour' : `every ${hours} hours`
                }</option>`,
            )}
          </select>
        </div>
        <quiet-times .times=${settings.quiet_times} .rules=${settings.rules} .save=${(times: AlertSettings['quiet_times']) => this.#change({ quiet_times: times })}></quiet-times>
        <p class="saved" role="status">${this.saved && this.#requests.problem === null ? 'Saved.' : ''}</p>
      </fieldset>`
  }

  #past(): TemplateResult {
    if (this.past.length === 0) return html``
    return html`
      <section class="alert-rules">
        <h3>What is over</h3>
        <div class="table stacked">
          <table>
            <thead><tr><th scope="col">What</th><th scope="col">When</th><th scope="col">For how long</th></tr></thead>
            <tbody>
              ${this.past.map(
                ({ subject, detail, raised_at, resolved_at }) => html`
                  <tr>
                    <td><b>${subject.name}</b><br>${detail}</td>
                    <td data-label="Began">${raised_at ? html`<time-words at=${raised_at}></time-words>` : nothing}</td>
                    <td data-label="Lasted">${raised_at && resolved_at ? spanWords(Date.parse(resolved_at) - Date.parse(raised_at)) : nothing}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>
      </section>`
  }

  async #read(): Promise<void> {
    const read = await this.#reading.send('read', (api) =>
      Promise.all([api.alerts('open'), api.alerts('resolved'), this.settings ?? api.alertSettings()]),
    )
    if (!read) return
    const [open, past, settings] = read.answer
    this.settings ??= settings
    this.open = open
    this.past = past
  }

  async #acknowledge(id: string): Promise<void> {
    const done = await this.#requests.send(id, (api) => api.acknowledgeAlert(id))
    await this.#reader.now()
    await this.updateComplete
    // The button is gone, and the focus would be with it.
    if (done) document.getElementById(id)?.focus()
  }

  async #change(body: PatchAlertSettings): Promise<boolean> {
    this.saved = false
    const changed = await this.#requests.send('settings', (api) => api.changeAlertSettings(body))
    if (!changed) return false
    this.settings = changed.answer
    this.saved = true
    return true
  }
}
customElements.define('alerts-area', AlertsArea)

const looks = { info: 'rest', warning: 'warning', error: 'error' } as const
const severityWords = { info: 'To know', warning: 'Warning', error: 'Error' } as const
