import { sql } from 'drizzle-orm'
import { drizzle, type SqliteRemoteDatabase } from 'drizzle-orm/sqlite-proxy'

/** One SQL statement with positional parameters. */
export interface Statement {
  readonly sql: string
  readonly params: readonly unknown[]
}

/** A row, in the order of the statement's columns. */
export type Row = readonly unknown[]

/**
 * Where SQL runs: an embedded libSQL file (node/embedded-executor.ts) or a libSQL server over HTTP (http-executor.ts).
 * Several statements are one write transaction, all or none. There are no interactive transactions.
 */
export type Executor = (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>

/** Drizzle over any {@link Executor}: the same queries on every runtime. `db.batch` is the only transaction. */
export type Database = SqliteRemoteDatabase

/** SQL: the statement before this one in the same batch changed a row. */
export const hasChangedRow = sql`changes() > 0`

type Method = 'run' | 'all' | 'values' | 'get'

/** Drizzle over `execute`. A query fails with Drizzle's own error; the executor's is its cause. */
export function createDatabase(execute: Executor): Database {
  return drizzle(
    async (sql, params, method) => answer(method, (await execute([{ sql, params }]))[0] ?? []),
    async (batch) => {
      const results = await execute(batch)
      return batch.map(({ method }, index) => answer(method, results[index] ?? []))
    },
  )
}

// Drizzle's proxy wants the row itself, not a list, for `get`.
const answer = (method: Method, rows: readonly Row[]): { rows: unknown[] } => ({
  rows: (method === 'get' ? rows[0] : rows) as unknown[],
})
