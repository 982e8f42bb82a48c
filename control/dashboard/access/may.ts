import { html, nothing, type TemplateResult } from 'lit'
import type { SessionAnswer } from '#schema/contracts/access.ts'
import { type AccessScope, accessScopes } from '#schema/enums.ts'

/**
 * What whoever is signed in may not do is hidden: elements say what they need (`data-needs="write"`), the page what is
 * missing (`<html data-may-not="write admin">`), and styles/access.css does the rest.
 */
export function showOnlyWhatMay({ scopes, token_id }: Pick<SessionAnswer, 'scopes' | 'token_id'>): void {
  const missing = token_id === null ? [] : accessScopes.filter((scope) => !scopes.includes(scope))
  document.documentElement.dataset.mayNot = missing.join(' ')
}

/** Whether whoever is signed in may do that, as far as {@link showOnlyWhatMay} has heard. */
export const may = (scope: AccessScope): boolean =>
  !(document.documentElement.dataset.mayNot ?? '').split(' ').includes(scope)

/** Says why something is missing from the page; nothing where nothing is. */
export function mayNotNote(
  { scopes, role }: Pick<SessionAnswer, 'scopes' | 'role'>,
  needs: AccessScope = 'write',
): TemplateResult | typeof nothing {
  if (scopes.includes(needs)) return nothing
  const who = role === null ? 'the token that you signed in with only allows that' : `your role here is ${role}`
  return html`<p class="may-not" role="note">You can look, but not change anything on this page: ${who}. Ask an owner for more.</p>`
}
