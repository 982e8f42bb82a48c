import { chmod, copyFile, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Executor, Statement } from '../../db/database.ts'
import { explainDatabase } from '../../db/database-error.ts'
import type { DatabasePlace } from '../../db/database-url.ts'
import { httpExecutor } from '../../db/http-executor.ts'
import { migrate } from '../../db/migrate.ts'
import { backUp, readSecretKey, wordsOf } from './backup.ts'
import { BackupError } from './backup-error.ts'
import { openPrivateFile } from './private-file.ts'
import { runSqliteTask } from './sqlite-task.ts'
import { insertStatements, quoted, type Read, readRows, readSchema } from './table-copy.ts'

export interface RestoreOptions {
  readonly from: string
  readonly to: DatabasePlace
  /** Where the present content of a server, and a secret key that is replaced, are put. */
  readonly dataDir: string
  readonly now?: () => Date
  /** How far it is, 0–1. */
  readonly onProgress?: (part: number, words: string) => void
}

export interface Restored {
  readonly rows: number
  /** Where the database that was there before lies now; null: there was none. */
  readonly before: string | null
  /** Whether a secret key came with the backup and is in place now. */
  readonly hasKey: boolean
}

/** Control says that it is there each 20 s, at the edge each minute. A server that none has used for so long is free, milliseconds. */
const silentMs = 150_000
/**
 * Leases, live updates and numbers of events that were given out since the backup are never given out again: all counters
 * go on from so far beyond.
 */
const beyond = { fences: 1_000, sequences: 1_000_000 }

/**
 * Puts a backup in the place of the database, of whatever kind both are. Refuses while control uses it. What was there
 * before is put aside, never destroyed. All or nothing. Throws a {@link BackupError}.
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { to, dataDir, now = () => new Date(), onProgress = () => {} } = options
  const from = resolve(options.from)
  const stamp = now().toISOString().replace(/[-:.]/g, '')
  onProgress(0, 'Checking the backup')
  const work = join(dataDir, `.restore-${process.pid}.db`)
  try {
    const rows = await prepare(from, work)
    const before =
      to.kind === 'file' ? await intoFile(work, to.file, stamp) : await intoServer(work, to, options, stamp)
    const hasKey = await placeKey(`${from}.secret-key`, dataDir, stamp)
    onProgress(1, 'Done')
    return { rows, before, hasKey }
  } finally {
    for (const rest of ['', '-wal', '-shm', '-journal']) await rm(`${work}${rest}`, { force: true })
  }
}

/** A copy of the backup as this version of Weir wants it; gives its number of rows. The backup itself is only read. */
async function prepare(from: string, work: string): Promise<number> {
  if (!(await stat(from).catch(() => null))?.isFile()) throw new BackupError(`There is no file ${from}.`)
  await copyFile(from, work)
  await chmod(work, 0o600)
  const wrong = await runSqliteTask({ kind: 'check', file: work }).catch(() => ['it is no SQLite file'])
  if (wrong.length > 0) throw new BackupError(`${from} can't be used: ${wrong[0]}.`)
  const database = openPrivateFile(work)
  try {
    const [[has] = []] = await database.execute([
      { sql: "SELECT count(*) FROM sqlite_master WHERE name = '_migrations'", params: [] },
    ])
    if (Number(has?.[0]) !== 1) throw new BackupError(`${from} is no backup of Weir.`)
    await migrate(database.execute).catch((cause: unknown) => {
      throw new BackupError(explainDatabase(cause) ?? `${from} can't be brought up to date: ${wordsOf(cause)}`, {
        cause,
      })
    })
    await database.execute(
      [
        'DROP TABLE IF EXISTS _backup',
        `UPDATE jobs SET fence = fence + ${beyond.fences}`,
        `UPDATE sqlite_sequence SET seq = seq + ${beyond.sequences}`,
        "DELETE FROM install_settings WHERE name = 'control_seen'",
      ].map((sql) => ({ sql, params: [] })),
    )
    const read = reader(database.execute)
    let rows = 0
    for (const { type, name } of await readSchema(read))
      if (type === 'table') rows += Number((await read(`SELECT count(*) FROM ${quoted(name)}`))[0]?.[0])
    return rows
  } finally {
    database.close()
  }
}

async function intoFile(work: string, file: string, stamp: string): Promise<string | null> {
  const isThere = (await stat(file).catch(() => null)) !== null
  const release = isThere ? hold(file) : () => {}
  const before = isThere ? `${file}.before-restore-${stamp}` : null
  try {
    const placed = `${file}.restoring`
    await copyFile(work, placed)
    await chmod(placed, 0o600)
    await flush(placed)
    if (before !== null) await rename(file, before)
    await rename(placed, file)
    await flush(dirname(file)).catch(() => {})
  } finally {
    release()
    for (const rest of ['-wal', '-shm', '-journal']) await rm(`${file}${rest}`, { force: true })
  }
  return before
}

/**
 * Makes sure that nobody else has the database open, and that nobody opens it until released. Leaving the write-ahead log is
 * what SQLite allows to the only user of a file, and makes it whole without others beside it.
 */
