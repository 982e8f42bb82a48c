import { eq, type SQL, sql } from 'drizzle-orm'
import * as v from 'valibot'
import {
  installSettings as contract,
  type InstallSettings,
  initialSettings,
  type PatchInstallSettings,
  type SettingsSection,
} from '#schema/contracts/settings.ts'
import { changes } from '#schema/tables/events.ts'
import { installSettings } from '#schema/tables/install-settings.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { asShown, batchAsRead, isConditional } from '../requests/as-read.ts'
import type { Runtime } from '../runtime.ts'
import { checkSlateChoices } from '../slates/choices.ts'
import { checkLogo } from './check-logo.ts'

/** Statement: all rows; {@link readSettings} reads them. */
export const selectSettings = (db: Database) =>
  db.select({ name: installSettings.name, value: installSettings.value }).from(installSettings)

/** The settings of the install: a row for each section that somebody has set, its initial value for any other. */
export function readSettings(rows: readonly { readonly name: string; readonly value: unknown }[]): InstallSettings {
  const stored = new Map(rows.map(({ name, value }) => [name, value]))
  const sections = Object.entries(initialSettings).map(([name, initial]) => [
    name,
    // What came into a section since it was stored has its initial value.
    stored.has(name) ? { ...initial, ...(stored.get(name) as object) } : initial,
  ])
  return v.parse(contract, Object.fromEntries(sections))
}

export const loadSettings = async (db: Database): Promise<InstallSettings> => readSettings(await selectSettings(db))

/** Which live streams a worker must hear of anew when a section changes, as a condition on them; none: left out. */
const concerned: Partial<Record<SettingsSection, SQL>> = {
  slate: sql`(${liveStreams.slate} ->> '$.before' IS NULL OR ${liveStreams.slate} ->> '$.during' IS NULL
    OR ${liveStreams.slate} ->> '$.after' IS NULL)`,
  copyright_profile: sql`true`,
}

/** Changes the fields that are named, all or nothing; the live streams that go by them get a new revision. */
export async function changeSettings({ db, now }: Runtime, change: PatchInstallSettings): Promise<void> {
  if (change.slate) await checkSlateChoices(db, change.slate)
  if (change.brand?.logo_asset_id) await checkLogo(db, change.brand.logo_asset_id)
  const at = now()
  const sections = (Object.keys(initialSettings) as SettingsSection[]).filter((name) => change[name] !== undefined)
  const conditions = sections.flatMap((name) => concerned[name] ?? [])
  if (sections.length === 0) return
  const touched = sql.join([sql`false`, ...conditions], sql` OR `)
  await batchAsRead(db, await unchanged(db), [
    db
      .insert(installSettings)
      .values(sections.map((name) => ({ name, value: initialSettings[name] })))
      .onConflictDoNothing(),
    ...sections.map((name) =>
      db
        .update(installSettings)
        .set({ value: withFields(change[name] ?? {}) })
        .where(eq(installSettings.name, name)),
    ),
    db.update(liveStreams).set({ revision: sql`revision + 1`, updatedAt: at }).where(touched),
    db.run(sql`INSERT OR REPLACE INTO ${changes} (live_stream_id, at)
      SELECT id, ${at.getTime()} FROM ${liveStreams} WHERE ${touched}`),
  ])
}

/** SQL: all of it is still as the one who changes it has read. */
async function unchanged(db: Database): Promise<SQL | undefined> {
  if (!isConditional()) return undefined
  const sections = sql`SELECT value FROM json_each(${JSON.stringify(Object.keys(initialSettings))})`
  // As text, whatever is in it.
  const stored = sql`(SELECT json_group_object(name, value || '') FROM
    (SELECT name, value FROM install_settings WHERE name IN (${sections}) ORDER BY name))`
  const [row] = await db.values<[string]>(sql`SELECT ${stored}`)
  const [text] = row ?? ['{}']
  const texts = Object.entries(JSON.parse(text) as Record<string, string>)
  const rows = texts.map(([name, value]) => ({ name, value: JSON.parse(value) as unknown }))
  return asShown(readSettings(rows), sql`${stored} IS ${text}`)
}

/** SQL: the stored JSON with these fields replaced, whatever the others are by now. */
const withFields = (fields: object): SQL =>
  Object.entries(fields).reduce(
    (json, [name, value]) =>
      value === undefined ? json : sql`json_set(${json}, ${`$.${name}`}, json(${JSON.stringify(value)}))`,
    sql`${installSettings.value}`,
  )
