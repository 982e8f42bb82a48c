import { createServer, request as httpRequest, type ServerResponse } from 'node:http'
import { type AddressInfo, Server } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { openUnchanged } from '#control/node/open-database.ts'
import type { Log } from '#control/runtime.ts'
import { startTestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { startSqld } from '../../support/sqld.ts'

const cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const each of cleanUp.splice(0).reverse()) await each()
})

/** A libSQL server that stops answering when told to. */
async function startHangingDatabase() {
  const sqld = await startSqld()
  const held: ServerResponse[] = []
  let isHanging = false
  let delayMs = 0
  const server = createServer(async (request, response) => {
    if (isHanging) {
      held.push(response)
      return
    }
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    if (request.destroyed) return
    const { method, headers, url } = request
    const onward = httpRequest(new URL(url ?? '/', sqld.url), { method: method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await sqld.stop()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Without what stands between. */
    directUrl: sqld.url,
    held,
    hang: () => {
      isHanging = true
    },
    slowDown: (ms: number) => {
      delayMs = ms
    },
  }
}

it('closes within 3 s while its database hangs, and leaves no request of it open', async () => {
  const database = await startHangingDatabase()
  const control = await startTestControl({ environment: { WEIR_DATABASE_URL: database.url }, choresEveryMs: 10 })
  database.hang()
  await eventually('a chore waits for the database', () => database.held.length > 0)
  const since = performance.now()
  await control.stop()
  expect(performance.now() - since).toBeLessThan(8_000)
  await eventually('the requests are given up', () => database.held.every(({ destroyed }) => destroyed))
})

it('says that it has gone to a slow database, too, so that a restore may follow', async () => {
  const database = await startHangingDatabase()
  const control = await startTestControl({ environment: { WEIR_DATABASE_URL: database.url } })
  const direct = await openUnchanged({ kind: 'server', url: database.directUrl, token: undefined })
  cleanUp.push(() => direct.close())
  const seen = async () =>
    (await direct.execute([{ sql: "SELECT 1 FROM install_settings WHERE name = 'control_seen'", params: [] }]))[0]
  expect(await seen()).toHaveLength(1)
  database.slowDown(600)
  await control.stop()
  expect(await seen()).toEqual([])
})

it('goes on after connections that could not be accepted, and says so', async () => {
  const logged: string[] = []
  const log: Log = { info() {}, warn() {}, error: (_, message) => logged.push(message) }
  const listen = vi.spyOn(Server.prototype, 'listen')
  const control = await startTestControl({ log })
  cleanUp.push(() => control.stop())
  const server = listen.mock.contexts.at(-1) as Server
  for (let fault = 0; fault < 2; fault++) server.emit('error', new Error('accept EMFILE'))
  expect(logged).toEqual(Array(2).fill('could not accept a connection'))
  expect((await fetch(`${control.url}/healthz`)).status).toBe(200)
})

it('keeps idle connections for longer than a web server before it does', async () => {
  const control = await startTestControl()
  cleanUp.push(() => control.stop())
  expect((await fetch(`${control.url}/healthz`)).headers.get('keep-alive')).toBe('timeout=75')
})
