import { html, nothing, type TemplateResult } from 'lit'
import { assetTypes } from '#schema/asset-types.ts'
import type { Asset } from '#schema/contracts/asset.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { SlateSettings, SlateSettingsChange } from '#schema/contracts/slate.ts'
import { type SlateMoment, slateMoments } from '#schema/enums.ts'
import { Requests } from '../request-event.ts'
import { uploadAsset } from '../upload-asset.ts'
import { assetWords, momentWords } from '../words/slate-words.ts'
import { formProblem } from './field.ts'
import { LightElement } from './light-element.ts'
import { type AnyChoice, choiceOf, slateMoment } from './slate-moment.ts'
import { tabs } from './tabs.ts'

type Scope = 'stream' | 'install'

/** What is shown while there is no live picture: of this stream, and of all that choose nothing themselves. */
class SlatePanel extends LightElement {
  static override properties = {
    stream: { attribute: false },
    scope: { state: true },
    assets: { state: true },
    install: { state: true },
    upload: { state: true },
  }
  declare stream: LiveStream
  declare scope: Scope
  declare assets: readonly Asset[]
  declare install: SlateSettings
  declare upload: { readonly moment: SlateMoment; readonly percent: number } | null
  readonly #requests = new Requests(this)
  /** One request after the other: a field that is disabled meanwhile would lose the focus. */
  #turn: Promise<unknown> = Promise.resolve()
  /** The moment that the last request was about. */
  #asked: SlateMoment | null = null

  constructor() {
    super()
    this.scope = 'stream'
    this.assets = []
    this.install = { before: null, during: null, after: null }
    this.upload = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    this.#inTurn(() => this.updateComplete.then(() => this.#read()))
  }

  protected override render(): TemplateResult {
    const { scope, stream, assets, install, upload } = this
    const panelId = `slates-${stream.id}`
    const slates = scope === 'stream' ? stream.slate : install
    return html`
      ${tabs({
        label: 'Whose slates',
        panelId,
        items: [
          ['stream', 'This stream'],
          ['install', 'All streams'],
        ],
        chosen: scope,
        choose: (name) => {
          this.scope = name
        },
      })}
      <div id=${panelId} role="tabpanel" aria-label=${scope === 'stream' ? 'This stream' : 'All streams'}>
        <p class="hint">
          ${scope === 'install' ? 'Holds for every stream that chooses nothing itself.' : nothing}
          Upload pictures (PNG, JPEG or WebP, up to ${megabytes('image/png')} MB) or videos, which loop with their sound (MP4,
          WebM or QuickTime, up to ${megabytes('video/mp4')} MB).
        </p>
        ${slateMoments.map((moment) =>
          slateMoment({
            ...{ moment, assets, at: `${panelId}-${scope}`, choice: slates[moment] },
            streamName: scope === 'stream' ? stream.name : 'Name of the stream',
            noChoice: scope === 'stream' ? `As for all streams (${this.#usual(moment)})` : usualOf(moment),
            status: scope === 'stream' ? (stream.slate_status?.[moment] ?? null) : null,
            uploading: upload?.moment === moment ? upload.percent : null,
            busy: this.#requests.busy !== null,
            problem: this.#asked === moment ? this.#requests.problem : null,
            choose: (choice) => this.#inTurn(() => this.#change(moment, choice), moment),
            upload: (file) => this.#inTurn(() => this.#upload(moment, file), moment),
          }),
        )}
        ${this.#uploads()}
        ${this.#asked === null ? formProblem(this.#requests.problem) : nothing}
      </div>`
  }

  #uploads(): TemplateResult | typeof nothing {
    if (this.assets.length === 0) return nothing
    return html`
      <details class="uploads">
        <summary>Uploads</summary>
        <ul>
          ${this.assets.map(
            (asset) => html`
              <li>
                <span>${assetWords(asset)}</span>
                <button type="button" class="plain text" aria-label=${`Delete ${asset.name}`}
                  @click=${() => this.#inTurn(() => this.#delete(asset))}>Delete</button>
              </li>`,
          )}
        </ul>
      </details>`
  }

  #usual(moment: SlateMoment): string {
    const choice = this.install[moment]
    if (!choice) return usualOf(moment)
    if (choice.type === 'card') return `“${choice.text ?? momentWords[moment].usual}”`
    return this.assets.find(({ id }) => id === choice.asset_id)?.name ?? 'an upload'
  }

  #inTurn<Done>(work: () => Promise<Done>, moment: SlateMoment | null = null): Promise<Done> {
    const done = this.#turn.then(() => {
      this.#asked = moment
      return work()
    })
    this.#turn = done
    return done
  }

  async #read(): Promise<void> {
    const read = await this.#requests.send('read', (api) => Promise.all([api.assets(), api.settings()]))
    if (!read) return
    const [assets, { slate }] = read.answer
    this.assets = assets
    this.install = slate
  }

  async #change(moment: SlateMoment, choice: AnyChoice | null): Promise<boolean> {
    const { id } = this.stream
    const change = { [moment]: choice } as SlateSettingsChange
    if (this.scope === 'stream')
      return (
        (await this.#requests.send('change', (api) => api.changeStream(id, { slate: change }), id)) !== null ||
        this.#failed()
      )
    const changed = await this.#requests.send('change', (api) => api.changeSettings({ slate: change }))
    if (!changed) return this.#failed()
    this.install = changed.answer.slate
    return true
  }

  /** The fields show again what holds. */
  #failed(): false {
    this.requestUpdate()
    return false
  }

  async #upload(moment: SlateMoment, file: File): Promise<void> {
    this.upload = { moment, percent: 0 }
    const uploaded = await this.#requests.send('upload', () =>
      uploadAsset(file, (percent) => {
        this.upload = { moment, percent }
      }),
    )
    this.upload = null
    if (!uploaded) return
    const { answer: asset } = uploaded
    this.assets = [asset, ...this.assets]
    const present = this.scope === 'stream' ? this.stream.slate[moment] : this.install[moment]
    await this.#change(moment, choiceOf(asset, moment, present))
  }

  async #delete(asset: Asset): Promise<void> {
    const gone = await this.#requests.send('delete', (api) => api.deleteAsset(asset.id))
    if (gone) this.assets = this.assets.filter((each) => each !== asset)
  }
}
customElements.define('slate-panel', SlatePanel)

const usualOf = (moment: SlateMoment): string => (moment === 'after' ? 'nothing' : `“${momentWords[moment].usual}”`)
const megabytes = (type: keyof typeof assetTypes): number => assetTypes[type].maxBytes / 1_000_000
