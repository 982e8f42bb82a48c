import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestControl, type TestControl } from '../../support/control-server.ts'

let control: TestControl
beforeAll(async () => {
  control = await startTestControl()
})
afterAll(() => control.stop())

const large = 'x'.repeat(1_000_000)

it.each([
  ['too large', 413, { method: 'POST', body: `{"name":"${large}"}`, headers: { 'content-type': 'application/json' } }],
  ['of a type that is not taken', 415, { method: 'POST', body: large, headers: { 'content-type': 'image/gif' } }],
])('a body that is %s is not read, and the connection ends with the answer', async (_, status, init) => {
  const path = status === 413 ? '/v1/live-streams' : '/v1/assets'
  const headers = { ...init.headers, authorization: `Bearer ${control.token}` }
  const answer = await fetch(`${control.url}${path}`, { ...init, headers })
  expect([answer.status, answer.headers.get('connection')]).toEqual([status, 'close'])
})

it('a request that was read leaves the connection open', async () => {
  const answer = await control.call('POST', '/v1/live-streams', { name: 5 })
  expect([answer.status, answer.headers.get('connection')]).toEqual([422, 'keep-alive'])
  expect((await control.call('GET', '/v1/live-streams')).headers.get('connection')).toBe('keep-alive')
})
