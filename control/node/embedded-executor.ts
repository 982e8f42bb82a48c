import { appendFile } from 'node:fs/promises'
import { createClient, type InValue } from '@libsql/client'
import type { Executor } from '../db/database.ts'

/** An embedded libSQL database in one file. */
export interface EmbeddedDatabase {
  readonly execute: Executor
  /** Puts everything into the one file, and lets go of it. */
  close(): Promise<void>
}

/** Waits for another process' write lock, milliseconds. */
const busyTimeoutMs = 5_000

/**
 * Opens (or makes) the database in `file`. Only single statements and batches ever run: an interactive transaction of
 * the embedded client blocks the event loop against our own next write.
 */
export async function openEmbedded(file: string): Promise<EmbeddedDatabase> {
  // Made here so that only its owner reads it; SQLite gives its other files the same mode.
  await appendFile(file, '', { mode: 0o600 })
  // One connection: `synchronous` is set per connection, and each call is short and synchronous anyway.
  const client = createClient({ url: `file:${file}`, timeout: busyTimeoutMs, concurrency: 1 })
  try {
    await client.execute('PRAGMA journal_mode = WAL')
    await client.execute('PRAGMA synchronous = NORMAL')
    await client.execute('SELECT count(*) FROM sqlite_master')
  } catch (error) {
    client.close()
    throw error
  }
  return {
    execute: async (statements) => {
      const [first] = statements
      const calls = statements.map(({ sql, params }) => ({ sql, args: params as InValue[] }))
      const results =
        statements.length === 1 && first
          ? [await client.execute({ sql: first.sql, args: first.params as InValue[] })]
          : await client.batch(calls, 'write')
      return results.map((result) => result.rows.map((row) => Array.from(row)))
    },
    close: async () => {
      // The library does not do this when it closes: a copy of the file alone would lack what came last, or all. Waits for nobody.
      await client.execute('PRAGMA wal_checkpoint(PASSIVE)').catch(() => {})
      client.close()
    },
  }
}
