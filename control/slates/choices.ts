import { inArray, sql } from 'drizzle-orm'
import type { SlateSettings, SlateSettingsChange } from '#schema/contracts/slate.ts'
import { slateMoments } from '#schema/enums.ts'
import { assets } from '#schema/tables/assets.ts'
import { isComplete } from '../assets/store.ts'
import type { Database } from '../db/database.ts'
import { ApiError, type FieldError } from '../errors.ts'

/** The assets that slates name. */
export const assetIdsOf = (slates: SlateSettingsChange): string[] =>
  slateMoments.flatMap((moment) => {
    const choice = slates[moment]
    return choice && choice.type !== 'card' ? [choice.asset_id] : []
  })

/**
 * Makes sure that every asset named exists and is of the kind that it is named as: else a 422 with a pointer to each. One
 * that is deleted at this very moment is shown as the card later on.
 */
export async function checkSlateChoices(db: Database, slates: SlateSettingsChange): Promise<void> {
  const ids = assetIdsOf(slates)
  if (ids.length === 0) return
  const rows = await db
    .select({ id: assets.id, kind: assets.kind })
    .from(assets)
    .where(sql`${inArray(assets.id, ids)} AND ${isComplete}`)
  const kinds = new Map(rows.map(({ id, kind }) => [id, kind]))
  const errors = slateMoments.flatMap((moment): FieldError[] => {
    const choice = slates[moment]
    if (!choice || choice.type === 'card') return []
    const kind = kinds.get(choice.asset_id)
    if (kind === choice.type) return []
    const detail = kind
      ? `This asset is ${kind === 'image' ? 'an image' : 'a video'}; use "type": "${kind}".`
      : 'There is no asset with this id. Upload it first with POST /v1/assets.'
    return [{ pointer: `/slate/${moment}/asset_id`, detail }]
  })
  if (errors.length > 0)
    throw new ApiError('validation_failed', 'Some fields are not as they should be; errors says which and why.', {
      errors,
    })
}

/** SQL on a JSON column of {@link SlateSettings}: the same with this change. */
export const changedSlates = (column: unknown, change: SlateSettingsChange) =>
  slateMoments.reduce(
    (json, moment) =>
      change[moment] === undefined
        ? json
        : sql`json_set(${json}, ${`$.${moment}`}, json(${JSON.stringify(change[moment])}))`,
    sql`${column}`,
  )

/** Settings with a change. */
export const withChange = (settings: SlateSettings, change: SlateSettingsChange): SlateSettings => ({
  before: change.before === undefined ? settings.before : change.before,
  during: change.during === undefined ? settings.during : change.during,
  after: change.after === undefined ? settings.after : change.after,
})
