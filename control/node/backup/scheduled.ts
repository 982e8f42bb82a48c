import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '#schema/node/make-folder.ts'
import type { Chore } from '../../chores.ts'
import type { DatabasePlace } from '../../db/database-url.ts'
import { backUp } from './backup.ts'

/** A backup is made when the newest is this old, milliseconds: a day, and a little for the hour in which it is looked at. */
const everyMs = 23.5 * 3_600_000
/** The newest are kept. */
export const backupsKept = 7
const ours = /^weir-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.db$/

/** A backup each day into `folder` (`weir-20261122T101500Z.db`), of which the last 7 are kept. Without the secret key. */
export const scheduledBackup = (folder: string, from: DatabasePlace): Chore => ({
  name: 'backup',
  everyMs: 3_600_000,
  async run({ log, now, closing }) {
    makeFolder(folder)
    const newest = (await backupsIn(folder)).at(-1)
    if (newest && now().getTime() - newest.atMs < everyMs) return
    const name = `weir-${now()
      .toISOString()
      .replace(/[-:]|\.\d+/g, '')}.db`
    const { file, sizeBytes, rows, tookMs } = await backUp({ from, to: join(folder, name), now, signal: closing })
    log.info({ file, sizeBytes, rows, ms: Math.round(tookMs) }, 'a backup was made, without the secret key')
    for (const { name: old } of (await backupsIn(folder)).slice(0, -backupsKept))
      await rm(join(folder, old), { force: true })
  },
})

/** Oldest first. */
async function backupsIn(folder: string): Promise<{ readonly name: string; readonly atMs: number }[]> {
  return (await readdir(folder))
    .flatMap((name) => {
      const [, year, month, day, hour, minute, second] = ours.exec(name) ?? []
      if (year === undefined) return []
      return [{ name, atMs: Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) }]
    })
    .sort((a, b) => a.atMs - b.atMs)
}
