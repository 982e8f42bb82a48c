import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { BroadcastSummary } from '#schema/contracts/broadcast.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { Requests } from '../request-event.ts'
import { broadcastState, broadcastWords } from '../words/broadcast-words.ts'
import { formProblem } from './field.ts'
import { LightElement } from './light-element.ts'

/** The last broadcasts of a stream, each with the way to its report. */
class PastBroadcasts extends LightElement {
  static override properties = { stream: { attribute: false }, broadcasts: { state: true } }
  declare stream: LiveStream
  /** Newest first; null until they are there. */
  declare broadcasts: readonly BroadcastSummary[] | null
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.broadcasts = null
  }

  /** Each change of the status may be the beginning or the end of one. */
  protected override updated(changed: PropertyValues): void {
    const before = changed.get('stream') as LiveStream | undefined
    if (changed.has('stream') && before?.status_since !== this.stream.status_since) void this.#load()
  }

  protected override render(): TemplateResult {
    const { broadcasts } = this
    const { problem } = this.#requests
    if (!broadcasts && problem)
      return html`${formProblem(problem)}<button type="button" @click=${() => this.#load()}>Try again</button>`
    if (!broadcasts) return html`<p class="quiet">One moment…</p>`
    if (broadcasts.length === 0)
      return html`<p class="quiet">None yet. After each broadcast its report is here: what went out, where, and what went wrong.</p>`
    return html`
      <ol class="events broadcasts">
        ${repeat(
          broadcasts,
          ({ id }) => id,
          (broadcast) => {
            const { id, started_at, state } = broadcast
            const { label, tone } = broadcastState(broadcast)
            return html`
              <li>
                <span>
                  <a href=${`/broadcasts/${encodeURIComponent(id)}`} target="_blank">${dateOf(started_at)}<span class="unseen">: report, in a new tab</span></a>
                  ${state === 'ended' ? nothing : html`<span class="state ${tone}">${label}</span>`}
                </span>
                <span class="quiet">${broadcastWords(broadcast)}</span>
              </li>`
          },
        )}
      </ol>`
  }

  async #load(): Promise<void> {
    const { id } = this.stream
    const loaded = await this.#requests.send('broadcasts', (api) => api.broadcasts(id))
    if (loaded) this.broadcasts = loaded.answer
  }
}
customElements.define('past-broadcasts', PastBroadcasts)

const dateOf = (at: string) => new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
