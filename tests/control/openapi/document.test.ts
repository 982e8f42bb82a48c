import { Validator } from '@seriousme/openapi-schema-validator'
import { beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '#control/app.ts'
import type { OpenApiDocument } from '#control/openapi/document.ts'
import type { Operation } from '#control/openapi/operation.ts'
import { startTestControl } from '../../support/control-server.ts'
import { documented, UndocumentedAnswer } from '../../support/documented.ts'

let document: OpenApiDocument
let routes: string[]
let url: string
beforeAll(async () => {
  const control = await startTestControl()
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

describe('the document of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as object)
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
