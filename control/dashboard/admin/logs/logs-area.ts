import { html, nothing, type TemplateResult } from 'lit'
import type { LogLevelSettings, PatchLogLevels } from '#schema/contracts/log-levels.ts'
import { type LogLevel, logLevels } from '#schema/log/line.ts'
import type { ShownWorker } from '../../api.ts'
import { LightElement } from '../../components/light-element.ts'
import { changeLevels, readLevels } from '../../logs/log-requests.ts'
import { Requests } from '../../request-event.ts'

const words: Readonly<Record<LogLevel, string>> = {
  debug: 'Everything (debug)',
  info: 'The usual (info)',
  warn: 'Warnings and errors',
  error: 'Errors only',
}

/** How much is logged, by the control plane and by each worker; changed while everything runs. */
class LogsArea extends LightElement {
  static override properties = { levels: { state: true }, workers: { state: true }, saved: { state: true } }
  declare levels: LogLevelSettings | undefined
  declare workers: readonly ShownWorker[]
  declare saved: boolean
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.workers = []
    this.saved = false
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
  }

  protected override render(): TemplateResult {
    const { problem, busy } = this.#requests
    return html`
      <h2>Logs</h2>
      <p class="lead">
        How much is written down. A change holds at once for the control plane, and from its next heartbeat on for a worker.
        Lines about a stream are on its own page: the way there is under the stream’s events.
      </p>
      <div role="status">
        ${problem ? html`<p class="problem">${problem.message}</p>` : nothing}
        ${this.saved && !problem ? html`<p class="quiet">Saved.</p>` : nothing}
      </div>
      ${
        this.levels
          ? html`<div class="panels" aria-busy=${busy !== null}>${this.#panel(this.levels)} ${this.#watched(this.levels)}</div>`
          : problem
            ? html`<button type="button" @click=${this.#read}>Try again</button>`
            : html`<p class="quiet" aria-busy="true">One moment…</p>`
      }`
  }

  #panel({ control, workers, worker }: LogLevelSettings): TemplateResult {
    return html`
      <section class="panel">
        <h3>How much</h3>
        ${this.#choice('control', 'Control plane', control, (level) => ({ control: level }))}
        ${this.#choice('workers', 'All workers', workers, (level) => ({ workers: level }))}
        ${this.workers.map(({ id, name }) =>
          this.#choice(id, name, worker[id] ?? null, (level) => ({ worker: { [id]: level } }), 'As all workers'),
        )}
      </section>`
  }

  #choice(
    id: string,
    label: string,
    chosen: LogLevel | null,
    change: (level: LogLevel | null) => PatchLogLevels,
    otherwise = 'As it was started',
  ): TemplateResult {
    const choose = (event: Event) => {
      const { value } = event.target as HTMLSelectElement
      void this.#change(change(value === '' ? null : (value as LogLevel)))
    }
    return html`
      <div class="field">
        <label for=${`level-${id}`}>${label}</label>
        <select id=${`level-${id}`} @change=${choose}>
          <option value="" ?selected=${chosen === null}>${otherwise}</option>
          ${logLevels.map((level) => html`<option value=${level} ?selected=${level === chosen}>${words[level]}</option>`)}
        </select>
      </div>`
  }

  #watched({ debug }: LogLevelSettings): TemplateResult {
    return html`
      <section class="panel">
        <h3>Streams that are looked at closely</h3>
        <p class="quiet">Everything about them is logged for a while. It is switched on at the stream’s log, and ends by itself.</p>
        ${
          debug.length === 0
            ? html`<p class="quiet">None now.</p>`
            : html`
              <ul class="watched">
                ${debug.map(
                  ({ live_stream_id: id, until }) => html`
                    <li>
                      <a href=${`/logs/${encodeURIComponent(id)}`}>${id}</a>
                      <span class="quiet">until ${new Date(until).toLocaleTimeString()}</span>
                      <button type="button" @click=${() => this.#change({ debug: [{ live_stream_id: id, minutes: 0 }] })}>End</button>
                    </li>`,
                )}
              </ul>`
        }
      </section>`
  }

  async #read(): Promise<void> {
    const read = await this.#requests.send('read', async (api) => ({
      levels: await readLevels(),
      workers: await api.workers(),
    }))
    if (!read) return
    this.levels = read.answer.levels
    this.workers = read.answer.workers
  }

  async #change(change: PatchLogLevels): Promise<void> {
    this.saved = false
    const changed = await this.#requests.send('change', () => changeLevels(change))
    if (!changed) return
    this.levels = changed.answer
    this.saved = true
  }
}
customElements.define('logs-area', LogsArea)
