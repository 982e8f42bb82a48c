import { problemCodes } from '#schema/problem.ts'
import { operationName } from './operation-names.ts'
import { tagOf } from './tags.ts'

/** An operation of OpenAPI 3.1, as far as it is read here. */
export interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: Record<string, string[]>[]
  parameters?: Parameter[]
  requestBody?: { content?: Record<string, { schema?: unknown }> }
  responses?: Record<string, Answer>
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: unknown
}

interface Answer {
  description?: string
  headers?: Record<string, unknown>
  content?: Record<string, { schema?: unknown }>
  $ref?: string
}

/** Who may call it: a person's or a program's token, a worker, or anybody. */
type Audience = 'token' | 'worker' | 'anybody'

/**
 * What the rules of the whole API add to a route's own description: its chapter and name, the headers that it takes and
 * answers, and how it refuses.
 */
export function completed(operation: Operation, method: string, path: string): Operation {
  const audience = audienceOf(path)
  const isApi = path.startsWith('/v1/') || path.startsWith('/worker/')
  const answers = Object.entries(operation.responses ?? {}).filter(([status]) => /^[1-3]/.test(status))
  const { default: _refused, ...own } = operation.responses ?? {}
  return {
    operationId: operationName({
      method,
      path,
      isCreation: answers.some(([status]) => status === '201'),
      isList: answers.some(([, answer]) => isPage(answer)),
    }),
    summary: operation.summary ?? 'Open the page',
    ...(operation.description !== undefined && { description: operation.description }),
    tags: [tagOf(path).name],
    // Prometheus shows a token too.
    ...(audience !== 'token' && path !== '/metrics' && { security: audience === 'worker' ? [{ worker: [] }] : [] }),
    parameters: [...(operation.parameters ?? []).map(describedParameter), ...headersTaken(method, audience)],
    ...(operation.requestBody && { requestBody: operation.requestBody }),
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
      ...(isApi && refusals(statusesRefused(operation, method, path, audience))),
      ...(isApi && { default: { $ref: '#/components/responses/Refused' } }),
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

const parameterWords: Readonly<Record<string, string>> = {
  'query limit': 'How many to list at most.',
  'query cursor': '`next_cursor` of the page before.',
  'query dry_run': '1: only say what the change would do.',
  'path id': 'The id of the resource.',
}

function headersTaken(method: string, audience: Audience): Parameter[] {
  if (audience !== 'token') return []
  const names =
    { post: ['IdempotencyKey'], patch: ['IfMatch'], put: ['IfMatch'], delete: ['IfMatch'], get: ['IfNoneMatch'] }[
      method
    ] ?? []
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }) as unknown as Parameter)
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

function statusesRefused({ requestBody }: Operation, method: string, path: string, audience: Audience): number[] {
  const changes = method !== 'get'
  return [
    400,
    ...(audience === 'anybody' ? [] : [401, 403]),
    ...(path.includes('{') ? [404] : []),
    ...(method === 'get' ? [406] : []),
    ...(changes ? [409] : []),
    ...(changes && method !== 'post' ? [412] : []),
    ...(requestBody ? [413, 415] : []),
    ...(changes ? [422] : []),
    429,
    500,
  ]
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
