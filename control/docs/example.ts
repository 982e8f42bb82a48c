import type { JsonSchema } from '../openapi/named-schemas.ts'

type Schemas = Readonly<Record<string, unknown>>

/** What `schema` is, past references. */
export function resolved(schema: JsonSchema | undefined, schemas: Schemas): JsonSchema {
  const name = referredName(schema)
  return name === undefined ? (schema ?? {}) : resolved(schemas[name] as JsonSchema | undefined, schemas)
}

/** The name of the schema that `schema` refers to. */
export const referredName = (schema: JsonSchema | undefined): string | undefined =>
  typeof schema?.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined

const usual: Readonly<Record<string, unknown>> = {
  name: 'Lecture 1',
  url: 'rtmps://live.example/app',
  stream_key: 'your-stream-key',
  email: 'you@example.org',
}

/** The smallest body that a schema takes, more or less: what is needed, with a value that people understand. */
export function exampleOf(given: JsonSchema | undefined, schemas: Schemas, name = '', depth = 0): unknown {
  const schema = resolved(given, schemas)
  if (name in usual && schema.type === 'string') return usual[name]
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return schema.enum[0]
  const choice = (schema.oneOf ?? schema.anyOf) as JsonSchema[] | undefined
  if (choice?.[0]) return exampleOf(choice[0], schemas, name, depth)
  if ('default' in schema) return schema.default
  switch (schema.type) {
    case 'object': {
      const properties = (schema.properties ?? {}) as Record<string, JsonSchema>
      const needed = (schema.required ?? []) as string[]
      const shown = depth === 0 && needed.length === 0 ? Object.keys(properties).slice(0, 1) : needed
      return Object.fromEntries(shown.map((each) => [each, exampleOf(properties[each], schemas, each, depth + 1)]))
    }
    case 'array':
      return depth > 4 ? [] : [exampleOf(schema.items as JsonSchema | undefined, schemas, '', depth + 1)]
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    default:
      return '…'
  }
}
