import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readDatabaseUrl } from '#control/db/database-url.ts'
import { openDatabase, openUnchanged } from '#control/node/open-database.ts'
import { migrations } from '#schema/migrations/migrations.gen.ts'
import { eventually } from '../../support/eventually.ts'
import { startProcess } from '../../support/processes.ts'
import { startSqld } from '../../support/sqld.ts'

let folder: string
let sqld: Awaited<ReturnType<typeof startSqld>>
const servers: Server[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-places-'))
  sqld = await startSqld()
})
afterAll(async () => {
  for (const server of servers) server.close()
  await sqld?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Something on HTTP that answers everything alike. */
async function answering(status: number, body: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('the address of a database', () => {
  it.each([
    ['file:/var/lib/weir.db', { kind: 'file', file: '/var/lib/weir.db' }],
    ['file:///var/lib/we%20ir.db', { kind: 'file', file: '/var/lib/we ir.db' }],
    ['file:weir.db', { kind: 'file', file: 'weir.db' }],
    ['libsql://weir.turso.io', { kind: 'server', url: 'libsql://weir.turso.io', token: 't' }],
    ['http://127.0.0.1:8080', { kind: 'server', url: 'http://127.0.0.1:8080', token: 't' }],
  ])('%s', (text, place) => {
    expect(readDatabaseUrl(text, 't')).toEqual(place)
  })

  it.each([
    ['ws://127.0.0.1:8080', 'is a WebSocket address. Use the same one with https://'],
    ['postgres://host/db', 'must begin with libsql://, https:// or http://'],
    ['file:', 'names no file'],
    ['file:weir.db?mode=ro', 'names no file'],
    ['https://user:secret@host', 'Put that into WEIR_DATABASE_TOKEN'],
    ['libsql://host?authToken=secret', 'Put that into WEIR_DATABASE_TOKEN'],
    ['weir.db', 'must begin with'],
  ])('%s is refused in words, without what may be secret', (text, words) => {
    expect(() => readDatabaseUrl(text)).toThrow(words)
    expect(() => readDatabaseUrl(text)).not.toThrow('secret')
  })
})

describe('a database that can not be used', () => {
  const answer = (error: object) => JSON.stringify({ baton: null, base_url: null, results: [{ type: 'error', error }] })
  it.each([
    ['a token that it does not take', async () => answering(401, '{}'), 'refuses the token'],
    ['nobody there', async () => 'http://127.0.0.1:1', 'can not be reached'],
    ['another server', async () => answering(200, '<html>'), 'is no libSQL server'],
    ['a page that is not there', async () => answering(404, ''), 'is no libSQL server'],
    [
      'one that may only be read',
      async () =>
        answering(
          200,
          answer({ message: 'SQLite error: attempt to write a readonly database', code: 'SQLITE_READONLY' }),
        ),
      'may only be read',
    ],
    [
      'a plan whose writes are blocked',
      async () =>
        answering(
          200,
          answer({ message: 'Operation was blocked: SQL write operations are forbidden', code: 'BLOCKED' }),
        ),
      'may only be read',
    ],
  ])('%s is said in words', async (_, start, words) => {
    const url = await start()
    const error = await openDatabase({ kind: 'server', url, token: 'secret-token' }).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ name: 'StartError', message: expect.stringContaining(words) })
    expect((error as Error).message).not.toMatch(/secret-token|127\.0\.0\.1/)
  })

  it('a file that is none of ours is said in words too', async () => {
    const file = join(folder, 'words.db')
    await writeFile(file, 'words '.repeat(1_000))
    await expect(openDatabase({ kind: 'file', file })).rejects.toThrow(
      "can't be used: it is damaged, locked or from another program",
    )
    for (const path of [join(folder, 'none/weir.db'), folder])
      await expect(openDatabase({ kind: 'file', file: path })).rejects.toThrow(
        "can't be made or written. Make its folder",
      )
  })
})

describe.each([
  ['an embedded file', () => `file:${join(folder, 'shared.db')}`],
  ['a libSQL server', () => sqld.url],
])('%s', (_, url) => {
  it('is brought up to date once by four programs that start at the same moment', async () => {
    const script = join(import.meta.dirname, '../../support/migrate-process.ts')
    const runs = [1, 2, 3, 4].map(() => startProcess(process.execPath, [script, url()]))
    const patient = { timeoutMs: 60_000 }
    await eventually('all are there', () => runs.every((run) => run.stdout().includes('there')), patient)
    for (const run of runs) run.child.kill('SIGUSR2')
    await eventually('all have ended', () => runs.every((run) => run.hasEnded()), patient)
    expect(runs.map((run) => [run.child.exitCode, run.stderr()])).toEqual(runs.map(() => [0, '']))
    const database = await openUnchanged(readDatabaseUrl(url()))
    const [tags] = await database.execute([{ sql: 'SELECT tag FROM _migrations ORDER BY tag', params: [] }])
    expect(tags).toEqual(migrations.map(({ tag }) => [tag]).sort())
    await database.close()
  })

  it('is refused where a newer Weir has written to it, and left as it is', async () => {
    const database = await openUnchanged(readDatabaseUrl(url()))
    await database.execute([{ sql: "INSERT INTO _migrations VALUES ('9999_later', 0)", params: [] }])
    await expect(openDatabase(readDatabaseUrl(url()))).rejects.toThrow(
      'The database was written by a newer Weir (it has 9999_later). Start that version again, or restore a backup from before.',
    )
    await database.execute([{ sql: "DELETE FROM _migrations WHERE tag = '9999_later'", params: [] }])
    await database.close()
  })
})
