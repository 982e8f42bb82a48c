import { eq, sql } from 'drizzle-orm'
import * as v from 'valibot'
import {
  noSlateSettings,
  type SlateSettings,
  type SlateSettingsChange,
  slateSettings,
} from '#schema/contracts/slate.ts'
import { changes } from '#schema/tables/events.ts'
import { installSettings } from '#schema/tables/install-settings.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import type { Runtime } from '../runtime.ts'
import { changedSlates, checkSlateChoices } from './choices.ts'

/** Name of the row in install_settings. */
const rowName = 'slate'

/** Statement: the row with the slates of the install; {@link readInstallSlates} reads it. */
export const selectInstallSlates = (db: Database) =>
  db.select({ value: installSettings.value }).from(installSettings).where(eq(installSettings.name, rowName))

export const readInstallSlates = (rows: readonly { readonly value: unknown }[]): SlateSettings =>
  rows[0] ? v.parse(slateSettings, rows[0].value) : noSlateSettings

/** The slates of streams that have none of their own. */
export const installSlates = async (db: Database): Promise<SlateSettings> =>
  readInstallSlates(await selectInstallSlates(db))

/** Changes them. Every stream that leaves a moment to the install gets a new revision, so that its worker hears of it. */
export async function changeInstallSlates({ db, now }: Runtime, change: SlateSettingsChange): Promise<void> {
  await checkSlateChoices(db, change)
  const at = now()
  const usesInstall = sql`(${liveStreams.slate} ->> '$.before' IS NULL OR ${liveStreams.slate} ->> '$.during' IS NULL
    OR ${liveStreams.slate} ->> '$.after' IS NULL)`
  await db.batch([
    db.insert(installSettings).values({ name: rowName, value: noSlateSettings }).onConflictDoNothing(),
    db
      .update(installSettings)
      .set({ value: changedSlates(installSettings.value, change) })
      .where(eq(installSettings.name, rowName)),
    db.update(liveStreams).set({ revision: sql`revision + 1`, updatedAt: at }).where(usesInstall),
    db.run(sql`INSERT OR REPLACE INTO ${changes} (live_stream_id, at)
      SELECT id, ${at.getTime()} FROM ${liveStreams} WHERE ${usesInstall}`),
  ])
}
