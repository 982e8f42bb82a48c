import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '#control/app.ts'
import type { OpenApiDocument } from '#control/openapi/document.ts'
import type { Operation } from '#control/openapi/operation.ts'
import { operationWords, requestExamples } from '#control/openapi/operation-words.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { documented, UndocumentedAnswer } from '../../support/documented.ts'

let document: OpenApiDocument
let routes: string[]
let url: string
let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
  const app = createApp(control.runtime)
  // What any method goes through, and what a preflight learns, is no route of its own.
  routes = app.routes.flatMap(({ method, path }) =>
    method === 'ALL' || method === 'OPTIONS' ? [] : [`${method} ${path}`],
  )
  url = control.url
  document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApiDocument
  return () => control.stop()
})

const operations = (): (Operation & { method: string; path: string })[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  )
const inApi = ({ path }: { path: string }) => /^\/(worker\/)?v1\//.test(path)

/** The routes of the HTTP API, as they were designed; `:` stands for an id. */
const designed = {
  'live streams': `POST GET /v1/live-streams, GET PATCH DELETE /v1/live-streams/:, POST /v1/live-streams/:/enable,
    POST /v1/live-streams/:/disable, POST /v1/live-streams/:/complete, POST /v1/live-streams/:/reset-stream-key,
    POST /v1/live-streams/:/reveal, GET /v1/live-streams/:/events, GET /v1/live-streams/:/metrics, GET /v1/live-streams/:/logs`,
  destinations: `POST GET /v1/live-streams/:/destinations, PATCH DELETE /v1/live-streams/:/destinations/:,
    POST /v1/live-streams/:/destinations/:/retry, POST /v1/live-streams/:/destinations/check`,
  'playback ids': 'POST GET /v1/live-streams/:/playback-ids, DELETE /v1/live-streams/:/playback-ids/:',
  'the catalogue': 'GET /v1/platforms, GET /v1/ladders, POST /v1/plan',
  workers: 'POST /v1/join-tokens, GET /v1/workers, PATCH DELETE /v1/workers/:',
  access: 'POST GET /v1/tokens, DELETE /v1/tokens/:, POST GET DELETE /v1/session',
  webhooks: `POST GET /v1/webhooks, PATCH DELETE /v1/webhooks/:, GET /v1/webhooks/:/deliveries,
    POST /v1/webhooks/:/deliveries/:/replay`,
  'live updates': 'GET /v1/stream',
  viewers: 'GET /v1/playback/:, POST /v1/beacons, GET /live/:/:, GET /embed/:, GET /oembed',
  'worker hosts': `POST /worker/v1/join, POST /worker/v1/poll, POST /worker/v1/publish-claims, POST /worker/v1/heartbeat,
    GET /.well-known/jwks.json`,
  operations: 'GET /healthz, GET /readyz, GET /metrics, GET /openapi.json, GET /docs',
}

