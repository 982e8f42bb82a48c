import fc from 'fast-check'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '#control/app.ts'
import type { OpenApiDocument } from '#control/openapi/document.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { problemSchema } from '#schema/problem.ts'
import { startTestControl, type TestControl } from '../support/control-server.ts'
import { documented } from '../support/documented.ts'
import type { FakeWorker } from '../support/fake-worker.ts'
import { addWorker } from '../support/jobs.ts'
import { fitting, hostile, mutated, planted } from './api-bodies.ts'

/** Requests to each route; `FUZZ_ROUNDS=1000 vitest run tests/fuzz/api.test.ts` looks longer, with FUZZ_SEED elsewhere. */
const rounds = Number(process.env.FUZZ_ROUNDS ?? 12)
const seed = Number(process.env.FUZZ_SEED ?? 1)

interface Operation {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

let control: TestControl
let app: ReturnType<typeof createApp>
let document: OpenApiDocument
let worker: FakeWorker
let ids: Record<string, string[]>

beforeAll(async () => {
  const log = {
    debug() {},
    info() {},
    warn() {},
    error: (fields: object, words: string) => failures.push({ words, fields }),
  }
  control = await startTestControl({ environment: { WEIR_RATE_LIMIT: '0' }, choresEveryMs: 3_600_000, log })
  app = createApp(control.runtime)
  document = (await (await fetch(`${control.url}/openapi.json`)).json()) as OpenApiDocument
  worker = await addWorker(control)
  const inputs = [
    { type: 'push' },
    { type: 'pull', url: `https://u:${planted}@h.example/a.m3u8` },
    { type: 'channel', url: 'https://www.twitch.tv/name', oauth_token: 'abcdef' },
    { type: 'test' },
  ]
  const stream = (await (await control.call('POST', '/v1/live-streams', { name: 'Fuzz', inputs })).json()) as LiveStream
  const made = async (path: string, body: unknown) =>
    ((await (await control.call('POST', path, body)).json()) as { id: string }).id
  const destination = { url: 'rtmp://h.example/app', stream_key: planted }
  ids = {
    'live-streams': [stream.id],
    inputs: stream.inputs.map(({ id }) => id),
    destinations: [await made(`/v1/live-streams/${stream.id}/destinations`, destination)],
    'playback-ids': stream.playback_ids.map(({ id }) => id),
    tokens: [await made('/v1/tokens', { name: 'fuzz', scopes: ['read'] })],
    workers: [worker.id],
  }
})
afterAll(() => control.stop())

/** What control logged as a fault of its own. */
const failures: { words: string; fields: object }[] = []

const strangeIds = [
  'ls_none',
  '%00',
  '%ff',
  '..%2f..',
  '%F0%9F%8F%B3',
  "'%3B--",
  'a'.repeat(300),
  '__proto__',
  '-1',
  '%20',
]

/** The address with an id in each place: one that is there, or a strange one. */
function address(path: string, at: number, method: string): string {
  const parts = path.split('/')
  return parts
    .map((part, index) => {
      if (!part.startsWith('{')) return part
      const real = ids[parts[index - 1] ?? ''] ?? []
      // What all others need must not go.
      const all = method === 'delete' ? strangeIds : [...real, ...real, ...real, ...real, ...strangeIds]
      return all[(at + index) % all.length]
    })
    .join('/')
}

const queries = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  fc.constantFrom(
    '?limit=0',
    '?limit=1e3',
    '?cursor=%00',
    '?cursor=W10',
    '?cursor=WzEsImEiXQ',
    '?dry_run=1',
    '?dry_run=x',
    '?limit=2&limit=3',
  ),
  fc.constantFrom(
    '?from=x&to=y',
    '?from=2026-01-01T00:00:00Z&step=0',
    '?__proto__=1',
    '?a[b]=c',
    '?%ff=%fe',
    '?format=csv',
    '?level=debug',
  ),
)

async function send({ method, path }: Operation, target: string, body: string | undefined): Promise<void> {
  const token = path.startsWith('/worker/') ? await worker.token() : control.token
  const request = new Request(`${control.url}${target}`, {
    method: method.toUpperCase(),
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      }),
    },
    ...(body !== undefined && { body }),
  })
  const answer = await app.request(request)
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) return answer.body?.cancel()
  await documented(control.url, method.toUpperCase(), target, answer)
  const text = await answer.text()
  if (answer.status >= 500)
    throw new Error(`${answer.status}: ${text.slice(0, 300)} ${JSON.stringify(failures.at(-1))}`)
  if (answer.status < 400) return
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  v.parse(problemSchema, JSON.parse(text))
  expect(text).not.toContain(planted)
}

/** Tries that wait for a worker's answer, or for the next change, are told of elsewhere. */
const isLeftOut = (path: string) => /\/destinations\/check$|^\/v1\/stream$|\/poll$/.test(path)

const operations = (): Operation[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    isLeftOut(path) || !/^\/(worker\/)?v1\//.test(path)
      ? []
      : Object.entries(methods).map(([method, { requestBody }]) => ({
          method,
          path,
          body: requestBody?.content?.['application/json']?.schema,
        })),
  )

describe('whatever is sent to the API', () => {
  it(`is answered, or refused in words that repeat no secret: ${rounds} bodies for each route`, {
    timeout: 3_600_000,
  }, async () => {
    for (const operation of operations().filter(({ body }) => body !== undefined)) {
      const fits = fitting(operation.body, document.components.schemas)
      const bodies = fc.oneof(
        { weight: 4, arbitrary: fits },
        { weight: 6, arbitrary: mutated(fits) },
        { weight: 2, arbitrary: hostile },
      )
      const sent = fc.asyncProperty(bodies, queries, fc.nat(200), async (body, query, at) =>
        send(operation, address(operation.path, at, operation.method) + query, JSON.stringify(body)),
      )
      await check(operation, sent, rounds)
    }
  })

  it('without a body, or with one that is no JSON, is answered or refused too', { timeout: 3_600_000 }, async () => {
    const texts = fc.constantFrom(
      undefined,
      undefined,
      '',
      '{',
      '{"a":1}',
      '[]',
      'null',
      '"\\ud800"',
      '\u0000',
      '{"a":1}{"b":2}',
      '[['.repeat(5_000),
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`,
    )
    for (const operation of operations()) {
      const reads = operation.method === 'get'
      const sent = fc.asyncProperty(texts, queries, fc.nat(200), async (text, query, at) =>
        send(operation, address(operation.path, at, operation.method) + query, reads ? undefined : text),
      )
      await check(operation, sent, Math.ceil(rounds / 4))
    }
  })
})

async function check<Given>({ method, path }: Operation, property: fc.IAsyncProperty<Given>, numRuns: number) {
  try {
    await fc.assert(property, { seed, numRuns })
  } catch (error) {
    throw new Error(`${method} ${path}`, { cause: error })
  }
}
