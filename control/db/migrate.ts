import { migrations } from '#schema/migrations/migrations.gen.ts'
import type { Executor } from './database.ts'
import { DatabaseError } from './database-error.ts'

/**
 * Brings the database up to date. Each migration is one transaction that first writes its own tag, so of several
 * processes that start at once one applies it and the others find it applied. Throws a DatabaseError `newer` for a database
 * that a newer Weir has written to, before anything in it is changed.
 */
export async function migrate(execute: Executor): Promise<void> {
  await execute([
    {
      sql: 'CREATE TABLE IF NOT EXISTS _migrations (tag TEXT PRIMARY KEY NOT NULL, applied_at INTEGER NOT NULL)',
      params: [],
    },
  ])
  let applied = await appliedTags(execute)
  refuseNewer(applied)
  for (const { tag, statements } of migrations) {
    if (applied.has(tag)) continue
    try {
      await execute([
        { sql: 'INSERT INTO _migrations (tag, applied_at) VALUES (?, ?)', params: [tag, Date.now()] },
        ...statements.map((sql) => ({ sql, params: [] })),
      ])
    } catch (error) {
      // Error codes differ between embedded and server; the table itself tells whether somebody else was faster.
      applied = await appliedTags(execute)
      if (!applied.has(tag)) throw error
    }
  }
}

function refuseNewer(applied: ReadonlySet<unknown>): void {
  const known = new Set<unknown>(migrations.map(({ tag }) => tag))
  const unknown = [...applied].filter((tag) => !known.has(tag))
  if (unknown.length === 0) return
  throw new DatabaseError(
    `The database was written by a newer Weir (it has ${unknown.join(', ')}). Start that version again, or restore a backup from before.`,
    'newer',
  )
}

async function appliedTags(execute: Executor): Promise<ReadonlySet<unknown>> {
  const [rows = []] = await execute([{ sql: 'SELECT tag FROM _migrations', params: [] }])
  return new Set(rows.map(([tag]) => tag))
}
