/** Unsigned or signed integers of one width, big-endian, as ISO/IEC 14496-12 §4.2 stores them. */
export interface Integers {
  readonly bytesEach: 1 | 2 | 4 | 8
  readonly values: readonly number[]
}

/** What a box holds, in order. */
export type BoxContent = Box | Integers | Uint8Array | string

/** A box (ISO/IEC 14496-12 §4.2) as plain data: its four-character type and what is in it. Strings are Latin-1 bytes. */
export interface Box {
  readonly type: string
  readonly content: readonly BoxContent[]
}

/** A box of `type` around `content`. */
export const box = (type: string, ...content: BoxContent[]): Box => ({ type, content })

/** A FullBox: version and flags stand before the content (ISO/IEC 14496-12 §4.2). */
export const fullBox = (type: string, version: number, flags: number, ...content: BoxContent[]): Box => ({
  type,
  content: [u32((version << 24) | flags), ...content],
})

export const u8 = (...values: number[]): Integers => ({ bytesEach: 1, values })
export const u16 = (...values: number[]): Integers => ({ bytesEach: 2, values })
export const u32 = (...values: number[]): Integers => ({ bytesEach: 4, values })
/** Values up to 2^53 − 1. */
export const u64 = (...values: number[]): Integers => ({ bytesEach: 8, values })

/** Bytes that `content` takes when written. */
export function sizeOf(content: BoxContent): number {
  if (typeof content === 'string') return content.length
  if (content instanceof Uint8Array) return content.byteLength
  if ('values' in content) return content.bytesEach * content.values.length
  return 8 + content.content.reduce((total, inner) => total + sizeOf(inner), 0)
}

/** The boxes, one after the other, in one buffer of exactly their size. */
export function writeBoxes(...boxes: BoxContent[]): Buffer {
  const target = Buffer.allocUnsafeSlow(boxes.reduce((total, each) => total + sizeOf(each), 0))
  let position = 0
  for (const each of boxes) position = write(target, position, each)
  return target
}

function write(target: Buffer, position: number, content: BoxContent): number {
  if (typeof content === 'string') return position + target.write(content, position, 'latin1')
  if (content instanceof Uint8Array) {
    target.set(content, position)
    return position + content.byteLength
  }
  if ('values' in content) return writeIntegers(target, position, content)
  let end = position + 8
  for (const inner of content.content) end = write(target, end, inner)
  target.writeUInt32BE(end - position, position)
  target.write(content.type, position + 4, 'latin1')
  return end
}

function writeIntegers(target: Buffer, start: number, { bytesEach, values }: Integers): number {
  let position = start
  for (const value of values) {
    if (bytesEach === 8) target.writeBigInt64BE(BigInt(value), position)
    else if (bytesEach === 4) target.writeInt32BE(value | 0, position)
    else if (bytesEach === 2) target.writeUInt16BE(value & 0xffff, position)
    else target.writeUInt8(value & 0xff, position)
    position += bytesEach
  }
  return position
}
