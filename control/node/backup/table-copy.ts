import type { Row } from '../../db/database.ts'

/** Something that is kept under a name in `sqlite_master`. */
export interface SchemaEntry {
  readonly type: string
  readonly name: string
  readonly table: string
  readonly sql: string
}

export type Read = (sql: string, params?: readonly unknown[]) => Promise<readonly Row[]>

/** Rows read at once. */
const pageRows = 500
/** The same where a row may hold a quarter of a megabyte. */
const pageRowsWithBlobs = 8

/** Tables first, then their indexes and triggers; nothing of SQLite's or the server's own. */
export async function readSchema(read: Read): Promise<readonly SchemaEntry[]> {
  const rows = await read(`SELECT type, name, tbl_name, sql FROM sqlite_master
    WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_litestream%' ESCAPE '\\'
      AND name NOT LIKE 'libsql\\_%' ESCAPE '\\' AND name NOT LIKE '\\_restore\\_%' ESCAPE '\\'
    ORDER BY type = 'table' DESC, rowid`)
  return rows.map(([type, name, table, sql]) => ({
    ...{ type: String(type), name: String(name), table: String(table), sql: String(sql) },
  }))
}

/** The rows of a table in their order, page by page, each with its columns' values. */
export async function* readRows(read: Read, table: SchemaEntry): AsyncGenerator<readonly Row[]> {
  const limit = /\bblob\b/i.test(table.sql) ? pageRowsWithBlobs : pageRows
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const rows = await read(`SELECT rowid, * FROM ${quoted(table.name)} WHERE rowid > ? ORDER BY rowid LIMIT ?`, [
      after,
      limit,
    ])
    if (rows.length > 0) yield rows.map((row) => row.slice(1))
    if (rows.length < limit) return
    after = Number(rows.at(-1)?.[0])
  }
}

/** One statement that adds these rows, in groups that keep to SQLite's 32,766 parameters. */
export function insertStatements(table: string, rows: readonly Row[]): { sql: string; params: readonly unknown[] }[] {
  const columns = rows[0]?.length ?? 0
  if (columns === 0) return []
  const perStatement = Math.max(1, Math.floor(30_000 / columns))
  const groups = Array.from({ length: Math.ceil(rows.length / perStatement) }, (_, index) =>
    rows.slice(index * perStatement, (index + 1) * perStatement),
  )
  const row = `(${Array.from({ length: columns }, () => '?').join(',')})`
  return groups.map((group) => ({
    sql: `INSERT INTO ${quoted(table)} VALUES ${group.map(() => row).join(',')}`,
    params: group.flat(),
  }))
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
