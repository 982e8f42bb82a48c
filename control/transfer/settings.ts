import * as v from 'valibot'
import { patchAlertSettings } from '#schema/contracts/alert.ts'
import { installSettings as sections } from '#schema/contracts/settings.ts'
import type { FieldError } from '../errors.ts'
import { fieldErrors } from '../middleware/validate.ts'

/** Rows of install_settings that are about this install alone, or about the moment. */
export const notExported: ReadonlySet<string> = new Set(['control_seen', 'log_levels', 'unheard_times'])

/** What each row has to be. A section of a newer Weir is refused by name. */
const checks: Readonly<Record<string, v.GenericSchema>> = {
  ...Object.fromEntries(Object.entries(sections.entries).map(([name, schema]) => [name, v.partial(asObject(schema))])),
  alerts: v.object(patchAlertSettings.entries),
}

/** What is wrong with the settings of a document, by pointer. */
export function faultsOfSettings(settings: Readonly<Record<string, unknown>>): FieldError[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const schema = checks[name]
    if (!schema)
      return [{ pointer: `/settings/${name}`, detail: 'There is no such setting; a newer Weir may have written it.' }]
    const checked = v.safeParse(schema, value)
    if (checked.success) return []
    const refusal = { data: structuredClone(value), error: checked.issues }
    return fieldErrors(schema, refusal, (path) => `/settings/${name}/${path.join('/')}`)
  })
}

function asObject(schema: v.GenericSchema) {
  if ('entries' in schema) return v.strictObject(schema.entries as v.ObjectEntries)
  throw new Error('A section of the settings is an object.')
}
