import { html, nothing, type TemplateResult } from 'lit'
import type { RequestProblem } from '../problem.ts'

/** Says what is wrong with one field. `for` names the input's id; its `aria-describedby` is `errorId(id)`. */
export const fieldError = (id: string, error: string | undefined): TemplateResult =>
  html`<p class="field-error" id=${errorId(id)}>${error ?? nothing}</p>`

export const errorId = (id: string): string => `${id}-error`

/** What went wrong as a whole, or with fields that are not `shown`; those say their own part. */
export function formProblem(problem: RequestProblem | null, shown: readonly string[] = []): TemplateResult {
  const unseen = [...(problem?.fields ?? [])].filter(([pointer]) => !shown.includes(pointer))
  const words = problem?.fields.size ? unseen.map(([, detail]) => detail).join(' ') : problem?.message
  return html`<div role="alert">${words ? html`<p class="problem">${words}</p>` : nothing}</div>`
}

/** Moves the focus to the first field that the server did not like. */
export const focusFirstInvalid = (form: HTMLElement): void =>
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
