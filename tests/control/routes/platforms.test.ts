import * as v from 'valibot'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { platformIds, platformSchema } from '#schema/contracts/platform.ts'
import { platforms } from '#schema/platforms.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())

const answerSchema = v.strictObject({ data: v.array(platformSchema), next_cursor: v.null() })

it('answers the whole catalogue, each entry as the contract has it', async () => {
  const answer = await control.call('GET', '/v1/platforms')
  expect(answer.status).toBe(200)
  expect(v.parse(answerSchema, await answer.json()).data).toEqual(platforms)
})

it('answers nobody without a token', async () => {
  const answer = await fetch(`${control.url}/v1/platforms`)
  expect(answer.status).toBe(401)
  expect(await answer.json()).toMatchObject({ code: 'unauthorized' })
})

it('takes no other method', async () => {
  const answer = await control.call('POST', '/v1/platforms', {})
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
})

it('is described for programs, with the ids to choose from', async () => {
  const document = await (await fetch(`${control.url}/openapi.json`)).json()
  const operation = document.paths['/v1/platforms'].get
  expect(operation.summary).toContain('platforms')
  const { items } = operation.responses[200].content['application/json'].schema.properties.data
  expect(items).toEqual({ $ref: '#/components/schemas/Platform' })
  const entry = document.components.schemas.Platform
  expect(entry.properties.id.enum).toEqual([...platformIds])
  expect(entry.required).toEqual(Object.keys(platformSchema.entries))
})
