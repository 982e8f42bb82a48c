import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDatabase, type Executor } from '#control/db/database.ts'
import { httpExecutor } from '#control/db/http-executor.ts'
import { migrate } from '#control/db/migrate.ts'
import { openEmbedded } from '#control/node/embedded-executor.ts'
import { migrations } from '#schema/migrations/migrations.gen.ts'
import { joinTokens } from '#schema/tables/credentials.ts'
import { eventually } from '../../support/eventually.ts'
import { startMediaOrigin } from '../../support/media-origin.ts'
import { startSqld } from '../../support/sqld.ts'

interface Opened {
  /** Another connection to the same database, as another process would have. */
  readonly connect: () => Promise<Executor>
  stop(): Promise<void>
}

async function embedded(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-db-'))
  const opened: { close(): Promise<void> }[] = []
  return {
    async connect() {
      const database = await openEmbedded(join(folder, 'weir.db'))
      opened.push(database)
      return database.execute
    },
    async stop() {
      for (const database of opened) await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function server(): Promise<Opened> {
  const sqld = await startSqld()
  return { connect: async () => httpExecutor({ url: sqld.url }), stop: () => sqld.stop() }
}

it('an embedded file has everything in itself once it is closed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weir-db-'))
  const file = join(folder, 'weir.db')
  const { execute, close } = await openEmbedded(file)
  await migrate(execute)
  await close()
  await copyFile(file, join(folder, 'copy.db'))
  const copy = await openEmbedded(join(folder, 'copy.db'))
  const [[[count] = []] = []] = await copy.execute([{ sql: 'SELECT count(*) FROM _migrations', params: [] }])
  expect(count).toBe(migrations.length)
  await copy.close()
  await rm(folder, { recursive: true, force: true })
})

describe.each([
  ['an embedded file', embedded],
  ['a libSQL server', server],
])('on %s', (_, open) => {
  let opened: Opened
  let execute: Executor
  beforeAll(async () => {
    opened = await open()
    execute = await opened.connect()
  })
  afterAll(() => opened?.stop())

  it('migrators that start at once apply each migration once', async () => {
    const others = await Promise.all([1, 2, 3].map(() => opened.connect()))
    await Promise.all([execute, ...others].map((each) => migrate(each)))
    const [tags] = await execute([{ sql: 'SELECT tag FROM _migrations ORDER BY tag', params: [] }])
    expect(tags).toEqual(migrations.map(({ tag }) => [tag]))
  })

  it('a batch is all or nothing', async () => {
    await execute([{ sql: 'CREATE TABLE batch_test (n INTEGER PRIMARY KEY)', params: [] }])
    const insert = (n: number) => ({ sql: 'INSERT INTO batch_test VALUES (?) RETURNING n', params: [n] })
    await expect(execute([insert(1), insert(2), insert(1)])).rejects.toThrow()
    expect(await execute([{ sql: 'SELECT * FROM batch_test', params: [] }])).toEqual([[]])
    expect(await execute([insert(1), insert(2)])).toEqual([[[1]], [[2]]])
  })

  it('values come back as they went in', async () => {
    const values = [null, 0, -1, 1_700_000_000_000, 0.25, '', 'a "b" ✓', true]
    const [rows] = await execute([{ sql: 'SELECT ?, ?, ?, ?, ?, ?, ?, ?', params: values }])
    expect(rows).toEqual([[...values.slice(0, -1), 1]])
  })

  it('a row that is not there is undefined, and dates and nulls survive', async () => {
    const db = createDatabase(execute)
    expect(await db.select().from(joinTokens).get()).toBeUndefined()
    const row = { id: 'jt_1', digest: 'd', createdAt: new Date(1_700_000_000_123), expiresAt: null, usedAt: null }
    await db.insert(joinTokens).values(row)
    expect(await db.select().from(joinTokens)).toMatchObject([row])
  })

  it('forty writers at once lose nothing', async () => {
    await execute([{ sql: 'CREATE TABLE writers_test (n INTEGER)', params: [] }])
    const other = await opened.connect()
    const write = (n: number) =>
      (n % 2 ? execute : other)([
        { sql: 'INSERT INTO writers_test VALUES (?)', params: [n] },
        { sql: 'UPDATE writers_test SET n = n WHERE n = ?', params: [n] },
      ])
    await Promise.all(Array.from({ length: 40 }, (_, n) => write(n)))
    expect(await execute([{ sql: 'SELECT count(*) FROM writers_test', params: [] }])).toEqual([[[40]]])
  })
})

describe('the HTTP executor', () => {
  it('tries again when the server is busy, and gives up in the end', async () => {
    const answers = [429, 503, 200]
    const busyTwice = httpExecutor({
      url: 'http://127.0.0.1:1',
      fetch: async () => {
        const status = answers.shift() ?? 200
        const ok = { results: [{ type: 'ok', response: { type: 'execute', result: { rows: [] } } }] }
        return Response.json(status === 200 ? ok : {}, { status })
      },
    })
    expect(await busyTwice([{ sql: 'SELECT 1', params: [] }])).toEqual([[]])
    expect(answers).toEqual([])

    let calls = 0
    const locked = { results: [{ type: 'error', error: { message: 'database is locked', code: 'SQLITE_BUSY' } }] }
    const alwaysBusy = httpExecutor({
      url: 'http://127.0.0.1:1',
      fetch: async () => {
        calls++
        return Response.json(locked)
      },
    })
    await expect(alwaysBusy([{ sql: 'SELECT 1', params: [] }])).rejects.toThrow('locked')
    expect(calls).toBe(6)
  })

  it('gives up a server that does not answer, and does not ask again: it may have done what was asked', async () => {
    const server = await startMediaOrigin((request, response) => {
      request.resume()
      if (server.requests.length > 1) response.writeHead(200).write('{"results":')
    })
    const execute = httpExecutor({ url: server.url, timeoutMs: 400 })
    await expect(execute([{ sql: 'SELECT 1', params: [] }])).rejects.toThrow('did not answer within 0.4 s')
    await eventually('it has come once', () => server.requests.length === 1)
    await expect(execute([{ sql: 'SELECT 1', params: [] }])).rejects.toThrow('did not answer within 0.4 s')
    await server.stop()
  })

  it('does not repeat what the server refused', async () => {
    let calls = 0
    const refused = httpExecutor({
      url: 'http://127.0.0.1:1',
      fetch: async () => {
        calls++
        return new Response('no', { status: 401 })
      },
    })
    await expect(refused([{ sql: 'SELECT 1', params: [] }])).rejects.toThrow('401')
    expect(calls).toBe(1)
  })
})
