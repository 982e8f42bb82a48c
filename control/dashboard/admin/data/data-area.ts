import { html, nothing, type TemplateResult } from 'lit'
import type { ImportReport } from '#schema/contracts/transfer.ts'
import { errorId, fieldError } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import { Requests } from '../../request-event.ts'
import { amount, importWords } from './import-words.ts'
import { exportAll, importAll } from './transfer-requests.ts'

/** As the API asks. */
const passphraseMin = 12
/** Faults of a file that are told at once. */
const wrongShown = 5

/** All configuration as one file, out and in again; and how to make backups. */
class DataArea extends LightElement {
  static override properties = {
    file: { state: true },
    isSealed: { state: true },
    report: { state: true },
    words: { state: true },
  }
  declare file: { readonly name: string; readonly text: string } | undefined
  /** The chosen file holds secrets. */
  declare isSealed: boolean
  declare report: ImportReport | undefined
  /** What was done, or is wrong with the form. */
  declare words: { readonly of: 'export' | 'import'; readonly text: string; readonly isProblem: boolean } | undefined
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.isSealed = false
  }

  protected override render(): TemplateResult {
    return html`
      <h2>Data</h2>
      <p class="lead">All configuration as one file: to keep, to read, or to bring into another install.</p>
      <div class="panels" aria-busy=${this.#requests.busy !== null}>
        ${this.#export()} ${this.#import()} ${backupPanel}
      </div>`
  }

  #export(): TemplateResult {
    return html`
      <form class="panel" novalidate @submit=${this.#download}>
        <h3>Export</h3>
        <p class="quiet">Streams with their inputs, destinations and playback ids, webhooks, users and settings. No tokens.</p>
        <div class="field">
          <label for="export-passphrase">Passphrase for the secrets</label>
          <input id="export-passphrase" name="passphrase" type="password" autocomplete="new-password"
            aria-describedby=${`export-hint ${errorId('export-passphrase')}`}>
          <p class="hint" id="export-hint">
            With one of ${passphraseMin} characters or more, stream keys and passwords are in the file too, readable only with
            it. Without, they are left out.
          </p>
          ${this.#outcome('export')}
        </div>
        <label class="check"><input type="checkbox" name="uploads"> With uploaded pictures and videos, up to 20 MB</label>
        <div class="buttons"><button class="primary" ?disabled=${this.#requests.busy !== null}>Export</button></div>
      </form>`
  }

  #import(): TemplateResult {
    return html`
      <form class="panel" novalidate @input=${this.#forgetPreview} @submit=${(event: Event) => this.#bringIn(event, false)}>
        <h3>Import</h3>
        <p class="quiet">
          What has the same id here is changed, what is new is added, what is not in the file stays. Streams that are here keep
          being switched on or off as they are.
        </p>
        <div class="field">
          <label for="import-file">File</label>
          <input id="import-file" type="file" accept="application/json,.json" @change=${this.#choose}>
        </div>
        ${
          this.isSealed
            ? html`
              <div class="field">
                <label for="import-passphrase">Its passphrase</label>
                <input id="import-passphrase" name="passphrase" type="password" autocomplete="off" aria-describedby="import-hint">
                <p class="hint" id="import-hint">Without it the secrets stay out, and what is to be entered by hand is listed.</p>
              </div>`
            : nothing
        }
        <label class="check"><input type="checkbox" name="copy"> Bring it in as a copy, beside what is here</label>
        ${this.#outcome('import')} ${this.report ? this.#shown(this.report) : nothing}
        <div class="buttons">
          <button type="button" ?disabled=${!this.file} @click=${(event: Event) => this.#bringIn(event, true)}>Preview</button>
          <button class="primary" ?disabled=${!this.file || !this.report?.dry_run}>Import</button>
        </div>
        ${this.report ? nothing : html`<p class="hint">The preview comes first: it shows what would happen.</p>`}
      </form>`
  }

  #shown(report: ImportReport): TemplateResult {
    const { changes, missing_secrets, warnings } = report
    return html`
      <div class="import-report">
        ${importWords(report).map((sentence) => html`<p>${sentence}</p>`)}
        ${warnings.map((warning) => html`<p class="quiet">${warning}</p>`)}
        ${
          missing_secrets.length === 0
            ? nothing
            : html`
              <h4>To be entered by hand</h4>
              <ul>${missing_secrets.slice(0, 50).map(({ section, id, detail }) => html`<li>${amount(section, 1).slice(2)} <code>${id}</code>: ${detail}</li>`)}</ul>`
        }
        ${
          changes.length === 0
            ? nothing
            : html`
              <details>
                <summary>Each change (${changes.length})</summary>
                <ul>${changes.map(({ section, id, name, action }) => html`<li>${action === 'created' ? 'New' : 'Changed'}: ${amount(section, 1).slice(2)} ${name ?? ''} <code>${id}</code></li>`)}</ul>
              </details>`
        }
      </div>`
  }

  #outcome(of: 'export' | 'import'): TemplateResult | typeof nothing {
    const { words } = this
    if (words?.of !== of) return nothing
    if (!words.isProblem) return html`<p role="status">${words.text}</p>`
    return of === 'export'
      ? html`${fieldError('export-passphrase', words.text)}`
      : html`<div role="alert"><p class="problem">${words.text}</p></div>`
  }

  async #download(event: Event): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const fields = new FormData(form)
    const passphrase = String(fields.get('passphrase') ?? '')
    if (passphrase !== '' && passphrase.length < passphraseMin) {
      this.words = {
        of: 'export',
        text: `Use ${passphraseMin} characters or more, or leave it empty.`,
        isProblem: true,
      }
      return
    }
    const asked = { passphrase, withUploads: fields.has('uploads') }
    const made = await this.#requests.send('export', () => exportAll(asked))
    if (!made) return this.#failed('export')
    const name = `weir-${made.answer.exported_at.slice(0, 10)}.json`
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([JSON.stringify(made.answer, null, 2)], { type: 'application/json' }))
    link.download = name
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
    form.reset()
    this.words = { of: 'export', text: `${name} is in your downloads.`, isProblem: false }
  }

  async #choose(event: Event): Promise<void> {
    const [chosen] = (event.target as HTMLInputElement).files ?? []
    this.#forgetPreview()
    const text = (await chosen?.text()) ?? ''
    const written = exportIn(text)
    this.file = chosen && written ? { name: chosen.name, text } : undefined
    this.isSealed = written?.secrets === 'sealed'
    if (chosen && !written)
      this.words = {
        of: 'import',
        text: `${chosen.name} is no export of Weir. Choose a file from Export.`,
        isProblem: true,
      }
  }

  /** What was previewed is what is brought in: after a change there is another preview. */
  #forgetPreview(): void {
    this.report = undefined
    this.words = undefined
  }

  async #bringIn(event: Event, dryRun: boolean): Promise<void> {
    event.preventDefault()
    const { file } = this
    const form = (event.target as HTMLElement).closest('form')
    if (!file || !form) return
    const fields = new FormData(form)
    const ids = fields.has('copy') ? ('new' as const) : ('keep' as const)
    const passphrase = String(fields.get('passphrase') ?? '')
    this.#forgetPreview()
    const secrets = this.isSealed && passphrase === '' ? ('leave_out' as const) : ('include' as const)
    const done = await this.#requests.send('import', () => importAll(file.text, { passphrase, secrets, ids, dryRun }))
    if (!done) return this.#failed('import')
    this.report = done.answer
    this.words = { of: 'import', text: dryRun ? 'This is what would happen.' : 'Done.', isProblem: false }
  }

  #failed(of: 'export' | 'import'): void {
    const { problem } = this.#requests
    const wrong = [...(problem?.fields ?? [])].map(([pointer, detail]) => `${detail} (${pointer})`)
    const said = wrong.length > 0 ? ['Nothing was changed.', ...wrong.slice(0, wrongShown)].join(' ') : problem?.message
    this.words = { of, text: said ?? 'It did not work.', isProblem: true }
  }
}
customElements.define('data-area', DataArea)

/** What a file says of itself; undefined: it is no export. */
function exportIn(text: string): { readonly secrets?: unknown } | undefined {
  try {
    const read = JSON.parse(text)
    return read?.format === 'weir-export' ? read : undefined
  } catch {
    return undefined
  }
}

const backupPanel = html`
  <section class="panel">
    <h3>Backup</h3>
    <p class="quiet">
      A backup has everything: configuration, uploads, events, reports and logs. It is made on the machine of the control
      plane, while all streams run:
    </p>
    <p><code>npm run backup -- weir-backup.db</code></p>
    <p class="quiet">
      Stop the control plane before <code>npm run restore -- weir-backup.db</code>. The secret key is not in a backup: keep the
      file <code>secret-key</code> in another safe place. With <code>WEIR_BACKUP_DIR</code> set, one is made each day and the
      last 7 are kept.
    </p>
  </section>`
