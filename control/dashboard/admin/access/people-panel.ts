import { html, nothing, type TemplateResult } from 'lit'
import { live } from 'lit/directives/live.js'
import type { CreatedInvitation, Invitation, User } from '#schema/contracts/access.ts'
import { type UserRole, userRoles } from '#schema/enums.ts'
import { accessApi } from '../../access/access-api.ts'
import { roleWords } from '../../access/access-words.ts'
import { shownOnce } from '../../access/shown-once.ts'
import { QuestionEvent } from '../../components/confirm-dialog.ts'
import { formProblem } from '../../components/field.ts'
import { LightElement } from '../../components/light-element.ts'
import '../../components/time-words.ts'
import { ReadAgain } from '../../read-again.ts'
import { Requests } from '../../request-event.ts'

/** Who comes by an invitation appears within this time, milliseconds. */
const refreshMs = 10_000

/** People who use the dashboard, and invitations that are open. */
class PeoplePanel extends LightElement {
  static override properties = { users: { state: true }, invitations: { state: true }, made: { state: true } }
  declare users: readonly User[] | undefined
  declare invitations: readonly Invitation[]
  /** The invitation that was made last, with its link. */
  declare made: CreatedInvitation | null
  readonly #requests = new Requests(this)
  readonly #reading = new Requests(this)
  readonly #reader = new ReadAgain(this, refreshMs, () => this.#read())

  constructor() {
    super()
    this.invitations = []
    this.made = null
  }

  protected override render(): TemplateResult {
    const open = this.invitations.filter(({ used_at, expires_at }) => !used_at && Date.parse(expires_at) > Date.now())
    return html`
      <section class="panel wide" aria-labelledby="people-heading">
        <h3 id="people-heading">People</h3>
        ${formProblem(this.#requests.problem ?? this.#reading.problem)}
        ${
          this.users?.length === 0
            ? html`<p class="quiet">Nobody yet: you are signed in with the admin token. Invite yourself first, so that the audit log knows your name.</p>`
            : nothing
        }
        ${this.users?.length ? this.#people(this.users) : nothing}
        ${open.length > 0 ? this.#open(open) : nothing}
        ${this.made ? this.#link(this.made) : nothing}
        <form class="in-line" novalidate @submit=${this.#invite}>
          <div class="field"><label for="invite-name">Invite somebody</label>
            <input id="invite-name" name="name" maxlength="120" placeholder="Name" autocomplete="off"></div>
          <div class="field"><label for="invite-role">Role</label>
            <select id="invite-role" name="role">
              ${[...userRoles].reverse().map((role) => html`<option value=${role}>${roleWords[role].join(': ')}</option>`)}
            </select></div>
          <button class="primary" aria-busy=${this.#requests.busy === 'invite'}>Make a link</button>
        </form>
      </section>`
  }

  #people(users: readonly User[]): TemplateResult {
    return html`
      <div class="table stacked"><table>
        <thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Seen</th><th><span class="unseen">Actions</span></th></tr></thead>
        <tbody>${users.map(
          (user) => html`
          <tr>
            <th scope="row">${user.name}</th>
            <td><select aria-label=${`Role of ${user.name}`} @change=${(event: Event) => this.#setRole(user, event)}>
              ${userRoles.map((role) => html`<option value=${role} .selected=${live(role === user.role)}>${roleWords[role][0]}</option>`)}
            </select></td>
            <td class="quiet" data-label="Seen">${user.last_used_at ? html`<time-words .at=${user.last_used_at}></time-words>` : 'never'}</td>
            <td class="row-buttons">
              <button type="button" class="plain text" @click=${() => this.#again(user)}>New sign-in<span class="unseen"> for ${user.name}</span></button>
              <button type="button" class="quiet-danger" @click=${() => this.#askToRemove(user)}>Remove<span class="unseen"> ${user.name}</span></button>
            </td>
          </tr>`,
        )}</tbody>
      </table></div>`
  }

  #open(invitations: readonly Invitation[]): TemplateResult {
    return html`
      <h4>Open invitations</h4>
      <ul class="access-rows">${invitations.map(
        ({ id, name, role, expires_at, user_id }) => html`
        <li><span>${name ?? 'Somebody'} · ${user_id ? 'a new sign-in' : roleWords[role][0]} ·
            <span class="quiet">ends <time-words form="until" .at=${expires_at}></time-words></span></span>
          <button type="button" class="quiet-danger" @click=${() => this.#withdraw(id)}>Take back<span class="unseen"> the invitation of ${name ?? 'somebody'}</span></button></li>`,
      )}</ul>`
  }

  #link({ link, name, expires_at }: CreatedInvitation): TemplateResult {
    return shownOnce({
      id: 'invitation-link',
      label: `Link for ${name ?? 'the person that you invite'}`,
      text: link,
      words: `Send it to that person only: it lets one in, until ${new Date(expires_at).toLocaleString()}. It is not shown again.`,
    })
  }

  async #read(): Promise<void> {
    const found = await this.#reading.send('read', () => Promise.all([accessApi.users(), accessApi.invitations()]))
    if (found) [this.users, this.invitations] = found.answer
  }

  async #invite(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.target as HTMLFormElement
    const wanted = new FormData(form)
    const name = String(wanted.get('name')).trim()
    const body = { role: wanted.get('role') as UserRole, ...(name && { name }) }
    if (await this.#make(body)) form.reset()
  }

  async #again({ id }: User): Promise<void> {
    await this.#make({ user_id: id })
  }

  async #make(body: Parameters<typeof accessApi.invite>[0]): Promise<boolean> {
    const made = await this.#requests.send('invite', () => accessApi.invite(body))
    if (!made) return false
    this.made = made.answer
    await this.#reader.now()
    return true
  }

  async #withdraw(id: string): Promise<void> {
    await this.#requests.send('withdraw', () => accessApi.deleteInvitation(id))
    if (this.made?.id === id) this.made = null
    await this.#reader.now()
  }

  async #setRole({ id }: User, event: Event): Promise<void> {
    const role = (event.target as HTMLSelectElement).value as UserRole
    const changed = await this.#requests.send('role', () => accessApi.changeUser(id, { role }))
    const { problem } = this.#requests
    await this.#reader.now()
    if (changed) return
    this.#requests.problem = problem
    this.requestUpdate()
  }

  #askToRemove({ id, name }: User): void {
    this.dispatchEvent(
      new QuestionEvent({
        heading: `Remove ${name}?`,
        words: 'They are signed out at once, and all tokens that they made stop working.',
        confirm: 'Remove',
        dangerous: true,
        run: async () => {
          await accessApi.removeUser(id)
          void this.#reader.now()
        },
      }),
    )
  }
}
customElements.define('people-panel', PeoplePanel)
