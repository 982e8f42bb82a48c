import type { JsonSchema } from './named-schemas.ts'

/**
 * Replaces each schema in `value` that equals a named one by a reference to it, and answers what is referred to, with the
 * schemas inside of those replaced too.
 */
export function withReferences<Value>(
  value: Value,
  named: ReadonlyMap<string, JsonSchema>,
): { readonly value: Value; readonly schemas: Record<string, JsonSchema> } {
  const names = new Map<string, string>()
  for (const [name, schema] of named) {
    const text = JSON.stringify(schema)
    if (!names.has(text)) names.set(text, name)
  }
  const schemas: Record<string, JsonSchema> = {}

  function replace(node: unknown, isNamed = false): unknown {
    if (Array.isArray(node)) return node.map((each) => replace(each))
    if (typeof node !== 'object' || node === null) return node
    const name = !isNamed && mayHaveName(node) ? names.get(JSON.stringify(node)) : undefined
    if (name === undefined)
      return Object.fromEntries(Object.entries(node).map(([key, member]) => [key, replace(member)]))
    if (!(name in schemas)) {
      // Set before its content, so that their order is that in which they are met.
      schemas[name] = {}
      schemas[name] = replace(node, true) as JsonSchema
    }
    return { $ref: `#/components/schemas/${name}` }
  }
  return { value: replace(value) as Value, schemas }
}

const mayHaveName = (node: object) => 'properties' in node || 'anyOf' in node || 'oneOf' in node
