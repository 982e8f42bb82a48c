import fc from 'fast-check'
import type { OpenApiDocument } from '#control/openapi/document.ts'

type JsonSchema = Readonly<Record<string, unknown>>
type Schemas = OpenApiDocument['components']['schemas']

/** A text that stands for a secret: it must come back nowhere. */
export const planted = 'PLANTED-secret-5f2a'

/** Bodies that a schema takes, more or less: of its types, often within its bounds, with its words. */
export function fitting(given: unknown, schemas: Schemas, depth = 0): fc.Arbitrary<unknown> {
  const schema = resolve(given, schemas)
  if ('const' in schema) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  const choices = (schema.oneOf ?? schema.anyOf) as unknown[] | undefined
  if (choices) return fc.oneof(...choices.map((each) => fitting(each, schemas, depth)))
  switch (schema.type) {
    case 'object':
      return objectOf(schema, schemas, depth)
    case 'array':
      return fc.array(fitting(schema.items, schemas, depth + 1), { maxLength: depth > 3 ? 1 : 3 })
    case 'integer':
      return fc.integer({ min: bound(schema.minimum, -1_000), max: bound(schema.maximum, 100_000) })
    case 'number':
      return fc.oneof(
        fc.integer({ min: Math.ceil(bound(schema.minimum, -1_000)), max: Math.floor(bound(schema.maximum, 100_000)) }),
        fc.double(),
      )
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    default:
      return texts
  }
}

/** Anything that JSON can say, and what has broken servers before. */
export const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    nested(2_000, (inner) => [inner]),
    nested(500, (inner) => ({ a: inner })),
    JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":null}'),
    Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`field${index}`, index])),
    { '': 1, ' ': 2, '~/~': 3, '\u0000': 4, length: 5 },
    'x'.repeat(100_000),
    Array.from({ length: 3_000 }, () => ({})),
    [null],
    0,
    '',
    false,
    null,
  ),
)

const numbers = fc.constantFrom<unknown>(0, -0, -1, 1.5, 1e308, -1e308, 5e-324, 2 ** 53, 2 ** 31, 2 ** 63, 1e21)
const words = fc.constantFrom(
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e\u200b\ufeff',
  'ﷺ'.repeat(40),
  '🏳️‍🌈e\u0301',
  '../../etc/passwd',
  "'; DROP TABLE live_streams; --",
  '%00%ff%2e%2e',
  '{{7*7}}',
  '<script>alert(1)</script>',
  'NaN',
  '1e999',
  '9'.repeat(400),
  'a'.repeat(5_000),
  'rtmp://[::1',
  'rtmp://127.0.0.1:99999/a',
  'rtmps://live.example/app',
  'https://user:PLANTED-secret-5f2a@h.example/a.m3u8?key=PLANTED-secret-5f2a',
  'srt://h.example:9000?streamid=PLANTED-secret-5f2a&passphrase=PLANTED-secret-5f2a',
  'https://h.example/hook',
  'https://h.example',
  '2027-01-31T18:00:00Z',
  '2027-02-31T18:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  'ls_none',
  'auto',
  '720p',
  planted,
)
const texts = fc.oneof({ weight: 3, arbitrary: words }, fc.string({ unit: 'binary', maxLength: 20 }))

/** `body` with one thing in it exchanged for another: a wrong kind, a bound that is passed, a field that nobody knows. */
export const mutated = (body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      body,
      fc.nat(1_000),
      fc.oneof(numbers, words, fc.constantFrom<unknown>(null, true, [], {}, [[]], { type: 1 })),
      fc.nat(3),
    )
    .map(([value, at, other, kind]) => mutate(value, at, other, kind))

function mutate(value: unknown, at: number, other: unknown, kind: number): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || kind === 0) return [...value, other]
    const index = at % value.length
    return value.map((each, place) => (place === index ? mutate(each, at >> 1, other, kind) : each))
  }
  if (typeof value !== 'object' || value === null) return other
  const keys = Object.keys(value)
  const key = keys[at % (keys.length || 1)]
  if (key === undefined || kind === 0) return { ...value, [`unknown_${at}`]: other }
  if (kind === 1) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
  const inner = (value as Record<string, unknown>)[key]
  return { ...value, [key]: kind === 2 ? other : mutate(inner, at >> 1, other, kind) }
}

function objectOf(schema: JsonSchema, schemas: Schemas, depth: number): fc.Arbitrary<unknown> {
  const properties = (schema.properties ?? {}) as Record<string, unknown>
  const needed = (schema.required ?? []) as string[]
  if (depth > 6) return fc.constant({})
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [
      name,
      /key|token|passphrase|secret/.test(name) ? secretOr(field, schemas, depth) : fitting(field, schemas, depth + 1),
    ]),
  )
  return fc.record(fields, { requiredKeys: needed.filter((name) => name in fields) })
}

const secretOr = (field: unknown, schemas: Schemas, depth: number) =>
  fc.oneof(fc.constant(planted), fc.constant(`${planted} with a space`), fitting(field, schemas, depth + 1))

function resolve(given: unknown, schemas: Schemas): JsonSchema {
  const schema = (given ?? {}) as JsonSchema
  const name = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1) : undefined
  return name === undefined ? schema : resolve(schemas[name], schemas)
}

const bound = (value: unknown, fallback: number) => (typeof value === 'number' ? value : fallback)

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = wrap(value)
  return value
}
