import type { Context } from 'hono'
import type { AssetRow } from '#schema/tables/assets.ts'
import type { Database } from '../db/database.ts'
import { readContent } from './store.ts'

/**
 * Answers with the content, or the one range of it that is asked for (RFC 9110 §14; Safari plays nothing without).
 * Opened as a page it runs nothing.
 */
export function serveContent(c: Context, db: Database, asset: AssetRow): Response {
  const { sizeBytes: size } = asset
  const range = readRange(c.req.header('range'), size)
  const headers: Record<string, string> = {
    'content-type': asset.contentType,
    'accept-ranges': 'bytes',
    // What an id names never changes.
    'cache-control': 'private, max-age=31536000, immutable',
    'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin',
  }
  if (range === 'unsatisfiable') return c.body(null, 416, { ...headers, 'content-range': `bytes */${size}` })
  const { from, to } = range ?? { from: 0, to: size - 1 }
  headers['content-length'] = String(to - from + 1)
  if (range) headers['content-range'] = `bytes ${from}-${to}/${size}`
  return c.body(readContent(db, asset.id, from, to), range ? 206 : 200, headers)
}

/** A range of the kinds that browsers ask for; any other header is ignored, as RFC 9110 §14.2 allows. */
function readRange(
  header: string | undefined,
  size: number,
): { readonly from: number; readonly to: number } | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? []
  if (first === '' && last === '') return undefined
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return from > to ? 'unsatisfiable' : { from, to }
}
