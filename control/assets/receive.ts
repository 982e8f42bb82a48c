import { eq } from 'drizzle-orm'
import { type AssetType, assetTypes } from '#schema/asset-types.ts'
import type { Asset } from '#schema/contracts/asset.ts'
import { newId } from '#schema/ids.ts'
import { assetChunks, assets } from '#schema/tables/assets.ts'
import { ApiError } from '../errors.ts'
import type { Runtime } from '../runtime.ts'
import { contradiction, magicBytes } from './media-type.ts'
import { chunkBytes, forgetGivenUp, presentAsset, removeAsset, storedBytes } from './store.ts'

/** All assets together, bytes. */
const allAssetsMaxBytes = 2_000_000_000

export interface Upload {
  readonly name: string
  readonly type: AssetType
  /** Content-Length, where the client said it. */
  readonly announcedBytes: number | undefined
  readonly body: ReadableStream<Uint8Array>
}

/**
 * Stores what is uploaded, chunk by chunk as it comes: one chunk and one read of the body are in memory. What is not
 * what it says it is, or too large, leaves nothing behind.
 */
export async function receiveAsset(runtime: Runtime, upload: Upload): Promise<Asset> {
  const { db, now } = runtime
  const { kind, maxBytes } = assetTypes[upload.type]
  if ((upload.announcedBytes ?? 0) > maxBytes) throw tooLarge(kind, maxBytes)
  await forgetGivenUp(db, now())
  if ((await storedBytes(db)) + (upload.announcedBytes ?? 0) > allAssetsMaxBytes)
    throw new ApiError('conflict', 'The uploads take up 2 GB together, which is the most. Delete one that nobody uses.')
  const id = newId('ast')
  const createdAt = now()
  const digest = runtime.newSha256()
  let sizeBytes = 0
  try {
    for await (const chunk of inChunks(upload.body)) {
      if (sizeBytes === 0) {
        const wrong = contradiction(upload.type, chunk.subarray(0, magicBytes))
        if (wrong) throw new ApiError('validation_failed', wrong)
        await db.insert(assets).values({
          ...{ id, kind, name: upload.name, contentType: upload.type, createdAt },
          ...{ sizeBytes: upload.announcedBytes ?? 0, sha256: '', completedAt: null },
        })
      }
      const position = sizeBytes / chunkBytes
      sizeBytes += chunk.byteLength
      if (sizeBytes > maxBytes) throw tooLarge(kind, maxBytes)
      await digest.update(chunk)
      await db.insert(assetChunks).values({ assetId: id, position, body: chunk })
    }
    if (sizeBytes === 0) throw new ApiError('validation_failed', 'The file is empty.')
    if (upload.announcedBytes !== undefined && sizeBytes !== upload.announcedBytes)
      throw new ApiError('validation_failed', 'The upload broke off before its end. Upload the file again.')
    const [row] = await db
      .update(assets)
      .set({ sizeBytes, sha256: await digest.hex(), completedAt: now() })
      .where(eq(assets.id, id))
      .returning()
    if (!row) throw new ApiError('conflict', 'The upload took too long. Upload the file again.')
    return presentAsset(row)
  } catch (error) {
    await db.batch(removeAsset(db, id))
    throw error
  }
}

/** Cuts a body into chunks of exactly {@link chunkBytes}, the last one shorter. */
async function* inChunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(chunkBytes)
  let filled = 0
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      for (let offset = 0; offset < value.byteLength; ) {
        const piece = value.subarray(offset, offset + chunkBytes - filled)
        chunk.set(piece, filled)
        filled += piece.byteLength
        offset += piece.byteLength
        if (filled < chunkBytes) continue
        yield chunk
        chunk = new Uint8Array(chunkBytes)
        filled = 0
      }
    }
    if (filled > 0) yield chunk.subarray(0, filled)
  } finally {
    await reader.cancel().catch(() => {})
  }
}

const tooLarge = (kind: string, maxBytes: number) =>
  new ApiError('body_too_large', `This ${kind} is too large: it may have ${maxBytes / 1_000_000} MB at most.`)
