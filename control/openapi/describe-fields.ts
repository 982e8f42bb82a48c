import { fieldWords } from '#schema/field-words.gen.ts'
import { commonWords } from './common-words.ts'
import { componentName, type JsonSchema } from './named-schemas.ts'

/**
 * Adds to each field of a schema what it is: what the doc comment of its contract says, else what fields of that name are. `name`
 * is the schema's in `components/schemas`; left out for one that stands in a single place.
 */
export function withFieldWords(schema: JsonSchema, name?: string): JsonSchema {
  const about = name === undefined ? undefined : exact.get(name)
  const described = describe(schema, name ?? '', [])
  return about === undefined || 'description' in described ? described : { ...described, description: about }
}

function describe(schema: JsonSchema, name: string, path: readonly string[]): JsonSchema {
  const inner = (each: unknown, at = path) => describe(each as JsonSchema, name, at)
  return Object.fromEntries(
    Object.entries(schema).map(([key, member]) => {
      if (key === 'properties')
        return [
          key,
          Object.fromEntries(
            Object.entries(member as Readonly<Record<string, JsonSchema>>).map(([field, each]) => {
              const at = [...path, field]
              return [field, withMeaning(inner(each, at), name, at)]
            }),
          ),
        ]
      if (Array.isArray(member) && (key === 'anyOf' || key === 'oneOf')) return [key, member.map((each) => inner(each))]
      return (key === 'items' || key === 'additionalProperties') && typeof member === 'object' && member !== null
        ? [key, inner(member)]
        : [key, member]
    }),
  )
}

function withMeaning(schema: JsonSchema, name: string, path: readonly string[]): JsonSchema {
  const words = wordsOf(name, path)
  const isMoment = /(^|_)(at|since|until)$/.test(path.at(-1) ?? '')
  return {
    ...schema,
    ...(words !== undefined && { description: words }),
    ...(isMoment && isText(schema) && { examples: ['2027-01-31T12:00:00.000Z'] }),
  }
}

const isText = ({ type, anyOf }: JsonSchema) =>
  type === 'string' || (Array.isArray(anyOf) && anyOf.some((each: JsonSchema) => each.type === 'string'))

/** The most particular words first: its own, those of its place, those of its name, those of its like in the same contract. */
function wordsOf(name: string, path: readonly string[]): string | undefined {
  const field = path.at(-1) ?? ''
  const own = [name, ...path].join('.')
  return (
    exact.get(own) ??
    commonWords[own] ??
    commonWords[`${path.at(-2) ?? name}.${field}`] ??
    commonWords[field] ??
    (name === '' ? anywhere : contracts.get(contractOf.get(name) ?? ''))?.get(field)
  )
}

/** The first words of each field name, for schemas that have no name. */
const anywhere = new Map<string, string>()
/** Words by `LiveStream` and `LiveStream.ingest.srt`. */
const exact = new Map<string, string>()
/** Which contract a schema is of. */
const contractOf = new Map<string, string>()
/** The first words of each field name, by contract. */
const contracts = new Map<string, Map<string, string>>()
for (const [contract, words] of Object.entries(fieldWords)) {
  const first = new Map<string, string>()
  contracts.set(contract, first)
  for (const [place, text] of Object.entries(words)) {
    const [schema = '', ...path] = place.split('.')
    const name = componentName(schema)
    exact.set([name, ...path].join('.'), text)
    contractOf.set(name, contract)
    const field = path.at(-1)
    if (field === undefined) continue
    if (!first.has(field)) first.set(field, text)
    if (!anywhere.has(field)) anywhere.set(field, text)
  }
}
