import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { DatabasePlace } from '../../db/database-url.ts'
import { openHttpSnapshot } from '../../db/http-snapshot.ts'
import { BackupError } from './backup-error.ts'
import { openPrivateFile } from './private-file.ts'
import { runSqliteTask } from './sqlite-task.ts'
import { insertStatements, readRows, readSchema } from './table-copy.ts'

export interface BackupOptions {
  readonly from: DatabasePlace
  /** Where the backup goes: one SQLite file, mode 0600. What is there stays, unless `replace`. */
  readonly to: string
  readonly replace?: boolean
  /** The secret key as it stands in the data folder; it is written beside the backup, into `<to>.secret-key`. */
  readonly secretKey?: string | undefined
  readonly now?: () => Date
  /** How far it is, 0–1, each half second or so. */
  readonly onProgress?: (part: number, words: string) => void
  readonly signal?: AbortSignal
}

export interface BackupMade {
  readonly file: string
  readonly sizeBytes: number
  /** Rows of all tables. */
  readonly rows: number
  readonly tookMs: number
}

/** How long between looks at how far a copy is, milliseconds. */
const lookMs = 500

/**
 * Writes the whole database as it is at this moment into one file, while it is used: settings, streams, secrets (sealed
 * under the secret key, which is NOT in it), uploads, events, reports. The file is whole and checked, or not there. Throws
 * a {@link BackupError}.
 */
export async function backUp(options: BackupOptions): Promise<BackupMade> {
  const { from, replace = false, now = () => new Date(), onProgress = () => {}, secretKey } = options
  const to = resolve(options.to)
  const beganMs = performance.now()
  if (!replace && (await exists(to))) throw new BackupError(`${to} is there already. Name another file, or remove it.`)
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  const part = join(dirname(to), `.${process.pid}-${Math.random().toString(36).slice(2)}.part`)
  try {
    // For its owner alone from the first byte on; SQLite copies into a file that is empty.
    await writeFile(part, '', { mode: 0o600, flag: 'wx' })
    if (from.kind === 'file') await copyFile(from.file, part, options)
    else await copyServer(from, part, onProgress)
    const rows = await describe(part, from, now())
    onProgress(0.95, 'Checking what was written')
    const wrong = await runSqliteTask({ kind: 'check', file: part }, options.signal)
    if (wrong.length > 0) throw new BackupError(`The copy is not whole: ${wrong[0]}. Is the disk well?`)
    await flush(part)
    if (secretKey !== undefined) await writeFile(`${to}.secret-key`, `${secretKey}\n`, { mode: 0o600 })
    await rename(part, to)
    onProgress(1, 'Done')
    return { file: to, sizeBytes: (await stat(to)).size, rows, tookMs: performance.now() - beganMs }
  } finally {
    for (const rest of ['', '-wal', '-shm', '-journal']) await rm(`${part}${rest}`, { force: true })
  }
}

/** SQLite copies a database that others write to, as it was when it began. */
async function copyFile(file: string, part: string, { onProgress, signal }: BackupOptions): Promise<void> {
  if (!(await exists(file))) throw new BackupError(`There is no database at ${file}. Has Weir been started yet?`)
  const total = await sizeOf(file)
  const look = setInterval(async () => {
    // Free pages are left out, so it may end before 100 %.
    onProgress?.(0.9 * Math.min(1, (await sizeOf(part)) / Math.max(1, total)), 'Copying')
  }, lookMs)
  try {
    await runSqliteTask({ kind: 'copy', file, to: part }, signal)
  } catch (cause) {
    throw new BackupError(`The database can't be copied: ${wordsOf(cause)}`, { cause })
  } finally {
    clearInterval(look)
  }
}

/** Reads a server through its HTTP API, all tables as of one moment. */
async function copyServer(
  { url, token }: Extract<DatabasePlace, { kind: 'server' }>,
  part: string,
  onProgress: (part: number, words: string) => void,
): Promise<void> {
  const snapshot = await openHttpSnapshot(url, token)
  const target = openPrivateFile(part)
  try {
    const schema = await readSchema(snapshot.read)
    const tables = schema.filter(({ type }) => type === 'table')
    await target.execute(tables.map(({ sql }) => ({ sql, params: [] })))
    for (const [index, table] of tables.entries()) {
      onProgress((0.9 * index) / tables.length, `Copying ${table.name}`)
      for await (const rows of readRows(snapshot.read, table)) await target.execute(insertStatements(table.name, rows))
    }
    // After the rows: a trigger would act on each.
    await target.execute(schema.filter(({ type }) => type !== 'table').map(({ sql }) => ({ sql, params: [] })))
    const counters = await snapshot.read("SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'")
    if (counters.length > 0)
      for (const [name, seq] of await snapshot.read('SELECT name, seq FROM sqlite_sequence'))
        await target.execute([
          { sql: 'UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?', params: [seq, name] },
          {
            sql: 'INSERT INTO sqlite_sequence (name, seq) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)',
            params: [name, seq, name],
          },
        ])
  } finally {
    await snapshot.close()
    target.close()
  }
}

/** Notes in the copy what it is; makes it one file that needs no other beside it. Gives the number of rows in it. */
async function describe(part: string, from: DatabasePlace, at: Date): Promise<number> {
  const copy = openPrivateFile(part)
  try {
    const read = async (sql: string) => (await copy.execute([{ sql, params: [] }]))[0] ?? []
    const names = (await readSchema(read)).filter(({ type }) => type === 'table').map(({ name }) => name)
    if (!names.includes('_migrations')) throw new BackupError('This is no database of Weir: nothing was written.')
    let rows = 0
    for (const name of names) rows += Number((await read(`SELECT count(*) FROM "${name}"`))[0]?.[0] ?? 0)
    await copy.execute([
      { sql: 'CREATE TABLE IF NOT EXISTS _backup (made_at TEXT, of TEXT, rows INTEGER)', params: [] },
      { sql: 'DELETE FROM _backup', params: [] },
      { sql: 'INSERT INTO _backup VALUES (?, ?, ?)', params: [at.toISOString(), from.kind, rows] },
    ])
    return rows
  } finally {
    copy.close()
  }
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.sync().finally(() => handle.close())
}

/** The secret key that lies in a data folder; undefined where it comes from elsewhere. */
export const readSecretKey = (dataDir: string): Promise<string | undefined> =>
  readFile(join(dataDir, 'secret-key'), 'utf8').then(
    (text) => text.trim() || undefined,
    () => undefined,
  )

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  )
const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
