/** Half of a pair of UTF-16 units, written out: alone it is no character, and no text of a database or an address. */
const mayBeHalf = /\\u[dD][89a-fA-F]/

/**
 * The path to the first text in `body` that is not Unicode (RFC 8259 §8.2); undefined: all is well. `json` is what `body` was
 * read from: texts that hold no such thing are not looked through.
 */
export function illFormedText(json: string, body: unknown): readonly string[] | undefined {
  if (!mayBeHalf.test(json)) return undefined
  // A list of what is left to see, since bodies can be nested deeper than calls.
  const left: { readonly value: unknown; readonly path: readonly string[] }[] = [{ value: body, path: [] }]
  for (let next = left.pop(); next; next = left.pop()) {
    const { value, path } = next
    if (typeof value === 'string' && !value.isWellFormed()) return path
    if (typeof value !== 'object' || value === null) continue
    for (const [key, member] of Object.entries(value)) {
      if (!key.isWellFormed()) return path
      left.push({ value: member, path: path.length < 20 ? [...path, key] : path })
    }
  }
  return undefined
}
