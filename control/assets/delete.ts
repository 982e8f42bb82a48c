import { and, eq, sql } from 'drizzle-orm'
import { slateMoments } from '#schema/enums.ts'
import { assetChunks, assets } from '#schema/tables/assets.ts'
import { installSettings } from '#schema/tables/install-settings.ts'
import { liveStreams } from '#schema/tables/live-streams.ts'
import type { Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'
import { requireAsset } from './store.ts'

/** Users of an asset that are named in an answer. */
const namedMax = 3

/** Deletes an asset with its content; a 409 that says who uses it, if anybody does. */
export async function deleteAsset(db: Database, id: string): Promise<void> {
  await requireAsset(db, id)
  const named = (json: unknown) =>
    sql.join(
      slateMoments.map((moment) => sql`${json} ->> ${`$.${moment}.asset_id`} = ${id}`),
      sql` OR `,
    )
  const inStreams = sql`SELECT 1 FROM ${liveStreams} WHERE ${named(liveStreams.slate)}`
  const isLogo = sql`${installSettings.value} ->> '$.logo_asset_id' = ${id}`
  const usedByInstall = sql`(${named(installSettings.value)} OR ${isLogo})`
  const inInstall = sql`SELECT 1 FROM ${installSettings} WHERE ${usedByInstall}`
  const [deleted] = await db.batch([
    db
      .delete(assets)
      .where(and(eq(assets.id, id), sql`NOT EXISTS (${inStreams})`, sql`NOT EXISTS (${inInstall})`))
      .returning({ id: assets.id }),
    db.run(
      sql`DELETE FROM ${assetChunks} WHERE asset_id = ${id} AND NOT EXISTS (SELECT 1 FROM assets WHERE id = ${id})`,
    ),
  ])
  if (deleted.length > 0) return
  const [streams, install] = await db.batch([
    db
      .select({ name: liveStreams.name })
      .from(liveStreams)
      .where(named(liveStreams.slate))
      .limit(namedMax + 1),
    db.select({ name: installSettings.name }).from(installSettings).where(usedByInstall),
  ])
  if (install.some(({ name }) => name === 'brand'))
    throw new ApiError(
      'conflict',
      'It is the logo of this install. Choose another one in the settings, then delete it.',
    )
  const users = [
    ...(install.length > 0 ? ['the install, for all streams that choose none'] : []),
    ...streams.slice(0, namedMax).map(({ name }) => `“${name}”`),
    ...(streams.length > namedMax ? ['others'] : []),
  ]
  throw new ApiError('conflict', `It is a slate of ${inWords(users)}. Choose another one there, then delete it.`)
}

const inWords = (names: readonly string[]): string =>
  names.length < 2 ? `${names[0] ?? 'a live stream'}` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
