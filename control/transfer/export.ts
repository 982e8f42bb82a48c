import { asc, sql } from 'drizzle-orm'
import { type ExportDocument, exportVersion } from '#schema/contracts/transfer.ts'
import { migrations } from '#schema/migrations/migrations.gen.ts'
import { installSettings } from '#schema/tables/install-settings.ts'
import type { Runtime } from '../runtime.ts'
import { shownUrl } from '../streams/shown-url.ts'
import { exportAssets } from './assets.ts'
import { type ExportedRow, exportRow, type TableRow } from './row.ts'
import { sealSecrets } from './seal.ts'
import { propertyOf, type Section, type SectionName, sections } from './sections.ts'
import { notExported } from './settings.ts'

export interface ExportOptions {
  /** Seals the secrets with it; null: they are left out, and listed. */
  readonly passphrase: string | null
  /** With the bytes of uploads. */
  readonly withAssets: boolean
}

/** All configuration as one document: nothing that is observed, no token, and secrets only sealed. */
export async function exportConfiguration(runtime: Runtime, options: ExportOptions): Promise<ExportDocument> {
  const { db, now } = runtime
  const rows = new Map<SectionName, ExportedRow[]>()
  const secrets: Record<string, string> = {}
  const missing: string[] = []
  for (const section of sections) {
    // Of two of the same moment the one that was written first: of two equal inputs that one goes on air.
    const found: TableRow[] = await db.select().from(section.table).orderBy(asc(section.table.createdAt), sql`rowid`)
    const exported: ExportedRow[] = []
    for (const row of found) {
      const open = await openSecrets(runtime, section, row)
      const plain = section.name === 'inputs' ? plainUrls(open.urls) : undefined
      if (plain) delete open.urls
      const left = Object.keys(open)
      exported.push({
        ...exportRow(section, row),
        ...(plain && { urls: plain }),
        ...(left.length > 0 && { secrets: left }),
      } as ExportedRow)
      for (const [name, secret] of Object.entries(open)) {
        const pointer = `/${section.name}/${String(row.id)}/${name}`
        if (options.passphrase === null) missing.push(pointer)
        else secrets[pointer] = secret
      }
    }
    rows.set(section.name, exported)
  }
  const settings = await db.select().from(installSettings)
  return {
    ...{ format: 'weir-export', version: exportVersion, exported_at: now().toISOString() },
    migration: migrations.at(-1)?.tag ?? '',
    secrets: options.passphrase === null ? 'left_out' : 'sealed',
    settings: Object.fromEntries(
      settings.filter(({ name }) => !notExported.has(name)).map(({ name, value }) => [name, value]),
    ),
    live_streams: rows.get('live_streams') ?? [],
    inputs: rows.get('inputs') ?? [],
    destinations: rows.get('destinations') ?? [],
    playback_ids: rows.get('playback_ids') ?? [],
    webhooks: rows.get('webhooks') ?? [],
    users: rows.get('users') ?? [],
    assets: await exportAssets(db, options.withAssets),
    missing_secrets: missing,
    ...(options.passphrase !== null && { sealed_secrets: await sealSecrets(secrets, options.passphrase) }),
  }
}

/** The secrets of a row in the clear, by their names. */
export async function openSecrets(
  { secretBox }: Pick<Runtime, 'secretBox'>,
  section: Section,
  row: TableRow,
): Promise<Record<string, string>> {
  const opened: Record<string, string> = {}
  for (const [name, { column, context }] of Object.entries(section.secrets)) {
    const sealed = row[propertyOf(section.table, column)]
    const secret = typeof sealed === 'string' ? await secretBox.open(sealed, context(String(row.id))) : ''
    // An SRT destination without a stream id has an empty one.
    if (secret !== '') opened[name] = secret
  }
  return opened
}

/** Addresses in which nothing is hidden when they are shown hold no secret. */
function plainUrls(urls: string | undefined): string[] | undefined {
  if (urls === undefined) return undefined
  const list = JSON.parse(urls) as string[]
  return list.every((url) => shownUrl(url) === url) ? list : undefined
}
