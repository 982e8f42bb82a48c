import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createClient } from '@libsql/client'

/**
 * Work on a database file that takes long:
 * `copy` writes it into another file as it is at this moment, whoever writes to it meanwhile; `check` reads all of it.
 */
export type SqliteTask =
  | { readonly kind: 'copy'; readonly file: string; readonly to: string }
  | { readonly kind: 'check'; readonly file: string }

/**
 * Does it in a process of its own: it would hold everything up in ours, and the locks of a file are a process's. Gives what
 * is wrong for `check`, in SQLite's words; nothing for `copy`.
 */
export async function runSqliteTask(task: SqliteTask, signal?: AbortSignal): Promise<readonly string[]> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'ignore'],
    ...(signal && { signal }),
  })
  lowerPriority(child.pid)
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8')
  })
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (said === '') throw new Error('The program that copies and checks databases ended before it was done.')
  const { found, error } = JSON.parse(said) as { found?: string[]; error?: string }
  if (found) return found
  throw new Error(error)
}

/**
 * What streams need goes first, though on a machine that is busy all day we must get on, too: the log of the database grows as
 * long as a copy lasts. Where the system has no such thing, it goes on as it is.
 */
function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // It has ended, or may not be changed.
  }
}

async function perform(task: SqliteTask): Promise<string[]> {
  const client = createClient({ url: `file:${task.file}`, timeout: 30_000, concurrency: 1 })
  if (task.kind === 'copy') {
    await client.execute({ sql: 'VACUUM INTO ?', args: [task.to] })
    return []
  }
  const { rows } = await client.execute('PRAGMA integrity_check(20)')
  return rows.map((row) => String(row[0])).filter((words) => words !== 'ok')
}

if (import.meta.main) {
  const answer = await perform(JSON.parse(process.argv[2] ?? '{}') as SqliteTask).then(
    (found) => ({ found }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  )
  process.stdout.write(JSON.stringify(answer))
}