describe('the document of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never)
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined })
    expect(document.openapi).toMatch(/^3\.1\./)
    expect(document.servers).toEqual([{ url }])
  })

  it('has each route of the app', () => {
    const known = new Set(operations().map(({ method, path }) => `${method.toUpperCase()} ${path}`))
    const missing = [...new Set(routes)].filter(
      // A file of a folder: the address is a pattern and no operation.
      (route) =>
        !known.has(route.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}').replace(/\*$/, '{path}')) &&
        !/ \/(assets|player@1)\/\*$/.test(route),
    )
    expect(missing).toEqual([])
  })

  it.each(Object.entries(designed))('has all of what the design wants of %s', (_, wanted) => {
    const known = new Set(
      operations().map(({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, ':')}`),
    )
    const routes = wanted.split(/\s*,\s*/).flatMap((each) => {
      const [, methods = '', path = ''] = /^([A-Z ]+) (\/.*)$/.exec(each) ?? []
      return methods.split(' ').map((method) => `${method} ${path}`)
    })
    expect(routes.filter((route) => !known.has(route))).toEqual([])
  })

  it('says of each what it does, under a name and in a chapter of its own', () => {
    const all = operations()
    expect(all.length).toBeGreaterThan(60)
    expect(new Set(all.map(({ operationId }) => operationId)).size).toBe(all.length)
    const chapters = new Set(document.tags.map(({ name }) => name))
    for (const { operationId, summary, tags, path } of all) {
      expect(operationId).toMatch(/^[a-z][a-zA-Z0-9]+$/)
      expect({ path, summary: summary ?? '' }).toEqual({ path, summary: expect.stringMatching(/^[A-Z].+[^.]$/) })
      expect(chapters.has(tags?.[0] ?? '')).toBe(true)
    }
    expect(all.filter(inApi).filter(({ summary }) => summary === 'Open the page')).toEqual([])
  })

  it('lists for each operation of the API what it answers, and how it refuses', () => {
    for (const { method, path, responses = {}, requestBody, parameters = [] } of operations().filter(inApi)) {
      const name = `${method} ${path}`
      const statuses = Object.keys(responses)
      expect({ name, answers: statuses.some((status) => /^2/.test(status)) }).toEqual({ name, answers: true })
      expect(statuses).toEqual(expect.arrayContaining(['400', '429', '500', 'default']))
      if (requestBody)
        expect({ name, statuses }).toEqual({ name, statuses: expect.arrayContaining(['413', '415', '422']) })
      if (path.includes('{')) expect(statuses).toContain('404')
      const inPath = parameters.filter((each) => each.in === 'path').map((each) => `{${each.name}}`)
      expect({ name, inPath: inPath.sort() }).toEqual({ name, inPath: (path.match(/\{\w+\}/g) ?? []).sort() })
    }
  })

  it('says what each field and parameter is', () => {
    const silent: string[] = []
    const look = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return
      for (const [name, field] of Object.entries((node as { properties?: object }).properties ?? {}))
        if (!(field as { description?: string }).description) silent.push(`${path}.${name}`)
      for (const [key, member] of Object.entries(node)) if (key !== 'examples') look(member, `${path}.${key}`)
    }
    look(document.components.schemas, 'schemas')
    look(document.paths, 'paths')
    for (const { operationId, parameters = [] } of operations())
      for (const { name, description } of parameters)
        if (name !== undefined && !description) silent.push(`${operationId}?${name}`)
    expect(silent).toEqual([])
    const { LiveStream } = document.components.schemas as Record<string, { description: string; properties: object }>
    expect(LiveStream?.description).toContain('Secrets stand in it only after creation')
    expect(LiveStream?.properties).toMatchObject({
      id: { examples: [expect.stringMatching(/^ls_\w{20}$/)] },
      status_since: { description: 'Since when the status holds, RFC 3339.', format: 'date-time' },
      source: { properties: { now: { description: 'What it sends; null: nothing.' } } },
    })
  })

  it('has examples that are what it asks for, and words for operations that there are', () => {
    const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false })
    ajv.addSchema(document, 'openapi')
    const names = new Set(operations().map(({ operationId = '' }) => operationId))
    const unknown = [...Object.keys(operationWords), ...Object.keys(requestExamples)].filter((name) => !names.has(name))
    expect(unknown).toEqual([])
    for (const { operationId = '', path, method, requestBody } of operations()) {
      const examples = Object.entries(requestBody?.content?.['application/json']?.examples ?? {})
      expect(examples.length).toBe(Object.keys(requestExamples[operationId] ?? {}).length)
      const place = `/paths/${path.replaceAll('/', '~1')}/${method}/requestBody/content/application~1json/schema`
      for (const [name, { value }] of examples) {
        const validate = ajv.getSchema(`openapi#${encodeURI(place)}`)
        expect({ operationId, name, fits: validate?.(value), errors: validate?.errors ?? null }).toEqual({
          ...{ operationId, name, fits: true },
          errors: null,
        })
      }
    }
  })

  it('refers to nothing that is not there', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
    const missing = refs.filter((path) => {
      const found = path
        .split('/')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
      return found === undefined
    })
    expect([...new Set(missing)]).toEqual([])
  })

  it('says who may call: with a token or a session, as a worker, or anybody', () => {
    const of = (path: string, method: string) => document.paths[path]?.[method]?.security
    expect(of('/v1/live-streams', 'post')).toBeUndefined()
    expect(of('/worker/v1/heartbeat', 'post')).toEqual([{ worker: [] }])
    expect(of('/v1/playback/{playbackId}', 'get')).toEqual([])
  })

  it('names what is used in several places once', () => {
    expect(document.paths['/v1/live-streams/{id}']?.get?.responses?.['200']?.content).toEqual({
      'application/json': { schema: { $ref: '#/components/schemas/LiveStream' } },
    })
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['LiveStream', 'CreateLiveStream', 'Destination', 'Input', 'Problem']),
    )
  })
})

it('types a client that calls the API', async () => {
  const made = await control.client['live-streams'].$post({ json: { name: 'Typed', source: { type: 'test' } } })
  const stream = await made.json()
  const name: string = stream.name
  const path = { param: { id: stream.id } }
  // @ts-expect-error: there is no such field, which control says too.
  const wrong = await control.client['live-streams'][':id'].$patch({ ...path, query: {}, json: { title: 'x' } })
  expect([made.status, name, stream.source.type, wrong.status]).toEqual([201, 'Typed', 'test', 422])
})

describe('an answer in a test', () => {
  const answer = (body: unknown, status = 200) => Response.json(body, { status })

  it('is thrown back where it is not as documented', async () => {
    const wrong = [
      ['GET', '/v1/workers', answer({ data: [{ id: 5 }], next_cursor: null })],
      ['GET', '/v1/workers', answer({ data: [], next_cursor: null, more: true })],
      ['GET', '/v1/workers', answer({}, 202)],
      ['GET', '/v1/nowhere', answer({})],
      ['POST', '/v1/workers', answer({})],
    ] as const
    for (const [method, path, response] of wrong)
      await expect(documented(url, method, path, response)).rejects.toThrow(UndocumentedAnswer)
    const right = answer({ data: [], next_cursor: null })
    expect(await documented(url, 'GET', '/v1/workers?limit=5', right)).toBe(right)
  })
})
