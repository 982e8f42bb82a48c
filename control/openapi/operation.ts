import { problemCodes } from '#schema/problem.ts'
import { operationName } from './operation-names.ts'
import { operationWords, requestExamples, requestSchemas } from './operation-words.ts'
import { parameterWords } from './parameter-words.ts'
import { tagOf } from './tags.ts'

/** An operation of OpenAPI 3.1, as far as it is read here. */
export interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, Content> }
  responses?: Record<string, Answer>
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: unknown
}

interface Content {
  schema?: unknown
  examples?: Record<string, { readonly value: unknown }>
}

interface Answer {
  description?: string
  headers?: Record<string, unknown>
  content?: Record<string, Content>
  $ref?: string
}

/** Who may call it: a person's or a program's token, a worker, or anybody. */
type Audience = 'token' | 'worker' | 'anybody'

/**
 * What the rules of the whole API add to a route's own description: its chapter and name, the headers that it takes and
 * answers, and how it refuses. `isReadable`: there is a GET of the same path, which gives an ETag.
 */
export function completed(operation: Operation, method: string, path: string, isReadable: boolean): Operation {
  const audience = audienceOf(path)
  const answers = Object.entries(operation.responses ?? {}).filter(([status]) => /^[1-3]/.test(status))
  const { default: _refused, ...own } = operation.responses ?? {}
  const operationId = operationName({
    method,
    path,
    isCreation: answers.some(([status]) => status === '201'),
    isList: answers.some(([, answer]) => isPage(answer)),
  })
  const description = operation.description ?? operationWords[operationId]
  const conditions = isReadable ? conditionTaken[method] : undefined
  const statuses = statusesRefused(operation, method, path, audience, conditions === 'IfMatch')
  return {
    operationId,
    summary: operation.summary ?? 'Open the page',
    ...(description !== undefined && { description }),
    tags: [tagOf(path).name],
    // Prometheus shows a token too.
    ...(audience !== 'token' && path !== '/metrics' && { security: audience === 'worker' ? [{ worker: [] }] : [] }),
    parameters: [
      ...(operation.parameters ?? []).map(describedParameter),
      ...headersTaken(method, path, audience, conditions).map(
        (name) => ({ $ref: `#/components/parameters/${name}` }) as unknown as Parameter,
      ),
    ],
    ...(operation.requestBody && { requestBody: described(operation.requestBody, operationId) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(own).map(([status, answer]) => [
          status,
          answer.$ref
            ? answer
            : {
                ...answer,
                description: answer.description || 'Done',
                headers: headersAnswered(method, audience, status),
              },
        ]),
      ),
      ...refusals(statuses),
      ...(statuses.length > 0 && { default: { $ref: '#/components/responses/Refused' } }),
    },
  }
}

function audienceOf(path: string): Audience {
  if (path.startsWith('/worker/')) return 'worker'
  return path.startsWith('/v1/') && !/^\/v1\/(playback|beacons|session)\b/.test(path) ? 'token' : 'anybody'
}

const isPage = (answer: Answer) =>
  JSON.stringify(answer.content?.['application/json']?.schema ?? {}).includes('"next_cursor"')

const describedParameter = (parameter: Parameter): Parameter => {
  const description = parameter.description ?? parameterWords[`${parameter.in} ${parameter.name}`]
  return { ...parameter, ...(description !== undefined && { description }) }
}

function described(
  { content = {}, ...body }: NonNullable<Operation['requestBody']>,
  operationId: string,
): NonNullable<Operation['requestBody']> {
  const values = requestExamples[operationId]
  const examples = values && Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]))
  const schema = requestSchemas[operationId]
  const more = {
    ...(schema !== undefined && { schema: { $ref: `#/components/schemas/${schema}` } }),
    ...(examples && { examples }),
  }
  return {
    ...body,
    content: Object.fromEntries(Object.entries(content).map(([type, each]) => [type, { ...each, ...more }])),
  }
}

const conditionTaken: Readonly<Record<string, string>> = {
  get: 'IfNoneMatch',
  patch: 'IfMatch',
  put: 'IfMatch',
  delete: 'IfMatch',
}

/** Names of `components/parameters`. */
function headersTaken(method: string, path: string, audience: Audience, condition: string | undefined): string[] {
  return [
    ...(audience === 'token' && method === 'post' ? ['IdempotencyKey'] : []),
    ...(audience === 'token' && condition !== undefined ? [condition] : []),
    ...(path === '/v1/stream' ? ['LastEventId'] : []),
    ...(path === '/v1/export' || path === '/v1/import' ? ['Passphrase'] : []),
  ]
}

function headersAnswered(method: string, audience: Audience, status: string): Record<string, { $ref: string }> {
  const names = ['RequestId']
  if (audience === 'token') names.push('RateLimit', 'RateLimitPolicy')
  if (audience === 'token' && status !== '204' && (method === 'get' || method === 'patch')) names.push('ETag')
  if (audience === 'token' && method === 'post') names.push('IdempotencyReplayed')
  return Object.fromEntries(names.map((name) => [headerNames[name] ?? name, { $ref: `#/components/headers/${name}` }]))
}

const headerNames: Readonly<Record<string, string>> = {
  RequestId: 'X-Request-Id',
  RateLimitPolicy: 'RateLimit-Policy',
  IdempotencyReplayed: 'Idempotency-Replayed',
}

/** How what is not of the API refuses, and what else of it does. */
const refusedToo: readonly (readonly [path: RegExp, statuses: readonly number[]])[] = [
  [/^\/v1\/session(s|\/|$)/, [401, 403]],
  [/^\/v1\/playback\//, [403]],
  [/^\/live\/\{liveStreamId\}\/whip/, [400, 401, 403, 404, 405, 409, 413, 415, 429, 503]],
  [/^\/live\/\{name\}/, [403, 404, 503, 504]],
  [/^\/embed\//, [403, 404]],
  [/^\/oembed/, [400, 401, 404, 501]],
]

/** None for pages: they refuse as pages. */
function statusesRefused(
  { requestBody }: Operation,
  method: string,
  path: string,
  audience: Audience,
  takesIfMatch: boolean,
): number[] {
  const more = refusedToo.flatMap(([pattern, statuses]) => (pattern.test(path) ? statuses : []))
  if (!path.startsWith('/v1/') && !path.startsWith('/worker/')) return more
  const changes = method !== 'get'
  const statuses = [
    400,
    ...(audience === 'anybody' ? [] : [401, 403]),
    ...(path.includes('{') ? [404] : []),
    ...(method === 'get' ? [406] : []),
    ...(changes ? [409] : []),
    ...(takesIfMatch ? [412] : []),
    ...(requestBody ? [413, 415] : []),
    ...(changes ? [422] : []),
    429,
    500,
    ...more,
  ]
  return [...new Set(statuses)].sort((one, other) => one - other)
}

const refusals = (statuses: readonly number[]) =>
  Object.fromEntries(statuses.map((status) => [String(status), { $ref: `#/components/responses/Refused${status}` }]))

/** What the answers of each status that refuses can be, for `components/responses`. */
export function refusedAnswers(): Record<string, unknown> {
  const codes = new Map<number, string[]>()
  for (const [code, [status, title]] of Object.entries(problemCodes))
    codes.set(status, [...(codes.get(status) ?? []), `\`${code}\`: ${title}.`])
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return {
    Refused: { description: 'Refused; `code` says why (see /docs/errors).', content },
    ...Object.fromEntries(
      [...codes].map(([status, words]) => [`Refused${status}`, { description: words.join(' '), content }]),
    ),
  }
}
