import { appendFileSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { Executor, Row } from '../../db/database.ts'

/**
 * Opens (or makes, for its owner alone) a database file that nobody else has open, without a write-ahead log: one file that
 * is whole when it is closed. Never for a file that control uses in this process: the locks of two libraries do not see each
 * other.
 */
export function openPrivateFile(file: string): {
  readonly execute: Executor
  readonly database: DatabaseSync
  close(): void
} {
  appendFileSync(file, '', { mode: 0o600 })
  const database = new DatabaseSync(file, { timeout: 0 })
  const run = (sql: string, params: readonly unknown[]): readonly Row[] => {
    const statement = database.prepare(sql)
    statement.setReturnArrays(true)
    return statement.all(...params.map(asInput)) as unknown as Row[]
  }
  return {
    database,
    async execute(statements) {
      const [first] = statements
      if (statements.length === 1 && first) return [run(first.sql, first.params)]
      database.exec('BEGIN IMMEDIATE')
      try {
        const results = statements.map(({ sql, params }) => run(sql, params))
        database.exec('COMMIT')
        return results
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
    close: () => database.close(),
  }
}

function asInput(value: unknown): SQLInputValue {
  if (typeof value === 'boolean') return Number(value)
  return value === undefined ? null : (value as SQLInputValue)
}
