import * as v from 'valibot'
import { assetContentTypes, assetKinds } from '../asset-types.ts'

/** A picture or a video that was uploaded, as the API answers it. */
export const assetSchema = v.strictObject({
  id: v.string(),
  kind: v.picklist(assetKinds),
  /** As it was uploaded, for people. */
  name: v.string(),
  content_type: v.picklist(assetContentTypes),
  size_bytes: v.number(),
  /** Hex. */
  sha256: v.string(),
  created_at: v.string(),
})
export type Asset = v.InferOutput<typeof assetSchema>
