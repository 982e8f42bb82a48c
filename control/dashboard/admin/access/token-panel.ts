import { html, nothing, type TemplateResult } from 'lit'
import type { CreatedToken, Token } from '#schema/contracts/access.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { accessApi } from '../../access/access-api.ts'
import { lifetimes, scopeChoices, scopeWords } from '../../access/access-words.ts'
import { shownOnce } from '../../access/shown-once.ts'
import { QuestionEvent } from '../../components/confirm-dialog.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { Requests } from '../../request-event.ts'

const startTokenId = 'tok_admin'

/** Tokens of programs: what each may do, on which stream, until when. */
class TokenPanel extends LightElement {
  static override properties = { tokens: { state: true }, streams: { state: true }, made: { state: true } }
  declare tokens: readonly Token[] | undefined
  declare streams: readonly LiveStream[]
  /** The token that was made last. */
  declare made: CreatedToken | null
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.streams = []
    this.made = null
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
  }

  protected override render(): TemplateResult {
    const { problem, busy } = this.#requests
    const tokens = this.tokens?.filter(({ kind }) => kind === 'api') ?? []
    return html`
      <section class="panel wide" aria-labelledby="tokens-heading">
        <h3 id="tokens-heading">Tokens for programs</h3>
        <p class="quiet">A program sends one as <code>Authorization: Bearer …</code>. Give each program its own, with no more rights than it needs.</p>
        ${formProblem(problem, ['/name'])}
        ${tokens.length > 0 ? this.#list(tokens) : nothing}
        ${
          this.made
            ? shownOnce({
                id: 'new-token',
                label: `Token “${this.made.name}”`,
                text: this.made.token,
                words: 'Copy it now: it is not shown again. Only a digest of it is kept.',
              })
            : nothing
        }
        <form class="in-line" novalidate @submit=${this.#create}>
          <div class="field"><label for="token-name">New token</label>
            <input id="token-name" name="name" maxlength="120" placeholder="What it is for" autocomplete="off"
              aria-invalid=${problem?.fields.has('/name') ?? false} aria-describedby=${errorId('token-name')}>
            ${fieldError('token-name', problem?.fields.get('/name'))}</div>
          <div class="field"><label for="token-scopes">May</label>
            <select id="token-scopes" name="scopes">${scopeChoices.map(([value, words]) => html`<option value=${value}>${words}</option>`)}</select></div>
          <div class="field"><label for="token-stream">On</label>
            <select id="token-stream" name="stream"><option value="">All streams</option>
              ${this.streams.map(({ id, name }) => html`<option value=${id}>${name}</option>`)}</select></div>
          <div class="field"><label for="token-end">Lasts</label>
            <select id="token-end" name="lifetime">${lifetimes.map(
              ([seconds, words], index) => html`<option value=${seconds} ?selected=${index === 3}>${words}</option>`,
            )}</select></div>
          <button class="primary" aria-busy=${busy === 'create'}>Make a token</button>
        </form>
      </section>`
  }

  #list(tokens: readonly Token[]): TemplateResult {
    return html`
      <div class="table stacked"><table>
        <thead><tr><th scope="col">Name</th><th scope="col">May</th><th scope="col">Last used</th><th scope="col">Ends</th><th><span class="unseen">Actions</span></th></tr></thead>
        <tbody>${tokens.map(
          (token) => html`
          <tr>
            <th scope="row">${token.name}<span class="quiet under">${token.created_by ? `by ${token.created_by}` : 'made at the first start'}</span></th>
            <td>${scopeWords(token.scopes)}${token.live_stream_id ? html`<span class="quiet under">only ${this.#streamName(token.live_stream_id)}</span>` : nothing}</td>
            <td class="quiet" data-label="Last used">${token.last_used_at ? html`<time-words .at=${token.last_used_at}></time-words>` : 'never'}</td>
            <td class="quiet" data-label="Ends">${endWords(token)}</td>
            <td class="row-buttons">${
              token.id === startTokenId
                ? nothing
                : html`<button type="button" class="quiet-danger" @click=${() => this.#askToDelete(token)}>Revoke<span class="unseen"> ${token.name}</span></button>`
            }</td>
          </tr>`,
        )}</tbody>
      </table></div>`
  }

  #streamName(id: string): string {
    const stream = this.streams.find((each) => each.id === id)
    return stream ? `“${stream.name}”` : 'a stream that is gone'
  }

  async #read(): Promise<void> {
    const found = await this.#requests.send('read', (api) => Promise.all([accessApi.tokens(), api.streams()]))
    if (found) [this.tokens, this.streams] = found.answer
  }

  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const wanted = new FormData(form)
    const lifetime = Number(wanted.get('lifetime'))
    const made = await this.#requests.send('create', () =>
      accessApi.createToken({
        name: String(wanted.get('name')),
        scopes: [...(scopeChoices.find(([value]) => value === wanted.get('scopes'))?.[2] ?? ['read'])],
        live_stream_id: String(wanted.get('stream')) || null,
        expires_at: lifetime === 0 ? null : new Date(Date.now() + lifetime * 1_000).toISOString(),
      }),
    )
    if (!made) {
      await this.updateComplete
      return focusFirstInvalid(form)
    }
    this.made = made.answer
    form.reset()
    await this.#read()
  }

  #askToDelete({ id, name }: Token): void {
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Revoke “${name}”?`,
        words: 'Whatever uses this token is refused from now on, and whoever signed in with it is signed out.',
        confirm: 'Revoke',
        dangerous: true,
        run: async () => {
          await accessApi.deleteToken(id)
          if (this.made?.id === id) this.made = null
          void this.#read()
        },
      }),
    )
  }
}
customElements.define('token-panel', TokenPanel)

function endWords({ expires_at }: Token): TemplateResult | string {
  if (expires_at === null) return 'when revoked'
  return Date.parse(expires_at) <= Date.now()
    ? 'is over'
    : html`<time-words form="until" .at=${expires_at}></time-words>`
}
