import { inArray, sql } from 'drizzle-orm'
import type { ImportReport } from '#schema/contracts/transfer.ts'
import { installSettings } from '#schema/tables/install-settings.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { ApiError, type FieldError } from '../errors.ts'
import { followConfiguration } from '../jobs/enqueue.ts'
import type { Runtime } from '../runtime.ts'
import { planAssets, withAssets } from './assets.ts'
import { openSecrets } from './export.ts'
import { beginnings, changed, raiseAll, rowStatements, type Statement } from './import-statements.ts'
import { keepsIds, newIds } from './new-ids.ts'
import { type ReadExport, refuse } from './read-export.ts'
import { type ExportedRow, exportRow, type TableRow, tableRow } from './row.ts'
import { secretColumns } from './secret-columns.ts'
import { type Section, sections } from './sections.ts'

export interface ImportOptions {
  /** `keep`: what has the same id here is changed. `new`: all of it comes beside what is here, under ids of its own. */
  readonly ids: 'keep' | 'new'
  /** Only says what it would do. */
  readonly dryRun: boolean
}

/** Changes named in a report at most. */
const changesNamed = 1_000

/**
 * Brings the configuration of an export in: all of it or none. What is here and not in the export stays. A live stream that is
 * here keeps being switched on or off as it is, and who is here stays what they are. The same import twice changes nothing the second time, unless `ids` is `new`.
 */
export async function importConfiguration(
  runtime: Runtime,
  { document, secrets }: ReadExport,
  { ids, dryRun }: ImportOptions,
): Promise<ImportReport> {
  const { db, now } = runtime
  const at = now()
  const assets = await planAssets(db, document.assets, at)
  refuse(assets.faults)
  const statements: Statement[] = [...assets.statements]
  const report: ImportReport = { dry_run: dryRun, counts: {}, changes: [], missing_secrets: [], warnings: [] }
  const names = new Map(document.assets.map(({ id, name }) => [id, name]))
  const lost = new Set<string>()
  const here = (value: unknown) => withAssets(value, assets.ids, (id) => lost.add(names.get(id) ?? id))
  const count = (section: string, action: 'created' | 'updated' | 'unchanged') => {
    report.counts[section] ??= { created: 0, updated: 0, unchanged: 0 }
    report.counts[section][action]++
  }
  for (const { id, name } of assets.created) {
    count('assets', 'created')
    report.changes.push({ section: 'assets', id, name, action: 'created' })
  }

  // Before the streams, so that those that are new begin with their first revision.
  if (await planSettings(db, document.settings, here, statements, count)) statements.push(raiseAll(db, at))

  const renamed = ids === 'new' ? newIds(document) : new Map<string, string>()
  const idHere = (id: unknown): unknown => (typeof id === 'string' ? (renamed.get(id) ?? id) : id)
  const made = new Set<string>()
  const touched = new Set<string>()
  const faults: FieldError[] = []
  const digests = new Map<string, { readonly id: string; readonly pointer: string }>()
  for (const section of sections) {
    const rows = document[section.name] as readonly ExportedRow[]
    const mayBeHere = ids === 'keep' || keepsIds(section.name)
    const present = await presentRows(db, section, mayBeHere ? rows.map(({ id }) => id) : [])
    const parents = await knownParents(db, section, rows, document.live_streams)
    for (const [index, original] of rows.entries()) {
      const pointer = `/${section.name}/${index}`
      const row = withReferences(section, here(original) as ExportedRow, idHere, (name, id) => {
        if (name === 'live_stream_id' && id !== null && !parents.has(String(id)))
          faults.push({
            pointer: `${pointer}/${name}`,
            detail: 'There is no such live stream, neither in the export nor here.',
          })
      })
      const before = present.get(row.id)
      if (before && 'live_stream_id' in row && exportRow(section, before).live_stream_id !== row.live_stream_id)
        faults.push({ pointer: `${pointer}/id`, detail: `This ${section.what} belongs to another live stream here.` })
      const known = before ? await openSecrets(runtime, section, before) : {}
      const given = ids === 'new' && section.name === 'live_streams' ? {} : givenSecrets(section, original, secrets)
      const { columns, missing, switchOff } = await secretColumns(runtime, section, row, {
        given,
        known,
        isNew: !before,
      })
      for (const each of missing) report.missing_secrets.push({ section: section.name, id: row.id, ...each })
      if (typeof columns.streamKeyDigest === 'string') digests.set(columns.streamKeyDigest, { id: row.id, pointer })
      const values = { ...tableRow(section, row), ...columns, ...(switchOff && { enabled: false }) }
      const action = !before
        ? 'created'
        : // Who is here keeps the role that somebody gave them; all that `new` finds here are people.
          keepsIds(section.name) || isSame(section, before, row, known, given)
          ? 'unchanged'
          : 'updated'
      count(section.name, action)
      if (action === 'unchanged') continue
      const streamId = section.name === 'live_streams' ? row.id : row.live_stream_id
      if (typeof streamId === 'string' && section.name !== 'webhooks') touched.add(streamId)
      if (!before && section.name === 'live_streams') made.add(row.id)
      const name = typeof row.name === 'string' ? row.name : null
      if (report.changes.length < changesNamed)
        report.changes.push({
          ...{ section: section.name, id: row.id, name, action },
          ...(row.id !== original.id && { from_id: original.id }),
        })
      statements.push(...rowStatements(db, section, row.id, values, before !== undefined, at))
    }
  }
  refuse([...faults, ...(await usedKeys(db, digests))])
  refuseWithoutInputs(document, made, idHere)

  for (const id of made) statements.push(...beginnings(db, id, document, idHere, at))
  for (const id of touched) {
    if (!made.has(id)) statements.push(...changed(db, id, at))
    statements.push(...followConfiguration(db, id))
  }
  report.warnings.push(
    ...[...lost].map(
      (name) =>
        `The upload “${name}” is neither here nor in the export: where it was chosen, Weir's own card is shown.`,
    ),
  )
  const [first, ...rest] = statements
  if (!dryRun && first) await db.batch([first, ...rest])
  return report
}

