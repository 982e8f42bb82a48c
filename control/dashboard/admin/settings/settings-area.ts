import { html, nothing, type TemplateResult } from 'lit'
import type { InstallSettings, PatchInstallSettings, StartSettings } from '#schema/contracts/settings.ts'
import { copyrightLine } from '#schema/copyright.ts'
import { latencyModes, qualityPresets } from '#schema/enums.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import { showNewBrand } from '../../components/weir-brand.ts'
import { Requests } from '../../request-event.ts'
import { settingChoice } from '../../settings/setting-fields.ts'
import { uploadAsset } from '../../upload-asset.ts'
import { ladderWords, latencyWords, reconnectWindows } from '../../words/stream-words.ts'
import { startPanel } from './start-panel.ts'

const logoTypes = 'image/png,image/jpeg,image/webp'

/** Fields that say themselves what is wrong with them. */
const pointersShown = [
  ...['/copyright_profile/owner', '/copyright_profile/notice', '/copyright_profile/url'],
  ...['/brand/name', '/brand/accent', '/playback/base_url'],
]

/** What holds for the whole install: defaults of new streams, whose the streams are, and how the pages look. */
class SettingsArea extends LightElement {
  static override properties = {
    settings: { state: true },
    start: { state: true },
    saved: { state: true },
    percent: { state: true },
  }
  declare settings: InstallSettings | undefined
  declare start: StartSettings | undefined
  /** The part that was saved last. */
  declare saved: string
  /** How far the upload of a logo is, 0–100; null: none is under way. */
  declare percent: number | null
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.saved = ''
    this.percent = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
  }

  protected override render(): TemplateResult {
    const { problem, busy } = this.#requests
    if (!this.settings)
      return html`
        <h2>Settings</h2>
        ${
          problem
            ? html`<div role="alert"><p class="problem">${problem.message}</p></div>
              <button type="button" @click=${this.#read}>Try again</button>`
            : html`<p class="quiet" aria-busy="true">One moment…</p>`
        }`
    return html`
      <h2>Settings</h2>
      <p class="lead">What holds for the whole install. Each stream can have its own where that makes sense.</p>
      <div class="panels" aria-busy=${busy !== null}>
        ${this.#defaults(this.settings)} ${this.#copyright(this.settings)} ${this.#brand(this.settings)}
        ${this.#playback(this.settings)} ${this.start ? startPanel(this.start) : nothing}
      </div>`
  }

  #defaults({ defaults }: InstallSettings): TemplateResult {
    const { latency_mode, ladder, reconnect_window } = defaults
    const change = (fields: PatchInstallSettings['defaults']) => void this.#change('defaults', { defaults: fields })
    return html`
      <section class="panel">
        <h3>New streams</h3>
        <p class="quiet">What a new stream starts with. Streams that are there already stay as they are.</p>
        ${settingChoice({
          at: 'defaults',
          label: 'How far behind viewers may be',
          chosen: latency_mode,
          choices: latencyModes.map((mode) => [mode, latencyWords[mode].label]),
          hint: latencyWords[latency_mode].sentence,
          choose: (mode) => change({ latency_mode: mode as typeof latency_mode }),
        })}
        ${settingChoice({
          at: 'defaults',
          label: 'Picture sizes for viewers',
          chosen: ladder.preset,
          choices: (['auto', 'source', ...qualityPresets] as const).map((preset) => [preset, ladderWords(preset)]),
          otherwise: 'Sizes of your own',
          choose: (preset) => change({ ladder: { preset } as typeof ladder }),
        })}
        ${settingChoice({
          at: 'defaults',
          label: 'When the source goes away, show “Be right back” for',
          chosen: String(reconnect_window),
          choices: reconnectWindows.map(([seconds, words]) => [String(seconds), words]),
          otherwise: `${reconnect_window} seconds`,
          choose: (seconds) => change({ reconnect_window: Number(seconds) }),
        })}
        ${this.#outcome('defaults')}
      </section>`
  }

  #copyright({ copyright_profile: profile }: InstallSettings): TemplateResult {
    const line = copyrightLine(profile)
    return html`
      <form class="panel" novalidate @submit=${this.#saveCopyright}>
        <h3>Copyright</h3>
        <p class="quiet">
          Goes with every stream: to viewers in the player’s information, to platforms with the stream. Leave all empty to
          name nobody.
        </p>
        ${this.#text('owner', 'Owner', profile.owner, '/copyright_profile/owner')}
        ${this.#text('notice', 'Notice', profile.notice, '/copyright_profile/notice', 'Such as: All rights reserved.')}
        ${this.#text('url', 'Address of the terms', profile.url, '/copyright_profile/url', 'https://…', 'url')}
        <p class="hint">${line === null ? 'Nobody is named now.' : html`Shown now: <b>${line}</b>`}</p>
        ${this.#outcome('copyright')}
        <div class="buttons"><button class="primary">Save</button></div>
      </form>`
  }

  #brand({ brand }: InstallSettings): TemplateResult {
    return html`
      <form class="panel" novalidate @submit=${this.#saveBrand}>
        <h3>Look</h3>
        <p class="quiet">Name, colour and logo of these pages, the watch pages and the player on them.</p>
        ${this.#text('name', 'Name', brand.name, '/brand/name')}
        <div class="field">
          <label for="settings-accent">Colour of buttons and links</label>
          <div class="with-button">
            <input id="settings-accent" name="accent" type="color" .value=${brand.accent ?? '#096a8c'}
              aria-describedby=${errorId('settings-accent')}>
            <button type="button" ?disabled=${brand.accent === null} @click=${this.#usualAccent}>Weir’s own</button>
          </div>
          ${fieldError('settings-accent', this.#requests.problem?.fields.get('/brand/accent'))}
        </div>
        <div class="field">
          <label for="settings-logo">Logo</label>
          <div class="with-button">
            ${brand.logo_asset_id === null ? nothing : html`<img class="mark-picture" src=${`/brand/logo?${brand.logo_asset_id}`} alt="The logo now">`}
            <input id="settings-logo" type="file" accept=${logoTypes} @change=${this.#uploadLogo}
              aria-describedby="settings-logo-hint">
            ${
              brand.logo_asset_id === null
                ? nothing
                : html`<button type="button" @click=${this.#removeLogo}>Remove</button>`
            }
          </div>
          <p class="hint" id="settings-logo-hint">PNG, JPEG or WebP; a square looks best.</p>
          ${this.percent === null ? nothing : html`<progress max="100" .value=${this.percent} aria-label="Upload of the logo"></progress>`}
        </div>
        ${this.#outcome('brand')}
        <div class="buttons"><button class="primary">Save</button></div>
      </form>`
  }

  #playback({ playback }: InstallSettings): TemplateResult {
    return html`
      <form class="panel" novalidate @submit=${this.#savePlayback}>
        <h3>Delivery</h3>
        <p class="quiet">
          Where players on other sites fetch a stream from. Leave it empty, unless you have a CDN that fetches from Weir. What needs a
          token, or is for certain sites only, always comes from Weir itself.
        </p>
        ${this.#text('base_url', 'Address of your CDN', playback.base_url, '/playback/base_url', 'https://cdn.example', 'url')}
        <p class="hint">With <code>{worker}</code> in it, the name of the worker that runs the stream stands there.</p>
        ${this.#outcome('playback')}
        <div class="buttons"><button class="primary">Save</button></div>
      </form>`
  }

  #text(name: string, label: string, value: string | null, pointer: string, placeholder = '', type = 'text') {
    const id = `settings-${name}`
    const error = this.#requests.problem?.fields.get(pointer)
    return html`
      <div class="field">
        <label for=${id}>${label}</label>
        <input id=${id} name=${name} type=${type} .value=${value ?? ''} placeholder=${placeholder} autocomplete="off"
          aria-invalid=${error !== undefined} aria-describedby=${errorId(id)}>
        ${fieldError(id, error)}
      </div>`
  }

  #outcome(part: string): TemplateResult {
    const { problem } = this.#requests
    return html`
      ${this.saved === part ? formProblem(problem, pointersShown) : nothing}
      <p class="saved" role="status">${this.saved === part && problem === null && this.#requests.busy === null ? 'Saved.' : ''}</p>`
  }

  async #read(): Promise<void> {
    const read = await this.#requests.send('read', (api) => Promise.all([api.settings(), api.startSettings()]))
    if (read) [this.settings, this.start] = read.answer
  }

  async #change(part: string, change: PatchInstallSettings): Promise<void> {
    this.saved = part
    const changed = await this.#requests.send(part, (api) => api.changeSettings(change))
    if (changed) this.settings = changed.answer
  }

  async #saveCopyright(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    const text = (name: string) => String(fields.get(name) ?? '').trim() || null
    await this.#change('copyright', {
      copyright_profile: { owner: text('owner'), notice: text('notice'), url: text('url') },
    })
    await this.updateComplete
    focusFirstInvalid(form)
  }

  async #savePlayback(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const address = String(new FormData(form).get('base_url')).trim()
    await this.#change('playback', { playback: { base_url: address || null } })
    await this.updateComplete
    focusFirstInvalid(form)
  }

  async #saveBrand(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const fields = new FormData(form)
    const accent = String(fields.get('accent'))
    const isUsual = this.settings?.brand.accent === null && accent === '#096a8c'
    await this.#change('brand', { brand: { name: String(fields.get('name')), accent: isUsual ? null : accent } })
    await this.updateComplete
    if (this.#requests.problem) focusFirstInvalid(form)
    else await showNewBrand()
  }

  async #usualAccent(): Promise<void> {
    await this.#change('brand', { brand: { accent: null } })
    if (!this.#requests.problem) await showNewBrand()
  }

  async #uploadLogo(event: Event): Promise<void> {
    const [file] = (event.target as HTMLInputElement).files ?? []
    if (!file) return
    this.saved = 'brand'
    const uploaded = await this.#requests.send('upload', () =>
      uploadAsset(file, (percent) => {
        this.percent = percent
      }),
    )
    this.percent = null
    if (!uploaded) return
    await this.#change('brand', { brand: { logo_asset_id: uploaded.answer.id } })
    if (!this.#requests.problem) await showNewBrand()
  }

  async #removeLogo(): Promise<void> {
    await this.#change('brand', { brand: { logo_asset_id: null } })
    if (!this.#requests.problem) await showNewBrand()
  }
}
customElements.define('settings-area', SettingsArea)
