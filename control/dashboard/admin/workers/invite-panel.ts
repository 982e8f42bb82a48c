import { html, nothing, type TemplateResult } from 'lit'
import type { CreatedJoinToken, JoinToken } from '#schema/contracts/worker-admin.ts'
import { shownOnce } from '../../access/shown-once.ts'
import { errorId, fieldError, focusFirstInvalid, formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { Requests } from '../../request-event.ts'
import { joinCommand, typedLabels } from './worker-words.ts'
import { workersApi } from './workers-api.ts'

/** "Add a worker": makes a join token and shows the one command that uses it. */
class InvitePanel extends LightElement {
  static override properties = { made: { state: true }, open: { state: true } }
  declare made: CreatedJoinToken | null
  /** Invitations that wait to be used. */
  declare open: readonly JoinToken[]
  readonly #requests = new Requests(this)

  constructor() {
    super()
    this.made = null
    this.open = []
  }

  override connectedCallback(): void {
    super.connectedCallback()
    void this.#read()
  }

  protected override render(): TemplateResult {
    const { problem, busy } = this.#requests
    const labels = [...(problem?.fields ?? [])].find(([pointer]) => pointer.startsWith('/labels'))?.[1]
    return html`
      <section class="panel" aria-labelledby="invite-heading">
        <h3 id="invite-heading">Add a worker</h3>
        <p class="quiet">A worker is any machine with FFmpeg that reaches this address. It joins with one command.</p>
        ${formProblem(problem, [...(problem?.fields.keys() ?? [])])}
        <form novalidate @submit=${this.#invite}>
          <div class="field"><label for="worker-name">Name</label>
            <input id="worker-name" name="name" maxlength="120" placeholder="The name of the machine" autocomplete="off"
              aria-invalid=${problem?.fields.has('/name') ?? false} aria-describedby=${errorId('worker-name')}>
            ${fieldError('worker-name', problem?.fields.get('/name'))}</div>
          <div class="field"><label for="worker-labels">Labels</label>
            <input id="worker-labels" name="labels" placeholder="region=eu, disk=fast" autocomplete="off"
              aria-invalid=${labels !== undefined} aria-describedby=${errorId('worker-labels')}>
            ${fieldError('worker-labels', labels)}</div>
          <button class="primary" aria-busy=${busy === 'invite'}>Make the command</button>
        </form>
        ${this.made ? this.#command(this.made) : nothing}
        ${this.open.length > 0 ? this.#waiting() : nothing}
      </section>`
  }

  #command(made: CreatedJoinToken): TemplateResult {
    return shownOnce({
      id: 'join-command',
      label: 'Run this on the machine',
      text: joinCommand(made, location.origin),
      words: 'It joins one worker, within an hour. Copy it now: it is not shown again.',
    })
  }

  #waiting(): TemplateResult {
    return html`
      <h4>Not used yet</h4>
      <ul class="plain">${this.open.map(
        (token) => html`
        <li>${token.name ?? 'Any name'} <span class="quiet">ends <time-words form="until" .at=${token.expires_at ?? ''}></time-words></span>
          <button type="button" class="quiet-danger" aria-label=${`Withdraw the invitation of ${token.name ?? 'any name'}`}
            @click=${() => this.#withdraw(token)}>Withdraw</button></li>`,
      )}</ul>`
  }

  async #read(): Promise<void> {
    const found = await this.#requests.send('read', () => workersApi.invitations())
    if (found) this.open = found.answer
  }

  async #invite(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const wanted = new FormData(form)
    const name = String(wanted.get('name')).trim()
    const labels = typedLabels(String(wanted.get('labels')))
    const made = await this.#requests.send('invite', () => workersApi.invite({ ...(name && { name }), labels }))
    if (!made) {
      await this.updateComplete
      return focusFirstInvalid(form)
    }
    this.made = made.answer
    form.reset()
    await this.#read()
  }

  async #withdraw({ id }: JoinToken): Promise<void> {
    if (!(await this.#requests.send('withdraw', () => workersApi.withdraw(id)))) return
    if (this.made?.id === id) this.made = null
    await this.#read()
  }
}
customElements.define('invite-panel', InvitePanel)
