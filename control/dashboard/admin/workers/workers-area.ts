import { html, nothing, type TemplateResult } from 'lit'
import type { ShownWorker } from '../../api.ts'
import { LightElement } from '../../components/light-element.ts'
import { Requests } from '../../request-event.ts'

/** It is read again so often, milliseconds. */
const refreshMs = 5_000

const stateWords = {
  online: ['live', 'Online'],
  draining: ['warning', 'Draining'],
  offline: ['error', 'Offline'],
} as const

/** Every worker that has joined, with what it can do. */
class WorkersArea extends LightElement {
  static override properties = { workers: { state: true } }
  declare workers: readonly ShownWorker[] | undefined
  readonly #requests = new Requests(this)
  #timer: ReturnType<typeof setInterval> | undefined

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
    this.#timer = setInterval(() => void this.#read(), refreshMs)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    clearInterval(this.#timer)
  }

  protected override render(): TemplateResult {
    const { problem } = this.#requests
    return html`
      <h2>Workers</h2>
      <p class="lead">The machines that take streams in, encode them and send them out.</p>
      ${problem ? html`<p class="problem" role="alert">${problem.message}</p>` : nothing}
      ${this.#list()}`
  }

  #list(): TemplateResult {
    if (!this.workers) return html`<p class="quiet" aria-busy="true">One moment…</p>`
    if (this.workers.length === 0)
      return html`<p class="quiet">No worker has joined yet. Start one, and it appears here.</p>`
    return html`
      <div class="table">
        <table>
          <thead>
            <tr><th scope="col">Name</th><th scope="col">State</th><th scope="col" class="number">1080p30 encodes</th></tr>
          </thead>
          <tbody>${this.workers.map(workerRow)}</tbody>
        </table>
      </div>`
  }

  async #read(): Promise<void> {
    const read = await this.#requests.send('read', (api) => api.workers())
    if (read) this.workers = read.answer
  }
}
customElements.define('workers-area', WorkersArea)

function workerRow({ name, state, capacity }: ShownWorker): TemplateResult {
  const [look, words] = stateWords[state]
  return html`
    <tr>
      <th scope="row">${name}</th>
      <td><span class="state ${look}">${words}</span></td>
      <td class="number">${capacity.encode_units.toFixed(1)}</td>
    </tr>`
}
