import { html, nothing, type TemplateResult } from 'lit'
import { keyed } from 'lit/directives/keyed.js'
import type { Platform } from '#schema/contracts/platform.ts'
import { errorId, fieldError } from '../components/field.ts'
import { hideIcon, showIcon, watchIcon } from '../components/icons.ts'
import type { RequestProblem } from '../problem.ts'
import { isSrtAddress, otherServer } from './destination-request.ts'
import { usualName } from './own-server.ts'

/** One of these is chosen first; the rest of the form is about it. */
export const platformPicker = (
  platforms: readonly Platform[],
  chosen: string | null,
  wrong: string | undefined,
): TemplateResult => html`
  <fieldset class="platforms">
    <legend>Where does it go?</legend>
    <div class="pills">
      ${platforms.map(
        ({ id, name }) => html`
          <label class="pill">
            <input type="radio" name="platform" value=${id} ?checked=${id === chosen}><span>${name}</span>
          </label>`,
      )}
    </div>
    ${fieldError('platform', wrong)}
  </fieldset>`

export interface AddressOptions {
  readonly platform: Platform
  /** Makes ids unique on the page. */
  readonly at: string
  /** The address that holds now; null: a new destination. */
  readonly present: string | null
  /** The fields as they stand. */
  readonly fields: FormData
  readonly problem: RequestProblem | null
}

/** Which server of the platform; where it has none for everybody, or another one is wanted, its address. */
export function addressFields({ platform, at, present, fields, problem }: AddressOptions): TemplateResult {
  const { servers, address_help } = platform
  const isListed = present === null ? servers.length > 0 : servers.some(({ url }) => url === present)
  const chosen = isListed ? (present ?? servers[0]?.url) : otherServer
  const isOther = servers.length === 0 || (fields.get('server') || chosen) === otherServer
  const id = { server: `server-${at}`, url: `url-${at}` }
  const wrong = problem?.fields.get('/url')
  const bySrt = isOther && isSrtAddress(String(fields.get('url') ?? present ?? ''))
  return html`
    ${
      servers.length === 0
        ? nothing
        : html`
          <div class="field">
            <label for=${id.server}>Server</label>
            ${keyed(
              platform.id,
              html`
                <select id=${id.server} name="server">
                  ${servers.map(({ name, url }) => html`<option value=${url} ?selected=${url === chosen}>${name}</option>`)}
                  <option value=${otherServer} ?selected=${chosen === otherServer}>Another address…</option>
                </select>`,
            )}
            ${isOther ? nothing : fieldError(id.url, wrong)}
          </div>`
    }
    <div class="field" ?hidden=${!isOther}>
      <label for=${id.url}>Address</label>
      <input id=${id.url} name="url" type="url" inputmode="url" autocomplete="off" spellcheck="false" autocapitalize="off" class="code"
        placeholder="rtmps://live.example.com/app" .defaultValue=${isListed ? '' : (present ?? '')}
        aria-invalid=${wrong !== undefined} aria-describedby=${`${errorId(id.url)} ${id.url}-hint`}>
      ${isOther ? fieldError(id.url, wrong) : nothing}
      <p class="hint" id=${`${id.url}-hint`}>${address_help}</p>
    </div>
    ${bySrt ? passphraseField(at, present !== null, problem) : nothing}`
}

function passphraseField(at: string, mayBeKept: boolean, problem: RequestProblem | null): TemplateResult {
  const id = `passphrase-${at}`
  const wrong = problem?.fields.get('/srt_passphrase')
  return html`
    <div class="field">
      <label for=${id}>SRT passphrase <span class="quiet">if it has one</span></label>
      <input id=${id} name="srt_passphrase" type="password" autocomplete="new-password" spellcheck="false" class="code"
        placeholder=${mayBeKept ? 'Leave empty to keep what is there' : ''}
        aria-invalid=${wrong !== undefined} aria-describedby=${errorId(id)}>
      ${fieldError(id, wrong)}
    </div>`
}

