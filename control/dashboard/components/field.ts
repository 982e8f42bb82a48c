import { html, nothing, type TemplateResult } from 'lit'
import type { RequestProblem } from '../problem.ts'

/** Says what is wrong with one field. `for` names the input's id; its `aria-describedby` is `errorId(id)`. */
export const fieldError = (id: string, error: string | undefined): TemplateResult =>
  html`<p class="field-error" id=${errorId(id)}>${error ?? nothing}</p>`

export const errorId = (id: string): string => `${id}-error`

/** What went wrong as a whole; fields that are `shown` say their own part. */
export function formProblem(problem: RequestProblem | null, shown: readonly string[] = []): TemplateResult {
  const elsewhere =
    problem !== null && problem.fields.size > 0 && [...problem.fields.keys()].every((p) => shown.includes(p))
  return html`<div role="alert">${problem && !elsewhere ? html`<p class="problem">${problem.message}</p>` : nothing}</div>`
}

/** Moves the focus to the first field that the server did not like. */
export const focusFirstInvalid = (form: HTMLElement): void =>
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
