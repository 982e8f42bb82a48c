import { html, nothing, type PropertyValues, type TemplateResult } from 'lit'
import type { Effect } from '#schema/contracts/effect.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { latencyModes, qualityPresets } from '#schema/enums.ts'
import type { ShownWorker } from '../api.ts'
import { QuestionEvent } from '../components/confirm-dialog.ts'
import { effectsNote } from '../components/effects-note.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from '../components/field.ts'
import { LatestPlan } from '../components/latest-plan.ts'
import { LightElement } from '../components/light-element.ts'
import { Requests } from '../request-event.ts'
import { isOnAir, ladderWords, latencyWords, reconnectWindows } from '../words/stream-words.ts'
import { type Change, encodingFields } from './encoding-fields.ts'
import { packagingForm } from './packaging-form.ts'
import { settingBox, settingChoice } from './setting-fields.ts'
import { viewersPlan } from './viewers-plan.ts'

interface Pending {
  readonly change: Change
  readonly effects: readonly Effect[]
}

/** What the stream was made with, to change it, and to delete it. */
class SettingsPanel extends LightElement {
  static override properties = {
    stream: { attribute: false },
    asked: { state: true },
    pending: { state: true },
    workers: { state: true },
    saved: { state: true },
  }
  declare stream: LiveStream
  /** What was asked for and does not hold yet. */
  declare asked: Change
  /** A change that is made only when somebody who knows its effects says so. */
  declare pending: Pending | null
  declare workers: readonly ShownWorker[]
  declare saved: boolean
  readonly #requests = new Requests(this)
  readonly #aboutWorkers = new Requests(this)
  readonly #plan = new LatestPlan(this)

  constructor() {
    super()
    this.asked = {}
    this.pending = null
    this.workers = []
    this.saved = false
  }

