import { fieldWords } from '#schema/field-words.gen.ts'
import { commonExamples, commonWords } from './common-words.ts'
import { installWords } from './install-words.ts'
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
  const description = wordsOf(name, path)
  const field = path.at(-1) ?? ''
  const isMoment = /(^|_)(at|since|until)$/.test(field)
  const example = isMoment ? '2027-01-31T12:00:00.000Z' : (commonExamples[`${name}.${field}`] ?? commonExamples[field])
  return {
    ...(isMoment ? asMoment(schema) : schema),
    ...(description !== undefined && { description }),
    ...(example !== undefined && isText(schema) && { examples: [example] }),
  }
}

/** Texts that are a point in time (RFC 3339). */
function asMoment(schema: JsonSchema): JsonSchema {
  const { type, anyOf } = schema as { readonly type?: string; readonly anyOf?: readonly JsonSchema[] }
  if (type === 'string') return { ...schema, format: 'date-time' }
  return anyOf ? { ...schema, anyOf: anyOf.map(asMoment) } : schema
}

const isText = ({ type, anyOf }: JsonSchema) =>
  type === 'string' || (Array.isArray(anyOf) && anyOf.some((each: JsonSchema) => each.type === 'string'))

/**
 * The most particular words first: its own, those of its place, those of the same field of what is made of the same thing
 * (`CreateToken` and `Token`), those of its name, those of that name in the same contract.
 */
function wordsOf(name: string, path: readonly string[]): string | undefined {
  const field = path.at(-1) ?? ''
  const own = [name, ...path].join('.')
  const contract = contractOf.get(name)
  return (
    exact.get(own) ??
    words[own] ??
    words[`${path.at(-2) ?? name}.${field}`] ??
    contract?.find((each) => each.path === path.join('.') && isSameThing(each.schema, name))?.text ??
    words[field] ??
    (contract ?? places).find((each) => each.path.split('.').at(-1) === field)?.text
  )
}

const isSameThing = (one: string, other: string): boolean => {
  const [a, b] = [thingOf(one), thingOf(other)]
  return a.endsWith(b) || b.endsWith(a)
}

/** `CreateLiveStream`, `LiveStreamRequest` and `LiveStream` are of the same thing. */
const thingOf = (schema: string) =>
  schema
    .replace(/^(Created?|Patch|Check|Joined)(?=[A-Z])/, '')
    .replace(/(?<=[a-z])(Request|Details|Answer|Change)$/, '')

/** A field, or with an empty path a schema, that a contract has words for. */
interface Place {
  readonly schema: string
  readonly path: string
  readonly text: string
}

/** Of all fields that mean the same wherever they stand. */
const words: Readonly<Record<string, string>> = { ...commonWords, ...installWords }
/** Words by `LiveStream` and `LiveStream.ingest.srt`. */
const exact = new Map<string, string>()
/** What else is said in the contract that a schema stands in. */
const contractOf = new Map<string, readonly Place[]>()
const places: Place[] = []
for (const contractWords of Object.values(fieldWords)) {
  const contract = Object.entries(contractWords).map(([key, text]): Place => {
    const [schema = '', ...path] = key.split('.')
    return { schema: componentName(schema), path: path.join('.'), text }
  })
  places.push(...contract)
  for (const { schema, path, text } of contract) {
    exact.set(path === '' ? schema : `${schema}.${path}`, text)
    contractOf.set(schema, contract)
  }
}
