import { and, eq } from 'drizzle-orm'
import { assets } from '#schema/tables/assets.ts'
import { isComplete } from '../assets/store.ts'
import type { Database } from '../db/database.ts'
import { ApiError } from '../errors.ts'

/** Makes sure that there is a picture with this id; else a 422 with a pointer. */
export async function checkLogo(db: Database, assetId: string): Promise<void> {
  const [asset] = await db
    .select({ kind: assets.kind })
    .from(assets)
    .where(and(eq(assets.id, assetId), isComplete))
  if (asset?.kind === 'image') return
  const detail = asset
    ? 'This asset is a video; a logo is a picture.'
    : 'There is no asset with this id. Upload it first with POST /v1/assets.'
  throw new ApiError('validation_failed', 'Some fields are not as they should be; errors says which and why.', {
    errors: [{ pointer: '/brand/logo_asset_id', detail }],
  })
}
