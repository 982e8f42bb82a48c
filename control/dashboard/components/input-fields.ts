import { html, nothing, type TemplateResult } from 'lit'
import type { Input } from '#schema/contracts/input.ts'
import type { InputType } from '#schema/enums.ts'
import type { RequestProblem } from '../problem.ts'
import { errorId, fieldError } from './field.ts'

/** The fields that an input of this type has; `newInput` and `inputChange` (input-request.ts) read them. */
export interface InputFieldsOptions {
  readonly type: InputType
  /** Makes ids unique on the page. */
  readonly at: string
  readonly problem: RequestProblem | null
  /** Where the input stands in the body that was sent: `/source`, or nothing. */
  readonly pointer?: string
  /** The one to change; null: a new one. */
  readonly input?: Input | null
}

/** Pointers that these fields say themselves. */
export const inputPointers = (problem: RequestProblem | null, pointer = ''): string[] =>
  [...(problem?.fields.keys() ?? [])].filter((each) => fieldOf(each, pointer) !== undefined)

export function inputFields(options: InputFieldsOptions): TemplateResult | typeof nothing {
  if (options.type === 'pull') return pullFields(options)
  if (options.type === 'channel') return channelFields(options)
  return nothing
}

function pullFields({ at, problem, pointer, input }: InputFieldsOptions): TemplateResult {
  const id = `addresses-${at}`
  const wrong = errorOf(problem, pointer, 'url')
  const present = input?.urls ?? []
  return html`
    <div class="field">
      <label for=${id}>Address</label>
      <textarea id=${id} name="addresses" class="code" rows=${Math.min(8, Math.max(2, present.length + 1))} autocomplete="off" spellcheck="false" autocapitalize="off"
        placeholder=${input ? ['Leave empty to keep', ...present].join('\n') : 'https://example.com/live.m3u8'}
        aria-invalid=${wrong !== undefined} aria-describedby=${`${errorId(id)} ${id}-hint`}></textarea>
      ${fieldError(id, wrong)}
      <p class="hint" id=${`${id}-hint`}>
        HLS, DASH, RTMP, RTSP, SRT, or a file over HTTP. Several lines are files, played one after the other.
        User, password and what follows the “?” are kept encrypted and never shown again.
      </p>
    </div>
    <label class="choice">
      <input type="checkbox" name="loop" .defaultChecked=${input?.loop ?? false}>
      <span><b>Over and over</b><span class="quiet">For files: begins anew after the end, day and night.</span></span>
    </label>`
}

function channelFields({ at, problem, pointer, input }: InputFieldsOptions): TemplateResult {
  const id = { url: `channel-${at}`, quality: `quality-${at}`, token: `token-${at}` }
  const wrong = (field: Field) => errorOf(problem, pointer, field)
  return html`
    <div class="field">
      <label for=${id.url}>Address of the channel</label>
      <input id=${id.url} name="channel" type="url" inputmode="url" autocomplete="off" spellcheck="false" class="code"
        placeholder="https://www.twitch.tv/name" .defaultValue=${input?.urls?.[0] ?? ''}
        aria-invalid=${wrong('url') !== undefined} aria-describedby=${`${errorId(id.url)} ${id.url}-hint`}>
      ${fieldError(id.url, wrong('url'))}
      <p class="hint" id=${`${id.url}-hint`}>While the channel is offline, Weir looks again every few seconds. Ad breaks become “Be right back”.</p>
    </div>
    <div class="field">
      <label for=${id.quality}>Quality</label>
      <input id=${id.quality} name="quality" autocomplete="off" spellcheck="false" autocapitalize="off" list=${`${id.quality}-list`}
        .defaultValue=${input?.quality ?? 'best'} aria-invalid=${wrong('quality') !== undefined} aria-describedby=${errorId(id.quality)}>
      <datalist id=${`${id.quality}-list`}>
        ${['best', '1080p60,best', '720p60,720p,best', '480p,best', 'worst', 'audio_only'].map((each) => html`<option value=${each}></option>`)}
      </datalist>
      ${fieldError(id.quality, wrong('quality'))}
    </div>
    <div class="field">
      <label for=${id.token}>OAuth token <span class="quiet">if you like</span></label>
      <input id=${id.token} name="oauth_token" type="password" autocomplete="new-password" spellcheck="false" class="code"
        placeholder=${input?.has_oauth_token ? 'Leave empty to keep the present token' : ''}
        aria-invalid=${wrong('oauth_token') !== undefined} aria-describedby=${`${errorId(id.token)} ${id.token}-hint`}>
      ${fieldError(id.token, wrong('oauth_token'))}
      <p class="hint" id=${`${id.token}-hint`}>Of your Twitch account: for what only its subscribers see, and without their ads. Kept encrypted and never shown again.</p>
    </div>
    ${
      input?.has_oauth_token
        ? html`<label class="choice"><input type="checkbox" name="forget_token"><span><b>Forget the token</b></span></label>`
        : nothing
    }`
}

type Field = 'url' | 'quality' | 'oauth_token'

/** Which field a pointer of the API belongs to: `/source/urls/3` is the address. */
function fieldOf(pointer: string, base: string): Field | undefined {
  const [, field] = pointer.startsWith(`${base}/`) ? pointer.slice(base.length).split('/') : []
  if (field === 'url' || field === 'urls') return 'url'
  return field === 'quality' || field === 'oauth_token' ? field : undefined
}

function errorOf(problem: RequestProblem | null, base = '', field: Field): string | undefined {
  for (const [pointer, words] of problem?.fields ?? []) if (fieldOf(pointer, base) === field) return words
  return undefined
}
