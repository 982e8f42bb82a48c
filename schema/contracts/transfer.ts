import * as v from 'valibot'

/** It rises where an older program could not read what a newer one writes. */
export const exportVersion = 1

const row = v.looseObject({ id: v.string() })

/** All configuration of an install as one document: `GET /v1/export`. */
export const exportDocument = v.looseObject({
  format: v.literal('weir-export'),
  version: v.pipe(v.number(), v.integer(), v.minValue(1)),
  exported_at: v.string(),
  /** What the database was brought up to. */
  migration: v.string(),
  /** `left_out`: the secrets are in `missing_secrets` by name only. `sealed`: they are in `sealed_secrets`. */
  secrets: v.picklist(['left_out', 'sealed']),
  /** By name of the section. */
  settings: v.record(v.string(), v.unknown()),
  live_streams: v.optional(v.array(row), []),
  inputs: v.optional(v.array(row), []),
  destinations: v.optional(v.array(row), []),
  playback_ids: v.optional(v.array(row), []),
  webhooks: v.optional(v.array(row), []),
  /** Without their tokens: each needs an invitation to sign in. */
  users: v.optional(v.array(row), []),
  /** Uploads that the rest names. `content` is base64, where it was asked for. */
  assets: v.optional(
    v.array(
      v.strictObject({
        id: v.string(),
        kind: v.string(),
        name: v.string(),
        content_type: v.string(),
        size_bytes: v.number(),
        sha256: v.string(),
        created_at: v.string(),
        content: v.optional(v.string()),
      }),
    ),
    [],
  ),
  missing_secrets: v.optional(v.array(v.string()), []),
  sealed_secrets: v.optional(v.unknown()),
})
export type ExportDocument = v.InferOutput<typeof exportDocument>

/** Answer of `POST /v1/import`: what it did, or with `dry_run` would do. */
export const importReport = v.strictObject({
  dry_run: v.boolean(),
  /** How many of each section. */
  counts: v.record(v.string(), v.strictObject({ created: v.number(), updated: v.number(), unchanged: v.number() })),
  /** What is created or updated, 1,000 at most. `id` is the one that it has here. */
  changes: v.array(
    v.strictObject({
      section: v.string(),
      id: v.string(),
      /** The one in the document, where it is another. */
      from_id: v.optional(v.string()),
      name: v.nullable(v.string()),
      action: v.picklist(['created', 'updated']),
    }),
  ),
  /** Secrets that were neither in the document nor here: what has to be entered by hand. */
  missing_secrets: v.array(
    v.strictObject({ section: v.string(), id: v.string(), name: v.string(), detail: v.string() }),
  ),
  /** What else is not as in the document, in sentences. */
  warnings: v.array(v.string()),
})
export type ImportReport = v.InferOutput<typeof importReport>
