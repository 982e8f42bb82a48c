import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { repeat } from 'lit/directives/repeat.js'
import type { BroadcastSummary } from '#schema/contracts/broadcast.ts'
import { readBroadcasts } from '../broadcast/read-report.ts'
import { Requests } from '../request-event.ts'
import { broadcastState, lengthWords } from '../words/report-words.ts'
import { formProblem } from './field.ts'
import { LightElement } from './light-element.ts'

/** Broadcasts shown. */
const shown = 10

/**
 * The last broadcasts of a live stream, each with the way to its report: `<broadcast-list .streamId=${id} .now=${status}>`.
 * They are read when it appears and whenever `now` changes: a broadcast begins or ends with the stream's status.
 */
class BroadcastList extends LightElement {
  static override properties = {
    streamId: { attribute: false },
    now: { attribute: false },
    broadcasts: { state: true },
  }
  declare streamId: string
  declare now: string
  declare broadcasts: readonly BroadcastSummary[] | undefined
  readonly #requests = new Requests(this)

  protected override updated(changed: PropertyValues): void {
    if (changed.has('streamId') || changed.has('now')) void this.#read()
  }

  protected override render(): TemplateResult {
    const { broadcasts } = this
    if (!broadcasts) {
      const { problem } = this.#requests
      return html`${formProblem(problem)}${problem ? nothing : html`<p class="quiet">One moment…</p>`}`
    }
    if (broadcasts.length === 0) return html`<p class="quiet">No broadcast yet. Each one leaves a report here.</p>`
    return html`<ul class="broadcasts">${repeat(broadcasts, ({ id }) => id, row)}</ul>`
  }

  async #read(): Promise<void> {
    const id = this.streamId
    const read = await this.#requests.send('broadcasts', () => readBroadcasts(id, shown))
    if (read && id === this.streamId) this.broadcasts = read.answer
  }
}
customElements.define('broadcast-list', BroadcastList)

function row({ id, started_at, duration_s, state, destinations, destinations_with_trouble }: BroadcastSummary) {
  const { label, tone } = broadcastState[state]
  const began = new Date(started_at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
  const trouble =
    destinations_with_trouble > 0 ? `trouble at ${destinations_with_trouble} of ${destinations} destinations` : ''
  return html`
    <li>
      <a href=${`/broadcasts/${id}`}>${began}</a>
      <span class=${`state ${tone}`}>${label}</span>
      <span class="quiet">${[lengthWords(duration_s), trouble].filter(Boolean).join(' · ')}</span>
    </li>`
}
