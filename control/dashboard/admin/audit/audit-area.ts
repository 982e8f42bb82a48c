import { html, nothing, type TemplateResult } from 'lit'
import type { AuditEntry } from '#schema/contracts/audit-log.ts'
import { type AuditWish, accessApi, auditQuery } from '../../access/access-api.ts'
import { formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { Requests } from '../../request-event.ts'
import { auditSentence } from '../../words/audit-words.ts'

/** Kinds of things that people look for. */
const targets = [
  ['', 'Everything'],
  ['live_stream', 'Live streams'],
  ['destination', 'Destinations'],
  ['input', 'Inputs'],
  ['user', 'People'],
  ['token', 'Tokens'],
  ['session', 'Sign-ins'],
  ['settings', 'Settings'],
  ['webhook', 'Webhooks'],
  ['worker', 'Workers'],
  ['key', 'Keys'],
] as const

const outcomes = [
  ['', 'Done and refused'],
  ['done', 'Done'],
  ['refused', 'Refused'],
] as const

/** Who changed what, newest first. */
class AuditArea extends LightElement {
  static override properties = {
    entries: { state: true },
    next: { state: true },
    wish: { state: true },
    actors: { state: true },
  }
  declare entries: readonly AuditEntry[] | undefined
  /** Where the next page begins; null: there is none. */
  declare next: string | null
  declare wish: AuditWish
  /** Whom to choose from: those who have been seen on a page. */
  declare actors: ReadonlyMap<string, string>
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.next = null
    this.wish = { target: '', actor: '', outcome: '' }
    this.actors = new Map()
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
  }

  protected override render(): TemplateResult {
    const { busy, problem } = this.#requests
    const { limit: _, ...query } = auditQuery(this.wish)
    const csv = `/v1/audit-log?${new URLSearchParams({ ...query, limit: '200', format: 'csv' })}`
    return html`
      <h2>Audit log</h2>
      <p class="lead">Who changed what, and what was refused. The last 50,000 changes are kept, for 400 days.</p>
      ${formProblem(problem)}
      <div class="filters">
        ${this.#choice('target', 'What', targets)} ${this.#choice('outcome', 'Outcome', outcomes)}
        ${this.#choice('actor', 'Who', [['', 'Everybody'], ...this.actors])}
        <a class="button" href=${csv} download>Save as table</a>
      </div>
      ${this.#list()}
      ${
        this.next === null
          ? nothing
          : html`<button type="button" aria-busy=${busy !== null} @click=${() => this.#read(this.next)}>Show older ones</button>`
      }`
  }

  #choice(name: 'target' | 'outcome' | 'actor', label: string, choices: readonly (readonly [string, string])[]) {
    const id = `audit-${name}`
    return html`
      <div class="field"><label for=${id}>${label}</label>
        <select id=${id} .value=${this.wish[name]} @change=${(event: Event) => this.#look(name, event)}>
          ${choices.map(([value, words]) => html`<option value=${value} ?selected=${value === this.wish[name]}>${words}</option>`)}
        </select></div>`
  }

  #list(): TemplateResult {
    if (!this.entries) return html`<p class="quiet" aria-busy="true">One moment…</p>`
    if (this.entries.length === 0) return html`<p class="quiet">Nothing like that has happened.</p>`
    return html`<ol class="audit-entries" aria-live="polite">${this.entries.map(auditRow)}</ol>`
  }

  #look(name: 'target' | 'outcome' | 'actor', event: Event): void {
    this.wish = { ...this.wish, [name]: (event.target as HTMLSelectElement).value }
    this.entries = undefined
    void this.#read()
  }

  async #read(cursor: string | null = null): Promise<void> {
    const { wish } = this
    const found = await this.#requests.send('read', () => accessApi.auditLog({ ...wish, ...(cursor && { cursor }) }))
    // Something else is wanted by now.
    if (wish !== this.wish) return void this.#read()
    if (!found) return
    const { data, next_cursor } = found.answer
    this.entries = cursor === null ? data : [...(this.entries ?? []), ...data]
    this.next = next_cursor
    const known = data.map(({ actor }) => [actor.user_id ?? actor.token_id ?? '', actor.name] as const)
    this.actors = new Map([...this.actors, ...known])
  }
}
customElements.define('audit-area', AuditArea)

function auditRow(entry: AuditEntry): TemplateResult {
  const { at, outcome, detail, before, after, request_id, target } = entry
  const hasMore = before !== null || after !== null || detail !== null
  return html`
    <li class=${outcome}>
      <p>${auditSentence(entry)} <time-words class="quiet" .at=${at}></time-words></p>
      ${
        hasMore
          ? html`<details><summary>Details</summary>
            ${detail ? html`<p>${detail}</p>` : nothing}
            ${before ? html`<p class="hint">Before</p><pre>${JSON.stringify(before, null, 2)}</pre>` : nothing}
            ${after ? html`<p class="hint">After</p><pre>${JSON.stringify(after, null, 2)}</pre>` : nothing}
            <p class="hint">${target.id ? html`<code>${target.id}</code> · ` : nothing}request <code>${request_id}</code></p></details>`
          : nothing
      }
    </li>`
}
