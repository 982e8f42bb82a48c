import { html, nothing, type TemplateResult } from 'lit'
import type { Destination } from '#schema/contracts/destination.ts'
import type { DestinationCheckResult } from '#schema/contracts/destination-check.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { PlanRequestBody } from '#schema/contracts/plan.ts'
import type { Platform, PlatformId } from '#schema/contracts/platform.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from '../components/field.ts'
import { LatestPlan } from '../components/latest-plan.ts'
import { LightElement } from '../components/light-element.ts'
import type { RequestProblem } from '../problem.ts'
import { Requests } from '../request-event.ts'
import { destinationName } from '../words/destination-words.ts'
import { connectionCheck } from './connection-check.ts'
import {
  addressOf,
  checkRequest,
  destinationChange,
  newDestination,
  otherServer,
  profileOf,
} from './destination-request.ts'
import { isOwnServer } from './own-server.ts'
import { readPastedKey } from './pasted-key.ts'
import { planPreview } from './plan-preview.ts'
import { addressFields, certificateField, keyField, platformPicker } from './platform-fields.ts'
import { qualityFields } from './quality-fields.ts'
import { ruleFields } from './rule-fields.ts'

/** What the plan calls a destination that is not there yet. */
const newId = 'new'

/** Adds a destination, or changes one. Fires `done` when it is saved or given up. */
class DestinationForm extends LightElement {
  static override properties = {
    stream: { attribute: false },
    platforms: { attribute: false },
    destination: { attribute: false },
    fields: { state: true },
    shown: { state: true },
    checked: { state: true },
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
    const { busy } = this.#requests
    const about = destination ? 'Change this destination' : 'Add a destination'
    return html`
      <form class="box destination" novalidate aria-label=${about} @submit=${this.#submit} @keydown=${this.#onKey}
        @input=${this.#read}>
        ${destination ? nothing : platformPicker(this.platforms, null, problem?.fields.get('/platform'))}
        ${this.#platform ? this.#rest(this.#platform) : nothing}
        ${formProblem(problem, [...(problem?.fields.keys() ?? [])].filter(isShownAtField))}
        <div class="buttons">
          <button type="button" @click=${this.#done}>Cancel</button>
          <button class="primary" ?disabled=${!this.#platform} aria-busy=${busy !== null}>${destination ? 'Save' : 'Add'}</button>
        </div>
      </form>`
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
            paste: (event) => this.#paste(event, platform),
          })}
          ${connectionCheck({
            result: this.checked,
            busy: this.#checks.busy !== null,
            check: () => void this.#check(),
          })}
          ${qualityFields({
            ...{ at, fields, problem, profile: destination?.profile ?? 'auto' },
            renditions: this.#renditions(),
          })}
          <details class="more" ?open=${destination !== null}>
            <summary>More: name, start and end</summary>
            ${isAddressFirst ? nothing : address} ${this.#nameField(at, platform)}
            ${ruleFields({ at, platform, destination, problem })}
            ${isOwnServer(platform) ? certificateField(at, destination?.ca_pem ?? null, problem) : nothing}
          </details>
        </div>
        ${planPreview({
          plan: this.#plan,
          destinationId: destination?.id ?? newId,
          nameOf: (id) => this.#nameOf(id),
          again: () => this.#plan.again(this.#planned()),
        })}
      </div>`
  }

  #nameField(at: string, platform: Platform): TemplateResult {
    const id = `destination-name-${at}`
    const wrong = this.#problem?.fields.get('/name')
    return html`
      <div class="field">
        <label for=${id}>Name <span class="quiet">if you like</span></label>
        <input id=${id} name="name" autocomplete="off" maxlength="120" placeholder=${usualName(platform) ?? 'The hall’s server'}
          .defaultValue=${this.destination?.name ?? ''} aria-invalid=${wrong !== undefined} aria-describedby=${errorId(id)}>
        ${fieldError(id, wrong)}
      </div>`
  }

  /** Sizes that viewers get, as far as the plan knows. */
  #renditions(): string[] {
    const planned = this.#plan.answer?.encodes.filter(({ used_by }) => used_by.includes('viewers')).map(({ id }) => id)
    return (planned ?? this.stream.renditions.map(({ name }) => name)).filter((name) => /^\d+p$/.test(name))
  }

  #nameOf(id: string): string {
    if (id === 'viewers') return 'viewers'
    const other = this.stream.destinations.find((each) => each.id === id)
    return other && id !== this.destination?.id ? destinationName(other) : 'this one'
  }

  /** All destinations of the stream, with this one as the form has it. */
  #planned(): PlanRequestBody {
    const { destination, stream, fields } = this
    const present = stream.destinations
      .filter(({ id }) => id !== destination?.id)
      .map(({ id, platform, profile, url }) => ({ id, platform: platform as PlatformId, profile, url }))
    const platform = this.#platform?.id ?? 'custom'
    const url = addressOf(fields)
    return {
      live_stream_id: stream.id,
      destinations: [
        ...present,
        { id: destination?.id ?? newId, platform, profile: profileOf(fields), ...(url !== '' && { url }) },
      ],
    }
  }

  #read(): void {
    const before = this.fields
    this.fields = new FormData(this.#form)
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

  /** A key comes with spaces and line breaks, and sometimes with its whole address. */
  #paste(event: ClipboardEvent, { servers }: Platform): void {
    const pasted = event.clipboardData?.getData('text/plain') ?? ''
    const known = servers.map(({ url }) => url)
    const { key, url } = readPastedKey(pasted, known)
    if (key === pasted) return
    event.preventDefault()
    const input = event.target as HTMLInputElement
    input.setRangeText(key, input.selectionStart ?? 0, input.selectionEnd ?? 0, 'end')
    const address = this.#form.elements.namedItem('url')
    const server = this.#form.elements.namedItem('server')
    if (url !== null && server instanceof HTMLSelectElement) server.value = known.includes(url) ? url : otherServer
    if (url !== null && !known.includes(url) && address instanceof HTMLInputElement) address.value = url
    this.#read()
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#done()
  }

  #done(): void {
    this.dispatchEvent(new Event('done'))
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault()
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

/** What else a plan depends on: the source, how the stream is configured, and who runs it. */
const planCircumstances = ({ source, worker_id, revision }: LiveStream) => {
  const video = source.now?.video
  return [video?.width, video?.height, video?.fps, worker_id, revision]
}

/** What people call it if nothing else is said. */
const usualName = (platform: Platform | undefined): string | null =>
  platform && !isOwnServer(platform) ? platform.name : null
