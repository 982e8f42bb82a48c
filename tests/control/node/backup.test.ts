import { readdirSync, statSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { DatabasePlace } from '#control/db/database-url.ts'
import { backUp, readSecretKey } from '#control/node/backup/backup.ts'
import { openPrivateFile } from '#control/node/backup/private-file.ts'
import { openUnchanged } from '#control/node/open-database.ts'
import type { LiveStream } from '#schema/contracts/live-stream.ts'
import type { HeartbeatResponse } from '#schema/contracts/worker.ts'
import { startTestControl } from '../../support/control-server.ts'
import { eventually } from '../../support/eventually.ts'
import { joinFakeWorker, reportOf } from '../../support/fake-worker.ts'
import { jobIn } from '../../support/jobs.ts'
import { startProcess } from '../../support/processes.ts'
import { startSqld } from '../../support/sqld.ts'

// What copies and checks databases lets everything else go first.
vi.setConfig({ testTimeout: 240_000 })
const patient = { timeoutMs: 100_000 }

let folder: string
let sqld: Awaited<ReturnType<typeof startSqld>>
/** Where backups go; it is empty at first. */
let target: typeof sqld
/** A backup of each kind, of an install with one stream. */
const backups = new Map<string, string>()
let key: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-backup-'))
  ;[sqld, target] = await Promise.all([startSqld(), startSqld()])
})
afterAll(async () => {
  await Promise.all([sqld?.stop(), target?.stop()])
  await rm(folder, { recursive: true, force: true })
})

const serverPlace = (): DatabasePlace => ({ kind: 'server', url: sqld.url, token: undefined })
const filePlace = (dataDir: string): DatabasePlace => ({ kind: 'file', file: join(dataDir, 'weir.db') })
const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(700_000, 7)])

/** Control as a process of its own: its end closes all that it has open. */
async function startControlProcess(dataDir: string, environment: NodeJS.ProcessEnv) {
  const run = startProcess(process.execPath, [join(import.meta.dirname, '../../../control/node/main.ts')], {
    env: { WEIR_PORT: '0', WEIR_DATA_DIR: dataDir, ...environment },
  })
  await eventually('control is there', () => run.hasEnded() || run.stdout().includes('\n'), patient)
  if (run.hasEnded()) throw new Error(run.stderr())
  const { url } = JSON.parse(run.stdout()) as { url: string }
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim()
  return {
    ...{ url, token },
    call: (method: string, path: string, body?: object) =>
      fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      }),
    async stop() {
      run.child.kill('SIGTERM')
      await eventually('control has ended', () => run.hasEnded(), patient)
    },
  }
}

/** `npm run restore -- <file>` on a data folder, without installing anything before. Gives what it said. */
async function restore(file: string, dataDir: string, place: DatabasePlace): Promise<string> {
  const run = startProcess(process.execPath, [join(import.meta.dirname, '../../../scripts/restore.ts'), file], {
    env: {
      ...{ PATH: process.env.PATH, WEIR_DATA_DIR: dataDir },
      ...(place.kind === 'server' && { WEIR_DATABASE_URL: place.url }),
    },
  })
  await eventually('it has ended', () => run.hasEnded(), patient)
  if (run.child.exitCode !== 0) throw new Error(run.stderr())
  return run.stderr()
}

