import type * as v from 'valibot'
import type { Input, inputRequest, patchInput } from '#schema/contracts/input.ts'
import type { InputType } from '#schema/enums.ts'

/** Body of a new input, as a form gives it. Control checks it. */
export type NewInput = v.InferInput<typeof inputRequest>
/** Body of a change, as a form gives it. */
export type InputChange = v.InferInput<typeof patchInput>

/** The input that the fields of a form (components/input-fields.ts) describe. */
export function newInput(type: InputType, fields: FormData, name: string | null = null): NewInput {
  if (type === 'pull') return { type, name, ...pullFields(fields) }
  if (type !== 'channel') return { type, name }
  const oauth_token = text(fields, 'oauth_token') || null
  return { type, name, url: text(fields, 'channel'), quality: text(fields, 'quality') || 'best', oauth_token }
}

/** What the fields of a form change of `input`: a secret that is left empty stays as it is. */
export function inputChange(input: Input, fields: FormData, name: string | null): InputChange {
  const loop = fields.get('loop') !== null
  if (input.type === 'pull') return text(fields, 'addresses') === '' ? { name, loop } : { name, ...pullFields(fields) }
  if (input.type !== 'channel') return { name }
  const [url, token] = [text(fields, 'channel'), text(fields, 'oauth_token')]
  return {
    name,
    quality: text(fields, 'quality') || 'best',
    // What is shown may be without a part that is in use.
    ...(url !== input.urls?.[0] && { url }),
    ...(token !== '' && { oauth_token: token }),
    ...(fields.get('forget_token') !== null && { oauth_token: null }),
  }
}

/** One line is a live address, unless it is to begin anew after its end: then it is a file, as several are. */
function pullFields(fields: FormData) {
  const addresses = text(fields, 'addresses').split(/\s+/)
  const loop = fields.get('loop') !== null
  return addresses.length > 1 || loop ? { urls: addresses, loop } : { url: addresses[0] ?? '', loop }
}

const text = (fields: FormData, name: string): string => String(fields.get(name) ?? '').trim()
