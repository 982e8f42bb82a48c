import { Hono } from 'hono'
import type * as v from 'valibot'
import { expect, it } from 'vitest'
import { readControlConfig } from '#control/config.ts'
import { isNestedTooDeep } from '#control/middleware/nesting.ts'
import { problemHandler } from '#control/middleware/problems.ts'
import { jsonBody } from '#control/middleware/validate.ts'
import { createDestination } from '#schema/contracts/destination.ts'
import { createLiveStream } from '#schema/contracts/live-stream.ts'
import type { Problem } from '#schema/problem.ts'

/** What is said of a body, by pointer. */
async function refusals(schema: v.GenericSchema, body: object) {
  const app = new Hono()
  app.onError(problemHandler({ log: { info() {}, warn() {}, error() {} }, config: readControlConfig({}) }))
  app.post('/', jsonBody(schema), (c) => c.json({}))
  const headers = { 'content-type': 'application/json' }
  const answer = await app.request('/', { method: 'POST', headers, body: JSON.stringify(body) })
  const { errors = [] } = (await answer.json()) as Problem
  return Object.fromEntries(errors.map(({ pointer, detail }) => [pointer, detail]))
}

const profileWords = expect.stringContaining('or an object with a `height`')
it.each<[profile: unknown, Record<string, unknown>]>([
  [{ height: 360, framing: 'stretch' }, { '/profile/framing': 'Must be one of: "crop", "blur".' }],
  [{ fps: 30 }, { '/profile/height': 'This field is needed.' }],
  [
    { height: -4, fps: 1_000, orientation: 'diagonal' },
    {
      '/profile/height': 'Must be at least 120.',
      '/profile/fps': 'Must be at most 60.',
      '/profile/orientation': 'Must be one of: "landscape", "vertical".',
    },
  ],
  [null, { '/profile': profileWords }],
  [720, { '/profile': profileWords }],
  ['best', { '/profile': profileWords }],
])('of the profile %j it is said which field is wrong and what is allowed', async (profile, expected) => {
  const destination = { url: 'rtmp://host/app', stream_key: 'key', profile }
  expect(await refusals(createDestination, destination)).toEqual(expected)
})

it.each([
  ['ladder', '720p', '/ladder', 'such as {"preset": "720p"}: `auto`, `source`, `240p`'],
  ['ladder', { preset: '999p' }, '/ladder/preset', '`2160p`, or `custom`'],
  ['ladder', {}, '/ladder/preset', 'Use an object with a `preset`'],
  ['source', 'push', '/source', 'such as {"type": "push"}: `push`, `pull`, `channel` or `test`'],
  ['slate', { during: 'card' }, '/slate/during', 'such as {"type": "card"}: `card`, `image` or `video`'],
])('of %s as %j it is said what to write', async (field, value, pointer, words) => {
  const said = await refusals(createLiveStream, { name: 'Lecture 1', [field]: value })
  expect(said).toEqual({ [pointer]: expect.stringContaining(words) })
})

it('refuses text that is not Unicode, wherever it stands', async () => {
  expect(await refusals(createLiveStream, { name: 'half \ud800' })).toEqual({
    '/name': expect.stringContaining('Unicode'),
  })
  const source = { type: 'pull', url: 'https://h.example/\udfff' }
  expect(await refusals(createLiveStream, { name: 'x', source })).toEqual({
    '/source/url': expect.stringContaining('Unicode'),
  })
  expect(await refusals(createLiveStream, { name: 'whole 🏔️' })).toEqual({})
})

it('refuses what is nested without end, and takes brackets in texts for texts', () => {
  const nested = (depth: number) => `${'{"a":['.repeat(depth / 2)}${']}'.repeat(depth / 2)}`
  expect(
    [nested(64), nested(66), `{"a":"${'[{'.repeat(200)}\\\\"}`, `["\\"${'['.repeat(99)}"]`].map(isNestedTooDeep),
  ).toEqual([false, true, false, false])
})