describe.each(['file', 'server'] as const)('a backup of a %s', (kind) => {
  it('is made while a stream runs, which goes on: whole, checked, and without the key', async () => {
    const dataDir = join(folder, kind)
    const environment = kind === 'server' ? { WEIR_DATABASE_URL: sqld.url } : {}
    const control = await startControlProcess(dataDir, environment)
    try {
      if (kind === 'server') {
        // From the first moment on: a restore must not write over one that has just begun.
        const seen = { sql: "SELECT 1 FROM install_settings WHERE name = 'control_seen'", params: [] }
        const database = await openUnchanged(serverPlace())
        expect(await database.execute([seen])).toEqual([[[1]]])
        await database.close()
      }
      const worker = await joinFakeWorker(
        (path, init) => fetch(`${control.url}${path}`, init),
        (await readFile(join(dataDir, 'join-token'), 'utf8')).trim(),
      )
      const made = await control.call('POST', '/v1/live-streams', { name: `On a ${kind}`, source: { type: 'test' } })
      const stream = (await made.json()) as LiveStream
      const destination = { url: 'rtmp://127.0.0.1/app', stream_key: 'destination-secret' }
      await control.call('POST', `/v1/live-streams/${stream.id}/destinations`, destination)
      await fetch(`${control.url}/v1/assets?name=Pause`, {
        ...{ method: 'POST', body: png },
        headers: { authorization: `Bearer ${control.token}`, 'content-type': 'image/png' },
      })
      const { jobs } = (await (await worker.post('poll', { slots: 1 })).json()) as { jobs: string[] }
      const job = jobIn(jobs[0] ?? '')
      let isDone = false
      const lost: string[] = []
      const beating = (async () => {
        while (!isDone) lost.push(...((await (await worker.beat([reportOf(job)])).json()) as HeartbeatResponse).lost)
      })()
      const file = join(folder, `${kind}.db`)
      const steps: number[] = []
      const place = kind === 'file' ? filePlace(dataDir) : serverPlace()
      const modes = new Set<string>()
      const onProgress = (part: number) => {
        steps.push(part)
        for (const name of readdirSync(folder).filter((each) => each.endsWith('.part')))
          modes.add((statSync(join(folder, name)).mode & 0o777).toString(8))
      }
      const backup = await backUp({ from: place, to: file, onProgress })
      isDone = true
      await beating
      expect(lost).toEqual([])
      expect(backup.rows).toBeGreaterThan(20)
      expect(steps.at(-1)).toBe(1)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect([...modes]).toEqual(['600'])
      key = (await readSecretKey(dataDir)) ?? ''
      expect(key).toHaveLength(43)
      const bytes = await readFile(file)
      for (const secret of [key, 'destination-secret', stream.stream_key ?? ''])
        expect([secret, bytes.includes(secret)]).toEqual([secret, false])
      expect(bytes.includes(png.subarray(0, 60))).toBe(true)
      expect((await readdir(folder)).filter((name) => name.endsWith('.part') || name.includes(`${kind}.db-`))).toEqual(
        [],
      )
      await expect(backUp({ from: place, to: file })).rejects.toThrow('is there already')

      await expect(restore(file, dataDir, place)).rejects.toThrow(
        kind === 'file' ? 'is in use. Stop Weir first' : 'A control plane used this database at',
      )
      expect((await control.call('GET', `/v1/live-streams/${stream.id}`)).status).toBe(200)
      backups.set(kind, file)
    } finally {
      await control.stop()
    }
  })

  it('with its key beside it goes into the place of any database, which is kept', async () => {
    const file = backups.get(kind) ?? join(folder, 'none')
    await writeFile(`${file}.secret-key`, `${key}\n`)
    for (const [name, place] of [
      ['file', filePlace(join(folder, `${kind}-restored`))],
      ['server', { kind: 'server', url: target.url, token: undefined }],
    ] as const) {
      const dataDir = join(folder, `${kind}-restored`)
      // Another install was there.
      const environment = name === 'server' ? { WEIR_DATABASE_URL: target.url } : {}
      await mkdir(dataDir, { recursive: true })
      if (name === 'file') await copyFile(file, join(dataDir, 'weir.db'))
      const said = await restore(file, dataDir, place)
      expect(said).toContain('The secret key that lay beside the backup is in place too.')
      const before = /is kept: (.*)$/m.exec(said)?.[1]
      // The first one found the server empty.
      const wasEmpty = kind === 'file' && name === 'server'
      if (wasEmpty) expect(before).toBeUndefined()
      else expect((await readFile(before ?? '')).subarray(0, 15).toString()).toBe('SQLite format 3')

      const control = await startTestControl({ dataDir, environment })
      const { data } = (await (await control.call('GET', '/v1/live-streams')).json()) as { data: LiveStream[] }
      expect(data.map((each) => each.name)).toEqual([`On a ${kind}`])
      const revealed = await control.call('POST', `/v1/live-streams/${data[0]?.id}/reveal`)
      expect(((await revealed.json()) as LiveStream).ingest.rtmp.stream_key).toHaveLength(32)
      const { data: assets } = (await (await control.call('GET', '/v1/assets')).json()) as { data: { id: string }[] }
      const content = await control.call('GET', `/v1/assets/${assets[0]?.id}/content`)
      expect(Buffer.compare(Buffer.from(await content.arrayBuffer()), png)).toBe(0)
      await control.stop()
    }
  })
})

describe('a restore', () => {
  it('refuses what is no backup, is damaged, or is of a newer Weir, and changes nothing', async () => {
    const dataDir = join(folder, 'file-restored')
    const place = filePlace(dataDir)
    const before = await readFile(join(dataDir, 'weir.db'))
    const bad = join(folder, 'bad.db')
    await expect(restore(join(folder, 'none.db'), dataDir, place)).rejects.toThrow('There is no file')
    await writeFile(bad, 'words')
    await expect(restore(bad, dataDir, place)).rejects.toThrow(/can't be used|no backup/)
    const bytes = await readFile(backups.get('file')!)
    bytes.fill(0xff, 8_192, 40_000)
    await writeFile(bad, bytes)
    await expect(restore(bad, dataDir, place)).rejects.toThrow("can't be used")
    await writeFile(bad, await readFile(backups.get('file')!))
    const newer = openPrivateFile(bad)
    await newer.execute([{ sql: "INSERT INTO _migrations VALUES ('9999_later', 0)", params: [] }])
    newer.close()
    await expect(restore(bad, dataDir, place)).rejects.toThrow('written by a newer Weir (it has 9999_later)')
    expect(Buffer.compare(await readFile(join(dataDir, 'weir.db')), before)).toBe(0)
    expect(
      (await readdir(dataDir)).filter((name) => name.startsWith('.restore') || name.includes('restoring')),
    ).toEqual([])
  })

  it('hands out no fence and no place in the order of changes twice', async () => {
    const dataDir = join(folder, 'again')
    const place = filePlace(dataDir)
    await mkdir(dataDir)
    await restore(backups.get('file')!, dataDir, place)
    const database = await openUnchanged(place)
    const [[fence] = []] = await database.execute([{ sql: 'SELECT fence FROM jobs', params: [] }])
    expect(fence).toEqual([1_001])
    const [[seq] = []] = await database.execute([
      { sql: "SELECT seq FROM sqlite_sequence WHERE name = 'events'", params: [] },
    ])
    expect(Number(seq?.[0])).toBeGreaterThan(1_000_000)
    await database.close()
  })
})
