import type { Hono } from 'hono'
import { generateSpecs } from 'hono-openapi'
import { withReferences } from './components.ts'
import { withFieldWords } from './describe-fields.ts'
import { type JsonSchema, namedSchemas } from './named-schemas.ts'
import { completed, type Operation, refusedAnswers } from './operation.ts'
import { tagOf, tags } from './tags.ts'

/** An OpenAPI 3.1 document, as far as it is read here. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly servers?: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

/** The whole API as one document, made from the routes and their valibot schemas. Takes some 0.3 s: keep it. */
// biome-ignore lint/suspicious/noExplicitAny: of whatever variables and routes the app has.
export async function openApiDocument(app: Hono<any, any, any>): Promise<OpenApiDocument> {
  const { paths } = await generateSpecs(app, {
    defaultValidationErrorResponse: false,
    includeEmptyPaths: true,
    excludeStaticFile: false,
  })
  const named = await namedSchemas()
  const operations = completeAll(paths as Record<string, Record<string, Operation>>)
  const { value: referring, schemas: bare } = withReferences(operations, named)
  const value = withWordsInside(referring)
  const schemas = Object.fromEntries(
    Object.entries({ Problem: named.get('Problem') ?? {}, ...bare }).map(([name, schema]) => [
      name,
      withFieldWords(schema, name),
    ]),
  )
  const used = new Set(
    Object.values(value).flatMap((methods) => Object.values(methods).flatMap(({ tags = [] }) => tags)),
  )
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weir',
      version: '1',
      description:
        'Live streaming that you host yourself. Times are RFC 3339 in UTC. Refusals are problem+json (RFC 9457) with a stable `code`.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ token: [] }, { session: [] }],
    tags: tags.filter(({ name }) => used.has(name)),
    paths: value,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'weir_session',
          description: 'The sign-in of the dashboard; over TLS `__Host-weir_session`.',
        },
        worker: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Signed by the worker itself.' },
      },
      parameters,
      headers,
      responses: refusedAnswers(),
      schemas,
    },
  } as OpenApiDocument
}

/** In the order of the chapters. Two operations of one name keep what else tells them apart. */
function completeAll(paths: Record<string, Record<string, Operation>>): Record<string, Record<string, Operation>> {
  const taken = new Set<string>()
  const order = tags.map(({ name }) => name)
  const rank = (path: string) => order.indexOf(tagOf(path).name)
  return Object.fromEntries(
    Object.entries(paths)
      .sort(([a], [b]) => rank(a) - rank(b))
      .map(([path, methods]) => {
        const written = path.replace(/\*$/, '{path}').replace(/\{(\w+)\{[^}]*\}\}/g, '{$1}')
        const all = Object.entries(methods)
          .filter(([method]) => method !== 'options')
          .map(([method, operation]) => {
            const whole = completed(withPathParameter(operation, written), method, written, 'get' in methods)
            if (taken.has(whole.operationId ?? '')) whole.operationId = operation.operationId ?? `${method}${written}`
            taken.add(whole.operationId ?? '')
            return [method, whole]
          })
        return [written, Object.fromEntries(all)]
      }),
  )
}

/** With words on the fields of bodies and answers that stand in one place only. */
function withWordsInside<Paths>(paths: Paths): Paths {
  const inside = (node: unknown, key = ''): unknown => {
    if (Array.isArray(node)) return node.map((each) => inside(each))
    if (typeof node !== 'object' || node === null || key === 'examples') return node
    if (key === 'schema') return withFieldWords(node as JsonSchema)
    return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, inside(member, name)]))
  }
  return inside(paths) as Paths
}

function withPathParameter(operation: Operation, path: string): Operation {
  const known = (operation.parameters ?? []).filter((each) => each.in !== 'path' || path.includes(`{${each.name}}`))
  const missing = [...path.matchAll(/\{(\w+)\}/g)]
    .map(([, name = '']) => name)
    .filter((name) => !known.some((each) => each.in === 'path' && each.name === name))
  return {
    ...operation,
    parameters: [
      ...known,
      ...missing.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ],
  }
}

const text = { type: 'string' }
const parameters = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A new key for each new request, such as a UUID: sent again with it, the request does nothing again and gets the first answer, for 24 hours.',
    schema: { ...text, minLength: 1, maxLength: 255 },
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'The ETag of your last read: if it was changed since then, nothing is done (412).',
    schema: text,
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The ETag of your last read: if nothing is other, the answer is 304.',
    schema: text,
  },
  LastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'The id of the last event that was seen: what came since is told first.',
    schema: text,
  },
  Passphrase: {
    name: 'Weir-Passphrase',
    in: 'header',
    description: 'What secrets are sealed with, percent-encoded; 12 characters or more.',
    schema: text,
  },
}
const headers = {
  RequestId: { description: 'The name of this request in the logs: yours, if you sent one.', schema: text },
  RateLimit: {
    description: 'What is left: `"default";r=<requests>;t=<seconds until all are there again>`.',
    schema: text,
  },
  RateLimitPolicy: { description: 'What you may do: `"default";q=<requests>;w=<in so many seconds>`.', schema: text },
  ETag: { description: 'For If-Match and If-None-Match.', schema: text },
  IdempotencyReplayed: { description: '`true`: the first answer, again.', schema: text },
}
