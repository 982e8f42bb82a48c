import * as v from 'valibot'
import type { FieldError } from '../errors.ts'
import { fieldErrors } from '../middleware/validate.ts'
import { type Section, shownColumns } from './sections.ts'

/** A row as an export has it. */
export type ExportedRow = Readonly<Record<string, unknown>> & { readonly id: string }
/** A row as Drizzle has it. */
export type TableRow = Readonly<Record<string, unknown>>

/** A row as an export has it, without its secrets. */
export const exportRow = (section: Section, row: TableRow): ExportedRow =>
  Object.fromEntries(shownColumns(section).map(({ property, name }) => [name, asJson(row[property])])) as ExportedRow

/** What is wrong with a row, by pointer. What it lacks has the default of its column. */
export function faultsOf(section: Section, row: unknown, pointer: string): FieldError[] {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return [{ pointer, detail: 'Must be an object.' }]
  const columns = new Map(shownColumns(section).map((shown) => [shown.name, shown.column]))
  const faults: FieldError[] = []
  const given = row as Record<string, unknown>
  for (const [name, value] of Object.entries(given)) {
    const column = columns.get(name)
    const at = `${pointer}/${name}`
    if (name === 'secrets') {
      if (!v.is(v.array(v.picklist(Object.keys(section.secrets))), value))
        faults.push({ pointer: at, detail: 'Must be a list of secrets that there are.' })
    } else if (!column && name !== 'urls')
      faults.push({ pointer: at, detail: 'There is no such field; a newer Weir may have written it.' })
    else if (column && !fits(column, value)) faults.push({ pointer: at, detail: wanted(column) })
  }
  for (const [name, column] of columns)
    if (!(name in given) && column.notNull && !column.hasDefault)
      faults.push({ pointer: `${pointer}/${name}`, detail: 'This field is needed.' })
  if (faults.length > 0) return faults
  if (!new RegExp(`^${section.prefix}_[\\w-]{1,60}$`).test(String(given.id)))
    return [{ pointer: `${pointer}/id`, detail: `Must be an id like ${section.prefix}_4kT….` }]
  const checked = v.safeParse(section.check, given)
  if (checked.success) return []
  const refusal = { data: structuredClone(given), error: checked.issues }
  return fieldErrors(section.check, refusal, (path) => `${pointer}/${path.join('/')}`)
}

/** The values of an exported row as Drizzle takes them; only those that it names. */
export function tableRow(section: Section, row: ExportedRow): Record<string, unknown> {
  return Object.fromEntries(
    shownColumns(section).flatMap(({ property, name, column }) => {
      const value = row[name]
      if (!(name in row)) return []
      return [[property, column.dataType === 'date' && value !== null ? new Date(String(value)) : value]]
    }),
  )
}

interface Typed {
  readonly dataType: string
  readonly notNull: boolean
  readonly enumValues?: readonly string[] | undefined
}

function fits({ dataType, notNull, enumValues }: Typed, value: unknown): boolean {
  if (value === null) return !notNull
  switch (dataType) {
    case 'boolean':
      return typeof value === 'boolean'
    case 'number':
      return Number.isSafeInteger(value)
    case 'date':
      return typeof value === 'string' && Number.isFinite(Date.parse(value))
    case 'json':
      return typeof value === 'object' || typeof value === 'string'
    default:
      return typeof value === 'string' && value.length <= 70_000 && (!enumValues?.length || enumValues.includes(value))
  }
}

function wanted({ dataType, enumValues, notNull }: Typed): string {
  const or = notNull ? '.' : ', or null.'
  if (enumValues?.length) return `Must be one of: ${enumValues.join(', ')}${or}`
  const words = {
    boolean: 'true or false',
    number: 'a whole number',
    date: 'a time like 2026-11-22T10:00:00Z',
    json: 'an object',
  }
  return `Must be ${words[dataType as keyof typeof words] ?? 'text'}${or}`
}

const asJson = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : (value ?? null))