async function presentRows(
  db: Database,
  section: Section,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TableRow>> {
  const rows: TableRow[] = []
  // Few enough for one statement's parameters.
  for (let from = 0; from < ids.length; from += 1_000)
    rows.push(
      ...(await db
        .select()
        .from(section.table)
        .where(inArray(section.table.id, ids.slice(from, from + 1_000)))),
    )
  return new Map(rows.map((row) => [String(row.id), row]))
}

/** Stream keys that another live stream has here. */
async function usedKeys(
  db: Database,
  wanted: ReadonlyMap<string, { readonly id: string; readonly pointer: string }>,
): Promise<FieldError[]> {
  if (wanted.size === 0) return []
  const found = await db
    .select({ id: liveStreams.id, digest: liveStreams.streamKeyDigest })
    .from(liveStreams)
    .where(sql`${liveStreams.streamKeyDigest} IN (SELECT value FROM json_each(${JSON.stringify([...wanted.keys()])}))`)
  return found.flatMap(({ id, digest }) => {
    const asked = wanted.get(digest)
    if (!asked || asked.id === id) return []
    return [
      {
        pointer: `${asked.pointer}/id`,
        detail: `The live stream ${id} has its stream key here. Reset that one's key first.`,
      },
    ]
  })
}

/** Live streams that rows of this section may name: those of the export, and those that are here. */
async function knownParents(
  db: Database,
  { references }: Section,
  rows: readonly ExportedRow[],
  exported: readonly { readonly id: string }[],
): Promise<ReadonlySet<string>> {
  if (!('live_stream_id' in references)) return new Set()
  const inDocument = new Set(exported.map(({ id }) => id))
  const outside = [...new Set(rows.map(({ live_stream_id }) => String(live_stream_id)))].filter(
    (id) => !inDocument.has(id),
  )
  const found =
    outside.length === 0
      ? []
      : await db
          .select({ id: liveStreams.id })
          .from(liveStreams)
          .where(inArray(liveStreams.id, outside.slice(0, 5_000)))
  return new Set([...inDocument, ...found.map(({ id }) => id)])
}

function withReferences(
  { references }: Section,
  row: ExportedRow,
  idHere: (id: unknown) => unknown,
  look: (name: string, id: unknown) => void,
): ExportedRow {
  const mapped: Record<string, unknown> = { ...row, id: idHere(row.id) }
  for (const name of Object.keys(references)) {
    if (!(name in row)) continue
    look(name, row[name])
    mapped[name] = idHere(row[name])
  }
  return mapped as ExportedRow
}

/** The secrets that came with a row: those that were sealed, and addresses that hold none. */
function givenSecrets(section: Section, row: ExportedRow, secrets: ReadExport['secrets']): Record<string, string> {
  const given: Record<string, string> = {}
  for (const name of Object.keys(section.secrets)) {
    const secret = secrets[`/${section.name}/${row.id}/${name}`]
    if (secret !== undefined) given[name] = secret
  }
  if (section.name === 'inputs' && Array.isArray(row.urls)) given.urls = JSON.stringify(row.urls)
  return given
}

/** Whether what is here is what the row says; a live stream stays switched as it is. */
function isSame(
  section: Section,
  before: TableRow,
  row: ExportedRow,
  known: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): boolean {
  const shown = exportRow(section, before)
  const fields = Object.keys(row).filter(
    (name) => name !== 'secrets' && name !== 'urls' && !(section.name === 'live_streams' && name === 'enabled'),
  )
  return (
    fields.every((name) => stable(shown[name]) === stable(row[name])) &&
    Object.entries(given).every(([name, secret]) => known[name] === secret)
  )
}

/** JSON whose members are in one order. */
const stable = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  ) ?? 'undefined'

/** Adds the statements for what of the settings is other; gives whether every stream must hear of it. */
async function planSettings(
  db: Database,
  settings: Readonly<Record<string, unknown>>,
  here: (value: unknown) => unknown,
  statements: Statement[],
  count: (section: string, action: 'created' | 'updated' | 'unchanged') => void,
): Promise<boolean> {
  const present = new Map((await db.select().from(installSettings)).map(({ name, value }) => [name, value]))
  let touchesAll = false
  for (const [name, given] of Object.entries(settings)) {
    const value = here(given)
    if (stable(present.get(name)) === stable(value)) {
      count('settings', 'unchanged')
      continue
    }
    count('settings', present.has(name) ? 'updated' : 'created')
    touchesAll ||= name === 'slate' || name === 'copyright_profile'
    statements.push(
      db
        .insert(installSettings)
        .values({ name, value })
        .onConflictDoUpdate({ target: installSettings.name, set: { value } }),
    )
  }
  return touchesAll
}

/** Each live stream has an input at least. */
function refuseWithoutInputs(
  { live_streams, inputs }: ReadExport['document'],
  made: ReadonlySet<string>,
  idHere: (id: unknown) => unknown,
): void {
  const fed = new Set(inputs.map(({ live_stream_id }) => String(live_stream_id)))
  const index = live_streams.findIndex(({ id }) => made.has(String(idHere(id))) && !fed.has(id))
  if (index < 0) return
  throw new ApiError('validation_failed', 'This export can not be imported as it is. Nothing was changed.', {
    errors: [{ pointer: `/live_streams/${index}`, detail: 'This live stream has no input.' }],
  })
}