/** A server that shows a certificate which only its owner knows. */
export function certificateField(at: string, present: string | null, problem: RequestProblem | null): TemplateResult {
  const id = `certificate-${at}`
  const wrong = problem?.fields.get('/ca_pem')
  return html`
    <div class="field">
      <label for=${id}>Its own certificate <span class="quiet">if it has one</span></label>
      <textarea id=${id} name="ca_pem" class="code" rows="2" autocomplete="off" spellcheck="false"
        placeholder="-----BEGIN CERTIFICATE-----" .defaultValue=${present ?? ''}
        aria-invalid=${wrong !== undefined} aria-describedby=${`${errorId(id)} ${id}-hint`}></textarea>
      ${fieldError(id, wrong)}
      <p class="hint" id=${`${id}-hint`}>For rtmps:// servers that no public authority vouches for.</p>
    </div>`
}

export interface NameOptions {
  readonly at: string
  readonly platform: Platform
  readonly present: string
  readonly problem: RequestProblem | null
}

export function nameField({ at, platform, present, problem }: NameOptions): TemplateResult {
  const id = `destination-name-${at}`
  const wrong = problem?.fields.get('/name')
  return html`
    <div class="field">
      <label for=${id}>Name <span class="quiet">if you like</span></label>
      <input id=${id} name="name" autocomplete="off" maxlength="120" placeholder=${usualName(platform) ?? 'The hall’s server'}
        .defaultValue=${present} aria-invalid=${wrong !== undefined} aria-describedby=${errorId(id)}>
      ${fieldError(id, wrong)}
    </div>`
}

export interface KeyOptions {
  readonly platform: Platform
  readonly at: string
  /** Whether one is kept already, and may stay. */
  readonly isKept: boolean
  readonly shown: boolean
  readonly problem: RequestProblem | null
  readonly toggle: () => void
  readonly paste: (event: ClipboardEvent) => void
}

/** The stream key, and where to find it. */
export function keyField({ platform, at, isKept, shown, problem, toggle, paste }: KeyOptions): TemplateResult {
  const id = `destination-key-${at}`
  const wrong = problem?.fields.get('/stream_key')
  return html`
    <div class="field">
      <label for=${id}>Stream key</label>
      <div class="with-button">
        <input id=${id} name="stream_key" type=${shown ? 'text' : 'password'} class="code" autocomplete="new-password"
          spellcheck="false" autocapitalize="off" placeholder=${isKept ? 'Leave empty to keep the present key' : ''}
          aria-invalid=${wrong !== undefined} aria-describedby=${`${errorId(id)} ${id}-hint`} @paste=${paste}>
        <button type="button" class="plain" aria-label="Show the stream key" aria-pressed=${shown}
          @click=${toggle}>${shown ? hideIcon : showIcon}</button>
      </div>
      ${fieldError(id, wrong)}
      <p class="hint" id=${`${id}-hint`}>It is kept encrypted and never shown again.</p>
      ${
        isKept
          ? html`<details><summary>Where to find it</summary><div class="help">${keyHelp(platform)}</div></details>`
          : html`<div class="help"><p><b>Where to find it</b></p>${keyHelp(platform)}</div>`
      }
    </div>`
}

/** What else is good to know of a platform, and where that stands. */
export function platformAdvice({ name, advice }: Platform): TemplateResult | typeof nothing {
  if (advice.length === 0) return nothing
  return html`
    <details class="platform-advice">
      <summary>Good to know about ${name}</summary>
      <ul>
        ${advice.map(
          ({ text, source }) => html`
            <li>
              ${text}
              ${
                source === null
                  ? nothing
                  : html`<a href=${source.url} target="_blank" rel="noopener noreferrer" title=${source.says}>Source<span class="unseen"> in a new tab: ${source.says}</span></a>`
              }
            </li>`,
        )}
      </ul>
    </details>`
}

function keyHelp({ name, key_help: { steps, page, lasts }, starts_on_platform }: Platform): TemplateResult {
  const [only, ...more] = steps
  return html`
      ${more.length === 0 ? html`<p>${only}</p>` : html`<ol>${steps.map((step) => html`<li>${step}</li>`)}</ol>`}
      ${lasts === 'one_broadcast' ? html`<p>It works for one broadcast: paste a new one before the next.</p>` : nothing}
      ${starts_on_platform?.value ? html`<p>When the picture has arrived, start the broadcast on ${name}: nobody sees it before.</p>` : nothing}
      ${
        page === null
          ? nothing
          : html`<p><a href=${page} target="_blank" rel="noopener noreferrer">Open ${name}’s page ${watchIcon}<span class="unseen"> in a new tab</span></a></p>`
      }`
}
