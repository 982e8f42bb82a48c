import { html, nothing, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { WorkerAnswer } from '#schema/contracts/worker-admin.ts'
import { may } from '../../access/may.ts'
import { LightElement } from '../../components/light-element.ts'
import { ReadAgain } from '../../read-again.ts'
import { Requests } from '../../request-event.ts'
import './invite-panel.ts'
import { workerChanged } from './worker-panel.ts'
import { workersApi } from './workers-api.ts'

/** It is read again so often, milliseconds. */
const refreshMs = 5_000

/** Every worker that has joined, with what it can do, and how another one joins. */
class WorkersArea extends LightElement {
  static override properties = { workers: { state: true } }
  declare workers: readonly WorkerAnswer[] | undefined
  readonly #reading = new Requests(this)
  readonly #reader = new ReadAgain(this, refreshMs, () => this.#read())

  constructor() {
    super()
    this.addEventListener(workerChanged, () => void this.#reader.now())
  }

  protected override render(): TemplateResult {
    const { problem } = this.#reading
    return html`
      <h2>Workers</h2>
      <p class="lead">The machines that take streams in, encode them and send them out. A live stream goes to the least full one that has what it asks for.</p>
      ${problem ? html`<p class="problem" role="alert">${problem.message}</p>` : nothing}
      <div class="panels">${this.#list()}${may('admin') ? html`<invite-panel></invite-panel>` : nothing}</div>`
  }

  #list(): TemplateResult | unknown {
    if (!this.workers) return html`<p class="quiet" aria-busy="true">One moment…</p>`
    if (this.workers.length === 0)
      return html`<p class="quiet">No worker has joined yet. Add one, and it appears here.</p>`
    return repeat(
      this.workers,
      ({ id }) => id,
      (worker) => html`<worker-panel .worker=${worker}></worker-panel>`,
    )
  }

  async #read(): Promise<void> {
    const read = await this.#reading.send('read', () => workersApi.workers())
    if (read) this.workers = read.answer
  }
}
customElements.define('workers-area', WorkersArea)
