import type { CreatedInvitation, CreatedToken, JoinedSession } from '#schema/contracts/access.ts'
import type { UserRole } from '#schema/enums.ts'
import type { TestControl } from '../../support/control-server.ts'

/** Calls the API with a token that is not the admin's. */
export const callAs = (control: TestControl, token: string, method: string, path: string, body?: unknown) =>
  fetch(`${control.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })

/** A new token, made by the admin. */
export async function makeToken(control: TestControl, body: object): Promise<CreatedToken> {
  const answer = await control.call('POST', '/v1/tokens', { name: 'a token', ...body })
  if (answer.status !== 201) throw new Error(await answer.text())
  return (await answer.json()) as CreatedToken
}

/** What a link holds. */
export const secretOf = ({ link }: CreatedInvitation): string => new URL(link).hash.slice(1).split('&')[0] ?? ''

export async function invite(control: TestControl, body: object): Promise<CreatedInvitation> {
  const answer = await control.call('POST', '/v1/invitations', body)
  if (answer.status !== 201) throw new Error(await answer.text())
  return (await answer.json()) as CreatedInvitation
}

/** Takes an invitation, as the page /join does. */
export const accept = (control: TestControl, invitation: string, name: string) =>
  fetch(`${control.url}/v1/session/join`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ invitation, name }),
  })

/** Somebody new who was invited and came; `cookie` is their sign-in. */
export async function addUser(
  control: TestControl,
  name: string,
  role: UserRole,
): Promise<{ id: string; token: string; cookie: string }> {
  const answer = await accept(control, secretOf(await invite(control, { role })), name)
  if (answer.status !== 201) throw new Error(await answer.text())
  const { user_id: id, token } = (await answer.json()) as JoinedSession
  return { id: id ?? '', token, cookie: cookieOf(answer) }
}

export const cookieOf = (answer: Response): string => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

/** Calls the API as a page of ours in a browser does. */
export const callSignedIn = (control: TestControl, cookie: string, method: string, path: string, body?: unknown) =>
  fetch(`${control.url}${path}`, {
    method,
    headers: {
      cookie,
      'sec-fetch-site': 'same-origin',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
