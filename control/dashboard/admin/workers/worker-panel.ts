import { html, nothing, type TemplateResult } from 'lit'
import type { WorkerAnswer, WorkerDetails } from '#schema/contracts/worker-admin.ts'
import { QuestionEvent } from '../../components/confirm-dialog.ts'
import { errorId, fieldError, formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { Requests } from '../../request-event.ts'
import { statusWords } from '../../words/stream-words.ts'
import { encoderUses, typedLabels, workerState } from './worker-words.ts'
import { workersApi } from './workers-api.ts'

/** Something of this worker is other now; bubbles, so that the list is read anew. */
export const workerChanged = 'weir-worker-changed'

/** One worker: its state, what it has left, what runs there, and what can be done with it. */
class WorkerPanel extends LightElement {
  static override properties = { worker: { attribute: false }, details: { state: true } }
  declare worker: WorkerAnswer
  /** Read when it is wanted, and again whenever the worker is. */
  declare details: WorkerDetails | null
  readonly #requests = new Requests(this)
  /** Apart, so that reading again takes no word of a refusal away. */
  readonly #reading = new Requests(this)

  constructor() {
    super()
    this.details = null
  }

  protected override updated(changed: Map<string, unknown>): void {
    if (changed.has('worker') && this.details) void this.#read()
  }

  protected override render(): TemplateResult {
    const { id, name, version, labels, live_streams: count } = this.worker
    const [look, words] = workerState(this.worker)
    return html`
      <section class="panel worker" aria-labelledby=${`${id}-name`}>
        <header>
          <h3 id=${`${id}-name`}>${name}</h3>
          <span class="state ${look}">${words}</span>
        </header>
        <p class="quiet">Version ${version} · heard of <time-words .at=${this.worker.last_seen_at}></time-words></p>
        ${labels.length > 0 ? html`<ul class="labels">${labels.map((label) => html`<li>${label}</li>`)}</ul>` : nothing}
        <dl class="room">${encoderUses(this.worker).map(
          ({ name: encoder, used, words: left }) => html`
          <dt>${encoder}</dt>
          <dd><meter min="0" max="1" high="0.9" .value=${used} aria-label=${`${encoder}: how much is used`}></meter>
            <span class="quiet">${left}</span></dd>`,
        )}</dl>
        <details @toggle=${this.#onToggle}>
          <summary>${countWords(count)}, and settings</summary>
          ${this.details ? this.#inside(this.details) : html`<p class="quiet" aria-busy="true">One moment…</p>`}
        </details>
        <div class="buttons">${this.#orders()}</div>
      </section>`
  }

  #inside({ streams }: WorkerDetails): TemplateResult {
    const { problem, busy } = this.#requests
    const { id, name, labels, own_labels } = this.worker
    const given = labels.filter((label) => !own_labels.includes(label))
    const fault = [...(problem?.fields ?? [])].find(([pointer]) => pointer.startsWith('/labels'))?.[1]
    return html`
      ${streams.length === 0 ? html`<p class="quiet">Nothing runs there.</p>` : nothing}
      <ul class="plain">${streams.map(({ name: stream, status }) => html`<li>${stream} <span class="quiet">${statusWords(status)}</span></li>`)}</ul>
      ${formProblem(problem ?? this.#reading.problem, [...(problem?.fields.keys() ?? [])])}
      <form novalidate @submit=${this.#save}>
        <div class="field"><label for=${`${id}-rename`}>Name</label>
          <input id=${`${id}-rename`} name="name" maxlength="120" .value=${name} autocomplete="off" aria-describedby=${errorId(`${id}-rename`)}>
          ${fieldError(`${id}-rename`, problem?.fields.get('/name'))}</div>
        <div class="field"><label for=${`${id}-labels`}>Labels</label>
          <input id=${`${id}-labels`} name="labels" .value=${given.join(', ')} placeholder="region=eu, disk=fast" autocomplete="off"
            aria-describedby=${errorId(`${id}-labels`)}>
          ${own_labels.length > 0 ? html`<p class="hint">Its host adds ${own_labels.join(', ')}.</p>` : nothing}
          ${fieldError(`${id}-labels`, fault)}</div>
        <button aria-busy=${busy === 'save'}>Save</button>
      </form>`
  }

  #orders(): TemplateResult {
    const { state, drain, live_streams: count } = this.worker
    const isIdle = state === 'offline' || (drain !== null && count === 0)
    return html`
      <a class="button" href=${`/statistics/${this.worker.id}`}>Statistics<span class="unseen"> of ${this.worker.name}</span></a>
      ${drain ? html`<button type="button" @click=${() => this.#change({ draining: false })}>Let it work again</button>` : nothing}
      ${!drain && state !== 'offline' ? html`<button type="button" @click=${this.#askToEmpty}>Empty it</button>` : nothing}
      ${isIdle ? html`<button type="button" class="quiet-danger" @click=${this.#askToForget}>Forget</button>` : nothing}`
  }

  #onToggle(event: Event): void {
    if ((event.target as HTMLDetailsElement).open) void this.#read()
    else this.details = null
  }

  async #read(): Promise<void> {
    const found = await this.#reading.send('read', () => workersApi.worker(this.worker.id))
    if (found) this.details = found.answer
  }

  async #save(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const typed = new FormData(event.target as HTMLFormElement)
    const labels = typedLabels(String(typed.get('labels')))
    await this.#change({ name: String(typed.get('name')), labels })
  }

  async #change(body: Parameters<typeof workersApi.change>[1]): Promise<void> {
    const changed = await this.#requests.send('save', () => workersApi.change(this.worker.id, body))
    if (changed) this.#tell()
  }

  #askToEmpty(): void {
    const { id, name, live_streams: count } = this.worker
    const words =
      count === 0
        ? 'It takes no more work, so that it can be stopped.'
        : 'It takes no more work. Its live streams go to other workers, two at a time: viewers and platforms see a short break, and encoders are asked to connect again. What no other worker may take stays.'
    this.#ask({
      heading: `Empty “${name}”?`,
      ...{ words, confirm: 'Empty it' },
      run: () => workersApi.change(id, { draining: true }),
    })
  }

  #askToForget(): void {
    const { id, name } = this.worker
    this.#ask({
      heading: `Forget “${name}”?`,
      words: 'It is refused from now on. To have it back, add it again with a new command.',
      confirm: 'Forget',
      dangerous: true,
      run: () => workersApi.forget(id, false),
    })
  }

  #ask(question: ConstructorParameters<typeof QuestionEvent>[0]): void {
    const run = async () => {
      await question.run({} as never)
      this.#tell()
    }
    this.dispatchEvent(new QuestionEvent({ ...question, run }))
  }

  #tell(): void {
    this.dispatchEvent(new Event(workerChanged, { bubbles: true }))
  }
}
customElements.define('worker-panel', WorkerPanel)

const countWords = (count: number) =>
  count === 0 ? 'No live stream' : count === 1 ? 'One live stream' : `${count} live streams`
