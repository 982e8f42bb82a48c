export const assetKinds = ['image', 'video'] as const
export type AssetKind = (typeof assetKinds)[number]

/** What may be uploaded, by Content-Type: its kind, and its size at most, bytes. */
export const assetTypes = {
  'image/png': { kind: 'image', maxBytes: 10_000_000 },
  'image/jpeg': { kind: 'image', maxBytes: 10_000_000 },
  'image/webp': { kind: 'image', maxBytes: 10_000_000 },
  'video/mp4': { kind: 'video', maxBytes: 100_000_000 },
  'video/webm': { kind: 'video', maxBytes: 100_000_000 },
  'video/quicktime': { kind: 'video', maxBytes: 100_000_000 },
} as const satisfies Record<string, { readonly kind: AssetKind; readonly maxBytes: number }>
export type AssetType = keyof typeof assetTypes

/** The types as a list, for tables and schemas. */
export const assetContentTypes = Object.keys(assetTypes) as [AssetType, ...AssetType[]]
