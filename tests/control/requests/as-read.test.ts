import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from '#control/app.ts'
import type { Database } from '#control/db/database.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'
import { addStream, addWorker } from '../../support/jobs.ts'
import { addUser } from '../access/credentials.ts'

let control: TestControl
// What keeps the time of its last change gets another with each request.
let nowMs = Date.now()
beforeAll(async () => {
  control = await startTestControl({ now: () => new Date(nowMs++), choresEveryMs: 3_600_000 })
})
afterAll(() => control.stop())

type App = ReturnType<typeof createApp>

const ask = (app: App, method: string, path: string, ifMatch?: string, body?: object) =>
  app.request(`http://control.invalid${path}`, {
    method,
    headers: {
      authorization: `Bearer ${control.token}`,
      ...(ifMatch && { 'if-match': ifMatch }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
const etagOf = (answer: Response | undefined) => answer?.headers.get('etag') ?? 'none'

const make = async (path: string, body: object) => {
  const { id } = (await (await control.call('POST', path, body)).json()) as { id: string }
  return `${path}/${id}`
}
const ofStream = async (made: (stream: LiveStream, path: string) => string | Promise<string>) => {
  const stream = await addStream(control)
  return made(stream, `/v1/live-streams/${stream.id}`)
}

/** What can be changed: where a new one is, and two changes of it. */
const changeable: Record<string, readonly [() => Promise<string>, object, object]> = {
  'a live stream': [() => ofStream((_, path) => path), { name: 'Mine' }, { reconnect_window: 7 }],
  'an input': [
    () => ofStream((_, path) => make(`${path}/inputs`, { type: 'test' })),
    { name: 'Mine' },
    { priority: 7 },
  ],
  'a destination': [
    () => ofStream((_, path) => make(`${path}/destinations`, { url: 'rtmp://h.example/app', stream_key: 'k' })),
    { name: 'Mine' },
    { enabled: false },
  ],
  'a playback id': [
    () => ofStream(({ playback_ids: [first] }, path) => `${path}/playback-ids/${first?.id}`),
    { policy: 'signed' },
    { allowed_origins: ['https://a.example'] },
  ],
  'a webhook': [() => make('/v1/webhooks', { url: 'https://h.example/' }), { description: 'Mine' }, { enabled: false }],
  'a token': [
    () => make('/v1/tokens', { name: 'Shared' }),
    { name: 'Mine' },
    { expires_at: '2099-01-01T00:00:00.000Z' },
  ],
  'a person': [
    async () => `/v1/users/${(await addUser(control, 'Shared', 'viewer')).id}`,
    { name: 'Mine' },
    { role: 'operator' },
  ],
  'a worker': [
    async () => `/v1/workers/${(await addWorker(control)).id}`,
    { labels: ['hall=mine'] },
    { name: 'Theirs' },
  ],
}
const settings: typeof changeable = {
  'the settings of the install': [
    async () => '/v1/settings',
    { brand: { name: 'Mine' } },
    { slate: { during: { type: 'card', text: 'Theirs' } }, copyright_profile: { owner: 'Theirs' } },
  ],
  'the rules of alerts': [
    async () => '/v1/alert-rules',
    { reminder_hours: 7 },
    { rules: [{ kind: 'source_down', enabled: false }] },
  ],
  'the levels of logs': [async () => '/v1/log-levels', { control: 'error' }, { workers: 'debug' }],
}

describe.each(Object.entries({ ...changeable, ...settings }))('%s', (_, [made, mine, theirs]) => {
  it('takes one of several changes at once that know the same of it, in whichever process', async () => {
    const [here, there] = [createApp(control.runtime), createApp({ ...control.runtime })]
    const path = await made()
    const etag = etagOf(await ask(here, 'GET', path))
    const wanted = [mine, theirs, mine, theirs]
    const answers = await Promise.all(
      wanted.map((body, index) => ask(index % 2 === 0 ? here : there, 'PATCH', path, etag, body)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412])
    const done = answers.findIndex(({ status }) => status === 200)
    const other = wanted[done] === mine ? theirs : mine
    // What came with the answer is good for the next change, and of the two nothing is lost.
    const next = await ask(there, 'PATCH', path, etagOf(answers[done]), other)
    expect(next.status).toBe(200)
    const after = (await (await ask(here, 'GET', path, undefined)).json()) as object
    for (const body of [mine, theirs])
      expect((await ask(here, 'PATCH', path, etagOf(await ask(here, 'GET', path)), body)).status).toBe(200)
    expect(configured(await (await ask(here, 'GET', path)).json())).toEqual(configured(after))
  })
})

/** Without what changes by itself. */
function configured(answer: unknown) {
  const { updated_at: _, revision: __, ...rest } = answer as Record<string, unknown>
  return rest
}

/** The API in a process in whose way, as it begins to write, `before` comes once. */
function interruptedApp(before: () => Promise<unknown>): App {
  let isOver = false
  const db = new Proxy(control.runtime.db, {
    get(target, name) {
      const value = Reflect.get(target, name)
      if (name !== 'batch') return typeof value === 'function' ? value.bind(target) : value
      return async (statements: readonly { toSQL?(): { sql: string } }[]) => {
        const writes = statements.some((each) => /^(update|delete)/i.test(each.toSQL?.().sql ?? ''))
        if (writes && !isOver) {
          isOver = true
          await before()
        }
        return target.batch(statements as never)
      }
    },
  }) as Database
  return createApp({ ...control.runtime, db })
}

describe('changed by another process at the last moment', () => {
  const interrupted = async (method: string, path: string, mine: object | undefined, theirs: object) => {
    const there = createApp(control.runtime)
    const here = interruptedApp(async () => {
      expect((await ask(there, 'PATCH', path, undefined, theirs)).status).toBe(200)
    })
    const query = method === 'DELETE' && path.startsWith('/v1/workers') ? '?force=1' : ''
    const answer = await ask(here, method, path + query, etagOf(await ask(there, 'GET', path)), mine)
    expect([answer.status, (await answer.json()).code]).toEqual([412, 'precondition_failed'])
    const now = await ask(there, 'GET', path)
    expect(await now.json()).toMatchObject(theirs)
    // By one who has read that, it is done.
    expect((await ask(there, method, path + query, etagOf(now), mine)).ok).toBe(true)
  }

  it.each(Object.entries(changeable))('%s is not changed', async (_, [made, mine, theirs]) =>
    interrupted('PATCH', await made(), mine, theirs),
  )

  it.each(Object.entries(changeable))('%s is not deleted', async (_, [made, , theirs]) =>
    interrupted('DELETE', await made(), undefined, theirs),
  )

  it('the settings of the install are not changed', () =>
    interrupted('PATCH', '/v1/settings', { brand: { name: 'Ours' } }, { brand: { name: 'Others' } }))
})
