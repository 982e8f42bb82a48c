import { html, nothing, type TemplateResult } from 'lit'
import type { Destination } from '#schema/contracts/destination.ts'
import type { DestinationCheckResult } from '#schema/contracts/destination-check.ts'
import type { Effect } from '#schema/contracts/effect.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PlanRequestBody } from '#schema/contracts/plan.ts'
import type { Platform, PlatformId } from '#schema/contracts/platform.ts'
import { effectsNote } from '../components/effects-note.ts'
import { focusFirstInvalid, formProblem } from '../components/field.ts'
import { LatestPlan } from '../components/latest-plan.ts'
import { LightElement } from '../components/light-element.ts'
import type { RequestProblem } from '../problem.ts'
import { Requests } from '../request-event.ts'
import { connectionCheck } from './connection-check.ts'
import { nameInPlan, newId, planCircumstances, planRequestFor, viewersSizes } from './destination-plan.ts'
import { checkRequest, destinationChange, newDestination } from './destination-request.ts'
import { isOwnServer, usualName } from './own-server.ts'
import { takePastedKey } from './pasted-key.ts'
import { planPreview } from './plan-preview.ts'
import {
  addressFields,
  certificateField,
  keyField,
  nameField,
  platformAdvice,
  platformPicker,
} from './platform-fields.ts'
import { qualityFields } from './quality-fields.ts'
import { ruleFields } from './rule-fields.ts'

/** Adds a destination, or changes one. Fires `done` when it is saved or given up. */
class DestinationForm extends LightElement {
  static override properties = {
    stream: { attribute: false },
    platforms: { attribute: false },
    destination: { attribute: false },
    fields: { state: true },
    shown: { state: true },
    checked: { state: true },
    effects: { state: true },
  }
  declare stream: LiveStream
  declare platforms: readonly Platform[]
  /** The one to change; null adds one. */
  declare destination: Destination | null
  /** The fields as they stand. */
  declare fields: FormData
  /** Whether the key is to be seen. */
  declare shown: boolean
  /** What came of trying the connection as the fields have it. */
  declare checked: DestinationCheckResult | null
  /** What saving does to the broadcast there, once somebody was told and has not answered. */
  declare effects: readonly Effect[] | null
  readonly #requests = new Requests(this)
  readonly #checks = new Requests(this)
  readonly #plan = new LatestPlan(this)

  constructor() {
    super()
    this.platforms = []
    this.destination = null
    this.fields = new FormData()
    this.shown = false
    this.checked = null
    this.effects = null
  }

