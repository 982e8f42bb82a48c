import type { Statement } from './database.ts'

/** A statement as the HTTP API of libSQL takes it (hrana 3). */
export const encodeStatement = ({ sql, params }: Statement) => ({ sql, args: params.map(encodeValue), want_rows: true })

function encodeValue(value: unknown) {
  if (value === null || value === undefined) return { type: 'null' }
  if (typeof value === 'boolean') return { type: 'integer', value: value ? '1' : '0' }
  if (typeof value === 'number')
    return Number.isInteger(value) ? { type: 'integer', value: String(value) } : { type: 'float', value }
  if (value instanceof Uint8Array) return { type: 'blob', base64: value.toBase64() }
  return { type: 'text', value: String(value) }
}

/** A value as it comes. */
export type WireValue =
  | { type: 'null' }
  | { type: 'blob'; base64: string }
  | { type: 'integer'; value: string }
  | { type: 'text' | 'float'; value: unknown }
/** A value as SQLite has it; whole numbers as numbers. */
export function decodeValue(value: WireValue): unknown {
  if (value.type === 'null') return null
  if (value.type === 'blob') return Uint8Array.fromBase64(value.base64)
  return value.type === 'integer' ? Number(value.value) : value.value
}
