import * as v from 'valibot'
import { channelUrl, type PatchInput, pullUrl } from '#schema/contracts/input.ts'
import type { InputType } from '#schema/enums.ts'
import { ApiError, type FieldError } from '../errors.ts'

/** A 422 that names each field of the patch which an input of this type does not have, or has otherwise. */
export function refuseForeignFields(type: InputType, wanted: PatchInput): void {
  const known: readonly string[] = ['name', 'priority', ...fieldsOf[type]]
  const errors: FieldError[] = Object.keys(wanted)
    .filter((field) => !known.includes(field))
    .map((field) => ({ pointer: `/${field}`, detail: `An input of type ${type} has no such field; remove it.` }))
  if (type === 'pull' && wanted.url !== undefined && wanted.urls !== undefined)
    errors.push({ pointer: '/url', detail: 'Give either `url` or `urls`.' })
  const address = type === 'pull' ? pullUrl : channelUrl
  if (wanted.url !== undefined && known.includes('url')) {
    const checked = v.safeParse(address, wanted.url)
    if (!checked.success) errors.push({ pointer: '/url', detail: checked.issues[0].message })
  }
  if (errors.length > 0)
    throw new ApiError('validation_failed', 'Some fields are not as they should be; errors says which and why.', {
      errors,
    })
}

/** Which fields of a patch a type has, beside `name` and `priority`. */
const fieldsOf: Readonly<Record<InputType, readonly (keyof PatchInput)[]>> = {
  push: [],
  pull: ['url', 'urls', 'loop'],
  channel: ['url', 'quality', 'oauth_token'],
  test: [],
}
