import { inArray } from 'drizzle-orm'
import { assetContentTypes, assetKinds, assetTypes } from '#schema/asset-types.ts'
import type { ExportDocument } from '#schema/contracts/transfer.ts'
import { newId } from '#schema/ids.ts'
import { type AssetRow, assetChunks, assets } from '#schema/tables/assets.ts'
import { contradiction, magicBytes } from '../assets/media-type.ts'
import { chunkBytes, isComplete, readContent } from '../assets/store.ts'
import type { Database } from '../db/database.ts'
import { ApiError, type FieldError } from '../errors.ts'

type ExportedAsset = ExportDocument['assets'][number]

/** Uploads in an export together, bytes; what is more belongs into a backup. */
const includedMaxBytes = 20_000_000

/** All uploads; with `content` their bytes too. */
export async function exportAssets(db: Database, withContent: boolean): Promise<ExportedAsset[]> {
  const rows = await db.select().from(assets).where(isComplete)
  const total = rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (withContent && total > includedMaxBytes)
    throw new ApiError(
      'conflict',
      `The uploads have ${Math.ceil(total / 1_000_000)} MB together, and an export carries ${includedMaxBytes / 1_000_000} at most. Export without them, or make a backup, which has everything.`,
    )
  const exported: ExportedAsset[] = []
  for (const row of rows)
    exported.push({
      ...{ id: row.id, kind: row.kind, name: row.name, content_type: row.contentType, size_bytes: row.sizeBytes },
      ...{ sha256: row.sha256, created_at: row.createdAt.toISOString() },
      ...(withContent && { content: (await wholeContent(db, row)).toBase64() }),
    })
  return exported
}

async function wholeContent(db: Database, { id, sizeBytes }: AssetRow): Promise<Uint8Array> {
  return new Uint8Array(await new Response(readContent(db, id, 0, sizeBytes - 1)).arrayBuffer())
}

/** What becomes of the uploads of an export. */
export interface AssetPlan {
  /** By id in the document: the id here; null: it is not here, and not in the document. */
  readonly ids: ReadonlyMap<string, string | null>
  readonly created: readonly ExportedAsset[]
  readonly faults: readonly FieldError[]
  readonly statements: ReturnType<typeof insertStatements>
}

/** Those that are here already, by id and content or by content alone, are used; others are made where their bytes are there. */
export async function planAssets(db: Database, wanted: readonly ExportedAsset[], now: Date): Promise<AssetPlan> {
  const digests = [...new Set(wanted.map(({ sha256 }) => sha256))]
  const present = digests.length > 0 ? await db.select().from(assets).where(inArray(assets.sha256, digests)) : []
  const taken = wanted.length > 0 ? await db.select({ id: assets.id }).from(assets) : []
  const known = new Set(taken.map(({ id }) => id))
  const ids = new Map<string, string | null>()
  const created: ExportedAsset[] = []
  const faults: FieldError[] = []
  const statements: ReturnType<typeof insertStatements> = []
  for (const [index, asset] of wanted.entries()) {
    const same = present.filter(({ sha256, completedAt }) => sha256 === asset.sha256 && completedAt !== null)
    const here = same.find(({ id }) => id === asset.id) ?? same[0]
    if (here) ids.set(asset.id, here.id)
    else if (asset.content === undefined) ids.set(asset.id, null)
    else {
      const bytes = decoded(asset.content)
      if (!bytes || (await sha256Of(bytes)) !== asset.sha256 || bytes.length !== asset.size_bytes) {
        faults.push({ pointer: `/assets/${index}/content`, detail: 'These bytes are not those of the upload.' })
        continue
      }
      const kind = assetKinds.find((each) => each === asset.kind)
      const type = assetContentTypes.find((each) => each === asset.content_type)
      if (!kind || !type || assetTypes[type].kind !== kind) {
        faults.push({ pointer: `/assets/${index}/content_type`, detail: 'Uploads of this type are not taken.' })
        continue
      }
      const wrong = contradiction(type, bytes.subarray(0, magicBytes))
      if (wrong) {
        faults.push({ pointer: `/assets/${index}/content`, detail: wrong })
        continue
      }
      const id = known.has(asset.id) || !/^ast_[\w-]{1,60}$/.test(asset.id) ? newId('ast') : asset.id
      ids.set(asset.id, id)
      created.push({ ...asset, id })
      statements.push(
        ...insertStatements(db, {
          ...asset,
          id,
          kind,
          contentType: type,
          createdAt: dateOf(asset.created_at) ?? now,
          bytes,
        }),
      )
    }
  }
  return { ids, created, faults, statements }
}

interface NewAsset extends Pick<ExportedAsset, 'id' | 'name' | 'sha256'> {
  readonly kind: AssetRow['kind']
  readonly contentType: AssetRow['contentType']
  readonly createdAt: Date
  readonly bytes: Uint8Array
}

const insertStatements = (db: Database, { id, kind, name, contentType, sha256, createdAt, bytes }: NewAsset) => [
  db.insert(assets).values({
    ...{ id, kind, name, contentType, sha256, createdAt, sizeBytes: bytes.length, completedAt: createdAt },
  }),
  ...Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, position) =>
    db.insert(assetChunks).values({
      ...{ assetId: id, position },
      body: bytes.slice(position * chunkBytes, (position + 1) * chunkBytes),
    }),
  ),
]

function dateOf(text: string): Date | undefined {
  const ms = Date.parse(text)
  return Number.isFinite(ms) ? new Date(ms) : undefined
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(base64)
  } catch {
    return undefined
  }
}

const sha256Of = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).toHex()

/** A value in which uploads are named (`asset_id`, `logo_asset_id`), with their ids here; null for a slate whose upload is missing. */
export function withAssets(
  value: unknown,
  ids: ReadonlyMap<string, string | null>,
  onMissing: (id: string) => void,
): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const fields = value as Record<string, unknown>
  const mapped = Object.entries(fields).map(([name, member]) => {
    if ((name !== 'asset_id' && name !== 'logo_asset_id') || typeof member !== 'string')
      return [name, withAssets(member, ids, onMissing)]
    const here = ids.has(member) ? ids.get(member) : member
    if (here === null || here === undefined) onMissing(member)
    return [name, here ?? null]
  })
  const result = Object.fromEntries(mapped) as Record<string, unknown>
  return 'asset_id' in fields && result.asset_id === null ? null : result
}
