import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scheduledBackup } from '#control/node/backup/scheduled.ts'
import type { Runtime } from '#control/runtime.ts'
import { startTestControl, type TestControl } from '../../support/control-server.ts'

let control: TestControl
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-daily-'))
  control = await startTestControl({ choresEveryMs: 3_600_000 })
})
afterAll(async () => {
  await control?.stop()
  await rm(folder, { recursive: true, force: true })
})

it('makes a backup each day while control runs, and keeps the last seven', async () => {
  const logged: object[] = []
  let now = new Date('2026-11-22T10:15:00.000Z')
  const runtime = {
    ...control.runtime,
    now: () => now,
    log: { ...control.runtime.log, info: (fields: object) => logged.push(fields) },
  } as Runtime
  const there = join(folder, 'backups')
  const chore = scheduledBackup(there, { kind: 'file', file: join(control.dataDir, 'weir.db') })
  await chore.run(runtime)
  await chore.run(runtime)
  expect(await readdir(there)).toEqual(['weir-20261122T101500Z.db'])
  expect(logged).toMatchObject([{ rows: expect.any(Number), sizeBytes: expect.any(Number) }])
  for (let day = 10; day < 17; day++) await writeFile(join(there, `weir-202611${day}T101500Z.db`), '')
  await writeFile(join(there, 'mine.db'), '')
  now = new Date('2026-11-23T10:00:00.000Z')
  await chore.run(runtime)
  const kept = await readdir(there)
  expect(kept).toContain('mine.db')
  expect(kept.filter((name) => name.startsWith('weir-')).sort()).toEqual([
    ...['weir-20261112T101500Z.db', 'weir-20261113T101500Z.db', 'weir-20261114T101500Z.db', 'weir-20261115T101500Z.db'],
    ...['weir-20261116T101500Z.db', 'weir-20261122T101500Z.db', 'weir-20261123T100000Z.db'],
  ])
  // What copies and checks databases lets everything else go first.
}, 180_000)