function hold(file: string): () => void {
  const { database, close } = openPrivateFile(file)
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    const mode = database.prepare('PRAGMA journal_mode = DELETE').get()?.journal_mode
    if (mode !== 'delete') throw new Error('database is locked')
    database.exec('BEGIN EXCLUSIVE')
    return close
  } catch (cause) {
    close()
    if (!/locked|busy/i.test(wordsOf(cause))) return () => {} // It is damaged: all the more reason to replace it.
    throw new BackupError(`${file} is in use. Stop Weir first (its control plane), then restore.`, { cause })
  }
}

async function intoServer(
  work: string,
  to: Extract<DatabasePlace, { kind: 'server' }>,
  { dataDir, now = () => new Date(), onProgress = () => {} }: RestoreOptions,
  stamp: string,
): Promise<string | null> {
  const execute = httpExecutor({ ...to, timeoutMs: 60_000 })
  const present = await readSchema(reader(execute)).catch((cause: unknown) => {
    throw new BackupError(explainDatabase(cause) ?? `The database does not answer as it should: ${wordsOf(cause)}`, {
      cause,
    })
  })
  if (present.some(({ name }) => name === 'install_settings')) await refuseWhileUsed(execute, now())
  let before: string | null = null
  if (present.some(({ name }) => name === '_migrations')) {
    onProgress(0.1, 'Saving what is there now')
    before = (await backUp({ from: to, to: join(dataDir, `before-restore-${stamp}.db`), now })).file
  }
  const source = openPrivateFile(work)
  try {
    await fillServer(
      reader(source.execute),
      execute,
      present.filter(({ type }) => type === 'table').map(({ name }) => name),
      onProgress,
    )
    return before
  } catch (cause) {
    if (cause instanceof BackupError) throw cause
    throw new BackupError(`The server did not take all of it, and has what it had: ${wordsOf(cause)}`, { cause })
  } finally {
    source.close()
  }
}

/** Fills tables beside those that are there, and changes them over in one transaction. */
async function fillServer(
  read: Read,
  execute: Executor,
  present: readonly string[],
  onProgress: (part: number, words: string) => void,
): Promise<void> {
  const schema = await readSchema(read)
  const tables = schema.filter(({ type }) => type === 'table')
  const run = (...sql: string[]) => execute(sql.map((each): Statement => ({ sql: each, params: [] })))
  const beside = (name: string) => `_restore_${name}`
  // Of a restore that broke off.
  const left = await reader(execute)(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '\\_restore\\_%' ESCAPE '\\'",
  )
  for (const [name] of left) await run(`DROP TABLE ${quoted(String(name))}`)
  for (const [index, table] of tables.entries()) {
    onProgress(0.2 + (0.7 * index) / tables.length, `Writing ${table.name}`)
    const named = table.sql.replace(/^(CREATE TABLE\s+)(`[^`]+`|"[^"]+"|\w+)/i, `$1${quoted(beside(table.name))}`)
    await run(named)
    for await (const page of readRows(read, table))
      for (const statement of insertStatements(beside(table.name), page)) await execute([statement])
  }
  const counters = await read('SELECT name, seq FROM sqlite_sequence')
  onProgress(0.95, 'Changing over')
  await execute([
    ...present.map((name) => ({ sql: `DROP TABLE ${quoted(name)}`, params: [] })),
    ...tables.map(({ name }) => ({ sql: `ALTER TABLE ${quoted(beside(name))} RENAME TO ${quoted(name)}`, params: [] })),
    ...schema.filter(({ type }) => type !== 'table').map(({ sql }) => ({ sql, params: [] })),
    ...counters.map(([name, seq]) => ({
      sql: 'UPDATE sqlite_sequence SET seq = ? WHERE name = ?',
      params: [seq, name],
    })),
    ...counters.map(([name, seq]) => ({
      sql: 'INSERT INTO sqlite_sequence (name, seq) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)',
      params: [name, seq, name],
    })),
  ])
}

async function refuseWhileUsed(execute: Executor, now: Date): Promise<void> {
  const [row] = await reader(execute)("SELECT value FROM install_settings WHERE name = 'control_seen'")
  const at = row ? (JSON.parse(String(row[0])) as { at?: string }).at : undefined
  if (at === undefined || now.getTime() - Date.parse(at) > silentMs) return
  throw new BackupError(
    `A control plane used this database at ${at}. Stop it first (also on other machines and at the edge), wait ${silentMs / 60_000} minutes unless it was stopped cleanly, then restore.`,
  )
}

/** A secret key that lies beside the backup goes where control looks for it; another one that is there is put aside. */
async function placeKey(keyFile: string, dataDir: string, stamp: string): Promise<boolean> {
  const key = await open(keyFile).then(
    async (file) => (await file.readFile('utf8').finally(() => file.close())).trim(),
    () => undefined,
  )
  if (!key) return false
  const present = await readSecretKey(dataDir)
  if (present === key) return true
  const file = join(dataDir, 'secret-key')
  if (present !== undefined) await rename(file, `${file}.before-restore-${stamp}`)
  await writeFile(file, `${key}\n`, { mode: 0o600 })
  return true
}

const reader =
  (execute: Executor): Read =>
  async (sql, params = []) =>
    (await execute([{ sql, params }]))[0] ?? []

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r')
  await handle.sync().finally(() => handle.close())
}
