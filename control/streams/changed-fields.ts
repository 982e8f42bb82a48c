/** The fields that get another value; of settings that can be changed in part, only that part counts. Secrets always do. */
export function changedFields(before: object, wanted: object): string[] {
  const present = before as Record<string, unknown>
  const isSame = (field: string, value: unknown) =>
    holds(present[field], value) && (changedInPart.has(field) || holds(value, present[field]))
  return Object.entries(wanted).flatMap(([field, value]) =>
    value === undefined || isSame(field, value) ? [] : [field],
  )
}

/** What can be changed in part; all else is replaced. */
const changedInPart: ReadonlySet<string> = new Set(['slate'])

/** Whether everything that `wanted` names stands in `present` as well. */
function holds(present: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return present === wanted
  if (typeof present !== 'object' || present === null) return false
  if (Array.isArray(wanted) && (!Array.isArray(present) || present.length !== wanted.length)) return false
  return Object.entries(wanted).every(([key, value]) => holds((present as Record<string, unknown>)[key], value))
}