  /** Of what was asked last: its refusals stand at the fields. */
  get #problem(): RequestProblem | null {
    return this.#requests.problem ?? this.#checks.problem
  }

  get #form(): HTMLFormElement {
    return this.querySelector('form') as HTMLFormElement
  }

  get #platform(): Platform | undefined {
    const id = this.destination?.platform ?? this.fields.get('platform')
    const known = this.platforms.find((platform) => platform.id === id)
    // One that this version of Weir has forgotten is any server.
    return known ?? (this.destination ? this.platforms.find((platform) => platform.id === 'custom') : undefined)
  }

  protected override firstUpdated(): void {
    this.#read()
    this.querySelector<HTMLInputElement>(this.destination ? '[name=stream_key]' : '[name=platform]')?.focus()
  }

  protected override updated(): void {
    if (!this.#platform) return
    // Fields that came with this platform were not there when the form was read.
    if (this.#readFor !== this.#platform.id) {
      this.#readFor = this.#platform.id
      this.#read()
    } else this.#plan.ask(this.#planned(), planCircumstances(this.stream))
  }
  #readFor: PlatformId | undefined

  protected override render(): TemplateResult {
    const { destination } = this
    const problem = this.#problem
    const about = destination ? 'Change this destination' : 'Add a destination'
    return html`
      <form class="box destination" novalidate aria-label=${about} @submit=${this.#submit} @keydown=${this.#onKey}
        @input=${this.#read}>
        ${destination ? nothing : platformPicker(this.platforms, null, problem?.fields.get('/platform'))}
        ${this.#platform ? this.#rest(this.#platform) : nothing}
        ${formProblem(problem, [...(problem?.fields.keys() ?? [])].filter(isShownAtField))}
        ${this.effects ? this.#asked(this.effects) : this.#buttons()}
      </form>`
  }

  #buttons(): TemplateResult {
    return html`
      <div class="buttons">
        <button type="button" @click=${this.#done}>Cancel</button>
        <button class="primary" ?disabled=${!this.#platform} aria-busy=${this.#requests.busy !== null}>
          ${this.destination ? 'Save' : 'Add'}
        </button>
      </div>`
  }

  #asked(effects: readonly Effect[]): TemplateResult {
    return effectsNote({
      effects,
      busy: this.#requests.busy !== null,
      apply: () => void this.#save(),
      leave: () => {
        this.effects = null
      },
    })
  }

  #rest(platform: Platform): TemplateResult {
    const { destination, stream, fields } = this
    const problem = this.#problem
    const at = destination?.id ?? stream.id
    const address = addressFields({
      ...{ platform, at, problem, fields },
      present: destination?.url ?? null,
    })
    const isAddressFirst = platform.servers.length !== 1 && !destination
    return html`
      <div class="destination-fields">
        <div>
          ${isAddressFirst ? address : nothing}
          ${keyField({
            ...{ platform, at, problem, isKept: destination !== null, shown: this.shown },
            toggle: () => {
              this.shown = !this.shown
            },
            paste: (event) => {
              if (takePastedKey(event, this.#form, platform)) this.#read()
            },
          })}
          ${connectionCheck({
            result: this.checked,
            busy: this.#checks.busy !== null,
            check: () => void this.#check(),
          })}
          ${qualityFields({
            ...{ at, fields, profile: destination?.profile ?? 'auto' },
            problems: [problem, this.#plan.problem],
            renditions: viewersSizes(stream, this.#plan.answer),
          })}
          <details class="more" ?open=${destination !== null}>
            <summary>${isOwnServer(platform) ? 'More: name, start and end, certificate' : 'More: name, start and end'}</summary>
            ${isAddressFirst ? nothing : address} ${nameField({ at, platform, present: destination?.name ?? '', problem })}
            ${ruleFields({ at, platform, destination, problem })}
            ${isOwnServer(platform) ? certificateField(at, destination?.ca_pem ?? null, problem) : nothing}
          </details>
        </div>
        <div class="aside">
          ${planPreview({
            plan: this.#plan,
            destinationId: destination?.id ?? newId,
            nameOf: (id) => nameInPlan(stream, destination?.id ?? newId, id),
            again: () => this.#plan.again(this.#planned()),
          })}
          ${platformAdvice(platform)}
        </div>
      </div>`
  }

  #planned(): PlanRequestBody {
    const { stream, destination, fields } = this
    return planRequestFor(stream, destination?.id ?? newId, this.#platform, fields)
  }

  #read(): void {
    const before = this.fields
    this.fields = new FormData(this.#form)
    this.effects = null
    if (connectionFields.some((name) => before.get(name) !== this.fields.get(name))) this.checked = null
  }

  async #check(): Promise<void> {
    const { stream, destination } = this
    const fields = new FormData(this.#form)
    this.checked = null
    this.#requests.forget()
    const sent = await this.#checks.send('check', (api) =>
      api.checkDestination(stream.id, checkRequest(destination, fields)),
    )
    if (sent) this.checked = sent.answer
    else await this.#showProblem()
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#done()
  }

  #done(): void {
    this.dispatchEvent(new Event('done'))
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault()
    const { destination } = this
    void (destination?.state === 'broadcasting' ? this.#tell(destination) : this.#save())
  }

  /** Before a broadcast that is on breaks off or begins anew there, somebody must say so. */
  async #tell(destination: Destination): Promise<void> {
    const streamId = this.stream.id
    const change = destinationChange(destination, new FormData(this.#form))
    const told = await this.#requests.send('save', (api) => api.effectsOnDestination(streamId, destination.id, change))
    if (!told) return this.#showProblem()
    const breaks = told.answer.filter(({ effect }) => effect === 'reconnects' || effect === 'ends')
    if (breaks.length === 0) return this.#save()
    this.effects = breaks.slice(0, 1)
  }

  async #save(): Promise<void> {
    const { stream, destination } = this
    const fields = new FormData(this.#form)
    this.#checks.forget()
    const sent = await this.#requests.send<unknown>(
      'save',
      (api) =>
        destination
          ? api.changeDestination(stream.id, destination.id, destinationChange(destination, fields))
          : api.addDestination(stream.id, newDestination(fields, usualName(this.#platform))),
      stream.id,
    )
    if (sent) this.#done()
    else await this.#showProblem()
  }

  /** Goes to the first field that control did not like, and opens what it stands in. */
  async #showProblem(): Promise<void> {
    await this.updateComplete
    for (const details of this.querySelectorAll('details'))
      details.open ||= details.querySelector('[aria-invalid=true]') !== null
    focusFirstInvalid(this.#form)
  }
}
customElements.define('destination-form', DestinationForm)

/** What a connection depends on. */
const connectionFields = ['platform', 'server', 'url', 'stream_key', 'srt_passphrase', 'ca_pem']

const isShownAtField = (pointer: string): boolean =>
  /^\/(name|url|stream_key|srt_passphrase|ca_pem|platform|profile|stop_at|max_duration_s)(\/|$)/.test(pointer)
