import type { JobSlate, JobSlates, SlateChoice, SlateSettings } from '#schema/contracts/slate.ts'
import type { AssetRow } from '#schema/tables/assets.ts'

/** What a worker is told: the stream's choice, else the install's, else the card; an asset that is gone is the card too. */
export function resolveSlates(
  stream: SlateSettings,
  install: SlateSettings,
  assetRows: ReadonlyMap<string, AssetRow>,
): JobSlates {
  const resolved = (choice: SlateChoice | null): JobSlate => {
    if (!choice) return { type: 'card', text: null }
    if (choice.type === 'card') return { type: 'card', text: choice.text }
    const asset = assetRows.get(choice.asset_id)
    if (!asset) return { type: 'card', text: null }
    const { id, name, contentType, sizeBytes, sha256 } = asset
    return { type: choice.type, asset: { id, name, content_type: contentType, size_bytes: sizeBytes, sha256 } }
  }
  const after = stream.after ?? install.after
  return {
    before: resolved(stream.before ?? install.before),
    during: resolved(stream.during ?? install.during),
    after: resolved(after),
    after_seconds: after?.seconds ?? 0,
  }
}