  protected override async firstUpdated(): Promise<void> {
    const workers = await this.#aboutWorkers.send('workers', (api) => api.workers())
    if (workers) this.workers = workers.answer
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('stream') && !changed.has('asked')) return
    const { id, revision, source, ...stream } = this.#wanted
    const { latency_mode, ladder, encoder_preset, encoder, no_software_fallback, upscale, upscale_height, packaging } =
      stream
    const body = {
      ...{ live_stream_id: id, latency_mode, ladder, encoder_preset, encoder, no_software_fallback },
      ...{ upscale, upscale_height, packaging },
    }
    const video = source.now?.video
    this.#plan.ask(body, [revision, video?.width, video?.height, video?.fps])
  }

  /** The stream as it would be. */
  get #wanted(): LiveStream {
    return { ...this.stream, ...this.asked }
  }

  protected override render(): TemplateResult {
    const { id: at, latency_mode, audio, reconnect_window, always_on } = this.#wanted
    return html`
      ${this.#name()}
      ${settingChoice({
        at,
        label: 'How far behind viewers may be',
        chosen: latency_mode,
        choices: latencyModes.map((mode) => [mode, latencyWords[mode].label]),
        hint: latencyWords[latency_mode].sentence,
        note: this.#note('latency_mode'),
        choose: (mode) => this.#change({ latency_mode: mode as LiveStream['latency_mode'] }),
      })}
      ${this.#viewers()}
      ${settingChoice({
        at,
        label: 'When the source goes away, show “Be right back” for',
        chosen: String(reconnect_window),
        choices: reconnectWindows.map(([seconds, words]) => [String(seconds), words]),
        otherwise: `${reconnect_window} seconds`,
        disabled: always_on,
        note: this.#note('reconnect_window'),
        choose: (seconds) => this.#change({ reconnect_window: Number(seconds) }),
      })}
      ${settingBox({
        label: 'Always on',
        sentence: 'Stays on air day and night, source or none.',
        isOn: always_on,
        note: this.#note('always_on'),
        choose: (on) => this.#change({ always_on: on }),
      })}
      ${settingBox({
        label: 'Even out the loudness',
        sentence: 'Quiet and loud programmes come out alike, at −16 LUFS.',
        isOn: audio.normalize,
        note: this.#note('audio'),
        choose: (normalize) => this.#change({ audio: { normalize } }),
      })}
      ${encodingFields({
        stream: this.#wanted,
        workers: this.workers,
        note: (field) => this.#note(field),
        change: (change) => this.#change(change),
      })}
      <details>
        <summary>Lengths of what players fetch</summary>
        ${packagingForm({
          stream: this.stream,
          problem: this.#requests.problem,
          busy: this.#requests.busy === 'change',
          note: this.#note('packaging'),
          save: (packaging) => this.#change({ packaging }),
        })}
      </details>
      <div class="field">
        <button type="button" class="danger quiet-danger" @click=${this.#askToDelete}>Delete this stream…</button>
      </div>`
  }

  #name(): TemplateResult {
    const { id, name } = this.stream
    const { problem, busy } = this.#requests
    const inputId = `rename-${id}`
    const error = problem?.fields.get('/name')
    return html`
      <form novalidate @submit=${this.#rename}>
        <div class="field">
          <label for=${inputId}>Name</label>
          <div class="with-button">
            <input id=${inputId} name="name" required maxlength="120" autocomplete="off" .defaultValue=${name}
              aria-invalid=${error !== undefined} aria-describedby=${errorId(inputId)} @input=${this.#forget}>
            <button aria-busy=${busy === 'rename'}>Rename</button>
          </div>
          ${fieldError(inputId, error)}
          <p class="hint" role="status">${this.saved ? 'Saved.' : 'Viewers see this name too.'}</p>
        </div>
        ${this.#sent === 'name' ? formProblem(problem, ['/name']) : nothing}
      </form>`
  }

  #viewers(): TemplateResult {
    const { id: at, ladder } = this.#wanted
    return html`
      ${settingChoice({
        at,
        label: 'What viewers get',
        chosen: ladder.preset,
        choices: (['auto', 'source', ...qualityPresets.toReversed()] as const).map((each) => [each, ladderWords(each)]),
        otherwise: ladderWords('custom'),
        note: this.#note('ladder'),
        choose: (preset) =>
          this.#change({ ladder: preset === 'custom' ? ladder : ({ preset } as LiveStream['ladder']) }),
      })}
      ${viewersPlan(this.#plan)}`
  }

  /** Below the field that was changed: what that would do, or why it was not done. */
  #note(field: keyof Change): TemplateResult | typeof nothing {
    const { pending } = this
    const { problem } = this.#requests
    if (problem && this.#sent === field)
      return formProblem(problem, field === 'packaging' ? [...problem.fields.keys()] : [])
    if (!pending || fieldOf(pending.change) !== field) return nothing
    return effectsNote({
      effects: pending.effects,
      busy: this.#requests.busy === 'change',
      apply: () => this.#enqueue(() => this.#save(pending.change)),
      leave: () => void this.#settle(pending.change),
    })
  }

  #forget(): void {
    this.saved = false
    this.#requests.forget()
  }

  #rename(event: SubmitEvent): void {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const name = String(new FormData(form).get('name'))
    const { id } = this.stream
    this.#enqueue(async () => {
      this.#sent = 'name'
      this.saved = (await this.#requests.send('rename', (api) => api.changeStream(id, { name }), id)) !== null
      await this.updateComplete
      focusFirstInvalid(form)
    })
  }

  #change(change: Change): void {
    if (this.pending) void this.#settle(this.pending.change)
    this.asked = { ...this.asked, ...change }
    this.#enqueue(() => this.#tryOut(change))
  }

  /** One after the other: who changes two things quickly gets both. */
  #enqueue(run: () => Promise<void>): void {
    this.#last = this.#last.then(run)
  }
  #last: Promise<void> = Promise.resolve()
  /** What was sent last: a refusal is about it. */
  #sent: keyof Change | 'name' = 'name'

  /** On air, what nobody notices is done at once; anything else is said first. */
  async #tryOut(change: Change): Promise<void> {
    const { id } = this.stream
    this.#sent = fieldOf(change)
    if (!isOnAir(this.stream)) return this.#save(change)
    const told = await this.#requests.send('change', (api) => api.effectsOf(id, change))
    if (!told) return this.#settle(change)
    const effects = told.answer
    if (effects.every(({ effect }) => effect === 'now')) return this.#save(change)
    this.pending = { change, effects }
  }

  async #save(change: Change): Promise<void> {
    const { id } = this.stream
    this.#sent = fieldOf(change)
    await this.#requests.send('change', (api) => api.changeStream(id, change), id)
    await this.#settle(change)
  }

  /** It holds now, was refused or taken back: the fields show what holds. */
  async #settle(change: Change): Promise<void> {
    const settled = Object.keys(change)
    this.asked = Object.fromEntries(Object.entries(this.asked).filter(([field]) => !settled.includes(field)))
    if (this.pending?.change === change) this.pending = null
    await this.updateComplete
    if ('packaging' in change && !this.#requests.problem) this.querySelector<HTMLFormElement>('.packaging')?.reset()
    focusFirstInvalid(this)
  }

  #askToDelete(): void {
    const { id, name, destinations } = this.stream
    const also = destinations.length > 0 ? ', its destinations' : ''
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Delete “${name}”?`,
        words: `Its stream key${also} and its links stop working for good, and a broadcast that is on air ends. This can’t be undone.`,
        confirm: 'Delete for good',
        dangerous: true,
        streamId: id,
        run: (api) => api.deleteStream(id),
      }),
    )
  }
}
customElements.define('settings-panel', SettingsPanel)

/** The field that somebody changed; others may come with it. */
const fieldOf = (change: Change) => Object.keys(change)[0] as keyof Change
